"""olmOCR-bench's tests are judged by its rules; brought documents are found with their texts."""

import json
from pathlib import Path
from typing import Any

import pymupdf
import pytest

from benchmarks.reading import folders, near_matches, olmocr, report, tables

MARKDOWN = "Prices\n\n| Fruit | Cost |\n|---|---:|\n| Apples | $1.00 |\n| Pears | $2.50 |\n\nEnd"
HTML = (
    "<table><thead><tr><th colspan=2>Fruit costs</th></tr>"
    "<tr><th>Fruit</th><th>Cost</th></tr></thead>"
    "<tbody><tr><td rowspan=2>Apples</td><td>$1.00</td></tr><tr><td>$1.20</td></tr></tbody></table>"
)


def judge(answer: str, kind: str, **values: Any) -> bool | None:
    test = olmocr.Test("f.jsonl", "a.pdf", 1, kind, values)
    return olmocr.judge(test, answer).passed


@pytest.mark.parametrize(
    ("answer", "passed"),
    [
        ("It is **very** “simple”—so to\nsay.", True),
        ("It is verry simple - so to say.", False),
        (" ", False),
    ],
)
def test_a_text_is_present_whatever_its_emphasis_quotes_and_lines(
    answer: str, *, passed: bool
) -> None:
    assert judge(answer, "present", text='very "simple"-so to say') is passed


def test_a_text_may_differ_in_as_many_characters_as_the_test_allows() -> None:
    assert judge("the quick brwn fox jumps", "present", text="quick brown fox", max_diffs=2)
    assert not judge("the quick brwn fax jumps", "present", text="quick brown fox", max_diffs=1)


def test_letters_count_only_where_the_test_says_so() -> None:
    assert not judge("QUICK fox", "present", text="quick")
    assert judge("QUICK fox", "present", text="quick", case_sensitive=False)


def test_what_should_be_absent_may_stand_outside_of_where_it_is_looked_for() -> None:
    answer = "Chapter one begins here, and it goes on for a long while until page 17"
    assert not judge(answer, "absent", text="page 17", last_n=10)
    assert judge(answer, "absent", text="page 17", first_n=10)
    assert not judge(answer, "absent", text="page 17")
    assert judge("", "absent", text="page 17")


def test_order_is_kept_if_one_place_of_the_first_comes_before_one_of_the_second() -> None:
    answer = "alpha beta gamma alpha"
    assert judge(answer, "order", before="alpha", after="gamma")
    assert judge(answer, "order", before="gamma", after="alpha")
    assert not judge(answer, "order", before="gamma", after="beta")
    assert not judge(answer, "order", before="delta", after="beta")
    assert judge("alpho beta", "order", before="alpha", after="beta", max_diffs=1)


@pytest.mark.parametrize(
    ("pattern", "text", "most", "found"),
    [
        ("abc", "xxabcxxabc", 0, [2, 7]),
        ("abcdef", "xxabXdefxx", 1, [2]),
        ("abcdef", "xxabdefxx", 1, [2]),
        ("abcdef", "xxabcXdefxx", 1, [2]),
        ("abcdef", "xxabXXefxx", 1, []),
        ("a" * 300, "b" * 50 + "a" * 300, 0, [50]),
    ],
)
def test_near_matches_are_found_where_they_begin(
    pattern: str, text: str, most: int, found: list[int]
) -> None:
    assert near_matches.starts(pattern, text, most) == found


@pytest.mark.parametrize("answer", [MARKDOWN, HTML])
def test_a_cell_is_known_by_its_neighbours_and_headings(answer: str) -> None:
    assert judge(answer, "table", cell="$1.00", left="Apples", up="Cost")
    assert judge(answer, "table", cell="$1.00", top_heading="Cost", left_heading="Apples")
    assert not judge(answer, "table", cell="$1.00", left="Pears")
    assert not judge(answer, "table", cell="$9.00")


def test_a_cell_over_several_rows_is_beside_each_of_them() -> None:
    assert judge(HTML, "table", cell="$1.20", left="Apples", top_heading="Fruit costs")
    assert judge(HTML, "table", cell="Apples", right="$1.20")
    assert judge(HTML, "table", cell="Fruit costs", down="Cost")


