"""The words of an answer find their places, whatever it is written in and in whatever order."""

import math
import random
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from lector.domain import word_places
from lector.domain.alignment import AnchorWord, align, answers, units
from lector.domain.word_places import Agreement, Box, PlacedWord
from tests.support.cpu_time import sorting_s, timed

SAME, NEAR, ALONE = Agreement.SAME, Agreement.NEAR, Agreement.ALONE


def anchor(text: str, confidence: float | None = 90.0) -> list[AnchorWord]:
    """Words line by line, ten letters of a line on a tenth of the page's width."""
    words = []
    for row, line in enumerate(text.split("\n")):
        at = 0
        for word in line.split():
            box = (at / 100, row / 50, (at + len(word)) / 100, (row + 0.8) / 50)
            words.append(AnchorWord(word, box, confidence))
            at += len(word) + 1
    return words


def box_of(words: Sequence[AnchorWord], text: str) -> Box:
    return next(word.box for word in words if word.text == text)


def placed(text: str, words: Sequence[AnchorWord]) -> dict[str, PlacedWord]:
    return {text[word.start : word.end]: word for word in align(text, words).words}


def near(one: Box, other: Box) -> bool:
    return all(abs(a - b) < 0.012 for a, b in zip(one, other, strict=True))


def agreements(text: str, words: Sequence[AnchorWord]) -> list[Agreement | None]:
    return [word.agreement for word in align(text, words).words]


def test_each_word_gets_its_box_and_the_punctuation_that_clings_to_it() -> None:
    seen = anchor("Dear Sir, we (the owners) thank you.")
    found = placed("Dear Sir, we (the owners) thank you.", seen)
    assert list(found) == [word.text for word in seen]
    for word in seen:
        assert found[word.text].boxes == (word.box,)
        assert found[word.text].agreement is SAME
        assert found[word.text].confidence == 90


@pytest.mark.parametrize("page", ["boat boat boat", "a b a b a b", "a a a b b b", "no no no no"])
def test_of_the_same_words_in_the_same_order_each_has_its_own_box_however_often_it_comes(
    page: str,
) -> None:
    seen = anchor(page)
    places = align(f"**{page}**", seen)
    assert [word.boxes for word in places.words] == [(word.box,) for word in seen]
    assert {word.agreement for word in places.words} == {SAME}
    assert places.missing == ()


@pytest.mark.parametrize(
    ("answer", "page"),
    [
        ("# Annual report\n\n**Income** and *costs*", "Annual report\nIncome and costs"),
        ("| Item | Price |\n|---|---:|\n| Tea | 3.50 |", "Item Price\nTea 3.50"),
        (
            '<table><tr><td colspan="2">Item</td><td>3&nbsp;Price</td></tr></table>',
            "Item 3 Price",
        ),
        ("Caf&eacute; &amp; bar", "Café & bar"),
        (r"the value $\alpha = \frac{12}{34}$ of \textbf{all}", "the value α = 12 34 of all"),
        ("water is H<sub>2</sub>O and 10<sup>3</sup>", "water is H2O and 103"),
        ("see [the page](https://example.org/a/b)", "see the page"),
        ("an ﬁne eﬀect", "an fine effect"),
        ("an fine effect", "an ﬁne eﬀect"),
        ("the exam-\nple here", "the example here"),
        ("the well-known man", "the well-\nknown man"),
        ("the soft\u00adhyphen", "the softhyphen"),
        ("a sum of 12,480.75", "a sum of 12 480.75"),
        ("a sum of 12 480.75", "a sum of 12,480.75"),
        ("a sum of 1.234,50 €", "a sum of 1,234.50 €"),
        ("ｆｕｌｌ ｗｉｄｔｈ", "full width"),
        ("cafe\u0301 cre\u0300me", "café crème"),
        ("don’t say “no”", 'don\'t say "no"'),
        ("日本語の文章です", "日本語の文章です"),
        ("日本語 の 文章 です", "日本語の文章です"),
        ("سلام دنیا کتاب", "سلام دنیا کتاب"),
        ("שָׁלוֹם עולם", "שלום עולם"),
        ("สวัสดีครับ", "สวัสดีครับ"),
        ("𐎀𐎁 𐎂𐎃 ᚠᚢᚦ", "𐎀𐎁 𐎂𐎃 ᚠᚢᚦ"),
    ],
)
def test_however_it_is_written_the_anchor_says_the_same(answer: str, page: str) -> None:
    found = align(answer, anchor(page))
    assert {word.agreement for word in found.words} == {SAME}
    assert all(word.boxes for word in found.words)
    assert not found.missing


