"""Every page is drawn as finely as its print needs to be read, and no finer; or it says so."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from functions.render import engine
from functions.render.engine_messages import RenderedImage
from lector.runtime.settings import Rendering
from lector.tesseract import page_reading
from tests.support import large_pages, pdfs
from tests.support.large_pages import (
    A4,
    BANNER,
    NEWSPAPER,
    PLAN,
    RECEIPT,
    SHORT_RECEIPT,
    WEB_PAGE,
)

pytestmark = pytest.mark.slow

CONFIG = Rendering()
Size = tuple[float, float]
Draw = Callable[..., RenderedImage]


def more(*cases: Any) -> list[Any]:
    """Sizes between others of their kind, which `make test` leaves to `make test-all`."""
    return [
        pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.slow)
        for case in cases
    ]


@pytest.fixture
def draw(tmp_path: Path) -> Draw:
    def draw(pdf: bytes, config: Rendering = CONFIG) -> RenderedImage:
        path = tmp_path / "page.pdf"
        path.write_bytes(pdf)
        return engine.draw(engine.open_document(path), 1, config)

    return draw


def em_px(page: RenderedImage, size: Size, print_pt: float) -> float:
    """How high the print is in the image of a page of this size."""
    return print_pt * max(page.width_px, page.height_px) / max(size)


def recall(words: str, read: str) -> float:
    wanted = Counter(words.split())
    return (wanted & Counter(read.split())).total() / wanted.total()


@pytest.mark.parametrize("print_pt", [9, 12, 24, *more(10, 11, 14)])
def test_a_page_of_ordinary_print_is_no_larger_than_the_longest_side(
    draw: Draw, print_pt: float
) -> None:
    printed = draw(large_pages.printed(A4, print_pt)[0])
    scan = draw(large_pages.scanned(A4, print_pt))
    for page in (printed, scan):
        assert (page.width_px, page.height_px) == (1109, 1568)
        assert dict(page.doubts) == {}


@pytest.mark.parametrize(
    ("size", "print_pt"),
    [
        (A4, 8),
        (A4, 5.5),
        (RECEIPT, 7),
        (SHORT_RECEIPT, 6),
        (NEWSPAPER, 7),
        (PLAN, 10),
        (BANNER, 9),
        (WEB_PAGE, 12),
        *more((A4, 7), (A4, 6), (RECEIPT, 9), (NEWSPAPER, 9), (PLAN, 12), (WEB_PAGE, 16)),
    ],
)
def test_small_print_is_drawn_as_finely_as_it_needs(
    draw: Draw, size: Size, print_pt: float
) -> None:
    page = draw(large_pages.printed(size, print_pt)[0])
    assert em_px(page, size, print_pt) >= 16
    assert page.width_px * page.height_px <= 40_000_000
    assert dict(page.doubts) == {}


@pytest.mark.parametrize(
    ("size", "print_pt", "turn"),
    [
        (A4, 6, 0),
        (A4, 6, 90),
        (A4, 5.5, 0),
        (RECEIPT, 9, 0),
        (SHORT_RECEIPT, 7, 0),
        (NEWSPAPER, 8, 0),
        *more((A4, 7, 0), (A4, 6, 180), (RECEIPT, 9, 90)),
    ],
)
def test_small_print_in_a_scan_is_drawn_as_finely_as_it_needs(
    draw: Draw, size: Size, print_pt: float, turn: int
) -> None:
    page = draw(large_pages.scanned(size, print_pt, turn=turn))
    assert em_px(page, size, print_pt) >= 15
    assert dict(page.doubts) == {}


@pytest.mark.parametrize("strips", [1, 30])
def test_small_print_in_a_scan_counts_beside_a_stamp_that_is_text(draw: Draw, strips: int) -> None:
    page = draw(large_pages.stamped(large_pages.scanned(A4, 6, strips=strips), "Page 1 of 9", 11))
    assert em_px(page, A4, 6) >= 15


def test_small_print_in_a_picture_counts_beside_larger_text(draw: Draw) -> None:
    page = draw(large_pages.with_picture(11, 6))
    assert em_px(page, A4, 6) >= 15


def test_a_photograph_beside_text_makes_no_larger_image(draw: Draw) -> None:
    page = draw(large_pages.with_picture(11, None))
    assert (page.width_px, page.height_px) == (1109, 1568)


@pytest.mark.parametrize("columns", [False, True])
@pytest.mark.parametrize("print_pt", [5.5, 7, *more(6)])
def test_small_print_counts_between_the_rules_of_a_table(
    draw: Draw, print_pt: float, *, columns: bool
) -> None:
    page = draw(large_pages.ruled(print_pt, columns=columns))
    assert em_px(page, A4, print_pt) >= 15


@pytest.mark.parametrize("columns", [False, True])
@pytest.mark.parametrize("print_pt", [9, 12, *more(10)])
def test_ordinary_print_between_rules_makes_no_larger_image(
    draw: Draw, print_pt: float, *, columns: bool
) -> None:
    assert draw(large_pages.ruled(print_pt, columns=columns)).height_px == 1568


def test_a_scan_on_a_tiny_page_is_drawn_as_large_as_one_on_an_ordinary_page(draw: Draw) -> None:
    page = draw(large_pages.in_inches(11))
    assert page.height_px == 1568
    assert em_px(page, A4, 11) >= 16


def test_tiny_print_on_a_tiny_page_is_drawn_as_finely_as_it_needs(draw: Draw) -> None:
    size = (A4[0] / 10, A4[1] / 10)
    page = draw(large_pages.printed(size, 1.1)[0])
    assert em_px(page, size, 1.1) >= 16
    assert page.height_px <= 1568


@pytest.mark.parametrize("dpi", [75, 100])
def test_a_scan_is_not_drawn_much_finer_than_it_was_made(draw: Draw, dpi: int) -> None:
    page = draw(large_pages.scanned(A4, 6, dpi=dpi))
    assert max(page.width_px, page.height_px) == 1568


@pytest.mark.parametrize(
    ("size", "print_pt"),
    [
        ((20_000.0, 20_000.0), 9),
        ((14_400.0, 14_400.0), 12),
        ((900_000.0, 900_000.0), 60),
        (PLAN, 3),
        ((300.0, 300_000.0), 9),
    ],
)
def test_a_page_too_large_for_its_print_says_how_finely_it_was_drawn(
    draw: Draw, size: Size, print_pt: float
) -> None:
    page = draw(large_pages.printed(size, print_pt, lines=200)[0])
    words = page.doubts["drawn_too_coarsely"]
    assert words.startswith("drawn at ")
    assert " dpi; print needs " in words
    assert page.width_px * page.height_px <= 40_000_000
    assert max(page.width_px, page.height_px) < 65_536


def test_a_wall_with_letters_as_large_as_itself_fits_into_the_longest_side(draw: Draw) -> None:
    page = draw(pdfs.huge_page())
    assert (page.width_px, page.height_px) == (1568, 1568)
    assert dict(page.doubts) == {}


def test_a_large_page_without_print_is_drawn_at_the_least_resolution(draw: Draw) -> None:
    lines = b"".join(b"%d 0 m %d 3000 l S " % (n * n, n * 40) for n in range(50))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 2000 3000] /Contents 4 0 R >>",
        pdfs.stream(b"", lines),
    ]
    page = draw(pdfs.assembled(objects))
    assert page.height_px == pytest.approx(3000 / 72 * 150, abs=2)


def test_the_settings_bound_what_is_drawn(draw: Draw) -> None:
    content, _ = large_pages.printed(A4, 5.5)
    at_most = draw(content, replace(CONFIG, render_max_dpi=200))
    assert at_most.height_px == pytest.approx(842 / 72 * 200, abs=2)
    small = draw(content, replace(CONFIG, render_max_megapixels=1))
    assert small.width_px * small.height_px <= 1_010_000
    assert "drawn_too_coarsely" in small.doubts


@pytest.mark.parametrize(
    ("size", "print_pt", "font"),
    [(A4, 5.5, "tiro"), (RECEIPT, 9, "helv"), *more((A4, 5.5, "helv"), (A4, 7, "tiro"))],
)
def test_small_print_is_read_by_the_embedded_reader(
    draw: Draw, size: Size, print_pt: float, font: str
) -> None:
    content, words = large_pages.printed(size, print_pt, font, lines=90)
    page = draw(content)
    assert recall(words, page_reading.read(page.encoded, [], 60).text) >= 0.95


def test_a_single_line_of_print_is_not_taken_for_many_lines_that_lie(draw: Draw) -> None:
    line = pdfs.text_pdf(["page 1 0b81c2ff-5a4e-4c1d-9e1f-6b0a7c3d2e10"], 11)
    assert draw(pdfs.drawn(line)).height_px == 1568
