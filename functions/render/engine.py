"""The one module that knows the PDF engine (PyMuPDF, AGPL or commercial).

It runs in processes of its own (`engine_process`), which may crash, hang or run out of memory.
Another engine takes its place by offering the same three functions: `open_document`, `inspect` and
`draw`. Where memory does not suffice, each of them raises `MemoryError`.
"""

import ctypes
import errno
import io
import re
import sys
from pathlib import Path

import pymupdf
from PIL import Image

from functions.render.engine_messages import Inspection, RenderedImage
from lector.domain.failure_codes import FailureCode
from lector.runtime import settings
from lector.runtime.failures import PermanentFailure, TransientFailure

_POINTS_PER_INCH = 72
_REFERENCE = re.compile(r"(\d+) \d+ R")
_NO_MEMORY = re.compile(r"alloc\b.*failed|bad_alloc")
_ENGINE_ERRORS = (pymupdf.mupdf.FzErrorBase, RuntimeError, ValueError, ZeroDivisionError)

_LINUX = sys.platform == "linux"
if _LINUX:
    _errno_of_thread = ctypes.CDLL(None).__errno_location
    _errno_of_thread.restype = ctypes.POINTER(ctypes.c_int)

pymupdf.TOOLS.mupdf_display_errors(on=False)
pymupdf.TOOLS.mupdf_display_warnings(on=False)


def open_document(path: Path) -> pymupdf.Document:
    """Open a PDF.

    Raises:
        PermanentFailure: it is not a PDF, is empty or protected.

    """
    _watch_memory()
    document = _open(path)
    _raise_if_memory_was_short()
    return document


def inspect(document: pymupdf.Document, max_pages: int) -> Inspection:
    """Count a PDF's pages.

    Raises:
        PermanentFailure: it has no page or too many.

    """
    _watch_memory()
    count = _page_count(document)
    warning = _describe_damage(document) if document.is_repaired and count <= max_pages else None
    _raise_if_memory_was_short()
    if count == 0:
        raise PermanentFailure(FailureCode.NO_PAGES)
    if count > max_pages:
        raise PermanentFailure(
            FailureCode.TOO_MANY_PAGES, f"the PDF has {count} pages; the limit is {max_pages}"
        )
    return Inspection(count, warning)


def draw(document: pymupdf.Document, number: int, config: settings.Rendering) -> RenderedImage:
    """Draw a page, counted from 1.

    Raises:
        PermanentFailure: it is missing or cannot be drawn.

    """
    _watch_memory()
    try:
        return _encode_jpeg(_draw_pixmap(document, number, config), config)
    except _ENGINE_ERRORS as error:
        _raise_if_about_memory(error)
        raise _unrenderable(document, number, error) from None


def _watch_memory() -> None:
    """From here on `_raise_if_memory_was_short` looks."""
    pymupdf.TOOLS.reset_mupdf_warnings()
    if _LINUX:
        _errno_of_thread().contents.value = 0


def _raise_if_memory_was_short() -> None:
    """MuPDF ignores some errors, and the page lacks an image: nobody must take it for blank.

    The thread's errno says whether memory was refused. It can be wrong both ways: a later error
    hides the refusal, and a cache that was emptied may have made up for it.
    """
    refused = _LINUX and _errno_of_thread().contents.value == errno.ENOMEM
    if refused and pymupdf.TOOLS.mupdf_warnings():
        raise MemoryError


def _raise_if_about_memory(error: Exception) -> None:
    if _NO_MEMORY.search(str(error)):
        raise MemoryError from error


def _draw_pixmap(
    document: pymupdf.Document, number: int, config: settings.Rendering
) -> pymupdf.Pixmap:
    if document.is_repaired and not _page_exists(document, number - 1):
        raise PermanentFailure(
            FailureCode.PAGE_MISSING, f"page {number} is missing: the PDF is damaged"
        )
    page = document.load_page(number - 1)
    longest = max(page.rect.width, page.rect.height)
    # The longer side is bounded, and so is every page's pixmap, be the page a wall in size.
    zoom = min(config.render_longest_side_px / longest, config.render_max_dpi / _POINTS_PER_INCH)
    matrix = pymupdf.Matrix(zoom, zoom)
    pixmap: pymupdf.Pixmap = page.get_pixmap(matrix=matrix, colorspace=pymupdf.csGRAY, alpha=False)
    _raise_if_memory_was_short()
    return pixmap


def _encode_jpeg(pixmap: pymupdf.Pixmap, config: settings.Rendering) -> RenderedImage:
    image = Image.frombytes("L", (pixmap.width, pixmap.height), pixmap.samples)
    darkest, lightest = image.getextrema()
    jpeg = io.BytesIO()
    image.save(jpeg, "JPEG", quality=config.render_jpeg_quality)
    return RenderedImage(jpeg.getvalue(), image.width, image.height, darkest == lightest)


def _open(path: Path) -> pymupdf.Document:
    try:
        document = pymupdf.open(path, filetype="pdf")
    except pymupdf.FileNotFoundError as error:
        # Ours, not the person's: it says nothing about the file.
        raise TransientFailure("the local copy of the PDF is gone") from error
    except pymupdf.EmptyFileError:
        raise PermanentFailure(FailureCode.EMPTY_FILE) from None
    except _ENGINE_ERRORS as error:
        _raise_if_about_memory(error)
        raise _not_a_pdf() from None
    if not document.is_pdf:
        raise PermanentFailure(
            FailureCode.NOT_A_PDF, "the file is named like a PDF but is something else"
        )
    if document.needs_pass:
        raise PermanentFailure(
            FailureCode.PASSWORD_PROTECTED,
            "the PDF asks for a password; upload it without protection",
        )
    return document


def _page_count(document: pymupdf.Document) -> int:
    try:
        return int(document.page_count)
    except _ENGINE_ERRORS as error:
        _raise_if_about_memory(error)
        raise _not_a_pdf() from None


def _not_a_pdf() -> PermanentFailure:
    return PermanentFailure(FailureCode.NOT_A_PDF)


def _describe_damage(document: pymupdf.Document) -> str:
    """A repaired file may claim pages that are not there: count them before people rely on it."""
    missing = sum(not _page_exists(document, index) for index in range(document.page_count))
    if missing:
        return f"the PDF is damaged: {missing} of its {document.page_count} pages are missing"
    return "the PDF is damaged and was repaired on opening; some content may be missing"


def _page_exists(document: pymupdf.Document, index: int) -> bool:
    """Whether a page's object and content exist: MuPDF draws a blank page where they do not."""
    try:
        xref = document.page_xref(index)
        kind, value = document.xref_get_key(xref, "Contents")
        contents = [int(n) for n in _REFERENCE.findall(value)] if kind in ("xref", "array") else []
        return document.xref_get_key(xref, "Type") == ("name", "/Page") and all(
            document.xref_object(content) != "null" for content in contents
        )
    except _ENGINE_ERRORS as error:
        _raise_if_about_memory(error)
        return False


def _unrenderable(document: pymupdf.Document, number: int, error: Exception) -> PermanentFailure:
    why = "the PDF is damaged" if document.is_repaired else "its content cannot be drawn"
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return PermanentFailure(FailureCode.PAGE_UNRENDERABLE, f"page {number}: {why} ({reason})")
