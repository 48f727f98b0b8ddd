"""Pages that are hard to draw: damaged ones, odd boxes, faint ink. None is taken for another."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from functions.render import engine
from functions.render.engine_messages import RenderedImage
from lector.runtime.failures import PermanentFailure
from lector.runtime.settings import Rendering
from tests.support import damaged_pdfs, pdfs

CONFIG = Rendering()
UNDECODABLE = damaged_pdfs.undecodable()
DAMAGED = damaged_pdfs.damaged()
HARMLESS = damaged_pdfs.harmless()
BOXED = damaged_pdfs.boxed()
SIZELESS = damaged_pdfs.sizeless()
BLANK = damaged_pdfs.blank()
FAINT = damaged_pdfs.faint()
EQUALLY_LIGHT = dict(damaged_pdfs.equally_light())

Open = Callable[[bytes], engine.Document]


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    def opened(pdf: bytes) -> engine.Document:
        path = tmp_path / "page.pdf"
        path.write_bytes(pdf)
        return engine.open_document(path)

    return opened


def draw(document: engine.Document, number: int = 1) -> RenderedImage:
    return engine.draw(document, number, CONFIG)


def pixels(page: RenderedImage) -> Image.Image:
    return Image.open(io.BytesIO(page.encoded))


def contrast(page: RenderedImage) -> int:
    levels = [level for level, count in enumerate(pixels(page).histogram()) if count]
    return levels[-1] - levels[0]


@pytest.mark.parametrize("kind", UNDECODABLE)
def test_a_page_of_which_nothing_can_be_decoded_fails_and_is_not_called_blank(
    opened: Open, kind: str
) -> None:
    with pytest.raises(PermanentFailure) as failure:
        draw(opened(UNDECODABLE[kind]()))
    assert failure.value.code == "page_undecodable"
    assert failure.value.detail.startswith("the page's content cannot be decoded (")


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_page_of_which_parts_cannot_be_decoded_is_drawn_and_doubted(
    opened: Open, kind: str
) -> None:
    page = draw(opened(DAMAGED[kind]()))
    assert "parts may be missing: " in page.doubts["damaged_content"]
    assert not page.blank
    assert contrast(page) > 100


@pytest.mark.parametrize("kind", HARMLESS)
def test_what_takes_nothing_from_a_page_is_no_doubt(opened: Open, kind: str) -> None:
    page = draw(opened(HARMLESS[kind]()))
    assert dict(page.doubts) == {}
    assert contrast(page) > 100


@pytest.mark.slow
@pytest.mark.parametrize("kind", [*UNDECODABLE, *DAMAGED])
def test_a_page_is_judged_alike_when_it_is_drawn_once_more(opened: Open, kind: str) -> None:
    document = opened({**UNDECODABLE, **DAMAGED}[kind]())
    assert outcome(document) == outcome(document)


def outcome(document: engine.Document, number: int = 1) -> object:
    """A failure's words, or the doubts of a page that was drawn."""
    try:
        return dict(draw(document, number).doubts)
    except PermanentFailure as failure:
        return failure.detail


def test_the_words_of_a_doubt_are_few_clean_and_not_said_twice(opened: Open) -> None:
    odd = b"".join(b"odd\x1b\xfe%d " % n for n in range(99)) * 2
    page = draw(opened(damaged_pdfs.page(pdfs.stream(b"", damaged_pdfs.content() + odd))))
    words = page.doubts["damaged_content"]
    assert words.isprintable()
    assert len(words) < 600
    parts = words.split("; ")
    assert len(parts) == len(set(parts))


def test_what_is_wrong_with_one_page_is_not_held_against_another(opened: Open) -> None:
    damaged = DAMAGED["a missing image beside words"]()
    well = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 300] /Contents 6 0 R /Resources"
    well += b" << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>"
    content = pdfs.stream(b"", damaged_pdfs.content())
    second = b"5 0 obj\n%s\nendobj\n6 0 obj\n%s\nendobj\n" % (well, content)
    both = damaged.replace(b"[3 0 R] /Count 1", b"[3 0 R 5 0 R] /Count 2")
    document = opened(both.replace(b"\nxref\n", b"\n" + second + b"xref\n"))
    for _ in range(2):
        assert "damaged_content" in draw(document, 1).doubts
        assert dict(draw(document, 2).doubts) == {}


