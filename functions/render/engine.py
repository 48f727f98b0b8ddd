"""The one module that knows the PDF engine (PyMuPDF, AGPL or commercial).

It runs in processes of its own (`engine_process`), which may crash, hang or run out of memory.
Another engine takes its place by offering the same three functions: `open_document`, `inspect` and
`draw`. Where memory does not suffice, each of them raises `MemoryError`.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import pymupdf
from PIL import Image

from functions.render import page_boxes, page_text, pixels, resolution, structure
from functions.render.complaints import NOTHING_COMPRESSED, Complaints, describe
from functions.render.engine_errors import (
    ENGINE_ERRORS,
    is_about_memory,
    raise_if_about_memory,
    raise_if_memory_was_short,
    watch_memory,
)
from functions.render.engine_messages import Inspection, RenderedImage
from functions.render.page_cache import PageCache
from functions.render.page_content import PageContent
from functions.render.resolution import Print
from lector.domain.doubts import DoubtCode
from lector.domain.failure_codes import FailureCode
from lector.runtime import settings
from lector.runtime.failures import PermanentFailure, TransientFailure

mupdf = pymupdf.mupdf

# Notes that nobody sees on the page itself.
_UNSEEN = (mupdf.PDF_ANNOT_LINK, mupdf.PDF_ANNOT_POPUP, mupdf.PDF_ANNOT_WIDGET)
# What MuPDF says of certificates, rights management and forms of encryption that it does not know.
_ENCRYPTION = re.compile(r"unknown (encryption|crypt)")
_HIDDEN = mupdf.PDF_ANNOT_IS_HIDDEN | mupdf.PDF_ANNOT_IS_NO_VIEW

_MOST_ASPECT = 2000  # of a page; what is thinner would be no pixel wide, or a few

pymupdf.TOOLS.mupdf_display_errors(on=False)
pymupdf.TOOLS.mupdf_display_warnings(on=False)
_complaints = Complaints()
_page_cache = PageCache()


@dataclass(frozen=True)
class Document:
    """An open PDF.

    `wrong_count` says that its page tree does not say how many pages there are; `too_large`, that
    the tree itself fits into no memory.
    """

    pdf: pymupdf.Document
    wrong_count: str | None = None
    too_large: bool = False

    def close(self) -> None:
        """Close it."""
        self.pdf.close()


def open_document(path: Path) -> Document:
    """Open a PDF.

    Raises:
        PermanentFailure: it is not a PDF, is empty or protected.

    """
    _begin()
    pdf = _open(path)
    raise_if_memory_was_short()
    try:
        wrong_count = structure.mend_count(pdf)
        raise_if_memory_was_short()
    except MemoryError:
        return Document(pdf, too_large=True)
    except ENGINE_ERRORS as error:
        return Document(pdf, too_large=is_about_memory(error))
    return Document(pdf, wrong_count)


def inspect(document: Document, max_pages: int) -> Inspection:
    """Count a PDF's pages, and say what else a person should know of it.

    Raises:
        PermanentFailure: it has no page or too many.

    """
    _begin(document)
    pdf = document.pdf
    count = _page_count(pdf)
    warnings = [document.wrong_count] if document.wrong_count else []
    try:
        if 0 < count <= max_pages:
            warnings += [structure.describe_damage(pdf)] if pdf.is_repaired else []
            warnings += structure.describe_extras(pdf)
    except ENGINE_ERRORS as error:
        raise_if_about_memory(error)
        warnings.append("the PDF is damaged; what it holds beside its pages is not known")
    raise_if_memory_was_short()
    if count == 0:
        lost = "the PDF is damaged, and none of its pages is left" if pdf.is_repaired else None
        raise PermanentFailure(FailureCode.NO_PAGES, lost)
    if count > max_pages:
        raise PermanentFailure(
            FailureCode.TOO_MANY_PAGES, f"the PDF has {count} pages; the limit is {max_pages}"
        )
    return Inspection(count, "; ".join(warnings) or None)


def draw(
    document: Document, number: int, config: settings.Rendering, *, seeks_text: bool = True
) -> RenderedImage:
    """Draw a page, counted from 1, and find the text that it carries unless nobody wants it.

    Raises:
        PermanentFailure: it is missing, cannot be drawn, or nothing of it can be decoded.

    """
    was_sound = not document.pdf.is_repaired
    drawn = _try_to_draw(document, number, config, seeks_text=seeks_text)
    if was_sound and document.pdf.is_repaired:
        # The damage was found, and repaired, only now: what was said of it is about the file, and
        # what was drawn before may lack something.
        drawn = _try_to_draw(document, number, config, seeks_text=seeks_text)
    if isinstance(drawn, PermanentFailure):
        raise drawn
    return drawn


def _try_to_draw(
    document: Document, number: int, config: settings.Rendering, *, seeks_text: bool
) -> RenderedImage | PermanentFailure:
    _begin(document)
    try:
        page = _load_page(document.pdf, number)
        return _draw(page, config, seeks_text=seeks_text)
    except PermanentFailure as failure:
        return failure
    except ENGINE_ERRORS as error:
        raise_if_about_memory(error)
        return _unrenderable(document.pdf, error)


def _begin(document: Document | None = None) -> None:
    _complaints.begin()
    _page_cache.empty_if_grown()
    watch_memory()
    if document and document.too_large:
        raise MemoryError


def _load_page(pdf: pymupdf.Document, number: int) -> pymupdf.Page:
    if pdf.is_repaired and not structure.page_exists(pdf, number - 1):
        raise PermanentFailure(
            FailureCode.PAGE_MISSING, f"page {number} is missing: the PDF is damaged"
        )
    page_boxes.mend(pdf, number - 1)
    page: pymupdf.Page = pdf.load_page(number - 1)
    shorter, longer = sorted((page.rect.width, page.rect.height))
    if longer > _MOST_ASPECT * shorter:
        size = f"{page.rect.width:.0f} × {page.rect.height:.0f} points"
        raise PermanentFailure(
            FailureCode.PAGE_UNRENDERABLE, f"page {number}: of {size}, it is too thin to be drawn"
        )
    return page


def _draw(page: pymupdf.Page, config: settings.Rendering, *, seeks_text: bool) -> RenderedImage:
    content = PageContent(page)
    text = page_text.find(content) if seeks_text else None

    def carries_text() -> bool:
        return bool(text if seeks_text else page_text.find(content))

    print_pt = text.print_pt if text else None
    if not seeks_text:
        print_pt = page_text.find_print_pt(content)
    image, dpi, doubts = _draw_legibly(content, print_pt, config)
    complaints = _complaints.collect()
    if complaints == [NOTHING_COMPRESSED] and not _has_content(page):
        complaints = []
    if complaints and pixels.is_without_ink(image) and not carries_text():
        raise PermanentFailure(
            FailureCode.PAGE_UNDECODABLE,
            f"the page's content cannot be decoded ({describe(complaints)})",
        )
    if complaints:
        code = DoubtCode.DAMAGED_CONTENT
        doubts[code] = f"{code.sentence}: {describe(complaints)}"
    empty = not complaints and pixels.is_one_colour(image) and not carries_text()
    if config.render_colours == "colour":
        image = pixels.to_image(_draw_pixmap(content, dpi, pymupdf.csRGB))
    return RenderedImage(
        pixels.encode(image, config),
        image.width,
        image.height,
        blank=empty and not _has_visible_notes(page),
        layer=text.layer if text else None,
        doubts=doubts,
    )


def _draw_legibly(
    content: PageContent, print_pt: float | None, config: settings.Rendering
) -> tuple[Image.Image, float, dict[str, str]]:
    """A page in grey, drawn as finely as its print needs, its dpi, and a doubt if that is too few.

    `print_pt` is the size of the print in its text; that in pictures, or of a page without text, is
    looked for in the image.
    """
    fitting = resolution.fitting_dpi(content.rect, config)
    picture = resolution.picture(content)
    prints = [Print(print_pt)] if print_pt else []
    fitted: Image.Image | None = None
    if picture or not prints:
        fitted = _draw_grey(content, fitting)
        prints += resolution.prints_in(fitted, fitting, picture, known=bool(prints))
    needs = [(resolution.needed_dpi(fitting, print_, config), print_) for print_ in prints]
    needed = max((dpi for dpi, _ in needs), default=fitting)
    dpi = resolution.allowed_dpi(content.rect, needed, config)
    if resolution.is_hopeless(dpi, needed):
        dpi = fitting
    image = fitted if fitted and dpi <= fitting else _draw_grey(content, dpi)
    if not any(resolution.is_too_coarse(dpi, needs_dpi, print_) for needs_dpi, print_ in needs):
        return image, dpi, {}
    words = f"drawn at {dpi:.3g} dpi; print needs {needed:.0f}"
    return image, dpi, {DoubtCode.DRAWN_TOO_COARSELY: words}


def _draw_grey(content: PageContent, dpi: float) -> Image.Image:
    return pixels.draw_grey(lambda colours: _draw_pixmap(content, dpi, colours))


def _draw_pixmap(content: PageContent, dpi: float, colours: pymupdf.Colorspace) -> pymupdf.Pixmap:
    pixmap = content.draw(dpi / resolution.POINTS_PER_INCH, colours)
    raise_if_memory_was_short()
    return pixmap


def _has_content(page: pymupdf.Page) -> bool:
    return any(page.parent.xref_stream_raw(xref) for xref in page.get_contents())


def _has_visible_notes(page: pymupdf.Page) -> bool:
    """Whether there are annotations or filled fields that should be seen, be they drawn or not."""
    notes = any(note.type[0] not in _UNSEEN and not note.flags & _HIDDEN for note in page.annots())
    return notes or any(bool(field.field_value) for field in page.widgets())


def _open(path: Path) -> pymupdf.Document:
    try:
        document = pymupdf.open(path, filetype="pdf")
    except pymupdf.FileNotFoundError as error:
        # Ours, not the person's: it says nothing about the file.
        raise TransientFailure("the local copy of the PDF is gone") from error
    except pymupdf.EmptyFileError:
        raise PermanentFailure(FailureCode.EMPTY_FILE) from None
    except ENGINE_ERRORS as error:
        raise_if_about_memory(error)
        if _ENCRYPTION.match(getattr(error.__cause__, "m_text", "")):
            raise PermanentFailure(
                FailureCode.PASSWORD_PROTECTED,
                "the PDF is protected in a way that Lector does not know; upload it without",
            ) from None
        raise _not_a_pdf() from None
    if not document.is_pdf:
        raise _not_a_pdf()
    if document.needs_pass:
        raise PermanentFailure(
            FailureCode.PASSWORD_PROTECTED,
            "the PDF is locked with a password; retry it with that, or upload a copy without one",
        )
    return document


def _page_count(document: pymupdf.Document) -> int:
    try:
        return int(document.page_count)
    except ENGINE_ERRORS as error:
        raise_if_about_memory(error)
        raise _not_a_pdf() from None


def _not_a_pdf() -> PermanentFailure:
    return PermanentFailure(FailureCode.NOT_A_PDF)


def _unrenderable(document: pymupdf.Document, error: Exception) -> PermanentFailure:
    why = "the PDF is damaged" if document.is_repaired else "the page's content cannot be drawn"
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return PermanentFailure(FailureCode.PAGE_UNRENDERABLE, f"{why} ({reason})")
