"""Images as a PDF holds them (ISO 32000-1, 8.9): those of JPEG and PNG files as they are.

What would have to be decoded first is left to the image that was drawn of it.
"""

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

_JPEG_QUALITY = 85
_ORIENTATION = 0x0112
_QUARTERS = {1: 0, 3: 180, 6: 90, 8: 270}
"""By EXIF: how a viewer must turn the image clockwise; the others are mirrored."""
_COLOURS = {"L": "/DeviceGray", "RGB": "/DeviceRGB"}
_PNG_HEAD = b"\x89PNG\r\n\x1a\n"
_PNG_COLOURS = {0: ("/DeviceGray", 1), 2: ("/DeviceRGB", 3), 3: ("", 1)}
_INDEXED = 3


@dataclass(frozen=True)
class EmbeddedImage:
    """An image's data, and what a PDF says of it beside its size in pixels."""

    width_px: int
    height_px: int
    entries: str
    data: bytes
    rotate: int = 0
    """By how many degrees it is turned clockwise to be shown upright."""


def embed(image: bytes) -> EmbeddedImage | None:
    """A JPEG or PNG as it is; None if a PDF cannot hold it so."""
    if image.startswith(_PNG_HEAD):
        try:
            return _embed_png(image)
        except (struct.error, KeyError, ValueError):
            return None
    return _embed_jpeg(image)


def embed_drawn(image: bytes) -> EmbeddedImage:
    """An image that was drawn of a page, in the smaller of two forms if it is a PNG."""
    as_it_is = embed(image)
    if as_it_is and not image.startswith(_PNG_HEAD):
        return as_it_is
    from PIL import Image  # noqa: PLC0415 - most who start upload make no PDF

    with Image.open(io.BytesIO(image), formats=("JPEG", "PNG")) as opened:
        jpeg = io.BytesIO()
        flat = opened if opened.mode in _COLOURS else opened.convert("RGB")
        flat.save(jpeg, "JPEG", quality=_JPEG_QUALITY)
        width, height = flat.size
        made = _of_jpeg(width, height, _COLOURS[flat.mode], jpeg.getvalue())
    return as_it_is if as_it_is and len(as_it_is.data) <= len(made.data) else made


def _embed_jpeg(image: bytes) -> EmbeddedImage | None:
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - as above

    try:
        with Image.open(io.BytesIO(image), formats=("JPEG",)) as opened:  # reads no more than heads
            rotate = _QUARTERS.get(opened.getexif().get(_ORIENTATION, 1))
            colours = _COLOURS.get(opened.mode)
            if rotate is None or colours is None:
                return None
            return _of_jpeg(*opened.size, colours, image, rotate)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        return None


def _of_jpeg(width: int, height: int, colours: str, data: bytes, rotate: int = 0) -> EmbeddedImage:
    entries = f"/BitsPerComponent 8 /ColorSpace {colours} /Filter /DCTDecode"
    return EmbeddedImage(width, height, entries, data, rotate)


def _embed_png(image: bytes) -> EmbeddedImage | None:
    """A PNG's compressed rows, which PDF has as well (predictor 15); none with transparency."""
    chunks: dict[bytes, list[bytes]] = {}
    for kind, data in _png_chunks(image):
        chunks.setdefault(kind, []).append(data)
    width, height, bits, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[b"IHDR"][0])
    if interlaced or bits > 8 or colour not in _PNG_COLOURS or b"tRNS" in chunks:
        return None
    space, components = _PNG_COLOURS[colour]
    if colour == _INDEXED:
        palette = chunks[b"PLTE"][0]
        space = f"[/Indexed /DeviceRGB {len(palette) // 3 - 1} <{palette.hex()}>]"
    entries = (
        f"/BitsPerComponent {bits} /ColorSpace {space} /Filter /FlateDecode /DecodeParms"
        f" << /Predictor 15 /Colors {components} /BitsPerComponent {bits} /Columns {width} >>"
    )
    return EmbeddedImage(width, height, entries, b"".join(chunks[b"IDAT"]))


def _png_chunks(image: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_PNG_HEAD)
    while at + 12 <= len(image):
        [length] = struct.unpack(">I", image[at : at + 4])
        kind, data = image[at + 4 : at + 8], image[at + 8 : at + 8 + length]
        [checksum] = struct.unpack(">I", image[at + 8 + length : at + 12 + length])
        if zlib.crc32(kind + data) != checksum:
            raise ValueError("a damaged chunk")
        yield kind, data
        at += 12 + length
        if kind == b"IEND":
            return
    raise ValueError("a PNG without an end")
