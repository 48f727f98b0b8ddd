"""The subscriptions table, read from subscriptions.yaml."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from lector.bridge.jetstream.streams import DEAD, LECTOR
from lector.runtime import settings

DEFAULT_FILE = Path(__file__).with_name("subscriptions.yaml")
DELIVERY_FAILED = "lector.delivery.failed"


@dataclass(frozen=True)
class Subscription:
    """One function's interest in one type of event, and the limits of its delivery."""

    function: str
    type: str
    slots_at_start: int
    slots_at_most: int
    wakes: tuple[str, ...]
    post_timeout_s: float
    deadline_s: float
    ack_wait_s: float
    attempts: int
    patience_h: float
    pause_at_most_s: float
    # Events under way or sent back; None: as many as four times the slots.
    pending_limit: int | None = None
    # The field of the event's data that names its lane; None: all are in one.
    lane_field: str | None = None
    # Events of a lane that may wait here, so that tenants and files can take turns.
    waiting_at_most: int = 0
    # Whether its events are left in the stream while nobody wants to be told of them.
    only_if_wanted: bool = False
    # Where lanes start, by name; others as the subscription does.
    lane_slots: Mapping[str, int] = field(default_factory=dict)

    def slots_of(self, lane: str) -> int:
        """How many deliveries a lane starts with."""
        return min(self.lane_slots.get(lane, self.slots_at_start), self.slots_at_most)

    @property
    def durable(self) -> str:
        """The name of the durable consumer, which NATS allows no dots in."""
        return f"{self.function}-{self.type.replace('.', '-')}"

    @property
    def reads_dead_letters(self) -> bool:
        """Dead letters have a stream of their own, and do not die again."""
        return self.type == DELIVERY_FAILED

    @property
    def stream(self) -> str:
        """The stream this subscription reads."""
        return DEAD if self.reads_dead_letters else LECTOR

    @property
    def pending_at_most(self) -> int:
        """Messages under way or sent back; dead letters that stay must not keep others out."""
        if self.pending_limit is not None:
            return self.pending_limit
        return 10_000 if self.reads_dead_letters else 4 * self.slots_at_most

    @property
    def filter_subject(self) -> str:
        """The NATS subjects this subscription reads."""
        return "dead.>" if self.reads_dead_letters else f"{self.type}.*"


def from_settings(config: settings.Source) -> list[Subscription]:
    """Every subscription, as the settings of the JetStream source have them."""
    path = Path(config.subscriptions_file) if config.subscriptions_file else DEFAULT_FILE
    rows = load(path, _numbers("FUNCTION_CAPACITY", config.function_capacity))
    of_readers = _numbers("READER_SLOTS", config.reader_slots)
    return [replace(row, lane_slots=of_readers) if row.lane_field else row for row in rows]


def _numbers(name: str, text: str) -> dict[str, int]:
    try:
        return {key: int(number) for key, number in settings.parse_pairs(text).items()}
    except ValueError as error:
        raise settings.SettingsError(f"{name} wants numbers: {error}") from error


def load(
    path: Path = DEFAULT_FILE, capacity: Mapping[str, int] | None = None
) -> list[Subscription]:
    """Every subscription of the table; `capacity` by function replaces what the table says."""
    table = yaml.safe_load(path.read_text())
    rows = table.pop("subscriptions")
    for of_the_catalogue in ("producers", "rings"):
        table.pop(of_the_catalogue, None)
    most = {**table.pop("capacity"), **(capacity or {})}
    return [
        Subscription(
            function=row["function"],
            type=row["type"],
            slots_at_start=row["slots"][0],
            slots_at_most=most[row["function"]] if row["slots"][1] == "all" else row["slots"][1],
            wakes=tuple(row.get("wakes", ())),
            pending_limit=row.get("pending_at_most"),
            lane_field=row.get("lane"),
            waiting_at_most=row.get("waiting_at_most", 0),
            only_if_wanted=row.get("only_if_wanted", False),
            **{name: row.get(name, of_all) for name, of_all in table.items()},
        )
        for row in rows
    ]
