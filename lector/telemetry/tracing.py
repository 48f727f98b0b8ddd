"""Spans, and trace context carried along in the W3C form (traceparent, tracestate).

OpenTelemetry is the only tracing API in the code; names follow its semantic conventions, and what
they have no name for begins with `lector.`. Without a configured provider, spans cost next to
nothing and an incoming context is passed on unchanged.
"""

import contextvars
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import ParamSpec, TypeVar
from urllib.parse import urlsplit

from opentelemetry import trace
from opentelemetry.context import Context, attach, detach
from opentelemetry.trace import (
    INVALID_SPAN,
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

Trace = Mapping[str, str]
Attributes = Mapping[str, AttributeValue]
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

FILE_ID = "lector.file.id"
PAGE_NUMBER = "lector.page.number"

_W3C = TraceContextTextMapPropagator()


class _OwnTrace(NonRecordingSpan):
    """A trace of this process alone."""


def current_headers(span: Span | None = None) -> dict[str, str]:
    """The context of a span, by default the current one, as headers; empty outside a trace."""
    current = span or trace.get_current_span()
    if isinstance(current, _OwnTrace) or not (span or current.get_span_context().is_valid):
        return {}
    headers: dict[str, str] = {}
    _W3C.inject(headers, trace.set_span_in_context(span) if span else None)
    return headers


def current_trace_id() -> str:
    """The id of the trace that this work belongs to, in hexadecimal; empty outside a trace."""
    context = trace.get_current_span().get_span_context()
    return format(context.trace_id, "032x") if context.is_valid else ""


def trace_id(traceparent: str | None) -> str | None:
    """The id of the trace, in hexadecimal, if it is one that is recorded."""
    context = trace.get_current_span(_W3C.extract({"traceparent": traceparent or ""}))
    found = context.get_span_context()
    return format(found.trace_id, "032x") if found.trace_flags.sampled else None


def link_to(to: Trace) -> list[Link]:
    """A link to the span that carried headers name; none if they name none."""
    if "traceparent" not in to:
        return []
    context = trace.get_current_span(_W3C.extract(to)).get_span_context()
    return [Link(context)] if context.is_valid else []


@contextmanager
def span(
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    parent: Trace | None = None,
    attributes: Attributes | None = None,
    links: Sequence[Link] = (),
) -> Iterator[Span]:
    """Work inside a span, by default a child of the current one.

    `parent` holds carried headers; if they name no span, a trace begins here. What an exception
    says is not recorded: it may quote a page's text, or a secret.
    """
    context = None if parent is None else _W3C.extract(parent) if parent else Context()
    if not is_recording():
        with _passed_on(context):
            yield INVALID_SPAN
        return
    with trace.get_tracer("lector").start_as_current_span(
        name,
        context,
        kind,
        attributes,
        links,
        record_exception=False,
        set_status_on_exception=False,
    ) as current:
        try:
            yield current
        except Exception as error:
            mark_failed(current, error_code(error))
            raise


def is_recording() -> bool:
    """Whether somebody records spans in this process."""
    return not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)


@contextmanager
def _passed_on(carried_context: Context | None) -> Iterator[None]:
    """What comes after belongs to the trace that was carried here, which nobody records."""
    if carried_context is None:
        yield
        return
    token = attach(carried_context)
    try:
        yield
    finally:
        detach(token)


@contextmanager
def own_trace_if_none() -> Iterator[None]:
    """Work that has a trace id in any case, for log lines and for whoever asks about it.

    Outside a trace the id is made up, and stays in this process: passed on, it would keep others
    that do record from recording.
    """
    if trace.get_current_span().get_span_context().is_valid:
        yield
        return
    made_up = SpanContext(_random_id(128), _random_id(64), is_remote=False)
    token = attach(trace.set_span_in_context(_OwnTrace(made_up)))
    try:
        yield
    finally:
        detach(token)


def _random_id(bits: int) -> int:
    return secrets.randbits(bits) or 1


@contextmanager
def continue_file_trace(traceparent: str | None) -> Iterator[None]:
    """Go on in the trace that a file was announced in, linked to where we come from."""
    began = _W3C.extract({"traceparent": traceparent or ""})
    ours = trace.get_current_span().get_span_context()
    theirs = trace.get_current_span(began).get_span_context()
    if not theirs.is_valid or theirs.trace_id == ours.trace_id:
        yield
        return
    links = [Link(ours)] if ours.is_valid else []
    with span("go on", parent={"traceparent": traceparent or ""}, links=links):
        yield


@contextmanager
def client_span(name: str, attributes: Attributes) -> Iterator[Span]:
    """A call to another system, as a CLIENT span; outside a recorded trace there is none."""
    if not trace.get_current_span().is_recording():
        yield INVALID_SPAN
        return
    with span(name, SpanKind.CLIENT, attributes=attributes) as current:
        yield current


def server_attributes(url: str) -> dict[str, str | int]:
    """Whom a request to a URL goes to, as attributes."""
    address = urlsplit(url)
    port = address.port or (443 if address.scheme == "https" else 80)
    return {"server.address": address.hostname or "", "server.port": port}


def mark_failed(current: Span, code: str) -> None:
    """Mark a span as failed; `code` is for programs, as in a failure."""
    current.set_attribute("error.type", code)
    current.set_status(Status(StatusCode.ERROR, code))


def error_code(error: Exception) -> str:
    """What kind of failure this is, in a word; a class's name where it has no code."""
    code = getattr(error, "code", None)
    return code if code and isinstance(code, str) else type(error).__name__


def add_past_span(
    name: str, began: datetime, parent: Trace, attributes: Attributes, links: Sequence[Link] = ()
) -> None:
    """A span for what began then and ends now, in the trace of carried headers."""
    began_ns = min(int(began.timestamp() * 1e9), time.time_ns())
    trace.get_tracer("lector").start_span(
        name, _W3C.extract(parent), attributes=attributes, links=links, start_time=began_ns
    ).end()


def in_current_context(work: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """The same work, within the span that is current now, for whichever thread runs it."""
    context = contextvars.copy_context()

    def within(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        # A context can be entered once at a time; several threads may run the work at once.
        return context.copy().run(work, *args, **kwargs)

    return within