def test_tables_in_markdown_do_not_count_where_the_test_says_so() -> None:
    assert not judge(MARKDOWN, "table", cell="$1.00", ignore_markdown_tables=True)


def test_a_stroke_in_a_sentence_makes_no_table() -> None:
    assert list(tables.find_markdown("one | two\nand then nothing")) == []


@pytest.mark.parametrize(
    ("answer", "values", "passed"),
    [
        ("Some words.", {}, True),
        ("---", {}, False),
        ("a page" + " no" * 40, {}, False),
        ("wörds 人", {}, False),
        ("wörds 人", {"check_disallowed_characters": False}, True),
        ("", {"max_length": 5}, True),
        ("more than five", {"max_length": 5}, False),
        ("![a picture](x.png)", {"max_length": 0, "max_length_skips_image_alt_tags": True}, True),
    ],
)
def test_an_answer_is_sound_if_it_says_something_and_does_not_go_round_and_round(
    answer: str, values: dict[str, Any], *, passed: bool
) -> None:
    assert judge(answer, "baseline", **values) is passed


def test_formulas_and_unknown_kinds_are_not_judged_and_lower_no_score() -> None:
    assert judge("$x$", "math", math="x") is None
    judgements = [
        olmocr.Judgement(olmocr.Test(file, "a.pdf", 1, "present", {}), passed)
        for file, passed in [("a", True), ("a", False), ("b", True), ("b", None)]
    ]
    assert olmocr.score(judgements) == {"a": 0.5, "b": 1.0, "all": 0.75}
    assert list(report.olmocr_lines({"embedded reader": judgements}))[2:] == [
        "| a | 2 | 2 | 50.0% |",
        "| b | 2 | 1 | 100.0% |",
        "| **mean** | | | 75.0% |",
    ]


def write_bench(folder: Path, **lines: Any) -> None:
    (folder / "pdfs" / "old").mkdir(parents=True)
    (folder / "pdfs" / "old" / "a.pdf").write_bytes(b"%PDF-")
    test = {"pdf": "old/a.pdf", "page": 1, "id": "1", "type": "present", "text": "x", **lines}
    (folder / "old_scans.jsonl").write_text(json.dumps(test) + "\n\n")


def test_each_document_has_a_baseline_test(tmp_path: Path) -> None:
    write_bench(tmp_path)
    documents, tests = folders.with_tests(tmp_path, None, 1)
    assert [page.path for page in documents] == [tmp_path / "pdfs" / "old" / "a.pdf"]
    assert [(test.kind, test.file) for test in tests] == [
        ("present", "old_scans.jsonl"),
        ("baseline", "baseline"),
    ]


def test_a_test_without_its_document_or_its_page_is_refused_with_its_place(tmp_path: Path) -> None:
    write_bench(tmp_path / "a", pdf="b.pdf")
    with pytest.raises(ValueError, match=r"lacks 1 documents, such as b\.pdf"):
        folders.with_tests(tmp_path / "a", None, 1)
    write_bench(tmp_path / "b", page=None)
    with pytest.raises(ValueError, match=r"old_scans\.jsonl, line 1, is no test"):
        folders.with_tests(tmp_path / "b", None, 1)


def test_documents_are_read_that_have_their_text_beside_them(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    for name in ("letters/two.jpg", "three.pdf", "four.pdf"):
        (tmp_path / name).write_bytes(b"x")
    with pymupdf.open() as document:
        document.new_page().insert_text((50, 50), "eins")
        document.save(tmp_path / "one.pdf")
    (tmp_path / "four.txt").write_text("vier")
    (tmp_path / "one.txt").write_text("eins")
    (tmp_path / "letters" / "two.txt").write_text("zwei")
    found = folders.with_texts(tmp_path, None, 1)
    assert {(page.kind, page.known) for page in found} == {
        ("letters", "zwei"),
        (tmp_path.name, "eins"),
        (tmp_path.name, "vier"),
    }
    assert [page.path.name for page in found if page.layer_path] == ["one.pdf"]
    assert len(folders.with_texts(tmp_path, 1, 1)) == 1


def test_a_folder_without_texts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no document with a \.txt"):
        folders.with_texts(tmp_path, None, 1)
