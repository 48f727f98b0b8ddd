"""Images that are larger than the model takes: read in pieces, and put together again."""

import base64
import io
from collections.abc import Iterator
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from PIL import Image

from lector.contracts import PageRegistered
from lector.domain import object_keys
from lector.runtime import object_store, settings
from lector.runtime.events import Event
from tests.support import layers
from tests.support.called import Functions
from tests.support.layers import Layer
from tests.support.model import Answer, ScriptedModel, completion, error
from tests.support.printed import Printed, columns
from tests.support.stored_places import words_of
from tests.support.world import World, rows

LONGEST = 700
PARTS = ["The first part of a tall page.", "The second part of it.", "The third and last part."]
WHOLE = "\n\n".join(PARTS)


@pytest.fixture(autouse=True)
def _small_model(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A model that takes small images, and has answered about none of them."""
    monkeypatch.setenv("MODEL_LONGEST_SIDE_PX", str(LONGEST))
    settings.current.cache_clear()
    rows(b"WITH gone AS (DELETE FROM readings) SELECT 1")
    yield
    monkeypatch.undo()
    settings.current.cache_clear()


def tall() -> Printed:
    """Three blocks of text, one below the other."""
    page = Printed(600, 2000)
    for top in (40, 700, 1360):
        page.text(40, top, 520, top + 500)
    return page


def registered(functions: Functions, page: Printed, *layer: Layer, **options: Any) -> World:
    """A file with one page that looks so, to be read."""
    world = layers.with_layers(
        functions, dict(enumerate(layer, 1)), count=1, **{"text_layer": "never", **options}
    )
    content = page.jpeg() + world.file_id.bytes  # an image that no other page has
    object_store.store().put(object_keys.image_key(world.file_id, 1), content, object_store.JPEG)
    return world


def announced(world: World) -> Event[PageRegistered]:
    return layers.to_read(world)[-1]


def read(world: World) -> dict[str, Any]:
    world.functions.accepts("llm", announced(world))
    return world.pages()[0]


def shown(model: ScriptedModel) -> list[Image.Image]:
    """The images that the model was shown."""
    urls = [r["messages"][1]["content"][0]["image_url"]["url"] for r in model.requests]
    contents = [base64.b64decode(url.partition("base64,")[2]) for url in urls]
    return [Image.open(io.BytesIO(content)) for content in contents]


def answers(*texts: str) -> list[Answer]:
    return [completion(text) for text in texts]


def test_a_tall_page_is_read_piece_by_piece_and_put_together_in_order(
    functions: Functions, model: ScriptedModel
) -> None:
    model.script.extend(answers(*PARTS))
    page = read(registered(functions, tall()))
    assert (page["text"], page["provenance"], page["doubts"]) == (WHOLE, "model", [])
    assert len(model.requests) == 3
    assert all(max(image.size) <= LONGEST for image in shown(model))


def test_tokens_attempts_and_cost_of_all_pieces_add_up(
    functions: Functions, model: ScriptedModel
) -> None:
    usage = {"prompt_tokens": 11, "completion_tokens": 7, "cost": 0.25}
    model.script.append(completion("", usage=usage))
    model.script.extend(completion(text, usage=usage) for text in PARTS)
    page = read(registered(functions, tall()))
    figures = [page["usage"][name] for name in ("prompt_tokens", "completion_tokens", "cost_usd")]
    assert (page["attempts"], figures) == (4, [44, 28, 1.0])


def test_an_image_that_the_model_takes_is_shown_as_it_is(
    functions: Functions, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL_LONGEST_SIDE_PX", "32000")
    settings.current.cache_clear()
    read(registered(functions, tall()))
    [image] = shown(model)
    assert image.size == (600, 2000)


def test_the_words_of_pieces_have_their_places_on_the_page(
    functions: Functions, model: ScriptedModel
) -> None:
    for text in PARTS:
        words = [[text.split()[1], 0.0, 0.0, 0.5, 0.1]]
        model.script.append(completion(text, lector={"words": words}))
    world = registered(functions, tall())
    read(world)
    stored = words_of(world.file_id)
    assert [word for word, *_ in stored] == ["first", "second", "third"]
    tops = [top for _, _, top, *_ in stored]
    assert tops == pytest.approx([40 / 2000, 700 / 2000, 1360 / 2000], abs=0.01)
    assert all(left == pytest.approx(40 / 600, abs=0.03) for _, left, *_ in stored)


def test_lines_that_overlapping_pieces_both_show_stand_once(
    functions: Functions, model: ScriptedModel
) -> None:
    page = Printed(600, 1100)
    noise = Image.frombytes("L", (60, 110), Random(1).randbytes(60 * 110))
    page.image = noise.resize((600, 1100))  # no gap to cut at
    model.script.extend(answers("one\ntwo\nthree 3\nfour", "ee 3\nfour\nfive\nsix"))
    page_read = read(registered(functions, page))
    assert page_read["text"].split("\n") == ["one", "two", "three 3", "four", "five", "six"]


def test_columns_are_read_one_after_the_other(functions: Functions, model: ScriptedModel) -> None:
    model.script.extend(answers("left 1", "left 2", "right 1", "right 2"))
    page = read(registered(functions, columns(1200, 1300, 2)))
    assert page["text"].split("\n\n") == ["left 1", "left 2", "right 1", "right 2"]
    assert all(image.width < 600 for image in shown(model))


def test_what_was_read_before_an_outage_is_not_read_again(
    functions: Functions, model: ScriptedModel
) -> None:
    world = registered(functions, tall())
    model.script.extend([*answers(*PARTS[:2]), error(429, "later")])
    assert functions.call("llm", announced(world)).status_code == 503
    model.script.extend(answers(PARTS[2]))
    page = read(world)
    assert page["text"] == WHOLE
    assert len(model.requests) == 4
    assert (page["attempts"], page["usage"]["prompt_tokens"]) == (3, 33)


def test_a_delivery_that_ends_at_its_budget_goes_on_where_it_stopped(
    functions: Functions, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Two seconds are left for all but the model, and each answer takes more.
    monkeypatch.setenv("MODEL_TIMEOUT_S", "4")
    monkeypatch.setenv("MODEL_BUDGET_S", "6")
    settings.current.cache_clear()
    model.script.extend(completion(text, delay_s=2.2) for text in PARTS)
    world = registered(functions, tall())
    statuses = [functions.call("llm", announced(world)).status_code for _ in range(3)]
    assert statuses == [503, 503, 204]
    [page] = world.pages()
    assert (page["text"], page["attempts"]) == (WHOLE, 3)
    assert len(model.requests) == 3
    assert rows(b"SELECT failures FROM pages WHERE file_id = %s", world.file_id) == [(0,)]


def test_the_same_image_is_read_once(functions: Functions, model: ScriptedModel) -> None:
    model.script.extend(answers(*PARTS))
    world = registered(functions, tall())
    read(world)
    functions.clients["upload"].post(f"/v1/files/{world.file_id}/cancel")
    [[before]] = rows(b"SELECT count(*) FROM readings")
    assert before == 4  # each piece, and the whole


def test_a_page_that_is_read_once_more_has_every_piece_read_anew(
    functions: Functions, model: ScriptedModel
) -> None:
    model.script.extend(answers(*PARTS, "anew 1", "anew 2"))
    world = registered(functions, tall())
    read(world)
    again = functions.clients["upload"].post(
        f"/v1/files/{world.file_id}/retry", json={"pages": "1"}
    )
    assert again.status_code in (200, 202)
    model.script.append(error(429, "later"))
    assert functions.call("llm", announced(world)).status_code == 503
    model.script.append(completion("anew 3"))
    page = read(world)
    assert page["text"] == "anew 1\n\nanew 2\n\nanew 3"
    assert len(model.requests) == 7


def test_a_piece_of_which_no_answer_is_acceptable_fails_the_page_and_is_named(
    functions: Functions, model: ScriptedModel
) -> None:
    model.script.extend([*answers(PARTS[0]), *answers("", "", "")])
    world = registered(functions, tall())
    answer = functions.call("llm", announced(world))
    assert (answer.status_code, answer.get_json()["code"]) == (422, "empty_answer")
    assert "piece 2 of 3" in answer.get_json()["detail"]


def test_pieces_without_text_are_no_failure(functions: Functions, model: ScriptedModel) -> None:
    model.script.extend(answers(PARTS[0], "[no text]", PARTS[2]))
    page = read(registered(functions, tall()))
    assert (page["text"], page["doubts"]) == (f"{PARTS[0]}\n\n{PARTS[2]}", [])


def test_a_page_of_which_no_piece_has_text_is_doubted(
    functions: Functions, model: ScriptedModel
) -> None:
    model.otherwise = completion("[no text]")
    page = read(registered(functions, tall()))
    assert [doubt["code"] for doubt in page["doubts"]] == ["nothing_found"]


def test_each_piece_is_held_against_the_words_that_the_page_carries_there(
    functions: Functions, model: ScriptedModel
) -> None:
    layer = Layer(WHOLE)  # its words run from the top of the page to its bottom
    said = [" ".join(words) for words in thirds(layer)]
    model.script.extend(answers(said[0], "Quite another thing is said here.", said[1], said[2]))
    page = read(registered(functions, tall(), layer))
    assert (page["text"], page["provenance"], page["doubts"]) == ("\n\n".join(said), "model", [])
    assert page["attempts"] == 4


def thirds(layer: Layer) -> list[list[str]]:
    """Which of its words lie in each piece of a tall page, which is cut at 37 and 70 % of it."""
    places = [(word, (top + bottom) / 2) for word, _, top, _, bottom in layer.words]
    cuts = (0.0, 0.311, 0.64, 1.0)
    return [[word for word, y in places if low <= y < high] for low, high in pairwise(cuts)]


def test_when_a_piece_differs_in_every_answer_the_page_has_its_own_text(
    functions: Functions, model: ScriptedModel
) -> None:
    model.otherwise = completion("Quite another thing is said here.")
    page = read(registered(functions, tall(), Layer(WHOLE)))
    assert (page["text"], page["provenance"]) == (WHOLE, "text_layer")
    assert [doubt["code"] for doubt in page["doubts"]] == ["differs_from_layer"]
    assert "piece 1 of 3" in page["doubts"][0]["detail"]
    assert len(model.requests) == 3


def test_an_image_that_cannot_be_decoded_is_shown_to_the_model_as_it_is(
    functions: Functions, model: ScriptedModel
) -> None:
    world = registered(functions, tall())
    key = object_keys.image_key(world.file_id, 1)
    object_store.store().put(key, b"no image", object_store.JPEG)
    model.otherwise = error(400, "not an image")
    answer = functions.call("llm", announced(world))
    assert (answer.status_code, answer.get_json()["code"]) == (422, "model_refused_request")


def test_an_image_of_too_many_pieces_is_made_smaller_and_that_is_a_doubt(
    functions: Functions, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL_LONGEST_SIDE_PX", "150")
    settings.current.cache_clear()
    page = read(registered(functions, tall()))
    assert [doubt["code"] for doubt in page["doubts"]] == ["drawn_too_coarsely"]
    assert len(model.requests) <= 32


def test_deleting_the_file_forgets_what_its_pieces_said(
    functions: Functions, model: ScriptedModel
) -> None:
    world = registered(functions, tall())
    read(world)
    functions.clients["upload"].delete(f"/v1/files/{world.file_id}")
    assert rows(b"SELECT count(*) FROM readings") == [(0,)]
