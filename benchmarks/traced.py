"""traced: what it costs that every process records and sends all of its spans and metrics."""

from collections.abc import Collection, Iterator
from pathlib import Path
from statistics import median

from benchmarks import full_stack
from benchmarks.reporting import Figure, say

NAMES = ("traced",)

_ROUNDS, _FILES, _PAGES = 3, 16, 16
_WITHIN_S = 60.0
_NOTE = (
    "pages/s of {pages} pages as in pipeline, every span and metric sent by OTLP to a process"
    " that keeps none; median of {rounds}; limit: the same with telemetry off, in turn"
)


def measure(folder: Path, wanted: Collection[str]) -> Iterator[Figure]:
    """With and without, in turn, each on a stack of its own."""
    if "traced" not in wanted:
        return
    paths = full_stack.pdfs(folder / "traced-pdfs", _FILES, _PAGES)
    [warm_up] = full_stack.pdfs(folder / "traced-warm-up", 1, 40)
    rates: dict[bool, list[float]] = {False: [], True: []}
    for turn in range(_ROUNDS):
        for traced, measured in rates.items():
            say(f"traced: round {turn + 1} of {_ROUNDS}: telemetry {'on' if traced else 'off'}")
            own = folder / f"traced-{turn}-{traced}"
            with full_stack.running(own, 0.0, traced=traced) as stack:
                full_stack.read(stack, [warm_up], 40, _WITHIN_S)
                took_s = full_stack.read(stack, paths, _FILES * _PAGES, _WITHIN_S)[-1]
            measured.append(_FILES * _PAGES / took_s)
    note = _NOTE.format(pages=_FILES * _PAGES, rounds=_ROUNDS)
    yield Figure("traced", median(rates[True]), "pages/s", median(rates[False]), note)
