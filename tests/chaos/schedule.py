"""What will be disturbed, and when: the same seed makes the same schedule."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from random import Random

from lector.domain import functions
from lector.local import forks

from .proxies import Manner

BRIDGE = ("jetstream-sink", "jetstream-source", "postgres-source")
SERVICES = ("nats", "postgres", "seaweedfs")
#: What forks functions and bridge, where there is one.
FORK_SERVER = (forks.NAME,) if forks.are_possible() else ()
#: The second reader, which looks at every page beside the model.
SECOND_READER = "tesseract"
FUNCTIONS = tuple(functions.FUNCTIONS)
TWINS = (*FUNCTIONS, "jetstream-source")
FROZEN = ("render", "llm", "register", "jetstream-source", "nats", "seaweedfs", SECOND_READER)
_KILLED = (*FUNCTIONS, *BRIDGE, *FORK_SERVER, *SERVICES, SECOND_READER)
CONNECTIONS = (*(manner.value for manner in Manner if manner is not Manner.PASS), "cut")
PEOPLE = ("retry file", "retry pages", "cancel", "delete")
READER_AWAY = ("refuses", "503", "429")
CLOCKS = {"an hour ahead": 3600, "an hour behind": -3600}  # in seconds
#: Beside what the schedule has: the pages that make the reader fail each time.
BAD_PAGES = "bad pages"
KINDS = (
    *("kill", "kill worker of", "kill leader of", "away", "freeze", "connection", "listener"),
    *("events", "person", "reader", "clock", BAD_PAGES),
)
_CALM_AT_START_S = 1.0


@dataclass(frozen=True)
class Disturbance:
    """One thing that is done to the stack; `which` picks among what there is, from 0 to 1."""

    at_s: float
    kind: str
    target: str
    which: float
    lasts_s: float


def disturbances(seed: int, seconds: float, without: Collection[str] = ()) -> Iterator[Disturbance]:
    """For so many seconds, every kind once before any comes again.

    What is left out leaves a gap, so that everything else comes when it would have come.
    """
    chance = Random(seed)
    at_s, bag = _CALM_AT_START_S, list[tuple[str, str]]()
    while at_s < seconds:
        if not bag:
            bag = _everything(chance)
            chance.shuffle(bag)
        kind, target = bag.pop()
        lasts_s = chance.uniform(1.0, 5.0)
        disturbance = Disturbance(at_s, kind, target, chance.random(), lasts_s)
        if kind not in without:
            yield disturbance
        at_s += chance.uniform(0.2, 1.2)


def _everything(chance: Random) -> list[tuple[str, str]]:
    return [
        *(("kill", name) for name in _KILLED),
        *(("kill worker of", name) for name in chance.sample(FUNCTIONS, 2)),
        *(("kill leader of", name) for name in chance.sample(FUNCTIONS, 2)),
        *(("away", name) for name in (*SERVICES, "jetstream-sink", SECOND_READER)),
        *(("freeze", name) for name in chance.sample(FROZEN, 2)),
        *(("connection", how) for how in CONNECTIONS * 2),
        *(("person", does) for does in (*PEOPLE, "retry file", "retry pages")),
        *(("reader", how) for how in READER_AWAY),
        *(("clock", how) for how in CLOCKS),
        *[("listener", "cut off")] * 2,
        *[("events", "again")] * 5,
    ]
