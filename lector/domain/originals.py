"""What people upload: what it is by its content, what Lector reads of it, and how it is named.

A file's name and what a browser says of it are not looked at: a picture may be called .pdf. What a
file is shows in its first bytes (`unsupported` holds what is recognised only to be refused).
"""

import re
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path

from lector.domain import unsupported
from lector.domain.unsupported import Unsupported

HEAD_BYTES = 4096
"""How much of a file's beginning is enough to know what it is."""

UNNAMED = "unnamed"
STORED_TYPE = "application/octet-stream"
"""The media type under which bytes are stored: their key and URL come before their content."""


@dataclass(frozen=True)
class Original:
    """A kind of document that Lector reads. `extensions`: the usual one first, without a dot."""

    media_type: str
    words: str
    extensions: tuple[str, ...]
    pillow_formats: tuple[str, ...] = ()
    """What Pillow calls it."""

    @property
    def is_image(self) -> bool:
        """Whether it is an image, and not made of pages that are drawn."""
        return bool(self.pillow_formats)


PDF = Original("application/pdf", "a PDF", ("pdf",))
JPEG = Original("image/jpeg", "a JPEG image", ("jpg", "jpeg", "jpe", "jfif"), ("JPEG",))
PNG = Original("image/png", "a PNG image", ("png",), ("PNG",))
TIFF = Original("image/tiff", "a TIFF image", ("tif", "tiff"), ("TIFF",))
WEBP = Original("image/webp", "a WebP image", ("webp",), ("WEBP",))
HEIC = Original("image/heic", "a HEIC image", ("heic", "heif"), ("HEIF",))
GIF = Original("image/gif", "a GIF image", ("gif",), ("GIF",))
BMP = Original("image/bmp", "a BMP image", ("bmp", "dib"), ("BMP",))

ALL = (PDF, JPEG, PNG, TIFF, WEBP, HEIC, GIF, BMP)
MEDIA_TYPES = tuple(kind.media_type for kind in ALL)
READ_WORDS = "PDF, JPEG, PNG, TIFF, WebP, HEIC, GIF and BMP"
"""What Lector reads, for sentences."""

_EXTENSIONS = {extension for kind in ALL for extension in kind.extensions}
_PDF_WITHIN = 1024  # bytes of anything may stand before a PDF, as in Acrobat
_PDF_HEADER = re.compile(rb"%PDF-\d|%!PS-Adobe-\d\.\d PDF-\d")
_PDF_OBJECT = re.compile(rb"(?:^|[\r\n])\s*\d{1,7} \d{1,5} obj\b")
_MAGIC = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
    (b"II+\0", TIFF),
    (b"MM\0+", TIFF),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
)
_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"}
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIF_BRANDS = {b"mif1", b"mif2", b"msf1"}


def may_be_locked(path: Path) -> bool:
    """Whether a document says anywhere that it is encrypted: a PDF does, with or without password.

    Nothing of it is parsed: what is encrypted cannot hide this word, as it tells how to read on.
    """
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        return content.find(b"/Encrypt") >= 0


def identify(head: bytes) -> Original | Unsupported | None:
    """What a file is, by its first `HEAD_BYTES`.

    None: nothing that is known. It may be a PDF that lost its beginning, which the engine can
    often repair; whoever opens it finds out.
    """
    image = _image(head)
    if image:
        return image
    found = unsupported.by_magic(head)
    if found:
        return found
    if _PDF_HEADER.search(head, 0, _PDF_WITHIN + 5):
        return PDF
    if _PDF_OBJECT.search(head):
        return None
    return unsupported.by_text(head)


def by_media_type(media_type: str | None) -> Original | None:
    """The kind of document that has a media type."""
    return next((kind for kind in ALL if kind.media_type == media_type), None)


def has_extension(name: str) -> bool:
    """Whether a file's name says that it is a document that Lector reads."""
    return name.rpartition(".")[2].lower() in _EXTENSIONS if "." in name else False


def stem(name: str) -> str:
    """An original's file name without the extension of a document."""
    return name.rpartition(".")[0] if has_extension(name) else name


def renamed(name: str, extension: str) -> str:
    """An original's file name with another extension in place of that of a document."""
    return f"{stem(name)}.{extension}"


def _image(head: bytes) -> Original | None:
    if unsupported.is_camera_raw(head):
        return None
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return BMP
    return HEIC if _is_heic(head) else None


def _is_heic(head: bytes) -> bool:
    """Whether it is one, or may be: some only say that they are still images."""
    brands = unsupported.media_brands(head)
    if not brands or not _AVIF_BRANDS.isdisjoint(brands):
        return False
    return brands[0] in _HEIC_BRANDS | _HEIF_BRANDS
