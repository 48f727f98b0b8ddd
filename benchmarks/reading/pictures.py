"""What becomes of a page on its way to a reader: scanned, photographed, turned, damaged, or blank.

Everything random comes from `chance`: the same seed makes the same picture.
"""

import io
import random

import pymupdf
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from benchmarks.reading.layouts import A4, Sheet

_POINTS_PER_INCH = 72
_WHITE = 255


def draw(sheet: Sheet, dpi: int) -> Image.Image:
    """A page in greys."""
    pixmap = sheet.page.get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY)
    return Image.frombytes("L", (pixmap.width, pixmap.height), pixmap.samples)


def scan(page: Image.Image, chance: random.Random) -> Image.Image:
    """As an office scanner makes it: a little askew, soft, grey and grainy."""
    paper = chance.randint(222, 240)
    page = page.point(_between(chance.randint(20, 70), paper))
    page = page.rotate(chance.uniform(-1.8, 1.8), Image.Resampling.BICUBIC, fillcolor=paper)
    page = page.filter(ImageFilter.GaussianBlur(chance.uniform(0.4, 0.8)))
    return _speckle(_grain(page, chance, chance.uniform(0.25, 0.45)), chance, 60)


def photograph(
    page: Image.Image,
    chance: random.Random,
    *,
    contrast: float,
    darkest: float,
    slant: float,
) -> Image.Image:
    """As a telephone makes it.

    Args:
        page: what lies on the table.
        chance: where the grain comes from, and the directions of light and slant.
        contrast: between paper and ink, as a share of black on white.
        darkest: the light in the darkest corner, as a share of that in the brightest one.
        slant: how far the corners are out of place, as a share of the page's width.

    """
    paper = 205
    page = page.point(_between(round(paper * (1 - contrast)), paper))
    page = _slant(page, chance, slant)
    light = Image.linear_gradient("L").rotate(chance.choice([0, 90, 180, 270])).resize(page.size)
    page = ImageChops.multiply(page, light.point(_between(round(_WHITE * darkest), _WHITE)))
    page = page.filter(ImageFilter.GaussianBlur(0.7))
    grey = _grain(page, chance, 0.12)
    return Image.merge("RGB", (grey, grey.point(lambda v: v * 0.97), grey.point(lambda v: v * 0.9)))


def blank(kind: str, chance: random.Random) -> Image.Image:
    """A sheet with nothing to read: with specks of dust, or with a scanner's shadow at its edge."""
    size = (round(A4[0] / _POINTS_PER_INCH * 200), round(A4[1] / _POINTS_PER_INCH * 200))
    page = Image.new("L", size, chance.randint(236, 250))
    if kind == "shadow":
        shadow = ImageDraw.Draw(page)
        for inset in range(40, 0, -1):
            shadow.rectangle((0, 0, inset, size[1]), fill=90 + inset * 3)
            shadow.rectangle((0, size[1] - inset, size[0], size[1]), fill=110 + inset * 3)
        for y in (size[1] * 0.28, size[1] * 0.72):  # where it was punched
            shadow.ellipse((90, y - 24, 138, y + 24), fill=120)
    return _speckle(_grain(page, chance, 0.12), chance, 250 if kind == "speckled" else 20)


def as_jpeg(picture: Image.Image, quality: int, dpi: int) -> bytes:
    """A picture as a JPEG file."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality, dpi=(dpi, dpi))
    return file.getvalue()


def as_pdf(jpeg: bytes, width: float, height: float) -> bytes:
    """A PDF whose only page is this image, in points; the image's bytes stay as they are."""
    with pymupdf.open() as document:
        page = document.new_page(width=width, height=height)
        page.insert_image(page.rect, stream=jpeg)
        return bytes(document.tobytes())


def _between(black: int, white: int) -> list[int]:
    return [black + value * (white - black) // _WHITE for value in range(_WHITE + 1)]


def _grain(picture: Image.Image, chance: random.Random, strength: float) -> Image.Image:
    """The picture with noise; `strength` is that of the noise as a share of the whole scale."""
    count = picture.width * picture.height
    first, second = (Image.frombytes("L", picture.size, chance.randbytes(count)) for _ in range(2))
    noise = ImageChops.add(first, second, scale=2)
    noise = noise.point([round(128 + (value - 127.5) * strength) for value in range(_WHITE + 1)])
    return ImageChops.add(picture, noise, offset=-128)


def _speckle(picture: Image.Image, chance: random.Random, count: int) -> Image.Image:
    pen = ImageDraw.Draw(picture)
    for _ in range(count):
        x, y = chance.uniform(0, picture.width), chance.uniform(0, picture.height)
        radius = chance.uniform(0.4, 2.2)
        pen.ellipse((x, y, x + radius, y + radius), fill=chance.randint(40, 150))
    return picture


def _slant(page: Image.Image, chance: random.Random, share: float) -> Image.Image:
    """The page on a table, seen from a side: no corner lies where it should."""
    border = round(page.width * 0.06)
    table = Image.new("L", (page.width + 2 * border, page.height + 2 * border), 88)
    table.paste(page, (border, border))
    most = page.width * share
    width, height = table.size
    corners = [(0, 0), (0, height), (width, height), (width, 0)]
    moved: list[float] = []
    for x, y in corners:
        inwards = (1 if x == 0 else -1, 1 if y == 0 else -1)
        moved += [x + inwards[0] * chance.uniform(-most, border * 0.7)]
        moved += [y + inwards[1] * chance.uniform(-most, border * 0.7)]
    return table.transform(
        table.size, Image.Transform.QUAD, moved, Image.Resampling.BICUBIC, fillcolor=88
    )
