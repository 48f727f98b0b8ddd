"""Nobody waits for somebody else's trouble: a letter beside a book, good pages beside bad ones."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.commandline import clear, up
from tests.support.behaving_model import GOOD, WORDS, BehavingModel, names_cause
from tests.support.marked_files import MarkedFile, Uploader, next_document

AT_ONCE, LATENCY_S = 8, 0.5
TIMEOUT_S = 3
# Three count; before the lane is known to be away one more may fail, and later one be its probe.
MOST_ASKS = 3 + 2
# A lane that is away is tried so seldom, so nobody may wait for longer because of it.
PROBE_EVERY_S = 30
# What a busy machine may take beyond what the model takes.
SPARE_S = 10


@dataclass(frozen=True)
class World:
    """A Lector whose model fails where its name says so, and somebody who uploads."""

    model: BehavingModel
    uploader: Uploader


@contextmanager
def world_in(folder: Path, slots: int) -> Iterator[World]:
    model = BehavingModel(LATENCY_S, AT_ONCE)
    settings = {
        "OPENAI_BASE_URL": model.base_url,
        "OPENAI_API_KEY": "test",
        "OPENAI_MODEL": GOOD,
        "MODEL_TIMEOUT_S": str(TIMEOUT_S),
        "FUNCTION_CAPACITY": f"llm={slots}",
    }
    try:
        with (
            up(folder / "data", settings=settings) as running,
            Uploader(running.url, folder) as uploader,
        ):
            yield World(model, uploader)
    finally:
        model.stop()
        clear(folder)
        shutil.rmtree(folder)


@pytest.fixture
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A Lector that has read nothing as yet."""
    with world_in(tmp_path_factory.mktemp("idle"), slots=2 * AT_ONCE) as world:
        yield world


@pytest.fixture(scope="module")
def lector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A Lector that has read a file, with as many slots as the model reads at once."""
    with world_in(tmp_path_factory.mktemp("warm"), slots=AT_ONCE) as world:
        assert world.uploader.upload(2 * AT_ONCE).wait_finished(within_s=30)
        yield world


@pytest.fixture
def warm(lector: World) -> Iterator[World]:
    """That Lector; what a test leaves unfinished is cancelled."""
    yield lector
    lector.model.is_away, lector.model.latency_s = False, LATENCY_S
    lector.uploader.cancel_all()


def model_s(pages: int) -> float:
    """What the model takes for so many pages."""
    return pages / AT_ONCE * LATENCY_S


def end_among_others(world: World, bad: MarkedFile, within_s: float) -> list[str]:
    """Why the pages of a bad file failed, which it does while its lane answers others."""
    deadline = time.monotonic() + within_s
    while bad.wait_finished(within_s=0) is None:
        assert time.monotonic() < deadline, f"not ended after {within_s} s: {bad.state()}"
        world.uploader.upload(AT_ONCE).wait_finished(within_s=SPARE_S)
    return bad.failures()


@pytest.mark.slow
def test_a_letter_is_read_before_forty_more_pages_of_a_book(warm: World) -> None:
    # As long as in the benchmark: what the machine itself takes must not count as pages.
    warm.model.latency_s = 1.0
    book = warm.uploader.upload(600)
    before = book.wait_read(24, within_s=40)
    letter = warm.uploader.upload(2)
    assert letter.wait_finished(within_s=40) is not None, "the letter is not read"
    assert 0 < before <= book.pages_read() < before + 40


@pytest.mark.slow
@pytest.mark.parametrize("model", ["says-500", "hangs"])
def test_a_bad_file_on_an_idle_lector_keeps_no_good_file_waiting(idle: World, model: str) -> None:
    bad = idle.uploader.upload(4, model)
    time.sleep(2)
    good = idle.uploader.upload(40)
    assert good.wait_finished(within_s=model_s(40) + PROBE_EVERY_S + SPARE_S), good.state()
    assert (good.state()["status"], good.pages_read()) == ("completed", 40)
    reasons = end_among_others(idle, bad, within_s=4 * TIMEOUT_S + SPARE_S)
    assert len(reasons) == 4
    assert [r for r in reasons if not names_cause(model, r, TIMEOUT_S)] == []
    assert max(idle.model.asked(bad.document).values()) <= MOST_ASKS


@pytest.mark.slow
@pytest.mark.parametrize("model", ["says-503", "breaks-off", "drips"])
def test_good_pages_keep_their_pace_beside_a_bad_file(warm: World, model: str) -> None:
    good = warm.uploader.upload(120)
    good.wait_read(AT_ONCE, within_s=20)
    bad = warm.uploader.upload(4, model)
    assert good.wait_finished(within_s=2 * model_s(120) + SPARE_S), good.state()
    assert (good.state()["status"], good.pages_read()) == ("completed", 120)
    reasons = end_among_others(warm, bad, within_s=4 * TIMEOUT_S + SPARE_S)
    assert len(reasons) == 4
    assert [r for r in reasons if not names_cause(model, r, TIMEOUT_S)] == []
    assert max(warm.model.asked(bad.document).values()) <= MOST_ASKS


@pytest.mark.slow
def test_of_forty_bad_pages_and_forty_good_ones_in_a_file_the_good_ones_are_read(
    warm: World,
) -> None:
    document = next_document()
    warm.model.behaviours |= {(document, number): "says-500" for number in range(1, 80, 2)}
    file = warm.uploader.upload(80, document=document)
    assert file.wait_read(40, within_s=2 * model_s(40) + SPARE_S) == 40
    reasons = end_among_others(warm, file, within_s=40)
    assert (file.state()["status"], file.pages_read()) == ("incomplete", 40)
    assert len(reasons) == 40
    assert all(WORDS["says-500"] in reason for reason in reasons)
    assert max(warm.model.asked(document).values()) <= MOST_ASKS


@pytest.mark.slow
def test_a_reader_that_is_away_in_the_middle_of_a_file_costs_it_nothing_but_time(
    warm: World,
) -> None:
    away_s = 8.0
    file = warm.uploader.upload(80)
    assert 0 < file.wait_read(16, within_s=20) < 80
    warm.model.is_away = True
    time.sleep(2 * LATENCY_S)  # what was under way still goes well, so others are tried meanwhile
    began = time.time()
    time.sleep(away_s)
    asked = warm.model.calls_between(began, time.time())
    warm.model.is_away = False
    assert file.wait_finished(within_s=PROBE_EVERY_S + model_s(80) + SPARE_S), file.state()
    assert (file.state()["status"], file.pages_read()) == ("completed", 80)
    assert asked <= AT_ONCE, "a lane that is away is probed, and no more"
