"""Whose event is next in a lane, and when the lane is taken to be away."""

from types import SimpleNamespace
from typing import cast

import pytest
from nats.aio.msg import Msg

from lector.bridge.jetstream_source.adaptive_concurrency import Slots
from lector.bridge.jetstream_source.lane import Lane
from lector.bridge.jetstream_source.waiting import Job

NOON = 1_000_000.0


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


class Pages:
    """Makes events, each at its place in the stream."""

    def __init__(self) -> None:
        self.last = 0

    def of(
        self, file: str, count: int = 1, *, tenant: str = "default", tries: int = 1
    ) -> list[Job]:
        return [self._one(file, tenant, tries) for _ in range(count)]

    def _one(self, file: str, tenant: str, tries: int) -> Job:
        self.last += 1
        sequence = SimpleNamespace(stream=self.last)
        metadata = SimpleNamespace(sequence=sequence, num_delivered=tries)
        return Job(cast(Msg, SimpleNamespace(subject=file, metadata=metadata)), tenant)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pages() -> Pages:
    return Pages()


def lane_of(clock: Clock, *jobs: list[Job], slots: int = 4, most: int = 4) -> Lane:
    lane = Lane(Slots(slots, most, clock), judges=True, clock=clock)
    for group in jobs:
        wait(lane, group)
    return lane


def wait(lane: Lane, jobs: list[Job]) -> None:
    for job in jobs:
        lane.waiting.add(job)


def start_all(lane: Lane) -> list[Job]:
    started = []
    while job := lane.take_next():
        started.append(job)
    return started


def succeed(lane: Lane, job: Job) -> None:
    lane.record_success(job)
    lane.end(job)


def fail(lane: Lane, job: Job) -> None:
    lane.record_failure(job)
    lane.end(job)


def go_away(lane: Lane) -> list[Job]:
    """Have every job fail that may start; those that did."""
    failed = start_all(lane)
    for job in failed:
        fail(lane, job)
    assert lane.away
    return failed


def names(jobs: list[Job]) -> list[str]:
    return [job.file for job in jobs]


def test_one_file_alone_fills_every_slot(clock: Clock, pages: Pages) -> None:
    lane = lane_of(clock, pages.of("book", 10))
    assert names(start_all(lane)) == ["book"] * 4


def test_a_letter_that_comes_after_a_book_is_next(clock: Clock, pages: Pages) -> None:
    lane = lane_of(clock, pages.of("book", 10))
    first, *_ = start_all(lane)
    wait(lane, pages.of("letter"))
    succeed(lane, first)
    assert names(start_all(lane)) == ["letter"]


def test_an_event_that_is_delivered_again_while_it_waits_is_started_once(
    clock: Clock, pages: Pages
) -> None:
    [page] = pages.of("book")
    lane = lane_of(clock)
    redelivered = SimpleNamespace(sequence=page.message.metadata.sequence, num_delivered=2)
    message = cast(Msg, SimpleNamespace(subject=page.file, metadata=redelivered))
    lane.waiting.add(page)
    lane.waiting.add(Job(message, page.tenant))
    [started] = start_all(lane)
    assert started.message is message


