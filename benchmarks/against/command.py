"""`python -m benchmarks against REF`: what a page costs here, and cost at another commit.

Both are started as a person starts them and used through their API, in turn, several times.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from benchmarks.against import checkouts, work
from benchmarks.against.checkouts import Checkout
from benchmarks.against.work import Cost, Files, Load
from benchmarks.reporting import say
from lector.local import functions
from lector.local.process import Child, Part, free_port, keep_loopback_direct, wait_ready
from lector.local.tools import checkout

NEVER = {"TEXT_LAYER": "never", "VERIFY": "never"}
_VERIFYING = {"TEXT_LAYER": "never", "VERIFY": "auto"}
_UNITS = {
    "text_cpu_ms": "CPU of a page of text, ms",
    "text_wall_ms": "time of a page of text, ms",
    "pictures_cpu_ms": "CPU of a page that is a picture, ms",
    "pictures_wall_ms": "time of a page that is a picture, ms",
    "first_page_ms": "first page after the confirmation, ms",
    "upload_s": "49 further files of one page uploaded by `lector ocr`, s",
    "idle_mib": "memory (PSS) idle, MiB",
    "busy_mib": "memory (PSS) at work, at most, MiB",
}


@dataclass(frozen=True)
class Side:
    """A checkout with its settings, by the name that its column has."""

    name: str
    source: Checkout
    settings: Mapping[str, str]


def main(arguments: list[str]) -> int:
    """Measure, and print a table as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks against", description=__doc__)
    parser.add_argument("ref", help="the other commit")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep each round's figures")
    options = parser.parse_args(arguments)
    keep_loopback_direct()
    before, here = checkouts.of_commit(options.ref), checkouts.this_one()
    sides = [
        Side("before", before, NEVER),
        Side("now", here, NEVER),
        Side("now, verifying", here, _VERIFYING),
    ]
    with tempfile.TemporaryDirectory(prefix="lector-bench-") as scratch:
        costs = _rounds(Path(scratch), sides, options.rounds)
    if options.json:
        kept = {name: [asdict(one) for one in some] for name, some in costs.items()}
        options.json.write_text(json.dumps(kept, indent=1) + "\n")
    print(table(costs))
    return 0


def _rounds(scratch: Path, sides: Sequence[Side], rounds: int) -> dict[str, list[Cost]]:
    costs: dict[str, list[Cost]] = {side.name: [] for side in sides}
    for turn in range(rounds):
        files = Files(scratch, f"round{turn}", Load())
        # In turn also who begins, as what follows finds a warmer disk and a warmer processor.
        for side in (*sides[turn % len(sides) :], *sides[: turn % len(sides)]):
            load = os.getloadavg()[0]
            say(f"round {turn + 1} of {rounds}: {side.name} (load {load:.1f})")
            costs[side.name].append(_measured(scratch, side, files))
            work.describe(costs[side.name][-1])
    return costs


def _measured(scratch: Path, side: Side, files: Files) -> Cost:
    with (
        model(scratch) as address,
        checkouts.running(side.source, {**address, **side.settings}) as lector,
    ):
        return work.cost(side.source, lector, files)


@contextmanager
def model(scratch: Path) -> Iterator[dict[str, str]]:
    """A model that answers at once, in 500 words; yields how it is reached."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.model_server"]
    logs = scratch / "model" / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    part = Part("model", command, {"PORT": str(port), "DELAY_S": "0"}, folder=checkout())
    model = Child(part, logs)
    try:
        wait_ready(model, functions.healthy(port))
        address = {"OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1", "OPENAI_API_KEY": "bench"}
        yield {**address, "READER_CHECK": "0"}
    finally:
        model.ask_to_stop()
        model.wait_stopped()


def table(costs: Mapping[str, Sequence[Cost]]) -> str:
    """Medians with their spread, and the ratios of each round to the first column's."""
    names = list(costs)
    others = names[1:]
    head = ["", *names, *(f"{name} / {names[0]}" for name in others)]
    lines = [_row(head), _row(["---", *(["---:"] * (len(head) - 1))])]
    for field, words in _UNITS.items():
        values = {name: [float(getattr(one, field)) for one in costs[name]] for name in names}
        ratios = {
            name: [here / there for here, there in zip(values[name], values[names[0]], strict=True)]
            for name in others
        }
        cells = [_spread(values[name]) for name in names]
        lines.append(_row([words, *cells, *(_spread(ratios[name], 2) for name in others)]))
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _spread(values: Sequence[float], digits: int | None = None) -> str:
    """The median, and the least and the most."""
    if digits is None:
        digits = 2 if median(values) < 10 else 1 if median(values) < 100 else 0
    least, middle, most = min(values), median(values), max(values)
    return f"{middle:.{digits}f} ({least:.{digits}f} – {most:.{digits}f})"
