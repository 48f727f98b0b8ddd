"""What will be disturbed, and when: the same seed makes the same schedule."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from lector.domain import functions

from .proxies import Manner

BRIDGE = ("jetstream-sink", "jetstream-source", "postgres-source")
SERVICES = ("nats", "postgres", "seaweedfs")
FUNCTIONS = tuple(functions.FUNCTIONS)
FROZEN = ("render", "llm", "register", "jetstream-source", "nats", "seaweedfs")
CONNECTIONS = (*(manner.value for manner in Manner if manner is not Manner.PASS), "cut")
_CALM_AT_START_S = 1.0


@dataclass(frozen=True)
class Disturbance:
    """One thing that is done to the stack; `which` picks among what there is, from 0 to 1."""

    at_s: float
    kind: str
    target: str
    which: float
    lasts_s: float


def disturbances(seed: int, seconds: float) -> Iterator[Disturbance]:
    """For so many seconds, every kind once before any comes again."""
    chance = Random(seed)
    at_s, bag = _CALM_AT_START_S, list[tuple[str, str]]()
    while at_s < seconds:
        if not bag:
            bag = _everything(chance)
            chance.shuffle(bag)
        kind, target = bag.pop()
        lasts_s = chance.uniform(1.0, 5.0)
        yield Disturbance(at_s, kind, target, chance.random(), lasts_s)
        at_s += chance.uniform(0.2, 1.2)


def _everything(chance: Random) -> list[tuple[str, str]]:
    return [
        *(("kill", name) for name in (*FUNCTIONS, *BRIDGE, *SERVICES)),
        *(("kill worker of", name) for name in chance.sample(FUNCTIONS, 2)),
        *(("kill leader of", name) for name in chance.sample(FUNCTIONS, 2)),
        *(("away", name) for name in (*SERVICES, "jetstream-sink")),
        *(("freeze", name) for name in chance.sample(FROZEN, 2)),
        *(("connection", how) for how in CONNECTIONS * 3),
        *[("listener", "cut off")] * 2,
        *[("events", "again")] * 5,
    ]
