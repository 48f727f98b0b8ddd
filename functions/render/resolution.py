"""How finely a page is drawn: as finely as its print needs, and no finer.

A page of ordinary print is fitted into `render_longest_side_px`. One whose print would be too small
to be read then is drawn larger, as far as `render_max_dpi` and the most pixels of an image allow.
"""

import math
from dataclasses import dataclass
from itertools import zip_longest

import pymupdf
from PIL import Image

from functions.render.page_content import PageContent
from functions.render.pixels import is_one_colour, level
from lector.runtime import settings

POINTS_PER_INCH = 72
# A letter is read without doubt if its em, the size of its print, is 22 px high; from 16 on few
# words are lost, and under 14 one in ten.
_GOOD_EM_PX, _ENOUGH_EM_PX, _LEAST_EM_PX = 22, 16, 14
# A side that fits nearly finely enough is not made larger for the rest.
_NEARLY = 0.85
_LONGEST_JPEG_PX = 65_000
_SMALLEST_PAPER_IN = 1.5  # its longer side
_ROUNDING = 0.999  # an image's sides are rounded up
_PICTURED = 0.1  # of the page, from where on its pictures may hold print that matters
# A single line of letters, seen sideways, is a strip with many heights: lines cross several strips.
_STRIPS, _FEWEST_STRIPS = 16, 3
_X_HEIGHT = 0.54  # of an em
_FAINTEST, _FEWEST_RUNS, _MOST_SPREAD = 12, 24, 2
_SMALLEST_RUN_PX, _TALLEST_RUN_PX, _LEAST_SHARE = 4, 80, 0.2


@dataclass(frozen=True)
class Print:
    """The size of a page's print in points, and at which dpi a scan of it was made, if known."""

    size_pt: float | None
    scan_dpi: float | None = None


@dataclass(frozen=True)
class Picture:
    """The part of a page, in points from its corner, that pictures take, and their resolution."""

    box: tuple[float, float, float, float]
    dpi: float


def fitting_dpi(page: pymupdf.Rect, config: settings.Rendering) -> float:
    """The dpi at which a page of a size fits into the longest side, or that every page has."""
    if config.render_dpi:
        return allowed_dpi(page, config.render_dpi, config)
    return float(min(config.render_longest_side_px / _longest_in(page), _finest(page, config)))


def needed_dpi(fitting: float, print_: Print, config: settings.Rendering) -> float:
    """The dpi that a page's print needs; `fitting` if that is enough."""
    if print_.size_pt is None:
        enough = fitting >= _NEARLY * config.render_min_dpi
        needed = fitting if enough else float(config.render_min_dpi)
    elif print_.size_pt * fitting / POINTS_PER_INCH >= _ENOUGH_EM_PX:
        needed = fitting
    else:
        needed = max(_GOOD_EM_PX * POINTS_PER_INCH / print_.size_pt, config.render_min_dpi)
    # What a scan does not hold is not gained by drawing it larger.
    return max(fitting, min(needed, print_.scan_dpi or math.inf))


def allowed_dpi(page: pymupdf.Rect, dpi: float, config: settings.Rendering) -> float:
    """That dpi, or less where an image would be finer or larger than one may be."""
    width, height = page.width / POINTS_PER_INCH, page.height / POINTS_PER_INCH
    most = config.render_max_megapixels * 1_000_000
    by_pixels = _ROUNDING * math.sqrt(most / (width * height))
    by_side = _LONGEST_JPEG_PX / max(width, height)
    return float(min(dpi, _finest(page, config), by_pixels, by_side))


def is_too_coarse(dpi: float, needed: float, print_: Print) -> bool:
    """Whether print can hardly be read at a dpi that is less than needed."""
    if print_.size_pt is None or dpi >= needed:
        return dpi < _NEARLY * needed
    return print_.size_pt * dpi / POINTS_PER_INCH < _LEAST_EM_PX


def is_hopeless(dpi: float, needed: float) -> bool:
    """Whether a page drawn at a dpi would be large, and yet show nothing of its print."""
    return dpi < needed / 4


