"""Large images in pieces: no line is lost or cut, and pieces come in the order of reading."""

import io
from collections.abc import Callable
from functools import cache
from random import Random

import pytest
from PIL import Image

from functions.llm import tiling
from functions.llm.pieces import Pieces
from tests.support import printed
from tests.support.printed import Printed, whole_lines

LONGEST = 1800


def web_page() -> Printed:
    """One tall page of text with pictures in between."""
    page = Printed(1200, 9000)
    top = 60
    while top < 8500:
        page.text(100, top, 1000, top + 900)
        page.rule((100, top + 940, 1100, top + 1240))
        top += 1300
    return page


def in_a_frame() -> Printed:
    page = printed.columns(1100, 5000, 1)
    for box in ((10, 10, 14, 4990), (1085, 10, 1089, 4990), (10, 10, 1089, 14)):
        page.rule(box)
    return page


def newspaper_with_rules() -> Printed:
    page = printed.columns(3500, 2400, 5, headline=True)
    each = (3500 - 120 + 50) // 5
    for n in range(1, 5):
        page.rule((60 + n * each - 27, 200, 60 + n * each - 25, 2340))
    return page


def dark_paper() -> Printed:
    page = Printed(1000, 4000, paper=20, ink=235)
    page.text(60, 60, 880, 3940)
    return page


def grainy() -> Printed:
    page = Printed(1000, 4000, paper=245)
    page.text(60, 60, 880, 3940)
    page.grain()
    return page


def ruled_table() -> Printed:
    page = Printed(1400, 4200)
    for top in range(80, 4100, 54):
        for left in (60, 400, 740, 1080):
            page.line(left + 10, top, 200)
            page.lines.pop()
        page.lines.append((70, top, 1290, top + 14))
    for left in (60, 400, 740, 1080, 1399 - 60):
        page.rule((left, 60, left + 2, 4110))
    return page


def dense_table(columns: int) -> Printed:
    """Rows that stand close, of cells of all widths; several cells together fill a line."""
    chance = Random(columns)
    page = Printed(1750, 4200)
    each = 1630 // columns
    for top in range(80, 4100, 30):
        for n in range(columns):
            page.line(60 + n * each, top, int(each * chance.uniform(0.3, 0.8)))
            page.lines.pop()
        page.lines.append((60, top, 60 + int((columns - 0.75) * each), top + 14))
    return page


def two_headlines() -> Printed:
    page = Printed(1750, 4800)
    page.line(60, 60, 1600, 60)
    for left in (60, 900):
        page.text(left, 200, 780, 2200)
    page.line(60, 2400, 1600, 60)
    for left in (60, 900):
        page.text(left, 2560, 780, 4700)
    return page


def side_by_side() -> Printed:
    """A page lying down: two pages of a book."""
    page = Printed(3400, 1700)
    for left in (80, 1800):
        page.text(left, 80, 1500, 1620)
    return page


KINDS: dict[str, Callable[[], Printed]] = {
    "a receipt of 66 cm": lambda: printed.receipt(614, 5166),
    "a narrow receipt": lambda: printed.receipt(420, 7000),
    "a web page": web_page,
    "a page of one column": lambda: printed.columns(1200, 3000, 1),
    "two columns on A3": lambda: printed.columns(1754, 2480, 2),
    "three columns on A3": lambda: printed.columns(1754, 2480, 3),
    "a newspaper": lambda: printed.columns(3500, 2400, 5, headline=True),
    "a newspaper with rules between columns": newspaper_with_rules,
    "a newspaper standing": lambda: printed.columns(2244, 3544, 4, headline=True),
    "two headlines, each over two columns": two_headlines,
    "two pages of a book": side_by_side,
    "text in a frame": in_a_frame,
    "light print on dark paper": dark_paper,
    "a grainy scan": grainy,
    "a table with rules": ruled_table,
    "a dense table of four columns": lambda: dense_table(4),
    "a dense table of nine columns": lambda: dense_table(9),
    "one line too high": lambda: printed.columns(1200, 1830, 1),
    "very tall": lambda: printed.columns(700, 20_000, 1),
}


@cache
def page_of(kind: str) -> Printed:
    return KINDS[kind]()


@cache
def pieces_of(kind: str) -> Pieces:
    return cut(page_of(kind))


def cut(page: Printed, longest: int = LONGEST) -> Pieces:
    found = tiling.cut(page.jpeg(), longest)
    assert found is not None
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_every_line_is_whole_in_a_piece_and_pieces_are_in_reading_order(kind: str) -> None:
    page = page_of(kind)
    numbers = [whole_lines(page.lines, piece.box) for piece in pieces_of(kind).pieces]
    fitting = [n for n, line in enumerate(page.lines) if line[2] - line[0] < LONGEST]
    assert [n for piece in numbers for n in piece] == fitting
    assert len(fitting) > 30


