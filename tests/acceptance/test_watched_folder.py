"""`lector watch`: what comes into a folder is read, for as long as somebody wants it."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.commandline import Up, environment, start_lector, up, wait_until
from tests.support.pdfs import text_pdf

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with up(tmp_path_factory.mktemp("watch") / "data") as started:
        yield started


@dataclass
class Watch:
    """A `lector watch` on a folder, and where things go."""

    folder: Path
    texts: Path
    done: Path
    process: "subprocess.Popen[str]"

    def drop(self, name: str, words: str) -> None:
        """Put a document into the folder, under its name at once, as a careful program does."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        part = path.with_name(f".{path.name}")
        part.write_bytes(text_pdf([words], 24))
        part.rename(path)

    def text(self, name: str) -> str:
        """What a text holds, when it is there."""
        path = self.texts / name
        wait_until(path.exists, 60)
        return path.read_text()

    def end(self) -> tuple[int, str]:
        """Press Ctrl-C; the exit code, and all that was said."""
        self.process.send_signal(signal.SIGINT)
        _, said = self.process.communicate(timeout=60)
        return self.process.returncode, said


@contextmanager
def watch(running: Up, parent: Path, *words: str) -> Iterator[Watch]:
    folder, texts, done = parent / "in", parent / "texts", parent / "in" / "done"
    folder.mkdir(exist_ok=True)
    words = ("watch", str(folder), "-o", str(texts), *words)
    with start_lector(*words, env=environment(running.data)) as process:
        try:
            yield Watch(folder, texts, done, process)
        finally:
            process.kill()


def test_what_is_there_and_what_comes_is_read_and_moved(running: Up, tmp_path: Path) -> None:
    with watch(running, tmp_path, "--move", str(tmp_path / "in" / "done")) as watched:
        watched.drop("one.pdf", "The first letter")
        watched.drop("2026/two.pdf", "The second letter")
        assert "The first letter" in watched.text("one.txt")
        assert "The second letter" in watched.text("2026/two.txt")
        for name in ("one.pdf", "2026/two.pdf"):
            wait_until((watched.done / name).exists, 60)
        code, said = watched.end()
    assert (code, said.splitlines()[-1]) == (0, "lector: 2 texts written"), said
    left = {str(path.relative_to(watched.folder)) for path in watched.folder.rglob("*.pdf")}
    assert left == {"done/one.pdf", "done/2026/two.pdf"}


def test_another_document_of_a_name_writes_over_no_text(running: Up, tmp_path: Path) -> None:
    with watch(running, tmp_path, "--move", str(tmp_path / "in" / "done")) as watched:
        watched.drop("scan.pdf", "Monday's letter")
        assert "Monday's letter" in watched.text("scan.txt")
        wait_until((watched.done / "scan.pdf").exists, 60)
        watched.drop("scan.pdf", "Tuesday's letter")
        assert "Tuesday's letter" in watched.text("scan-2.txt")
        assert "Monday's letter" in watched.text("scan.txt")
        wait_until((watched.done / "scan-2.pdf").exists, 60)


def test_a_document_that_cannot_be_read_stays_and_is_read_when_it_was_mended(
    running: Up, tmp_path: Path
) -> None:
    with watch(running, tmp_path, "--move", str(tmp_path / "in" / "done")) as watched:
        (watched.folder / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing more")
        assert "not read" in watched.text("broken.txt")
        assert (watched.folder / "broken.pdf").exists()
        watched.drop("broken.pdf", "Mended")
        wait_until(lambda: "Mended" in watched.text("broken.txt"), 60)
        wait_until((watched.done / "broken.pdf").exists, 60)
        code, said = watched.end()
    assert (code, "it is tried again when it changes" in said) == (0, True), said


def test_the_next_watch_reads_only_what_has_come_or_changed(running: Up, tmp_path: Path) -> None:
    with watch(running, tmp_path) as watched:
        watched.drop("a.pdf", "Before")
        watched.drop("b.pdf", "Unchanged")
        assert "Before" in watched.text("a.txt")
        assert "Unchanged" in watched.text("b.txt")
        watched.end()
    written = (watched.texts / "b.txt").stat().st_mtime_ns
    watched.drop("a.pdf", "After")
    with watch(running, tmp_path) as watched:
        wait_until(lambda: "After" in watched.text("a.txt"), 60)
        watched.end()
    assert (watched.texts / "b.txt").stat().st_mtime_ns == written
    assert sorted(path.name for path in watched.texts.glob("*.txt")) == ["a.txt", "b.txt"]
