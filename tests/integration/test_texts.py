"""The text of a file in each of its forms, and the prices of it."""

import json
from typing import Any
from uuid import uuid4

import pymupdf
import pytest
from werkzeug.test import TestResponse

from lector.runtime import settings
from tests.support import word_formats
from tests.support.called import Functions
from tests.support.model import ScriptedModel, completion
from tests.support.pdfs import blank_page_pdf, drawn_pdf, many_pages
from tests.support.world import World

WORDS = {"words": [["lamp", 0.1, 0.1, 0.3, 0.13]]}


@pytest.fixture
def world(functions: Functions, model: ScriptedModel) -> World:
    return World.with_pages(functions, 2)


def read(world: World, model: ScriptedModel, *texts: str, **changes: Any) -> None:
    for event in world.registered():
        model.script.append(completion(texts[event.data.page_number - 1], **changes))
        world.functions.accepts("llm", event)


def get(world: World, style: str) -> TestResponse:
    path = f"/v1/files/{world.file_id}/text?format={style}"
    return world.functions.clients["upload"].get(path, buffered=True)


def test_as_markdown_each_page_has_a_heading(world: World, model: ScriptedModel) -> None:
    read(world, model, "one", "two")
    answer = get(world, "markdown")
    assert answer.mimetype == "text/markdown"
    assert answer.get_data(as_text=True) == "# test.pdf\n\n## Page 1\n\none\n\n## Page 2\n\ntwo\n"
    assert answer.headers["Content-Disposition"] == "inline; filename*=UTF-8''test.md"


def test_as_json_the_spans_cut_out_each_page(world: World, model: ScriptedModel) -> None:
    read(world, model, "🙂 one", "two")
    told = get(world, "json").get_json()
    spans = [told["text"][page["start"] : page["end"]] for page in told["pages"]]
    assert spans == ["🙂 one", "two"]
    assert (told["name"], told["status"]) == ("test.pdf", "completed")


def test_what_is_read_so_far_is_there_before_the_rest(world: World, model: ScriptedModel) -> None:
    first, _ = world.registered()
    model.script.append(completion("so far"))
    world.functions.accepts("llm", first)
    assert [page["number"] for page in get(world, "json").get_json()["pages"]] == [1]


def test_a_searchable_pdf_has_the_words_in_their_places(world: World, model: ScriptedModel) -> None:
    read(world, model, "lamp", "lamp", lector=WORDS)
    answer = get(world, "pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    document: Any = pymupdf.open(stream=answer.get_data())
    assert [bool(page.search_for("lamp")) for page in document] == [True, True]


def test_a_searchable_pdf_finds_words_of_which_no_place_is_known(
    world: World, model: ScriptedModel
) -> None:
    read(world, model, "# The *lamp*", "lamp")
    answer = get(world, "pdf")
    assert answer.status_code == 200
    document: Any = pymupdf.open(stream=answer.get_data())
    assert [page.get_text() for page in document] == ["The lamp\n", "lamp\n"]


@pytest.mark.parametrize(
    ("style", "media_type", "name"),
    [
        ("hocr", "text/vnd.hocr+html", "test.hocr"),
        ("alto", "application/xml", "test.alto.xml"),
    ],
)
def test_words_are_given_with_their_places_in_formats_of_ocr(
    world: World, model: ScriptedModel, style: str, media_type: str, name: str
) -> None:
    read(world, model, "lamp", "lamp &", lector=WORDS)
    answer = get(world, style)
    assert (answer.status_code, answer.mimetype) == (200, media_type)
    assert answer.headers["Content-Disposition"] == f"inline; filename*=UTF-8''{name}"
    words = [word for page in word_formats.read(style, answer.get_data()) for word in page.words]
    assert [word.text for word in words] == ["lamp", "lamp", "&"]
    [page, _] = world.pages()
    left, top, right, bottom = words[0].box
    image = page["image"]
    assert (left, right) == pytest.approx((image["width_px"] * 0.1, image["width_px"] * 0.3), abs=1)
    assert (top, bottom) == pytest.approx(
        (image["height_px"] * 0.1, image["height_px"] * 0.13), abs=1
    )
    assert [word.is_guessed for word in words] == [False, False, True]


def test_json_has_the_words_where_they_are_asked_for(world: World, model: ScriptedModel) -> None:
    read(world, model, "lamp", "lamp", lector=WORDS)
    assert [page["words"] for page in get(world, "json").get_json()["pages"]] == [None, None]
    told = get(world, "json&words=true").get_json()
    words = [word for page in told["pages"] for word in page["words"] if word["boxes"]]
    assert [told["text"][word["start"] : word["end"]] for word in words] == ["lamp", "lamp"]
    assert words[0]["boxes"] == [pytest.approx([0.1, 0.1, 0.3, 0.13], abs=1e-4)]
    assert [page["missing"] for page in told["pages"]] == [[], []]


@pytest.mark.parametrize("style", ["hocr", "alto"])
def test_of_a_file_of_which_no_page_was_read_there_are_no_words(
    functions: Functions, style: str
) -> None:
    world = World.with_file(functions, many_pages(1), pages="5")
    answer = get(world, style)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "no_word_positions")


