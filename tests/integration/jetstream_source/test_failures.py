"""A function fails: the message is retried, up to a limit."""

import pytest

from lector.contracts import Failure
from tests.support.bridging import (
    BROKEN_OFF,
    NO_CONTENT,
    ScriptedFunction,
    Source,
    problem,
    uploaded,
)
from tests.support.model import Answer


@pytest.mark.parametrize("failing", [problem(500), problem(502), BROKEN_OFF], ids=str)
def test_a_failure_is_tried_again(
    source: Source, function: ScriptedFunction, failing: Answer
) -> None:
    delivering = source.serves()
    function.answers(failing, NO_CONTENT)
    delivering.publish(uploaded())
    function.got(2)
    delivering.settled()


@pytest.mark.parametrize("failing", [problem(500, "boom"), BROKEN_OFF], ids=str)
def test_a_failure_becomes_a_dead_letter_at_the_limit(
    source: Source, function: ScriptedFunction, failing: Answer
) -> None:
    delivering = source.serves(attempts=2)
    function.answers(otherwise=failing)
    event = uploaded()
    delivering.publish(event)
    assert delivering.letter(event).attempts == 2
    function.got(2)


def test_failures_are_counted_apart_from_not_now(
    source: Source, function: ScriptedFunction
) -> None:
    delivering = source.serves(attempts=2)
    function.answers(problem(500), problem(503), NO_CONTENT)
    event = uploaded()
    delivering.publish(event)
    function.got(3)
    delivering.settled()
    assert delivering.letters(event) == []


def test_a_function_that_takes_too_long_counts(source: Source, function: ScriptedFunction) -> None:
    delivering = source.serves(attempts=1, post_timeout_s=0.3)
    function.answers(Answer(204, delay_s=1))
    event = uploaded()
    delivering.publish(event)
    assert delivering.letter(event).failure == Failure(
        code="broken_off", detail="the function did not answer (it took too long)"
    )
