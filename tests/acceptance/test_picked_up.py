"""`lector ocr -o`: interrupted in any way, and taken up by the same command."""

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import Popen
from typing import Any

import httpx2
import pytest
from PIL import Image

from tests.acceptance.commandline import (
    Done,
    Up,
    environment,
    lector,
    start_lector,
    up_with_model,
    wait_until,
)
from tests.support.model import Answer, ScriptedModel
from tests.support.pdfs import drawn_pdf

pytestmark = pytest.mark.slow

SCANS = 30
BEFORE = 3
"""So many are read before something happens."""


class Gate:
    """Lets a model answer so many questions, and others only when it is opened."""

    def __init__(self, model: ScriptedModel, first: int) -> None:
        self._left = first
        self._opened = threading.Event()
        model.reset()
        model.refuse = self._wait

    def open(self) -> None:
        self._opened.set()

    def _wait(self, _: dict[str, Any]) -> Answer | None:
        self._left -= 1
        if self._left < 0:
            self._opened.wait(60)
        return None


class Wire:
    """A way to a server that can be cut, and then leads nowhere."""

    def __init__(self, url: str) -> None:
        self._target = ("127.0.0.1", httpx2.URL(url).port or 80)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._ends: list[socket.socket] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def cut(self) -> None:
        for end in (self._listener, *self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.cut()
        self._accepting.join()
        for end in (self._listener, *self._ends):
            end.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._target)
                self._ends += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._pass, args=[one, other], daemon=True).start()

    @staticmethod
    def _pass(one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while chunk := one.recv(65536):
                other.sendall(chunk)
        with suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)


@pytest.fixture(scope="module")
def reading(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Up, ScriptedModel]]:
    with up_with_model(tmp_path_factory.mktemp("picked-up")) as running:
        yield running


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """Documents of one page that no other has; two are too large to go up with others."""
    folder = tmp_path / "scans"
    folder.mkdir()
    for n in range(SCANS - 2):
        (folder / f"{n:02}.pdf").write_bytes(drawn_pdf([f"scan {n} of {tmp_path.name}"]))
    for n in range(SCANS - 2, SCANS):
        Image.frombytes("L", (700, 700), os.urandom(490_000)).save(folder / f"{n:02}.png")
    return folder


def texts(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.txt"))


def files_of(running: Up) -> int:
    return len(httpx2.get(f"{running.url}/v1/files", params={"limit": 200}).json()["files"])


@pytest.fixture
def wire(reading: tuple[Up, ScriptedModel]) -> Iterator[Wire]:
    made = Wire(reading[0].url)
    yield made
    made.close()


@contextmanager
def interrupted(running: Up, url: str, scans: Path, out: Path) -> Iterator[Popen[str]]:
    """The command when some scans are read and written, and all others uploaded."""
    env = environment(running.data)
    process = start_lector("ocr", str(scans), "-o", str(out), "--server", url, env=env)
    try:
        wait_until(lambda: len(texts(out)) == BEFORE and files_of(running) == SCANS, 60)
        yield process
    finally:
        process.kill()
        process.communicate()


def take_up(running: Up, scans: Path, out: Path) -> Done:
    return lector("ocr", scans, "-o", out, "--server", running.url, env=environment(running.data))


def delete_all(running: Up) -> None:
    files = httpx2.get(f"{running.url}/v1/files", params={"limit": 200}).json()["files"]
    for start in range(0, len(files), 100):
        ids = [("id", file["id"]) for file in files[start : start + 100]]
        httpx2.delete(f"{running.url}/v1/files", params=ids)


def press_ctrl_c(process: Popen[str], _: Wire) -> str:
    process.send_signal(signal.SIGINT)
    return "3 of 30 written; Lector goes on with 27; run the same again to pick up\n"


def kill(process: Popen[str], _: Wire) -> str:
    process.kill()
    return ""


def cut(_: Popen[str], wire: Wire) -> str:
    wire.cut()
    return "3 of 30 written; 27 more are uploaded and kept; run the same again to pick up\n"


@pytest.mark.parametrize("happens", [press_ctrl_c, kill, cut])
def test_what_was_interrupted_is_picked_up_and_nothing_is_read_twice_or_lost(
    reading: tuple[Up, ScriptedModel],
    scans: Path,
    wire: Wire,
    tmp_path: Path,
    happens: Callable[[Popen[str], Wire], str],
) -> None:
    running, model = reading
    delete_all(running)
    gate, out = Gate(model, BEFORE), tmp_path / "out"
    with interrupted(running, wire.url, scans, out) as process:
        says = happens(process, wire)
        _, said = process.communicate(timeout=60)
    assert says in said
    written = {name: (out / name).stat().st_mtime_ns for name in texts(out)}
    assert len(written) == BEFORE

    gate.open()
    done = take_up(running, scans, out)
    assert done.code == 0, done.err
    assert "the text of 3 of the 30 files already" in done.err
    assert "27 of 27 files were uploaded before and are not read twice" in done.err
    assert len(texts(out)) == SCANS
    assert all("some text" in (out / name).read_text() for name in texts(out))
    assert written == {name: (out / name).stat().st_mtime_ns for name in written}
    assert (files_of(running), len(model.requests)) == (SCANS, SCANS)
    assert not list(out.glob(".*.part"))

    done = take_up(running, scans, out)
    assert (done.code, done.out) == (0, "")
    assert "nothing to do" in done.err
