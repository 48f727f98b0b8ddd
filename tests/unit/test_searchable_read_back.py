"""A searchable PDF read back by two engines: its words, their order and their places.

MuPDF takes text out in the order of the content, PDFium by the places; a person copies from either.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pikepdf
import pymupdf
import pytest

from functions.upload.pdf_process import Limits
from functions.upload.searchable_pdf import creation, of_file
from functions.upload.word_formats import directions, layout
from lector.domain.word_places import Box, PlacedWord, Places
from tests.support import pdfs
from tests.support.pdf_readers import ENGINES, by_mupdf, find_by_pdfium, overlap

A4 = (595.0, 842.0)
ENGLISH = [
    "The lighthouse keeper wrote his log every",
    "evening, and lit the lamps (all 14 of them) at",
    "dusk; it's what he did for 31.5 years. A wide",
    "sea, I say.",
]
HEBREW = ["המגדלור עומד על הסלע", "מול הים הגדול והכחול", "מאה שנה ויותר."]
ARABIC = ["المنارة تقف على الصخرة", "أمام البحر الكبير الأزرق", "منذ مائة عام."]
PERSIAN = ["کتاب‌ها را می‌خواند", "و می‌نویسد"]
POINTED = ["שָׁלוֹם לָעוֹלָם הַגָּדוֹל", "וְהַיָּם הַכָּחֹל"]
VOCALISED = ["مُحَمَّدٌ قَرَأَ الكِتَابَ", "فِي البَيْتِ"]
HINDI = ["प्रकाशस्तंभ समुद्र के किनारे", "चट्टान पर खड़ा है"]
MIXED = ["הספר Lector נכתב בשנת 1948 בעיר", "גדולה מאוד על חוף הים"]
JAPANESE = ["灯台は岬の先に", "立っている。"]
CHINESE = ["灯塔矗立在海边的", "岩石上已经百年"]
THAI = ["ประภาคารตั้งอยู่", "บนโขดหินริมทะเล"]
GREEK = ["Ο φάρος στέκεται στον βράχο", "εδώ και εκατό χρόνια"]


def size_of(char: str) -> float:
    """How wide a letter is, in shares of the print's height."""
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0.0
    if unicodedata.east_asian_width(char) in "WF":
        return 1.0
    return {"i": 0.25, "l": 0.25, "I": 0.3, "m": 0.8, "w": 0.75, "W": 0.95, ".": 0.25}.get(
        char, 0.5
    )


def printed(
    lines: Sequence[str], size: tuple[float, float] = A4, height_pt: float = 11, top_pt: float = 80
) -> tuple[str, Places]:
    """A text and where its words would stand, tight around their letters."""
    text, words, at = "\n".join(lines), [], 0
    width, height = size
    backwards = directions.of_words(text.split())
    for number, line in enumerate(lines):
        top = top_pt + number * height_pt * 1.6
        x = width - 60 if backwards else 60.0
        for word in line.split():
            wide = sum(map(size_of, word)) * height_pt
            left = x - wide if backwards else x
            start = text.index(word, at)
            at = start + len(word)
            high = height_pt * (0.72 if all(c in "aceimnorsuvwxz.," for c in word) else 1.0)
            foot = top + height_pt
            box = (left / width, (foot - high) / height, (left + wide) / width, foot / height)
            words.append(PlacedWord(start, at, (box,)))
            x += (-1 if backwards else 1) * (wide + height_pt * 0.3)
    return text, Places(tuple(words))


def make(
    folder: Path,
    pages: Sequence[tuple[str, Places | None]],
    original: bytes | None = None,
    turns: dict[int, int] | None = None,
    language: str | None = None,
) -> Path:
    """The searchable PDF of an original with these texts on its pages."""
    source, target = folder / "original.pdf", folder / "target.pdf"
    source.write_bytes(original or blank(A4, len(pages)))
    words = (
        (number, of_file.to_laid_words(layout.lay_out(text, places)))
        for number, (text, places) in enumerate(pages, 1)
    )
    creation.make(source, words, target, Limits(), turns, language)
    return target


def blank(size: tuple[float, float], count: int = 1, **changes: Any) -> bytes:
    document = pymupdf.open()
    for _ in range(count):
        page = document.new_page(width=size[0], height=size[1])
        page.draw_rect(pymupdf.Rect(20, 20, 60, 40), fill=(0.3, 0.3, 0.3))
        if "crop" in changes:
            page.set_cropbox(pymupdf.Rect(*changes["crop"]))
        page.set_rotation(changes.get("rotate", 0))
    content: bytes = document.tobytes()
    return content


def composed(text: str) -> str:
    """With marks over one letter in one order."""
    return unicodedata.normalize("NFC", text)


