"""Numbers of an answer held against those that a page carries: what people pay is one of them.

A number that stands in another's place is a change, be it only a digit, and an amount that is gone
from between its neighbours is a loss. How thousands and decimals are parted makes no difference,
nor do the numbers of lists, pages and notes, which readers write as they like.
"""

import re
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise, takewhile
from typing import NamedTuple

from functions.llm import presence
from lector.domain.alignment import answers, units

_TOKEN = re.compile(r"(?P<number>\d+(?:[.,'\u2019\u066b\u066c]\d+)*)|[^\W\d_]+")
# Spaces that do not break part thousands and nothing else.
_UNBROKEN = re.compile(r"(?<=\d)[\u00a0\u2007\u2009\u202f](?=\d{3}(?!\d))")
# It stands for a word, or a number, of which nobody knows what it is.
_ILLEGIBLE = re.compile(r"\[illegible\]", re.IGNORECASE)
_MOST_WORDS = 200_000
# Markdown's own numbers, of points and of notes.
_MARKUP = re.compile(r"^[ \t]*\d{1,3}[.)](?=\s)|\[\^\d{1,3}\]", re.MULTILINE)

_NOTE_DIGITS = 3  # of a mark at most, where it is attached to a word
_LONG_DIGITS, _LONGEST_DIGITS = 5, 40  # by so many a number is known without its neighbours
_LOST_DIGITS = 3  # of a number that is missed between its neighbours
_SEVERAL = 2  # numbers that are no amounts
_LOST_SHARE, _LOST_AT_LEAST = 0.1, 4  # of the numbers with two digits and more, wherever they stood
_SERIES = 4  # numbers at least that grow by the same step
_MOST_PARTS = 4  # of one number, where spaces part it
_MOST_QUOTED = 4


class _Token(NamedTuple):
    """A word, or a number in the one form in which numbers are compared, and as it is written.

    `digits` is empty for a word. A number may be `attached` to letters before it, as the marks of
    notes are.
    """

    text: str
    written: str
    digits: str = ""
    attached: bool = False

    @property
    def is_amount(self) -> bool:
        """Whether it is written with decimals, or its thousands are parted."""
        return self.digits != "" and not self.written.isdigit()

    @property
    def counts(self) -> bool:
        """Whether it is a number that no reader leaves out, or writes otherwise, for its looks."""
        return self.digits != "" and not (self.attached and len(self.digits) <= _NOTE_DIGITS)


_Neighbours = tuple[str | None, _Token, str | None]
_Likeness = tuple[str, str | None, str | int | None]