def picture(content: PageContent) -> Picture | None:
    """Where a page's pictures lie, if they are a good part of it: it may be a scan."""
    boxes, area, finest = pymupdf.Rect(), 0.0, 0.0
    for image in content.images:
        box = pymupdf.Rect(image["bbox"])
        seen = box & content.rect
        if box.width > 0 and box.height > 0 and not seen.is_empty:
            pixels = image["width"] * image["height"] / (box.width * box.height)
            finest = max(finest, math.sqrt(pixels) * POINTS_PER_INCH)
            area += abs(seen)
            boxes |= seen
    if area < _PICTURED * abs(content.rect):
        return None
    corner = content.rect.tl
    return Picture((*(boxes.tl - corner), *(boxes.br - corner)), finest)


def prints_in(
    image: Image.Image, dpi: float, picture: Picture | None, *, known: bool
) -> list[Print]:
    """The size of the print in a page's pictures, or anywhere on a page without text.

    Where none can be made out, a page whose text is not `known` may hold any, unless it is of one
    colour.
    """
    zoom, scan_dpi = dpi / POINTS_PER_INCH, None
    part = image
    if picture:
        left, top, right, bottom = (edge * zoom for edge in picture.box)
        part = image.crop((int(left), int(top), math.ceil(right), math.ceil(bottom)))
        scan_dpi = picture.dpi
    if em := em_px(part):
        return [Print(em / zoom, scan_dpi)]
    return [] if known or is_one_colour(image) else [Print(None, scan_dpi)]


def _longest_in(page: pymupdf.Rect) -> float:
    return float(max(page.width, page.height)) / POINTS_PER_INCH


def _finest(page: pymupdf.Rect, config: settings.Rendering) -> float:
    """The finest dpi that makes sense: any for a page smaller than paper is.

    Somebody took points for inches, or another unit.
    """
    return math.inf if _longest_in(page) < _SMALLEST_PAPER_IN else float(config.render_max_dpi)


def em_px(image: Image.Image) -> float | None:
    """About how high the small print in a grey image is, by the height of its lines.

    None where nothing looks like lines of text, upright or lying. The page is cut into strips
    across its lines, so that these may be a little crooked and columns may differ: a strip is dark
    where it crosses text, and light between lines.
    """
    return _line_em_px(image) or _line_em_px(image.transpose(Image.Transpose.ROTATE_90))


def _line_em_px(image: Image.Image) -> float | None:
    strips = image.reduce((max(1, image.width // _STRIPS), 1))
    found = [
        [run for run in _dark_runs(strip) if 1 < run <= _TALLEST_RUN_PX]
        for strip in (strips.crop((x, 0, x + 1, strips.height)) for x in range(strips.width))
    ]
    # Thinner ones are rules between lines, of a table, unless there is hardly anything else.
    lines = [[run for run in of_strip if run >= _SMALLEST_RUN_PX] for of_strip in found]
    runs = sorted(run for of_strip in lines for run in of_strip)
    if len(runs) < _FEWEST_RUNS or sum(map(bool, lines)) < _FEWEST_STRIPS:
        return None
    low, high = runs[len(runs) // 4], runs[len(runs) * 3 // 4]
    if len(runs) < _LEAST_SHARE * sum(map(len, found)) or high > _MOST_SPREAD * low:
        return None
    # A line is dark from its base to the height of an x.
    return low / _X_HEIGHT


def _dark_runs(strip: Image.Image) -> list[int]:
    """The heights, in pixels, of what stands out from a strip's background; none without any."""
    levels = strip.histogram()
    dark_page = sum(levels[:128]) > strip.height / 2
    background = level(levels, 0.25 if dark_page else 0.75)
    darker, lighter = levels[:background][::-1], levels[background + 1 :]
    farther = map(sum, zip_longest(darker, lighter, fillvalue=0))
    strongest = level([levels[background], *farther], 0.98)
    if strongest < _FAINTEST:
        return []
    least = strongest // 4 + 1
    stands_out = bytearray(b"\1" * 256)
    first, end = max(0, background - least + 1), min(256, background + least)
    stands_out[first:end] = bytes(end - first)
    return [len(run) for run in strip.tobytes().translate(stands_out).split(b"\0") if run]
