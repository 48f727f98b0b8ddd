"""Whether an answer repeats itself, as a model that is stuck does; pages repeat a good deal, too.

A run is a stretch of text in which the same piece comes again and again, of any length and anywhere
in the text. How long one must be depends on what it is made of: a table of zeros, a form of empty
lines, a sheet of labels or a page of dotted leaders is a page; a sentence forty times is not.
A second look takes all numbers for the same, and finds lists that do nothing but count.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

# Pieces up to the longest of these are found; each costs one pass over the text.
_SCALES = (16, 64, 256, 1024, 2048, 4096, 8192, 16384)
_BLANKS = re.compile(r"[^\S\n]+")
_LINE_ENDS = re.compile(r" ?\n[\s]*")
# What is there to be filled in, or to lead the eye: its length says nothing.
_LEADERS = re.compile(
    r"([.\-_=*~·…—–#]|<br ?/?>\n?|&(?:nbsp|emsp|ensp);|\\(?:[._-]|[lc]?dots|q?quad|hfill|dotfill))"
    r"(?: ?\1){3,}"
)
# Longer than any line of them on paper.
_LONGEST_LEADER = 2000
_NUMBER = re.compile(r"\d+")
_POINT = re.compile(r"^\W*\d+[.):]* ")
_TO_FILL_IN = re.compile(
    r"([._\-=·…—–])\1{3}|[☐□▢○◯]|\[ ?\]|\( ?\)|\| ?\||:$|<t[dh]>\s*</t[dh]>|lorem ipsum",
    re.IGNORECASE | re.MULTILINE,
)

# More rows than a page of a real table has, and more characters.
_MOST_ROWS, _LARGEST_TABLE = 120, 8000
_MOST_LABELS, _LARGEST_SHEET = 100, 4500
_MOST_COUNTED, _MOST_COUNTED_SENTENCES, _MOST_NUMBERS = 100, 30, 300
# Shorter lines are what a column of a table is read as; longer ones are sentences.
_SHORT_LINE, _LONG_LINE = 12, 50
_HEADING = 40
_MANY_LINES, _FEW_OF_THEM = 200, 0.05


@dataclass(frozen=True)
class Run:
    """A stretch of a text that is the same piece, over and over; `start` is where it begins."""

    piece: str
    start: int
    length: int

    @property
    def times(self) -> int:
        """How many times the piece is there, in whole."""
        return self.length // len(self.piece)

    @property
    def words(self) -> str:
        """The piece from the beginning of a line, if it has one."""
        before, end, after = self.piece.rpartition("\n")
        return after + before + end


def find_loop(text: str) -> Run | None:
    """Where a text repeats itself without end, and what; None if it is like a page.

    Takes time in proportion to the length of the text.
    """
    text = _BLANKS.sub(" ", text.casefold())
    for found in _LEADERS.finditer(text):
        if len(found[0]) >= _LONGEST_LEADER:
            return Run(found[1], found.start(), len(found[0]))
    text = _LEADERS.sub(r"\1\1\1\1", text)
    text = _LINE_ENDS.sub("\n", text).strip()
    for run in find_runs(text):
        if _is_loop(run):
            return run
    counted = _CountedText(text)
    for run in find_runs(counted.alike):
        if counted.is_count(run):
            return run
    return _few_lines(text)


def find_runs(text: str) -> Iterator[Run]:
    """Stretches in which a piece comes at least twice, those of short pieces first.

    A stretch that is shorter than three times the scale at which its piece is looked for may be
    left out, and one may come more than once.
    """
    for scale in _SCALES:
        at = 0
        while at + 2 * scale <= len(text):
            # A piece no longer than the scale comes again at exactly its own length.
            again = text.find(text[at : at + scale], at + 1, at + 2 * scale)
            if again < 0:
                at += scale
                continue
            period = again - at
            start, end = _start(text, at, period), _end(text, again, period)
            yield Run(text[start : start + period], start, end - start)
            at = max(end - period, at + scale)


def _end(text: str, at: int, period: int) -> int:
    """Where the text stops to be what it was a period before."""
    step = period
    while step:
        if (
            at + step <= len(text)
            and text[at : at + step] == text[at - period : at - period + step]
        ):
            at += step
            step *= 2
        else:
            step //= 2
    return at


def _start(text: str, at: int, period: int) -> int:
    """Where the text begins to be what it is a period later."""
    step = period
    while step:
        if step <= at and text[at - step : at] == text[at - step + period : at + period]:
            at -= step
            step *= 2
        else:
            step //= 2
    return at


def _is_loop(run: Run) -> bool:
    """Whether a run is more than any page has of its kind."""
    if not any(map(str.isalpha, run.piece)):
        return run.length >= (_LARGEST_TABLE if "\n" in run.piece else 1500)
    if "\n" not in run.piece and "<tr" not in run.piece:
        return _is_loop_of_words(run)
    if _is_row_or_form(run.piece):
        return run.times >= _MOST_ROWS or run.length >= _LARGEST_TABLE
    return (run.length >= _LARGEST_TABLE and run.times >= 3) or _is_loop_of_lines(run)


def _is_loop_of_lines(run: Run) -> bool:
    """The same of lines, and of blocks of lines; from the beginning they may be labels."""
    if _line_length(run.piece) >= _LONG_LINE:
        return run.times >= 10 and run.length >= 800
    if run.start <= _HEADING:
        most = _MOST_LABELS if "\n" in run.piece.strip() else 70
        return run.times >= most or run.length >= _LARGEST_SHEET
    if _line_length(run.piece) <= _SHORT_LINE:
        return run.times >= 60
    return run.times >= 15 and run.length >= 300


def _is_loop_of_words(run: Run) -> bool:
    """The same within a line: rows of a table have a cell for each day of a month."""
    if "|" in run.piece or _TO_FILL_IN.search(run.piece):
        return run.times >= 40 and run.length >= 600
    if len(run.piece) < 12:
        return run.times >= 30 and run.length >= 200
    return run.times >= 10 and run.length >= 240


def _is_row_or_form(piece: str) -> bool:
    return "|" in piece or "\t" in piece or "<tr" in piece or _TO_FILL_IN.search(piece) is not None


def _line_length(piece: str) -> float:
    return len(piece) / max(1, piece.count("\n"))


class _CountedText:
    """A text in which all numbers are alike, and those that it has."""

    def __init__(self, text: str) -> None:
        self.alike = _NUMBER.sub("0", text)
        self._numbers = [int(found[0][-15:]) for found in _NUMBER.finditer(text)]
        self._places = [found.start() for found in re.finditer("0", self.alike)]

    def is_count(self, run: Run) -> bool:
        """Whether a run does nothing but count, for longer than any list."""
        in_piece = run.piece.count("0")
        if not in_piece or run.times < _most_counted(run):
            return False
        first = bisect_left(self._places, run.start)
        numbers = self._numbers[first : first + run.times * in_piece]
        has_words = any(map(str.isalpha, run.piece))
        columns = (numbers[column::in_piece] for column in range(in_piece))
        return all(_counts(column, begins_anew=has_words) for column in columns)


def _most_counted(run: Run) -> int:
    if not any(map(str.isalpha, run.piece)):
        return _MOST_NUMBERS
    if _is_row_or_form(run.piece):
        return _MOST_ROWS
    is_sentence = _line_length(run.piece) >= _LONG_LINE
    return _MOST_COUNTED_SENTENCES if is_sentence else _MOST_COUNTED


def _counts(numbers: list[int], *, begins_anew: bool) -> bool:
    """Whether numbers go on by the same step, or stay, but for a few.

    Those of sections (1.1, 1.2, 2.1) stay for a while, or begin anew; so do those of calendars,
    which have no words.
    """
    pairs = list(pairwise(numbers))
    steps = Counter(after - before for before, after in pairs)
    if not steps or max(steps.values()) >= 0.9 * len(pairs):
        return True
    onward = Counter(after - before for before, after in pairs if after not in (before, numbers[0]))
    return begins_anew and max(onward.values(), default=0) >= 0.9 * onward.total()


def _few_lines(text: str) -> Run | None:
    """Many lines of which few are different, in whatever order; None if it is not so.

    The numbers of points do not count, those within lines do: a list of serial numbers is a page.
    """
    lines = text.split("\n")
    if len(lines) < _MANY_LINES:
        return None
    lines = [_POINT.sub("", line) for line in lines if any(map(str.isalpha, line))]
    lines = [line for line in lines if not _is_row_or_form(line)]
    counted = Counter(lines)
    if len(lines) < _MANY_LINES or len(counted) > _FEW_OF_THEM * len(lines):
        return None
    [(line, times)] = counted.most_common(1)
    return Run(line, text.index(line), times * len(line))
