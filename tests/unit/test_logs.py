"""Log lines: JSON for programs, words for people."""

import json
import logging
from datetime import datetime

import pytest
from opentelemetry.sdk.trace import TracerProvider

from lector.runtime import settings
from lector.runtime.settings import SettingsError
from lector.telemetry import logs, tracing


def line(formatter: logging.Formatter, message: str, **more: object) -> str:
    record = logging.LogRecord("lector", logging.WARNING, __file__, 1, message, None, None)
    vars(record).update(more)
    return formatter.format(record)


def test_a_line_of_json_holds_what_is_known_of_the_event_and_its_trace() -> None:
    about = {"file_id": "01a2", "page": 3, "duration_ms": 12.5}
    with TracerProvider().get_tracer("test").start_as_current_span("process") as span:
        told = json.loads(line(logs.Json(), "llm answered", lector=about))
    assert datetime.fromisoformat(told.pop("time")).tzinfo
    assert told == {
        "level": "warning",
        "logger": "lector",
        "message": "llm answered",
        "trace_id": format(span.get_span_context().trace_id, "032x"),
        "span_id": format(span.get_span_context().span_id, "016x"),
        **about,
    }


def test_outside_a_trace_a_line_names_none() -> None:
    assert "trace_id" not in json.loads(line(logs.Json(), "started"))


def test_a_request_without_a_trace_has_an_id_of_its_own_that_goes_to_nobody_else() -> None:
    ids = []
    for _ in range(2):
        with tracing.own_trace_if_none():
            ids.append(json.loads(line(logs.Json(), "started"))["trace_id"])
            assert tracing.current_trace_id() == ids[-1]
            assert tracing.current_headers() == {}
    assert len(set(ids)) == 2


def test_a_request_that_has_a_trace_keeps_it() -> None:
    carried = {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}
    with tracing.span("GET", parent=carried), tracing.own_trace_if_none():
        assert tracing.current_trace_id() == "a" * 32
        # The span's own id is another where a test of this process has spans recorded.
        assert tracing.current_headers()["traceparent"].split("-")[1] == "a" * 32


@pytest.mark.parametrize("message", ["two\nlines", 'quotes "', "\x1b[31mred\x1b[0m", "\ud7ff ü"])
def test_whatever_a_message_holds_it_is_one_line(message: str) -> None:
    written = line(logs.Json(), message)
    assert "\n" not in written
    assert "\x1b" not in written
    assert json.loads(written)["message"] == message


@pytest.mark.parametrize("formatter", [logs.Words(), logs.Colour(), logs.Json()])
def test_a_line_does_nothing_to_a_terminal_that_shows_it(formatter: logging.Formatter) -> None:
    hostile = "\x1b]0;title\x07 \x9b2J \r\x08 \u202egpj.exe\u2066"
    error = ValueError(hostile)
    written = line(formatter, hostile, exc_info=(ValueError, error, None))
    for colour in ("\x1b[2m", "\x1b[33m", "\x1b[0m"):
        written = written.replace(colour, "")
    assert not set(written) & set("\x1b\x07\x9b\r\x08\u202e\u2066")


def test_an_exception_is_in_its_line() -> None:
    try:
        raise ValueError("no number")
    except ValueError as error:
        info = (type(error), error, error.__traceback__)
    told = json.loads(line(logs.Json(), "unexpected", exc_info=info))
    assert told["exception"].endswith("ValueError: no number")


def test_people_get_words_and_on_a_terminal_the_time_and_a_colour() -> None:
    assert line(logs.Words(), "not now") == "WARNING lector: not now"
    coloured = line(logs.Colour(), "not now")
    assert "\x1b[33mWARNING lector: not now\x1b[0m" in coloured
    assert coloured.startswith("\x1b[2m")


def test_a_form_that_there_is_not_is_an_error_in_words() -> None:
    with pytest.raises(SettingsError, match="LOG_FORMAT is json or text, not 'xml'"):
        settings.load(settings.Logging, {"LOG_FORMAT": "xml"})
