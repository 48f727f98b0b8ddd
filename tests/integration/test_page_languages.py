"""The embedded reader reads a page in its language, upright, and says how sure it is."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageOps
from starlette.testclient import TestClient

from lector.domain import language_data
from lector.runtime import settings
from lector.tesseract import endpoint, recognition
from tests.support.languages import (
    ENGLISH,
    FRENCH,
    SPANISH,
    as_scanned,
    data_of,
    draw,
    png,
    recall,
)

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _english_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Whatever this machine has; `spanish` adds what a test needs."""
    monkeypatch.setattr(language_data, "SYSTEM_FOLDERS", ())
    yield from _looking_in(monkeypatch, tmp_path)


@pytest.fixture
def _spanish(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    (tmp_path / "spa.traineddata").symlink_to(data_of("spa"))
    yield from _looking_in(monkeypatch, tmp_path)


def _looking_in(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[None]:
    monkeypatch.setenv("LECTOR_LANGUAGES", str(folder))
    monkeypatch.delenv("TESSDATA_PREFIX", raising=False)
    settings.current.cache_clear()
    yield
    settings.current.cache_clear()


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The languages of each reading of an image that was made."""
    made: list[str] = []
    recognise = recognition.recognise

    def recorded(image: Image.Image, languages: Any, *others: Any) -> Any:
        made.append("+".join(languages))
        return recognise(image, languages, *others)

    monkeypatch.setattr(recognition, "recognise", recorded)
    return made


def ask(image: bytes, language: object = None) -> Any:
    url = f"data:image/png;base64,{base64.b64encode(image).decode()}"
    part = {"type": "image_url", "image_url": {"url": url}}
    body: dict[str, Any] = {"messages": [{"role": "user", "content": [part]}]}
    if language is not None:
        body["lector"] = {"language": language}
    with TestClient(endpoint.app()) as client:
        return client.post("/v1/chat/completions", json=body)


def read(image: Image.Image, language: object = None) -> tuple[str, dict[str, Any]]:
    answer = ask(png(image), language)
    assert answer.status_code == 200, answer.text
    return answer.json()["choices"][0]["message"]["content"], answer.json()["lector"]


def test_an_english_page_is_read_once(passes: list[str]) -> None:
    text, told = read(draw(ENGLISH))
    assert recall(ENGLISH, text) == 1
    assert passes == ["eng"]
    assert (told["language"], told["languages_missing"], told["turned_degrees"]) == ("en", [], 0)


@pytest.mark.usefixtures("_spanish")
def test_an_english_page_is_read_once_also_where_there_are_other_languages(
    passes: list[str],
) -> None:
    read(draw(ENGLISH))
    assert passes == ["eng"]


@pytest.mark.usefixtures("_spanish")
def test_a_spanish_page_is_read_in_spanish_without_anybody_saying_so() -> None:
    text, told = read(draw(SPANISH))
    assert recall(SPANISH, text) >= 0.97
    assert (told["language"], told["languages_missing"]) == ("es", [])


@pytest.mark.usefixtures("_spanish")
def test_a_list_without_common_words_has_its_accents() -> None:
    items = "jabón líquido\ncafé molido\nbúho disecado\ncartón ondulado\nazúcar glas\nátomos"
    text, told = read(draw(items))
    assert recall(items, text) == 1.0
    assert told["language"] == "en, es"


@pytest.mark.usefixtures("_spanish")
def test_a_language_that_is_named_is_the_one_in_which_the_page_is_read(passes: list[str]) -> None:
    text, told = read(draw(SPANISH), "es-MX")
    assert recall(SPANISH, text) >= 0.97
    assert told["language"] == "es"
    assert passes == ["spa"]


@pytest.mark.usefixtures("_spanish")
def test_several_languages_are_read_together() -> None:
    text, told = read(draw(f"{SPANISH}\n\n{ENGLISH}"), "es, en")
    assert recall(f"{SPANISH} {ENGLISH}", text) >= 0.97
    assert told["language"] == "es, en"


@pytest.mark.usefixtures("_spanish")
def test_a_page_in_two_languages_is_read_in_both() -> None:
    text, told = read(draw(f"{ENGLISH}\n\n{SPANISH}"))
    assert recall(f"{ENGLISH} {SPANISH}", text) >= 0.95
    assert set(told["language"].split(", ")) == {"en", "es"}


def test_a_language_that_is_named_and_not_there_is_told_of() -> None:
    text, told = read(draw(SPANISH), "es")
    assert 0.5 < recall(SPANISH, text) < 0.97
    assert (told["language"], told["languages_missing"]) == ("en", ["spa"])


def test_a_language_that_nobody_named_and_that_is_not_there_is_told_of() -> None:
    _, told = read(draw(FRENCH))
    assert (told["language"], told["languages_missing"]) == ("en", ["fra"])


def test_a_language_that_english_data_reads_as_well_is_not_missed() -> None:
    dutch = "De veerboot verlaat het eiland om zeven uur en komt pas terug als het donker is."
    text, told = read(draw(dutch))
    assert (recall(dutch, text), told["languages_missing"]) == (1, [])


def test_of_named_languages_those_are_read_that_are_there() -> None:
    _, told = read(draw(ENGLISH), "de, en")
    assert (told["language"], told["languages_missing"]) == ("en", ["deu"])


def test_a_language_that_comes_is_there_for_the_next_page(tmp_path: Path) -> None:
    data = data_of("spa")
    with TestClient(endpoint.app()) as client:
        url = f"data:image/png;base64,{base64.b64encode(png(draw(SPANISH))).decode()}"
        part = {"type": "image_url", "image_url": {"url": url}}
        body = {"messages": [{"role": "user", "content": [part]}]}
        told = [client.post("/v1/chat/completions", json=body).json()["lector"]]
        (tmp_path / "spa.traineddata").symlink_to(data)
        told += [client.post("/v1/chat/completions", json=body).json()["lector"]]
        models = client.get("/v1/models").json()["data"]
    assert [one["language"] for one in told] == ["en", "es"]
    assert models[0]["lector"]["languages"] == ["en", "es"]


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_page_that_does_not_stand_upright_is_turned_and_read(turned: int) -> None:
    text, told = read(draw(ENGLISH * 4, turned=turned))
    assert recall(ENGLISH * 4, text) >= 0.97
    assert told["turned_degrees"] == 360 - turned


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_line_alone_is_turned_and_read(turned: int) -> None:
    text, told = read(draw("Invoice 40712 was paid in full.", turned=turned))
    assert text == "Invoice 40712 was paid in full."
    assert told["turned_degrees"] == 360 - turned


@pytest.mark.usefixtures("_spanish")
@pytest.mark.parametrize(
    "turned", [90, *(pytest.param(n, marks=pytest.mark.slow) for n in (180, 270))]
)
def test_a_page_that_is_turned_is_read_in_its_language(turned: int) -> None:
    text, told = read(draw(SPANISH * 2, turned=turned))
    assert recall(SPANISH * 2, text) >= 0.93
    assert (told["language"], told["turned_degrees"]) == ("es", 360 - turned)


def test_the_places_of_words_are_those_of_the_upright_image() -> None:
    upright = read(draw(ENGLISH))[1]["words"]
    turned = read(draw(ENGLISH, turned=180))[1]["words"]
    assert [word[0] for word in turned] == [word[0] for word in upright]
    for before, after in zip(upright, turned, strict=True):
        assert after[1:5] == pytest.approx(before[1:5], abs=0.003)


def test_each_word_and_the_page_tell_how_sure_they_are() -> None:
    _, told = read(draw(ENGLISH))
    assert all(0 <= word[5] <= 100 for word in told["words"])
    mean = sum(len(word[0]) * word[5] for word in told["words"]) / sum(
        len(word[0]) for word in told["words"]
    )
    assert told["confidence"] == pytest.approx(mean, abs=0.1)
    assert told["confidence"] > 90


def test_what_is_no_writing_is_read_without_confidence() -> None:
    """Circuits, sketches and the like come out as letters that nobody should believe."""
    scribble = Image.effect_mandelbrot((1200, 1600), (-2.1, -1.2, 0.6, 1.2), 40)
    _, told = read(scribble)
    assert told["confidence"] is None or told["confidence"] < 60


@pytest.mark.parametrize("seed", [1, *(pytest.param(n, marks=pytest.mark.slow) for n in (2, 3))])
def test_a_grainy_scan_is_read(seed: int) -> None:
    text, told = read(as_scanned(draw(ENGLISH * 3), seed))
    assert recall(ENGLISH * 3, text) >= 0.93
    assert told["confidence"] > 80


@pytest.mark.usefixtures("_spanish")
@pytest.mark.parametrize("seed", [1, *(pytest.param(n, marks=pytest.mark.slow) for n in (2, 3))])
def test_a_grainy_scan_in_spanish_is_read(seed: int) -> None:
    text, _ = read(as_scanned(draw(SPANISH * 3), seed))
    assert recall(SPANISH * 3, text) >= 0.93


@pytest.mark.parametrize("darkest", [40, 110])
def test_a_photograph_with_light_from_one_side_is_read(darkest: int) -> None:
    page = draw(ENGLISH * 3)
    light = Image.linear_gradient("L").resize(page.size)
    light = light.point(lambda value: darkest + value * (210 - darkest) / 255)
    text, _ = read(ImageChops.multiply(page, light))
    assert recall(ENGLISH * 3, text) >= 0.93


def test_a_grey_page_in_even_light_is_read_once(passes: list[str]) -> None:
    read(draw(ENGLISH * 2).point(lambda value: value // 2 + 60))
    assert passes == ["eng"]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "LA", "1", "CMYK", "I;16"])
def test_an_image_of_any_colours_is_read(mode: str) -> None:
    grey = draw(ENGLISH)
    page = grey.point(lambda value: value * 256, "I").convert("I;16") if mode == "I;16" else None
    image = page or grey.convert(mode)
    kept = io.BytesIO()
    image.save(kept, "TIFF")
    answer = ask(kept.getvalue())
    assert recall(ENGLISH, answer.json()["choices"][0]["message"]["content"]) >= 0.97


def test_what_shows_through_a_transparent_image_is_white() -> None:
    alpha = ImageOps.invert(draw(ENGLISH))
    image = Image.merge("LA", (Image.new("L", alpha.size, 0), alpha))
    assert recall(ENGLISH, read(image)[0]) >= 0.97


@pytest.mark.parametrize("language", [7, ["es"], "../eng", "es;en"])
def test_what_is_no_language_is_refused(language: object) -> None:
    answer = ask(png(Image.new("L", (40, 40), 255)), language)
    assert answer.status_code == 400
    assert "such as es" in answer.json()["error"]["message"]


@pytest.mark.parametrize("language", ["", " "])
def test_an_empty_language_is_none(language: str) -> None:
    assert ask(png(Image.new("L", (40, 40), 255)), language).status_code == 200


@pytest.mark.parametrize("darkest", [70, 120])
def test_faint_print_in_uneven_light_is_read_or_told_of(darkest: int) -> None:
    page = draw(ENGLISH * 3).point(lambda value: 165 + value // 6)
    light = Image.linear_gradient("L").resize(page.size)
    light = light.point(lambda value: darkest + value * (255 - darkest) / 255)
    text, told = read(ImageChops.multiply(page, light))
    assert recall(ENGLISH * 3, text) >= 0.93 or told["print_read"] < 0.9


def test_a_page_without_print_is_blank_and_tells_so(passes: list[str]) -> None:
    paper = Image.new("L", (1108, 1568), 235)
    paper = Image.blend(paper, Image.effect_noise(paper.size, 90), 0.08)
    text, told = read(paper)
    assert (text, told["blank"], told["confidence"]) == ("[no text]", True, None)
    assert told["print_read"] == 1.0
    assert passes == ["eng"]


def test_a_page_with_print_is_not_blank() -> None:
    _, told = read(draw(ENGLISH))
    assert (told["blank"], told["print_read"]) == (False, 1.0)
