"""A page's text held against its anchor: where its words stand, and what the two readers say."""

import logging
from collections.abc import Callable
from dataclasses import replace

from functions.llm import placing
from functions.llm.anchors import Seen, Sight
from functions.llm.page_texts import PageText, PageToRead
from lector.domain import text_layers, verification, word_places
from lector.domain.doubts import DoubtCode, Doubts
from lector.domain.states import LayerVerdict, Provenance
from lector.domain.verification import Anchor, AnchorKind, Reason
from lector.domain.word_places import PlacedWord, Places

log = logging.getLogger(__name__)

CODES = frozenset(
    code.value
    for code in (
        DoubtCode.WORDS_MISSING,
        DoubtCode.WORDS_INVENTED,
        DoubtCode.NUMBERS_DIFFER,
        DoubtCode.READERS_DISAGREE,
    )
)
"""The doubts that a second reader has."""
_OF_MORE = frozenset({DoubtCode.WORDS_INVENTED.value, DoubtCode.READERS_DISAGREE.value})


def verify_answer(text: PageText, page: PageToRead, look: Callable[[], Seen]) -> PageText:
    """A text that was read now, with its places and what its anchor says of it.

    Nobody looks where no answer was acceptable: the text is that of the page's own layer then.
    """
    if text.provenance != Provenance.MODEL:
        return unverified(text, Reason.READER_IS_ANCHOR)
    return verify(text, page, look())


def verify(text: PageText, page: PageToRead, seen: Seen) -> PageText:
    """A text with the places of its words, and what became of holding it against its anchor."""
    if isinstance(seen, Reason):
        return unverified(text, seen)
    mixed = page.layer_verdict == LayerVerdict.MIXED
    more = more_expected(page.wanted_describe, mixed, seen)
    try:
        own = None if text.words is None else placing.place(text.text, text.words)
        held = hold(text, seen, own, more_expected=more)
    except Exception:  # it is paid for, and a page all the same
        log.exception("a page's text could not be held against its second reader")
        return unverified(text, Reason.ANCHOR_FAILED)
    return replace(held, doubts={**text.doubts, **held.doubts})


def more_expected(describe: bool, mixed: bool, sight: Sight) -> bool:  # noqa: FBT001
    """Whether a text rightly says more than its anchor: what pictures show, or hold."""
    return describe or (mixed and sight.kind is AnchorKind.TEXT_LAYER)


def unverified(text: PageText, reason: Reason) -> PageText:
    """A text that no anchor was held against; its words stand where its own reader says."""
    found = verification.not_verified(reason)
    return replace(text.with_places(), verification=found.to_json())


def hold(text: PageText, sight: Sight, own: Places | None, *, more_expected: bool) -> PageText:
    """A text with its places by what its anchor sees, its verification, and these doubts alone.

    `own` are the places that its reader tells: they are kept, and so is how it turned the page.
    With `more_expected` words that the anchor lacks speak against nobody.
    """
    from lector.domain.alignment import align  # noqa: PLC0415 - as `checks` says

    turn = sight.turned_degrees if own is None else text.turned_degrees
    words = text_layers.turn_words(sight.words, turn - sight.turned_degrees)
    seen = placing.anchor_words(words)
    anchor = Anchor(sight.kind, seen, sight.confidence, sight.print_read)
    places = align(text.text, anchor.words)
    found, doubts = verification.judge(text.text, places, anchor)
    if own is not None:
        places = with_boxes_of(places, own)
    if more_expected:
        doubts = {code: words for code, words in doubts.items() if code not in _OF_MORE}
    return replace(
        text,
        turned_degrees=turn,
        places=word_places.encode(places),
        verification=found.to_json(),
        doubts=dict(doubts),
    )


def with_boxes_of(places: Places, own: Places) -> Places:
    """Places with the boxes, and the confidence, of those words that another reader has placed."""
    words, at = [], 0
    for word in places.words:
        while at < len(own.words) and own.words[at].end <= word.start:
            at += 1
        words.append(_with_box_of(word, own.words[at]) if at < len(own.words) else word)
    return Places(tuple(words), places.missing)


def _with_box_of(word: PlacedWord, own: PlacedWord) -> PlacedWord:
    if own.start >= word.end or not own.boxes:
        return word
    confidence = word.confidence if own.confidence is None else own.confidence
    return word._replace(boxes=own.boxes, confidence=confidence)


def is_doubted(doubts: Doubts) -> bool:
    """Whether a second reader speaks against a text."""
    return not CODES.isdisjoint(doubts)


def rank(verified: object, doubts: Doubts) -> tuple[bool, float]:
    """How much is to be said for one of several answers, by its verification: the most is best."""
    agreement = verified.get("agreement") if isinstance(verified, dict) else None
    if not isinstance(agreement, int | float):
        return False, -1.0
    return not is_doubted(doubts), float(agreement)
