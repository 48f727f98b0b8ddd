"""Greek of today has its one accent, and older Greek keeps all that it has."""

import pytest

from lector.tesseract import greek

MODERN = "Καθένας έχει το δικαίωμα σε ανάπαυση, όπου και αν βρίσκεται, ή αλλού. Έντεκα εργάτες."
AS_READ = "Καθένας ἐχει το δικαἰωµα σε ανἀπαυση, ὁπου καὶ αν βρἰσκεται, ἡ αλλοὺ. Ἑντεκα εργἀτες."
OLD = "Ἐν ἀρχῇ ἦν ὁ λόγος, καὶ ὁ λόγος ἦν πρὸς τὸν θεόν, καὶ θεὸς ἦν ὁ λόγος. οὗτος ἦν ἐν ἀρχῇ"


def test_accents_that_were_taken_for_older_ones_are_those_of_today() -> None:
    assert greek.restore_letters([AS_READ]) == [MODERN]


@pytest.mark.parametrize(
    "text", [MODERN, OLD, "", "42 µm", "naïve café, Ångström, è", "Ελλάδα π.Χ."]
)
def test_a_text_that_is_right_stays_as_it_is(text: str) -> None:
    assert greek.restore_letters([text]) == [text]


def test_a_letter_that_was_read_with_two_marks_is_there_once() -> None:
    assert greek.restore_letters(["απὀὸ τον κράτους"]) == ["από τον κράτους"]


@pytest.mark.parametrize(
    ("read", "right"), [("ποὺ", "πού"), ("πὼς", "πώς"), ("τὸ", "το"), ("τὴν", "την")]
)
def test_words_of_one_syllable_have_an_accent_where_they_may(read: str, right: str) -> None:
    assert greek.restore_letters([f"ανάγκη {read}"]) == [f"ανάγκη {right}"]


def test_each_word_alone_is_as_in_the_text() -> None:
    restored = greek.restore_letters([AS_READ, *AS_READ.split()])
    assert restored[0].split() == restored[1:]