def test_of_a_file_of_which_no_page_was_read_no_reader_is_blamed(functions: Functions) -> None:
    world = World.with_file(functions, many_pages(1), pages="5")
    assert get(world, "pdf").get_json()["detail"].endswith("no page of this file is read yet")
    world.requested()
    answer = get(world, "pdf")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "no_word_positions")
    assert answer.get_json()["detail"] == (
        "no searchable PDF: no page of this file was read: page 5 was asked for, but the file has"
        " 1 page"
    )


def test_words_from_the_cache_keep_their_places(functions: Functions, model: ScriptedModel) -> None:
    pdf = _pdf()
    model.otherwise = completion("lamp", lector=WORDS)
    for provenance in ("model", "cache"):
        world = World.with_file(functions, pdf)
        world.read()
        [page] = world.pages()
        assert (page["provenance"], page["usage"]["cost_usd"]) == (
            provenance,
            0 if provenance == "cache" else None,
        )
        assert get(world, "pdf").status_code == 200


def test_a_cost_that_the_endpoint_tells_is_shown_and_summed(
    world: World, model: ScriptedModel
) -> None:
    usage = {"prompt_tokens": 11, "completion_tokens": 7, "cost": 0.002}
    read(world, model, "one", "two", usage=usage)
    assert [page["usage"]["cost_usd"] for page in world.pages()] == [0.002, 0.002]
    assert world.file()["usage"] == {
        "prompt_tokens": 22,
        "completion_tokens": 14,
        "cost_usd": pytest.approx(0.004),
    }


def test_answers_that_were_refused_are_paid_for_too(world: World, model: ScriptedModel) -> None:
    first, _ = world.registered()
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "cost": 0.001}
    model.script.extend([completion("", usage=usage), completion("fine", usage=usage)])
    world.functions.accepts("llm", first)
    page = world.pages()[0]
    assert (page["attempts"], page["usage"]["prompt_tokens"]) == (2, 20)
    assert page["usage"]["cost_usd"] == pytest.approx(0.002)


