"""The places of an answer that has the anchor's words one by one, as most answers have.

What stands between two spaces is held against what the anchor has, as it is written. Where that is
not the same nothing is said, although the words in the form in which they are compared may be.
"""

import math
import re
from collections.abc import Sequence

from lector.domain.alignment import anchors, blocks, units
from lector.domain.alignment.anchors import AnchorWord
from lector.domain.word_places import Agreement, PlacedWord, Places

# Such a word of an anchor may go on with the next one.
_GOES_ON = re.compile(r"[\u00ad\u2010\u2011-](?<=\w.)\s")


def place(plain: str, anchor: Sequence[AnchorWord]) -> Places | None:
    """Where each word of an answer without markup stands; None where that is not as simple."""
    texts = [word.text for word in anchor]
    if not units.is_parted_by_spaces(plain) or _GOES_ON.search(" ".join(texts)):
        return None
    seen = [word for word in anchor if any(units.within(word.text))]
    starts = _starts(plain, [word.text for word in seen])
    if starts is None or max(map(len, texts), default=0) > anchors.LONGEST_WORD:
        return None
    words: list[PlacedWord] = []
    for at, (text, edges, sure) in zip(starts, seen, strict=True):
        box = anchors.on_page(edges)
        if box is None:
            return None
        percent = None if sure is None or not math.isfinite(sure) else anchors.percent(sure)
        parts = tuple(units.within(text))
        for start, end, _ in parts:
            part = box if len(parts) == 1 else anchors.slice_box(box, text, start, end)
            words.append(PlacedWord(at + start, at + end, (part,), Agreement.SAME, "", percent))
    return Places(tuple(words)) if blocks.REPEATED <= len(words) <= units.MOST_UNITS else None


def _starts(plain: str, texts: Sequence[str]) -> list[int] | None:
    """Where each of these texts begins, if nothing else between two spaces has words."""
    starts: list[int] = []
    at = 0
    for written in plain.split():
        at = plain.index(written, at)
        if len(starts) < len(texts) and written == texts[len(starts)]:
            starts.append(at)
        elif len(written) > anchors.LONGEST_WORD or any(units.within(written)):
            return None
        at += len(written)
    return starts if len(starts) == len(texts) else None
