"""Amounts stand behind their names, and one that was cut is told from the end of a sentence."""

import pytest

from lector.tesseract import amounts
from lector.tesseract.recognition import Word

ROW, HEIGHT, LETTER = 0.02, 0.015, 0.01
NAMES = ["brown bread", "cheese", "apples", "lamp oil"]
PRICES = ["3.20", "11.05", "0.99", "24.00"]


def line(words: str, row: float, left: float) -> list[Word]:
    """The words of a line, one letter after the other."""
    found: list[Word] = []
    for word in words.split():
        right = left + LETTER * len(word)
        found.append((word, left, row * ROW, right, row * ROW + HEIGHT, 95.0))
        left = right + LETTER
    return found


def column(lines: list[str], left: float, first: float = 0, slope: float = 0) -> list[Word]:
    """Lines one below the other; each further to the right is lower by `slope` rows."""
    return [
        word for row, said in enumerate(lines) for word in line(said, first + row + slope, left)
    ]


def put(text: str, words: list[Word]) -> str:
    """The text as it comes out; its words have to come along."""
    put_text, put_words = amounts.put_beside_names(text, words)
    assert put_text.split() == [word[0] for word in put_words]
    assert sorted(put_words) == sorted(words)
    return put_text


def text_of(*columns: list[str]) -> str:
    return "\n\n".join("\n".join(lines) for lines in columns)


@pytest.mark.parametrize("slope", [0, 0.3, -0.3])
def test_a_column_of_amounts_stands_line_by_line_behind_its_names(slope: float) -> None:
    words = column(NAMES, 0.1) + column(PRICES, 0.7, slope=slope)
    expected = "\n".join(f"{name} {price}" for name, price in zip(NAMES, PRICES, strict=True))
    assert put(text_of(NAMES, PRICES), words) == expected


@pytest.mark.parametrize("money", ["{} €", "€{}", "{} EUR", "-{}", "{}%"])
def test_an_amount_may_have_a_currency_or_a_sign(money: str) -> None:
    prices = [money.format(price) for price in PRICES]
    words = column(NAMES, 0.1) + column(prices, 0.6)
    expected = "\n".join(f"{name} {price}" for name, price in zip(NAMES, prices, strict=True))
    assert put(text_of(NAMES, prices), words) == expected


def test_several_columns_of_amounts_stand_in_their_order() -> None:
    counts = ["2", "1", "12", "3"]
    words = column(NAMES, 0.1) + column(counts, 0.5) + column(PRICES, 0.7)
    rows = zip(NAMES, counts, PRICES, strict=True)
    assert put(text_of(NAMES, counts, PRICES), words) == "\n".join(map(" ".join, rows))


def test_a_line_without_an_amount_keeps_its_place() -> None:
    names = ["Halden", *NAMES, "thank you"]
    words = column(names, 0.1) + column(PRICES, 0.7, first=1)
    rows = [f"{name} {price}" for name, price in zip(NAMES, PRICES, strict=True)]
    assert put(text_of(names, PRICES), words) == "\n".join(["Halden", *rows, "thank you"])


def test_amounts_without_names_beside_them_stay() -> None:
    text, words = text_of(NAMES, PRICES), column(NAMES, 0.1) + column(PRICES, 0.7, first=40)
    assert put(text, words) == text


def test_numbers_before_lines_stay_before_them() -> None:
    text, words = text_of(PRICES, NAMES), column(PRICES, 0.1) + column(NAMES, 0.3)
    assert put(text, words) == text


def test_a_column_of_text_beside_another_stays() -> None:
    other = ["in 1948", "the harbour", "1949", "was built"]
    text, words = text_of(NAMES, other), column(NAMES, 0.1) + column(other, 0.6)
    assert put(text, words) == text


def test_a_text_of_other_words_is_left_as_it_is() -> None:
    words = column(NAMES, 0.1) + column(PRICES, 0.7)
    assert amounts.put_beside_names("something else", words) == ("something else", words)


def test_words_without_any_size_are_not_lost() -> None:
    words: list[Word] = [(price, 0.5, 0.5, 0.5, 0.5, 9.0) for price in PRICES]
    text = "\n".join(PRICES)
    assert put(text, words) == text


def cut(prices: list[str]) -> list[Word]:
    """Amounts that were cut behind their point."""
    begun = [price[: price.index(".") + 1] for price in prices]
    rest = [price[price.index(".") + 1 :] for price in prices]
    return column(begun, 0.5) + column(rest, 0.54)


def test_amounts_whose_ends_stand_apart_are_cut() -> None:
    assert amounts.are_cut(cut(["36.90", "12.15", "99.05"]))


def test_two_are_not_enough_to_tell() -> None:
    assert not amounts.are_cut(cut(["36.90", "12.15"]))


def test_years_at_the_ends_of_sentences_are_no_amounts_that_were_cut() -> None:
    said = ["founded in 1948.", "It closed in 1975,", "and burnt down in 1981.", "Nobody came."]
    assert not amounts.are_cut(column(said, 0.1))
