r"""Lays words invisibly over a PDF (ISO 32000-1; text rendering mode 3, 9.3.6).

    python -m functions.upload.searchable_pdf.overlay \
        ORIGINAL WORDS TARGET MEMORY_BYTES CPU_S RESULT_BYTES

The words are drawn before anything else of a page, in a form of their own, so that nothing in the
page's content can disturb them, nor they it.
"""

import json
import resource
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Page, Pdf, Stream

from functions.upload.searchable_pdf import invisible_font
from functions.upload.searchable_pdf.creation import PROTECTED, TOO_LARGE, UNREADABLE
from functions.upload.searchable_pdf.invisible_font import InvisibleFonts

_DEEPEST = 64  # levels of the page tree, in which attributes are inherited
_SAME_LINE = 0.5


@dataclass(frozen=True)
class Sheet:
    """The part of a page that is shown, in its own units, and by how many quarters it is turned."""

    left: float
    bottom: float
    width: float
    height: float
    quarters: int

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
    original: Path, words: dict[str, list[list[Any]]], turns: dict[str, int], target: Path
) -> None:
    """Write the original with its pages turned clockwise, in degrees, and words laid over them."""
    with pikepdf.open(original) as pdf:
        for number, degrees in turns.items():
            if degrees and int(number) <= len(pdf.pages):
                page = pdf.pages[int(number) - 1]
                page.obj["/Rotate"] = (_sheet(page).quarters * 90 + degrees) % 360
        characters = {char for page in words.values() for word in page for char in word[0]}
        fonts = InvisibleFonts(pdf, sorted(characters | {" "}))
        for number, found in words.items():
            if found and int(number) <= len(pdf.pages):
                _lay(pdf, pdf.pages[int(number) - 1], found, fonts)
        pdf.save(target)


def _lay(pdf: Pdf, page: Page, words: list[list[Any]], fonts: InvisibleFonts) -> None:
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


def _operators(words: list[list[Any]], sheet: Sheet, fonts: InvisibleFonts) -> Iterator[bytes]:
    yield b"BT 3 Tr"
    for word, following in zip(words, [*words[1:], None], strict=True):
        text, left, top, right, bottom = word
        if not text:
            continue
        x, y = sheet.point(left, bottom)
        end, above = sheet.point(right, bottom), sheet.point(left, top)
        em = len(text) * invisible_font.WIDTH / 1000
        across = (end[0] - x) / em, (end[1] - y) / em
        matrix = (*across, above[0] - x, above[1] - y, x, y)
        yield b" ".join(b"%.4f" % number for number in matrix) + b" Tm"
        yield from fonts.encode(f"{text} " if _goes_on(word, following) else text)
    yield b"ET"


def _goes_on(word: list[Any], following: list[Any] | None) -> bool:
    """Whether the next word stands on the same line, so that a space parts them."""
    if following is None:
        return False
    shared = min(word[4], following[4]) - max(word[2], following[2])
    return bool(following[1] > word[1] and shared > _SAME_LINE * (word[4] - word[2]))


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
        overlay(Path(original), told["words"], told["turns"], Path(target))
    except pikepdf.PasswordError:
        return PROTECTED
    except (MemoryError, OSError):
        return TOO_LARGE
    except Exception as error:
        return TOO_LARGE if "alloc" in str(error) else UNREADABLE
    return 0


if __name__ == "__main__":
    sys.exit(main())