class NumberChanges:
    """The numbers of what a page carries, held against those of an answer.

    An answer may have the numbers that are `known` to stand there as well, and with
    `extra_expected` any others.
    """

    def __init__(
        self, carried: str, answer: str, *, known: str | None = None, extra_expected: bool = False
    ) -> None:
        without_markup = _MARKUP.sub(" ", answer)
        self._wanted, self._all_found = _tokens(carried), _tokens(answer)
        self._found = self._all_found if without_markup == answer else _tokens(without_markup)
        allowed = self._wanted if known is None else _tokens(known)
        self._missing = _count(self._wanted) - _count(self._all_found)
        self._extra = _count(self._found) - _count(allowed)
        self._extra_expected = extra_expected
        _join(self._wanted, self._missing, self._extra)
        _join(self._found, self._extra, self._missing)

    def reasons(self) -> Iterator[str]:
        """What speaks against the answer, for people."""
        changes = [*self._swaps(), *self._changes()]
        changed = [f"{_quote(one)} as {_quote(other)}" for one, other in changes]
        if changed:
            yield f"{_numbers(changed)} changed, such as {', '.join(changed[:_MOST_QUOTED])}"
        lost = [_quote(one.written) for one in self._losses()]
        if lost:
            yield f"{_numbers(lost)} missing, such as {', '.join(lost[:_MOST_QUOTED])}"

    def _swaps(self) -> Iterator[tuple[str, str]]:
        """Numbers in whose places others of the page stand, and they in theirs."""
        others = _by_place(self._found)
        moved = {
            (number.text, others[place].text): (number.written, others[place].written)
            for place, number in _by_place(self._wanted).items()
            if place in others and others[place].text != number.text
        }
        for (one, other), written in moved.items():
            if (other, one) in moved:
                yield written

    def _changes(self) -> Iterator[tuple[str, str]]:
        """Numbers with what stands in their places, as their neighbours or their digits say."""
        others: dict[_Likeness, deque[_Token]] = defaultdict(deque)
        for neighbours in _neighbours(self._found):
            if self._extra[neighbours[1].text] > 0:
                for likeness in self._likenesses(neighbours):
                    others[likeness].append(neighbours[1])
        for neighbours in _neighbours(self._wanted):
            number = neighbours[1]
            if self._missing[number.text] > 0:
                other = self._take(others, self._likenesses(neighbours))
                if other is not None:
                    self._missing[number.text] -= 1
                    yield number.written, other.written

    def _take(
        self, others: dict[_Likeness, deque[_Token]], likenesses: Iterable[_Likeness]
    ) -> _Token | None:
        """The first number with one of these likenesses that stands for no other yet."""
        for likeness in likenesses:
            alike = others.get(likeness, ())
            while alike:
                other = alike.popleft()
                if self._extra[other.text] > 0:
                    self._extra[other.text] -= 1
                    return other
        return None

    def _likenesses(self, neighbours: _Neighbours) -> Iterator[_Likeness]:
        """What a number has in common with one that is written in its place, surest first."""
        before, number, behind = neighbours
        digits, length = number.digits, len(number.digits)
        yield "between", before, behind
        if length > 1:
            yield "behind", before, length
            yield "before", behind, length
        if length >= _LONG_DIGITS and not self._extra_expected:
            yield "in another order", "".join(sorted(digits)), length
            for place in range(min(length, _LONGEST_DIGITS)):
                yield "but one digit", digits[:place] + "_" + digits[place + 1 :], length

    def _losses(self) -> list[_Token]:
        """Numbers that are missing, if they are amounts, too many, or gone from their places."""
        lost = self._lost()
        amounts = [one for one in lost if one.is_amount and len(one.digits) >= _LOST_DIGITS]
        allowed = _LOST_SHARE * sum(one.counts and len(one.digits) > 1 for one in self._wanted)
        if len(amounts) >= _SEVERAL or len(lost) > max(_LOST_AT_LEAST, allowed):
            return lost
        gone = [one for one in self._gone() if one in lost]
        return gone if len(gone) >= _SEVERAL or any(one.is_amount for one in gone) else []

    def _lost(self) -> list[_Token]:
        """Numbers of at least two digits that are missing, but for those that only count lines."""
        if not +self._missing:
            return []
        there = presence.find(_texts(self._wanted), _texts(self._all_found))
        left, lost = self._missing.copy(), []
        for token, is_there in zip(self._wanted, there, strict=True):
            if not is_there and token.counts and left[token.text] > 0:
                left[token.text] -= 1
                lost.append(token)
        return [one for one in _without_series(lost) if len(one.digits) > 1]

    def _gone(self) -> Iterator[_Token]:
        """Numbers, or runs of them, whose neighbours stand side by side in the answer."""
        joined = _pairs(self._found) - _pairs(self._wanted)
        runs = [(key, list(run)) for key, run in groupby(self._wanted, self._is_missing)]
        for (_, before), (missing, run), (_, behind) in zip(runs, runs[1:], runs[2:], strict=False):
            if missing and joined[before[-1].text, behind[0].text] > 0:
                yield from (one for one in run if len(one.digits) >= _LOST_DIGITS)

    def _is_missing(self, token: _Token) -> bool:
        return token.counts and self._missing[token.text] > 0


def has_markup(answer: str) -> bool:
    """Whether an answer has numbers that Markdown alone has: of points and of notes."""
    return _MARKUP.search(answer) is not None


