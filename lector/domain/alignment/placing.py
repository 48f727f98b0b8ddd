"""From words that are each other's to places of words."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from lector.domain.alignment import anchors, answers, blocks, leftovers, same, units
from lector.domain.alignment.anchors import AnchorUnit, AnchorWord, Piece
from lector.domain.alignment.blocks import Matching
from lector.domain.alignment.gaps import NEAR, Gaps, Group
from lector.domain.alignment.units import Unit
from lector.domain.boxes import around, on_one_line
from lector.domain.word_places import Agreement, Box, MissingWord, PlacedWord, Places

_RARE_LETTERS = 4
"""A word of so many letters, or a number of so many digits less one, may tell a place alone."""
_SHORT = 2
_ENDS = frozenset(".!?\u2026\u3002\uff01\uff1f")


def align(text: str, anchor: Sequence[AnchorWord]) -> Places:
    """Where each word of an answer stands, and what the anchor says of it.

    Each word that is compared is in `words`, as a span with the punctuation that clings to it;
    20,000 at most of both sides. One that the anchor has has its boxes: two where it is broken at
    the end of a line. Where several words of the answer are one of the anchor's, each has its part
    of the box, and the first one has all that the anchor says in `other`. A word in whose place the
    anchor has an altogether different one is ALONE, with the box and that word in `other`; what is
    in nobody's `other` or place is in `missing`.
    """
    plain = answers.without_markup(text[: answers.MOST_CHARACTERS])
    alike = same.place(plain, anchor)
    if alike is not None:
        return alike
    said, seen = list(units.find(plain)), anchors.units_of(anchor)
    if _are_the_same(said, seen):
        return Places(tuple(map(_same, said, seen)))
    numbers: dict[str, int] = {}
    matching = blocks.match(
        [numbers.setdefault(unit.key, len(numbers)) for unit in said],
        [numbers.setdefault(unit.key, len(numbers)) for unit in seen],
        list(_lines(text, said)),
        [_is_rare(key) for key in numbers],
    )
    groups = _match_rest(matching, said, seen)
    return Places(
        tuple(_words(said, seen, matching, groups)),
        tuple(_missing(said, seen, matching, groups)),
    )


def _are_the_same(said: Sequence[Unit], seen: Sequence[AnchorUnit]) -> bool:
    """Whether both have the same words in the same order: then blocks would be all of them.

    Fewer than three words are no block, however often they come.
    """
    if len(said) != len(seen) or len(said) < blocks.REPEATED:
        return False
    return [unit.key for unit in said] == [unit.key for unit in seen]


def _match_rest(
    matching: Matching, said: Sequence[Unit], seen: Sequence[AnchorUnit]
) -> list[Group]:
    """Find partners for what blocks have left; those that are not one for one, and the same."""
    here, there = [unit.key for unit in said], [unit.key for unit in seen]
    boxes = [unit.pieces[0].box for unit in seen]
    gaps = Gaps(matching, here, there)
    leftovers.match_in_order(matching)
    gaps.close()
    leftovers.match_same(matching, boxes)
    gaps.close()
    near = leftovers.match_near(matching, boxes, here, there)
    return [*gaps.groups, *(Group((place,), (other,), ratio) for place, other, ratio in near)]


def _lines(text: str, said: Sequence[Unit]) -> Iterator[int]:
    """The number of the line, or of the sentence, that each word is in."""
    line = at = 0
    for unit in said:
        line += text.count("\n", at, unit.start)
        at = unit.start
        yield line
        line += text[unit.end - 1] in _ENDS


def _is_rare(key: str) -> bool:
    return len(key) >= _RARE_LETTERS - key.isdigit()


def _words(
    said: Sequence[Unit], seen: Sequence[AnchorUnit], matching: Matching, groups: Sequence[Group]
) -> Iterator[PlacedWord]:
    grouped = {place: word for group in groups for place, word in _of_group(said, seen, group)}
    for place, unit in enumerate(said):
        other = matching.to_anchor[place]
        if other >= 0:
            yield _same(unit, seen[other])
        else:
            yield grouped.get(place) or PlacedWord(unit.start, unit.end, (), Agreement.ALONE)


def _same(unit: Unit, partner: AnchorUnit) -> PlacedWord:
    sure = None if partner.confidence is None else _confidence([partner])
    return PlacedWord(unit.start, unit.end, _boxes(partner.pieces), Agreement.SAME, "", sure)


def _of_group(
    said: Sequence[Unit], seen: Sequence[AnchorUnit], group: Group
) -> Iterator[tuple[int, PlacedWord]]:
    partners = [seen[other] for other in group.anchor]
    pieces = [piece for partner in partners for piece in partner.pieces]
    written = " ".join(partner.text for partner in partners)
    confidence = _confidence(partners)
    one = "".join(said[place].key for place in group.answer)
    other = "".join(partner.key for partner in partners)
    parted = len(group.answer) != len(group.anchor)
    agreement = _agreement(one, other, group.ratio, parted=parted)
    same = agreement is Agreement.SAME
    lengths = [len(said[place].key) for place in group.answer]
    total, at = sum(lengths), 0
    for number, place in enumerate(group.answer):
        part = _part(pieces, at / total, (at + lengths[number]) / total, written)
        at += lengths[number]
        differs = "" if same or number else written
        unit = said[place]
        yield place, PlacedWord(unit.start, unit.end, _boxes(part), agreement, differs, confidence)


def _agreement(one: str, other: str, ratio: float, *, parted: bool) -> Agreement:
    if one == other or (parted and one.replace(".", "") == other.replace(".", "")):
        return Agreement.SAME
    # Of two numbers in one place, or two marks, one is the other's wrong reading, however unlike.
    alike = (
        ratio >= NEAR or max(len(one), len(other)) <= _SHORT or (_counts(one) and _counts(other))
    )
    return Agreement.NEAR if alike else Agreement.ALONE


def _counts(key: str) -> bool:
    return any(map(str.isdigit, key))


def _part(pieces: Sequence[Piece], start: float, end: float, text: str) -> list[Piece]:
    """What lies between two shares of the length of all pieces."""
    total = sum(piece.length for piece in pieces)
    begin, stop = start * total, end * total
    found, at = [], 0
    for piece in pieces:
        first, last = max(begin - at, 0), min(stop - at, piece.length)
        at += piece.length
        share = last - first
        if share >= piece.length - 0.5:
            found.append(piece)
        elif share >= 0.5:
            letters = text[0] * piece.length if text else " " * piece.length
            box = anchors.slice_box(piece.box, letters, round(first), round(last))
            found.append(Piece(box, round(share)))
    return found or list(pieces[:1])


def _boxes(pieces: Sequence[Piece]) -> tuple[Box, ...]:
    """Their boxes; those that stand side by side on one line are one."""
    if len(pieces) == 1:
        return (pieces[0].box,)
    boxes = [pieces[0].box]
    for before, piece in pairwise(pieces):
        if on_one_line(before.box, piece.box):
            boxes[-1] = around([boxes[-1], piece.box])
        else:
            boxes.append(piece.box)
    return tuple(boxes)


def _confidence(partners: Sequence[AnchorUnit]) -> int | None:
    known = [p.confidence for p in partners if p.confidence is not None]
    return anchors.percent(min(known)) if known else None


def _missing(
    said: Sequence[Unit], seen: Sequence[AnchorUnit], matching: Matching, groups: Sequence[Group]
) -> Iterator[MissingWord]:
    """The anchor's words that the answer lacks, each behind the one before it that is there."""
    ends = {other: said[group.answer[-1]].end for group in groups for other in group.anchor}
    at = 0
    for other, unit in enumerate(seen):
        place = matching.to_answer[other]
        if place >= 0:
            at = said[place].end
        elif other in ends:
            at = ends[other]
        else:
            boxes = _boxes(unit.pieces)
            yield MissingWord(unit.text, boxes[0], at, _confidence([unit]))
