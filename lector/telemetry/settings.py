"""How logs are written, and where all telemetry goes. `lector.runtime.settings` reads them.

Each refuses, with a `ValueError` that says what there is, what it does not know.
"""

from dataclasses import dataclass

TRACE_EXPORTERS = ("otlp", "console", "xray")
METRIC_EXPORTERS = ("otlp",)
LOG_EXPORTERS = ("otlp",)
LOG_FORMATS = ("json", "text")


@dataclass(frozen=True)
class Logging:
    """How log lines are written."""

    log_format: str = "text"
    """`json` or `text`."""

    def __post_init__(self) -> None:
        """Refuse a format that does not exist."""
        if self.format not in LOG_FORMATS:
            raise ValueError(f"LOG_FORMAT is json or text, not {self.log_format!r}")

    @property
    def format(self) -> str:
        """One of `LOG_FORMATS`."""
        return self.log_format.strip().lower() or "text"


@dataclass(frozen=True)
class Telemetry:
    """Where traces, metrics and logs go; the SDK reads its other OTEL_* variables by itself."""

    lector_traces: str = ""
    """`xray`, in place of what `OTEL_TRACES_EXPORTER` says."""
    aws_xray_daemon_address: str = "127.0.0.1:2000"
    """Where spans go with `LECTOR_TRACES=xray`: the daemon's host and UDP port."""
    otel_sdk_disabled: str = ""
    """`true`: no traces, metrics or logs, whatever else is set; stderr has its lines."""
    otel_service_name: str = ""
    """Another name for the service than the function's."""
    otel_traces_exporter: str = ""
    """`otlp`, `console`, `xray` or `none`; empty: otlp if there is an endpoint."""
    otel_metrics_exporter: str = ""
    """`otlp` or `none`; empty: otlp if there is an endpoint."""
    otel_logs_exporter: str = ""
    """`otlp` or `none`, beside the lines on stderr; empty: otlp if there is an endpoint."""
    otel_metric_export_interval: int = 60_000
    """How often metrics are sent."""
    otel_exporter_otlp_endpoint: str = ""
    """A collector's URL (OTLP over HTTP), such as http://127.0.0.1:4318; empty: nowhere."""
    otel_exporter_otlp_traces_endpoint: str = ""
    """Another one for traces, with its path, such as …/v1/traces."""
    otel_exporter_otlp_metrics_endpoint: str = ""
    """Another one for metrics, with its path, such as …/v1/metrics."""
    otel_exporter_otlp_logs_endpoint: str = ""
    """Another one for logs, with its path, such as …/v1/logs."""

    def __post_init__(self) -> None:
        """Refuse an exporter that does not exist."""
        _check("traces", self.trace_exporter, TRACE_EXPORTERS)
        _check("metrics", self.metric_exporter, METRIC_EXPORTERS)
        _check("logs", self.log_exporter, LOG_EXPORTERS)

    @property
    def trace_exporter(self) -> str:
        """One of `TRACE_EXPORTERS`, or none."""
        wanted = self.lector_traces or self.otel_traces_exporter
        return _exporter(wanted, self.otel_exporter_otlp_traces_endpoint, self)

    @property
    def metric_exporter(self) -> str:
        """One of `METRIC_EXPORTERS`, or none."""
        return _exporter(self.otel_metrics_exporter, self.otel_exporter_otlp_metrics_endpoint, self)

    @property
    def log_exporter(self) -> str:
        """One of `LOG_EXPORTERS`, or none."""
        return _exporter(self.otel_logs_exporter, self.otel_exporter_otlp_logs_endpoint, self)

    @property
    def metrics_interval_s(self) -> float | None:
        """How often metrics are sent, in seconds; None if they are not."""
        return None if self.metric_exporter == "none" else self.otel_metric_export_interval / 1000


def _exporter(wanted: str, endpoint: str, config: Telemetry) -> str:
    by_default = "otlp" if endpoint or config.otel_exporter_otlp_endpoint else "none"
    return wanted.strip().lower() or by_default


def _check(what: str, exporter: str, choices: tuple[str, ...]) -> None:
    if exporter != "none" and exporter not in choices:
        offered = ", ".join((*choices, "none"))
        raise ValueError(f"no exporter of {what} is called {exporter!r}; there are {offered}")