def test_what_is_wrong_with_the_file_is_not_held_against_its_pages(opened: Open) -> None:
    document = opened(damaged_pdfs.text().replace(b"startxref\n", b"startxref\n9"))
    assert engine.inspect(document, 9).warning is not None
    assert dict(draw(document).doubts) == {}


@pytest.mark.parametrize("number", [4, 5])
def test_a_file_that_is_repaired_while_a_page_is_drawn_is_drawn_from_what_was_repaired(
    opened: Open, number: int
) -> None:
    well = damaged_pdfs.image_page(b"/Filter /DCTDecode", damaged_pdfs.jpeg(damaged_pdfs.scan()))
    expected = draw(opened(well))
    document = opened(damaged_pdfs.misplaced(number))
    for _ in range(2):
        page = draw(document)
        assert page.encoded == expected.encoded
        assert dict(page.doubts) == {}


def test_a_damaged_image_that_pages_share_is_a_doubt_of_each(opened: Open) -> None:
    pdf = DAMAGED["jpeg cut in half"]().replace(b"[3 0 R] /Count 1", b"[3 0 R 3 0 R] /Count 2")
    document = opened(pdf)
    assert outcome(document, 1) == outcome(document, 2) != {}


@pytest.mark.parametrize("kind", BOXED)
def test_a_box_that_makes_no_sense_changes_nothing_of_what_is_seen(opened: Open, kind: str) -> None:
    plain = pixels(draw(opened(damaged_pdfs.text())))
    boxed = pixels(draw(opened(damaged_pdfs.text(BOXED[kind]))))
    assert boxed.size == plain.size
    assert not any(ImageChops.difference(plain, boxed).histogram()[64:])


def test_a_box_that_a_page_inherits_is_judged_as_its_own(opened: Open) -> None:
    pdf = damaged_pdfs.text().replace(
        b"/Type /Pages", b"/Type /Pages /CropBox [2000 2000 2600 2800]"
    )
    assert contrast(draw(opened(pdf))) > 100


def test_a_crop_of_a_part_of_the_page_counts(opened: Open) -> None:
    page = draw(opened(damaged_pdfs.text(b"/CropBox [200 100 900 900]")))
    assert page.width_px == page.height_px


@pytest.mark.parametrize("kind", SIZELESS)
def test_a_page_without_a_size_is_seen_as_a_letter(opened: Open, kind: str) -> None:
    page = draw(opened(SIZELESS[kind]))
    assert page.width_px / page.height_px == pytest.approx(612 / 792, abs=0.01)
    assert contrast(page) > 100


@pytest.mark.parametrize("box", [b"[0 0 2 14400]", b"[0 0 400 2147483648]"])
def test_a_page_too_thin_to_be_drawn_says_so_and_is_not_blank(opened: Open, box: bytes) -> None:
    with pytest.raises(PermanentFailure, match="too thin to be drawn") as failure:
        draw(opened(damaged_pdfs.text(box=b"/MediaBox " + box)))
    assert failure.value.code == "page_unrenderable"


@pytest.mark.parametrize("kind", BLANK)
def test_a_page_with_nothing_on_it_is_blank(opened: Open, kind: str) -> None:
    page = draw(opened(BLANK[kind]))
    assert page.blank
    assert dict(page.doubts) == {}


@pytest.mark.parametrize("kind", FAINT)
def test_a_page_that_is_nearly_blank_is_not_blank(opened: Open, kind: str) -> None:
    assert not draw(opened(FAINT[kind])).blank


@pytest.mark.parametrize("kind", EQUALLY_LIGHT)
def test_colours_that_are_as_light_as_one_another_are_told_apart(opened: Open, kind: str) -> None:
    page = draw(opened(EQUALLY_LIGHT[kind]))
    assert not page.blank
    assert contrast(page) > 60
