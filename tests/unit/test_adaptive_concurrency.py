"""Slots: how many deliveries may be under way, by the answers that come back."""

import asyncio
import heapq
import random
from collections.abc import Callable
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lector.bridge.jetstream_source.adaptive_concurrency import Slot, Slots

#: As in the table for the model.
AT_START, AT_MOST = 8, 64
CALLS = 2000


class Clock:
    """A time that passes only when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class FarSide:
    """Serves `ceiling(successes)` calls at once, each for about a second, and refuses others."""

    def __init__(self, ceiling: Callable[[int], int], seed: int = 1) -> None:
        self.ceiling = ceiling
        self.succeeded = 0
        self.refused = 0
        self.busy_s = 0.0
        self.busy = 0
        self._random = random.Random(seed)

    def called(self) -> tuple[float, bool]:
        """How long the answer takes, and whether it is a success."""
        if self.busy >= self.ceiling(self.succeeded):
            self.refused += 1
            return self._random.uniform(0.01, 0.03), False
        self.busy += 1
        duration_s = self._random.uniform(0.5, 1.5)
        self.busy_s += duration_s
        return duration_s, True

    def done(self) -> None:
        self.busy -= 1
        self.succeeded += 1

    @property
    def refused_share(self) -> float:
        return self.refused / (self.refused + self.succeeded)


class Simulation:
    """Replicas of the source with a backlog, and a far side, in a time of their own."""

    def __init__(self, far_side: FarSide, replicas: int = 1) -> None:
        self.far_side = far_side
        self.clock = Clock()
        self.replicas = [Slots(AT_START, AT_MOST, self.clock) for _ in range(replicas)]
        self._answers: list[tuple[float, int, Slots, Slot, bool]] = []
        self._order = count()

    def run(self, successes: int) -> None:
        """Until so many calls succeeded."""
        self.run_until(lambda: self.far_side.succeeded >= successes)

    def run_until(self, end: Callable[[], bool]) -> None:
        """Go on, from answer to answer; `AssertionError` if nothing does."""
        while not end():
            for slots in self.replicas:
                self._call(slots)
            if self._answers:
                self._answer()
            else:
                pause_s = min(slots.closed_s for slots in self.replicas)
                assert pause_s > 0, "nothing is under way, and nothing is called"
                self.clock.now += pause_s + 1e-6

    @property
    def elapsed_s(self) -> float:
        return self.clock.now - Clock().now

    def _call(self, slots: Slots) -> None:
        while slots.in_use < slots.limit and slots.closed_s == 0:
            slot = slots.take()
            duration_s, good = self.far_side.called()
            at = self.clock.now + duration_s
            heapq.heappush(self._answers, (at, next(self._order), slots, slot, good))

    def _answer(self) -> None:
        at, _, slots, slot, good = heapq.heappop(self._answers)
        self.clock.now = max(at, self.clock.now)
        if good:
            self.far_side.done()
            slots.record_success(slot)
        else:
            slots.record_refusal(slot)
        slots.release()


def full(slots: Slots) -> list[Slot]:
    """Take every slot there is."""
    return [slots.take() for _ in range(slots.limit - slots.in_use)]


def succeed(slots: Slots, times: int, clock: Clock | None = None) -> None:
    """So many deliveries go well, one after the other, with every slot in use."""
    for _ in range(times):
        if clock:
            clock.now += 1
        *_, last = full(slots) or [slots.take()]
        slots.record_success(last)
        slots.release()


def empty(slots: Slots) -> None:
    while slots.in_use:
        slots.release()


# With a far side that has a ceiling


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("ceiling", [1, 2, 3, 8, 20, 50])
def test_hardly_any_call_is_refused_at_a_ceiling(ceiling: int, seed: int) -> None:
    far_side = FarSide(lambda _: ceiling, seed)
    Simulation(far_side).run(CALLS)
    assert far_side.refused_share < 0.015


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("share", [0.1, 0.2, 0.4])
def test_few_calls_are_refused_where_only_a_share_of_each_delivery_is_the_model(
    share: float, seed: int
) -> None:
    # As on a busy machine: how many deliveries two calls at once are is a matter of luck.
    luck = random.Random(seed)
    far_side = FarSide(lambda _: 0, seed)
    far_side.ceiling = lambda _: (
        far_side.busy + 1 if sum(luck.random() < share for _ in range(far_side.busy)) < 2 else 0
    )
    Simulation(far_side).run(CALLS)
    assert far_side.refused_share < 0.05


@pytest.mark.parametrize(
    ("ceiling", "share"), [(1, 0.99), (2, 0.99), (3, 0.99), (8, 0.98), (20, 0.96)]
)
def test_what_the_far_side_can_do_is_used(ceiling: int, share: float) -> None:
    far_side = FarSide(lambda _: ceiling)
    simulation = Simulation(far_side)
    simulation.run(CALLS)
    assert far_side.busy_s / (ceiling * simulation.elapsed_s) > share


@pytest.mark.parametrize("ceiling", [1, 2, 3, 5])
def test_a_ceiling_is_found_with_one_burst(ceiling: int) -> None:
    far_side = FarSide(lambda _: ceiling)
    Simulation(far_side).run(16)
    assert far_side.refused == AT_START - ceiling


@pytest.mark.parametrize("ceiling", [1, 2, 8, 20])
def test_a_ceiling_that_doubles_is_used_within_a_few_hundred_successes(ceiling: int) -> None:
    far_side = FarSide(lambda done: ceiling if done < CALLS else 2 * ceiling)
    simulation = Simulation(far_side)
    simulation.run(CALLS)
    simulation.run_until(lambda: simulation.replicas[0].limit >= 2 * ceiling)
    assert far_side.succeeded - CALLS < 128 + 10 * ceiling


@pytest.mark.parametrize("ceiling", [2, 8, 20])
def test_a_ceiling_that_falls_to_a_half_is_found_with_few_refusals(ceiling: int) -> None:
    far_side = FarSide(lambda done: 2 * ceiling if done < CALLS else ceiling)
    simulation = Simulation(far_side)
    simulation.run(CALLS)
    before = far_side.refused
    simulation.run(2 * CALLS)
    assert (far_side.refused - before) / CALLS < 0.03


def test_after_an_outage_all_is_as_before_within_moments() -> None:
    away = False
    far_side = FarSide(lambda _: 0 if away else 20)
    simulation = Simulation(far_side)
    simulation.run(500)
    away = True
    simulation.run_until(lambda: simulation.elapsed_s > 300)
    away = False
    recovered = far_side.succeeded + 60
    [slots] = simulation.replicas
    simulation.run_until(lambda: slots.limit >= 19 or far_side.succeeded >= recovered)
    assert far_side.succeeded < recovered


def test_an_outage_is_not_asked_about_all_the_time() -> None:
    far_side = FarSide(lambda _: 0)
    simulation = Simulation(far_side)
    simulation.run_until(lambda: simulation.elapsed_s > 300)
    assert far_side.refused < 30


@pytest.mark.parametrize("ceiling", [2, 3, 8, 20])
@pytest.mark.parametrize("replicas", [2, 3])
def test_replicas_that_share_a_far_side_have_few_calls_refused(ceiling: int, replicas: int) -> None:
    far_side = FarSide(lambda _: ceiling)
    Simulation(far_side, replicas).run(CALLS)
    assert far_side.refused_share < 0.07


# Step by step


def test_a_fresh_source_has_the_slots_that_the_table_says() -> None:
    assert Slots(4, 16).limit == 4


def test_no_more_than_the_most_are_there_at_the_start() -> None:
    assert Slots(20, 16).limit == 16


def test_each_success_adds_a_slot_while_no_ceiling_is_known() -> None:
    slots = Slots(4, 64)
    succeed(slots, 10)
    assert slots.limit == 14


def test_successes_never_lead_beyond_the_most() -> None:
    slots = Slots(4, 8)
    succeed(slots, 100)
    assert slots.limit == 8


def test_successes_add_nothing_while_most_slots_are_empty() -> None:
    slots = Slots(8, 64)
    for _ in range(100):
        slots.record_success(slots.take())
        slots.release()
    assert slots.limit == 8


def test_a_refusal_halves_what_was_in_flight() -> None:
    slots = Slots(8, 16)
    *_, last = full(slots)
    slots.record_refusal(last)
    assert slots.limit == 4


def test_a_burst_of_refusals_halves_once() -> None:
    clock = Clock()
    slots = Slots(8, 16, clock)
    for slot in full(slots)[-3:]:
        clock.now += 0.01
        slots.record_refusal(slot)
    assert slots.limit == 4


def test_a_burst_tells_how_many_were_too_many() -> None:
    slots = Slots(8, 16)
    taken = full(slots)
    for slot in taken[3:]:
        slots.record_refusal(slot)
    assert slots.limit == 3


def test_a_refusal_of_what_was_taken_after_the_cut_halves_again() -> None:
    clock = Clock()
    slots = Slots(8, 16, clock)
    slots.record_refusal(full(slots)[-1])
    empty(slots)
    clock.now += 0.01
    slots.record_refusal(full(slots)[-1])
    assert slots.limit == 2


def test_one_slot_always_remains() -> None:
    clock = Clock()
    slots = Slots(8, 16, clock)
    for _ in range(20):
        clock.now += 60
        slots.record_refusal(full(slots)[-1])
        empty(slots)
    assert slots.limit == 1


def found(ceiling: int, clock: Clock) -> Slots:
    """Slots that know this ceiling, just below it."""
    slots = Slots(ceiling, 64, clock)
    slots.record_refusal(full(slots)[-1])
    empty(slots)
    succeed(slots, ceiling - 1 - slots.limit, clock)
    assert slots.limit == ceiling - 1
    return slots


def test_below_the_ceiling_each_success_adds_a_slot_again() -> None:
    clock = Clock()
    slots = Slots(16, 64, clock)
    slots.record_refusal(full(slots)[-1])
    empty(slots)
    succeed(slots, 7, clock)
    assert slots.limit == 15


def test_just_below_the_ceiling_nothing_changes_for_a_while() -> None:
    clock = Clock()
    slots = found(8, clock)
    succeed(slots, 31, clock)
    assert slots.limit == 7


def test_after_a_while_one_more_is_tried() -> None:
    clock = Clock()
    slots = found(8, clock)
    succeed(slots, 32, clock)
    assert slots.limit == 8


@pytest.mark.parametrize(("refusals", "patience"), [(1, 64), (2, 128), (3, 128), (9, 128)])
def test_a_ceiling_that_refuses_again_is_left_alone_for_longer(
    refusals: int, patience: int
) -> None:
    clock = Clock()
    slots = found(2, clock)
    for _ in range(refusals):
        while slots.limit < 2:
            succeed(slots, 1, clock)
        clock.now += 1
        slots.record_refusal(full(slots)[-1])
        empty(slots)
    succeed(slots, patience - 1, clock)
    assert slots.limit == 1
    succeed(slots, 1, clock)
    assert slots.limit == 2


def test_a_ceiling_that_gives_way_for_a_round_is_forgotten() -> None:
    clock = Clock()
    slots = found(8, clock)
    succeed(slots, 32 + 8 + 20, clock)
    assert slots.limit == 28


def test_a_ceiling_is_not_forgotten_for_calls_that_never_reached_it() -> None:
    clock = Clock()
    slots = found(8, clock)
    for _ in range(200):
        clock.now += 1
        slots.record_success(slots.take())
        slots.release()
    assert slots.limit == 8


def test_a_single_delivery_that_is_refused_teaches_no_ceiling() -> None:
    clock = Clock()
    slots = Slots(1, 64, clock)
    slots.record_refusal(slots.take())
    slots.release()
    succeed(slots, 10, clock)
    assert slots.limit == 11


def test_after_a_single_delivery_was_refused_nothing_is_tried_for_longer_each_time() -> None:
    clock = Clock()
    slots = Slots(1, 64, clock)
    pauses = []
    for _ in range(10):
        clock.now += 60
        slots.record_refusal(slots.take())
        slots.release()
        pauses.append(slots.closed_s)
    assert pauses[:3] == pytest.approx([0.25, 0.5, 1.0])
    assert pauses[-1] == pytest.approx(30)


def test_a_success_ends_the_growth_of_pauses() -> None:
    clock = Clock()
    slots = Slots(1, 1, clock)
    for _ in range(5):
        clock.now += 60
        slots.record_refusal(slots.take())
        slots.release()
    succeed(slots, 1, clock)
    clock.now += 60
    slots.record_refusal(slots.take())
    assert slots.closed_s == pytest.approx(0.25)


@given(
    st.integers(1, 64),
    st.integers(1, 64),
    st.lists(st.tuples(st.sampled_from(["take", "good", "bad"]), st.floats(0, 60)), max_size=200),
)
def test_the_limit_stays_between_one_and_the_most(
    at_start: int, at_most: int, steps: list[tuple[str, float]]
) -> None:
    clock = Clock()
    slots = Slots(at_start, at_most, clock)
    taken = [slots.take()]
    for step, pause_s in steps:
        clock.now += pause_s
        if step == "take" or not taken:
            taken.append(slots.take())
        elif step == "good":
            slots.record_success(taken.pop(0))
            slots.release()
        else:
            slots.record_refusal(taken.pop(0), pause_s)
            slots.release()
        assert 1 <= slots.limit <= at_most


# Waiting


def test_free_tells_how_many_are_left() -> None:
    slots = Slots(4, 16)
    slots.take()
    assert asyncio.run(slots.wait_for_free()) == 3


def test_free_waits_until_a_slot_is_given_back() -> None:
    async def story() -> bool:
        slots = Slots(1, 1)
        slots.take()
        waiting = asyncio.create_task(slots.wait_for_free())
        await asyncio.sleep(0.02)
        early = waiting.done()
        slots.release()
        await asyncio.wait_for(waiting, 1)
        return early

    assert not asyncio.run(story())


def test_free_waits_while_more_are_taken_than_a_refusal_left() -> None:
    async def story() -> bool:
        slots = Slots(4, 16)
        slots.record_refusal(full(slots)[-1])
        slots.release()
        waiting = asyncio.create_task(slots.wait_for_free())
        await asyncio.sleep(0.02)
        waiting.cancel()
        return waiting.cancelled() or not waiting.done()

    assert asyncio.run(story())


def test_free_waits_as_long_as_a_refusal_asked_for() -> None:
    async def story() -> float:
        slots = Slots(4, 16)
        slots.record_refusal(full(slots)[-1], 0.1)
        empty(slots)
        began = asyncio.get_running_loop().time()
        await slots.wait_for_free()
        return asyncio.get_running_loop().time() - began

    assert 0.09 < asyncio.run(story()) < 0.5


def test_the_longest_pause_that_was_asked_for_counts() -> None:
    clock = Clock()
    slots = Slots(4, 16, clock)
    slots.record_refusal(slots.take(), 30)
    slots.record_refusal(slots.take(), 1)
    assert slots.closed_s == 30


def test_a_pause_is_kept_although_its_burst_was_already_counted() -> None:
    clock = Clock()
    slots = Slots(4, 16, clock)
    slot = slots.take()
    slots.record_refusal(slot)
    slots.record_refusal(slot, 30)
    assert slots.closed_s == 30


def test_slots_open_again_when_the_pause_is_over() -> None:
    clock = Clock()
    slots = Slots(4, 16, clock)
    slots.record_refusal(slots.take(), 30)
    clock.now += 31
    assert slots.closed_s == 0
