"""A refusal to read, or a claim about the image, is no text; a page that begins so is one."""

import time

import pytest

from functions.llm import answers, refusals
from functions.llm.readings import RefusedAnswer
from tests.support.refusals import (
    CAPTIONS,
    DESCRIPTIONS,
    EMPTY_CLAIMS,
    OTHER_EMPTY_CLAIMS,
    OTHER_PAGES,
    OTHER_REFUSALS,
    PAGES,
    REFUSALS,
    REQUESTS,
)

LONG_REFUSALS = [text for texts in REFUSALS.values() for text in texts if len(text) > 200]


@pytest.mark.parametrize("language", REFUSALS)
def test_twenty_refusals_of_each_language_are_none_of_them_a_text(language: str) -> None:
    assert len(REFUSALS[language]) == 20
    assert [text for text in REFUSALS[language] if not refusals.is_refusal(text)] == []


@pytest.mark.parametrize("language", PAGES)
def test_twenty_pages_of_each_language_that_begin_so_are_kept(language: str) -> None:
    assert len(PAGES[language]) == 20
    assert [text for text in PAGES[language] if answers.parse_text(text) != text] == []


@pytest.mark.parametrize("text", LONG_REFUSALS)
def test_the_length_of_a_refusal_does_not_make_it_a_page(text: str) -> None:
    [first, *rest] = text.split("\n\n")
    assert refusals.is_refusal("\n\n".join([first, *rest, *rest, *rest]))


@pytest.mark.parametrize("text", LONG_REFUSALS)
def test_a_refusal_before_another_text_is_of_a_page(text: str) -> None:
    story = (
        "The ferry left Hirtshals at nine. Ole Brandt stood at the rail and counted gulls.\n" * 3
    )
    assert not refusals.is_refusal(f"{text}\n\n{story}")


@pytest.mark.parametrize(
    "text",
    [
        "I can see that this is a document, but I'm unable to read the specific text.",
        "Lo siento, como modelo de IA no tengo la capacidad de procesar imágenes.",
        "A qualidade da imagem é muito baixa para leitura.",
        "Je crains de ne pas pouvoir transcrire cette page.",
        "Ich bin nicht in der Lage, den Inhalt dieses Dokuments wiederzugeben.",
        "Temo di non poter trascrivere questa pagina.",
    ],
)
def test_a_refusal_need_not_have_a_phrase_that_is_known(text: str) -> None:
    assert refusals.is_refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "We apologize for the poor quality of the images in this edition.",
        "File not found.",
        "Please do not write on this page.",
        "If you cannot read this document, please call 0800 123 456.",
        "No se aceptan fotocopias ni imágenes.",
        "Se não consegue ler este e-mail, clique aqui.",
        "Les photos ne sont pas contractuelles.",
        "Dieses Dokument ist ohne Unterschrift nicht gültig.",
        "Purtroppo non possiamo accogliere la sua richiesta.",
    ],
)
def test_a_notice_of_such_words_is_a_page(text: str) -> None:
    assert answers.parse_text(text) == text


@pytest.mark.parametrize("text", EMPTY_CLAIMS)
def test_a_plain_claim_that_a_page_is_empty_is_no_text(text: str) -> None:
    assert answers.parse_text(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "The page appears to be blank.",
        "There seems to be no text in this image.",
        "There is no legible text on this page.",
        "La página parece estar en blanco.",
        "A página parece estar vazia.",
        "La page semble vide.",
        "Die Seite scheint leer zu sein.",
        "La pagina sembra vuota.",
        "The image is empty, as far as I can see.",
    ],
)
def test_a_claim_that_hedges_is_about_what_the_model_sees_and_is_refused(text: str) -> None:
    with pytest.raises(RefusedAnswer) as refused:
        answers.parse_text(text)
    assert refused.value.code == "model_refused"


def test_a_refused_answer_says_what_the_model_said() -> None:
    with pytest.raises(RefusedAnswer) as refused:
        answers.parse_text("Lo siento,\nno puedo ayudarte \x07con eso.")
    said = "Lo siento, no puedo ayudarte con eso."
    assert refused.value.detail == f'the model refused to read the page; the model said: "{said}"'


def test_of_a_long_refusal_the_beginning_is_said() -> None:
    [text, *_] = LONG_REFUSALS
    with pytest.raises(RefusedAnswer) as refused:
        answers.parse_text(text * 3)
    assert 200 < len(refused.value.detail) < 400
    assert refused.value.detail.endswith('…"')


def test_marks_for_what_cannot_be_read_are_no_refusal() -> None:
    said = "[illegible]\n\n[illegible]."
    assert answers.parse_text(said) == said


def test_a_long_text_of_such_words_is_looked_at_in_no_time() -> None:
    texts = [
        "I'm sorry, but I cannot read the text of the image, " * 20_000,
        "The image is blurry. " * 100_000,
        "no puedo " * 200_000,
        "Sorry. " * 200_000,
        "a" * 2_000_000,
        "the image " * 60 + ".",
    ]
    started = time.perf_counter()
    for text in texts:
        refusals.is_refusal(text)
        refusals.is_claim_of_emptiness(text)
    assert time.perf_counter() - started < 10  # a guard against catastrophic backtracking


@pytest.mark.parametrize("language", OTHER_REFUSALS)
def test_the_commonest_refusals_in_other_languages_are_no_text(language: str) -> None:
    assert [text for text in OTHER_REFUSALS[language] if not refusals.is_refusal(text)] == []


@pytest.mark.parametrize("text", OTHER_EMPTY_CLAIMS)
def test_that_a_page_has_no_text_is_known_in_other_languages(text: str) -> None:
    assert answers.parse_text(text) == ""


@pytest.mark.parametrize("text", OTHER_PAGES)
def test_a_page_in_another_language_that_begins_so_is_kept(text: str) -> None:
    assert answers.parse_text(text) == text


@pytest.mark.parametrize("text", DESCRIPTIONS)
def test_what_an_image_shows_is_no_text_of_it(text: str) -> None:
    with pytest.raises(RefusedAnswer) as refused:
        answers.parse_text(text)
    assert refused.value.code == "model_refused"


@pytest.mark.parametrize("text", CAPTIONS)
def test_a_caption_is_a_text(text: str) -> None:
    assert answers.parse_text(text) == text


@pytest.mark.parametrize("text", REQUESTS)
def test_asking_for_the_image_is_no_text(text: str) -> None:
    assert refusals.is_refusal(text)
