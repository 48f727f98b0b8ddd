"""A PDF made of images: they look as before, and take no more room."""

import io
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from PIL import Image, ImageDraw, ImageOps

from functions.upload.searchable_pdf import embedded_images, image_pdf

SIZE = (240, 160)


def picture(mode: str) -> Image.Image:
    """White, with a dark corner at the upper left and a colour where there is any."""
    image = Image.new("RGB", SIZE, "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 60, 40), fill=(20, 20, 20))
    draw.rectangle((120, 80, 200, 140), fill=(200, 60, 40))
    return image.convert(mode, dither=Image.Dither.NONE)


def stored(image: Image.Image, kind: str, **options: Any) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def drawn(images: list[embedded_images.EmbeddedImage]) -> list[Image.Image]:
    target = io.BytesIO()
    image_pdf.write(len(images), images, target)
    with pymupdf.open(stream=target.getvalue()) as document:
        pixmaps = [page.get_pixmap(dpi=72) for page in document]
    return [Image.frombytes("RGB", (one.width, one.height), one.samples) for one in pixmaps]


def differ(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two images, 0 to 255, as large as the one."""
    pairs = zip(one.tobytes(), other.convert("RGB").resize(one.size).tobytes(), strict=True)
    return sum(abs(a - b) for a, b in pairs) / (3 * one.width * one.height)


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "P"])
def test_a_png_goes_into_it_as_it_is(mode: str) -> None:
    file = stored(picture(mode), "PNG")
    embedded = embedded_images.embed(file)
    assert embedded is not None
    assert len(embedded.data) < len(file)
    [shown] = drawn([embedded])
    assert differ(shown, picture(mode)) < 4


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_jpeg_goes_into_it_as_it_is_and_is_shown_upright(mode: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = stored(picture(mode), "JPEG", quality=90, exif=exif)
    embedded = embedded_images.embed(file)
    assert embedded is not None
    assert embedded.data == file
    [shown] = drawn([embedded])
    with Image.open(io.BytesIO(file)) as opened:
        upright = ImageOps.exif_transpose(opened)
    assert (shown.width > shown.height) == (upright.width > upright.height)
    assert differ(shown, upright) < 6


def mirrored() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 2
    return stored(picture("RGB"), "JPEG", exif=exif)


@pytest.mark.parametrize(
    "file",
    [
        stored(picture("RGBA"), "PNG"),
        stored(picture("P"), "PNG", transparency=0),
        stored(picture("CMYK"), "JPEG"),
        mirrored(),
        stored(picture("L"), "PNG")[:-30],
        stored(picture("L"), "PNG").replace(b"IDAT", b"IDAX"),
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff nothing",
        b"",
    ],
    ids=["alpha", "transparent", "cmyk", "mirrored", "cut", "damaged", "head", "no jpeg", "empty"],
)
def test_what_a_pdf_cannot_hold_so_has_to_be_drawn(file: bytes) -> None:
    assert embedded_images.embed(file) is None


def test_a_drawn_png_goes_into_it_in_the_smaller_form() -> None:
    flat = embedded_images.embed_drawn(stored(picture("1"), "PNG"))
    assert "/FlateDecode" in flat.entries
    noise = Image.effect_noise(SIZE, 80)
    noisy = embedded_images.embed_drawn(stored(noise, "PNG"))
    assert "/DCTDecode" in noisy.entries
    shown = drawn([flat, noisy])
    assert differ(shown[0], picture("1")) < 4
    assert differ(shown[1], noise) < 40


def test_a_drawn_image_with_transparency_is_made_one_without(tmp_path: Path) -> None:
    [shown] = drawn([embedded_images.embed_drawn(stored(picture("RGBA"), "PNG"))])
    assert differ(shown, picture("RGB")) < 6
