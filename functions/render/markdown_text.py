"""Rows of a page as Markdown: paragraphs, headings by the size of the print, tables."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from re import compile as pattern
from statistics import median

from functions.render.page_tables import Table
from functions.render.reading_order import Column, Segment
from functions.render.text_lines import SOFT_HYPHEN, Box, Line, Word, clean

_LARGER = ((1.8, "# "), (1.45, "## "), (1.2, "### "))
_LONGEST_HEADING = 120
_SIZES = 0.12  # sizes that differ by more are two kinds of print
_LEADING = 1.3  # more than that between two rows, in shares of the usual, is a gap
_INDENT = 0.9
_SPREAD = 1.2
_CHARACTER_GAP = 0.25
_FEWEST_WORDS = 3.5
_ITEM = pattern(r"([•▪◦‣▸►➢✓✗□○●■–—*·-]|\(?(\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]|\d+(\.\d+)+\.?)$")
_HYPHENS = "-\u2010" + SOFT_HYPHEN
_WITHOUT_SPACES = (
    "CJK",
    "HIRAGANA",
    "KATAKANA",
    "IDEOGRAPHIC",
    "FULLWIDTH",
    "THAI",
    "LAO",
    "KHMER",
)


@dataclass
class Writing:
    """A text that grows: its Markdown, its words with their places, and where paragraphs begin."""

    parts: list[str] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    places: list[tuple[int, Box]] = field(default_factory=list)
    length: int = 0

    def add(self, text: str, words: Sequence[Word], gap: str = "\n\n") -> None:
        """A paragraph."""
        if not text:
            return
        if self.parts:
            self.parts.append(gap)
            self.length += len(gap)
        boxes = [word.box for word in words]
        self.places.append((self.length, _bounds(boxes)))
        self.parts.append(text)
        self.length += len(text)
        self.words += words

    def text(self) -> str:
        """All of it."""
        return "".join(self.parts)

    def offset(self, box: Box) -> int:
        """Where the text of something that stands in a box belongs."""
        across = [(at, p) for at, p in self.places if p[0] < box[2] and box[0] < p[2]]
        above = [(p[3], at) for at, p in across if (p[1] + p[3]) / 2 <= (box[1] + box[3]) / 2]
        if above:
            last = max(above)[1]
            following = [at for at, _ in self.places if at > last]
            return min(following, default=self.length)
        return min((at for at, _ in across), default=self.length)


def write(columns: Sequence[Column], others: Sequence[Line]) -> Writing:
    """Columns in reading order, then the lines that go in another direction, as Markdown."""
    writing = Writing()
    body = _body_size(columns)
    for column in columns:
        for rows in _paragraphs(column):
            if isinstance(table := rows[0][0].thing, Table):
                writing.add(*_table(table))
            else:
                writing.add(*_paragraph(rows, column, body))
    for line in others:
        writing.add(*_join([line.words], [" "]))
    return writing


def _body_size(columns: Sequence[Column]) -> float:
    """The size of print that most characters have."""
    exact: dict[float, int] = {}
    for column in columns:
        for segment in (segment for row in column.rows for segment in row):
            for word in segment.words:
                exact[word.size] = exact.get(word.size, 0) + len(word.text)
    counts: dict[float, int] = {}
    for size, count in exact.items():
        rounded = round(size * 2) / 2
        counts[rounded] = counts.get(rounded, 0) + count
    return max(counts, key=lambda size: (counts[size], -size), default=0.0)


Row = list[Segment]


def _paragraphs(column: Column) -> Iterator[list[Row]]:
    """The rows of a column that stand together."""
    leading = _usual_leading(column.rows)
    rows: list[Row] = []
    for row in column.rows:
        if rows and _is_apart(rows[-1], row, leading):
            yield rows
            rows = []
        rows.append(row)
    if rows:
        yield rows


def _usual_leading(rows: Sequence[Row]) -> float:
    """From baseline to baseline, in shares of the size of print."""
    shares = [
        (row[0].base - before[0].base) / before[0].size
        for before, row in pairwise(rows)
        if _same_size(before, row) and before[0].words and row[0].words
    ]
    usual = sorted(share for share in shares if 0.9 < share < 2.2)
    return usual[len(usual) // 3] if usual else 1.4


def _is_apart(before: Row, row: Row, leading: float) -> bool:
    if before[0].thing or row[0].thing or not _same_size(before, row):
        return True
    distance = (row[0].base - before[0].base) / _row_size(before)
    return distance > _LEADING * leading or distance < 0


def _row_size(row: Row) -> float:
    return row[0].size if len(row) == 1 else max(segment.size for segment in row)


def _same_size(before: Row, row: Row) -> bool:
    one, other = _row_size(before), _row_size(row)
    return abs(one - other) <= _SIZES * max(one, other)


def _paragraph(rows: list[Row], column: Column, body: float) -> tuple[str, list[Word]]:
    """Rows that stand together: joined where the writing goes on, on lines of their own if not."""
    words = [[word for segment in row for word in segment.words] for row in rows]
    heading = _heading(rows, words, body)
    if heading:
        joints = [" "] * (len(rows) - 1)
    elif _each_begins_anew(rows) or _is_list(rows):
        joints = ["\n"] * (len(rows) - 1)
    else:
        edge = _right_edge(rows, column)
        hanging = _hangs(rows)
        joints = [_joint(*pair, edge, hanging=hanging) for pair in pairwise(rows)]
    text, kept = _join(words, joints)
    return heading + text, kept


def _heading(rows: list[Row], words: list[list[Word]], body: float) -> str:
    text = " ".join(word.text for row in words for word in row)
    if len(text) > _LONGEST_HEADING or not any(map(str.isalpha, text)) or len(rows) > 3:
        return ""
    if any(map(_is_spread, rows)):
        return ""
    size = min(_row_size(row) for row in rows)
    return next((mark for factor, mark in _LARGER if size >= factor * body), "")


def _each_begins_anew(rows: list[Row]) -> bool:
    """Whether no row goes on with a small letter: an address, a poem, a list."""
    firsts = [row[0].words[0].text for row in rows[1:]]
    lasts = [row[-1].words[-1].text for row in rows[:-1]]
    cased = [first.lstrip("\"'“‘(«")[:1] for first in firsts]
    if not any(first.isupper() or first.isdigit() for first in cased):
        return False
    if any(last[-1] in _HYPHENS for last in lasts):
        return False
    return not any(first.islower() for first in cased) and any(
        char.islower() for row in rows for word in row[0].words for char in word.text
    )


def _is_list(rows: list[Row]) -> bool:
    """Whether rows are short and of no common length, as in an index."""
    counts = [sum(len(segment.words) for segment in row) for row in rows]
    if len(rows) < 3 or sum(counts) >= _FEWEST_WORDS * len(rows):
        return False
    edges = [row[-1].right for row in rows[:-1]]
    full = sum(edge > max(edges) - 0.5 * rows[0][0].size for edge in edges)
    spaced = not _breaks(rows[0][0].words[0].text)
    return spaced and full < 0.6 * len(edges) and not any(map(_ends_divided, rows[:-1]))


def _ends_divided(row: Row) -> bool:
    return row[-1].words[-1].text[-1] in _HYPHENS


def _right_edge(rows: list[Row], column: Column) -> float:
    """How far writing may go: as far as rows of this paragraph do that are filled, or the column.

    Four rows or more, none of which could have held the next one's first word, show it themselves.
    """
    edges = [row[-1].right for row in rows]
    own = max(edges)
    full = sum(edge > own - 0.2 * _row_size(row) for edge, row in zip(edges, rows, strict=True))
    if full >= 3 or (len(rows) >= 4 and not any(_fits(*pair, own) for pair in pairwise(rows))):
        return own
    return max(
        (row[-1].right for row in column.rows if row[0].words and _same_size(rows[0], row)),
        default=own,
    )


def _fits(row: Row, following: Row, edge: float) -> bool:
    """Whether a row had room for the first word of the following one."""
    first = following[0]
    return row[-1].right + 0.25 * first.size + first.start <= edge


def _joint(row: Row, following: Row, edge: float, *, hanging: bool) -> str:
    """What stands between a row and the next: a space where the writing goes on."""
    first, last = following[0].words[0].text, row[-1].words[-1].text
    if _ITEM.match(first) or _is_spread(row) or _is_spread(following):
        return "\n"
    if _divided(last, first) or (_breaks(last) and not _fits_character(row, edge)):
        return " "
    indent, step = following[0].left - row[0].left, _INDENT * _row_size(row)
    if hanging and indent < -step:
        return "\n"
    if indent > step and not hanging and not _ITEM.match(row[0].words[0].text):
        return "\n\n" if _ends(last) else "\n"
    return "\n" if _fits(row, following, edge) else " "


def _hangs(rows: list[Row]) -> bool:
    """Whether the first row of each paragraph stands out, and not in."""
    lefts = [row[0].left for row in rows]
    deep = [left - min(lefts) > _INDENT * _row_size(rows[0]) for left in lefts]
    if deep[0] or not any(deep):
        return False
    pairs = list(pairwise(deep))
    return (True, True) in pairs or (False, False) not in pairs


def _is_spread(row: Row) -> bool:
    """Whether there are wide gaps in a row, as between names and their figures."""
    return any(s.left - before.right > _SPREAD * s.size for before, s in pairwise(row))


def _fits_character(row: Row, edge: float) -> bool:
    return row[-1].right + 1.1 * row[-1].size <= edge


def _ends(word: str) -> bool:
    return word.rstrip("\"'”’»)")[-1:] in tuple(".!?:…。")


def _breaks(word: str) -> bool:
    """Whether a script breaks its lines anywhere."""
    return unicodedata.name(word[-1], "").startswith(_WITHOUT_SPACES)


def _divided(last: str, first: str) -> str:
    """How a word that is divided at the end of a row begins; empty if it is not divided."""
    if len(last) < 2 or last[-1] not in _HYPHENS or not first[0].isalpha():
        return ""
    if first[0].islower() and (last[-2].isalpha() or last[-1] == SOFT_HYPHEN):
        return last[:-1]
    return last if last[-2].isalpha() else ""  # Barnes-Jewish, and what has no small letters


def _join(rows: Sequence[Sequence[Word]], joints: Sequence[str]) -> tuple[str, list[Word]]:
    """Rows of words as text, with a joint after each but the last; and the words of that text.

    A word that a hyphen divides at the end of a row is one word, which stands where it begins.
    """
    pieces: list[str] = []
    kept: list[Word] = []
    for row, before in zip(rows, ["", *joints], strict=False):
        joint = before
        for at, word in enumerate(row):
            text = clean(word.text)
            if not text:
                continue
            start = _divided(kept[-1].text, text) if at == 0 and kept and joint == " " else ""
            if start:
                kept[-1] = kept[-1].reading(start + text)
            else:
                pieces.append(_between(kept[-1], word, joint) if kept else "")
                kept.append(word.reading(text))
            joint = " "
            if at == 0 and _is_plain(row):
                pieces += [" "] * (len(row) - 1)
                kept += row[1:]
                break
    if any(SOFT_HYPHEN in word.text for word in kept):
        kept = [word.reading(word.text.replace(SOFT_HYPHEN, "") or "-") for word in kept]
    joined = [joint + word.text for joint, word in zip(pieces, kept, strict=True)]
    return "".join(joined), kept


def _is_plain(row: Sequence[Word]) -> bool:
    """Whether words are as they are read, with a space between any two of them: most are."""
    texts = [word.text for word in row]
    written = "".join(texts)
    return written.isascii() and written.isprintable() and all(texts)


def _between(last: Word, word: Word, joint: str) -> str:
    """What stands between two words: nothing in a script that knows no spaces."""
    if joint != " " or last.text.isascii() or word.text.isascii():
        return joint
    if not (_breaks(last.text) and _breaks(word.text[:1])):
        return joint
    (_, top, right, bottom), box = last.box, word.box
    across, down = box[0] - right, max(box[1] - bottom, top - box[3])
    is_gap = down < 0 and across > _CHARACTER_GAP * word.size
    return joint if is_gap else ""


def _table(table: Table) -> tuple[str, list[Word]]:
    lines: list[str] = []
    words: list[Word] = []
    for number, row in enumerate(table.rows):
        cells = []
        for cell in row:
            text, kept = _join([line.words for line in _in_order(cell)], [" "] * (len(cell) - 1))
            words += kept
            cells.append(text.replace("|", "\\|"))
        lines.append("| " + " | ".join(cells) + " |")
        if number == 0:
            lines.append("|" + " --- |" * len(row))
    return "\n".join(lines), words


def _in_order(cell: Sequence[Line]) -> list[Line]:
    size = median(line.words[0].size for line in cell) if cell else 1.0
    return sorted(cell, key=lambda line: (round(line.baseline[1] / size), line.words[0].box[0]))


def _bounds(boxes: Sequence[Box]) -> Box:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)
