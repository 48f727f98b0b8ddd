"""Numbers that Tesseract is unsure of are looked at again; then most of them are sure."""

import io
import random
from collections.abc import Sequence

import pymupdf
import pytest
from PIL import Image, ImageChops, ImageFilter

from lector.domain.alignment import AnchorWord, align
from lector.domain.verification import Anchor, AnchorKind, judge
from lector.tesseract import page_reading
from lector.tesseract.page_reading import Reading

DPI = 200
AMOUNTS = ["113.03", "544.10", "975.17", "1,837.31", "2,268.38", "2,699.45", "3,130.52"]
AMOUNTS += ["3,561.59", "3,992.66", "4,423.73", "4,854.80", "5,285.87", "5,716.94", "6,148.01"]
SURE = 92
"""Of 100: a number that is as sure counts against any other."""


@pytest.fixture(scope="module")
def reading() -> Reading:
    return page_reading.read(scanned_table(AMOUNTS), ["eng"], 60)


def scanned_table(amounts: Sequence[str]) -> bytes:
    """A ruled table as an office scans it: askew, soft, grey and grainy; the same each time."""
    with pymupdf.open() as document:
        page = document.new_page(width=420, height=60 + 20 * len(amounts))
        for row, amount in enumerate(amounts):
            top = 30 + 20 * row
            page.insert_text((44, top + 14), f"delivery {'abcdefghijklmn'[row]}", fontsize=10)
            page.insert_text((244, top + 14), amount, fontsize=10)
            for left, right in ((40, 240), (240, 360)):
                page.draw_rect(pymupdf.Rect(left, top, right, top + 20), width=0.6)
        pixmap = page.get_pixmap(dpi=DPI, colorspace=pymupdf.csGRAY)
    drawn = Image.frombytes("L", (pixmap.width, pixmap.height), pixmap.samples)
    drawn = drawn.point([40 + value * 190 // 255 for value in range(256)])
    drawn = drawn.rotate(0.9, Image.Resampling.BICUBIC, fillcolor=230)
    grain = Image.frombytes("L", drawn.size, random.Random(3).randbytes(drawn.width * drawn.height))
    grain = grain.point([128 + (value - 128) * 2 // 5 for value in range(256)])
    drawn = ImageChops.add(drawn.filter(ImageFilter.GaussianBlur(0.7)), grain, offset=-128)
    file = io.BytesIO()
    drawn.save(file, "JPEG", quality=80, dpi=(DPI, DPI))
    return file.getvalue()


def test_numbers_of_a_grainy_table_are_sure_after_a_second_look(reading: Reading) -> None:
    sure = {word[0] for word in reading.words if word[5] >= SURE}
    assert len(sure.intersection(AMOUNTS)) >= len(AMOUNTS) - 3


def test_a_digit_that_is_changed_in_a_grainy_table_is_doubted(reading: Reading) -> None:
    words = [AnchorWord(word[0], (*word[1:5],), word[5]) for word in reading.words]
    anchor = Anchor(AnchorKind.TESSERACT, words, reading.confidence, reading.print_read)
    changed = {"2,699.45": "2,699.46", "3,130.52": "3,180.52", "4,854.80": "4,354.80"}
    for right, wrong in changed.items():
        text = reading.text.replace(right, wrong)
        _, doubts = judge(text, align(text, words), anchor)
        assert f"“{wrong}” for “{right}”" in doubts["numbers_differ"]


def test_the_text_has_the_numbers_of_its_words(reading: Reading) -> None:
    assert reading.text.split() == [word[0] for word in reading.words]
