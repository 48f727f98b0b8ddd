r"""Lays words invisibly over a PDF (ISO 32000-1; text rendering mode 3, 9.3.6).

    python -m functions.upload.searchable_pdf.overlay \
        ORIGINAL WORDS TARGET MEMORY_BYTES CPU_S RESULT_BYTES

The words are drawn before anything else of a page, in a form of their own, so that nothing in the
page's content can disturb them, nor they it.
"""

import json
import resource
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Page, Pdf, Stream, String

from functions.upload.searchable_pdf import invisible_font, laid_lines
from functions.upload.searchable_pdf.creation import PROTECTED, TOO_LARGE, UNREADABLE
from functions.upload.searchable_pdf.invisible_font import InvisibleFonts
from functions.upload.searchable_pdf.laid_lines import LaidWord
from functions.upload.word_formats import directions

_DEEPEST = 64  # levels of the page tree, in which attributes are inherited


@dataclass(frozen=True)
class Sheet:
    """The part of a page that is shown, in its own units, and by how many quarters it is turned."""

    left: float
    bottom: float
    width: float
    height: float
    quarters: int

    @property
    def shown_size(self) -> tuple[float, float]:
        """The width and height of the page as it is shown."""
        return (self.height, self.width) if self.quarters % 2 else (self.width, self.height)

    def point(self, right: float, down: float) -> tuple[float, float]:
        """Where shares of the page as it is shown lie in its own units."""
        x, y = (
            (right, 1 - down),
            (down, right),
            (1 - right, down),
            (1 - down, 1 - right),
        )[self.quarters]
        return self.left + x * self.width, self.bottom + y * self.height


def overlay(
    original: Path,
    words: Mapping[int, Sequence[LaidWord]],
    turns: Mapping[int, int],
    language: str | None,
    target: Path,
) -> None:
    """Write the original with its pages turned clockwise, in degrees, and words laid over them."""
    with pikepdf.open(original) as pdf:
        count = len(pdf.pages)
        for number, degrees in turns.items():
            if degrees and number <= count:
                page = pdf.pages[number - 1]
                page.obj["/Rotate"] = (_sheet(page).quarters * 90 + degrees) % 360
        laid = {number: found for number, found in words.items() if found and number <= count}
        sheets = {number: _sheet(pdf.pages[number - 1]) for number in laid}
        fonts = InvisibleFonts(
            pdf,
            {
                (_glyph_width(word, sheets[number]), char)
                for number, page in laid.items()
                for word in page
                for char in word.text
            },
        )
        for number, found in laid.items():
            _lay(pdf, pdf.pages[number - 1], found, fonts)
        _tag(pdf, [word.text for page in laid.values() for word in page], language)
        pdf.save(target)


def _tag(pdf: Pdf, words: Sequence[str], language: str | None) -> None:
    """Say in which language the document is, and whether it is read from right to left.

    What it says of that itself stays. Without the direction PDFium takes lines of two scripts out
    from left to right.
    """
    if language and "/Lang" not in pdf.Root:
        pdf.Root.Lang = String(language)
    if directions.of_words(words):
        preferences = pdf.Root.get("/ViewerPreferences")
        if not isinstance(preferences, Dictionary):
            preferences = pdf.Root["/ViewerPreferences"] = Dictionary()
        if "/Direction" not in preferences:
            preferences["/Direction"] = Name.R2L


def _lay(pdf: Pdf, page: Page, words: Sequence[LaidWord], fonts: InvisibleFonts) -> None:
    sheet = _sheet(page)
    form = Stream(pdf, b"\n".join(_operators(words, sheet, fonts)))
    form.Type, form.Subtype = Name.XObject, Name.Form
    right, top = sheet.left + sheet.width, sheet.bottom + sheet.height
    form.BBox = Array([sheet.left, sheet.bottom, right, top])
    form.Resources = fonts.resources
    resources = Dictionary(dict(_inherited(page, "/Resources") or {}))
    forms = Dictionary(dict(resources.get("/XObject") or {}))
    forms["/LectorWords"] = pdf.make_indirect(form)
    resources["/XObject"] = forms
    page.obj["/Resources"] = resources
    page.contents_add(b"q /LectorWords Do Q\n", prepend=True)


def _operators(words: Sequence[LaidWord], sheet: Sheet, fonts: InvisibleFonts) -> Iterator[bytes]:
    yield b"BT 3 Tr"
    for word in words:
        x, y = sheet.point(word.left, word.bottom)
        end, above = sheet.point(word.right, word.bottom), sheet.point(word.left, word.top)
        width = _glyph_width(word, sheet)
        em = directions.count_cells(word.text) * width / 1000
        matrix = ((end[0] - x) / em, (end[1] - y) / em, above[0] - x, above[1] - y, x, y)
        yield b" ".join(b"%.4f" % number for number in matrix) + b" Tm"
        if directions.is_right_to_left(word.text):
            yield from _backwards(word.text, width, fonts)
        else:
            yield from fonts.encode(width, word.text)
    yield b"ET"


def _backwards(text: str, width: int, fonts: InvisibleFonts) -> Iterator[bytes]:
    """The letters of a word that is read from right to left, each at its place."""
    at = 0.0
    for letter, place in zip(text, directions.places(text), strict=True):
        if place != at:
            yield b"%.3f 0 Td" % ((place - at) * width / 1000)
        yield from fonts.encode(width, letter)
        at = place


def _glyph_width(word: LaidWord, sheet: Sheet) -> int:
    width, height = sheet.shown_size
    letter = (word.right - word.left) * width / directions.count_cells(word.text)
    return invisible_font.width_of(letter, (word.bottom - word.top) * height)


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


def main() -> int:
    """Do it within the limits; how it went, as an exit code."""
    original, words, target, memory, cpu_s, result = sys.argv[1:]
    for limit, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, result),
        (resource.RLIMIT_CORE, "0"),
    ):
        resource.setrlimit(limit, (int(value), int(value)))
    try:
        told = json.loads(Path(words).read_text())
        pages = told["words"].items()
        laid = {int(n): laid_lines.with_spaces([LaidWord(*w) for w in page]) for n, page in pages}
        turns = {int(number): degrees for number, degrees in told["turns"].items()}
        overlay(Path(original), laid, turns, told["language"], Path(target))
    except pikepdf.PasswordError:
        return PROTECTED
    except (MemoryError, OSError):
        return TOO_LARGE
    except Exception as error:
        return TOO_LARGE if "alloc" in str(error) else UNREADABLE
    return 0


if __name__ == "__main__":
    sys.exit(main())
