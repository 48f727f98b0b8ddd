"""What a page's text is compared by: words, whatever their order, and characters in their order.

Both texts are brought to one form first, so that nothing counts that a reader may choose: ligatures
and other compatibility forms (NFKC), typographic quotes and dashes, words hyphenated at the end of
a line, Markdown around the text, Lector's own marks, and how much white space there is.
"""

import re
import unicodedata
from collections import Counter

from rapidfuzz.distance import Levenshtein

_QUOTES = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′`´", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff"),
    }
)
_HYPHENATED = re.compile(r"(?<=[^\W\d_])-[ \t]*\n\s*(?=[^\W\d_])")
_TABLE_RULE = re.compile(
    r"^[ \t]*\|?[ \t]*:?-{2,}:?[ \t]*(\|[ \t]*:?-{2,}:?[ \t]*)*\|?[ \t]*$", re.M
)
_MARKS = re.compile(
    r"\[/?picture\]|\[illegible\]|\[no text\]"
    r"|<br\s*/?>|</?(?:table|thead|tbody|tr|t[dh]|b|i|sup|sub)\b[^>]*>"
)
_MARKDOWN = re.compile(r"^[ \t]*#{1,6}[ \t]+|^[ \t]*```\w*[ \t]*$|\*\*|__|\|", re.M)
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_CJK}]|\d+(?:[.,:/-]\d+)*|(?:(?![{_CJK}])[^\W\d_])+")


def normalise(text: str) -> str:
    """The text in the form in which it is compared; its lines remain only as spaces."""
    text = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    text = _TABLE_RULE.sub("", text)
    text = _MARKDOWN.sub(" ", _MARKS.sub(" ", text))
    text = _HYPHENATED.sub("", text)
    return " ".join(text.split())


def words(text: str) -> Counter[str]:
    """How often each word occurs, in lower case and without punctuation.

    A number with its points, commas and strokes is one word, and so is each Chinese or Japanese
    character: these scripts have no spaces.
    """
    return Counter(_WORD.findall(normalise(text).casefold()))


def recall(known: str, read: str) -> float:
    """The share of the known words that were read, 0 to 1, as a multiset.

    Where nothing is to be read it is 1 if no word was read, and 0 if words were made up.
    """
    expected, found = words(known), words(read)
    if not expected:
        return 0.0 if found else 1.0
    return (expected & found).total() / expected.total()


def character_error_rate(known: str, read: str) -> float:
    """Characters to change for each known one (Levenshtein), in reading order, at most 1.

    Where nothing is to be read it is 0 if nothing was read, else 1.
    """
    expected, found = normalise(known), normalise(read)
    if not expected:
        return 1.0 if found else 0.0
    return min(1.0, Levenshtein.distance(expected, found) / len(expected))
