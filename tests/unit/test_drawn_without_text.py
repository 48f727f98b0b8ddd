"""A page whose text nobody wants looks the same, and is blank only if it carries none."""

from pathlib import Path

import pymupdf
import pytest

from functions.render import engine
from functions.render.engine_messages import RenderedImage
from lector.runtime.settings import Rendering

pytestmark = pytest.mark.unit

LINES = "The tide tables were printed twice a year. " * 20


def draw(folder: Path, *, seeks_text: bool, size: float, colour: float = 0.0) -> RenderedImage:
    path = folder / "page.pdf"
    with pymupdf.open() as made:
        page = made.new_page()
        page.insert_textbox((50, 50, 550, 800), LINES, fontsize=size, color=[colour] * 3)
        made.save(path)
    document = engine.open_document(path)
    try:
        return engine.draw(document, 1, Rendering(), seeks_text=seeks_text)
    finally:
        document.close()


@pytest.mark.parametrize("size", [5, 11])
def test_its_image_is_as_fine_as_with_its_text(tmp_path: Path, size: float) -> None:
    alone = draw(tmp_path, seeks_text=False, size=size)
    beside = draw(tmp_path, seeks_text=True, size=size)
    assert alone.encoded == beside.encoded
    assert beside.layer is not None
    assert alone.layer is None


def test_small_print_is_drawn_finer(tmp_path: Path) -> None:
    small, usual = (draw(tmp_path, seeks_text=False, size=size) for size in (5, 11))
    assert small.width_px > usual.width_px


def test_a_white_page_with_white_text_is_not_blank(tmp_path: Path) -> None:
    assert not draw(tmp_path, seeks_text=False, size=11, colour=1.0).blank


def test_a_white_page_is(tmp_path: Path) -> None:
    path = tmp_path / "white.pdf"
    with pymupdf.open() as made:
        made.new_page()
        made.save(path)
    assert engine.draw(engine.open_document(path), 1, Rendering(), seeks_text=False).blank
