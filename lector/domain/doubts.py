"""What speaks against a text that was read. A doubt is no state: the page is read, and says so.

A page's doubts are kept, sent and shown by code, each with a sentence. The page has words for each
code, in every language that it knows.
"""

from collections.abc import Mapping
from types import MappingProxyType

from lector.runtime.failures import Code, clean

Doubts = Mapping[str, str]
"""By code (a `DoubtCode`), a sentence for people."""

NO_DOUBTS: Doubts = MappingProxyType({})
_MOST = 20


class DoubtCode(Code):
    """A reason to look at a page's image before its text is believed."""

    # Of the image that was read.
    DAMAGED_CONTENT = "damaged_content", "the page's content is damaged; parts may be missing"
    DRAWN_TOO_COARSELY = (
        "drawn_too_coarsely",
        "the page is too large to be drawn finely enough for its print",
    )

    # Of the text layer.
    LAYER_NOT_TRUSTED = (
        "layer_not_trusted",
        "the text that the page carries was taken although it does not look right",
    )
    DIFFERS_FROM_LAYER = (
        "differs_from_layer",
        "the answer lacks words that the page carries as text, or has many others",
    )
    ANSWERS_REFUSED = (
        "answers_refused",
        "no answer was acceptable; this is the text that the page carries",
    )
    PICTURES_NOT_READ = "pictures_not_read", "pictures on the page could not be read"

    # Of the answer.
    NOTHING_FOUND = "nothing_found", "the reader found no text, but the page is not blank"
    PARTS_ILLEGIBLE = "parts_illegible", "the reader says that parts cannot be read"
    LOW_CONFIDENCE = "low_confidence", "the reader is not sure of what it read"
    PRINT_NOT_READ = (
        "print_not_read",
        "parts of the page look like print and were not read",
    )
    LANGUAGE_NOT_AVAILABLE = "language_not_available", "the reader lacks the page's language"

    # Of what a second reader sees on the same page.
    WORDS_MISSING = "words_missing", "a second reader sees words that the text lacks"
    WORDS_INVENTED = "words_invented", "the text has words that a second reader does not see"
    NUMBERS_DIFFER = "numbers_differ", "a second reader reads numbers otherwise"
    READERS_DISAGREE = "readers_disagree", "a second reader reads another text"


def accept(claimed: Mapping[str, str]) -> dict[str, str]:
    """Doubts that an event claims, as they are stored: known codes only, with clean words."""
    known = {code.value for code in DoubtCode}
    return {code: clean(words) for code, words in list(claimed.items())[:_MOST] if code in known}
