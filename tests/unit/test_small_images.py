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


def test_an_image_is_not_made_larger_than_it_is() -> None:
    assert shrunk(drawn(size=(80, 100)), 1000).size == (80, 100)


def test_a_very_long_strip_keeps_a_row_at_least() -> None:
    assert shrunk(drawn("L", "PNG", (4000, 2)), 16).size == (16, 1)
