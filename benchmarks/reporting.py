"""What comes out: a figure is one JSON line on stdout, progress goes to stderr."""

import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class Line(Protocol):
    """What is printed of a measurement."""

    @property
    def passed(self) -> bool:
        """Whether it is what was promised."""

    def line(self) -> str:
        """It as JSON."""


@dataclass(frozen=True)
class Figure:
    """A measured value beside the limit that was measured in the same run."""

    name: str
    value: float
    unit: str
    limit: float
    note: str
    passed = True  # nobody has promised a ratio

    def line(self) -> str:
        """The figure as JSON."""
        members = {
            "name": self.name,
            "value": round(self.value, 2),
            "unit": self.unit,
            "limit": round(self.limit, 2),
            "ratio": round(self.value / self.limit, 3),
            "note": self.note,
        }
        return json.dumps(members)


@dataclass(frozen=True)
class Outcome:
    """What became of work beside other work, and whether that is what was promised.

    `seconds` and `alone_s` are those of the same good work: beside the other, and alone in the same
    run. None, if it did not end in time.
    """

    name: str
    scenario: str
    pages: int
    seconds: float | None
    alone_s: float
    value: float | None
    unit: str
    limit: float
    passed: bool
    note: str

    def line(self) -> str:
        """The outcome as JSON."""
        seconds = self.seconds
        members = {
            "name": self.name,
            "scenario": self.scenario,
            "pages": self.pages,
            "seconds": None if seconds is None else round(seconds, 2),
            "alone_s": round(self.alone_s, 2),
            "ratio": None if seconds is None else round(seconds / self.alone_s, 3),
            "value": None if self.value is None else round(self.value, 2),
            "unit": self.unit,
            "limit": round(self.limit, 2),
            "passed": self.passed,
            "note": self.note,
        }
        return json.dumps(members)


def say(message: str) -> None:
    """Tell a person what is going on."""
    print(f"bench: {message}", file=sys.stderr, flush=True)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that `percent` of all values do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(len(ranked) * percent / 100) - 1)]
