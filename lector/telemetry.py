"""Where traces and metrics go: as the standard OTEL_* variables say, by default nowhere.

Nothing of the SDK is imported before somebody wants it, so that it costs a start nothing. Spans and
metrics are sent by threads of the SDK's: whoever takes them may be slow or away.
"""

import atexit
import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import uuid4

from lector import settings
from lector.settings import SettingsError

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.sdk.trace.id_generator import IdGenerator

# What was not sent by then is lost: a process that ends has better things to do.
_LAST_WORDS_S = 2.0
_COMPLAINTS_EVERY_S = 60.0
_COMPLAIN = (
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "opentelemetry.exporter.otlp.proto.http.metric_exporter",
    "opentelemetry.sdk._shared_internal",
    "opentelemetry.sdk.metrics._internal.export",
)


def begin(service: str) -> None:
    """Have this process, as this service, send what it records; once, and not before a fork."""
    config = settings.current(settings.Telemetry)
    if config.otel_sdk_disabled.strip().lower() == "true":
        return
    traces, metrics = _exporter_of_traces(config), _exporter_of_metrics(config)
    if not traces and not metrics:
        return
    _complain_seldom()
    resource = _resource(config.otel_service_name or service)
    ends = [
        *([_trace(resource, traces)] if traces else []),
        *([_measure(resource)] if metrics else []),
    ]
    atexit.register(_end, ends)


def measures_every_s() -> float | None:
    """How often metrics are sent, so that some need be looked up; None if they are not sent."""
    config = settings.current(settings.Telemetry)
    return config.otel_metric_export_interval / 1000 if _exporter_of_metrics(config) else None


def check() -> None:
    """Find out before anything starts: `SettingsError` if there is no such exporter."""
    config = settings.current(settings.Telemetry)
    _exporter_of_traces(config)
    _exporter_of_metrics(config)


def _exporter_of_traces(config: settings.Telemetry) -> str:
    by_default = config.otel_exporter_otlp_traces_endpoint or config.otel_exporter_otlp_endpoint
    wanted = config.lector_traces or config.otel_traces_exporter
    return _known("traces", wanted, by_default, tuple(_SENDERS))


def _exporter_of_metrics(config: settings.Telemetry) -> str:
    by_default = config.otel_exporter_otlp_metrics_endpoint or config.otel_exporter_otlp_endpoint
    return _known("metrics", config.otel_metrics_exporter, by_default, ("otlp",))


def _known(what: str, wanted: str, otlp_endpoint: str, choices: tuple[str, ...]) -> str:
    exporter = wanted.strip().lower() or ("otlp" if otlp_endpoint else "none")
    if exporter != "none" and exporter not in choices:
        offered = ", ".join((*choices, "none"))
        raise SettingsError(f"no exporter of {what} is called {exporter!r}; there are {offered}")
    return "" if exporter == "none" else exporter


def _trace(resource: "Resource", exporter: str) -> Callable[[], None]:
    from opentelemetry import trace  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    sends, ids = _SENDERS[exporter]()
    provider = TracerProvider(resource=resource, id_generator=ids, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(sends))
    trace.set_tracer_provider(provider)
    return provider.shutdown


def _otlp() -> "tuple[SpanExporter, IdGenerator | None]":
    from opentelemetry.exporter.otlp.proto.http import trace_exporter  # noqa: PLC0415

    return trace_exporter.OTLPSpanExporter(), None


def _console() -> "tuple[SpanExporter, IdGenerator | None]":
    from opentelemetry.sdk.trace.export import ConsoleSpanExporter  # noqa: PLC0415

    return ConsoleSpanExporter(), None


def _xray() -> "tuple[SpanExporter, IdGenerator | None]":
    from lector import xray  # noqa: PLC0415

    return xray.exporter(), xray.XRayIds()


_SENDERS = {"otlp": _otlp, "console": _console, "xray": _xray}


def _measure(resource: "Resource") -> Callable[[], None]:
    from opentelemetry import metrics  # noqa: PLC0415
    from opentelemetry.exporter.otlp.proto.http import metric_exporter  # noqa: PLC0415
    from opentelemetry.sdk.metrics import MeterProvider  # noqa: PLC0415
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader  # noqa: PLC0415

    reader = PeriodicExportingMetricReader(metric_exporter.OTLPMetricExporter())
    provider = MeterProvider([reader], resource=resource, shutdown_on_exit=False)
    metrics.set_meter_provider(provider)
    return provider.shutdown


def _resource(service: str) -> "Resource":
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415

    about = {"service.namespace": "lector", "service.instance.id": str(uuid4())}
    return Resource.create({"service.name": service, **about})


class _Seldom(logging.Filter):
    """Whoever takes telemetry may be away for days: that is told now and then, on one line."""

    def __init__(self) -> None:
        super().__init__()
        self._next = float("-inf")

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this complaint is written; in our words, and without where it came from."""
        if time.monotonic() < self._next:
            return False
        self._next = time.monotonic() + _COMPLAINTS_EVERY_S
        said = record.getMessage()
        record.msg = "traces and metrics are dropped, as nobody takes them: %.300s"
        record.args, record.exc_info = (said,), None
        return True


def _complain_seldom() -> None:
    seldom = _Seldom()
    for name in _COMPLAIN:
        logging.getLogger(name).addFilter(seldom)


def _end(ends: list[Callable[[], None]]) -> None:
    """Send what is left, unless that takes too long."""
    ending = [threading.Thread(target=end, daemon=True) for end in ends]
    for thread in ending:
        thread.start()
    for thread in ending:
        thread.join(_LAST_WORDS_S)