def test_who_is_next_is_found_without_looking_at_all_who_wait(clock: Clock, pages: Pages) -> None:
    looked_at: list[str] = []

    class Looked(SimpleNamespace):
        @property
        def metadata(self) -> object:
            looked_at.append(self.subject)
            return self.about

    def many(*files: str) -> list[Job]:
        jobs = [job for file in files for job in pages.of(file, 400 // len(files))]
        for job in jobs:
            message = Looked(subject=job.file, about=job.message.metadata)
            job.message = cast(Msg, message)
        return jobs

    # Its tenant has something under way, and waits for nothing more.
    letter = pages.of("letter", tenant="another")
    one_file = lane_of(clock, letter, many("book"), slots=8, most=8)
    many_files = lane_of(clock, letter, many(*map(str, range(200))), slots=8, most=8)
    for lane in (one_file, many_files):
        looked_at.clear()
        assert len(start_all(lane)) == 8
        assert len(looked_at) < 100
        looked_at.clear()
        assert lane.take_next() is None
        assert looked_at == []


def test_files_take_turns(clock: Clock, pages: Pages) -> None:
    lane = lane_of(clock, pages.of("a", 5), pages.of("b", 5))
    assert sorted(names(start_all(lane))) == ["a", "a", "b", "b"]


def test_tenants_take_turns_before_files_do(clock: Clock, pages: Pages) -> None:
    many = [pages.of(f"file {n}", 2, tenant="many") for n in range(3)]
    lane = lane_of(clock, *many, pages.of("only", 5, tenant="one"))
    assert names(start_all(lane)).count("only") == 2


def test_what_was_not_tried_yet_goes_before_what_was(clock: Clock, pages: Pages) -> None:
    again, new = pages.of("file", tries=3), pages.of("file")
    lane = lane_of(clock, again, new, slots=1, most=1)
    assert start_all(lane) == new


def test_a_file_whose_pages_fail_has_one_under_way_while_others_wait(
    clock: Clock, pages: Pages
) -> None:
    lane = lane_of(clock, pages.of("bad"))
    [job] = start_all(lane)
    fail(lane, job)
    wait(lane, [*pages.of("bad", 5), *pages.of("good", 5)])
    clock.now += 1
    assert sorted(names(start_all(lane))) == ["bad", "good", "good", "good"]


def test_a_file_that_failed_pauses_while_others_are_read(clock: Clock, pages: Pages) -> None:
    lane = lane_of(clock, pages.of("bad"), pages.of("good", 20), slots=2, most=2)
    bad, _ = start_all(lane)
    fail(lane, bad)
    wait(lane, pages.of("bad"))
    [good] = start_all(lane)
    assert good.file == "good"
    assert lane.wait_s() == 0.25
    clock.now += 0.25
    succeed(lane, good)
    assert names(start_all(lane)) == ["bad"]


def test_pages_of_one_file_that_fail_do_not_close_the_lane_for_another_file(
    clock: Clock, pages: Pages
) -> None:
    lane = lane_of(clock, pages.of("bad", 9), pages.of("good", 9))
    for _ in range(4):
        for job in [job for job in start_all(lane) if job.file == "bad"]:
            fail(lane, job)
        clock.now += 1
        assert not lane.away


def test_pages_of_two_files_that_fail_close_the_lane(clock: Clock, pages: Pages) -> None:
    lane = lane_of(clock, pages.of("one", 5), pages.of("other", 5))
    for job in start_all(lane):
        fail(lane, job)
    assert lane.away


def test_a_file_whose_pages_fail_may_have_all_slots_when_nobody_else_waits(
    clock: Clock, pages: Pages
) -> None:
    lane = lane_of(clock, pages.of("bad"))
    [job] = start_all(lane)
    fail(lane, job)
    wait(lane, pages.of("bad", 5))
    assert len(start_all(lane)) == 4


def test_failures_with_a_success_between_say_nothing_of_the_lane(
    clock: Clock, pages: Pages
) -> None:
    lane = lane_of(clock, pages.of("bad", 10), pages.of("good", 10))
    for _ in range(6):
        started = start_all(lane)
        for job in started:
            (fail if job.file == "bad" else succeed)(lane, job)
        succeed(lane, _restarted(lane, pages))
        assert not lane.away


def _restarted(lane: Lane, pages: Pages) -> Job:
    others = lane.waiting.clear()
    wait(lane, [*pages.of("another"), *others])
    job = lane.take_next()
    assert job is not None
    return job


def test_one_page_that_fails_again_and_again_says_nothing_of_the_lane(
    clock: Clock, pages: Pages
) -> None:
    [page] = pages.of("bad")
    lane = lane_of(clock, [page])
    for _ in range(5):
        [job] = start_all(lane)
        fail(lane, job)
        assert not lane.away
        lane.waiting.add(page)


@pytest.mark.parametrize("waits", [True, False], ids=["waits", "is under way"])
def test_one_file_whose_pages_all_fail_says_nothing_of_the_lane_while_another(
    clock: Clock, pages: Pages, *, waits: bool
) -> None:
    lane = lane_of(clock, pages.of("bad", 3))
    bad = start_all(lane)
    wait(lane, pages.of("good"))
    if not waits:
        assert names(start_all(lane)) == ["good"]
    for job in bad:
        fail(lane, job)
    assert not lane.away


def test_pages_that_failed_while_others_went_well_say_nothing_of_the_lane_later(
    clock: Clock, pages: Pages
) -> None:
    bad = pages.of("bad", 4)
    lane = lane_of(clock, bad, pages.of("good"), slots=5, most=5)
    started = start_all(lane)
    for job in sorted(started, key=lambda job: job.file == "good"):
        (succeed if job.file == "good" else fail)(lane, job)
    wait(lane, bad)
    for job in start_all(lane):
        fail(lane, job)
    assert not lane.away


def test_a_lane_that_is_away_is_probed_one_page_at_a_time_a_different_one_each_time(
    clock: Clock, pages: Pages
) -> None:
    book = pages.of("book", 7)
    lane = lane_of(clock, book)
    failed = go_away(lane)
    wait(lane, failed)  # redelivered
    probed = []
    for _ in range(3):
        assert start_all(lane) == []
        clock.now += 30
        [probe] = start_all(lane)
        probed.append(probe)
        fail(lane, probe)
        lane.waiting.add(probe)
    assert len(set(probed) | set(failed)) == 7


def test_while_a_probe_is_under_way_there_is_no_other(clock: Clock, pages: Pages) -> None:
    lane = lane_of(clock, pages.of("book", 7))
    go_away(lane)
    clock.now += 30
    assert len(start_all(lane)) == 1
    clock.now += 300
    assert start_all(lane) == []


def test_pauses_between_probes_grow_to_half_a_minute(clock: Clock, pages: Pages) -> None:
    lane = lane_of(clock, pages.of("book", 20))
    go_away(lane)
    for _ in range(8):
        clock.now += 30
        [probe] = start_all(lane)
        fail(lane, probe)
    clock.now += 29
    assert start_all(lane) == []
    clock.now += 1
    assert len(start_all(lane)) == 1


def test_the_first_success_opens_a_lane(clock: Clock, pages: Pages) -> None:
    lane = lane_of(clock, pages.of("book", 20))
    go_away(lane)
    clock.now += 30
    [probe] = start_all(lane)
    succeed(lane, probe)
    assert not lane.away
    assert len(start_all(lane)) == 4


def test_each_success_from_before_the_lane_went_away_allows_one_probe_at_once(
    clock: Clock, pages: Pages
) -> None:
    lane = lane_of(clock, pages.of("book", 20), slots=5, most=5)
    first, second, *others = start_all(lane)
    clock.now += 1
    for job in others:
        fail(lane, job)
    assert lane.away
    assert start_all(lane) == []
    succeed(lane, first)
    succeed(lane, second)
    probes = start_all(lane)
    assert len(probes) == 2
    assert lane.away
    clock.now += 1
    succeed(lane, probes[1])
    assert not lane.away


def test_a_file_that_comes_while_the_lane_is_away_is_probed_at_once(
    clock: Clock, pages: Pages
) -> None:
    lane = lane_of(clock, pages.of("bad", 20))
    go_away(lane)
    wait(lane, pages.of("good", 5))
    [probe] = start_all(lane)
    assert probe.file == "good"
    succeed(lane, probe)
    assert not lane.away


def test_a_file_that_waited_before_the_lane_went_away_waits_for_a_probe(
    clock: Clock, pages: Pages
) -> None:
    bad = [pages.of(name) for name in ("a", "b", "c")]
    lane = lane_of(clock, *bad, pages.of("good", 5), slots=3, most=3)
    go_away(lane)
    assert start_all(lane) == []
    clock.now += lane.wait_s() or 0
    assert names(start_all(lane)) == ["good"]


def test_a_file_that_came_and_failed_waits_as_the_others(clock: Clock, pages: Pages) -> None:
    lane = lane_of(clock, pages.of("bad", 20))
    go_away(lane)
    wait(lane, pages.of("bad too", 5))
    [probe] = start_all(lane)
    fail(lane, probe)
    assert start_all(lane) == []


def test_a_pause_that_the_lane_asked_for_holds_for_all(clock: Clock, pages: Pages) -> None:
    lane = lane_of(clock, pages.of("book", 3), slots=1)
    [job] = start_all(lane)
    lane.record_refusal(job, retry_after_s=20)
    lane.end(job)
    wait(lane, pages.of("letter"))
    assert start_all(lane) == []
    assert lane.wait_s() == pytest.approx(20)
    clock.now += 20
    assert len(start_all(lane)) == 1


def test_a_file_with_nothing_under_way_starts_when_all_slots_are_stuck(
    clock: Clock, pages: Pages
) -> None:
    lane = lane_of(clock, pages.of("hangs", 10), slots=4, most=64)
    start_all(lane)
    wait(lane, pages.of("good", 5))
    assert start_all(lane) == []
    clock.now += 2
    assert names(start_all(lane)) == ["good"]


def test_stuck_slots_are_exceeded_by_half_and_never_beyond_the_most(
    clock: Clock, pages: Pages
) -> None:
    files = [pages.of(f"file {n}", 2) for n in range(20)]
    lane = lane_of(clock, *files, slots=4, most=64)
    assert len(start_all(lane)) == 4
    exceeding = 0
    for _ in range(10):
        clock.now += 2
        exceeding += len(start_all(lane))
    assert exceeding == 2
    lane = lane_of(clock, *files, slots=4, most=4)
    start_all(lane)
    clock.now += 60
    assert start_all(lane) == []
