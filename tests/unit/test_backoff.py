"""Back-off: how long to wait before something that failed is tried again."""

from lector.runtime.backoff import Backoff


def test_each_wait_is_twice_as_long_as_the_one_before() -> None:
    backoff = Backoff(0.1, 100)
    assert [backoff.next_s() for _ in range(4)] == [0.1, 0.2, 0.4, 0.8]


def test_waits_grow_by_the_factor_that_was_given() -> None:
    backoff = Backoff(1, 100, factor=3)
    assert [backoff.next_s() for _ in range(4)] == [1, 3, 9, 27]


def test_no_wait_is_longer_than_the_longest() -> None:
    backoff = Backoff(1, 5)
    assert [backoff.next_s() for _ in range(5)] == [1, 2, 4, 5, 5]


def test_a_first_wait_longer_than_the_longest_is_cut() -> None:
    assert Backoff(10, 5).next_s() == 5


def test_after_a_reset_the_first_wait_comes_again() -> None:
    backoff = Backoff(1, 100)
    backoff.next_s()
    backoff.next_s()
    backoff.reset()
    assert [backoff.next_s(), backoff.next_s()] == [1, 2]


def test_failures_that_the_caller_counts_lead_to_the_same_waits() -> None:
    backoff = Backoff(0.5, 30)
    assert [backoff.after_s(failures) for failures in range(1, 8)] == [0.5, 1, 2, 4, 8, 16, 30]


def test_asking_for_a_count_does_not_change_what_comes_next() -> None:
    backoff = Backoff(1, 100)
    backoff.after_s(6)
    assert backoff.next_s() == 1


def test_any_number_of_failures_ends_at_the_longest_wait() -> None:
    assert Backoff(0.1, 7).after_s(1_000_000) == 7


def test_waits_with_jitter_lie_around_those_without() -> None:
    waits = [Backoff(8, 100, jitter=0.25).next_s() for _ in range(500)]
    assert 6 <= min(waits) < 6.5
    assert 9.5 < max(waits) <= 10


def test_jitter_spreads_the_longest_wait_too() -> None:
    waits = {Backoff(8, 4, jitter=0.25).next_s() for _ in range(100)}
    assert len(waits) > 90
    assert max(waits) <= 5
