"""Half a minute of noise: whatever is killed, cut off or repeated, every page is read, and once.

Twice: the model reads every page; and, with fewer files, half of them have their text taken.

That each count finds a fault which is planted is in tests/unit/test_chaos.py.
"""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.commandline import environment
from tests.chaos.verdict import FAULTS

SEED = 20261234
FILES = {"never": 10, "auto": 8}
PAGES, SECONDS = 8, 36  # every kind of disturbance comes once in 36 s
# A run waits for as long as anything moves: this only ends one that hangs.
PATIENCE_S = 1500

pytestmark = [pytest.mark.slow, pytest.mark.timeout(PATIENCE_S + 60)]


@pytest.fixture(scope="module", params=FILES)
def said(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """The line that a run prints; the data of one that failed is kept."""
    use = request.param
    data = tmp_path_factory.mktemp("chaos") / "run"
    sizes = ["--files", FILES[use], "--pages", PAGES, "--seconds", SECONDS, "--seed", SEED]
    more = ["--keep", str(data), "--text-layer", use]
    command = [sys.executable, "-m", "tests.chaos", *map(str, sizes), *more]
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
    assert "no_verdict" not in line, line
    return line


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_that_must_not_happen_happens(said: dict[str, Any], fault: str) -> None:
    assert said[fault] == 0, said


def test_every_page_ends_as_text_or_as_a_visible_failure(said: dict[str, Any]) -> None:
    deleted = said["outages"].get("somebody: delete", 0)
    assert said["files"] >= FILES[said["text_layer"]] - deleted
    assert said["read"] + said["failed_visible"] + said["cancelled"] == said["pages"]


def test_pages_that_can_be_read_are_read_unless_somebody_cancels_them(said: dict[str, Any]) -> None:
    assert said["read"] > 0
    assert said["read"] >= 0.9 * (said["pages"] - said["cancelled"]), said


def test_pages_of_half_of_the_files_are_read_by_no_model_where_that_is_wanted(
    said: dict[str, Any],
) -> None:
    if said["text_layer"] == "never":
        assert said["extracted"] == 0
    else:
        assert 0 < said["extracted"] < said["read"]


def test_what_cannot_be_read_goes_the_way_of_dead_letters(said: dict[str, Any]) -> None:
    assert said["failed_visible"] > 0
    assert said["dead_letters"] > 0


def test_there_was_noise(said: dict[str, Any]) -> None:
    assert sum(said["kills"].values()) >= 5, said
    assert {"nats", "postgres", "seaweedfs"} <= said["outages"].keys(), said
    assert sum(said["outages"].values()) >= 10, said
    assert said["model_calls"] > 0


def test_the_second_reader_was_killed_too_and_looked_at_pages_all_the_same(
    said: dict[str, Any],
) -> None:
    assert said["kills"]["tesseract"] >= 1, said
    assert said["verified"] > 0, said


def test_people_acted_clocks_jumped_and_the_reader_was_away(said: dict[str, Any]) -> None:
    happened = said["outages"].keys()
    assert {f"somebody: {what}" for what in ("retry file", "retry pages", "delete")} <= happened
    assert {"clock an hour ahead", "clock an hour behind"} <= happened
    assert {f"reader away: {how}" for how in ("refuses", "503", "429")} <= happened
