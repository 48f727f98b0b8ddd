"""What `lector ocr` says at the end about files and pages."""

from pathlib import Path

import pytest

from lector.cli import options, outcome
from lector.cli.answers import Json
from lector.cli.client import Client
from lector.cli.outcome import Document
from lector.cli.output_folder import OutputFolder

DAMAGED = {
    "code": "damaged_content",
    "detail": "the page's content is damaged; parts may be missing",
}
COMPLETED = {"id": "1", "status": "completed", "error": None}


def layer_doubt(word: str) -> Json:
    return {"code": "differs_from_layer", "detail": f"the answer lacks {word}"}


def page(number: int, *doubts: Json, provenance: str = "model") -> Json:
    said = {"provenance": provenance, "model": "small", "doubts": list(doubts)}
    return {"number": number, "status": "read", **said}


def summary(file: Json, pages: list[Json]) -> list[str]:
    lines: list[str] = []
    outcome.summarize([Document(Path("a.pdf"), "a.pdf", file, pages)], lines.append)
    return lines


def test_a_file_that_fails_after_some_pages_were_read_says_why() -> None:
    deleted = {"id": "1", "status": "failed", "error": "somebody deleted it"}
    assert summary(deleted, [{"number": 1, "status": "read"}]) == [
        "a.pdf failed: somebody deleted it",
        "1 page read; 0 of 1 files complete",
    ]


def test_a_file_of_which_some_pages_failed_says_so_of_each_page_only() -> None:
    incomplete = {"id": "1", "status": "incomplete", "error": "1 of 2 pages could not be read"}
    pages = [
        {"number": 1, "status": "read"},
        {"number": 2, "status": "failed", "error": "too dark"},
    ]
    assert summary(incomplete, pages) == [
        "a.pdf, page 2 failed: too dark",
        "1 page read; 0 of 1 files complete",
    ]


def test_where_the_texts_are_from_is_counted() -> None:
    origins = ["text_layer", "text_layer", "mixed", "model", "cache", "blank"]
    pages = [page(n, provenance=origin) for n, origin in enumerate(origins, 1)]
    [line] = summary(COMPLETED, pages)
    assert line == (
        "6 pages read (2 from their text layer, 1 from their text layer and pictures, 1 by small,"
        " 1 from the cache, 1 blank); 1 of 1 files complete"
    )


def test_several_models_are_counted_together() -> None:
    pages = [page(1), {**page(2), "model": "large"}]
    assert summary(COMPLETED, pages) == [
        "2 pages read (2 by several models); 1 of 1 files complete"
    ]


def test_a_page_to_look_at_is_named_with_the_reason_and_the_file_is_complete() -> None:
    assert summary(COMPLETED, [page(1), page(2, DAMAGED)]) == [
        "a.pdf: 1 page to look at: page 2 (the page's content is damaged; parts may be missing)",
        "2 pages read (2 by small), 1 page to look at; 1 of 1 files complete",
    ]


def test_pages_with_the_same_reason_are_named_together() -> None:
    pages = [
        *(page(n, DAMAGED) for n in (2, 5, 6, 7, 100)),
        page(8),
        page(9, layer_doubt("'Total'")),
    ]
    line, _ = summary(COMPLETED, pages)
    assert line == (
        "a.pdf: 6 pages to look at:"
        " pages 2, 5-7, 100 (the page's content is damaged; parts may be missing),"
        " page 9 (the answer lacks 'Total')"
    )


def test_a_page_with_two_reasons_is_counted_and_named_once() -> None:
    line, _ = summary(COMPLETED, [page(2, DAMAGED, layer_doubt("'Total'"))])
    assert line == (
        "a.pdf: 1 page to look at:"
        " page 2 (the page's content is damaged; parts may be missing; the answer lacks 'Total')"
    )


def test_a_line_about_very_many_pages_stays_short_and_says_what_they_have_in_common() -> None:
    few, _ = summary(COMPLETED, [page(n, layer_doubt(f"word {n}")) for n in (1, 2, 3)])
    assert few == (
        "a.pdf: 3 pages to look at: page 1 (the answer lacks word 1),"
        " page 2 (the answer lacks word 2), page 3 (the answer lacks word 3)"
    )
    many, _ = summary(COMPLETED, [page(n, layer_doubt(f"word {n}")) for n in range(1, 301)])
    assert many == (
        "a.pdf: 300 pages to look at: pages 1-300"
        " (the answer lacks words that the page carries as text, or has many others)"
    )


def test_a_doubt_that_only_a_newer_server_knows_is_told_by_its_code() -> None:
    pages = [page(n, {"code": "upside_down", "detail": f"turned {n} times"}) for n in range(1, 6)]
    line, _ = summary(COMPLETED, pages)
    assert line == "a.pdf: 5 pages to look at: pages 1-5 (upside_down)"


def test_a_server_of_before_doubts_nothing() -> None:
    pages = [{"number": 1, "status": "read", "provenance": "model", "model": "small"}]
    assert summary(COMPLETED, pages) == ["1 page read (1 by small); 1 of 1 files complete"]


def test_the_warning_of_a_file_is_told() -> None:
    repaired = {**COMPLETED, "warning": "the file was repaired"}
    assert summary(repaired, [page(1)])[0] == "a.pdf: the file was repaired"


