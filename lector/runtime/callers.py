"""Who may hand events to functions and sink: those who send a secret that all of them share.

The bridge and the relay send it. Health needs none, and the HTTP API is open to other callers.
While the secret is exchanged, `CALLER_SECRET` is the new one and the old one, with a comma between:
a caller sends all that it has, and one in common is enough. So processes that know the old one,
both, or the new one understand each other, in whatever order they are started anew.
"""

import hmac
import logging
import time

from lector.runtime import settings
from lector.runtime.failures import ProtocolCode
from lector.runtime.problems import Problem

log = logging.getLogger("lector")

HEADER = "Lector-Caller-Secret"
#: How long callers keep an idle connection for their next event, and how much longer whom they call
#: does: no connection is closed just when a request is sent on it.
IDLE_S, ANSWERING_IDLE_S = 60.0, 75
_LOG_EVERY_S = 10.0
_next_log_at = 0.0


def headers() -> dict[str, str]:
    """What a caller sends beside the event."""
    secret = settings.current(settings.Caller).caller_secret
    return {HEADER: secret} if secret else {}


def refusal(given: str | None) -> Problem | None:
    """The problem (503) of a request with this in its header; None if a secret in it is known.

    It is "not now": after 401 a Broker, and a bridge of an earlier version, would give the event
    up, which is not at fault if the caller's settings are.
    """
    known = settings.current(settings.Caller).caller_secret
    given = given or ""
    if not known or _have_one_in_common(given, known):
        return None
    _log_refusal("another secret" if given else "no secret")
    code = ProtocolCode.NOT_AUTHENTICATED
    return Problem(503, code, code.sentence)


def _have_one_in_common(given: str, known: str) -> bool:
    """Whether two lists share a secret; how long it takes does not depend on where they differ."""
    same = [hmac.compare_digest(ours, theirs) for ours in _list(known) for theirs in _list(given)]
    return any(same)


def _list(secrets: str) -> list[bytes]:
    return [secret.encode() for secret in secrets.split(",") if secret]


def _log_refusal(what: str) -> None:
    """Log it loudly, but not as often as a stranger may ask."""
    global _next_log_at  # noqa: PLW0603 - the process has one log
    if time.monotonic() < _next_log_at:
        return
    _next_log_at = time.monotonic() + _LOG_EVERY_S
    log.error("refused an event: the caller sent %s; CALLER_SECRET must be the same for all", what)
