"""What reading pages may cost: of one call at most, and of many pages about.

At most: a token for each byte of the question and for each 16 by 16 pixels of the image, and an
answer as long as it may be. About: as Qwen's models count an image (32 by 32 pixels), four bytes of
the question a token, and an answer of an ordinary page.
"""

import math
from dataclasses import dataclass

from lector.domain.reader_catalogue import Prices, Prompt, Reader

A4_AT_1568_PX = 1568 * 1109
"""Pixels of an ordinary page as it is drawn where its reader does not say."""

_PATCH_PX = 16
_TOKENS_AROUND = 300  # of an image and of messages: their beginnings, ends and separators
_USUAL_PATCH_PX, _USUAL_BYTES, _USUAL_ANSWER = 32, 4, 700
_A4_IN = (8.27, 11.69)


@dataclass(frozen=True)
class Pages:
    """How many pages there are, and how many of them are known to carry their text, or to be blank.

    With `layers_known` all others are read by the reader; else some of those may carry it, too.
    """

    count: int
    free: int = 0
    layers_known: bool = True

    @property
    def to_read(self) -> int:
        """How many the reader reads, at most where that is not known."""
        return max(0, self.count - self.free)


@dataclass(frozen=True)
class Estimate:
    """What reading may cost, in USD; None where nobody knows. `words` say all of it to people."""

    pages: int
    by_text_layer: int
    by_reader: int
    layers_known: bool
    reader: str
    model: str | None
    about_usd: float | None
    at_most_usd: float | None
    words: str


def at_most_usd(prices: Prices | None, question: str, pixels: int, max_tokens: int) -> float:
    """What one call costs at most; 0 where nobody knows its prices."""
    if prices is None or prices.is_free:
        return 0.0
    asked = len(question.encode()) + _TOKENS_AROUND
    image = prices.image_tokens or math.ceil(pixels / _PATCH_PX**2)
    return ((asked + image) * prices.prompt + max_tokens * prices.completion) / 1e6


def estimate(
    pages: Pages, name: str, reader: Reader, model: str | None, prices: Prices | None, more: str
) -> Estimate:
    """What pages cost if each is asked about once; `more` is what somebody adds to the question."""
    prompt = reader.prompt if isinstance(reader.prompt, Prompt) else Prompt()
    question = f"{prompt.system}{more or prompt.user}"
    pixels, count = _pixels(reader), pages.to_read
    about = at_most = None
    if prices is not None or not count:
        at_most = count * at_most_usd(prices, question, pixels, reader.max_tokens)
        about = count * _about_usd(prices, question, pixels, reader.max_tokens)
    found = Estimate(
        pages=pages.count,
        by_text_layer=pages.free,
        by_reader=count,
        layers_known=pages.layers_known,
        reader=name,
        model=model,
        about_usd=about,
        at_most_usd=at_most,
        words="",
    )
    return Estimate(**{**vars(found), "words": describe(found)})


def describe(found: Estimate) -> str:
    """Such as: 412 pages, 301 need no reader, 111 by qwen3-vl-8b, about $0.08."""
    who = found.model or found.reader
    parts = ["1 page" if found.pages == 1 else f"{found.pages} pages"]
    if found.by_text_layer:
        need = "needs" if found.by_text_layer == 1 else "need"
        parts.append(f"{found.by_text_layer} {need} no reader")
    if found.by_reader:
        at_most = "" if found.layers_known else "at most "
        parts.append(f"{at_most}{found.by_reader} by {who}")
    if found.about_usd is None:
        parts.append("at a cost that is not known, as the reader has no prices")
    elif not found.about_usd:
        parts.append("at no cost")
    elif found.layers_known:
        parts.append(f"about {dollars(found.about_usd)}")
    else:
        parts.append(f"about {dollars(found.about_usd)} or less")
    return ", ".join(parts)


def dollars(usd: float) -> str:
    """An amount with as many digits as make sense of it: $0.08, $0.0042, $12."""
    if usd >= 1:
        return f"${usd:,.2f}"
    digits = 2 if usd >= 0.1 else 1 - math.floor(math.log10(usd)) if usd else 0
    return f"${usd:.{min(max(digits, 2), 6)}f}"


def _about_usd(prices: Prices | None, question: str, pixels: int, max_tokens: int) -> float:
    if prices is None or prices.is_free:
        return 0.0
    asked = len(question.encode()) / _USUAL_BYTES
    image = pixels / _USUAL_PATCH_PX**2
    if prices.image_tokens:
        image = min(image, prices.image_tokens)
    answer = min(_USUAL_ANSWER, max_tokens)
    return ((asked + image) * prices.prompt + answer * prices.completion) / 1e6


def _pixels(reader: Reader) -> int:
    """Of an A4 page as its reader wants it."""
    if reader.image.longest_side_px:
        return round(reader.image.longest_side_px**2 * _A4_IN[0] / _A4_IN[1])
    if reader.image.dpi:
        return round(_A4_IN[0] * _A4_IN[1] * reader.image.dpi**2)
    return A4_AT_1568_PX
