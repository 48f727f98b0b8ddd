"""Trace context, carried along in the W3C form (traceparent, tracestate).

OpenTelemetry is the only tracing API in the code. Without a configured provider, spans cost
next to nothing and an incoming context is passed on unchanged.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

Trace = Mapping[str, str]

_W3C = TraceContextTextMapPropagator()


def carried() -> dict[str, str]:
    """The current context as the headers that carry it on; empty outside a trace."""
    headers: dict[str, str] = {}
    _W3C.inject(headers)
    return headers


@contextmanager
def span(
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    parent: Trace | None = None,
    **attributes: AttributeValue,
) -> Iterator[Span]:
    """Work inside a span; `parent` holds carried headers, else the current span is the parent.

    Underscores in attribute names stand for dots: `messaging_system` is messaging.system.
    """
    context = _W3C.extract(parent) if parent else None
    dotted = {key.replace("_", "."): value for key, value in attributes.items()}
    tracer = trace.get_tracer("lector")
    with tracer.start_as_current_span(name, context, kind, dotted) as current:
        yield current
