"""Images as documents: what `engine` does for PDFs, done with Pillow.

It offers the same three functions, `open_document`, `inspect` and `draw`, in the same processes
(`engine_process`), which may run out of memory or time. A file is taken for what its content says,
and no other decoder of Pillow's is tried on it.
"""

import math
import os
import re
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from PIL import Image, ImageFile, ImageOps, TiffImagePlugin, UnidentifiedImageError

from functions.render import greys, pixels, resolution
from functions.render.engine_messages import Inspection, RenderedImage
from lector.domain import originals, unsupported
from lector.domain.doubts import DoubtCode
from lector.domain.failure_codes import FailureCode
from lector.domain.originals import Original
from lector.runtime import settings
from lector.runtime.failures import PermanentFailure, TransientFailure, clean

# Each image is held against the memory that a render process has, instead (`_check_size`).
Image.MAX_IMAGE_PIXELS = None
# Pillow's own way does not notice strips that are missing, and mixes up planes of 16 bits.
TiffImagePlugin.READ_LIBTIFF = True

_ORIENTATION = 0x0112
_SUBFILE_TYPE, _SUB_FILES, _DNG_VERSION = 254, 330, 50706
_REDUCED, _MASK = 1, 4  # what a frame of a TIFF may be instead of a page
_TURNED = (5, 6, 7, 8)  # orientations by which width and height change places
_STDERR, _LONGEST_COMPLAINT = 2, 1000
_A4_WIDTH_IN = 8.27
_LONGEST_JPEG_PX = 65_000
_SANE_ASPECT = 3.0  # of pixels; a resolution that says more is wrong
_NO_MEMORY = re.compile(r"out of memory|alloc", re.IGNORECASE)


class ImageDocument:
    """An image that is open. Of a TIFF each frame is a page; of others there is but one."""

    def __init__(self, path: Path, kind: Original) -> None:
        self.kind = kind
        self._path = path
        self._image = self._open()
        self._pages: list[int] | None = None

    def frame_count(self) -> int:
        """How many frames it has that may be pages."""
        return int(self._image.n_frames) if self.kind is originals.TIFF else 1

    def pages(self) -> list[int]:
        """The frames that are pages; others are smaller copies of them, or masks.

        Raises:
            PermanentFailure: it is a camera's raw image, of which a TIFF holds only a small copy.

        """
        if self._pages is None:
            frames = range(self.frame_count())
            several = self.kind is originals.TIFF
            self._pages = [n for n in frames if self._is_page(n)] if several else [0]
            tags = getattr(self._image, "tag_v2", ())
            if _DNG_VERSION in tags or (not self._pages and _SUB_FILES in tags):
                detail = unsupported.CAMERA_RAW.sentence()
                raise PermanentFailure(FailureCode.UNSUPPORTED_TYPE, detail)
            self._pages = self._pages or [*frames]
        return self._pages

    def _is_page(self, frame: int) -> bool:
        self._image.seek(frame)
        kind = self._image.tag_v2.get(_SUBFILE_TYPE, 0)
        return not (isinstance(kind, int) and kind & (_REDUCED | _MASK))

    def page(self, number: int) -> Image.Image:
        """A page, counted from 1, that is not decoded yet."""
        frame = self.pages()[number - 1]
        if self.kind is not originals.TIFF or self._image.tell() == frame:
            self._image.close()
            self._image = self._open()
        if self.kind is originals.TIFF:
            self._image.seek(frame)
        image: Image.Image = self._image
        return image

    def size(self, number: int) -> tuple[float, float]:
        """The width and height of a page in its own pixels, before it is turned if need be."""
        page = self.page(number)
        if self.kind is not originals.TIFF:
            return page.size
        aspect = _aspect(page)  # of what is stored; Pillow has turned the size already
        if page.getexif().get(_ORIENTATION) in _TURNED:
            aspect = 1 / aspect
        return page.width * max(1.0, 1 / aspect), page.height * max(1.0, aspect)

    def describe_rest(self) -> str | None:
        """What of it is not read, for people."""
        if self.kind in (originals.TIFF, originals.JPEG):  # a camera's JPEG may hold a preview
            return None
        if not getattr(self._image, "is_animated", False):
            return None
        if self.kind is originals.HEIC:
            return "the file holds several images; only the main one is read"
        return "the image is animated; only its first picture is read"

    def close(self) -> None:
        """Let go of the file."""
        self._image.close()

    def _open(self) -> Any:
        if self.kind is originals.HEIC:
            import pi_heif  # type: ignore[import-untyped]  # noqa: PLC0415 - large, rarely needed

            pi_heif.register_heif_opener()
        return Image.open(self._path, formats=self.kind.pillow_formats)


