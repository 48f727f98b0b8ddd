"""Doubts in words: which pages should be looked at before their text is believed, and why."""

from collections.abc import Iterator, Mapping, Sequence

from lector.cli import output
from lector.cli.answers import Json
from lector.domain.doubts import DoubtCode

_SENTENCES = {str(code): code.sentence for code in DoubtCode}
_MOST_APART = 3
"""Of more pages that have different words for one doubt, its general sentence is said."""


def doubts_of(page: Json) -> list[Json]:
    """What speaks against a page's text; a server of before knows of nothing."""
    found: list[Json] = page.get("doubts") or []
    return found


def count_words(count: int) -> str:
    """How many pages should be looked at; empty for none."""
    return f"{output.count(count, 'page')} to look at" if count else ""


def describe_page(page: Json) -> str:
    """Why a page should be looked at; empty if nothing speaks against its text."""
    reasons = "; ".join(str(doubt["detail"]) for doubt in doubts_of(page))
    return f"to look at: {reasons}" if reasons else ""


def describe_pages(pages: Sequence[Json]) -> str:
    """Which pages should be looked at, and why, in one line; empty if none should.

    Pages are named together by what speaks against them, so the line stays short for any number.
    """
    reasons: dict[str, dict[int, str]] = {}
    for page in pages:
        for doubt in doubts_of(page):
            reasons.setdefault(str(doubt["code"]), {})[page["number"]] = str(doubt["detail"])
    sentences: dict[str, list[str]] = {}
    for code, details in reasons.items():
        for names, sentence in _describe_doubt(code, details):
            sentences.setdefault(names, []).append(sentence)
    parts = [f"{names} ({'; '.join(said)})" for names, said in sentences.items()]
    count = sum(bool(doubts_of(page)) for page in pages)
    return f"{count_words(count)}: {', '.join(parts)}" if count else ""


def _describe_doubt(code: str, details: Mapping[int, str]) -> Iterator[tuple[str, str]]:
    """Those pages, by number, about which there is a doubt of this code, and what it says."""
    sentences = set(details.values())
    if len(sentences) > 1 and len(details) <= _MOST_APART:
        for number, detail in sorted(details.items()):
            yield _name_pages([number]), detail
        return
    sentence = sentences.pop() if len(sentences) == 1 else _SENTENCES.get(code, code)
    yield _name_pages(sorted(details)), sentence


def _name_pages(numbers: Sequence[int]) -> str:
    """Page numbers in ascending order, as a selection would have them: pages 2, 5-7."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and ranges[-1][-1] == number - 1:
            ranges[-1][1:] = [number]
        else:
            ranges.append([number])
    names = ", ".join("-".join(map(str, ends)) for ends in ranges)
    return f"{'page' if len(numbers) == 1 else 'pages'} {names}"