def test_a_reason_that_begins_with_the_number_of_the_page_says_it_once() -> None:
    incomplete = {"id": "1", "status": "incomplete", "error": "3 of 3 pages could not be read"}
    reasons = {
        1: "page 1: its content cannot be decoded",
        2: "page 2 is missing: the PDF is damaged",
        3: "page 30 is the last",
    }
    pages = [
        {"number": number, "status": "failed", "error": error} for number, error in reasons.items()
    ]
    assert summary(incomplete, pages)[:3] == [
        "a.pdf, page 1 failed: its content cannot be decoded",
        "a.pdf, page 2 failed: the page is missing: the PDF is damaged",
        "a.pdf, page 3 failed: page 30 is the last",
    ]


def unfinished(*ids: str | None) -> str:
    files = [{"id": file_id, "status": "reading" if file_id else "waiting"} for file_id in ids]
    return outcome.describe_unfinished([Document(Path("a.pdf"), "a.pdf", file) for file in files])


def test_who_interrupts_is_told_what_goes_on_being_read_and_how_to_stop_it() -> None:
    assert unfinished("1") == (
        "1 uploaded file is not finished: Lector goes on with it as long as it runs;"
        " `lector cancel 1` stops that"
    )
    assert unfinished("1", None, "2").startswith("2 uploaded files are not finished: ")
    assert "`lector cancel 1 2` stops that" in unfinished("1", None, "2")
    assert "`lector ls --status reading` lists them" in unfinished(*"12345")


def test_where_nothing_goes_on_being_read_nothing_is_said_of_it() -> None:
    assert unfinished(None) == ""
    assert outcome.describe_unfinished([Document(Path("a.pdf"), "a.pdf", COMPLETED)]) == ""


TESSERACT: Json = {
    "name": "tesseract",
    "model": "tesseract",
    "models": [],
    "honours": {"prompt": False, "describe": False, "language": True},
}
VLLM: Json = {
    "name": "vllm",
    "model": "tesseract-like",
    "models": ["other"],
    "honours": {"prompt": True, "describe": True, "language": True},
}


def without_effect(pages: int, reader: Json, **given: object) -> str:
    named: Json = {"prompt": None, "model": None, "describe": False, **given}
    return options.describe_without_effect(pages, reader, **named)


def test_options_that_a_reader_does_not_look_at_are_named() -> None:
    assert without_effect(1, TESSERACT, describe=True) == (
        "--describe had no effect on 1 page: the reader tesseract does not look at it;"
        " `lector readers` lists those that do"
    )
    several = without_effect(2, TESSERACT, prompt="All", model="m")
    assert several.startswith("--prompt and --model had no effect on 2 pages: ")


def test_options_that_a_model_was_asked_with_are_not_spoken_of_whatever_it_is_called() -> None:
    assert without_effect(3, VLLM, describe=True, prompt="All", model="other") == ""
    assert without_effect(3, {**VLLM, "models": ["*"]}, model="any") == ""
    assert without_effect(0, TESSERACT, prompt="All") == ""
    assert without_effect(1, TESSERACT) == ""


def test_no_document_is_written_over_by_its_own_text(tmp_path: Path) -> None:
    document = tmp_path / "scan.txt"
    document.write_bytes(b"%PDF-1.7")
    file = {**COMPLETED, "page_count": 1}
    pages = [{**page(1), "text": "what it says"}]
    read = Document(document, "scan.txt", file, pages)
    target = OutputFolder(tmp_path, "text", words=False, reading_options={})
    target.name([read])
    target.write(Client("http://127.0.0.1:1"), read)
    assert document.read_bytes() == b"%PDF-1.7"
    assert "what it says" in (tmp_path / "scan-2.txt").read_text()


class Seconds:
    """A clock that stands still between looks."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


AWAY = {"code": "model_unreachable", "detail": "nothing listens at 127.0.0.1:8000"}
BUSY = {"code": "model_limits_rate", "detail": "slow down"}


def seen(waiting: Json | None, pages_read: int = 0) -> list[Document]:
    file = {"id": "1", "status": "reading", "progress": {"read": pages_read}, "waiting": waiting}
    return [Document(Path("a.pdf"), "a.pdf", file), Document(Path("b.pdf"), "b.pdf")]


def test_nobody_waits_long_for_a_reader_at_which_nothing_listens() -> None:
    clock = Seconds()
    watch = outcome.ReaderWatch(clock)
    watch.check(seen(AWAY))
    clock.now = outcome.UNREACHABLE_S - 1
    watch.check(seen(AWAY))
    clock.now += 1
    with pytest.raises(outcome.ReaderUnreachable, match=r"nothing listens at 127\.0\.0\.1"):
        watch.check(seen(AWAY))


@pytest.mark.parametrize("between", [seen(None), seen(BUSY)])
def test_a_reader_that_answers_meanwhile_is_waited_for(between: list[Document]) -> None:
    clock = Seconds()
    watch = outcome.ReaderWatch(clock)
    for documents in (seen(AWAY), between, seen(AWAY)):
        watch.check(documents)
        clock.now += outcome.UNREACHABLE_S - 1


def test_an_outage_of_a_reader_that_has_read_a_page_is_waited_for() -> None:
    clock = Seconds()
    watch = outcome.ReaderWatch(clock)
    for _ in range(3):
        watch.check(seen(AWAY, pages_read=1))
        clock.now += 1000


@pytest.mark.parametrize("waiting", [None, BUSY, {"code": "behind_files", "detail": "behind"}])
def test_other_waits_take_as_long_as_they_take(waiting: Json | None) -> None:
    clock = Seconds()
    watch = outcome.ReaderWatch(clock)
    for _ in range(3):
        watch.check(seen(waiting))
        clock.now += 1000