def test_a_word_broken_at_the_end_of_a_line_has_two_boxes() -> None:
    seen = anchor("this is an exam-\nple of it")
    [word] = [
        w for text, w in placed("this is an example of it", seen).items() if text == "example"
    ]
    assert word.boxes == (box_of(seen, "exam-"), box_of(seen, "ple"))


def test_what_stands_behind_the_rest_of_a_broken_word_is_a_word_of_its_own() -> None:
    text = "this is an example of it"
    places = align(text, anchor("this is an exam-\nple/proof of it"))
    assert [word.agreement for word in places.words] == [SAME] * 6
    assert [lost.text for lost in places.missing] == ["proof"]


def test_a_word_that_the_anchor_has_in_two_is_in_one_box() -> None:
    seen = anchor("all are ren dered here")
    found = placed("all are rendered here", seen)["rendered"]
    left, right = box_of(seen, "ren"), box_of(seen, "dered")
    assert found.boxes == ((left[0], left[1], right[2], right[3]),)
    assert found.agreement is SAME


def test_two_words_that_the_anchor_has_in_one_share_its_box() -> None:
    seen = anchor("all are ofthe house")
    found = placed("all are of the house", seen)
    left, top, right, bottom = box_of(seen, "ofthe")
    middle = left + (right - left) * 0.4
    assert near(found["of"].boxes[0], (left, top, middle, bottom))
    assert near(found["the"].boxes[0], (middle, top, right, bottom))


def test_an_arabic_word_of_two_is_to_the_right_of_the_second_one() -> None:
    found = placed("سلام دنیا کتاب", anchor("سلام/دنیا کتاب"))
    first, second = found["سلام"], found["دنیا"]
    assert first.boxes[0][0] >= second.boxes[0][2] - 0.01


def test_columns_and_tables_may_be_read_in_another_order() -> None:
    rows = [f"left{row} is here{row} right{row} stands there{row}" for row in range(9)]
    seen = anchor("\n".join(rows))
    left = " ".join(f"left{row} is here{row}" for row in range(9))
    right = " ".join(f"right{row} stands there{row}" for row in range(9))
    found = align(f"{left}\n\n{right}", seen)
    assert {word.agreement for word in found.words} == {SAME}
    assert not found.missing
    assert [word.boxes[0][1] for word in found.words if word.boxes] == [
        row / 50 for _ in range(2) for row in range(9) for _ in range(3)
    ]


def test_another_spelling_is_near_and_says_what_the_anchor_has() -> None:
    found = placed("the colour of it", anchor("the color of it"))["colour"]
    assert (found.agreement, found.other) == (NEAR, "color")
    assert found.boxes


def test_another_number_in_its_place_is_near_and_says_what_the_anchor_has() -> None:
    found = placed("costs 7 or 980 euros", anchor("costs 1 or 420 euros"))
    assert (found["7"].agreement, found["7"].other) == (NEAR, "1")
    assert (found["980"].agreement, found["980"].other) == (NEAR, "420")


def test_another_word_in_its_place_has_the_place_but_is_alone() -> None:
    found = align("the dog barks", anchor("the nightingale barks"))
    assert (found.words[1].agreement, found.words[1].other) == (ALONE, "nightingale")
    assert found.words[1].boxes
    assert not found.missing


def test_what_the_anchor_does_not_have_is_alone_and_without_a_place() -> None:
    found = placed("the house was sold quickly yesterday for much", anchor("the house for much"))
    assert [found[word].agreement for word in ("was", "sold", "quickly")] == [ALONE] * 3
    assert found["sold"].boxes == ()


def test_what_the_answer_lacks_is_kept_with_its_box_and_where_it_belongs() -> None:
    seen = anchor("one two three four five six seven")
    found = align("one two six seven", seen)
    assert [word.text for word in found.missing] == ["three", "four", "five"]
    assert [word.box for word in found.missing] == [word.box for word in seen[2:5]]
    assert [word.offset for word in found.missing] == [len("one two")] * 3


def test_a_paragraph_that_comes_twice_is_the_anchors_once() -> None:
    once = "alpha beta gamma delta epsilon zeta"
    found = agreements(f"{once}\n\n{once}", anchor(once))
    assert found == [SAME] * 6 + [ALONE] * 6


def test_without_words_in_the_anchor_all_are_alone() -> None:
    assert agreements("some words here", []) == [ALONE] * 3
    assert agreements("some words here", anchor("— ... ▪")) == [ALONE] * 3


def test_an_empty_answer_lacks_all() -> None:
    found = align("", anchor("some words"))
    assert not found.words
    assert [word.text for word in found.missing] == ["some", "words"]


