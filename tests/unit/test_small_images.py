"""A small picture of a page shows the whole of it, upright, and is never larger than the image."""

import io

import pytest
from PIL import Image

from functions.upload.pages import small_images

BLACK, WHITE = 0, 255


def drawn(mode: str = "L", kind: str = "JPEG", size: tuple[int, int] = (1200, 1600)) -> bytes:
    """An image whose upper half is black, its lower half white."""
    image = Image.new(mode, size, "white")
    image.paste("black", (0, 0, size[0], size[1] // 2))
    content = io.BytesIO()
    image.save(content, kind)
    return content.getvalue()


def shrunk(image: bytes, width_px: int, turned_degrees: int = 0) -> Image.Image:
    small = Image.open(io.BytesIO(small_images.shrink(image, width_px, turned_degrees)))
    assert small.format == "JPEG"
    return small


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_picture_is_as_wide_as_wanted_and_shows_the_whole_page(kind: str, mode: str) -> None:
    small = shrunk(drawn(mode, kind), 120)
    assert small.size == (120, 160)
    grey = small.convert("L")
    assert grey.getpixel((60, 20)) == pytest.approx(BLACK, abs=12)
    assert grey.getpixel((60, 140)) == pytest.approx(WHITE, abs=12)


@pytest.mark.parametrize("mode", ["1", "P", "RGBA", "I;16"])
def test_images_of_every_kind_that_is_stored_are_shrunk(mode: str) -> None:
    image = io.BytesIO()
    Image.new(mode, (400, 200)).save(image, "PNG")
    assert shrunk(image.getvalue(), 100).size == (100, 50)


def test_a_page_that_a_reader_turned_stands_upright() -> None:
    small = shrunk(drawn(), 160, turned_degrees=90)
    assert small.size == (160, 120)
    # What was above is on the right after a turn clockwise.
    assert small.getpixel((140, 60)) == pytest.approx(BLACK, abs=12)
    assert small.getpixel((20, 60)) == pytest.approx(WHITE, abs=12)


@pytest.mark.parametrize(
    ("turned_degrees", "region"),
    [(0, (0.25, 0.4, 0.75, 0.6)), (90, (0.4, 0.25, 0.6, 0.75))],
)
def test_a_part_of_a_page_is_cut_out_of_the_upright_image_with_all_its_pixels(
    turned_degrees: int, region: tuple[float, float, float, float]
) -> None:
    content = small_images.cut_out(drawn(), region, 1000, turned_degrees)
    part = Image.open(io.BytesIO(content))
    across, down = (600, 320) if not turned_degrees else (320, 600)
    assert part.size == (across, down)
    # What was above is on the right after a turn clockwise.
    black, white = ((300, 40), (300, 280)) if not turned_degrees else ((280, 300), (40, 300))
    assert part.getpixel(black) == pytest.approx(BLACK, abs=12)
    assert part.getpixel(white) == pytest.approx(WHITE, abs=12)


def test_a_wide_part_is_made_small_and_a_tiny_one_has_a_pixel() -> None:
    for region, size in (((0.0, 0.0, 1.0, 0.5), (600, 400)), ((1 - 1e-9, 0.0, 1.0, 1e-9), (1, 1))):
        content = small_images.cut_out(drawn("RGB", "PNG"), region, 600, 0)
        assert Image.open(io.BytesIO(content)).size == size


def test_an_image_is_not_made_larger_than_it_is() -> None:
    assert shrunk(drawn(size=(80, 100)), 1000).size == (80, 100)


def test_a_very_long_strip_keeps_a_row_at_least() -> None:
    assert shrunk(drawn("L", "PNG", (4000, 2)), 16).size == (16, 1)
