"""Pages of any size with print of any size, as text and as scans."""

import io
import math
from functools import lru_cache

import pymupdf
from PIL import Image

from tests.support.pdfs import SENTENCES

A4 = (595.0, 842.0)
_MM = 72 / 25.4

RECEIPT = (78 * _MM, 656 * _MM)
SHORT_RECEIPT = (58 * _MM, 300 * _MM)
NEWSPAPER = (350 * _MM, 510 * _MM)
PLAN = (1189 * _MM, 841 * _MM)
BANNER = (2000 * _MM, 300 * _MM)
WEB_PAGE = (800.0, 9000.0)


def words(count: int) -> list[str]:
    """So many lines of a few words."""
    sentences = " ".join(SENTENCES).split()
    return [" ".join(sentences[n * 3 % 90 : n * 3 % 90 + 4]) for n in range(count)]


@lru_cache(8)
def printed(
    size: tuple[float, float], print_pt: float, font: str = "helv", lines: int = 400
) -> tuple[bytes, str]:
    """A page of this size in points, full of print, and its words."""
    width, height = size
    step, room = print_pt * 1.4, print_pt * 14
    columns, rows = max(1, int((width - 24) / room)), int((height - 24 - print_pt) / step)
    texts = words(min(lines, columns * rows))
    with pymupdf.open() as document:
        page = document.new_page(width=width, height=height)
        for n, line in enumerate(texts):
            column, row = divmod(n, rows)
            place = (12 + column * room, 12 + print_pt + row * step)
            page.insert_text(place, line, fontname=font, fontsize=print_pt)
        return bytes(document.tobytes(garbage=3, deflate=True)), " ".join(texts)


def scanned(
    size: tuple[float, float],
    print_pt: float,
    dpi: int = 300,
    lines: int = 400,
    turn: int = 0,
    strips: int = 1,
) -> bytes:
    """The same as nothing but an image, made at this resolution, and turned by so many degrees.

    With `strips` it lies on the page as so many images, one under the other.
    """
    image = _drawn(size, print_pt, dpi, lines).rotate(turn, expand=True, fillcolor=255)
    zoom, step = 72 / dpi, math.ceil(image.height / strips)
    with pymupdf.open() as scan:
        page = scan.new_page(width=image.width * zoom, height=image.height * zoom)
        for top in range(0, image.height, step):
            bottom = min(top + step, image.height)
            box = (0, top * zoom, image.width * zoom, bottom * zoom)
            page.insert_image(box, stream=_jpeg(image.crop((0, top, image.width, bottom))))
        return bytes(scan.tobytes())


def ruled(print_pt: float, *, columns: bool) -> bytes:
    """A scan of A4 with a rule under each line of print, as in a table, and between columns."""
    width, height = A4
    step = print_pt * 1.8
    with pymupdf.open() as document:
        page = document.new_page(width=width, height=height)
        for n, line in enumerate(words(int((height - 80) / step))):
            base = 40 + n * step
            for left in (44, 44 + print_pt * 14, 44 + print_pt * 28):
                page.insert_text((left, base), line[:22], fontsize=print_pt)
            page.draw_line(
                (40, base + 0.5 * print_pt), (width - 40, base + 0.5 * print_pt), width=0.5
            )
        for left in range(40, int(width) - 30, 57) if columns else ():
            page.draw_line((left, 30), (left, height - 40), width=0.5)
        image = page.get_pixmap(dpi=300, colorspace=pymupdf.csGRAY)
        jpeg = _jpeg(Image.frombytes("L", (image.width, image.height), image.samples))
    with pymupdf.open() as scan:
        page = scan.new_page(width=width, height=height)
        page.insert_image(page.rect, stream=jpeg)
        return bytes(scan.tobytes())


def in_inches(print_pt: float) -> bytes:
    """A scan of A4 whose page is 8 by 12 points large: somebody took them for inches."""
    tiny = (A4[0] / 72, A4[1] / 72)
    with pymupdf.open() as document:
        page = document.new_page(width=tiny[0], height=tiny[1])
        page.insert_image(page.rect, stream=_jpeg(_drawn(A4, print_pt, 200, 60)))
        return bytes(document.tobytes())


def stamped(content: bytes, words: str, print_pt: float) -> bytes:
    """The same with words at the foot of its page."""
    with pymupdf.open(stream=content, filetype="pdf") as document:
        page = document[0]
        place = (page.rect.width / 2 - 40, page.rect.height - 6)
        page.insert_text(place, words, fontsize=print_pt)
        return bytes(document.tobytes())


def with_picture(print_pt: float, picture_pt: float | None) -> bytes:
    """Text above a picture of smaller print, or of no print at all."""
    content, _ = printed(A4, print_pt, lines=20)
    box = pymupdf.Rect(60, 420, 540, 800)
    picture = Image.radial_gradient("L").resize((2000, 1583))
    if picture_pt:
        picture = _drawn((box.width, box.height), picture_pt, 300, 400)
    with pymupdf.open(stream=content, filetype="pdf") as document:
        document[0].insert_image(box, stream=_jpeg(picture))
        return bytes(document.tobytes())


@lru_cache(4)
def _drawn(size: tuple[float, float], print_pt: float, dpi: int, lines: int) -> Image.Image:
    content, _ = printed(size, print_pt, lines=lines)
    with pymupdf.open(stream=content, filetype="pdf") as document:
        pixmap = document[0].get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY)
        return Image.frombytes("L", (pixmap.width, pixmap.height), pixmap.samples)


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()
