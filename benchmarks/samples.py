"""PDFs to measure with: every page differs, so that no answer comes out of a cache."""

import io
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pymupdf
from PIL import Image

A4 = pymupdf.Rect(0, 0, 595, 842)
_MARGIN = 56
_WORDS = (
    "river ledger morning paper signal harbour copper winter meadow letter engine silver "
    "garden window number thunder market bridge candle forest pocket mirror island summer"
)
_WORDS_ON_A_PAGE = 500
_SCAN_DPI = 200
_DRAWN_DPI = 150
_NOISE = 0.12
_ARTICLES = Path(__file__).parent / "reading" / "texts" / "en.txt"
_CLOSING = (
    "The members of the group thank everybody who wrote to them in the course of the year, and ask"
    " for further letters about these articles before the first day of March, so that they can be"
    " answered in the next report."
)
_MARK_BITS, _MARK_PT = 64, 4


def text_pdf(path: Path, pages: int, seed: int | str = 1) -> Path:
    """A PDF of full pages of text."""
    chance = random.Random(seed)
    with pymupdf.open() as document:
        for _ in range(pages):
            _write_text(document.new_page(width=A4.width, height=A4.height), chance)
        document.save(path)
    return path


@cache
def page_text() -> str:
    """500 words of English, in sentences."""
    plain = str.maketrans("“”‘’", "\"\"''")  # the PDF's font has no others
    about, _, articles = _ARTICLES.read_text().translate(plain).partition("\n\n")
    lists = [line.partition(": ")[2] + "." for line in about.splitlines()]
    words = " ".join([*articles.split("\n"), *lists, _CLOSING]).split()
    if len(words) < _WORDS_ON_A_PAGE:
        raise RuntimeError(f"{_ARTICLES.name} has {len(words)} words")
    return " ".join(words[:_WORDS_ON_A_PAGE])


def read_pdf(path: Path, pages: int, seed: int | str = 1) -> Path:
    """A PDF whose every page says `page_text()`, and carries it.

    A row of squares makes each page's image another one, and says nothing.
    """
    chance = random.Random(seed)
    with pymupdf.open() as document:
        for _ in range(pages):
            page = document.new_page(width=A4.width, height=A4.height)
            _write(page, page_text())
            _mark(page, chance.getrandbits(_MARK_BITS))
        document.save(path)
    return path


def _mark(page: pymupdf.Page, number: int) -> None:
    for bit in range(_MARK_BITS):
        if number >> bit & 1:
            left = _MARGIN + bit * _MARK_PT
            page.draw_rect(pymupdf.Rect(left, 20, left + _MARK_PT, 20 + _MARK_PT), fill=(0,))


def drawn_pdf(path: Path, pages: int, seed: int | str = 1) -> Path:
    """The same pages as pictures in black and white: nobody can take their text from the PDF."""
    return _pictured_pdf(path, pages, seed, _drawn)


def scan_pdf(path: Path, pages: int, seed: int | str = 1) -> Path:
    """A PDF whose pages are each one grey, grainy image, as a scanner makes it."""
    return _pictured_pdf(path, pages, seed, _scanned)


def _pictured_pdf(
    path: Path, pages: int, seed: int | str, make_picture: Callable[[random.Random], bytes]
) -> Path:
    chance = random.Random(seed)
    with pymupdf.open() as document:
        for _ in range(pages):
            page = document.new_page(width=A4.width, height=A4.height)
            page.insert_image(A4, stream=make_picture(chance))
        document.save(path)
    return path


def _write_text(page: pymupdf.Page, chance: random.Random) -> None:
    _write(page, " ".join(chance.choices(_WORDS.split(), k=_WORDS_ON_A_PAGE)))


def _write(page: pymupdf.Page, text: str) -> None:
    inside = pymupdf.Rect(_MARGIN, _MARGIN, A4.width - _MARGIN, A4.height - _MARGIN)
    if page.insert_textbox(inside, text, fontsize=11, lineheight=1.4) < 0:
        raise RuntimeError("the text does not fit on the page")


def _drawn(chance: random.Random) -> bytes:
    png = io.BytesIO()
    _printed(chance, _DRAWN_DPI).convert("1", dither=Image.Dither.NONE).save(png, "PNG")
    return png.getvalue()


def _scanned(chance: random.Random) -> bytes:
    clean = _printed(chance, _SCAN_DPI)
    grainy = Image.blend(clean, Image.effect_noise(clean.size, 90), _NOISE)
    jpeg = io.BytesIO()
    grainy.save(jpeg, "JPEG", quality=75)
    return jpeg.getvalue()


def _printed(chance: random.Random, dpi: int) -> Image.Image:
    with pymupdf.open() as document:
        page = document.new_page(width=A4.width, height=A4.height)
        _write_text(page, chance)
        pixmap = page.get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY)
    return Image.frombytes("L", (pixmap.width, pixmap.height), pixmap.samples)
