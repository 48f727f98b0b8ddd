"""`python -m benchmarks reading`: make the set, have it read, and print tables."""

import argparse
import json
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.reading import lectors, pages, report, scores
from benchmarks.reading.lectors import Lector
from benchmarks.reading.pages import Page
from benchmarks.reading.texts import LANGUAGES
from benchmarks.reporting import say

LAYER, DRAWN = "text layer", "embedded reader"
_THEIRS = "before: "


@dataclass(frozen=True)
class Way:
    """A way of reading: a Lector, and what is asked of it."""

    name: str
    lector: Lector
    options: Mapping[str, str | None]
    only_layers: bool = False


def main(arguments: Sequence[str]) -> int:
    """Measure; 1 if a bar was missed."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if bool(asked.endpoint) != bool(asked.model):
        parser.error("--endpoint and --model go together")
    # An end from outside ends the Lectors, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with tempfile.TemporaryDirectory(prefix="lector-bench-reading-") as folder:
        return _measure(asked, _pages(asked, Path(folder)))


def _measure(asked: argparse.Namespace, chosen: list[Page]) -> int:
    """Have the pages read in every way, print what came out, and keep it as JSON."""
    with ExitStack() as cleanup:
        measured = _read(_ways(asked, cleanup), chosen)
    results: dict[str, Any] = {
        "seed": asked.seed,
        "ways": {name: scores.to_json(kinds) for name, kinds in measured.items()},
    }
    drawn = [one for kind in measured.get(DRAWN, []) for one in kind.scores]
    bars = scores.bars(drawn)
    results["bars"] = [{**asdict(bar), "held": bar.held} for bar in bars]
    for line in _lines(asked, measured, results, bars):
        print(line)
    if asked.json:
        asked.json.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return 0 if all(bar.held for bar in bars) else 1


def _lines(
    asked: argparse.Namespace,
    measured: Mapping[str, Sequence[scores.Kind]],
    results: Mapping[str, Any],
    bars: Sequence[scores.Bar],
) -> Iterator[str]:
    for name, kinds in measured.items():
        yield from (f"## {name}", "", *report.table(kinds), "", *report.details(kinds), "")
        yield from (*report.unseen([one for kind in kinds for one in kind.scores]), "")
    before = _before(asked, results)
    for name, figures in results["ways"].items():
        if name in before:
            yield from (f"## {name}, against the version of before", "")
            yield from (*report.ratio_lines(figures, before[name]), "")
    if DRAWN in measured:
        yield from ("## Bars", "", *report.bar_lines(bars))


def _before(asked: argparse.Namespace, results: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the version of before did, by the name of the way in which it was asked."""
    ways: dict[str, Any] = results["ways"]
    if asked.against and asked.against.is_file():
        before: dict[str, Any] = json.loads(asked.against.read_text("utf-8"))["ways"]
        return before
    return {
        name.removeprefix(_THEIRS): figures
        for name, figures in ways.items()
        if name.startswith(_THEIRS)
    }


def _ways(asked: argparse.Namespace, cleanup: ExitStack) -> Iterator[Way]:
    """The ways that were asked for; Lectors run until `cleanup` ends them."""
    language = "page" if asked.tell_language else None
    drawn = {"text_layer": "never", "language": language}
    say("starting Lector")
    if not asked.endpoint or asked.embedded:
        own = cleanup.enter_context(lectors.running(asked.lector, {"OPENAI_BASE_URL": ""}))
        yield Way(LAYER, own, {"text_layer": "auto"}, only_layers=True)
        yield Way(DRAWN, own, drawn)
        if asked.reader:
            yield Way(asked.reader, own, {**drawn, "reader": asked.reader})
    if asked.against and asked.against.is_dir():
        say("starting the Lector of before")
        other = cleanup.enter_context(lectors.running(asked.against, {"OPENAI_BASE_URL": ""}))
        yield Way(f"{_THEIRS}{LAYER}", other, {"text_layer": "auto"}, only_layers=True)
        yield Way(f"{_THEIRS}{DRAWN}", other, drawn)
    if asked.endpoint:
        named = {"OPENAI_BASE_URL": asked.endpoint, "OPENAI_MODEL": asked.model}
        remote = cleanup.enter_context(lectors.running(asked.lector, named))
        yield Way(asked.model, remote, drawn)


def _read(ways: Iterator[Way], chosen: Sequence[Page]) -> dict[str, list[scores.Kind]]:
    """Each kind in every way before the next kind: what else the machine does hits all alike."""
    all_ways = list(ways)
    measured: dict[str, list[scores.Kind]] = {way.name: [] for way in all_ways}
    for kind in dict.fromkeys(page.kind for page in chosen):
        for way in all_ways:
            some = [p for p in chosen if p.kind == kind and (p.layer_path or not way.only_layers)]
            if some:
                batch = way.lector.read(some, **way.options)
                measured[way.name].append(scores.score_kind(kind, batch))
                figures = scores.summarize(measured[way.name][-1:])
                say(
                    f"{way.name}: {kind}: {figures.pages} pages, word recall {figures.recall:.3f},"
                    f" {figures.seconds:.2f} s a page"
                )
    return {name: kinds for name, kinds in measured.items() if kinds}


def _pages(asked: argparse.Namespace, folder: Path) -> list[Page]:
    recipes = pages.plan(asked.pages, asked.kinds, asked.languages)
    say(f"making {len(recipes)} pages")
    return [pages.make(recipe, folder, asked.seed) for recipe in recipes]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks reading", description=__doc__)
    add = parser.add_argument
    add("--pages", type=int, metavar="N", help="so many pages, evenly from all kinds")
    add("--seed", type=int, default=1, help="another seed makes other pages (default: 1)")
    add("--kinds", type=_names(pages.KINDS), default=(), help=", ".join(pages.KINDS))
    add("--languages", type=_names(LANGUAGES), default=(), help=", ".join(LANGUAGES))
    add("--tell-language", action="store_true", help="tell the reader each page's language")
    add("--endpoint", metavar="URL", help="an OpenAI-compatible endpoint; its key: OPENAI_API_KEY")
    add("--model", metavar="M", help="the model of that endpoint")
    add("--embedded", action="store_true", help="beside an endpoint: the embedded reader as well")
    add("--reader", metavar="NAME", help="a reader that Lector knows by this name, as well")
    add("--lector", type=Path, metavar="DIR", help="another checkout, whose Lector reads")
    add("--against", type=Path, metavar="FILE|DIR", help="the JSON or the checkout of before")
    add("--json", type=Path, metavar="FILE", help="write everything there")
    return parser


def _names(known: Sequence[str]) -> Any:
    def parse(text: str) -> tuple[str, ...]:
        given = tuple(text.split(","))
        unknown = [name for name in given if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: there are {', '.join(known)}")
        return given

    return parse


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
