"""Words of a page that stand beside those that its PDF carries itself.

Where the PDF has a word, a reader's reading of the same print would be found, and copied, twice.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

# In shares of the page: words are looked up by the stripes of it that they reach into.
_STRIPES = 200


def select(words: Sequence[Any], carried: Sequence[Any]) -> list[Any]:
    """Those of `words` whose middle lies in no box of the words that the PDF carries.

    Both are [word, left, top, right, bottom] each, in shares of the page.
    """
    by_stripe: dict[int, list[Any]] = defaultdict(list)
    for word in carried:
        for stripe in range(int(word[2] * _STRIPES), int(word[4] * _STRIPES) + 1):
            by_stripe[stripe].append(word)
    return [word for word in words if not _stands_in(word, by_stripe)]


def _stands_in(word: Sequence[Any], by_stripe: dict[int, list[Any]]) -> bool:
    x, y = (word[1] + word[3]) / 2, (word[2] + word[4]) / 2
    return any(
        left <= x <= right and top <= y <= bottom
        for _, left, top, right, bottom in by_stripe.get(int(y * _STRIPES), ())
    )
