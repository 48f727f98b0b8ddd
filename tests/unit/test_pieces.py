"""Texts of pieces put together again: lines that two pieces show stand once, and none is lost."""

import pytest

from functions.llm import pieces
from functions.llm.pieces import Piece, Pieces
from functions.llm.readings import Reading

ITEMS = [f"Item {n} bread and butter {n % 7}.{n % 90:02d}" for n in range(1000, 1020)]

#: Two texts that overlap, and what they are together.
OVERLAPPING = {
    "one line": ("a first\na second", "a second\na third", "a first\na second\na third"),
    "several lines": ("one\ntwo\nthree", "two\nthree\nfour", "one\ntwo\nthree\nfour"),
    "a last line cut in half": (
        "one here\ntwo here\nth3 h",
        "two here\nthree here",
        "one here\ntwo here\nthree here",
    ),
    "a first line cut in half": (
        "one here\ntwo here",
        "ne he\ntwo here\nthree",
        "one here\ntwo here\nthree",
    ),
    "both cut in half": (
        "alpha\nbeta here\ngam",
        "alph\nbeta here\ngamma",
        "alpha\nbeta here\ngamma",
    ),
    "a letter read in another way": (
        "start\nThe harbour office",
        "The harbcur offlce\nend",
        "start\nThe harbour office\nend",
    ),
    "items that differ in figures alone": (
        "\n".join(ITEMS[:10]),
        "\n".join(ITEMS[8:]),
        "\n".join(ITEMS),
    ),
    "nothing in common": ("one thing", "quite another", "one thing\n\nquite another"),
    "an empty piece before": ("", "text", "text"),
    "an empty piece behind": ("text", "", "text"),
    "all of it again": ("one\ntwo", "one\ntwo", "one\ntwo"),
    "paragraphs": ("one\n\ntwo", "two\n\nthree", "one\n\ntwo\n\nthree"),
    "an empty line alone in common": ("one\n", "\ntwo", "one\n\ntwo"),
    "rows of a table": (
        "| a | 1 |\n| b | 2 |",
        "| b | 2 |\n| c | 3 |",
        "| a | 1 |\n| b | 2 |\n| c | 3 |",
    ),
    "spaces in another way": ("one\ntwo  words", "two words\nthree", "one\ntwo  words\nthree"),
    "a line that comes again far away": (
        "Total\n" + "\n".join(ITEMS[:12]),
        "\n".join(ITEMS[12:]) + "\nTotal",
        "Total\n" + "\n".join(ITEMS[:12]) + "\n\n" + "\n".join(ITEMS[12:]) + "\nTotal",
    ),
    "the longer of two matches": ("x\na\nb\nx", "a\nb\nx\ny", "x\na\nb\nx\ny"),
    "a paragraph that both write as one line": (
        "The mill stood\n\nWhere the road turns there is a well and an oak",
        "road turns there is a well and an oak that is older than the church.\n\nThe end",
        (
            "The mill stood\n\nWhere the road turns there is a well and an oak that is older than"
            " the church.\n\nThe end"
        ),
    ),
    "a paragraph in one line whose lines were cut in half": (
        "Where the road turns there is a well and an oak th4t 1s 0lder",
        "r0ad tums there is a well and an oak that is older than the church.",
        "Where the road turns there is a well and an oak that is older than the church.",
    ),
    "lines before, a paragraph behind": (
        "one here\nWhere the road turns\nthere is a well\nand an oak",
        "there is a well and an oak that is older",
        "one here\nWhere the road turns\nthere is a well\nand an oak that is older",
    ),
    "Chinese in one line": (
        "測量員在三月初開始工作地面仍然堅硬",
        "開始工作地面仍然堅硬每根木樁都有編號",
        "測量員在三月初開始工作地面仍然堅硬每根木樁都有編號",
    ),
    "a phrase in common, but far from the edge": (
        f"he paid for it at the end of the day, and {' '.join(map(str, range(40)))}",
        "so he went home at the end of the day",
        (
            f"he paid for it at the end of the day, and {' '.join(map(str, range(40)))}\n\n"
            "so he went home at the end of the day"
        ),
    ),
    "rows of figures that have no words in common": (
        "| 1 | 2 | 3 | 4 | 5 | 6 |",
        "| 2 | 2 | 3 | 4 | 5 | 7 |",
        "| 1 | 2 | 3 | 4 | 5 | 6 |\n\n| 2 | 2 | 3 | 4 | 5 | 7 |",
    ),
    "totals that are not the same": ("Total 12.50", "Total 13.50", "Total 12.50\n\nTotal 13.50"),
}


