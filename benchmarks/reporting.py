"""What comes out: a figure is one JSON line on stdout, progress goes to stderr."""

import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A measured value beside the limit that was measured in the same run."""

    name: str
    value: float
    unit: str
    limit: float
    note: str

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


def say(message: str) -> None:
    """Tell a person what is going on."""
    print(f"bench: {message}", file=sys.stderr, flush=True)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that `percent` of all values do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(len(ranked) * percent / 100) - 1)]
