"""What the command line says of a file or page that waits: for what, and since when."""

import io
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from rich.console import Console

from lector.cli import output, progress
from lector.cli.answers import Json


@dataclass
class Shown:
    """A file on the list of those that are being read."""

    file: Json
    name: str = "a.pdf"
    finished: bool = field(default=False)
    found_before: bool = False


NOW = datetime.now().astimezone()
SINCE = NOW.replace(hour=14, minute=2)
NO_PAGES = {"total": 0, "rendered": 0, "read": 0, "failed": 0}
PAGES = {"total": 3, "rendered": 2, "read": 1, "failed": 0}


def waits(code: str, detail: str, since: datetime | None = SINCE) -> Json:
    at = since.isoformat() if since else None
    return {"code": code, "detail": detail, "since": at, "files": None}


def file(waiting: Json | None, progress: Json = PAGES, status: str = "reading") -> Json:
    return {"status": status, "progress": progress, "waiting": waiting}


@pytest.mark.parametrize(
    ("waiting", "words"),
    [
        (None, ""),
        (waits("model_failed", "it says: no"), "waits since 14:02: it says: no"),
        (waits("not_now", "busy", None), "waits: busy"),
        (waits("behind_files", "behind 3 files of yours"), "behind 3 files of yours since 14:02"),
        (
            waits("not_now", "busy", SINCE - timedelta(days=400)),
            f"waits since {SINCE - timedelta(days=400):%Y-%m-%d} 14:02: busy",
        ),
    ],
)
def test_a_wait_says_for_what_and_since_when(waiting: Json | None, words: str) -> None:
    assert output.describe_wait({"waiting": waiting}) == words


def test_a_file_that_was_read_before_is_found_and_not_uploaded() -> None:
    read = {**PAGES, "rendered": 3, "read": 3}
    found = Shown(file(None, read, "completed"), finished=True, found_before=True)
    assert progress.describe(found) == "found, 3 of 3 pages read"
    written = io.StringIO()
    with progress.display(Console(file=written, force_terminal=False)) as display:
        display.show([Shown({"id": None, "status": "waiting"})])
        display.show([found])
    assert written.getvalue() == "a.pdf: found, 3 of 3 pages read\n"


def test_a_server_of_before_tells_the_reason_alone() -> None:
    assert output.describe_wait({"waiting_for": "busy"}) == "busy"
    assert output.describe_wait({"waiting_for": None}) == ""


def test_the_progress_of_a_file_tells_what_it_waits_for() -> None:
    reading = Shown(file(waits("model_limits_rate", "it says: slow down")))
    assert progress.describe(reading) == (
        "2 rendered, 1 of 3 pages read (waits since 14:02: it says: slow down)"
    )
    behind = waits("behind_files", "behind 3 files of yours")
    unopened = Shown(file(behind, NO_PAGES, "uploaded"))
    assert progress.describe(unopened) == "opening (behind 3 files of yours since 14:02)"


def test_the_progress_of_a_file_counts_the_pages_to_look_at() -> None:
    doubted = Shown(file(None, {**PAGES, "doubted": 1}))
    assert progress.describe(doubted) == "2 rendered, 1 of 3 pages read, 1 page to look at"
    assert progress.describe(Shown(file(None, {**PAGES, "doubted": 0}))) == (
        "2 rendered, 1 of 3 pages read"
    )


def test_the_words_of_a_server_reach_the_terminal_without_control_characters() -> None:
    shown = progress.describe(Shown(file(waits("model_failed", "a\x1b[31m\x07\u202eb"))))
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "\u202e" not in shown