def test_configured_prices_make_a_cost_of_tokens(
    world: World, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL_PROMPT_PRICE_USD", "2")
    monkeypatch.setenv("MODEL_COMPLETION_PRICE_USD", "10")
    settings.current.cache_clear()
    read(world, model, "one", "two")
    settings.current.cache_clear()
    assert world.pages()[0]["usage"]["cost_usd"] == pytest.approx((11 * 2 + 7 * 10) / 1e6)


def test_one_cost_that_is_not_known_makes_the_sum_unknown(
    world: World, model: ScriptedModel
) -> None:
    first, second = world.registered()
    model.script.append(completion("one", usage={"cost": 0.5}))
    world.functions.accepts("llm", first)
    assert world.file()["usage"]["cost_usd"] == 0.5
    model.script.append(completion("two"))
    world.functions.accepts("llm", second)
    assert world.file()["usage"]["cost_usd"] is None


def test_a_blank_page_costs_nothing(functions: Functions, model: ScriptedModel) -> None:
    world = World.with_file(functions, blank_page_pdf())
    for event in world.rendered():
        functions.accepts("register", event)
    assert world.file()["usage"]["cost_usd"] == 0


def test_a_page_tells_how_long_it_took(world: World, model: ScriptedModel) -> None:
    read(world, model, "one", "two", delay_s=0.2)
    page = world.pages()[0]
    assert page["render_s"] > 0
    assert 0.2 <= page["read_s"] < 2
    assert page["created_at"] < page["rendered_at"] <= page["reading_at"] < page["finished_at"]


def test_nothing_is_laid_over_pages_that_carry_their_text(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_text(functions)
    for taken in world.extracted():
        functions.accepts("llm", taken)
    assert all(page["provenance"] == "text_layer" for page in world.pages())
    answer = get(world, "pdf")
    assert answer.status_code == 200
    with pymupdf.open(stream=answer.get_data()) as document:
        assert [document[number].get_text() for number in (0, 1)] == ["", ""]


def _pdf() -> bytes:
    return drawn_pdf([str(uuid4())])


def test_as_plain_text_there_are_no_marks_and_as_text_there_is_what_was_read(
    world: World, model: ScriptedModel
) -> None:
    read(world, model, "# The **lamp**", "| a | b |\n|---|---|\n| 1 | 2 |")
    answer = get(world, "plain")
    assert answer.mimetype == "text/plain"
    assert answer.get_data(as_text=True) == "The lamp\n\fa\tb\n1\t2\n"
    assert answer.headers["Content-Disposition"] == "inline; filename*=UTF-8''test.txt"
    assert get(world, "text").get_data(as_text=True).startswith("# The **lamp**\n\f| a | b |\n")


def chunks(world: World, **query: int) -> list[dict[str, Any]]:
    asked = "".join(f"&{name}={value}" for name, value in query.items())
    answer = get(world, f"chunks{asked}")
    assert (answer.status_code, answer.mimetype) == (200, "application/x-ndjson")
    assert answer.headers["Content-Disposition"] == "inline; filename*=UTF-8''test.chunks.jsonl"
    return [json.loads(line) for line in answer.get_data(as_text=True).splitlines()]


def test_chunks_say_their_page_their_heading_and_where_they_stand(
    world: World, model: ScriptedModel
) -> None:
    lines = {"words": [["lamp", 0.1, 0.1, 0.3, 0.13], ["harbour", 0.1, 0.2, 0.4, 0.23]]}
    read(world, model, "# Lights\n\nlamp\n\nharbour", "🙂 lamp", lector=lines)
    first, second = found = chunks(world)
    assert [chunk["text"] for chunk in found] == ["# Lights\n\nlamp\n\nharbour", "🙂 lamp"]
    assert [(one["chunk"], one["page"], one["heading"]) for one in found] == [
        (1, 1, "Lights"),
        (2, 2, "Lights"),
    ]
    assert (second["start"], second["end"]) == (0, 6)
    assert (first["file_id"], first["file_name"]) == (str(world.file_id), "test.pdf")
    assert first["boxes"] == [pytest.approx([0.1, 0.1, 0.4, 0.23], abs=1e-3)]
    assert second["boxes"] == [pytest.approx([0.1, 0.1, 0.3, 0.13], abs=1e-3)]
    assert (first["provenance"], first["doubts"]) == ("model", [])


def test_a_chunk_that_goes_over_two_columns_has_a_box_for_each(
    world: World, model: ScriptedModel
) -> None:
    columns = {
        "words": [
            ["left", 0.1, 0.5, 0.2, 0.53],
            ["below", 0.1, 0.6, 0.3, 0.63],
            ["right", 0.6, 0.1, 0.7, 0.13],
            ["after", 0.6, 0.2, 0.8, 0.23],
        ]
    }
    read(world, model, "left below right after", "two", lector=columns)
    [chunk, _] = chunks(world)
    assert chunk["boxes"] == [
        pytest.approx([0.1, 0.5, 0.3, 0.63], abs=1e-3),
        pytest.approx([0.6, 0.1, 0.8, 0.23], abs=1e-3),
    ]


def test_chunks_are_as_long_as_somebody_wants_and_where_words_stand_may_be_unknown(
    world: World, model: ScriptedModel
) -> None:
    read(world, model, " ".join(f"ship {n}" for n in range(10, 60)), "two")
    found = chunks(world, size=200)
    assert [(chunk["page"], len(chunk["text"])) for chunk in found] == [
        (1, 199),
        (1, 199),
        (2, 3),
    ]
    assert [chunk["chunk"] for chunk in found] == [1, 2, 3]
    assert {chunk["boxes"] for chunk in found} == {None}
    for size in ("199", "20001", "many"):
        answer = get(world, f"chunks&size={size}")
        assert (answer.status_code, answer.get_json()["code"]) == (400, "malformed_size")


def test_of_a_file_of_which_no_page_was_read_there_are_no_chunks(functions: Functions) -> None:
    assert chunks(World.with_file(functions, many_pages(1), pages="5")) == []
