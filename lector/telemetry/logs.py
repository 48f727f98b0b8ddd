"""Log lines: JSON for programs on a cluster, words for people elsewhere, in colour on a terminal.

A line of JSON holds time, level, logger, message, the trace and span it was written in, and what
was passed as `extra={"lector": {...}}`. Never a page's text or a secret: who logs sees to that.
"""

import json
import logging
import sys
from datetime import UTC, datetime

from opentelemetry import trace

from lector.telemetry.plain_text import escape_in_json, remove_controls
from lector.telemetry.settings import Logging

_RESET, _DIM = "\x1b[0m", "\x1b[2m"
_COLOURS = {"DEBUG": _DIM, "INFO": "", "WARNING": "\x1b[33m", "ERROR": "\x1b[31m"}


def configure(config: Logging) -> None:
    """Write this process's log to stderr, in the configured format."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(config.format, terminal=sys.stderr.isatty()))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("httpx2").setLevel(logging.WARNING)  # it logs every request as news


def formatter(wanted: str, *, terminal: bool) -> logging.Formatter:
    """The form of a line that is called json or text."""
    if wanted == "json":
        return Json()
    return Colour() if terminal else Words()


class Words(logging.Formatter):
    """A line for people."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The line, and what follows it, without control characters: it may quote anybody."""
        return remove_controls(super().format(record))


class Colour(Words):
    """A line for people, in the colour of its level, with the time."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; what follows it, such as where an error came from, is in its colour too."""
        at = datetime.fromtimestamp(record.created).strftime("%H:%M:%S")
        colour = _COLOURS.get(record.levelname, "")
        return f"{_DIM}{at}{_RESET} {colour}{super().format(record)}{_RESET}"


class Json(logging.Formatter):
    """A line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line, whatever is in it."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_place(),
            **getattr(record, "lector", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return escape_in_json(json.dumps(line, ensure_ascii=False, default=str))


def _place() -> dict[str, str]:
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return {}
    ids = format(context.trace_id, "032x"), format(context.span_id, "016x")
    return dict(zip(("trace_id", "span_id"), ids, strict=True))
