"""Pages of any size with print of any size, as text and as scans."""

import io

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
    size: tuple[float, float], print_pt: float, dpi: int = 300, lines: int = 400, turn: int = 0
) -> bytes:
    """The same as nothing but an image, made at this resolution, and turned by so many degrees."""
    content, _ = printed(size, print_pt, lines=lines)
    with pymupdf.open(stream=content, filetype="pdf") as document, pymupdf.open() as scan:
        pixmap = document[0].get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY)
        image = Image.frombytes("L", (pixmap.width, pixmap.height), pixmap.samples)
        image = image.rotate(turn, expand=True, fillcolor=255)
        jpeg = io.BytesIO()
        image.save(jpeg, "JPEG", quality=80)
        page = scan.new_page(width=image.width * 72 / dpi, height=image.height * 72 / dpi)
        page.insert_image(page.rect, stream=jpeg.getvalue())
        return bytes(scan.tobytes())
