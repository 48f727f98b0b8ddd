"""Measure Lector: `python -m benchmarks [name …]` prints one JSON line for each figure."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from benchmarks import (
    fair,
    hot_calls,
    idle,
    in_process,
    large,
    lean,
    listing,
    pipeline,
    relay,
    rendering,
    searching,
    slow_callers,
    small_files,
    starting,
    traced,
    uploading,
    wake,
    watching,
)
from benchmarks.against import command as against
from benchmarks.profile import command as profile
from benchmarks.reading import command as reading
from benchmarks.reporting import Line, say
from benchmarks.verified import command as verified
from tests.support import parts

ON_PARTS = (rendering, relay, wake, starting, slow_callers, hot_calls)
ON_STACKS = (pipeline, lean, traced, watching, uploading, idle)
ONLY_IF_NAMED = (fair, searching, listing, large, small_files)  # they take minutes each
BY_DEFAULT = [name for group in (*ON_PARTS, *ON_STACKS) for name in group.NAMES]
SELDOM = [name for group in ONLY_IF_NAMED for name in group.NAMES]
ALL = [*BY_DEFAULT, *SELDOM]
_LONGEST_S = 150


def main(arguments: list[str]) -> int:
    """Measure what was asked for; 1 if something could not be measured, or did not pass."""
    signal.signal(signal.SIGTERM, _ended)
    if arguments[:1] == ["reading"]:
        return reading.main(arguments[1:])
    if arguments[:1] == ["verified"]:
        return verified.main(arguments[1:])
    if arguments[:1] == ["against"]:
        return against.main(arguments[1:])
    if arguments[:1] == ["profile"]:
        return profile.main(arguments[1:])
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        epilog=f"names: {', '.join(ALL)}; a beginning of names, such as start, stands for"
        f" all; {', '.join(SELDOM)} are measured only if they are named; `reading` and"
        " `verified`, alone, measure how well pages are read, and whether what is wrong is doubted,"
        " `against` this checkout beside another commit, and `profile` draws where the time of a"
        " page goes; they have options of their own",
    )
    parser.add_argument("names", nargs="*", metavar="name", help="measure only these figures")
    names = parser.parse_args(arguments).names
    wanted = [name for name in ALL if name.startswith(tuple(names))] if names else BY_DEFAULT
    unknown = [given for given in names if not any(n.startswith(given) for n in ALL)]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(ALL)}")
    signal.signal(signal.SIGALRM, _too_late)
    with _scratch() as folder:
        return 0 if _measured(folder, wanted) else 1


def _measured(folder: Path, wanted: Collection[str]) -> bool:
    groups = [group for group in ON_PARTS if set(group.NAMES) & set(wanted)]
    well = True
    if groups:
        say("starting PostgreSQL, NATS, S3 and the sink")
        with parts.running(folder / "parts") as started, in_process.settled(started.settings):
            for group in groups:
                well &= _printed(group.measure(started, wanted))
    for group in (*ON_STACKS, *ONLY_IF_NAMED):
        longest_s = getattr(group, "LONGEST_S", _LONGEST_S)
        for name in group.NAMES:
            if name in wanted:
                well &= _printed(group.measure(folder, [name]), longest_s)
    return well


def _printed(figures: Iterator[Line], longest_s: int = _LONGEST_S) -> bool:
    """Print figures as they come; whether all of them did, in time, and passed."""
    passed = True
    signal.alarm(longest_s)
    try:
        for figure in figures:
            print(figure.line(), flush=True)
            passed &= figure.passed
            signal.alarm(longest_s)
    except Exception as error:
        say(f"not measured: {type(error).__name__}: {error}")
        return False
    finally:
        signal.alarm(0)
    return passed


@contextmanager
def _scratch() -> Iterator[Path]:
    """A folder for everything that this process and its children write; gone at the end."""
    with tempfile.TemporaryDirectory(prefix="lector-bench-") as folder:
        inside = Path(folder, "tmp")
        inside.mkdir()
        tempfile.tempdir = str(inside)
        try:
            with in_process.environment({"TMPDIR": str(inside)}):
                yield Path(folder)
        finally:
            tempfile.tempdir = None


def _ended(*_: int | FrameType | None) -> None:
    sys.exit(128 + signal.SIGTERM)


def _too_late(*_: int | FrameType | None) -> None:
    raise TimeoutError("there was no figure for longer than one may take")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