def test_a_box_that_leaves_the_page_ends_at_its_edge_and_one_without_numbers_is_none() -> None:
    seen = [
        AnchorWord("one", (-0.5, 0.9, 0.2, 1.7), 50.0),
        AnchorWord("two", (math.nan, 0.0, 0.2, 0.1), 50.0),
        AnchorWord("three", (0.5, 0.2, 0.3, 0.1), math.nan),
    ]
    found = align("one two three", seen)
    assert [word.agreement for word in found.words] == [SAME, ALONE, SAME]
    assert found.words[0].boxes == ((0.0, 0.9, 0.2, 1.0),)
    assert found.words[2].boxes == ((0.3, 0.1, 0.5, 0.2),)
    assert found.words[2].confidence is None
    word_places.encode(found)


_words = some.lists(some.text("abc1", min_size=1, max_size=3), max_size=30)


@given(_words)
def test_an_answer_that_is_the_anchor_agrees_wholly(words: list[str]) -> None:
    found = align(" ".join(words), anchor(" ".join(words)))
    assert all(word.agreement is SAME for word in found.words)
    assert not found.missing
    assert [word.boxes for word in found.words] == [(w.box,) for w in anchor(" ".join(words))]


_TEXTS = some.text(some.characters(codec="utf-8"), max_size=200)
_MARKED = some.lists(
    some.sampled_from(
        [
            *"ab1.,-|*#<>&\\^_{}[]() \n",
            "<td>",
            "&amp;",
            "\\frac",
            "12,480",
            "ﬁ",
            "日",
            "ש",
            "\u00ad",
        ]
    ),
    max_size=60,
).map("".join)
_edge = some.floats(allow_nan=True, allow_infinity=True)


@settings(max_examples=60)
@given(
    _TEXTS | _MARKED,
    some.lists(some.builds(AnchorWord, _TEXTS | _MARKED, some.tuples(*[_edge] * 4), _edge)),
)
def test_any_answer_and_anchor_have_places_that_can_be_stored(
    text: str, words: list[AnchorWord]
) -> None:
    found = align(text, words)
    word_places.decode(word_places.encode(found))
    assert all(0 <= word.start < word.end <= len(text) for word in found.words)
    assert all(0 <= word.offset <= len(text) for word in found.missing)


def hostile() -> dict[str, tuple[str, str]]:
    chance = random.Random(3)
    ends = ["".join(chance.choices("abcdefgh", k=5)) for _ in range(20_000)]
    others = ["".join(chance.choices("abcdefgh", k=5)) for _ in range(20_000)]
    few = [" ".join(chance.choices("abc", k=20_000)) for _ in range(2)]
    return {
        "20,000 words": (" ".join(ends), " ".join(ends)),
        "20,000 words in the other order": (" ".join(ends), " ".join(ends[::-1])),
        "20,000 words and 20,000 others": (" ".join(ends), " ".join(others)),
        "20,000 words, every third another": (
            " ".join(end if n % 3 else others[n] for n, end in enumerate(ends)),
            " ".join(ends),
        ),
        "few different words": (few[0], few[1]),
        "one word": ("the " * 20_000, "the " * 20_000),
        "2 MB of words": ("word " * 400_000, " ".join(ends[:500])),
        "2 MB without a space": ("a" * 2_000_000, " ".join(ends[:500])),
        "2 MB of a long word in lines": (("a" * 99 + "-\n") * 20_000, "a" * 500),
        "2 MB of markup": ("<a <a " * 330_000, "a"),
        "2 MB of LaTeX": ("\\frac{a}" * 250_000, "a"),
        "2 MB of brackets": ("](" * 1_000_000, "a"),
        "2 MB of ampersands": ("&amp" * 500_000, "a"),
        "2 MB of tables": ("|1|2" * 500_000, "1 2 " * 500),
        "2 MB of dashes": ("--- " * 500_000, "a"),
        "2 MB of dots": ("." * 2_000_000, "a"),
        "2 MB of digits": ("1.2,3" * 400_000, "12 3"),
        "2 MB of Chinese": ("日本語の文" * 400_000, "日本語の文" * 2_000),
        "2 MB of marks": ("\u0301" * 1_000_000, "a"),
        "2 MB of blanks": (" " * 2_000_000, "a"),
    }


@pytest.mark.parametrize("name", hostile())
def test_nothing_takes_much_longer_than_sorting_as_many_words(name: str) -> None:
    text, page = hostile()[name]
    words = anchor(page)
    _, took_s = timed(lambda: align(text, words))
    assert took_s < 10 * sorting_s()


