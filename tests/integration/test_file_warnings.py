"""What a person is told of a file when it is opened: what is not on its pages, or is not true."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from functions.render import engine
from functions.upload.files.file_warnings import WarningCode, parse
from lector.domain import page_selection
from lector.runtime.failures import PermanentFailure
from lector.runtime.settings import Rendering
from tests.support import bound_pdfs, pdfs
from tests.support.bound_pdfs import counted

Inspect = Callable[[bytes], str | None]
MOST = page_selection.MOST_PAGES
FORM = b"/AcroForm << /Fields [] /XFA %s >>"


@pytest.fixture
def opened(tmp_path: Path) -> Callable[[bytes], engine.Document]:
    def opened(pdf: bytes) -> engine.Document:
        path = tmp_path / "file.pdf"
        path.write_bytes(pdf)
        return engine.open_document(path)

    return opened


@pytest.fixture
def warning(opened: Callable[[bytes], engine.Document]) -> Inspect:
    """What is said of a PDF, of which every sentence has a code."""

    def warning(pdf: bytes) -> str | None:
        said = engine.inspect(opened(pdf), MOST).warning
        assert WarningCode.OTHER not in [one.code for one in parse(said)]
        return said

    return warning


@pytest.mark.parametrize(
    "pdf",
    [
        pdfs.text_pdf(["well"]),
        pdfs.many_pages(30),
        counted(3, b"3"),
        bound_pdfs.nested(b"4"),
        counted(1, b"1", b"/AcroForm << /Fields [] >>"),
        counted(1, b"1", b"/AcroForm << /XFA null >> /Collection null"),
        counted(1, b"1", b"/Names << /EmbeddedFiles << /Names [] >> >>"),
        counted(1, b"1", b"/Names << /EmbeddedFiles 9 0 R >> /AcroForm 9 0 R"),
        counted(1, b"1", page=b"/Annots [9 0 R 5 << /Subtype /Link >>]"),
    ],
)
def test_nothing_is_said_of_a_file_that_is_well(warning: Inspect, pdf: bytes) -> None:
    assert warning(pdf) is None


@pytest.mark.parametrize("form", [b"4 0 R", b"[(template) 4 0 R]", b"<< >>"])
def test_an_xfa_form_is_told_of(warning: Inspect, form: bytes) -> None:
    assert "XFA form, which is not read" in str(warning(counted(1, b"1", FORM % form)))


def test_a_portfolio_is_told_of(warning: Inspect) -> None:
    said = warning(counted(1, b"1", b"/Collection << /View /D >>"))
    assert "portfolio" in str(said)


def test_one_file_that_is_attached_is_told_of_by_name(warning: Inspect) -> None:
    said = warning(bound_pdfs.attached(["Rechnung Müller.xlsx"]))
    assert said == "the PDF holds 1 other file, which is not read: Rechnung Müller.xlsx"


def test_of_many_files_that_are_attached_some_are_named(warning: Inspect) -> None:
    said = warning(bound_pdfs.attached([f"{n}.csv" for n in range(40)]))
    assert re.search(r"holds 40 other files, which are not read: .*, …$", str(said))
    assert str(said).count(".csv") == 3


def test_a_file_that_is_pinned_to_a_page_is_told_of(warning: Inspect) -> None:
    assert "1 other file, which is not read: notes.doc" in str(
        warning(bound_pdfs.pinned("notes.doc"))
    )


@pytest.mark.parametrize(
    "name", ["\x1b[31m\u202eexe.txt", "a\nb\tc", "x" * 5000, "\u2066evil\u2069", "  ", "\x00"]
)
def test_a_hostile_name_is_shown_clean_and_short(warning: Inspect, name: str) -> None:
    said = str(warning(bound_pdfs.attached([name])))
    assert said.startswith("the PDF holds 1 other file, which is not read: ")
    assert said.isprintable()
    assert len(said) < 120


@pytest.mark.parametrize("catalog", [b"/Names << /EmbeddedFiles << /Kids [1 0 R] >> >>"])
def test_attachments_that_make_no_sense_are_passed_over(warning: Inspect, catalog: bytes) -> None:
    warning(counted(1, b"1", catalog))


@pytest.mark.parametrize(
    ("claimed", "said"),
    [
        (b"3", "claims 3 pages"),
        (b"9", "claims 9 pages"),
        (b"0", "claims 0 pages"),
        (b"-1", "claims -1 pages"),
        (b"1000000000", "claims 1000000000 pages"),
        (b"(many)", "does not say how many pages it has"),
        (None, "does not say how many pages it has"),
    ],
)
def test_all_pages_are_read_whatever_the_page_tree_says(
    opened: Callable[[bytes], engine.Document], claimed: bytes | None, said: str
) -> None:
    document = opened(counted(5, claimed))
    inspection = engine.inspect(document, MOST)
    assert inspection.page_count == 5
    assert inspection.warning == f"the PDF {said}, but 5 pages are there"
    assert [one.code for one in parse(inspection.warning)] == [WarningCode.PAGE_COUNT_WRONG]
    images = {engine.draw(document, number, Rendering()).encoded for number in range(1, 6)}
    assert len(images) == 5


@pytest.mark.parametrize("claimed", [b"3", b"0", b"1000000000", b"(many)", b"99 0 R", None])
def test_all_pages_of_a_repaired_file_are_read_if_none_is_lost(
    opened: Callable[[bytes], engine.Document], claimed: bytes | None
) -> None:
    document = opened(bound_pdfs.misplaced(counted(5, claimed)))
    inspection = engine.inspect(document, MOST)
    assert inspection.page_count == 5
    assert "but 5 pages are there" in str(inspection.warning)
    assert len({engine.draw(document, n, Rendering()).encoded for n in range(1, 6)}) == 5


def test_of_a_repaired_file_that_lost_pages_these_fail(
    opened: Callable[[bytes], engine.Document],
) -> None:
    pdf = bound_pdfs.misplaced(counted(5, b"5").replace(b"11 0 R", b"99 0 R"))
    document = opened(pdf)
    inspection = engine.inspect(document, MOST)
    assert inspection.page_count == 5
    assert "1 of its 5 pages is missing" in str(inspection.warning)
    assert WarningCode.PAGES_LOST in [one.code for one in parse(inspection.warning)]
    with pytest.raises(PermanentFailure, match="page 5 is missing"):
        engine.draw(document, 5, Rendering())


@pytest.mark.parametrize("kind", [b"", b"/Type /Odd", b"/Type /Catalog", b"/Type 9 0 R"])
def test_a_page_of_a_repaired_file_need_not_say_that_it_is_one(
    opened: Callable[[bytes], engine.Document], kind: bytes
) -> None:
    pdf = bound_pdfs.misplaced(counted(1, b"1").replace(b"/Type /Page /", kind + b" /"))
    document = opened(pdf)
    assert engine.inspect(document, MOST).page_count == 1
    assert not engine.draw(document, 1, Rendering()).blank


def test_a_damaged_file_of_which_no_page_is_left_says_so(
    opened: Callable[[bytes], engine.Document],
) -> None:
    pdf = bound_pdfs.misplaced(counted(0, b"0"))
    with pytest.raises(PermanentFailure, match="damaged, and none of its pages is left"):
        engine.inspect(opened(pdf), MOST)


@pytest.mark.parametrize("handler", [b"/Filter /Adobe.PubSec", b"/Filter /FOPN_foweb"])
def test_a_file_that_is_protected_in_an_unknown_way_is_not_called_something_else(
    opened: Callable[[bytes], engine.Document], handler: bytes
) -> None:
    with pytest.raises(PermanentFailure, match="protected in a way") as failure:
        opened(bound_pdfs.sealed(handler))
    assert failure.value.code == "password_protected"


@pytest.mark.parametrize(
    ("defaults", "said"),
    [
        (b"/OFF [6 0 R]", "1 layer that is switched off, which is not read: German"),
        (b"/BaseState /OFF /ON [5 0 R]", "1 layer that is switched off, which is not read: German"),
        (b"/BaseState /OFF", "2 layers that are switched off, which are not read: French, German"),
    ],
)
def test_layers_that_are_switched_off_are_told_of_by_name(
    warning: Inspect, defaults: bytes, said: str
) -> None:
    assert warning(bound_pdfs.layered(defaults)) == f"the PDF holds {said}"


@pytest.mark.parametrize("defaults", [b"", b"/ON [5 0 R 6 0 R]", b"/OFF []", b"/OFF [99 0 R (a)]"])
def test_layers_that_are_shown_are_nothing_to_tell_of(warning: Inspect, defaults: bytes) -> None:
    assert warning(bound_pdfs.layered(defaults)) is None


@pytest.mark.parametrize("claimed", [b"2", b"7"])
def test_pages_are_counted_in_all_branches(
    opened: Callable[[bytes], engine.Document], claimed: bytes
) -> None:
    assert engine.inspect(opened(bound_pdfs.nested(claimed)), MOST).page_count == 4


def test_a_page_tree_without_a_page_has_none_whatever_it_says(
    opened: Callable[[bytes], engine.Document],
) -> None:
    with pytest.raises(PermanentFailure, match="no_pages"):
        engine.inspect(opened(counted(0, b"3")), MOST)


def test_a_page_tree_that_hangs_in_itself_ends(opened: Callable[[bytes], engine.Document]) -> None:
    document = opened(bound_pdfs.endless_tree())
    try:
        count = engine.inspect(document, MOST).page_count
    except PermanentFailure:
        return
    for number in range(1, count + 1):
        try:
            engine.draw(document, number, Rendering())
        except PermanentFailure:
            continue


def test_all_that_is_to_be_said_is_in_one_warning(warning: Inspect) -> None:
    catalog = b"/Collection << >> " + FORM % b"[]"
    parts = str(warning(counted(2, b"5", catalog))).split("; ")
    assert any("but 2 pages are there" in part for part in parts)
    assert any("XFA" in part for part in parts)
    assert any("portfolio" in part for part in parts)


def test_each_thing_that_is_to_be_said_has_its_code(warning: Inspect) -> None:
    catalog = b"/Collection << >> " + FORM % b"[]"
    assert [one.code for one in parse(warning(counted(2, b"5", catalog)))] == [
        WarningCode.PAGE_COUNT_WRONG,
        WarningCode.XFA_FORM,
        WarningCode.PORTFOLIO,
    ]
