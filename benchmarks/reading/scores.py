"""What readings are worth: each page's figures, those of a kind, and the bars that must be held."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

from benchmarks.reading.lectors import Batch, Reading
from benchmarks.reading.pages import BLANK, DAMAGED
from benchmarks.reading.words import character_error_rate, recall

BAD_BELOW, GOOD_ABOVE = 0.75, 0.95
_NOT_TO_BE_READ = (BLANK, DAMAGED)


@dataclass(frozen=True)
class Score:
    """A page's figures. One that failed has recall 0; a blank one 1, unless words were made up."""

    name: str
    kind: str
    variant: str
    language: str
    recall: float
    cer: float
    doubts: tuple[str, ...]
    error: str | None
    origin: str | None
    cost_usd: float | None

    @property
    def bad(self) -> bool:
        """Whether nobody should believe the text."""
        return self.recall < BAD_BELOW

    @property
    def good(self) -> bool:
        """Whether there is no reason to look at it."""
        return self.recall > GOOD_ABOVE

    @property
    def questioned(self) -> bool:
        """Whether somebody is told that the page should be looked at, or that it failed."""
        return bool(self.doubts) or self.error is not None


@dataclass(frozen=True)
class Summary:
    """The figures of some pages. A share is None where there is nothing that it could be of.

    `recall` and `cer` are means over the pages that can be read: not over damaged and blank ones,
    unless there are no others. `cost_usd` is a page's, None if it is unknown.
    """

    pages: int
    recall: float
    cer: float
    bad: int
    bad_questioned: float | None
    good: int
    good_questioned: float | None
    failed: int
    seconds: float
    cpu_s: float
    cost_usd: float | None


@dataclass(frozen=True)
class Kind:
    """Pages of one kind that were read together; times are those of all of them."""

    name: str
    scores: list[Score]
    seconds: float
    cpu_s: float


@dataclass(frozen=True)
class Bar:
    """What was promised, and what is: `value` is None where nothing was measured."""

    name: str
    value: float | None
    limit: float
    at_most: bool = False

    @property
    def held(self) -> bool:
        """Whether the value is on the right side, or there is none."""
        if self.value is None:
            return True
        return self.value <= self.limit if self.at_most else self.value >= self.limit


def score(reading: Reading) -> Score:
    """A page's figures."""
    page, failed = reading.page, reading.error is not None
    return Score(
        page.path.stem,
        page.kind,
        page.variant,
        page.language,
        0.0 if failed else recall(page.known, reading.text),
        1.0 if failed else character_error_rate(page.known, reading.text),
        reading.doubts,
        reading.error,
        reading.origin,
        reading.cost_usd,
    )


def score_kind(name: str, batch: Batch) -> Kind:
    """The figures of pages of one kind."""
    return Kind(name, [score(reading) for reading in batch.readings], batch.seconds, batch.cpu_s)


def summarize(kinds: Iterable[Kind]) -> Summary:
    """The figures of all pages of some kinds."""
    kinds = list(kinds)
    scores = [one for kind in kinds for one in kind.scores]
    count = len(scores)
    costs = [one.cost_usd for one in scores if one.cost_usd is not None]
    bad, good = [s for s in scores if s.bad], [s for s in scores if s.good]
    readable = [s for s in scores if s.kind not in _NOT_TO_BE_READ] or scores
    return Summary(
        count,
        fmean(one.recall for one in readable),
        fmean(one.cer for one in readable),
        len(bad),
        _questioned(bad),
        len(good),
        _questioned(good),
        sum(one.error is not None for one in scores),
        sum(kind.seconds for kind in kinds) / count,
        sum(kind.cpu_s for kind in kinds) / count,
        fmean(costs) if len(costs) == count else None,
    )


def group(scores: Iterable[Score], key: Callable[[Score], str]) -> dict[str, list[Score]]:
    """Pages by something that they have in common, in the order in which it comes."""
    groups: dict[str, list[Score]] = {}
    for one in scores:
        groups.setdefault(key(one), []).append(one)
    return groups


def bars(scores: Sequence[Score]) -> list[Bar]:
    """What is promised of the embedded reader that reads drawn pages and is told no language."""

    def recall_of(kind: str, language: str) -> float | None:
        chosen = [s.recall for s in scores if s.kind == kind and s.language == language]
        return fmean(chosen) if chosen else None

    return [
        Bar("word recall, clean print, English", recall_of("print", "en"), 0.97),
        Bar("word recall, clean print, Spanish", recall_of("print", "es"), 0.97),
        Bar("word recall, noisy scans, English", recall_of("scan", "en"), 0.93),
        Bar("word recall, noisy scans, Spanish", recall_of("scan", "es"), 0.93),
        Bar("bad pages doubted or failed", _questioned([s for s in scores if s.bad]), 0.95),
        Bar("good pages doubted", _questioned([s for s in scores if s.good]), 0.03, at_most=True),
    ]


def to_json(kinds: Sequence[Kind]) -> dict[str, Any]:
    """Everything that was measured in one way: of all pages, of each kind, and of each page."""
    return {
        "all": asdict(summarize(kinds)),
        "kinds": {kind.name: asdict(summarize([kind])) for kind in kinds},
        "pages": [asdict(one) for kind in kinds for one in kind.scores],
    }


def _questioned(scores: Sequence[Score]) -> float | None:
    return fmean(one.questioned for one in scores) if scores else None