def test_cells_that_come_several_times_are_told_by_their_row_or_column() -> None:
    rows = [("tea", "5", "300"), ("milk", "2", "400"), ("bread", "7", "300"), ("salt", "3", "700")]
    seen = [
        AnchorWord(cell, (0.3 * at, row / 20, 0.3 * at + 0.1, (row + 0.5) / 20))
        for row, cells in enumerate(rows)
        for at, cell in enumerate(cells)
    ]
    by_rows = align("".join(f"| {' | '.join(cells)} |\n" for cells in rows), seen)
    assert [word.boxes for word in by_rows.words] == [(word.box,) for word in seen]
    by_columns = align("\n\n".join(" ".join(cells) for cells in zip(*rows, strict=True)), seen)
    expected = [seen[3 * row + at] for at in range(3) for row in range(len(rows))]
    assert [word.boxes for word in by_columns.words] == [(word.box,) for word in expected]


def test_cells_that_come_several_times_keep_their_order_in_a_column() -> None:
    names = ["bread", "tea", "candles", "tea", "bread", "rice", "bread", "candles", "tea", "bread"]
    counts = ["21", "8", "17", "21", "8", "30", "17", "21", "8", "30"]
    rows = list(zip(names, counts, strict=True))
    seen = anchor("\n".join(f"{name} {count} pieces" for name, count in rows))
    found = align(f"<tr><td>{'</td><td>'.join(names)}</td></tr>\n{' | '.join(counts)}", seen)
    expected = [word for word in seen if word.text in names]
    expected += [word for word in seen if word.text in counts]
    assert [word.boxes for word in found.words] == [(word.box,) for word in expected]


def test_what_a_sentence_begins_with_is_of_that_sentence_though_another_begins_alike() -> None:
    first = "everyone has the right to rest."
    second = "everyone has the right to leave."
    seen = anchor(f"before this.\n{first}\nthen that.\n{second}")
    found = align(f"before this. {second} then that. {first}", seen)
    tops = [word.boxes[0][1] * 50 for word in found.words if word.boxes]
    assert [round(top) for top in tops] == [0] * 2 + [3] * 6 + [2] * 2 + [1] * 6


def test_confidence_that_is_no_number_is_none() -> None:
    [word] = align("word", [AnchorWord("word", (0.1, 0.1, 0.2, 0.2), math.inf)]).words
    assert word.confidence is None


_WRITTEN = some.lists(
    some.sampled_from(
        [
            *"aB1.,:/'-|*#>_~([)] \n\t",
            "  ",
            "12,480",
            "12 480",
            "don\u2019t",
            "ﬁne",
            "\u2010",
            "\u00ad",
            "\u00a0",
            "\u202f",
            "-\n",
            "- ",
            "\r\n",
            "é",
            "\u0301",
            "\u200b",
            "ש",
            "\u0640",
            "日",
        ]
    ),
    max_size=40,
).map("".join)


@settings(max_examples=400)
@given(_WRITTEN)
def test_words_are_the_same_whether_or_not_a_letter_follows_that_no_space_parts(text: str) -> None:
    """Such a letter makes a text one that is looked at as a whole, not between its spaces."""
    assert list(units.find(text)) == list(units.find(f"{text} 日"))[:-1]


@settings(max_examples=400)
@given(_WRITTEN)
def test_what_is_markup_does_not_depend_on_whether_a_line_before_has_some(text: str) -> None:
    assert answers.without_markup(text) == answers.without_markup(f"~\n{text}")[2:]


@settings(max_examples=200)
@given(_WRITTEN, some.integers(0, 12))
def test_words_without_their_places_are_the_same_words(text: str, most: int) -> None:
    found = [(word.key, text[word.start : word.end]) for word in units.find(text, most)]
    assert list(units.keys(text, most)) == found


_SPACES = some.sampled_from([" ", "\n", "  ", "\n\n", "\t", "\r\n"])
_WORDS = some.sampled_from(
    [
        *[
            "boat",
            "Boat,",
            "12,480.75",
            "(3)",
            "well-known",
            "either/or",
            "don\u2019t",
            "café",
            "1.",
        ],
        *["a", "b", "ﬁne", "http://a.example/b?c=d", "\u2022", "-", "...", "in-", "12", "480"],
    ]
)


@settings(max_examples=300)
@example(
    written=[("in-", " "), ("http://a.example/b", "\n"), ("http://a.example/b", " ")],
    marked=False,
)
@given(some.lists(some.tuples(_WORDS, _SPACES), max_size=25), some.booleans())
def test_places_are_the_same_whether_or_not_words_are_looked_at_one_by_one(
    written: list[tuple[str, str]],
    marked: bool,  # noqa: FBT001
) -> None:
    """A space that no line breaks at has all of a text looked at as a whole; it is no word."""
    seen = [
        AnchorWord(word, (at / 100, at / 50, at / 99 + 0.01, 0.9), None if at % 3 else 71.6)
        for at, (word, _) in enumerate(written)
        if not (marked and word == "\u2022")
    ]
    text = "".join(map("".join, written))
    assert align(text, seen) == align(f"{text}\u00a0", seen)