@pytest.mark.parametrize("kind", OVERLAPPING)
def test_lines_that_both_pieces_show_stand_once(kind: str) -> None:
    before, behind, together = OVERLAPPING[kind]
    joined = pieces.join_texts([before, behind], [False, True])
    assert joined == together


def test_pieces_that_do_not_overlap_are_paragraphs_even_if_they_say_the_same() -> None:
    assert pieces.join_texts(["Yes.", "Yes."], [False, False]) == "Yes.\n\nYes."


def test_a_repeated_line_costs_no_more_than_two_others() -> None:
    before = "\n".join(["same", *ITEMS[:5]])
    behind = "\n".join(["same", *ITEMS[5:10]])
    joined = pieces.join_texts([before, behind], [False, True])
    assert all(item in joined for item in ITEMS[:10])


def test_words_of_an_overlap_are_those_of_the_piece_that_owns_the_place() -> None:
    cut = Pieces(
        (
            Piece(b"", (0, 0, 100, 60), (0, 0, 100, 50)),
            Piece(b"", (0, 40, 100, 100), (0, 50, 100, 100), overlaps=True),
        ),
        (100, 100),
    )
    upper = Reading("a b", "m", words=[["a", 0, 0, 1, 0.1], ["b", 0, 0.9, 1, 1.0]])
    lower = Reading("b c", "m", words=[["b", 0, 0.23, 1, 0.33], ["c", 0, 0.9, 1, 1.0]])
    joined = pieces.join(cut, [upper, lower])
    assert joined.words == [
        ["a", 0.0, 0.0, 1.0, 0.06],
        ["b", 0.0, pytest.approx(0.538), 1.0, pytest.approx(0.598)],
        ["c", 0.0, pytest.approx(0.94), 1.0, pytest.approx(1.0)],
    ]


def test_words_of_some_pieces_but_not_of_all_are_none() -> None:
    cut = Pieces((Piece(b"", (0, 0, 1, 1), (0, 0, 1, 1)),) * 2, (1, 2))
    joined = pieces.join(cut, [Reading("a", "m", words=[]), Reading("b", "m")])
    assert joined.words is None


WHOLE = Piece(b"", (0, 0, 100, 200), (0, 0, 100, 200))
HALVES = (
    Piece(b"", (0, 0, 100, 100), (0, 0, 100, 100)),
    Piece(b"", (0, 100, 100, 200), (0, 100, 100, 200)),
)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_an_image_in_one_piece_is_turned_as_that_is(turn: int) -> None:
    words = [["a", 0.1, 0.2, 0.4, 0.3]]
    read = Reading("a", "m", words=words, turned_degrees=turn, confidence=80.0)
    joined = pieces.join(Pieces((WHOLE,), (100, 200)), [read])
    assert (joined.turned_degrees, joined.confidence) == (turn, 80.0)
    assert joined.words == [["a", *map(pytest.approx, words[0][1:])]]


def test_words_of_a_piece_that_alone_is_turned_stand_in_the_image_as_it_is() -> None:
    upright = Reading("a", "m", words=[["a", 0.1, 0.2, 0.4, 0.3]])
    on_its_side = Reading("b", "m", words=[["b", 0.1, 0.2, 0.4, 0.3]], turned_degrees=90)
    joined = pieces.join(Pieces(HALVES, (100, 200)), [upright, on_its_side])
    assert joined.turned_degrees == 0
    assert joined.words == [
        ["a", *map(pytest.approx, (0.1, 0.1, 0.4, 0.15))],
        ["b", *map(pytest.approx, (0.2, 0.8, 0.3, 0.95))],
    ]


def test_the_confidence_of_pieces_counts_by_how_much_was_read_in_each() -> None:
    long, short = Reading("a" * 30, "m", confidence=90.0), Reading("b" * 10, "m", confidence=50.0)
    assert pieces.join(Pieces(HALVES, (100, 200)), [long, short]).confidence == 80.0
    untold = [Reading("a", "m"), Reading("", "m", confidence=50.0)]
    assert pieces.join(Pieces(HALVES, (100, 200)), untold).confidence is None


def test_an_image_is_turned_as_more_than_half_of_its_text() -> None:
    heading = Reading("short", "m")
    body = Reading("much longer than that", "m", turned_degrees=180)
    assert pieces.find_turn([heading, body]) == 180
    assert pieces.find_turn([heading, heading, heading, heading, heading, body]) == 0
    assert pieces.find_turn([Reading("", "m", turned_degrees=90)]) == 0