def open_document(path: Path) -> ImageDocument:
    """Open an image.

    Raises:
        PermanentFailure: it is none that Lector reads, or is damaged beyond repair.

    """
    try:
        with path.open("rb") as file:
            kind = originals.identify(file.read(originals.HEAD_BYTES))
    except FileNotFoundError as error:
        # Ours, not the person's: it says nothing about the file.
        raise TransientFailure("the local copy of the image is gone") from error
    if not isinstance(kind, Original) or not kind.is_image:
        raise PermanentFailure(FailureCode.NOT_A_PDF)
    with _errors_as(_beyond_repair(kind)):
        return ImageDocument(path, kind)


def inspect(document: ImageDocument, max_pages: int) -> Inspection:
    """Count an image's pages.

    Raises:
        PermanentFailure: it has too many, or is damaged beyond repair.

    """
    with _errors_as(_beyond_repair(document.kind)):
        frames = document.frame_count()
        count = len(document.pages()) if frames <= max_pages else frames
        warning = document.describe_rest()
    if count > max_pages:
        detail = f"the image has {count} pages; the limit is {max_pages}"
        raise PermanentFailure(FailureCode.TOO_MANY_PAGES, detail)
    return Inspection(count, warning, document.kind.media_type)


def draw(
    document: ImageDocument,
    number: int,
    config: settings.Rendering,
    *,
    seeks_text: bool = True,  # noqa: ARG001 - an image carries none
) -> RenderedImage:
    """Draw a page, counted from 1: upright, as finely as its print needs, and no finer.

    Raises:
        PermanentFailure: it is missing, too large, or nothing of it can be decoded.

    """
    with _errors_as(_beyond_repair(document.kind)):
        missing = number > len(document.pages())
    if missing:
        raise PermanentFailure(FailureCode.PAGE_MISSING, f"the image has no page {number}")
    undecodable = PermanentFailure(
        FailureCode.PAGE_UNDECODABLE, "the page's image cannot be decoded"
    )
    with _errors_as(undecodable):
        image, doubts, damage = _draw_legibly(document, number, config)
        if damage and (pixels.is_without_ink(image) or greys.is_nearly_one_colour(image)):
            raise PermanentFailure(undecodable.code, f"{undecodable.detail} ({damage})")
        if damage:
            code = DoubtCode.DAMAGED_CONTENT
            doubts[code] = f"{code.sentence}: {damage}"
        blank = not damage and pixels.is_one_colour(image)
        if config.render_colours == "colour":
            image = _in_colour(document, number, config, image.size)
        encoded = pixels.encode(image, config)
    return RenderedImage(encoded, image.width, image.height, blank, doubts=doubts)


def _draw_legibly(
    document: ImageDocument, number: int, config: settings.Rendering
) -> tuple[Image.Image, dict[str, str], str | None]:
    """A page in grey, a doubt if its print would need more pixels than allowed, and its damage.

    How large the paper was is not known, so it is taken to be as wide as A4: then what holds of a
    PDF's page by its dpi holds here.
    """
    width, height = size = document.size(number)
    native = min(width, height) / _A4_WIDTH_IN
    fitting = native * min(1.0, config.render_longest_side_px / max(width, height))
    if config.render_dpi:
        fitting = min(native, config.render_dpi)
    image, damage = _draw(document, number, config, size, fitting / native)
    if fitting == native:
        return image, {}, damage
    em = resolution.em_px(image)
    print_ = resolution.Print(em and em * resolution.POINTS_PER_INCH / fitting, native)
    needed = resolution.needed_dpi(fitting, print_, config)
    by_pixels = math.sqrt(config.render_max_megapixels * 1_000_000 / (width * height))
    dpi = min(needed, native * by_pixels, native * _LONGEST_JPEG_PX / max(width, height))
    if resolution.is_hopeless(dpi, needed):
        dpi = fitting
    if dpi > fitting and not pixels.is_one_colour(image):
        image, damage = _draw(document, number, config, size, dpi / native)
    if not resolution.is_too_coarse(dpi, needed, print_):
        return image, {}, damage
    words = f"drawn at {dpi / native:.0%} of its size; its print needs {needed / native:.0%}"
    return image, {DoubtCode.DRAWN_TOO_COARSELY: words}, damage


def _draw(
    document: ImageDocument,
    number: int,
    config: settings.Rendering,
    native_size: tuple[float, float],
    zoom: float,
) -> tuple[Image.Image, str | None]:
    """A page in grey, so many times as large as it is, and what is wrong with it."""
    page, damage = _decode(document, number, config, zoom)
    grey = greys.to_grey(page)
    if pixels.is_flat(grey) and page.mode == "L" and not damage:
        page, damage = _decode(document, number, config)  # its colours may have one lightness
        grey = greys.to_grey(page)
    width, height = native_size
    if (grey.width < grey.height) != (width < height):
        width, height = height, width
    size = max(1, round(width * zoom)), max(1, round(height * zoom))
    if size != grey.size:
        grey = grey.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    return grey, damage


