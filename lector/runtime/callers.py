"""Who may hand events to functions and sink: those who send the secret that all of them share.

The bridge and the relay send it. Health needs none, and the HTTP API is open to other callers.
"""

import hmac
import logging
import time

from lector.runtime import settings
from lector.runtime.failures import ProtocolCode
from lector.runtime.problems import Problem

log = logging.getLogger("lector")

HEADER = "Lector-Caller-Secret"
_LOG_EVERY_S = 10.0
_next_log_at = 0.0


def headers() -> dict[str, str]:
    """What a caller sends beside the event."""
    secret = settings.current(settings.Caller).caller_secret
    return {HEADER: secret} if secret else {}


def refusal(given: str | None) -> Problem | None:
    """The problem (503) of a request with this in its header; None if that is the secret.

    It is "not now": after 401 a Broker, and a bridge of an earlier version, would give the event
    up, which is not at fault if the caller's settings are.
    """
    secret = settings.current(settings.Caller).caller_secret
    given = given or ""
    if not secret or hmac.compare_digest(given.encode(), secret.encode()):
        return None
    _log_refusal("another secret" if given else "no secret")
    code = ProtocolCode.UNKNOWN_CALLER
    return Problem(503, code, code.sentence)


def _log_refusal(what: str) -> None:
    """Log it loudly, but not as often as a stranger may ask."""
    global _next_log_at  # noqa: PLW0603 - the process has one log
    if time.monotonic() < _next_log_at:
        return
    _next_log_at = time.monotonic() + _LOG_EVERY_S
    log.error("refused an event: the caller sent %s; CALLER_SECRET must be the same for all", what)