def _tokens(text: str) -> list[_Token]:
    text = _UNBROKEN.sub("", _ILLEGIBLE.sub(" illegible ", text))
    plain = answers.without_markup(text)
    return [
        token
        for key, written in units.keys(plain, _MOST_WORDS)
        for token in _tokens_of(key, written)
    ]


def _tokens_of(key: str, written: str) -> Iterator[_Token]:
    """A word as it is, or the numbers of one with digits and what letters stand beside them."""
    if key.isalpha() or not any(map(str.isdecimal, key)):
        yield _Token(key, key)
        return
    written = written.replace(units.FILLER, "")
    for found in _TOKEN.finditer(written):
        yield _token(found, written)


def _token(found: re.Match[str], text: str) -> _Token:
    written = found[0]
    simple = written.isascii() and written.isalnum()
    plain = written.lower() if simple else units.key_of(written)
    if found["number"] is None:
        return _Token(plain, plain)
    before = text[found.start() - 1 : found.start()]
    attached = before.lower() != before.upper()  # without case a number stands among letters
    # The zero of 09:30 is written or not.
    number = plain.removeprefix("0") if len(plain) == 2 else plain
    return _Token(number, written, plain.replace(".", ""), attached)


def _count(tokens: Sequence[_Token]) -> Counter[str]:
    return Counter(token.text for token in tokens if token.digits)


def _pairs(tokens: Sequence[_Token]) -> Counter[tuple[str, str]]:
    return Counter(pairwise(_texts(tokens)))


def _texts(tokens: Sequence[_Token]) -> list[str]:
    return [token.text for token in tokens]


def _by_place(tokens: Sequence[_Token]) -> dict[tuple[str, str], _Token]:
    """Numbers by what stands before and behind them, where no other has the same neighbours."""
    places: dict[tuple[str, str], list[_Token]] = defaultdict(list)
    for before, token, behind in _neighbours(tokens):
        if before is not None and behind is not None:
            places[before, behind].append(token)
    return {place: found[0] for place, found in places.items() if len(found) == 1}


def _neighbours(tokens: Sequence[_Token]) -> Iterator[_Neighbours]:
    """Each number that counts with what stands before and behind it."""
    texts = [None, *(token.text for token in tokens), None]
    for place, token in enumerate(tokens):
        if token.counts:
            yield texts[place], token, texts[place + 2]


def _join(tokens: Sequence[_Token], parts: Counter[str], whole: Counter[str]) -> None:
    """Take off both what one text writes as 12 480 75 and the other as 12,480.75."""
    by_digits = {text.replace(".", ""): text for text, count in whole.items() if count > 0}
    for start, first in enumerate(tokens if by_digits else ()):
        row = list(takewhile(lambda one: one.digits, tokens[start : start + _MOST_PARTS]))
        for end in range(2, len(row) + 1):
            joined = by_digits.get("".join(one.digits for one in row[:end]), "")
            pieces = Counter(one.text for one in row[:end])
            if first.digits and whole[joined] > 0 and pieces <= parts:
                whole[joined] -= 1
                parts.subtract(pieces)
                break


def _without_series(numbers: Sequence[_Token]) -> list[_Token]:
    """Without numbers that grow by the same step again and again, as those of lines and rows do."""
    values = [_value(one) for one in numbers]
    steps = [round(behind - before, 6) for before, behind in pairwise(values)]
    step, times = max(Counter(steps).items(), key=lambda item: item[1], default=(0.0, 0))
    if times < _SERIES - 1 or step <= 0:
        return list(numbers)
    in_series = {
        end for place, one in enumerate(steps) if one == step for end in (place, place + 1)
    }
    return [one for place, one in enumerate(numbers) if place not in in_series]


def _value(number: _Token) -> float:
    whole, _, rest = number.text.partition(".")
    return float(f"{whole}.{rest.replace('.', '') or 0}")


def _quote(written: str) -> str:
    return f"\u201c{written[:_LONGEST_DIGITS]}\u201d"


def _numbers(found: Sequence[str]) -> str:
    return "1 number is" if len(found) == 1 else f"{len(found)} numbers are"
