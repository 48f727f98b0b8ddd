"""What was measured, as Markdown: a table for each way of reading, bars, and what went unseen."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any

from benchmarks.reading.olmocr import Judgement, score
from benchmarks.reading.scores import Bar, Kind, Score, Summary, group, summarize

_HEADER = (
    "| pages | | word recall | CER | bad | of these doubted or failed | good | of these doubted"
    " | failed | s a page | CPU s a page | $ a page |"
)
_ALIGNED = "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
_RATIOS = ("recall", "cer", "seconds", "cpu_s")


def table(kinds: Sequence[Kind]) -> Iterator[str]:
    """A line for each kind, and one for all."""
    yield from (_HEADER, _ALIGNED)
    for kind in kinds:
        yield _row(kind.name, summarize([kind]))
    if len(kinds) > 1:
        yield _row("**all**", summarize(kinds))


def _row(name: str, figures: Summary) -> str:
    cells = [
        name,
        str(figures.pages),
        f"{figures.recall:.3f}",
        f"{figures.cer:.3f}",
        str(figures.bad),
        _percent(figures.bad_questioned),
        str(figures.good),
        _percent(figures.good_questioned),
        str(figures.failed),
        f"{figures.seconds:.2f}",
        f"{figures.cpu_s:.2f}",
        "?" if figures.cost_usd is None else f"{figures.cost_usd:.5f}".rstrip("0").rstrip("."),
    ]
    return f"| {' | '.join(cells)} |"


def details(kinds: Sequence[Kind]) -> Iterator[str]:
    """Word recall by language and by variant, where a kind has several."""
    for kind in kinds:
        for name, groups in {
            "language": group(kind.scores, lambda one: one.language),
            "variant": group(kind.scores, lambda one: one.variant),
        }.items():
            if len(groups) > 1:
                means = (
                    f"{key} {fmean(s.recall for s in some):.3f}" for key, some in groups.items()
                )
                yield f"- {kind.name} by {name}: {', '.join(means)}"


def bar_lines(bars: Sequence[Bar]) -> Iterator[str]:
    """A line for each bar: what was promised, what is, and whether that is enough."""
    yield from ("| bar | promised | measured | |", "|---|---:|---:|---|")
    for bar in bars:
        sign = "at most" if bar.at_most else "at least"
        value = "nothing to measure" if bar.value is None else f"{bar.value:.3f}"
        outcome = "" if bar.value is None else "met" if bar.held else "**missed**"
        yield f"| {bar.name} | {sign} {bar.limit:g} | {value} | {outcome} |"


def unseen(scores: Sequence[Score]) -> Iterator[str]:
    """Pages that were read wrong and not doubted, and good ones that were."""
    for one in scores:
        if one.bad and not one.questioned:
            yield f"- not doubted: {one.name}: recall {one.recall:.2f}, CER {one.cer:.2f}"
    for one in scores:
        if one.good and one.questioned:
            reasons = ", ".join(one.doubts) or one.error
            yield f"- doubted for nothing: {one.name}: recall {one.recall:.2f}: {reasons}"


def ratio_lines(now: Mapping[str, Any], before: Mapping[str, Any]) -> Iterator[str]:
    """This version's figures divided by the other's, for kinds that both have measured."""
    yield from (
        "| pages | word recall before | now | ratio | CER | s a page | CPU s a page |",
        "|---|---:|---:|---:|---:|---:|---:|",
    )
    kinds = [name for name in now["kinds"] if name in before["kinds"]]
    pairs = [(name, now["kinds"][name], before["kinds"][name]) for name in kinds]
    for name, ours, theirs in [*pairs, ("**all**", now["all"], before["all"])]:
        recall, *others = (_ratio(ours[member], theirs[member]) for member in _RATIOS)
        means = f"{theirs['recall']:.3f} | {ours['recall']:.3f}"
        yield f"| {name} | {means} | {recall} | {' | '.join(others)} |"


def olmocr_lines(judged: Mapping[str, Sequence[Judgement]]) -> Iterator[str]:
    """For each file of olmOCR-bench the share of tests passed, in every way, and the mean."""
    shares = {name: score(judgements) for name, judgements in judged.items()}
    yield f"| tests | | judged | {' | '.join(judged)} |"
    yield f"|---|---:|---:|{'---:|' * len(judged)}"
    judgements = next(iter(judged.values()))
    for file in dict.fromkeys(one.test.file for one in judgements):
        mine = [one for one in judgements if one.test.file == file]
        counts = f"{len(mine)} | {sum(one.passed is not None for one in mine)}"
        cells = [f"{share[file]:.1%}" if file in share else "" for share in shares.values()]
        yield f"| {file} | {counts} | {' | '.join(cells)} |"
    means = [f"{share['all']:.1%}" if share else "" for share in shares.values()]
    yield f"| **mean** | | | {' | '.join(means)} |"


def _ratio(now: float, before: float) -> str:
    if not before:
        return "1.00" if not now else "-"
    return f"{now / before:.2f}"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"
