"""A minute of noise: whatever is killed, cut off or repeated, every page is read, and once."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.commandline import environment
from tests.chaos.papers import text_of
from tests.chaos.verdict import Verdict

SEED = 20261122
FILES, PAGES, SECONDS = 10, 8, 30
PATIENCE_S = 400

pytestmark = [pytest.mark.slow, pytest.mark.timeout(PATIENCE_S + 60)]


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The line that a run prints; the data of one that failed is kept."""
    data = tmp_path_factory.mktemp("chaos") / "run"
    sizes = ["--files", FILES, "--pages", PAGES, "--seconds", SECONDS, "--seed", SEED]
    command = [sys.executable, "-m", "tests.chaos", *map(str, sizes), "--keep", str(data)]
    root = Path(__file__).parents[2]
    run = subprocess.Popen(
        command, cwd=root, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        out, err = run.communicate(timeout=PATIENCE_S)
    finally:
        run.send_signal(signal.SIGTERM)
        run.wait(60)
    sys.stderr.write(err.decode())  # pytest shows it with a failure, and the seed is in it
    line: dict[str, Any] = json.loads(out)
    return line


def test_nothing_is_lost_doubled_or_misplaced(said: dict[str, Any]) -> None:
    assert (said["lost"], said["duplicated"], said["misplaced"]) == (0, 0, 0), said


def test_every_page_ends_as_text_or_as_a_visible_failure(said: dict[str, Any]) -> None:
    assert said["files"] >= FILES
    assert said["pages"] == said["files"] * PAGES
    assert said["read"] + said["failed_visible"] == said["pages"]


def test_most_pages_are_read_all_the_same(said: dict[str, Any]) -> None:
    assert said["read"] >= 0.9 * said["pages"], said


def test_what_cannot_be_read_goes_the_way_of_dead_letters(said: dict[str, Any]) -> None:
    assert said["failed_visible"] > 0
    assert said["dead_letters"] > 0


def test_there_was_noise(said: dict[str, Any]) -> None:
    assert sum(said["kills"].values()) >= 5, said
    assert {"nats", "postgres", "seaweedfs"} <= said["outages"].keys(), said
    assert sum(said["outages"].values()) >= 10, said
    assert said["model_calls"] > 0


def test_the_verdict_counts_what_is_lost_doubled_and_misplaced() -> None:
    file = {"name": "0001.pdf", "id": "an id", "status": "incomplete"}
    good, wrong = text_of(1, 1), text_of(1, 2)
    pages = [
        {"number": 1, "status": "read", "text": good},
        {"number": 2, "status": "read", "text": good},
        {"number": 3, "status": "rendered", "waiting_for": None},
        {"number": 4, "status": "failed", "error": None, "error_code": None},
        {"number": 5, "status": "failed", "error": "why", "error_code": "why"},
        {"number": 7, "status": "read", "text": wrong},
    ]
    seen = Verdict()
    seen.see_file(file, pages, expected=6)
    seen.miss_accepted(["another id"])
    assert (seen.pages, seen.read, seen.failed_visible) == (6, 1, 1)
    assert (seen.lost, seen.duplicated, seen.misplaced) == (4, 1, 1)
