"""What processes print goes into files of a bounded size, and nothing but the oldest is lost."""

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lector.local.log_files import LogFile
from lector.local.process import Child, Part

LINES = 20_000
PRINTING = f"""
for number in range({LINES}):
    print(f"line {{number:06}} of what it has to say", flush=number % 7 == 0)
"""


def print_into(log: LogFile, program: str) -> None:
    output = log.pipe()
    try:
        subprocess.run([sys.executable, "-c", program], stdout=output, check=True)
    finally:
        os.close(output)
    log.wait_written(10)


def files(folder: Path) -> list[Path]:
    """Oldest first."""
    found = sorted(folder.glob("part.log.*"), key=lambda path: int(path.suffix[1:]), reverse=True)
    return [*found, folder / "part.log"]


def test_the_files_of_a_process_that_goes_on_and_on_stay_within_their_bound(
    tmp_path: Path,
) -> None:
    print_into(LogFile(tmp_path / "part.log", file_bytes=10_000, older_files=3), PRINTING)
    assert [path.name for path in files(tmp_path)] == [
        "part.log.3",
        "part.log.2",
        "part.log.1",
        "part.log",
    ]
    assert all(path.stat().st_size < 10_100 for path in files(tmp_path))


def test_only_the_oldest_lines_are_lost_and_no_line_is_cut(tmp_path: Path) -> None:
    print_into(LogFile(tmp_path / "part.log", file_bytes=200_000, older_files=2), PRINTING)
    kept = [path.read_text().splitlines() for path in files(tmp_path)]
    numbers = [int(line.split()[1]) for lines in kept for line in lines]
    assert len(kept) == 3
    assert len(numbers) > 10_000
    assert numbers == list(range(LINES - len(numbers), LINES))
    assert {len(line) for lines in kept for line in lines} == {
        len("line 000000 of what it has to say")
    }


def test_nothing_is_lost_while_there_is_room(tmp_path: Path) -> None:
    print_into(LogFile(tmp_path / "part.log", file_bytes=100_000, older_files=1000), PRINTING)
    text = "".join(path.read_text() for path in files(tmp_path))
    assert len(text.splitlines()) == LINES


def test_a_log_goes_on_after_a_restart_and_counts_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "part.log").write_text("old\n" * 1000)
    print_into(LogFile(tmp_path / "part.log", file_bytes=4000), "print('new')")
    assert (tmp_path / "part.log.1").read_text() == "old\n" * 1000 + "new\n"


def test_a_process_does_not_wait_for_a_log_that_cannot_be_written(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "part.log")
    (tmp_path / "part.log").unlink()
    (tmp_path / "part.log").mkdir()  # fails as a full disk does
    began = time.monotonic()
    print_into(log, PRINTING)
    assert time.monotonic() - began < 10


def test_whoever_waits_while_a_process_begins_to_print_waits_for_no_reader_before_it_has_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, start = LogFile(tmp_path / "part.log"), threading.Thread.start

    def start_late(thread: threading.Thread) -> None:
        log.wait_written(10)  # as another thread may at this moment
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_late)
    print_into(log, "print('said')")
    assert log.path.read_text() == "said\n"


def test_whoever_waits_waits_for_what_is_not_written_yet(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "part.log")
    log.path.unlink()
    os.mkfifo(log.path)  # nothing can be written before somebody reads
    output = log.pipe()
    os.write(output, b"said\n")
    os.close(output)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(log.wait_written, 10)
        with pytest.raises(TimeoutError):
            waiting.result(0.2)
        assert log.path.read_bytes() == b"said\n"
        waiting.result(10)


def test_the_end_of_the_log_of_a_process_that_has_ended_is_complete(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    program = "print('first', flush=True); raise SystemExit('last words')"
    part = Part("part", [sys.executable, "-c", program])
    child = Child(part, tmp_path / "logs")
    while child.alive():
        time.sleep(0.01)
    assert child.tail() == "first\nlast words"
    child.kill()
