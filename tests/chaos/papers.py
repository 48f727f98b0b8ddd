"""PDFs whose pages say, in a pattern of squares, which page of which file they are.

So whoever is shown the image of a page knows what text belongs to it, whatever row it came from.
Pages of some files carry their text; all others, and every page that nobody can read, are pictures.
"""

import io
import struct
import zlib
from collections.abc import Collection
from random import Random

import pymupdf
from PIL import Image

_A4 = (595, 842)
_GRID, _CELL_PT = 8, 40
_PICTURE_DPI = 100
_LEFT, _TOP = 80, 300
_WORDS = (
    "river ledger morning paper signal harbour copper winter meadow letter engine silver "
    "garden window number thunder market bridge candle forest pocket mirror island summer"
)
_BLANK_EVERY, _HOPELESS_EVERY, _BAD_EVERY, _BAD_PAGE = 5, 7, 3, 4
BAD = ("500", "breaks off", "hangs")  # how a page can make the model fail, each time
LAST = 8001  # a file that can be read, every page of it
LETTERS_FROM = 9001  # files of one page, with these numbers
CRASHES = "this page makes the reader crash"


def is_blank(file: int, page: int) -> bool:
    """Whether a page has nothing on it: the second page of every fifth file."""
    return file % _BLANK_EVERY == 0 and page == 2


def is_hopeless(file: int, page: int) -> bool:
    """Whether every answer about a page is cut off: the third page of every seventh file."""
    return file % _HOPELESS_EVERY == 3 and page == 3


def bad(file: int, page: int) -> str | None:
    """How a page makes the model fail, if it does: the fourth page of every third file."""
    if file % _BAD_EVERY != 1 or page != _BAD_PAGE:
        return None
    return BAD[file // _BAD_EVERY % len(BAD)]


def pages_in(file: int, pages: int) -> int:
    """How many pages a file has in a run whose files have so many."""
    return 1 if file >= LETTERS_FROM else pages


def answer(file: int, page: int, number: int) -> str:
    """What the model says of a page when it answers this time, counted from 1."""
    return f"{text_of(file, page)}\nAnswer {number}."


def text_of(file: int, page: int) -> str:
    """The text of a page, which no other page has."""
    if is_blank(file, page):
        return ""
    words = Random(file * 10_000 + page).choices(_WORDS.split(), k=30)
    return f"File {file}, page {page}.\n{' '.join(words)}"


def some_with_text(files: int, seed: int) -> frozenset[int]:
    """Half of the files of a run, which carry their text; the same seed makes the same half."""
    return frozenset(Random(seed).sample(range(1, files + 1), files // 2))


def carries_text(file: int, page: int, with_text: Collection[int]) -> bool:
    """Whether a page carries its text, in a run in which these files do."""
    unreadable = is_hopeless(file, page) or bad(file, page) is not None
    return file in with_text and not is_blank(file, page) and not unreadable


def is_text_of(text: str, file: int, page: int) -> bool:
    """Whether a text is what a page carries, whatever its lines are."""
    return text.split() == text_of(file, page).split()


def pdf(file: int, pages: int, with_text: Collection[int]) -> bytes:
    """The PDF of this number."""
    with pymupdf.open() as document:
        for page in range(1, pages + 1):
            sheet = document.new_page(width=_A4[0], height=_A4[1])
            if is_blank(file, page):
                continue
            if carries_text(file, page, with_text):
                _print(sheet, file, page)
            else:
                sheet.insert_image(sheet.rect, stream=_picture(file, page))
        return bytes(document.tobytes(deflate=True, no_new_id=True))


def shown_on(jpeg: bytes) -> tuple[int, int] | None:
    """The file and page that an image shows; None if it does not say, or not without doubt."""
    image = Image.open(io.BytesIO(jpeg))
    image.draft("L", (image.width // 2, image.height // 2))
    grey = image.convert("L")
    scale = grey.width / _A4[0]
    number = 0
    for x, y in _centres():
        dark = _brightness(grey, round(x * scale), round(y * scale)) < 128
        number = number << 1 | dark
    content, checksum = struct.unpack(">4sI", number.to_bytes(8, "big"))
    if zlib.crc32(content) != checksum:
        return None
    file, page = struct.unpack(">HH", content)
    return file, page


def _print(sheet: pymupdf.Page, file: int, page: int) -> None:
    sheet.insert_textbox((56, 56, 539, 280), text_of(file, page), fontsize=12)
    _draw_squares(sheet, file, page)


def _picture(file: int, page: int) -> bytes:
    """The page as a scanner would make it, as a PNG."""
    with pymupdf.open() as document:
        sheet = document.new_page(width=_A4[0], height=_A4[1])
        _print(sheet, file, page)
        pixmap = sheet.get_pixmap(dpi=_PICTURE_DPI, colorspace=pymupdf.csGRAY)
        return bytes(pixmap.tobytes("png"))


def _draw_squares(sheet: pymupdf.Page, file: int, page: int) -> None:
    content = struct.pack(">HH", file, page)
    number = int.from_bytes(content + struct.pack(">I", zlib.crc32(content)), "big")
    half = _CELL_PT / 2
    for place, (x, y) in enumerate(_centres()):
        if number >> (_GRID * _GRID - 1 - place) & 1:
            sheet.draw_rect((x - half, y - half, x + half, y + half), color=(0,), fill=(0,))


def _centres() -> list[tuple[float, float]]:
    """The middle of each cell, in points, row after row."""
    at = [(n + 0.5) * _CELL_PT for n in range(_GRID)]
    return [(_LEFT + x, _TOP + y) for y in at for x in at]


def _brightness(grey: Image.Image, x: int, y: int) -> int:
    return grey.crop((x, y, x + 1, y + 1)).tobytes()[0]
