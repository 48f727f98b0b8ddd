"""outbox: publishes what other functions announced in their transactions.

Consumes  lector.outbox.written, a doorbell that carries nothing
Produces  whatever waits in the outbox, through the JetStream sink

Safe to repeat, and to run several times at once: rows in hand are locked, others are passed over,
and a row is marked only after the sink has confirmed it. A second ring finds nothing to do.
"""

import threading
import time
from collections.abc import Sequence

import urllib3

from functions.outbox import relay
from lector.contracts import OutboxWritten
from lector.runtime import callers, cloudevents, database, endpoint, settings
from lector.runtime.events import Event
from lector.runtime.failures import TransientFailure
from lector.runtime.once import once
from lector.telemetry import tracing

_KEPT_CONNECTIONS = 4

settings.require(settings.Database, settings.Relay, settings.ClusterDomain)


def publish_outbox(_: Event[OutboxWritten]) -> None:
    """lector.outbox.written: drain the outbox."""
    config = settings.current(settings.Relay)
    deadline: float = time.monotonic() + config.relay_budget_s

    def out_of_time() -> bool:
        return time.monotonic() > deadline

    relay.drain(database.pipeline, _post, config.relay_batch, out_of_time)
    if _last_purge.is_due(config.relay_purge_every_s):
        relay.purge(
            database.transaction,
            config.relay_keep_published_h * 3600,
            config.relay_keep_refused_days * 86400,
            out_of_time,
        )
    if out_of_time():
        raise TransientFailure("there is more in the outbox than one ring's time allows", 0)


class _LastPurge:
    """When this process purged last; each ring would find next to nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._at = float("-inf")

    def is_due(self, every_s: float) -> bool:
        """Whether it is so long ago; then it is now."""
        with self._lock:
            due = time.monotonic() - self._at >= every_s
            if due:
                self._at = time.monotonic()
            return due


_last_purge = _LastPurge()


@once
def _client() -> urllib3.PoolManager:
    timeout_s = settings.current(settings.Relay).relay_sink_timeout_s
    # Whether to try again is for whoever rang to say.
    return urllib3.PoolManager(maxsize=_KEPT_CONNECTIONS, timeout=timeout_s, retries=False)


def _post(rows: Sequence[relay.Row]) -> None:
    sink = settings.current(settings.Relay).k_sink
    content_type, body = cloudevents.encode_batch(row.cloudevent for row in rows)
    headers = {"content-type": content_type, **callers.headers(), **tracing.current_headers()}
    try:
        answer = _client().request("POST", sink, body=body, headers=headers, redirect=False)
    except urllib3.exceptions.HTTPError as error:
        raise TransientFailure(f"cannot reach the sink: {error}") from error
    if answer.status in (400, 413):
        text = answer.data.decode(errors="replace")[:200]
        raise relay.BatchRefused(f"the sink answered {answer.status}: {text}")
    if answer.status != 202:
        raise TransientFailure(f"the sink answered {answer.status}")


outbox = endpoint.function("outbox", {OutboxWritten: publish_outbox})
