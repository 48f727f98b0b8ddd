"""Searchable PDFs: words lie where they are seen, nothing looks different, hostile files end."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pymupdf
import pytest

from functions.upload.pdf_process import Limits, Unmakeable
from functions.upload.searchable_pdf import creation
from tests.support import pdfs

WORD = ["lamps", 0.2, 0.3, 0.4, 0.33]
LINE = [
    ["Häuser", 0.1, 0.1, 0.2, 0.13],
    ["灯台", 0.22, 0.1, 0.3, 0.13],
    ["𝔘𝔫𝔦", 0.32, 0.1, 0.4, 0.13],
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def made(
    folder: Path,
    pdf: bytes,
    words: Mapping[int, Sequence[Any]],
    turns: Mapping[int, int] | None = None,
    **limits: Any,
) -> Any:
    original, target = folder / "original.pdf", folder / "target.pdf"
    original.write_bytes(pdf)
    creation.make(original, words.items(), target, Limits(**limits), turns)
    return pymupdf.open(target)


def scanned(rotate: int = 0, crop: tuple[float, ...] | None = None) -> bytes:
    """A page without text, turned and cropped."""
    document = pymupdf.open()
    page = document.new_page(width=400, height=600)
    page.draw_rect(pymupdf.Rect(100, 150, 300, 200), fill=(0.2, 0.4, 0.6))
    if crop:
        page.set_cropbox(pymupdf.Rect(*crop))
    page.set_rotation(rotate)
    content: bytes = document.tobytes()
    return content


def two_scanned(rotate: int) -> bytes:
    document = pymupdf.open(stream=scanned(rotate))
    document.fullcopy_page(0)
    content: bytes = document.tobytes()
    return content


def shares(page: pymupdf.Page) -> dict[str, tuple[float, ...]]:
    """Words of a page with their boxes in shares of the page as it is shown."""
    found: dict[str, tuple[float, ...]] = {}
    for x0, y0, x1, y1, text, *_ in page.get_text("words"):
        box = pymupdf.Rect(x0, y0, x1, y1) * page.rotation_matrix
        width, height = page.rect.width, page.rect.height
        found[text] = (box.x0 / width, box.y0 / height, box.x1 / width, box.y1 / height)
    return found


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [None, (50, 40, 350, 500)])
def test_a_word_lies_where_it_is_seen(folder: Path, rotate: int, crop: Any) -> None:
    [page] = made(folder, scanned(rotate, crop), {1: [WORD]})
    box = shares(page)["lamps"]
    assert box == pytest.approx(WORD[1:], abs=0.02)


@pytest.mark.parametrize("turn", [90, 180, 270])
@pytest.mark.parametrize("rotate", [0, 90, 270])
def test_a_page_that_was_turned_to_be_read_is_shown_upright_with_its_words_in_place(
    folder: Path, rotate: int, turn: int
) -> None:
    _, page = made(folder, two_scanned(rotate), {1: [WORD], 2: [WORD]}, {1: 0, 2: turn, 9: 90})
    assert page.rotation == (rotate + turn) % 360
    assert shares(page)["lamps"] == pytest.approx(WORD[1:], abs=0.02)
    assert page.parent[0].rotation == rotate


def test_any_script_is_found_and_copied_with_its_spaces(folder: Path) -> None:
    [page] = made(folder, scanned(), {1: [*LINE, ["below", 0.1, 0.2, 0.2, 0.23]]})
    assert page.get_text().split("\n")[:2] == ["Häuser 灯台 𝔘𝔫𝔦", "below"]
    assert page.search_for("灯台")


def test_more_characters_than_one_font_holds_are_told_apart(folder: Path) -> None:
    text = "".join(chr(0x4E00 + n) for n in range(600))
    [page] = made(
        folder,
        scanned(),
        {1: [[text[n : n + 20], 0.1, n / 700, 0.9, n / 700 + 0.02] for n in range(0, 600, 20)]},
    )
    assert page.get_text().replace("\n", "").replace(" ", "") == text


def test_nothing_looks_different(folder: Path) -> None:
    pdf = pdfs.text_pdf(["what is printed stays as it is"])
    document = made(folder, pdf, {1: [WORD, *LINE]})
    before, after = (d[0].get_pixmap(dpi=100) for d in (pymupdf.open(stream=pdf), document))
    assert before.samples == after.samples


def test_pages_that_share_their_content_get_words_of_their_own(folder: Path) -> None:
    document = pymupdf.open(stream=pdfs.text_pdf(["shared"]))
    document.fullcopy_page(0)
    document.copy_page(0)
    words = {n: [[f"page{n}", 0.1, 0.5, 0.3, 0.52]] for n in (1, 2, 3)}
    for number, page in enumerate(made(folder, document.tobytes(), words), 1):
        own = [word for word in shares(page) if word.startswith("page")]
        assert own == [f"page{number}"]


def test_content_that_leaves_the_page_in_disorder_does_not_move_the_words(folder: Path) -> None:
    document = pymupdf.open(stream=scanned())
    xref = document[0].get_contents()[0]
    document.update_stream(xref, b"Q Q q 5 0 0 5 90 90 cm q BT 40 Tr")
    [page] = made(folder, document.tobytes(), {1: [WORD]})
    assert shares(page)["lamps"] == pytest.approx(WORD[1:], abs=0.02)


def test_a_page_without_words_stays_as_it_is(folder: Path) -> None:
    document = made(folder, pdfs.many_pages(3), {2: [WORD]})
    assert ["lamps" in page.get_text() for page in document] == [False, True, False]


def test_words_for_pages_that_are_not_there_do_no_harm(folder: Path) -> None:
    assert len(made(folder, scanned(), {1: [WORD], 9: [WORD]})) == 1


def test_a_file_that_only_its_owner_may_change_is_made_searchable(folder: Path) -> None:
    [page, *_] = made(folder, pdfs.owner_password_only(), {1: [WORD]})
    assert "lamps" in page.get_text()


@pytest.mark.parametrize(
    ("pdf", "code"),
    [
        (pdfs.not_a_pdf(), "pdf_unreadable"),
        (pdfs.truncated_beyond_repair(), "pdf_unreadable"),
        (pdfs.password_protected(), "pdf_protected"),
    ],
)
def test_what_cannot_be_opened_is_refused_in_words(folder: Path, pdf: bytes, code: str) -> None:
    with pytest.raises(Unmakeable) as refusal:
        made(folder, pdf, {1: [WORD]})
    assert refusal.value.code == code


def test_what_needs_more_memory_than_it_may_have_is_refused(folder: Path) -> None:
    with pytest.raises(Unmakeable) as refusal:
        made(folder, scanned(), {1: [WORD] * 400_000}, memory_bytes=150 * 1024 * 1024)
    assert refusal.value.code == "pdf_too_large"


def test_what_takes_too_long_is_ended(folder: Path) -> None:
    began = time.monotonic()
    with pytest.raises(Unmakeable) as refusal:
        made(folder, pdfs.many_pages(50), {1: [WORD]}, seconds=0.05)
    assert refusal.value.code == "pdf_too_slow"
    assert time.monotonic() - began < 5


def test_a_result_that_is_too_large_is_refused(folder: Path) -> None:
    with pytest.raises(Unmakeable) as refusal:
        made(folder, pdfs.many_pages(50), {1: [WORD]}, result_bytes=1000)
    assert refusal.value.code == "pdf_too_large"


def test_hundreds_of_pages_stay_within_the_usual_limits(folder: Path) -> None:
    words = [[f"word{n}", 0.1, n / 310, 0.3, n / 310 + 0.003] for n in range(300)]
    document = made(folder, pdfs.many_pages(200), dict.fromkeys(range(1, 201), words))
    assert "word299" in document[199].get_text()
