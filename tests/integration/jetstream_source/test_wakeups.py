"""Functions that a file will need are woken."""

import socket

from tests.support.bridging import (
    ScriptedFunction,
    Source,
    uploaded,
    wait_until,
)


def test_the_functions_that_a_file_will_need_are_touched(
    source: Source, function: ScriptedFunction
) -> None:
    sleeper = ScriptedFunction()
    try:
        delivering = source.serves({"llm": sleeper.url}, wakes=("llm",))
        delivering.publish(uploaded())
        wait_until(lambda: sleeper.health_requests)
        assert sleeper.health_requests == ["/health/readiness"]
    finally:
        sleeper.stop()


def test_a_function_is_touched_once_however_many_events_pass(
    source: Source, function: ScriptedFunction
) -> None:
    sleeper = ScriptedFunction()
    try:
        delivering = source.serves({"llm": sleeper.url}, wakes=("llm",))
        delivering.publish(*[uploaded() for _ in range(20)])
        function.got(20)
        delivering.settled()
        assert len(sleeper.health_requests) == 1
    finally:
        sleeper.stop()


def test_a_delivery_does_not_wait_for_a_function_that_cannot_be_woken(
    source: Source, function: ScriptedFunction
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        delivering = source.serves({"llm": url}, wakes=("llm",))
        delivering.publish(uploaded())
        function.got(1, 1)
        delivering.settled()
