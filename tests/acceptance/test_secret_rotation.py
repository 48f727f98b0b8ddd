"""The callers' secret is exchanged while pages are read: nothing fails, and nobody is refused."""

import random
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from lector.cli.answers import Json
from lector.cli.client import Client
from lector.local import functions
from lector.local.data_folder import DataFolder
from lector.local.process import free_port, wait_ready
from lector.local.stack import Stack
from tests.support.model import ScriptedModel
from tests.support.pdfs import drawn_pdf

PAGES = 4
WITHIN_S = 120.0


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """A whole Lector of real processes; pages are read by a scripted model."""
    model = ScriptedModel()
    monkeypatch.setenv("OPENAI_BASE_URL", model.base_url)
    folder = DataFolder(tmp_path / "data")
    with folder.in_use():
        started = Stack(folder, free_port(), lambda _: None)
        try:
            started.start()
            yield started
        finally:
            started.stop()
            model.stop()


class Reading(threading.Thread):
    """Uploads one file after the other until it is told to stop."""

    def __init__(self, url: str, folder: Path) -> None:
        super().__init__()
        self._url, self._folder = url, folder
        self.enough = threading.Event()
        self.files: list[str] = []

    def run(self) -> None:
        with Client(self._url) as client:
            while not self.enough.is_set():
                pdf = self._folder / f"{uuid4()}.pdf"
                pdf.write_bytes(drawn_pdf([f"page {n} of {pdf.stem}" for n in range(PAGES)]))
                self.files.append(client.upload(pdf, None)["id"])
                self.enough.wait(0.5)


def callers(stack: Stack) -> list[str]:
    """The processes that send or take events."""
    inside = [name for name in stack.wiring.function_ports if name != "upload"]
    return [*inside, "jetstream-sink", "jetstream-source", "postgres-source"]


def exchange(stack: Stack, secret: str) -> None:
    """Start every process anew with this secret, in any order, one after the other."""
    names = callers(stack)
    random.shuffle(names)
    for name in names:
        child = stack.child(name)
        child.part = replace(child.part, env={**child.part.env, "CALLER_SECRET": secret})
        child.ask_to_stop()
        child.restart()
        wait_ready(child, functions.healthy(int(child.part.env["PORT"])))


def finished(stack: Stack, files: list[str]) -> list[Json]:
    """These files, when work on them has ended."""
    deadline = time.monotonic() + WITHIN_S
    with Client(stack.url) as client:
        while True:
            found = list(client.files(files))
            if all(file["status"] in ("completed", "failed") for file in found):
                return found
            assert time.monotonic() < deadline, found
            time.sleep(0.2)


@pytest.mark.slow
@pytest.mark.timeout(180)  # so that what is not finished in time is shown
def test_the_callers_secret_is_exchanged_while_pages_are_read(stack: Stack, tmp_path: Path) -> None:
    old, new = stack.child("jetstream-source").part.env["CALLER_SECRET"], "n" * 32
    reading = Reading(stack.url, tmp_path)
    reading.start()
    try:
        exchange(stack, f"{new},{old}")
        exchange(stack, new)
    finally:
        reading.enough.set()
        reading.join()
    read = finished(stack, reading.files)
    assert len(read) > 5
    assert {file["status"] for file in read} == {"completed"}
    assert {file["progress"]["read"] for file in read} == {PAGES}
    logs = {name: stack.child(name).log.read_text() for name in callers(stack)}
    assert not [name for name, log in logs.items() if "not_authenticated" in log]
    assert not [name for name, log in logs.items() if "refused an event" in log]
    assert not [name for name, log in logs.items() if "dead-lettered" in log]
