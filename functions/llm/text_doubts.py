"""What speaks against a text that was read: what is missing in it, or what it says itself."""

from functions.llm.model import Check
from functions.llm.pieces import Box
from lector.domain.doubts import DoubtCode, Doubts
from lector.domain.text_layers import TextLayer

WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
"""All of a page, in shares of it."""


def doubt(code: DoubtCode, reason: str) -> dict[str, str]:
    """A doubt with its reason."""
    return {code.value: f"{code.sentence}: {reason}"}


def of_answer(text: str, *, blank: bool = False) -> dict[str, str]:
    """What an answer says against itself; a page that its reader saw to be `blank` has no text."""
    from functions.llm import answers  # noqa: PLC0415 - as `checks` says

    if not text.strip():
        if blank:
            return {}
        return {DoubtCode.NOTHING_FOUND.value: DoubtCode.NOTHING_FOUND.sentence}
    if answers.has_illegible(text):
        return {DoubtCode.PARTS_ILLEGIBLE.value: DoubtCode.PARTS_ILLEGIBLE.sentence}
    return {}


class LayerCheck:
    """A page's text layer, as what answers are held against.

    With `extra_expected` they may say more: what pictures hold, or what they show.
    """

    def __init__(self, layer: TextLayer, *, extra_expected: bool) -> None:
        self._layer = layer
        self._extra_expected = extra_expected
        self._last: tuple[str, str | None] | None = None

    def difference(self, text: str) -> str | None:
        """What speaks against the text of the whole page.

        An accepted answer is asked about again, as what speaks against the page's text.
        """
        if self._last is None or self._last[0] != text:
            self._last = text, self._difference(text)
        return self._last[1]

    def _difference(self, text: str) -> str | None:
        from functions.llm import comparison  # noqa: PLC0415 - as `checks` says

        return comparison.describe_difference(
            words_within(self._layer, WHOLE) or self._layer.text,
            text,
            extra_expected=self._extra_expected,
        )

    def of_piece(self, box: Box, core: Box) -> Check:
        """The same of a piece: it must have its core's words, and may have its box's."""
        from functions.llm import comparison  # noqa: PLC0415 - as `checks` says

        carried = words_within(self._layer, core)
        left, top = min(box[0], core[0]), min(box[1], core[1])
        right, bottom = max(box[2], core[2]), max(box[3], core[3])
        known = words_within(self._layer, (left, top, right, bottom))

        def check(text: str) -> str | None:
            return comparison.describe_difference(
                carried, text, known=known, extra_expected=self._extra_expected
            )

        return check

    def doubts(self, text: str) -> Doubts:
        """The difference as a doubt, if there is one."""
        reason = self.difference(text)
        return doubt(DoubtCode.DIFFERS_FROM_LAYER, reason) if reason else {}


def words_within(layer: TextLayer, box: Box) -> str:
    """The layer's words whose middle lies in a part of the page."""
    if box == WHOLE:
        return " ".join([word[0] for word in layer.words])
    left, top, right, bottom = box
    return " ".join(
        word
        for word, start, upper, end, lower, *_ in layer.words
        if left <= (start + end) / 2 <= right and top <= (upper + lower) / 2 <= bottom
    )
