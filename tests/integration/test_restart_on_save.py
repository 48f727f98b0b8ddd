"""The process that the overlay dev starts anew when a file is saved, with real processes."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lector.local.tools import checkout

SCRIPT = checkout() / "knative" / "overlays" / "dev" / "restart.py"
_WITHIN_S = 20.0
_PROGRAM = """
import os, signal, sys, time
from pathlib import Path
from lector.words import WORD
Path(os.environ["OUT"]).open("a").write(f"{WORD} {os.environ.get('FUNCTION_SOURCE')}\\n")
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
while True:
    time.sleep(0.1)
"""


class Pod:
    """A container with an image of its own and /live, as the overlay has it."""

    def __init__(self, folder: Path) -> None:
        self.image, self.live, self.out = folder / "app", folder / "live", folder / "out"
        package = self.image / "lector"
        package.mkdir(parents=True)
        self.live.mkdir()
        self.out.touch()
        (package / "__init__.py").touch()
        (package / "words.py").write_text("WORD = 'first'\n")
        (package / "program.py").write_text(_PROGRAM)
        subprocess.run(
            [
                sys.executable,
                "-m",
                "compileall",
                "-q",
                "--invalidation-mode",
                "unchecked-hash",
                ".",
            ],
            cwd=self.image,
            check=True,
        )
        for path in (*package.rglob("*"), package, self.image):
            path.chmod(path.stat().st_mode & ~0o222)
        self.process = self.start()

    def start(self) -> "subprocess.Popen[bytes]":
        env = {
            **os.environ,
            "RESTART_FROM": str(self.image),
            "RESTART_IN": str(self.live),
            "PYTHONPATH": str(self.image),
            "PYTHONDONTWRITEBYTECODE": "1",
            "FUNCTION_SOURCE": f"{self.image}/functions/render/main.py",
            "OUT": str(self.out),
        }
        # From the image's folder, as containers start.
        command = [sys.executable, str(SCRIPT), "-m", "lector.program"]
        return subprocess.Popen(command, env=env, cwd=self.image)

    def save(self, name: str, content: str) -> None:
        (self.live / "lector" / name).write_text(content)

    def says(self, *words: str) -> float:
        """Seconds until these are the words of all processes so far."""
        began = time.monotonic()
        while [line.split()[0] for line in self.out.read_text().splitlines()] != [*words]:
            assert time.monotonic() - began < _WITHIN_S, self.out.read_text()
            time.sleep(0.02)
        return time.monotonic() - began


@pytest.fixture
def pod(tmp_path: Path) -> Iterator[Pod]:
    pod = Pod(tmp_path)
    yield pod
    pod.process.terminate()
    pod.process.wait(_WITHIN_S)
    for path in pod.image.rglob("*"):
        path.chmod(path.stat().st_mode | 0o200)


def test_a_saved_file_is_what_runs_within_five_seconds(pod: Pod) -> None:
    pod.says("first")
    pod.save("words.py", "WORD = 'second'\n")
    assert pod.says("first", "second") < 5


def test_the_function_is_loaded_from_the_copy(pod: Pod) -> None:
    pod.says("first")
    assert pod.out.read_text().split()[1] == f"{pod.live}/functions/render/main.py"


def test_code_that_cannot_run_is_mended_by_the_next_save(pod: Pod) -> None:
    pod.says("first")
    pod.save("words.py", "WORD = \n")
    time.sleep(1)
    pod.save("words.py", "WORD = 'mended'\n")
    pod.says("first", "mended")
    assert pod.process.poll() is None


def test_a_container_that_starts_again_keeps_what_was_saved(pod: Pod) -> None:
    pod.says("first")
    pod.process.terminate()
    assert pod.process.wait(_WITHIN_S) == 7
    pod.save("words.py", "WORD = 'saved'\n")
    pod.process = pod.start()
    pod.says("first", "saved")
