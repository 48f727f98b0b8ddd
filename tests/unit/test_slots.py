"""Slots: how many deliveries may be under way, by the answers that come back."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from slots import Slots


class Clock:
    """A time that passes only when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_fresh_source_has_the_slots_that_the_table_says() -> None:
    assert Slots(4, 16).limit == 4


def test_no_more_than_the_most_are_there_at_the_start() -> None:
    assert Slots(20, 16).limit == 16


def test_slow_start_adds_a_slot_for_each_success() -> None:
    slots = Slots(4, 64)
    for _ in range(10):
        slots.succeeded()
    assert slots.limit == 14


def test_successes_never_lead_beyond_the_most() -> None:
    slots = Slots(4, 8)
    for _ in range(100):
        slots.succeeded()
    assert slots.limit == 8


def test_a_refusal_halves_the_slots() -> None:
    slots = Slots(8, 16)
    slots.refused(slots.take())
    assert slots.limit == 4


def test_a_burst_of_refusals_halves_once() -> None:
    clock = Clock()
    slots = Slots(8, 16, clock)
    taken_at = [slots.take() for _ in range(8)]
    for at in taken_at:
        clock.now += 0.01
        slots.refused(at)
    assert slots.limit == 4


def test_a_refusal_of_what_was_taken_after_the_cut_halves_again() -> None:
    clock = Clock()
    slots = Slots(8, 16, clock)
    slots.refused(slots.take())
    clock.now += 0.01
    slots.refused(slots.take())
    assert slots.limit == 2


def test_one_slot_always_remains() -> None:
    clock = Clock()
    slots = Slots(8, 16, clock)
    for _ in range(20):
        clock.now += 1
        slots.refused(slots.take())
    assert slots.limit == 1


def test_after_a_refusal_a_slot_is_added_for_each_full_round() -> None:
    slots = Slots(8, 64)
    slots.refused(slots.take())
    for _ in range(4):
        slots.succeeded()
    assert slots.limit == 4
    slots.succeeded()
    assert slots.limit == 5


def test_slow_start_goes_on_below_the_place_of_the_last_refusal() -> None:
    clock = Clock()
    slots = Slots(16, 64, clock)
    slots.refused(slots.take())
    for _ in range(3):
        slots.succeeded()
    clock.now += 1
    slots.refused(slots.take())
    assert 4 <= slots.limit <= 5


@given(
    st.integers(1, 64),
    st.integers(1, 64),
    st.lists(st.one_of(st.just("succeeded"), st.floats(0, 60)), max_size=200),
)
def test_the_limit_stays_between_one_and_the_most(
    at_start: int, at_most: int, answers: list[str | float]
) -> None:
    clock = Clock()
    slots = Slots(at_start, at_most, clock)
    for answer in answers:
        clock.now += 1
        if isinstance(answer, str):
            slots.succeeded()
        else:
            slots.refused(slots.take(), answer)
            slots.release()
        assert 1 <= slots.limit <= at_most


def test_free_tells_how_many_are_left() -> None:
    slots = Slots(4, 16)
    slots.take()
    assert asyncio.run(slots.free()) == 3


def test_free_waits_until_a_slot_is_given_back() -> None:
    async def story() -> bool:
        slots = Slots(1, 1)
        slots.take()
        waiting = asyncio.create_task(slots.free())
        await asyncio.sleep(0.02)
        early = waiting.done()
        slots.release()
        await asyncio.wait_for(waiting, 1)
        return early

    assert not asyncio.run(story())


def test_free_waits_while_more_are_taken_than_a_refusal_left() -> None:
    async def story() -> bool:
        slots = Slots(4, 16)
        for _ in range(4):
            taken_at = slots.take()
        slots.refused(taken_at)
        slots.release()
        waiting = asyncio.create_task(slots.free())
        await asyncio.sleep(0.02)
        waiting.cancel()
        return waiting.cancelled() or not waiting.done()

    assert asyncio.run(story())


def test_free_waits_as_long_as_a_refusal_asked_for() -> None:
    async def story() -> float:
        slots = Slots(4, 16)
        slots.refused(slots.take(), 0.1)
        slots.release()
        began = asyncio.get_running_loop().time()
        await slots.free()
        return asyncio.get_running_loop().time() - began

    assert 0.09 < asyncio.run(story()) < 0.5


def test_the_longest_pause_that_was_asked_for_counts() -> None:
    clock = Clock()
    slots = Slots(4, 16, clock)
    slots.refused(slots.take(), 30)
    slots.refused(slots.take(), 1)
    assert slots.closed_s == 30


def test_a_pause_is_kept_although_its_burst_was_already_counted() -> None:
    clock = Clock()
    slots = Slots(4, 16, clock)
    taken_at = slots.take()
    slots.refused(taken_at)
    slots.refused(taken_at, 30)
    assert slots.closed_s == 30


def test_slots_open_again_when_the_pause_is_over() -> None:
    clock = Clock()
    slots = Slots(4, 16, clock)
    slots.refused(slots.take(), 30)
    clock.now += 31
    assert slots.closed_s == 0
