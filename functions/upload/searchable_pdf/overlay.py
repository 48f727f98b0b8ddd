r"""Lays words invisibly over a PDF (ISO 32000-1; text rendering mode 3, 9.3.6).

    python -m functions.upload.searchable_pdf.overlay \
        MEMORY_BYTES CPU_S RESULT_BYTES ORIGINAL WORDS TARGET

The words are drawn before anything else of a page, in a form of their own, so that nothing in the
page's content can disturb them, nor they it.
"""

import json
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, ObjectStreamMode, Page, Pdf, Stream, String

from functions.upload import pdf_program
from functions.upload.searchable_pdf import laid_lines, text_operators
from functions.upload.searchable_pdf.invisible_font import InvisibleFonts
from functions.upload.searchable_pdf.laid_lines import LaidWord
from functions.upload.searchable_pdf.text_operators import Sheet, Shown
from functions.upload.word_formats import directions

_PACKED, _AS_IT_IS = ObjectStreamMode.generate, ObjectStreamMode.preserve
_DEEPEST = 64  # levels of the page tree, in which attributes are inherited


def overlay(original: Path, told: Path, target: Path) -> None:
    """Write the original with its pages turned, and words laid over them, as `creation` tells."""
    turns, language = _read_head(told)
    with pikepdf.open(original) as pdf:
        for number, degrees in turns.items():
            if degrees and number <= len(pdf.pages):
                page = pdf.pages[number - 1]
                page.obj["/Rotate"] = (_sheet(page).quarters * 90 + degrees) % 360
        letters: set[tuple[int, str]] = set()
        backwards = 0
        for _, shown, _ in _pages(pdf, told):
            letters.update((word.glyph_width, char) for word in shown for char in word.text)
            backwards += directions.count_right_to_left(word.text for word in shown)
        fonts = InvisibleFonts(pdf, letters)
        shows = pdf.make_indirect(Stream(pdf, b"q /LectorWords Do Q\n"))
        for page, shown, sheet in _pages(pdf, told):
            _lay(pdf, page, text_operators.write(shown, sheet, fonts), sheet, fonts)
            page.contents_add(shows, prepend=True)
        _tag(pdf, language, backwards=backwards > 0)
        # Small objects are compressed, too, where its version of PDF has that.
        packs = pdf.pdf_version >= "1.5"
        pdf_program.save(pdf, target, object_stream_mode=_PACKED if packs else _AS_IT_IS)


def _read_head(told: Path) -> tuple[dict[int, int], str | None]:
    with told.open() as lines:
        head = json.loads(next(lines))
    return {int(number): degrees for number, degrees in head["turns"].items()}, head["language"]


def _pages(pdf: Pdf, told: Path) -> Iterator[tuple[Page, list[Shown], Sheet]]:
    """The pages that words are laid over, one at a time: all words at once take much memory."""
    with told.open() as lines:
        next(lines)
        for line in lines:
            number, rows = json.loads(line)
            if rows and number <= len(pdf.pages):
                page = pdf.pages[number - 1]
                sheet = _sheet(page)
                words = laid_lines.with_spaces([LaidWord(*row) for row in rows])
                yield page, list(text_operators.measure(words, sheet)), sheet


def _tag(pdf: Pdf, language: str | None, *, backwards: bool) -> None:
    """Say in which language the document is, and whether it is read from right to left.

    What it says of that itself stays. Without the direction PDFium takes lines of two scripts out
    from left to right.
    """
    if language and "/Lang" not in pdf.Root:
        pdf.Root.Lang = String(language)
    if backwards:
        preferences = pdf.Root.get("/ViewerPreferences")
        if not isinstance(preferences, Dictionary):
            preferences = pdf.Root["/ViewerPreferences"] = Dictionary()
        if "/Direction" not in preferences:
            preferences["/Direction"] = Name.R2L


def _lay(pdf: Pdf, page: Page, operators: bytes, sheet: Sheet, fonts: InvisibleFonts) -> None:
    form = Stream(pdf, zlib.compress(operators, 9))
    form.Type, form.Subtype, form.Filter = Name.XObject, Name.Form, Name.FlateDecode
    right, top = sheet.left + sheet.width, sheet.bottom + sheet.height
    form.BBox = Array([sheet.left, sheet.bottom, right, top])
    form.Resources = fonts.resources
    resources = Dictionary(dict(_inherited(page, "/Resources") or {}))
    forms = Dictionary(dict(resources.get("/XObject") or {}))
    forms["/LectorWords"] = pdf.make_indirect(form)
    resources["/XObject"] = forms
    page.obj["/Resources"] = resources


def _sheet(page: Page) -> Sheet:
    media = _box(_inherited(page, "/MediaBox")) or (0.0, 0.0, 612.0, 792.0)
    crop = _box(_inherited(page, "/CropBox")) or media
    left, bottom = max(media[0], crop[0]), max(media[1], crop[1])
    right, top = min(media[2], crop[2]), min(media[3], crop[3])
    if right <= left or top <= bottom:
        left, bottom, right, top = media
    turned = _inherited(page, "/Rotate")
    quarters = int(turned) // 90 % 4 if turned is not None else 0
    return Sheet(left, bottom, right - left, top - bottom, quarters)


def _box(box: Any) -> tuple[float, ...] | None:
    try:
        x1, y1, x2, y2 = (float(edge) for edge in box)
    except (TypeError, ValueError):
        return None
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


def _inherited(page: Page, name: str) -> Any:
    """A page's attribute, its own or that of a node above it (7.7.3.4)."""
    node: Any = page.obj
    for _ in range(_DEEPEST):
        if name in node:
            return node[name]
        if "/Parent" not in node:
            return None
        node = node["/Parent"]
    return None


if __name__ == "__main__":
    sys.exit(pdf_program.carry_out(overlay))
