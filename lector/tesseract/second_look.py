"""A second look at numbers that Tesseract is unsure of: cut out, as nothing but numbers.

In a line of a page a digit may be taken for a letter, or a rule beside it for a digit. Alone, with
even ground around it and without the grain of the paper, it is read with other mistakes. So a
number in which both looks see the same digits is sure. Where they do not, a third look at twice the
size, with the grain, decides: it makes the second one's number the page's, or leaves the first one
unsure.
"""

import re
from collections.abc import Callable, Sequence

from PIL import Image, ImageOps
from PIL.Image import Resampling
from PIL.ImageFilter import MedianFilter

from lector.tesseract import recognition
from lector.tesseract.recognition import Clock, ReadingTimedOut, Word

UNSURE_BELOW = 92.0
"""Of 100: a number with less is looked at again."""
AGREED = 95.0
"""The least confidence of a number whose digits two looks agree on."""
SURE_OF_ANOTHER = 70.0
"""With less, two looks do not make another number of what the first one saw."""
UNRESOLVED = 50.0
"""The most confidence of a number that each look sees otherwise."""
MOST_NUMBERS = 60
"""Of a page, the least sure ones first: a look takes some 3 ms."""

_NUMBER = re.compile(r"[^\w\s.,:/\u201a]*[0-9](?:[0-9]|[^\w\s])*")
"""Without letters, which would be taken for digits; what begins with a point has lost its head."""
_FEWEST_DIGITS = 2
"""A digit alone may be the rest of a number, whose other digits no look sees."""
_ASIDE, _ABOVE, _WHITE = 0.3, 0.25, 0.5
"""Of a number's height: what is cut out around it, and the even ground that is put around that."""
_GROUND = 0.9
"""The share of what is cut out that is as dark as its ground, or darker."""

Look = tuple[str, float]
"""A number as it was seen, and how sure that is, 0 to 100."""


def look_again(
    image: Image.Image, text: str, words: Sequence[Word], clock: Clock
) -> tuple[str, list[Word]]:
    """A text and its words, with unsure numbers as further looks at the image see them.

    The image is the one that was read. A text that does not have just these words is returned as it
    is, and so are numbers for which there is no time.
    """
    if text.split() != [word[0] for word in words]:
        return text, list(words)
    seen = list(words)
    for at in _unsure(words)[:MOST_NUMBERS]:
        try:
            number, sure = _look_again(image, words[at], clock)
        except ReadingTimedOut:
            break
        seen[at] = (number, *words[at][1:5], round(sure, 1))
    left = iter(seen)
    return re.sub(r"\S+", lambda _: next(left)[0], text), seen


def _look_again(image: Image.Image, word: Word, clock: Clock) -> Look:
    number = _cut_out(image, word)
    smooth = number.filter(MedianFilter(3))
    return decide(
        (word[0], word[5]),
        recognition.read_number(smooth, clock),
        lambda: recognition.read_number(_twice_as_large(number), clock),
    )


def decide(first: Look, second: Look, third: Callable[[], Look]) -> Look:
    """What two looks at a number come to; the third one is taken where they do not agree."""
    if _digits(first[0]) == _digits(second[0]):
        return first[0], max(first[1], second[1], AGREED)
    other = third()
    if _digits(other[0]) == _digits(first[0]):
        return first
    sure = min(second[1], other[1])
    if _digits(other[0]) == _digits(second[0]) and sure >= SURE_OF_ANOTHER:
        return second[0], sure
    return first[0], min(first[1], UNRESOLVED)


def _unsure(words: Sequence[Word]) -> list[int]:
    """Where numbers stand that are unsure, the least sure first."""
    numbers = [
        at
        for at, word in enumerate(words)
        if word[5] < UNSURE_BELOW
        and len(_digits(word[0])) >= _FEWEST_DIGITS
        and _NUMBER.fullmatch(word[0])
    ]
    return sorted(numbers, key=lambda at: words[at][5])


def _digits(number: str) -> str:
    return "".join(filter(str.isdigit, number))


def _cut_out(image: Image.Image, word: Word) -> Image.Image:
    """A word's part of an image, with even ground around it."""
    _, left, top, right, bottom, _ = word
    height = (bottom - top) * image.height
    edges = (
        max(0, round(left * image.width - _ASIDE * height)),
        max(0, round(top * image.height - _ABOVE * height)),
        min(image.width, round(right * image.width + _ASIDE * height)),
        min(image.height, round(bottom * image.height + _ABOVE * height)),
    )
    part = image.crop(edges)
    shades = sorted(part.filter(MedianFilter(3)).tobytes())
    ground = shades[round(_GROUND * (len(shades) - 1))]
    return ImageOps.expand(part, round(_WHITE * height), fill=ground)


def _twice_as_large(image: Image.Image) -> Image.Image:
    return image.resize((2 * image.width, 2 * image.height), Resampling.BICUBIC)
