"""Every metric that Lector records, in OpenTelemetry's API; without a provider they cost nothing.

Names that the semantic conventions have are theirs. Durations are in seconds, money is in USD.
Gauges that are looked up, such as the depth of the outbox, are made where that is: `observed`.
"""

from collections.abc import Callable, Iterable

from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Observation

_meter = metrics.get_meter("lector")

# Seconds: an event may take a millisecond or, with a model, minutes; one that waits, hours.
_HANDLING = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
_WAITING = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800, 7200, 86400)
_TOKENS = (1, 4, 16, 64, 256, 1024, 4096, 16384, 65536)

PROCESSED = _meter.create_histogram(
    "messaging.process.duration",
    "s",
    "Handling an event in a function, by type and, if it failed, error",
    explicit_bucket_boundaries_advisory=_HANDLING,
)
COLD_STARTS = _meter.create_counter(
    "faas.coldstarts", "{coldstart}", "Processes of a function that handled their first event"
)
DELIVERED = _meter.create_counter(
    "lector.deliveries", "{delivery}", "Deliveries by function, type and outcome"
)
REDELIVERED = _meter.create_counter(
    "lector.redeliveries", "{delivery}", "Deliveries of an event that was delivered before"
)
DEAD_LETTERS = _meter.create_counter(
    "lector.dead_letters", "{event}", "Events given up, by function and type"
)
QUEUED = _meter.create_histogram(
    "lector.queue.duration",
    "s",
    "From JetStream's keeping an event to its first delivery",
    explicit_bucket_boundaries_advisory=_WAITING,
)
PUBLISHED = _meter.create_counter(
    "lector.outbox.published", "{event}", "Rows of the outbox that were published"
)
OUTBOX_WAIT = _meter.create_histogram(
    "lector.outbox.wait",
    "s",
    "From an announcement to its publication",
    explicit_bucket_boundaries_advisory=_WAITING,
)
ANNOUNCED = _meter.create_counter(
    "lector.events.announced", "{event}", "Events written into the outbox, by type"
)
MODEL_CALLS = _meter.create_histogram(
    "gen_ai.client.operation.duration",
    "s",
    "A call of the model, by model and, if it gave no text, error",
    explicit_bucket_boundaries_advisory=_HANDLING,
)
TOKENS = _meter.create_histogram(
    "gen_ai.client.token.usage",
    "{token}",
    "Tokens of a call, by model and type",
    explicit_bucket_boundaries_advisory=_TOKENS,
)
COST = _meter.create_counter("lector.model.cost", "USD", "What calls cost, by model, where known")


def gauge(
    name: str, unit: str, description: str, look: Callable[[], Iterable[Observation]]
) -> None:
    """A gauge whose values `look` tells whenever metrics are collected."""

    def collect(_: CallbackOptions) -> Iterable[Observation]:
        return look()

    _meter.create_observable_gauge(name, [collect], unit, description)
