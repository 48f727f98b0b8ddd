"""Log records as OpenTelemetry has them, beside the lines on stderr: imported only where wanted.

A record waits in a queue of bounded length for a thread of the SDK's. When it is full, as in a log
storm or while nobody takes records, those that come are dropped: whoever logs never waits.
"""

import logging
from traceback import format_tb

from opentelemetry import context
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.sdk._logs import LoggerProvider

# Those who send records log, too, when they cannot: that must not be sent in turn.
_SENDERS = ("opentelemetry", "urllib3", "requests")
_SEVERITIES = (
    (logging.CRITICAL, SeverityNumber.FATAL),
    (logging.ERROR, SeverityNumber.ERROR),
    (logging.WARNING, SeverityNumber.WARN),
    (logging.INFO, SeverityNumber.INFO),
)


class Handler(logging.Handler):
    """Hands records of `logging` on to a provider, with the trace and span that they belong to.

    What an exception says is left out, as it is in spans: it may quote a page's text, or a secret.
    """

    def __init__(self, provider: LoggerProvider) -> None:
        super().__init__()
        self._provider = provider

    def emit(self, record: logging.LogRecord) -> None:
        """Put a record into the queue."""
        if record.name.partition(".")[0] in _SENDERS:
            return
        try:
            self._provider.get_logger(record.name).emit(_translate(record))
        except Exception:  # a log never fails the work that it tells of
            self.handleError(record)


def _translate(record: logging.LogRecord) -> LogRecord:
    severity = next(
        (s for level, s in _SEVERITIES if record.levelno >= level), SeverityNumber.DEBUG
    )
    return LogRecord(
        timestamp=int(record.created * 1e9),
        context=context.get_current(),
        severity_text=severity.name,
        severity_number=severity,
        body=record.getMessage(),
        attributes={**_about(record), **_exception(record)},
    )


def _about(record: logging.LogRecord) -> dict[str, str | int | float | bool]:
    """What was passed as `extra={"lector": {...}}`."""
    about: dict[str, object] = getattr(record, "lector", {})
    return {
        f"lector.{name}": value if isinstance(value, str | int | float) else str(value)
        for name, value in about.items()
    }


def _exception(record: logging.LogRecord) -> dict[str, str]:
    if not record.exc_info or not record.exc_info[0]:
        return {}
    kind, _, where = record.exc_info
    return {"exception.type": kind.__name__, "exception.stacktrace": "".join(format_tb(where))}
