"""Spanish words with ü get it back, and other words stay as they are."""

import pytest

from lector.tesseract.spanish import restore_letters


@pytest.mark.parametrize(
    "word",
    [
        "cigüeña", "Pingüino,", "PINGÜINOS", "vergüenza", "sinvergüenza", "desvergüenza",
        "bilingüe", "lingüística", "plurilingües", "antigüedad", "ambigüedades", "averigüé",
        "averigüemos", "desagües", "paragüero", "nicaragüense", "Sigüenza", "argüía", "agüero",
        "halagüeño", "ungüento", "degüello", "piragüismo", "mengüe", "lengüeta",
    ],
)  # fmt: skip
def test_a_word_with_a_diaeresis_gets_it_back(word: str) -> None:
    for read in ("u", "ú", "ü"):
        as_read = word.replace("ü", read).replace("Ü", read.upper())
        assert restore_letters(f"la {as_read} es") == f"la {word} es"


@pytest.mark.parametrize(
    "text",
    [
        "guerra guitarra seguir alguien reguero larguillo trigueño maguey distinguir paguemos",
        "Miguel Aguilar consigue que juguemos sin agua ni paraguas en Paraguay",
        "hoguera sabueso águila higuera larguero noguera llegué pagué argumento aguerrido",
        "https://example.org/guest?antigua=1",
    ],
)
def test_other_words_stay_as_they_are(text: str) -> None:
    assert restore_letters(text) == text
