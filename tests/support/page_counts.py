"""What a page costs in counts: statements, round trips, transactions, requests, messages.

Between two looks at a Lector whose parts speak through `Traffic`. The API's own, `upload`, and whom
it asks, are shown, and are no part of a page.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lector.domain.functions import FUNCTIONS, Reach
from lector.local.stack import Stack
from tests.support import counting_proxies
from tests.support.counting_proxies import CONNECTIONS, Counts, Traffic
from tests.support.wire_counts import EMPTY, ROUND_TRIPS, STATEMENTS, TRANSACTIONS

OF_DATABASE = (STATEMENTS, ROUND_TRIPS, TRANSACTIONS, EMPTY)
DELIVERIES, RINGS_AND_SINK = "POSTs to functions", "rings, POSTs to the sink"
MESSAGES_IN, OBJECT_CALLS = "NATS messages in", "calls of S3"

_RINGS = ("lector.outbox.written", "lector.ledger.stalled", "lector.digest.due")
_ROLES = (*(name for name, reach in FUNCTIONS.items() if Reach.DATABASE in reach), "bridge")


@dataclass(frozen=True)
class Look:
    """All counts at one moment."""

    counts: Counts
    messages_in: int


@dataclass(frozen=True)
class PageCounts:
    """Counts for each page: of all but the API, and by function; `statements` are the commonest."""

    totals: Mapping[str, float]
    by_function: Mapping[str, Mapping[str, float]]
    statements: Mapping[str, float]

    def lines(self, wanted: Mapping[str, float], held: Mapping[str, float]) -> Iterator[str]:
        """A table for people, with what is wanted, and what is held, at most."""
        yield f"{'for each page':24}{'counted':>9}{'held':>9}{'wanted':>9}"
        for what, count in self.totals.items():
            row = (count, held.get(what), wanted.get(what))
            numbers = "".join(f"{'' if one is None else format(one, '.2f'):>9}" for one in row)
            yield f"{what:24}{numbers}"
        yield f"{'by function':24}" + "".join(f"{what:>14}" for what in OF_DATABASE)
        for name, counts in self.by_function.items():
            yield f"{name:24}" + "".join(f"{counts[what]:14.2f}" for what in OF_DATABASE)
        for statement, count in self.statements.items():
            yield f"{count:8.2f}  {statement}"


def look(traffic: Traffic, folder: Path) -> Look:
    """All counts now of a Lector on this data folder."""
    return Look(traffic.counts(), counting_proxies.nats_messages_in(folder))


def between(stack: Stack, before: Look, after: Look, pages: int) -> PageCounts:
    """What each of so many pages has cost between two looks."""
    names = counting_proxies.names_of_ports(stack)
    names |= {counting_proxies.of_role(name): f"SQL {name}" for name in _ROLES}
    counts: Counts = Counter()
    for (about, what), count in after.counts.items():
        more = count - before.counts[about, what]
        if more:
            counts[names.get(about, about), what] += more
    by_function = {
        name: {what: counts[f"SQL {name}", what] / pages for what in OF_DATABASE} for name in _ROLES
    }
    of_page = [kinds for name, kinds in by_function.items() if name != "upload"]
    posts = {name: counts[name, "POST"] for name in FUNCTIONS if name != "upload"}
    rings = sum(counts[name, f"POST {ring}"] for name in posts for ring in _RINGS)
    objects = sum(n for (name, what), n in counts.items() if name == "objects" and what.isupper())
    # Whom the API connects to it does for files.
    own = ("SQL upload", "upload")
    connected = sum(
        n for (name, what), n in counts.items() if what == CONNECTIONS and name not in own
    )
    totals = {what: sum(kinds[what] for kinds in of_page) for what in OF_DATABASE}
    totals |= {
        DELIVERIES: (sum(posts.values()) - rings) / pages,
        RINGS_AND_SINK: (rings + counts["sink", "POST"]) / pages,
        CONNECTIONS: connected / pages,
        MESSAGES_IN: (after.messages_in - before.messages_in) / pages,
        OBJECT_CALLS: objects / pages,
    }
    return PageCounts(totals, by_function, _commonest(counts, pages))


def _commonest(counts: Counts, pages: int) -> dict[str, float]:
    """The statements of functions, by how often they were run."""
    found = {
        f"{name.removeprefix('SQL '):9} {what.removeprefix('statement: ')}": count / pages
        for (name, what), count in counts.most_common()
        if what.startswith("statement: ") and name != "SQL upload"
    }
    return {what: count for what, count in found.items() if count >= 0.1}
