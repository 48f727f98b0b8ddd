"""A page's text in pieces of a bounded size: whole paragraphs, and tables, where they fit."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import groupby

from lector.domain import plain_text

_TABLE_BEGINS = re.compile(r"\s{0,8}<table\b", re.IGNORECASE)
_TABLE_ENDS = re.compile(r"</table\s{0,8}>", re.IGNORECASE)
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(?=\S)")
_MOST_OF_HEADING = 200
_LOOKED_AT = 1000  # of a heading, which may be as long as its page
_ROW_ENDS = (re.compile(r"\n|</tr>", re.IGNORECASE), re.compile(r"\s"))
_SENTENCE_ENDS = (
    re.compile(r"[.!?…。！？]['\"”’»)\]]{0,4}\s"),
    re.compile(r"\n"),
    re.compile(r"\s"),
)


class _Kind(Enum):
    BLANK = auto()
    TEXT = auto()
    HEADING = auto()
    TABLE = auto()


@dataclass(frozen=True)
class _Span:
    start: int
    end: int
    kind: _Kind


@dataclass(frozen=True)
class Piece:
    """A piece of a text from `start` to `end`, in code points.

    `heading` is the one that it stands under, without its marks, in at most 200 characters; it may
    be the piece's own.
    """

    start: int
    end: int
    heading: str | None


def cut(text: str, most: int, heading: str | None = None) -> Iterator[Piece]:
    """A text in pieces of at most so many characters, in its order; white space is left out.

    Paragraphs follow each other in a piece as long as they fit. One that is longer is cut at the
    end of a sentence, a table between its rows. No piece ends with a heading if that can be
    avoided, and one begins where the piece before is half full. `heading` is that of the page
    before.
    """
    held: list[_Span] = []
    for span in _spans(text, most):
        if held and _is_full(held, span, most):
            done, held = _part(held, span, most)
            for spans in filter(None, done):
                piece = _piece(text, spans, heading)
                heading = _last_heading(text, spans) or heading
                yield piece
        held.append(span)
    if held:
        yield _piece(text, held, heading)


def last_heading(text: str) -> str | None:
    """The last heading of a text, without its marks; None if it has none."""
    return _last_heading(text, list(_blocks(text)))


def _is_full(held: Sequence[_Span], span: _Span, most: int) -> bool:
    begins = span.kind is _Kind.HEADING and held[-1].kind is not _Kind.HEADING
    return span.end - held[0].start > most or (begins and held[-1].end - held[0].start > most // 2)


def _part(
    held: Sequence[_Span], span: _Span, most: int
) -> tuple[tuple[Sequence[_Span], ...], list[_Span]]:
    """What pieces are made of now, and what begins the next one: headings of what follows."""
    behind = len(held)
    while behind and held[behind - 1].kind is _Kind.HEADING:
        behind -= 1
    headings = list(held[behind:])
    if headings and span.end - headings[0].start > most:
        return (held[:behind], headings), []
    return (held[:behind],), headings


def _piece(text: str, spans: Sequence[_Span], heading: str | None) -> Piece:
    first = spans[0]
    own = _heading(text, first) if first.kind is _Kind.HEADING else None
    return Piece(first.start, spans[-1].end, own or heading)


def _last_heading(text: str, spans: Sequence[_Span]) -> str | None:
    found = [span for span in spans if span.kind is _Kind.HEADING]
    return _heading(text, found[-1]) if found else None


def _heading(text: str, span: _Span) -> str:
    line = text[span.start : min(span.end, span.start + _LOOKED_AT)]
    words = plain_text.of_heading(line) or line.strip()  # a part of a long one has no marks
    return words[:_MOST_OF_HEADING].rstrip()


def _spans(text: str, most: int) -> Iterator[_Span]:
    """Blocks, those that are longer than a piece in parts."""
    for block in _blocks(text):
        ways = _ROW_ENDS if block.kind is _Kind.TABLE else _SENTENCE_ENDS
        for start, end in _parts(text, block.start, block.end, most, ways):
            part = text[start:end]
            if printed := part.strip():
                begin = start + part.index(printed)
                yield _Span(begin, begin + len(printed), block.kind)


def _parts(
    text: str, start: int, end: int, most: int, ways: Sequence[re.Pattern[str]]
) -> Iterator[tuple[int, int]]:
    while end - start > most:
        middle = _break(text, start + most // 2, start + most, ways)
        yield start, middle
        start = middle
    yield start, end


def _break(text: str, low: int, high: int, ways: Sequence[re.Pattern[str]]) -> int:
    """Where to cut between two places: as late as can be, by the first way that there is."""
    for way in ways:
        ends = [found.end() for found in way.finditer(text, low, high)]
        if ends:
            return ends[-1]
    return high


def _blocks(text: str) -> Iterator[_Span]:
    """Paragraphs, headings and tables."""
    for (_, kind), lines in groupby(_lines(text), lambda line: line[:2]):
        spans = list(lines)
        if kind is not _Kind.BLANK:
            yield _Span(spans[0][2], spans[-1][3], kind)


def _lines(text: str) -> Iterator[tuple[int, _Kind, int, int]]:
    """Each line with what it is, and a number that those of one block have in common."""
    at, until, may_end = 0, 0, True
    lines = text.split("\n")
    code = _fenced(lines)
    for number, line in enumerate(lines):
        end = at + len(line)
        if at >= until and may_end and _TABLE_BEGINS.match(line):
            found = _TABLE_ENDS.search(text, at)
            may_end = found is not None  # else no table ends behind this place
            until = found.end() if found else until
        if at < until:
            yield until, _Kind.TABLE, at, end
        elif not line.strip():
            yield 0, _Kind.BLANK, at, end
        elif line.lstrip().startswith("|"):
            yield 0, _Kind.TABLE, at, end
        elif number not in code and _HEADING.match(line):
            yield at + 1, _Kind.HEADING, at, end
        else:
            yield 0, _Kind.TEXT, at, end
        at = end + 1


def _fenced(lines: Sequence[str]) -> set[int]:
    """Which lines are code between two fences; a fence that no other closes opens nothing."""
    found: set[int] = set()
    opened, fence = 0, None
    for number, line in enumerate(lines):
        if fence is None:
            opened, fence = number, plain_text.opens_code(line)
        elif line.strip() == fence:
            found.update(range(opened, number))
            fence = None
    return found