@pytest.mark.parametrize("kind", KINDS)
def test_no_piece_is_longer_than_the_model_takes(kind: str) -> None:
    for piece in pieces_of(kind).pieces:
        with Image.open(io.BytesIO(piece.jpeg)) as image:
            assert max(image.size) <= LONGEST


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_has_hardly_more_pieces_than_its_size_asks_for(kind: str) -> None:
    page = page_of(kind)
    least = -(-page.width // LONGEST) * -(-page.height // LONGEST)
    assert len(pieces_of(kind).pieces) <= 3 * least + 3


def test_a_photograph_has_pieces_that_overlap() -> None:
    coarse = Image.frombytes("L", (150, 500), Random(3).randbytes(150 * 500))
    target = io.BytesIO()
    coarse.resize((1500, 5000)).save(target, "JPEG")
    found = tiling.cut(target.getvalue(), LONGEST)
    assert found is not None
    for before, behind in zip(found.pieces, found.pieces[1:], strict=False):
        assert behind.overlaps
        assert before.box[3] - behind.box[1] >= 80
        assert before.core[3] == behind.core[1]


def test_a_plan_is_cut_in_both_directions_and_nothing_is_left_out() -> None:
    page = Printed(4000, 3000)
    for n in range(60):
        page.line(n * 613 % 3800 + 40, n * 47 + 40, 90)
    for n in range(0, 4000, 90):  # hatching, which leaves no gap
        page.image.paste(60, (n, 0, n + 14, 3000))
    for n in range(0, 3000, 90):
        page.image.paste(60, (0, n, 4000, n + 14))
    found = cut(page)
    assert all(any(whole_lines([line], piece.box) for piece in found.pieces) for line in page.lines)
    assert len({piece.box[0] for piece in found.pieces}) > 1
    assert len({piece.box[1] for piece in found.pieces}) > 1


@pytest.mark.slow
def test_an_image_that_would_need_too_many_pieces_is_made_smaller_and_says_so() -> None:
    page = Printed(4500, 6000)
    page.text(100, 100, 4300, 5900, pitch=60)
    found = cut(page, 500)
    assert len(found.pieces) <= tiling.MOST_TILES
    assert found.scale < 1
    assert found.size[0] == pytest.approx(4500 * found.scale, abs=2)


def test_what_is_empty_is_in_no_piece() -> None:
    page = Printed(1200, 9000)
    page.text(100, 100, 1000, 700)
    page.text(100, 8300, 1000, 8900)
    assert all(piece.box[3] - piece.box[1] < 800 for piece in cut(page).pieces)


def test_an_image_without_print_or_no_image_is_not_cut() -> None:
    assert tiling.cut(Printed(2000, 3000).jpeg(), LONGEST) is None
    assert tiling.cut(b"no image", LONGEST) is None
    assert tiling.cut(page_of("a newspaper").jpeg()[:2000], LONGEST) is None


def test_the_same_image_makes_the_same_pieces() -> None:
    assert cut(page_of("a newspaper")) == pieces_of("a newspaper")


def test_a_part_of_an_image_is_cut_out_with_its_size() -> None:
    page = page_of("a page of one column")
    found = tiling.crop(page.jpeg(), (0.0, 0.5, 1.0, 0.75), LONGEST)
    assert found is not None
    [piece] = found.pieces
    assert found.size == (1200, 750)
    with Image.open(io.BytesIO(piece.jpeg)) as image:
        assert image.size == (1200, 750)


def test_a_large_part_is_cut_into_pieces() -> None:
    found = tiling.crop(web_page().jpeg(), (0.0, 0.1, 1.0, 0.9), LONGEST)
    assert found is not None
    assert len(found.pieces) >= 4


def test_a_part_that_is_empty_or_tiny_is_none() -> None:
    page = Printed(1000, 1000)
    page.line(10, 10, 400)
    assert tiling.crop(page.jpeg(), (0.5, 0.5, 1.0, 1.0), LONGEST) is None
    assert tiling.crop(page.jpeg(), (0.0, 0.0, 0.01, 0.01), LONGEST) is None


def test_a_part_of_no_image_is_an_error() -> None:
    with pytest.raises(ValueError, match="decoded"):
        tiling.crop(b"no image", (0.0, 0.0, 1.0, 1.0), LONGEST)
