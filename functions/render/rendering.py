"""The one module that knows the PDF engine (PyMuPDF, AGPL or commercial).

Another engine takes its place by offering the same three names: `inspect`, `render` and the
`RenderedImage` that `render` returns.
"""

import faulthandler
import io
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pymupdf
from PIL import Image

from lector import settings
from lector.failures import PermanentFailure, TransientFailure

# MuPDF is not safe to use from two threads.
_ENGINE = threading.RLock()
_POINTS_PER_INCH = 72
_STDERR = 2
_REFERENCE = re.compile(r"(\d+) \d+ R")
_ENGINE_ERRORS = (pymupdf.mupdf.FzErrorBase, RuntimeError, ValueError, ZeroDivisionError)

pymupdf.TOOLS.mupdf_display_errors(on=False)
pymupdf.TOOLS.mupdf_display_warnings(on=False)


@dataclass(frozen=True)
class Inspection:
    """What opening a PDF tells about it. `warning` is for people; None when all is well."""

    page_count: int
    warning: str | None


@dataclass(frozen=True)
class RenderedImage:
    """A page as a grey JPEG. `blank`: every pixel has the same value."""

    jpeg: bytes
    width_px: int
    height_px: int
    blank: bool


def inspect(path: Path, max_pages: int) -> Inspection:
    """Open a PDF and count its pages.

    Raises:
        PermanentFailure: it is not a PDF, is empty or protected, or has no page or too many.

    """
    with _ENGINE, _opened(path) as document:
        count = _page_count(document)
        if count == 0:
            raise PermanentFailure("no_pages", "the PDF has no pages")
        if count > max_pages:
            raise PermanentFailure(
                "too_many_pages", f"the PDF has {count} pages; the limit is {max_pages}"
            )
        return Inspection(count, _damage(document) if document.is_repaired else None)


def render(
    path: Path, numbers: Sequence[int], config: settings.Rendering
) -> Iterator[tuple[int, RenderedImage | PermanentFailure]]:
    """Render pages, counted from 1, each to an image or to the failure that says why not.

    Raises:
        PermanentFailure: the file as a whole cannot be opened.

    """
    with _ENGINE, _opened(path) as document:
        for number in numbers:
            yield number, _outcome(document, number, config)


def _outcome(
    document: pymupdf.Document, number: int, config: settings.Rendering
) -> RenderedImage | PermanentFailure:
    # A page that is drawn for ever holds the interpreter: only the end of the process frees it, and
    # the server starts another.
    seconds = config.render_page_timeout_s
    faulthandler.dump_traceback_later(seconds, exit=True, file=_STDERR)
    try:
        return _rendered(document, number, config)
    except PermanentFailure as failure:
        return failure
    except _ENGINE_ERRORS as error:
        return _unrenderable(document, number, error)
    finally:
        faulthandler.cancel_dump_traceback_later()


def _rendered(document: pymupdf.Document, number: int, config: settings.Rendering) -> RenderedImage:
    if document.is_repaired and not _is_there(document, number - 1):
        raise PermanentFailure("page_missing", f"page {number} is missing: the PDF is damaged")
    page = document.load_page(number - 1)
    longest = max(page.rect.width, page.rect.height)
    # The longer side is bounded, and so is every page's pixmap, be the page a wall in size.
    zoom = min(config.render_longest_side_px / longest, config.render_max_dpi / _POINTS_PER_INCH)
    matrix = pymupdf.Matrix(zoom, zoom)
    pixmap = page.get_pixmap(matrix=matrix, colorspace=pymupdf.csGRAY, alpha=False)
    image = Image.frombytes("L", (pixmap.width, pixmap.height), pixmap.samples)
    darkest, lightest = image.getextrema()
    jpeg = io.BytesIO()
    image.save(jpeg, "JPEG", quality=config.render_jpeg_quality)
    return RenderedImage(jpeg.getvalue(), image.width, image.height, darkest == lightest)


def _opened(path: Path) -> pymupdf.Document:
    try:
        document = pymupdf.open(path, filetype="pdf")
    except pymupdf.FileNotFoundError as error:
        # Ours, not the person's: it says nothing about the file.
        raise TransientFailure("the local copy of the PDF is gone") from error
    except pymupdf.EmptyFileError:
        raise PermanentFailure("empty_file", "the file is empty") from None
    except _ENGINE_ERRORS:
        raise _not_a_pdf() from None
    if not document.is_pdf:
        raise PermanentFailure("not_a_pdf", "the file is named like a PDF but is something else")
    if document.needs_pass:
        raise PermanentFailure(
            "password_protected", "the PDF asks for a password; upload it without protection"
        )
    return document


def _page_count(document: pymupdf.Document) -> int:
    try:
        return int(document.page_count)
    except _ENGINE_ERRORS:
        raise _not_a_pdf() from None


def _not_a_pdf() -> PermanentFailure:
    return PermanentFailure("not_a_pdf", "the file is not a PDF, or is damaged beyond repair")


def _damage(document: pymupdf.Document) -> str:
    """A repaired file may claim pages that are not there: count them before people rely on it."""
    missing = sum(not _is_there(document, index) for index in range(document.page_count))
    if missing:
        return f"the PDF is damaged: {missing} of its {document.page_count} pages are missing"
    return "the PDF is damaged and was repaired on opening; some content may be missing"


def _is_there(document: pymupdf.Document, index: int) -> bool:
    """Whether a page's object and content exist: MuPDF draws a blank page where they do not."""
    try:
        xref = document.page_xref(index)
        kind, value = document.xref_get_key(xref, "Contents")
        contents = [int(n) for n in _REFERENCE.findall(value)] if kind in ("xref", "array") else []
        return document.xref_get_key(xref, "Type") == ("name", "/Page") and all(
            document.xref_object(content) != "null" for content in contents
        )
    except _ENGINE_ERRORS:
        return False


def _unrenderable(document: pymupdf.Document, number: int, error: Exception) -> PermanentFailure:
    why = "the PDF is damaged" if document.is_repaired else "its content cannot be drawn"
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return PermanentFailure("page_unrenderable", f"page {number}: {why} ({reason})")
