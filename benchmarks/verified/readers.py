"""The anchors that answers are held against: a page's text layer, or Tesseract on its image."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.verified.pages import Page
from lector.domain import language_codes, language_data
from lector.domain.alignment import AnchorWord
from lector.domain.verification import Anchor, AnchorKind
from lector.tesseract import page_reading

_LIMIT_S = 900.0
"""Of one page, however much else the machine does."""


@dataclass(frozen=True)
class Read:
    """What Tesseract sees on a page, and the seconds of a processor that it took."""

    page: Page
    anchor: Anchor
    cpu_s: float


def layer_of(page: Page) -> Anchor:
    """What the page carries as text."""
    return Anchor(AnchorKind.TEXT_LAYER, page.layer)


def read(page: Page) -> Read:
    """Have Tesseract read a page, and measure what it takes."""
    began = time.process_time()
    found = page_reading.read(page.image, language_codes.parse(page.language), _LIMIT_S)
    cpu_s = time.process_time() - began
    words = [AnchorWord(text, (a, b, c, d), sure) for text, a, b, c, d, sure in found.words]
    anchor = Anchor(AnchorKind.TESSERACT, words, found.confidence, found.print_read)
    return Read(page, anchor, cpu_s)


def there(languages: Sequence[str]) -> list[str]:
    """The languages that can be read here."""
    known = language_data.languages()
    return [code for code in languages if language_codes.parse(code)[0] in known]


def use_languages(folder: Path | None) -> None:
    """Look for the data of languages in a folder."""
    if folder:
        os.environ["LECTOR_LANGUAGES"] = str(folder)
