"""What a person is told of a file that was read all the same, by code.

A file keeps its warnings as sentences, one after the other: those who open it, register its pages
and choose its reader each add theirs. Here they are told apart again, so that a program need not
look at words and a person is told in the page's own language.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from functions.upload.answers import Output


class WarningCode(StrEnum):
    """What a warning is about."""

    # Of the document.
    PAGE_COUNT_WRONG = "page_count_wrong"
    PAGES_LOST = "pages_lost"
    REPAIRED = "repaired"
    EXTRAS_UNKNOWN = "extras_unknown"
    XFA_FORM = "xfa_form"
    PORTFOLIO = "portfolio"
    ATTACHMENTS = "attachments"
    HIDDEN_LAYERS = "hidden_layers"
    OTHER_IMAGES = "other_images"
    ANIMATED = "animated"

    # Of what was asked for.
    PAGES_NOT_THERE = "pages_not_there"
    READER_LACKS = "reader_lacks"

    OTHER = "other"


class FileWarning(Output, frozen=True):
    """What a person should know of a file that is read all the same."""

    code: WarningCode
    detail: Annotated[str, Meta(description="A sentence for people.")]


_BEGINNINGS = {
    WarningCode.PAGE_COUNT_WRONG: r"the PDF (?:claims -?\d+ pages|does not say how many pages)",
    WarningCode.PAGES_LOST: r"the PDF is damaged: \d+ of its",
    WarningCode.REPAIRED: r"the PDF is damaged and was repaired",
    WarningCode.EXTRAS_UNKNOWN: r"the PDF is damaged; what it holds beside",
    WarningCode.XFA_FORM: r"the PDF holds an XFA form",
    WarningCode.PORTFOLIO: r"the PDF is a portfolio",
    WarningCode.ATTACHMENTS: r"the PDF holds \d+ other files?",
    WarningCode.HIDDEN_LAYERS: r"the PDF holds \d+ layers?",
    WarningCode.OTHER_IMAGES: r"the file holds several images",
    WarningCode.ANIMATED: r"the image is animated",
    WarningCode.PAGES_NOT_THERE: r"pages? [\d,\- ]+ (?:was|were) asked for",
    WarningCode.READER_LACKS: r"the reader of this file ",
}
_BETWEEN = "; "
_KNOWN = "|".join(f"(?P<{code}>{beginning})" for code, beginning in _BEGINNINGS.items())
_BEGINNING = re.compile(rf"(?:^|(?<={_BETWEEN}))(?:{_KNOWN})")


def parse(text: str | None) -> list[FileWarning]:
    """The warnings of a file, in their order; of sentences that nobody knows, `OTHER`."""
    return list(_parse(text or ""))


def _parse(text: str) -> Iterator[FileWarning]:
    found = list(_BEGINNING.finditer(text))
    starts = [*(match.start() for match in found), len(text)]
    if starts[0] > 0:
        yield FileWarning(WarningCode.OTHER, _without_end(text, 0, starts[0]))
    for match, end in zip(found, starts[1:], strict=True):
        code = WarningCode(str(match.lastgroup))
        yield FileWarning(code, _without_end(text, match.start(), end))


def _without_end(text: str, start: int, end: int) -> str:
    """A piece of a text, without what parts it from the next one."""
    piece = text[start:end]
    return piece if end == len(text) else piece.removesuffix(_BETWEEN)
