"""Which language a text is in shows in its commonest words."""

import unicodedata

import pytest

from lector.tesseract.common_words import find_languages
from tests.support.languages import ENGLISH, FRENCH, SPANISH

TEXTS = {
    "eng": ENGLISH,
    "spa": SPANISH,
    "fra": FRENCH,
    "deu": "Der Dampfer verlässt die Insel um sieben und kommt erst zurück, wenn es dunkel ist.",
    "por": "O barco sai da ilha às sete da manhã e só volta quando já é noite, se não há vento.",
    "ita": "Il traghetto lascia l'isola alle sette e non torna che quando è notte, se c'è vento.",
    "nld": "De veerboot verlaat het eiland om zeven uur en komt pas terug als het donker is.",
    "cat": "El vaixell surt de l'illa a les set del matí i no torna fins que és de nit, si hi ha.",
    "pol": "Prom odpływa z wyspy o siódmej i nie wraca, dopóki nie jest ciemno, bo tak być musi.",
    "swe": "Färjan lämnar ön klockan sju och kommer inte tillbaka förrän det är mörkt, om det går.",
    "ukr": "Паром відходить від острова о сьомій і не повертається, поки це не буде вночі.",
    "bul": "Фериботът тръгва от острова в седем и не се връща, докато не е нощ, ако има вятър.",
}


def without_accents(text: str) -> str:
    return "".join(
        char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char)
    )


@pytest.mark.parametrize("code", TEXTS)
def test_a_few_lines_tell_their_language(code: str) -> None:
    assert find_languages(TEXTS[code]) == [code]


@pytest.mark.parametrize("code", ["spa", "fra", "por", "swe"])
def test_accents_that_were_not_read_do_not_matter(code: str) -> None:
    assert find_languages(without_accents(TEXTS[code]).upper()) == [code]


def test_a_page_in_two_languages_is_in_both() -> None:
    assert set(find_languages(f"{ENGLISH} {SPANISH}")) == {"eng", "spa"}


def test_of_two_languages_the_one_with_more_words_is_the_first() -> None:
    assert find_languages(f"{ENGLISH * 2} {SPANISH}") == ["eng", "spa"]
    assert find_languages(f"{ENGLISH} {SPANISH * 2}") == ["spa", "eng"]


def test_words_of_another_language_in_a_text_do_not_make_it_one_in_two() -> None:
    assert find_languages(f"{ENGLISH * 3} The inn is called La casa de los gatos.") == ["eng"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4711 1.204,50 12/03/2026",
        "A B O E I Y A 12 O 7 E I A 40",
        "Kestrel Robinson Macquarie Ltd. Invoice Amount Quantity Price Total",
        "‘BuluaAa ou} Ul peAe a6ed Bulssiw oy) jnoge 49}19] V",
    ],
)
def test_a_text_without_common_words_tells_nothing(text: str) -> None:
    assert find_languages(text) == []
