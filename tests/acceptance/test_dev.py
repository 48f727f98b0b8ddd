"""make dev: a saved file is live in a moment, and a mistake in it ends nothing."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from lector.local.process import free_port
from lector.local.tools import checkout

_WITHIN_S = 30.0


class Workbench:
    """`lector up --reload` in a copy of the sources that a test may edit."""

    def __init__(self, folder: Path) -> None:
        self._root = folder / "lector"
        ignored = shutil.ignore_patterns("__pycache__", "secrets")
        for part in ("functions", "knative", "lector", "migrations"):
            shutil.copytree(checkout() / part, self._root / part, ignore=ignored)
        self._main = self._root / "functions" / "upload" / "main.py"
        self._words = self._main.read_text()
        self._url = f"http://127.0.0.1:{(port := free_port())}"
        self._log = folder / "log"
        command = [sys.executable, "-m", "lector.cli", "up", "--reload"]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*command, "--port", str(port), "--data", str(folder / "data")],
                cwd=self._root,
                env={"PYTHONPATH": str(self._root), "PATH": "/usr/bin:/bin", "COLUMNS": "500"},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def health(self) -> str:
        try:
            return httpx2.get(f"{self._url}/health/readiness", timeout=5).text.strip()
        except httpx2.TransportError:
            return ""

    def saves(self, answer: str) -> None:
        self._main.write_text(self._words.replace('Response("ok\\n"', f'Response("{answer}\\n"'))

    def saves_a_mistake(self) -> None:
        self._main.write_text(self._words + "\ndef (:\n")

    def says(self, words: str) -> bool:
        return words in self._log.read_text()

    def eventually(self, true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _WITHIN_S
        while not true():
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.05)

    def stop(self) -> int:
        self._process.terminate()
        return self._process.wait(60)


@pytest.fixture
def workbench(tmp_path: Path) -> Iterator[Workbench]:
    workbench = Workbench(tmp_path)
    yield workbench
    workbench.stop()


@pytest.mark.slow
def test_a_saved_file_is_live_and_a_mistake_in_it_ends_nothing(workbench: Workbench) -> None:
    workbench.eventually(lambda: workbench.says("Ctrl-C stops Lector"))
    assert workbench.health() == "ok"
    workbench.saves("better")
    workbench.eventually(lambda: workbench.health() == "better")
    workbench.saves_a_mistake()
    workbench.eventually(lambda: workbench.says("SyntaxError"))
    workbench.saves("mended")
    workbench.eventually(lambda: workbench.health() == "mended")
