"""Plain text has no marks of Markdown and HTML, and all that may be print."""

from pathlib import Path

import pytest

from lector.cli.outcome import Document
from lector.cli.written_texts import format_page
from lector.domain import plain_text


@pytest.mark.parametrize(
    ("marked", "plain"),
    [
        ("# Tides\n\n### of the harbour ###", "Tides\n\nof the harbour"),
        ("It is **quite** and **very much** so.", "It is quite and very much so."),
        (
            "| Quay | Lamps |\n|:---|---:|\n| North \\| West | **7** |",
            "Quay\tLamps\nNorth | West\t7",
        ),
        ("```text\na line\n```", "a line"),
        ("<table><tr><td>A &amp; B</td><td>2</td></tr></table>", "A & B\t2\n"),
        (
            "<table>\n  <tr>\n    <th>Quay</th>\n    <th>Lamps</th>\n  </tr>\n</table>\nLit.",
            "Quay\tLamps\nLit.",
        ),
        ("<p>One</p>\n<p>Two</p>", "One\nTwo\n"),
        (
            """<table border><tr><td colspan="2" nowrap class='a > b'>A</td><td a=2>B</td></tr>""",
            "A\tB\n",
        ),
        (
            '<p class="lead" data-n = 3>One<br/><span style="color: red">two</span></p>',
            "One\ntwo\n",
        ),
        ("H<sub>2</sub>O<br>and <b>more</b><!-- no -->", "H2O\nand more"),
    ],
)
def test_marks_are_left_out(marked: str, plain: str) -> None:
    assert plain_text.of(marked) == plain


@pytest.mark.parametrize(
    "print_",
    [
        "2*3*4 = 24, 5 ** 2 = 25, price*, *important*",
        "__init__ and snake_case_names",
        "- a list\n* of things\n1. with a number",
        "#hash, C#, No. # 5",
        "a < b and c > d, <someone@example.org>",
        "if a <b and c> d",
        "x <p or q> y",
        "<s 10 cm or > 20",
        "<i = 5 and j> 6, <td = 3>",
        "AT&amp;T",
        "-----\n----- 7 -----",
        "a | b",
    ],
)
def test_what_may_be_print_stays(print_: str) -> None:
    assert plain_text.of(print_) == print_


@pytest.mark.parametrize(
    "piece",
    [
        *("# ", " ", "\t", "**", "**a", "| ", "|--", "```", "=", '"'),
        *("<", "<td>", "<td ", "a", " a", " a=", " a=b", " a='<p'"),
        *("<p a", "<p a=", '<p a="', """<p a="' b='"""),
    ],
)
def test_a_hostile_text_comes_through(piece: str) -> None:
    assert len(plain_text.of(f"# a<p>{piece * 100_000}b")) <= len(piece) * 100_000 + 10


def test_a_page_that_the_command_line_writes_plain_has_none() -> None:
    page = {"number": 1, "status": "read", "text": "## Tides"}
    document = Document(Path("a.pdf"), "a.pdf", {"page_count": 1}, [page])
    said = format_page(document, page, "plain")
    assert said == "===== a.pdf, page 1 of 1 =====\nTides\n"
    assert format_page(document, page, "text").endswith("\n## Tides\n")
