"""The generated set: which pages there are, and how each is made.

The same seed makes the same set.
"""

import random
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pymupdf
from PIL import Image

from benchmarks.reading import layouts, pictures
from benchmarks.reading.layouts import A4, SIZES, Sheet
from benchmarks.reading.texts import LANGUAGES, Writer

BLANK, DAMAGED = "blank", "damaged"
_SCAN_DPI = 200
_KEPT = (0.15, 0.3)
"""Which share of damaged content is kept: so much of a page's text is lost that all are bad."""


@dataclass(frozen=True)
class Recipe:
    """A page that is to be made; `number` tells apart those that are alike in everything else."""

    kind: str
    variant: str
    language: str
    number: int = 0

    @property
    def name(self) -> str:
        """The page's name, which is that of its file."""
        variant = self.variant.replace(" ", "-").replace("°", "").replace(",", "")
        return f"{self.kind}_{variant}_{self.language}_{self.number}"


@dataclass(frozen=True)
class Page:
    """A page with known text, in a file of its own that shows the text but does not carry it.

    `layer_path` is the same page as a PDF that does, where one is made.
    """

    path: Path
    kind: str
    variant: str
    language: str
    known: str
    layer_path: Path | None = None


@dataclass(frozen=True)
class Made:
    """A file and the text on its only page; `layered` is a PDF of it that carries the text."""

    content: bytes
    suffix: str
    known: str
    layered: bytes | None = None


def make(recipe: Recipe, folder: Path, seed: int) -> Page:
    """Make a page in a folder."""
    chance = random.Random(f"{seed}/{recipe.name}")
    made = _MAKERS[recipe.kind](recipe, Writer(recipe.language, chance), chance)
    path = folder / f"{recipe.name}{made.suffix}"
    path.write_bytes(made.content)
    layer_path = folder / f"{recipe.name}_text.pdf" if made.layered else None
    if layer_path and made.layered:
        layer_path.write_bytes(made.layered)
    return Page(path, recipe.kind, recipe.variant, recipe.language, made.known, layer_path)


