"""A PDF made of images, a page for each (ISO 32000-1, 7.5): what a searchable PDF of images is.

The images are those that were drawn of an original's pages. A JPEG goes into it as it is.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO

_LONGEST_SIDE_PT = 842.0  # as of A4: an image rarely says truly how large its page is
_JPEG_QUALITY = 85
_FIRST_PAGE = 3  # the number of the first page's object; each page has three


@dataclass(frozen=True)
class DrawnPage:
    """A page's number, the key of its image, and the size of that in pixels."""

    number: int
    image_key: str
    image_width_px: int
    image_height_px: int


class _Writer:
    def __init__(self, target: IO[bytes]) -> None:
        self._target = target
        self._offsets: list[int] = []
        target.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def add(self, entries: str, stream: bytes | None = None) -> None:
        """The next object."""
        self._offsets.append(self._target.tell())
        number = len(self._offsets)
        if stream is None:
            self._target.write(f"{number} 0 obj\n<< {entries} >>\nendobj\n".encode())
            return
        head = f"{number} 0 obj\n<< {entries} /Length {len(stream)} >>\nstream\n"
        self._target.write(head.encode() + stream + b"\nendstream\nendobj\n")

    def end(self) -> None:
        """Write where each object lies."""
        start, size = self._target.tell(), len(self._offsets) + 1
        lines = "".join(f"{offset:010d} 00000 n \n" for offset in self._offsets)
        self._target.write(
            f"xref\n0 {size}\n0000000000 65535 f \n{lines}"
            f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
        )


def write(pages: Sequence[DrawnPage], fetch: Callable[[str], bytes], target: IO[bytes]) -> None:
    """Write a PDF of pages, whose images are fetched by their keys, one after the other."""
    writer = _Writer(target)
    numbers = range(_FIRST_PAGE, _FIRST_PAGE + 3 * len(pages), 3)
    kids = " ".join(f"{number} 0 R" for number in numbers)
    writer.add("/Type /Catalog /Pages 2 0 R")
    writer.add(f"/Type /Pages /Count {len(pages)} /Kids [{kids}]")
    for number, page in zip(numbers, pages, strict=True):
        width, height = page.image_width_px, page.image_height_px
        zoom = _LONGEST_SIDE_PT / max(width, height)
        box = f"{width * zoom:.2f} {height * zoom:.2f}"
        writer.add(
            f"/Type /Page /Parent 2 0 R /MediaBox [0 0 {box}] /Contents {number + 1} 0 R"
            f" /Resources << /XObject << /Image {number + 2} 0 R >> >>"
        )
        across, down = box.split()
        writer.add("", f"q {across} 0 0 {down} 0 0 cm /Image Do Q".encode())
        jpeg, colours = _to_jpeg(fetch(page.image_key))
        writer.add(
            f"/Type /XObject /Subtype /Image /Width {width} /Height {height}"
            f" /BitsPerComponent 8 /ColorSpace /{colours} /Filter /DCTDecode",
            jpeg,
        )
    writer.end()


def _to_jpeg(image: bytes) -> tuple[bytes, str]:
    """An image as a JPEG, and what its colours are called."""
    from PIL import Image  # noqa: PLC0415 - most who start upload make no PDF

    with Image.open(io.BytesIO(image), formats=("JPEG", "PNG")) as opened:
        colours = "DeviceGray" if opened.mode == "L" else "DeviceRGB"
        if opened.format == "JPEG":
            return image, colours
        jpeg = io.BytesIO()
        opened.save(jpeg, "JPEG", quality=_JPEG_QUALITY)
        return jpeg.getvalue(), colours
