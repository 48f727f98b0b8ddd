"""A PDF made of images, a page for each (ISO 32000-1, 7.5): what a searchable PDF of images is.

The images are the original itself where a PDF can hold it, else those that were drawn of its pages.
"""

from collections.abc import Iterable
from typing import IO

from functions.upload.searchable_pdf.embedded_images import EmbeddedImage

_LONGEST_SIDE_PT = 842.0  # as of A4: an image rarely says truly how large its page is
_FIRST_PAGE = 3  # the number of the first page's object; each page has three


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


def write(count: int, images: Iterable[EmbeddedImage], target: IO[bytes]) -> None:
    """Write a PDF of so many images, which are taken one by one."""
    writer = _Writer(target)
    numbers = range(_FIRST_PAGE, _FIRST_PAGE + 3 * count, 3)
    kids = " ".join(f"{number} 0 R" for number in numbers)
    writer.add("/Type /Catalog /Pages 2 0 R")
    writer.add(f"/Type /Pages /Count {count} /Kids [{kids}]")
    for number, image in zip(numbers, images, strict=True):
        zoom = _LONGEST_SIDE_PT / max(image.width_px, image.height_px)
        across, down = f"{image.width_px * zoom:.2f}", f"{image.height_px * zoom:.2f}"
        rotate = f" /Rotate {image.rotate}" if image.rotate else ""
        writer.add(
            f"/Type /Page /Parent 2 0 R /MediaBox [0 0 {across} {down}]{rotate}"
            f" /Contents {number + 1} 0 R /Resources << /XObject << /Image {number + 2} 0 R >> >>"
        )
        writer.add("", f"q {across} 0 0 {down} 0 0 cm /Image Do Q".encode())
        writer.add(
            f"/Type /XObject /Subtype /Image /Width {image.width_px} /Height {image.height_px}"
            f" {image.entries}",
            image.data,
        )
    writer.end()
