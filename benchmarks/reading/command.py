"""`python -m benchmarks reading`: make the set, have it read, and print tables."""

import argparse
import json
import signal
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.reading import folders, olmocr, pages, report, scores, ways
from benchmarks.reading.lectors import Batch
from benchmarks.reading.pages import Page
from benchmarks.reading.texts import LANGUAGES
from benchmarks.reading.ways import BEFORE, DRAWN, Way
from benchmarks.reporting import say


def main(arguments: Sequence[str]) -> int:
    """Measure; 1 if a bar was missed."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if bool(asked.endpoint) != bool(asked.model):
        parser.error("--endpoint and --model go together")
    for path in (asked.folder, asked.olmocr, asked.lector, asked.against):
        if path and not path.exists():
            parser.error(f"{path} does not exist")
    # An end from outside ends the Lectors, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with tempfile.TemporaryDirectory(prefix="lector-bench-reading-") as folder, ExitStack() as ends:
        try:
            if asked.olmocr:
                documents, tests = folders.with_tests(asked.olmocr, asked.pages, asked.seed)
                return _judge(asked, list(ways.start(asked, ends)), documents, tests)
            chosen = _pages(asked, Path(folder))
        except ValueError as error:
            parser.error(str(error))
        return _measure(asked, list(ways.start(asked, ends)), chosen)


def _measure(asked: argparse.Namespace, all_ways: Sequence[Way], chosen: Sequence[Page]) -> int:
    """Have pages with known text read in every way, and print what came out."""
    measured = _read(all_ways, chosen, asked.keep)
    results: dict[str, Any] = {
        "seed": asked.seed,
        "ways": {name: scores.to_json(kinds) for name, kinds in measured.items()},
    }
    drawn = [one for kind in measured.get(DRAWN, []) for one in kind.scores]
    bars = [] if asked.folder or asked.tell_language or not drawn else scores.bars(drawn)
    results["bars"] = [{**asdict(bar), "held": bar.held} for bar in bars]
    _print(asked, results, _lines(asked, measured, results, bars))
    return 0 if all(bar.held for bar in bars) else 1


def _judge(
    asked: argparse.Namespace,
    all_ways: Sequence[Way],
    documents: Sequence[Page],
    tests: Sequence[olmocr.Test],
) -> int:
    """Have the documents of olmOCR-bench read in every way, and hold the tests against them."""
    judged: dict[str, list[olmocr.Judgement]] = {}
    for way in all_ways:
        say(f"{way.name}: {len(documents)} documents")
        batch = way.lector.read(documents, **way.options)
        texts = {r.page.path: r.texts for r in batch.readings}
        paths = [(test, asked.olmocr / "pdfs" / test.pdf) for test in tests]
        judged[way.name] = [
            olmocr.judge(test, texts[path].get(test.page, ""))
            for test, path in paths
            if path in texts
        ]
    results = {"ways": {name: olmocr.score(some) for name, some in judged.items()}}
    _print(asked, results, report.olmocr_lines(judged))
    return 0


def _print(asked: argparse.Namespace, results: Mapping[str, Any], lines: Iterable[str]) -> None:
    for line in lines:
        print(line)
    if asked.json:
        asked.json.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", "utf-8")


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
    if bars:
        yield from ("## Bars", "", *report.bar_lines(bars))


def _before(asked: argparse.Namespace, results: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the version of before did, by the name of the way in which it was asked."""
    ways: dict[str, Any] = results["ways"]
    if asked.against and asked.against.is_file():
        before: dict[str, Any] = json.loads(asked.against.read_text("utf-8"))["ways"]
        return before
    return {
        name.removeprefix(BEFORE): figures
        for name, figures in ways.items()
        if name.startswith(BEFORE)
    }


def _read(
    all_ways: Sequence[Way], chosen: Sequence[Page], keep: Path | None
) -> dict[str, list[scores.Kind]]:
    """Each kind in every way before the next kind: what else the machine does hits all alike."""
    measured: dict[str, list[scores.Kind]] = {way.name: [] for way in all_ways}
    for kind in dict.fromkeys(page.kind for page in chosen):
        for way in all_ways:
            some = [p for p in chosen if p.kind == kind and (p.layer_path or not way.only_layers)]
            if some:
                batch = way.lector.read(some, **way.options)
                if keep:
                    _keep_answers(keep / "answers" / way.name.replace("/", "_"), batch)
                measured[way.name].append(scores.score_kind(kind, batch))
                figures = scores.summarize(measured[way.name][-1:])
                say(
                    f"{way.name}: {kind}: {figures.pages} pages, word recall {figures.recall:.3f},"
                    f" {figures.seconds:.2f} s a page"
                )
    return {name: kinds for name, kinds in measured.items() if kinds}


def _pages(asked: argparse.Namespace, folder: Path) -> list[Page]:
    if asked.folder:
        return folders.with_texts(asked.folder, asked.pages, asked.seed)
    recipes = pages.plan(asked.pages, asked.kinds, asked.languages)
    say(f"making {len(recipes)} pages")
    if not asked.keep:
        return [pages.make(recipe, folder, asked.seed) for recipe in recipes]
    asked.keep.mkdir(parents=True, exist_ok=True)
    made = [pages.make(recipe, asked.keep, asked.seed) for recipe in recipes]
    for page in made:
        page.path.with_suffix(".txt").write_text(page.known, "utf-8")
    return made


def _keep_answers(folder: Path, batch: Batch) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for reading in batch.readings:
        path = folder / f"{reading.page.path.stem}.txt"
        path.write_text(reading.error or reading.text, "utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks reading", description=__doc__)
    add = parser.add_argument
    add("--pages", type=int, metavar="N", help="so many pages, evenly from all kinds")
    add("--seed", type=int, default=1, help="another seed makes other pages (default: 1)")
    add("--kinds", type=_names(pages.KINDS), default=(), help=", ".join(pages.KINDS))
    add("--languages", type=_names(LANGUAGES), default=(), help=", ".join(LANGUAGES))
    add("--folder", type=Path, metavar="DIR", help="documents with a .txt beside each, instead")
    add("--olmocr", type=Path, metavar="DIR", help="a folder of olmOCR-bench, instead")
    add("--tell-language", action="store_true", help="tell the reader each page's language")
    add("--endpoint", metavar="URL", help="an OpenAI-compatible endpoint; its key: OPENAI_API_KEY")
    add("--model", metavar="M", help="the model of that endpoint")
    add("--embedded", action="store_true", help="beside an endpoint: the embedded reader as well")
    add("--reader", metavar="NAME", help="a reader that Lector knows by this name, as well")
    add("--lector", type=Path, metavar="DIR", help="another checkout, whose Lector reads")
    add("--against", type=Path, metavar="FILE|DIR", help="the JSON or the checkout of before")
    add("--keep", type=Path, metavar="DIR", help="keep pages, known texts and answers there")
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
