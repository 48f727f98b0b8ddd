"""PDFs whose pages show which page they are, in a pattern of squares, and hold no text.

So whoever is shown the image of a page knows what text belongs to it, and nobody can take the text
from the PDF itself. Plain bytes, made without a PDF library: the same whatever is installed.
"""

import io
import struct
import zlib
from collections.abc import Sequence

from PIL import Image

# A document and a page of it, numbered from 1. None, where a page is meant: one with nothing on it.
Mark = tuple[int, int]

_GRID, _CELL_PT, _MARGIN_PT = 8, 10, 10
_SIDE_PT = _GRID * _CELL_PT + 2 * _MARGIN_PT
_FIRST_PAGE = 3  # the number of the first page's object


def pdf(marks: Sequence[Mark | None], padding_bytes: int = 0) -> bytes:
    """A PDF with a page for each mark; `padding_bytes` of zeros make it larger."""
    kids = " ".join(f"{_FIRST_PAGE + 2 * n} 0 R" for n in range(len(marks)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(marks)} /Kids [{kids}] >>".encode(),
    ]
    for n, mark in enumerate(marks):
        contents = _FIRST_PAGE + 1 + 2 * n
        about = f"/MediaBox [0 0 {_SIDE_PT} {_SIDE_PT}] /Contents {contents} 0 R"
        objects += [
            f"<< /Type /Page /Parent 2 0 R {about} /Resources << >> >>".encode(),
            _stream(_squares(mark) if mark else b""),
        ]
    if padding_bytes:
        objects.append(_stream(bytes(padding_bytes)))
    return _assemble(objects)


def mark_on(image: bytes) -> Mark | None:
    """The mark that an image of a page shows; None if there is none, or not without doubt."""
    grey = Image.open(io.BytesIO(image)).convert("L")
    number = 0
    for x, y in _centres():
        at = (round(x / _SIDE_PT * grey.width), round(y / _SIDE_PT * grey.height))
        dark = grey.crop((*at, at[0] + 1, at[1] + 1)).tobytes()[0] < 128
        number = number << 1 | dark
    content, checksum = struct.unpack(">4sI", number.to_bytes(8, "big"))
    if zlib.crc32(content) != checksum:
        return None
    document, page = struct.unpack(">HH", content)
    return document, page


def _squares(mark: Mark) -> bytes:
    content = struct.pack(">HH", *mark)
    number = int.from_bytes(content + struct.pack(">I", zlib.crc32(content)), "big")
    half = _CELL_PT / 2
    squares = [
        f"{x - half:g} {_SIDE_PT - y - half:g} {_CELL_PT} {_CELL_PT} re f"
        for place, (x, y) in enumerate(_centres())
        if number >> (_GRID * _GRID - 1 - place) & 1
    ]
    return "\n".join(squares).encode()


def _centres() -> list[tuple[float, float]]:
    """The middle of each cell, in points from the upper left, row after row."""
    at = [_MARGIN_PT + (n + 0.5) * _CELL_PT for n in range(_GRID)]
    return [(x, y) for y in at for x in at]


def _stream(content: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)


def _assemble(objects: Sequence[bytes]) -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalog."""
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)