def _in_colour(
    document: ImageDocument, number: int, config: settings.Rendering, size: tuple[int, int]
) -> Image.Image:
    page, _ = _decode(document, number, config)
    colours = greys.to_colours(page)
    if size == colours.size:
        return colours
    return colours.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _decode(
    document: ImageDocument, number: int, config: settings.Rendering, zoom: float | None = None
) -> tuple[Image.Image, str | None]:
    """A page's pixels, upright, and what is wrong with them.

    A JPEG may be decoded smaller than it is, and in grey, if it is wanted no larger than `zoom`.
    What is damaged is decoded as far as it goes.
    """
    page = document.page(number)
    if zoom is not None:
        page.draft("L", (math.ceil(page.width * zoom), math.ceil(page.height * zoom)))
    _check_size(page, number, config)
    try:
        complaint = _load(page)
    except Exception as error:
        _raise_if_about_memory(error)
        complaint = _first_line(error)
        page = _load_what_is_there(document, number)
    return _upright(page), complaint


def _load(page: Image.Image) -> str | None:
    """Decode a page, and say what libtiff complains of; it goes on over some errors.

    Raises:
        Exception: of any kind, where Pillow gives up; with libtiff's words, if there are any.

    """
    if page.format != "TIFF":
        page.load()
        return None
    with tempfile.TemporaryFile() as heard:
        try:
            with _stderr_to(heard.fileno()):
                page.load()
        except Exception as error:
            _raise_if_about_memory(error)
            raise OSError(_first_words(heard) or _first_line(error)) from error
        return _first_words(heard)


@contextmanager
def _stderr_to(descriptor: int) -> Iterator[None]:
    """Have what a library writes to standard error written to a file, for the block's length."""
    stderr = os.dup(_STDERR)
    try:
        os.dup2(descriptor, _STDERR)
        yield
    finally:
        os.dup2(stderr, _STDERR)
        os.close(stderr)


def _first_words(heard: IO[bytes]) -> str | None:
    heard.seek(0)
    said = heard.read(_LONGEST_COMPLAINT).decode(errors="replace").strip()
    return clean(said.splitlines()[0].removeprefix("tempfile.tif: ")) if said else None


def _load_what_is_there(document: ImageDocument, number: int) -> Image.Image:
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        page: Any = document.page(number)
        try:
            _load(page)
        except Exception as error:
            _raise_if_about_memory(error)
            page.tile = []  # what was decoded until then stays
            page.load()
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False
    image: Image.Image = page
    return image


def _upright(page: Image.Image) -> Image.Image:
    """A page as its camera or scanner says that it is to be held, if that can be understood."""
    try:
        return ImageOps.exif_transpose(page)
    except MemoryError:
        raise
    except Exception:
        return page


def _aspect(page: Image.Image) -> float:
    """How much higher than wide a page's pixels are: those of faxes are no squares."""
    try:
        across, down = (float(dpi) for dpi in page.info["dpi"])
        aspect = across / down
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return 1.0
    sane = 1 / _SANE_ASPECT <= aspect <= _SANE_ASPECT  # not if it is no number, either
    return aspect if sane else 1.0


def _check_size(page: Image.Image, number: int, config: settings.Rendering) -> None:
    """Refuse what cannot fit into memory before it is tried: a few bytes may claim any size."""
    if page.width * page.height * greys.bytes_per_pixel(page) > config.render_memory_bytes:
        limit = f"{config.render_memory_bytes // 2**20} MiB of memory"
        detail = f"page {number} has {page.width} × {page.height} pixels, too many for {limit}"
        raise PermanentFailure(FailureCode.PAGE_TOO_LARGE, detail)


@contextmanager
def _errors_as(failure: PermanentFailure) -> Iterator[None]:
    """Raise what Pillow raises over a file, which may be anything, as a failure."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (PermanentFailure, TransientFailure):
        raise
    except UnidentifiedImageError:
        raise failure from None  # it names but the local copy
    except Exception as error:
        _raise_if_about_memory(error)
        raise PermanentFailure(failure.code, f"{failure.detail} ({_first_line(error)})") from None


def _raise_if_about_memory(error: Exception) -> None:
    if isinstance(error, MemoryError) or _NO_MEMORY.search(str(error)):
        raise MemoryError from error


def _beyond_repair(kind: Original) -> PermanentFailure:
    detail = (
        f"the file is {kind.words}, but is damaged beyond repair, or of a form that is not known"
    )
    return PermanentFailure(FailureCode.NOT_A_PDF, detail)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return clean(lines[0], 200) if lines else type(error).__name__
