"""Texts in pieces: nothing is lost, nothing is too long, and what belongs together stays so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.upload.pages.chunking import cut, last_heading

SENTENCE = "The lamps are lit at dusk. "
ROWS = "\n".join(
    ["| ship | port |", "| --- | --- |", *(f"| Aurora {n} | Bergen |" for n in range(9))]
)
HTML = "<table>\n<tr><td>Aurora</td></tr>\n\n<tr><td>Bergen</td></tr>\n</table>"


def texts(text: str, most: int) -> list[str]:
    return [text[piece.start : piece.end] for piece in cut(text, most)]


@given(
    st.lists(
        st.sampled_from(
            [
                "# Harbour",
                "lamps. ",
                "\n",
                "\n\n",
                "| a | b |\n",
                HTML,
                "<table>",
                "x" * 70,
                "  ",
                "é。",
            ]
        )
    ).map("".join),
    st.integers(20, 200),
)
def test_all_that_is_printed_is_in_one_piece_in_its_order_and_none_is_too_long(
    text: str, most: int
) -> None:
    pieces = list(cut(text, most))
    assert all(0 < piece.end - piece.start <= most for piece in pieces)
    between = [0, *(edge for piece in pieces for edge in (piece.start, piece.end)), len(text)]
    assert between == sorted(between)
    gaps = zip(between[::2], between[1::2], strict=True)
    assert "".join(text[start:end] for start, end in gaps).strip() == ""
    assert [text[p.start : p.end].strip() for p in pieces] == texts(text, most)


def test_paragraphs_are_together_as_long_as_they_fit() -> None:
    assert texts("one\n\ntwo\n\nthree", 9) == ["one\n\ntwo", "three"]
    assert texts("one\n\ntwo\n\nthree", 100) == ["one\n\ntwo\n\nthree"]
    assert texts(" \n\n ", 10) == []


def test_a_long_paragraph_is_cut_behind_a_sentence() -> None:
    pieces = texts(SENTENCE * 5, 60)
    assert pieces == [(SENTENCE * 2).strip()] * 2 + [SENTENCE.strip()]
    assert texts("lamp " * 30, 50) == [("lamp " * 10).strip()] * 3
    assert texts("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]


@pytest.mark.parametrize("table", [ROWS, HTML])
def test_a_table_that_fits_stays_whole(table: str) -> None:
    before = "lamps " * 10
    assert table in texts(f"{before}\n\n{table}\n\nbehind it", len(table) + 5)
    assert texts(f"right above\n{table}\nright below", len(table)) == [
        "right above",
        table,
        "right below",
    ]


def test_a_table_that_does_not_fit_is_cut_between_its_rows() -> None:
    for piece in texts(ROWS, 60):
        assert all(line.startswith("|") and line.endswith("|") for line in piece.splitlines())
    one_line = "<table>" + "<tr><td>Aurora</td></tr>" * 4 + "</table>"
    assert texts(one_line, 60)[0] == "<table><tr><td>Aurora</td></tr><tr><td>Aurora</td></tr>"


def test_a_table_that_does_not_end_is_no_table() -> None:
    assert texts("<table>\none\n\n<table>\ntwo", 12) == ["<table>\none", "<table>\ntwo"]


def test_a_piece_knows_its_heading_and_does_not_end_with_one() -> None:
    text = f"# Lamps\n\n{'lit ' * 10}\n\n## Ships\n\n{'sail ' * 10}\n\n{'moor ' * 10}"
    pieces = [(text[p.start :][:6], p.heading) for p in cut(text, 70, "Harbour")]
    assert pieces == [("# Lamp", "Lamps"), ("## Shi", "Ships"), ("moor m", "Ships")]
    [piece] = cut("no heading", 70, "Harbour")
    assert piece.heading == "Harbour"
    assert texts(f"{'lit ' * 10}\n\n# Ships\n\n{'sail ' * 10}", 60)[1].startswith("# Ships\n\nsail")
    assert last_heading(text) == "Ships"
    assert last_heading("#5 is no heading") is None


@pytest.mark.parametrize(
    ("line", "heading"),
    [
        ("# Programming in C#", "Programming in C#"),
        ("## #1 priority", "#1 priority"),
        ("## Ships ##", "Ships"),
        ("# Ships\r", "Ships"),
        ("#\t**Ships** and ports", "Ships and ports"),
        (f"# {'x' * 5000}", "x" * 200),
        (f"# {'sail ' * 5000}", ("sail " * 40).strip()),
    ],
)
def test_a_heading_is_told_without_its_marks_and_not_at_any_length(line: str, heading: str) -> None:
    assert last_heading(f"{line}\n\nBehind it.") == heading
    assert {piece.heading for piece in cut(f"{line}\n\nBehind it.", 10_000)} == {heading}


@pytest.mark.parametrize("fence", ["```", "~~~"])
def test_a_comment_in_code_is_no_heading(fence: str) -> None:
    code = f"{fence}sh\n# list the ships\nls ships\n{fence}"
    assert last_heading(f"# Ships\n\n{code}\r\n") == "Ships"
    assert last_heading(f"{code}\n\n# Ports") == "Ports"
    assert last_heading(f"{fence}\n# Ports") == "Ports"  # nothing closes it


def test_a_heading_that_does_not_fit_before_what_follows_stands_alone() -> None:
    assert texts(f"# Ships\n\n{'x' * 20}", 20) == ["# Ships", "x" * 20]


def test_a_hostile_text_takes_no_longer_than_its_length() -> None:
    """Each of these takes minutes where the work grows with the square of the length."""
    for hostile in ("<table", "<table>\n", "# ", "# **a", "```\n", "| ", ".)", " \t", "\n\n#"):
        text = hostile * 60_000
        assert sum(len(one) for one in texts(text, 200)) <= len(text)