def worst_overlap(found: Iterable[Any], text: str, places: Places) -> float:
    """Of the words of a page that an engine finds, the smallest overlap with where each stands."""
    expected: dict[str, list[Box]] = {}
    for word in places.words:
        expected.setdefault(composed(text[word.start : word.end]), []).append(word.boxes[0])
    return min(
        max(overlap(word.box, box) for box in expected[composed(word.text)]) for word in found
    )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "lines",
    [ENGLISH, HEBREW, ARABIC, PERSIAN, GREEK, POINTED, VOCALISED, HINDI],
    ids=["english", "hebrew", "arabic", "persian", "greek", "pointed", "vocalised", "hindi"],
)
def test_words_are_copied_in_the_order_of_reading_line_by_line(
    tmp_path: Path, engine: str, lines: list[str]
) -> None:
    text, places = printed(lines)
    [page] = ENGINES[engine](make(tmp_path, [(text, places)]))
    assert composed(page.text).strip("\n").split("\n") == list(map(composed, lines))
    # MuPDF ends a word also where letters from right to left meet a sign.
    words = set(map(composed, text.split()))
    whole = [word for word in page.words if composed(word.text) in words]
    assert composed("".join(word.text for word in page.words)) == composed("".join(text.split()))
    assert len(whole) >= 0.4 * len(text.split())
    assert worst_overlap(whole, text, places) > 0.8


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("lines", [JAPANESE, CHINESE, THAI], ids=["japanese", "chinese", "thai"])
def test_scripts_that_part_no_words_are_copied_without_spaces(
    tmp_path: Path, engine: str, lines: list[str]
) -> None:
    text, places = printed(lines)
    letters: list[PlacedWord] = []
    for word in places.words:
        left, top, right, bottom = word.boxes[0]
        step = (right - left) / (word.end - word.start)
        for found in re.finditer(r"\w[\u0e31\u0e34-\u0e4e]*|.", text[word.start : word.end]):
            box = (left + step * found.start(), top, left + step * (found.end() - 0.2), bottom)
            letters.append(PlacedWord(word.start + found.start(), word.start + found.end(), (box,)))
    for placed in (places, Places(tuple(letters))):
        [page] = ENGINES[engine](make(tmp_path, [(text, placed)]))
        assert page.text.strip("\n").split("\n") == lines


@pytest.mark.parametrize("engine", ENGINES)
def test_a_line_of_two_scripts_is_copied_as_it_is_read(tmp_path: Path, engine: str) -> None:
    text, places = printed(MIXED)
    [page] = ENGINES[engine](make(tmp_path, [(text, places)]))
    assert page.text.split() == text.split()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [None, (50, 60, 560, 790)], ids=["whole", "cropped"])
def test_words_stand_where_they_are_seen_on_turned_and_cropped_pages(
    tmp_path: Path, engine: str, rotate: int, crop: Any
) -> None:
    text, places = printed(ENGLISH[:2])
    changes = {"rotate": rotate} | ({"crop": crop} if crop else {})
    [page] = ENGINES[engine](make(tmp_path, [(text, places)], blank(A4, **changes)))
    assert [word.text for word in page.words] == text.split()
    assert worst_overlap(page.words, text, places) > 0.8


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("turn", [90, 180, 270])
def test_words_stand_in_place_on_pages_that_were_turned_to_be_read(
    tmp_path: Path, engine: str, turn: int
) -> None:
    upright = A4 if turn == 180 else A4[::-1]
    text, places = printed(ENGLISH[:2], upright)
    [page] = ENGINES[engine](make(tmp_path, [(text, places)], turns={1: turn}))
    assert page.text.split() == text.split()
    assert worst_overlap(page.words, text, places) > 0.8


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("size", "height"),
    [((164.0, 700.0), 6), ((3370.0, 2384.0), 40), ((12000.0, 300.0), 14), ((170.0, 14400.0), 6)],
)
def test_so_they_do_on_pages_of_unusual_sizes(
    tmp_path: Path, engine: str, size: tuple[float, float], height: float
) -> None:
    text, places = printed([ENGLISH[0][:14], ENGLISH[2][:13]], size, height)
    [page] = ENGINES[engine](make(tmp_path, [(text, places)], blank(size)))
    assert [word.text for word in page.words] == text.split()
    assert worst_overlap(page.words, text, places) > 0.8


@pytest.mark.parametrize("engine", ENGINES)
def test_a_file_that_only_its_owner_may_change_has_its_words(tmp_path: Path, engine: str) -> None:
    text, places = printed(ENGLISH)
    target = make(tmp_path, [(text, places)], pdfs.owner_password_only())
    assert text.split()[3] in ENGINES[engine](target)[0].text


