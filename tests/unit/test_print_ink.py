"""Print is told from rules, pictures, dust and holes, and what of it lies within words is known."""

import random

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFont
from PIL.ImageFilter import GaussianBlur

from lector.tesseract import print_ink
from lector.tesseract.recognition import Word

WIDTH, HEIGHT = 1100, 1568
FONT = ImageFont.load_default(size=28)
LINE = "The lamps were lit at six o'clock and nobody came"


def sheet(paper: int = 245) -> Image.Image:
    return Image.new("L", (WIDTH, HEIGHT), paper)


def write(page: Image.Image, lines: range, ink: int = 20) -> Image.Image:
    pen = ImageDraw.Draw(page)
    for line in lines:
        pen.text((100, 100 + 40 * line), LINE, fill=ink, font=FONT)
    return page


def word(left: int, top: int, right: int, bottom: int) -> Word:
    return ("x", left / WIDTH, top / HEIGHT, right / WIDTH, bottom / HEIGHT, 90.0)


def test_print_within_words_was_read_and_the_rest_was_not() -> None:
    ink = print_ink.find(write(sheet(), range(20)))
    assert ink.share_read([word(90, 90, 1000, 900)]) == 1.0
    assert ink.share_read([word(90, 90, 1000, 500)]) == pytest.approx(0.5, abs=0.03)
    assert ink.share_read([]) == 0.0


def test_faint_print_on_grey_paper_is_print() -> None:
    ink = print_ink.find(write(sheet(190), range(20), ink=150))
    assert ink.share_read([word(90, 90, 1000, 500)]) == pytest.approx(0.5, abs=0.05)


def test_print_in_a_shadow_is_print() -> None:
    page = write(sheet(), range(20))
    shadow = (
        Image.linear_gradient("L").resize(page.size).point([60 + v * 2 // 3 for v in range(256)])
    )
    page = Image.composite(page, Image.new("L", page.size, 0), shadow)
    ink = print_ink.find(page)
    assert ink.share_read([word(90, 90, 1000, 500)]) == pytest.approx(0.5, abs=0.1)


def test_rules_frames_and_pictures_are_no_print() -> None:
    page = write(sheet(), range(3))
    pen = ImageDraw.Draw(page)
    pen.rectangle((80, 400, 1000, 1200), outline=0, width=3)
    for y in (600, 800, 1000):
        pen.line((80, y, 1000, y), fill=0, width=3)
    pen.rectangle((200, 1250, 900, 1500), fill=90)
    assert print_ink.find(page).share_read([word(90, 90, 1000, 240)]) == 1.0


def test_dust_grain_and_punched_holes_leave_a_page_blank() -> None:
    chance = random.Random(5)
    page = sheet()
    pen = ImageDraw.Draw(page)
    for _ in range(250):
        x, y = chance.uniform(0, WIDTH), chance.uniform(0, HEIGHT)
        pen.ellipse((x, y, x + 2, y + 2), fill=60)
    for y in (400, 1100):
        pen.ellipse((60, y, 92, y + 32), fill=110)
    assert print_ink.find(page).is_blank
    assert print_ink.find(sheet()).is_blank


def test_a_page_number_alone_is_print() -> None:
    page = sheet()
    ImageDraw.Draw(page).text((540, 1500), "7", fill=30, font=ImageFont.load_default(size=20))
    assert not print_ink.find(page).is_blank


def test_words_beyond_the_edges_do_no_harm() -> None:
    ink = print_ink.find(write(sheet(), range(2)))
    assert ink.share_read([("x", -0.5, -0.5, 1.5, 1.5, 50.0)]) == 1.0
    assert ink.share_read([("x", 1.2, 1.2, 0.9, 0.8, 50.0)]) == 0.0


def grainy(page: Image.Image, grain: int, seed: int = 1) -> Image.Image:
    """A page on paper of such a grain, in shades: the same one for the same seed."""
    chance, count = random.Random(seed), page.width * page.height
    even = [Image.frombytes("L", page.size, chance.randbytes(count)) for _ in range(4)]
    one, other = (Image.blend(even[at], even[at + 1], 0.5) for at in (0, 2))
    noise = Image.blend(one, other, 0.5)  # of four even ones the deviation is 37 shades
    return ImageChops.add(
        page, noise.point([round(128 + (s - 127.5) * grain / 37) for s in range(256)]), offset=-128
    )


@pytest.mark.parametrize("grain", [8, 16, 25, 40])
@pytest.mark.parametrize("blur", [0, 0.8, 1.5])
@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in (1, 2, 3))])
def test_the_grain_of_paper_is_no_print(grain: int, blur: float, seed: int) -> None:
    page = grainy(sheet(225).resize((1414, 2000)), grain, seed).filter(GaussianBlur(blur))
    assert print_ink.find(page).is_blank


@pytest.mark.parametrize("grain", [8, 16])
def test_a_single_line_on_grainy_paper_is_print(grain: int) -> None:
    assert not print_ink.find(grainy(write(sheet(225), range(1)), grain)).is_blank


@pytest.mark.parametrize("angle", [0, 3, 45, 90])
def test_a_page_full_of_print_is_no_grain(angle: int) -> None:
    page = write(sheet(), range(36)).rotate(angle, expand=True, fillcolor=245)
    assert not print_ink.find(page).is_blank


@pytest.mark.parametrize(("blur", "grain"), [(0, 40), (1, 25), (1.5, 16)])
def test_the_print_of_a_small_grainy_slip_is_print(blur: float, grain: int) -> None:
    slip = write(sheet(225), range(1, 6)).crop((80, 100, 700, 1120)).filter(GaussianBlur(blur))
    assert not print_ink.find(grainy(slip, grain)).is_blank
    assert print_ink.find(grainy(sheet(225).crop((0, 0, 620, 1020)), grain)).is_blank
