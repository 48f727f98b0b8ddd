"""Where traces, metrics and logs go: as the standard OTEL_* variables say, by default nowhere.

Nothing of the SDK is imported before somebody wants it, so that it costs a start nothing. All three
are sent by threads of the SDK's: whoever takes them may be slow or away.
"""

import atexit
import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import uuid4

from lector.telemetry.settings import Telemetry

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
    "opentelemetry.exporter.otlp.proto.http._log_exporter",
    "opentelemetry.sdk._shared_internal",
    "opentelemetry.sdk.metrics._internal.export",
)


def start(service: str, config: Telemetry) -> None:
    """Have this process, as this service, send what it records; once, and not before a fork."""
    traces, metrics = config.trace_exporter != "none", config.metric_exporter != "none"
    # A process that writes no log, such as a command, has none to send.
    logs = config.log_exporter != "none" and logging.getLogger().hasHandlers()
    if config.otel_sdk_disabled.strip().lower() == "true" or not (traces or metrics or logs):
        return
    _complain_seldom()
    resource = _resource(config.otel_service_name or service)
    ends = [
        *([_trace(resource, config)] if traces else []),
        *([_measure(resource)] if metrics else []),
        *([_log(resource)] if logs else []),
    ]
    atexit.register(_end, ends)


def _trace(resource: "Resource", config: Telemetry) -> Callable[[], None]:
    from opentelemetry import trace  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    sends, ids = _SENDERS[config.trace_exporter](config)
    provider = TracerProvider(resource=resource, id_generator=ids, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(sends))
    trace.set_tracer_provider(provider)
    return provider.shutdown


def _otlp(_: Telemetry) -> "tuple[SpanExporter, IdGenerator | None]":
    from opentelemetry.exporter.otlp.proto.http import trace_exporter  # noqa: PLC0415

    return trace_exporter.OTLPSpanExporter(), None


def _console(_: Telemetry) -> "tuple[SpanExporter, IdGenerator | None]":
    from opentelemetry.sdk.trace.export import ConsoleSpanExporter  # noqa: PLC0415

    return ConsoleSpanExporter(), None


def _xray(config: Telemetry) -> "tuple[SpanExporter, IdGenerator | None]":
    from lector.telemetry import xray  # noqa: PLC0415

    return xray.exporter(config.aws_xray_daemon_address), xray.XRayIds()


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


def _log(resource: "Resource") -> Callable[[], None]:
    from opentelemetry.exporter.otlp.proto.http import _log_exporter  # noqa: PLC0415
    from opentelemetry.sdk._logs import LoggerProvider  # noqa: PLC0415
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor  # noqa: PLC0415

    from lector.telemetry import log_records  # noqa: PLC0415

    provider = LoggerProvider(resource, shutdown_on_exit=False)
    provider.add_log_record_processor(BatchLogRecordProcessor(_log_exporter.OTLPLogExporter()))
    handler = log_records.Handler(provider)
    logging.getLogger().addHandler(handler)

    def end() -> None:
        logging.getLogger().removeHandler(handler)
        provider.shutdown()

    return end


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
        record.msg = "traces, metrics or logs are dropped, as nobody takes them: %.300s"
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