@pytest.mark.parametrize("engine", ENGINES)
def test_a_word_that_is_broken_at_the_end_of_a_line_is_found_whole(
    tmp_path: Path, engine: str
) -> None:
    text = "a lighthouse stands"
    first, second = (0.80, 0.1, 0.88, 0.115), (0.1, 0.13, 0.18, 0.145)
    places = Places(
        (
            PlacedWord(0, 1, ((0.77, 0.1, 0.785, 0.115),)),
            PlacedWord(2, 12, (first, second)),
            PlacedWord(13, 19, ((0.2, 0.13, 0.3, 0.145),)),
        )
    )
    target = make(tmp_path, [(text, places)])
    [page] = ENGINES[engine](target)
    assert page.text.split() == text.split()
    assert overlap(page.words[1].box, first) > 0.8
    assert find_by_pdfium(target, "lighthouse") == 1


def test_a_line_that_ends_a_broken_word_and_has_no_other_is_none(tmp_path: Path) -> None:
    places = Places((PlacedWord(0, 10, ((0.8, 0.1, 0.88, 0.115), (0.1, 0.13, 0.18, 0.145))),))
    [page] = by_mupdf(make(tmp_path, [("lighthouse", places)]))
    assert page.text == "lighthouse\n"


@pytest.mark.parametrize("engine", ENGINES)
def test_words_without_a_place_are_copied_where_they_belong(tmp_path: Path, engine: str) -> None:
    text, places = printed(ENGLISH)
    lost = {"keeper", "log", "evening,", "dusk;", "sea,", "say."}
    known = tuple(
        PlacedWord(word.start, word.end, () if text[word.start : word.end] in lost else word.boxes)
        for word in places.words
    )
    [page] = ENGINES[engine](make(tmp_path, [(text, Places(known))]))
    assert page.text.split() == text.split()
    by_word = {word.text: word.box for word in page.words}
    for word in places.words:
        [box] = word.boxes
        found = by_word[text[word.start : word.end]]
        assert abs(found[1] - box[1]) < 0.03


@pytest.mark.parametrize("engine", ENGINES)
def test_a_page_of_which_no_place_is_known_has_its_text_in_lines(
    tmp_path: Path, engine: str
) -> None:
    text = "\n\n".join([*ENGLISH, " ".join(ENGLISH * 20)])
    [page] = ENGINES[engine](make(tmp_path, [(text, None)]))
    assert page.text.split() == text.split()
    assert max(word.box[3] for word in page.words) <= 1
    assert min(word.box[0] for word in page.words) >= 0


@pytest.mark.parametrize("engine", ENGINES)
def test_the_plain_words_of_a_text_in_markdown_are_copied(tmp_path: Path, engine: str) -> None:
    text = (
        "# A **bold** title\n\n| Lamp | Price |\n|---|---:|\n| red\\*  | 5 &lt; 6 |\n\n"
        "- [ ] see [the *list*](https://example.org/a_b)\n<table><tr><td>one</td><td>two</td></tr>"
        "</table>"
    )
    [page] = ENGINES[engine](make(tmp_path, [(text, None)]))
    plain = "A bold title Lamp Price red* 5 < 6 [ ] see the list one two"
    assert page.text.split() == plain.split()


def test_the_language_is_tagged_unless_the_document_says_one(tmp_path: Path) -> None:
    page = printed(ENGLISH)
    with pikepdf.open(make(tmp_path, [page], language="en-GB")) as pdf:
        assert pdf.Root.Lang == "en-GB"
        assert "/ViewerPreferences" not in pdf.Root
    with pikepdf.new() as own:
        own.add_blank_page(page_size=A4)
        own.Root.Lang = pikepdf.String("cy")
        own.save(tmp_path / "own.pdf")
    original = (tmp_path / "own.pdf").read_bytes()
    with pikepdf.open(make(tmp_path, [page], original, language="en")) as pdf:
        assert pdf.Root.Lang == "cy"


def test_a_document_that_is_read_from_right_to_left_says_so(tmp_path: Path) -> None:
    with pikepdf.open(make(tmp_path, [printed(HEBREW)], language="he")) as pdf:
        assert pdf.Root.ViewerPreferences.Direction == "/R2L"


def test_what_is_laid_takes_a_few_bytes_for_each_word(tmp_path: Path) -> None:
    pages = [printed([" ".join(line.split()[::step]) for line in ENGLISH * 8]) for step in (1, -1)]
    target = make(tmp_path, pages * 10)
    words = sum(len(text.split()) for text, _ in pages) * 10
    size = target.stat().st_size - (tmp_path / "original.pdf").stat().st_size
    assert size < 25 * words + 8000
    assert len(by_mupdf(target)) == 20