def plan(
    count: int | None = None,
    kinds: Collection[str] = (),
    languages: Collection[str] = (),
) -> list[Recipe]:
    """The pages to make: the whole set once, or `count` of them, evenly from all kinds.

    A count above that of the set goes through it again, with other texts. `kinds` and `languages`
    leave out the others.
    """
    once = [
        recipe
        for recipe in _recipes()
        if (not kinds or recipe.kind in kinds) and (not languages or recipe.language in languages)
    ]
    count = len(once) if count is None else count
    if not once or count < 1:
        return []
    rounds, rest = divmod(count, len(once))
    chosen = [
        Recipe(recipe.kind, recipe.variant, recipe.language, recipe.number + 10 * again)
        for again in range(rounds)
        for recipe in once
    ]
    for index in range(rest):
        recipe = once[index * len(once) // rest]
        chosen.append(
            Recipe(recipe.kind, recipe.variant, recipe.language, recipe.number + 10 * rounds)
        )
    return sorted(chosen, key=lambda recipe: KINDS.index(recipe.kind))


def _recipes() -> Iterator[Recipe]:
    for kind, variants, languages, count in _SET:
        for language, variant, number in product(languages, variants, range(count)):
            yield Recipe(kind, variant, language, number)


def _print(recipe: Recipe, writer: Writer, chance: random.Random) -> Made:
    return _pdf(layouts.prose(writer, chance, float(recipe.variant.split()[0]), 280))


def _columns(_: Recipe, writer: Writer, chance: random.Random) -> Made:
    size = chance.choice([9.0, 9.5, 10.0])
    return _pdf(layouts.columns(writer, size, chance.uniform(260, 420)))


def _dense(recipe: Recipe, writer: Writer, chance: random.Random) -> Made:
    """A page that is full of small print, as in an almanac."""
    sheet = layouts.columns(writer, 7.0, A4[1])
    if not recipe.variant.endswith("scan"):
        return _pdf(sheet)
    picture = pictures.scan(pictures.draw(sheet, 300), chance)
    return _pictured(picture, chance.randint(35, 60), 300, sheet.known_text())


def _table(recipe: Recipe, writer: Writer, chance: random.Random) -> Made:
    return _pdf(layouts.table(writer, chance, ruled=recipe.variant == "ruled"))


def _form(_: Recipe, writer: Writer, chance: random.Random) -> Made:
    return _pdf(layouts.form(writer, chance))


def _receipt(recipe: Recipe, writer: Writer, chance: random.Random) -> Made:
    sheet = layouts.receipt(writer, chance, items={"short": 8, "long": 100}.get(recipe.variant, 18))
    if recipe.variant != "photographed":
        return _pdf(sheet)
    photo = pictures.photograph(
        pictures.draw(sheet, 200), chance, contrast=0.6, darkest=0.7, slant=0.0
    )
    return Made(pictures.as_jpeg(photo, 70, 200), ".jpg", sheet.known_text())


def _scan(recipe: Recipe, writer: Writer, chance: random.Random) -> Made:
    dpi = int(recipe.variant.split()[0])
    sheet = layouts.prose(writer, chance, 11, 280)
    picture = pictures.scan(pictures.draw(sheet, dpi), chance)
    return _pictured(picture, chance.randint(35, 60), dpi, sheet.known_text())


def _turned(recipe: Recipe, writer: Writer, chance: random.Random) -> Made:
    """A page that somebody laid on the scanner the wrong way round."""
    sheet = layouts.prose(writer, chance, 11, 280)
    picture = pictures.draw(sheet, _SCAN_DPI)
    if recipe.variant.endswith("scan"):
        picture = pictures.scan(picture, chance)
    turned = picture.rotate(-int(recipe.variant.split("°")[0]), expand=True)
    return _pictured(turned, 80, _SCAN_DPI, sheet.known_text())


def _photo(recipe: Recipe, writer: Writer, chance: random.Random) -> Made:
    sheet = layouts.prose(writer, chance, 12, 220)
    ways = {"contrast": 0.75, "darkest": 0.8, "slant": 0.01}
    ways |= {
        "low contrast": {"contrast": 0.22},
        "uneven light": {"darkest": 0.3},
        "perspective": {"slant": 0.05},
    }[recipe.variant]
    photo = pictures.photograph(pictures.draw(sheet, 150), chance, **ways)
    return Made(pictures.as_jpeg(photo, 70, 150), ".jpg", sheet.known_text())


def _damaged(recipe: Recipe, writer: Writer, chance: random.Random) -> Made:
    sheet = layouts.prose(writer, chance, 11, 280)
    picture = pictures.scan(pictures.draw(sheet, _SCAN_DPI), chance)
    jpeg = pictures.as_jpeg(picture, 60, _SCAN_DPI)
    content, suffix = _DAMAGES[recipe.variant](jpeg, sheet, chance)
    return Made(content, suffix, sheet.known_text())


def _cut_jpeg(jpeg: bytes, _: Sheet, chance: random.Random) -> tuple[bytes, str]:
    return jpeg[: round(len(jpeg) * chance.uniform(*_KEPT))], ".jpg"


def _cut_jpeg_in_pdf(jpeg: bytes, _: Sheet, chance: random.Random) -> tuple[bytes, str]:
    share = chance.uniform(*_KEPT)
    return _replace_stream(pictures.as_pdf(jpeg, *A4), jpeg, jpeg[: round(len(jpeg) * share)])


def _garbage_jpeg(jpeg: bytes, _: Sheet, chance: random.Random) -> tuple[bytes, str]:
    garbage = jpeg[:400] + chance.randbytes(len(jpeg) - 400)
    return _replace_stream(pictures.as_pdf(jpeg, *A4), jpeg, garbage)


def _overwritten_jpeg(jpeg: bytes, _: Sheet, chance: random.Random) -> tuple[bytes, str]:
    """A stretch in the middle is lost, as where a sector of a disk was."""
    at = round(len(jpeg) * chance.uniform(*_KEPT))
    damaged = jpeg[:at] + chance.randbytes(4_096) + jpeg[at + 4_096 :]
    return damaged, ".jpg"


def _garbage_content(_: bytes, sheet: Sheet, chance: random.Random) -> tuple[bytes, str]:
    pdf, content = _with_one_content(sheet)
    return _replace_stream(pdf, content, chance.randbytes(len(content)))


def _cut_content(_: bytes, sheet: Sheet, chance: random.Random) -> tuple[bytes, str]:
    """The page's content ends early: what is compressed breaks off."""
    pdf, content = _with_one_content(sheet)
    return _replace_stream(pdf, content, content[: round(len(content) * chance.uniform(*_KEPT))])


def _with_one_content(sheet: Sheet) -> tuple[bytes, bytes]:
    """The PDF, and the page's content as it stands there, compressed."""
    sheet.page.clean_contents()
    pdf = bytes(sheet.document.tobytes(garbage=1, deflate=True))
    with pymupdf.open(stream=pdf) as document:
        return pdf, bytes(document.xref_stream_raw(document[0].get_contents()[0]))


def _replace_stream(pdf: bytes, whole: bytes, damaged: bytes) -> tuple[bytes, str]:
    """The PDF with a stream that is damaged; its length stays, so that nothing else moves."""
    if whole not in pdf:
        raise RuntimeError("the stream that is to be damaged is not in the PDF as it is")
    return pdf.replace(whole, damaged.ljust(len(whole), b"\0")), ".pdf"


def _blank(recipe: Recipe, _: Writer, chance: random.Random) -> Made:
    if recipe.variant == "empty":
        return _pdf(Sheet(height=A4[1] - recipe.number))
    return _pictured(pictures.blank(recipe.variant, chance), 70, _SCAN_DPI, "")


def _pdf(sheet: Sheet) -> Made:
    """The sheet as outlines, which can be drawn at any size, and as the text that it is."""
    svg = sheet.page.get_svg_image(text_as_path=True).encode()
    with pymupdf.open(stream=svg, filetype="svg") as drawing:
        outlines = drawing.convert_to_pdf()
    known = sheet.known_text()
    if not known:
        return Made(outlines, ".pdf", known)
    sheet.document.subset_fonts()
    return Made(outlines, ".pdf", known, sheet.document.tobytes(garbage=3, deflate=True))


def _pictured(picture: Image.Image, quality: int, dpi: int, known: str) -> Made:
    """A PDF whose page is one picture."""
    jpeg = pictures.as_jpeg(picture, quality, dpi)
    width, height = (side / dpi * 72 for side in picture.size)
    return Made(pictures.as_pdf(jpeg, width, height), ".pdf", known)


_DAMAGES: dict[str, Callable[[bytes, Sheet, random.Random], tuple[bytes, str]]] = {
    "JPEG cut": _cut_jpeg,
    "JPEG cut, in a PDF": _cut_jpeg_in_pdf,
    "JPEG overwritten": _overwritten_jpeg,
    "JPEG of garbage": _garbage_jpeg,
    "content cut": _cut_content,
    "content of garbage": _garbage_content,
}
_MAKERS: dict[str, Callable[[Recipe, Writer, random.Random], Made]] = {
    "print": _print,
    "size": _print,
    "columns": _columns,
    "dense": _dense,
    "table": _table,
    "form": _form,
    "receipt": _receipt,
    "scan": _scan,
    "turned": _turned,
    "photo": _photo,
    DAMAGED: _damaged,
    BLANK: _blank,
}
KINDS = tuple(_MAKERS)
_BOTH = ("en", "es")
_SET: tuple[tuple[str, Sequence[str], Sequence[str], int], ...] = (
    ("print", ["11 pt"], _BOTH, 4),
    ("print", ["11 pt"], LANGUAGES[2:], 2),
    ("size", [f"{size:g} pt" for size in SIZES], ("en", "es", "de"), 1),
    ("columns", ["two"], LANGUAGES[:8], 1),
    ("dense", ["7 pt", "7 pt scan"], _BOTH, 1),
    ("table", ["ruled", "without lines"], ("en", "es", "fr", "pl"), 1),
    ("form", ["filled in"], LANGUAGES[:6], 1),
    ("receipt", ["short"], ("en", "de", "pt"), 1),
    ("receipt", ["long"], ("es", "it", "nl"), 1),
    ("receipt", ["photographed"], _BOTH, 1),
    ("scan", ["150 dpi", "200 dpi", "300 dpi"], _BOTH, 2),
    ("scan", ["200 dpi"], LANGUAGES[2:], 1),
    ("turned", ["90°", "180°", "270°"], ("en", "es", "de"), 1),
    ("turned", ["90° scan", "180° scan", "270° scan"], ("en",), 1),
    ("photo", ["low contrast", "uneven light", "perspective"], ("en", "es", "fr"), 1),
    (DAMAGED, list(_DAMAGES), _BOTH, 1),
    (BLANK, ["empty", "scan", "speckled", "shadow"], ("en",), 2),
)
"""Kinds with their variants, languages, and how many pages there are of each of these."""
