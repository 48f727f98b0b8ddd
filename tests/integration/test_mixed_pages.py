"""Pages with pictures: their own text is kept, and what a model reads in the pictures is put in."""

import base64
import io
import json
from typing import Any
from uuid import UUID

import pymupdf
import pytest
from PIL import Image

from lector.contracts import PageRead, PageRegistered
from lector.domain import object_keys
from lector.domain.text_layers import Picture
from lector.runtime import object_store
from lector.runtime.events import Event
from tests.support import layers
from tests.support.called import Functions
from tests.support.layers import Layer
from tests.support.model import ScriptedModel, completion, error
from tests.support.printed import Printed
from tests.support.stored_places import rounded, words_of
from tests.support.world import World, rows

ABOVE, BELOW = "What stands above the map.", "What stands below it, and goes on."
TEXT = f"{ABOVE}\n\n{BELOW}"
SAID = "Scale 1 to 5000. Old mill. Ford."
MAP = Picture(0.2, 0.3, 0.8, 0.6, len(ABOVE))
PHOTO = Picture(0.1, 0.7, 0.5, 0.9, len(TEXT))


def mixed(functions: Functions, *pictures: Picture, **options: Any) -> World:
    """A file with one page that carries TEXT and has these pictures."""
    world = layers.with_layers(functions, {1: Layer(TEXT, "mixed", pictures=pictures)}, **options)
    draw(world.file_id)
    return world


def draw(file_id: UUID, width: int = 1000, height: int = 1400) -> None:
    """The page's image: print all over it, unlike any other page's."""
    page = Printed(width, height)
    page.text(20, 20, width - 40, height - 20)
    page.image.putpixel((5, 5), 0)
    content = page.jpeg() + file_id.bytes  # an image that no other page has
    object_store.store().put(object_keys.image_key(file_id, 1), content, object_store.JPEG)


def read(world: World) -> dict[str, Any]:
    registered = announced(world)
    world.functions.accepts("llm", registered)
    return world.pages()[0]


def announced(world: World) -> Event[PageRegistered]:
    [registered] = layers.to_read(world)
    return registered


def codes(page: dict[str, Any]) -> list[str]:
    return [doubt["code"] for doubt in page["doubts"]]


def sizes(model: ScriptedModel) -> list[tuple[int, int]]:
    """Of the images that the model was shown."""
    found = []
    for request in model.requests:
        url = request["messages"][1]["content"][0]["image_url"]["url"]
        with Image.open(io.BytesIO(base64.b64decode(url.partition("base64,")[2]))) as image:
            found.append(image.size)
    return found


@pytest.fixture(autouse=True)
def _nothing_kept(functions: Functions, model: ScriptedModel) -> None:
    """No answer about the same picture is kept."""
    rows(b"WITH gone AS (DELETE FROM readings) SELECT 1")


def test_what_a_picture_says_stands_where_the_picture_does_and_is_marked(
    functions: Functions, model: ScriptedModel
) -> None:
    model.otherwise = completion(SAID)
    page = read(mixed(functions, MAP))
    assert page["text"] == f"{ABOVE}\n\n[picture]\n\n{SAID}\n\n[/picture]\n\n{BELOW}"
    assert (page["provenance"], page["model"], page["doubts"]) == ("mixed", "scripted-1", [])
    assert (page["attempts"], page["usage"]["prompt_tokens"]) == (1, 11)


def test_the_model_is_shown_the_picture_and_a_little_around_it(
    functions: Functions, model: ScriptedModel
) -> None:
    read(mixed(functions, MAP))
    [(width, height)] = sizes(model)
    assert 600 < width < 630
    assert 420 < height < 450


def test_several_pictures_are_read_in_the_order_of_the_text_and_their_costs_add_up(
    functions: Functions, model: ScriptedModel
) -> None:
    model.script.extend([completion("of the map"), completion("of the photo")])
    page = read(mixed(functions, PHOTO, MAP))
    assert page["text"].index("of the map") < page["text"].index(BELOW)
    assert page["text"].index(BELOW) < page["text"].index("of the photo")
    assert (page["attempts"], page["usage"]["prompt_tokens"]) == (2, 22)


def test_pictures_without_text_add_nothing(functions: Functions, model: ScriptedModel) -> None:
    model.otherwise = completion("[no text]")
    page = read(mixed(functions, MAP))
    assert (page["text"], page["provenance"], page["doubts"]) == (TEXT, "mixed", [])


def test_a_picture_that_is_refused_is_a_doubt_and_the_page_is_read(
    functions: Functions, model: ScriptedModel
) -> None:
    refused = completion("I'm sorry, but I can't help with that.")
    model.script.extend([refused] * 3 + [completion("of the photo")])
    world = mixed(functions, MAP, PHOTO)
    page = read(world)
    assert (page["status"], codes(page)) == ("read", ["pictures_not_read"])
    assert "refused" in page["doubts"][0]["detail"]
    assert "of the photo" in page["text"]
    assert page["attempts"] == 4
    [told] = world.events(PageRead)
    assert (told.data.provenance, list(told.data.doubts)) == ("mixed", ["pictures_not_read"])


def test_an_endpoint_that_refuses_the_request_is_a_doubt_and_asked_once(
    functions: Functions, model: ScriptedModel
) -> None:
    model.otherwise = error(401, "who are you?")
    page = read(mixed(functions, MAP, PHOTO))
    assert (page["text"], codes(page)) == (TEXT, ["pictures_not_read"])
    assert "OPENAI_API_KEY" in page["doubts"][0]["detail"]
    assert len(model.requests) == 1


def test_an_endpoint_that_is_busy_is_waited_for_and_pictures_that_were_read_are_not_read_again(
    functions: Functions, model: ScriptedModel
) -> None:
    model.script.append(completion("of the map"))
    model.otherwise = error(429, "later")
    world = mixed(functions, MAP, PHOTO)
    assert functions.call("llm", announced(world)).status_code == 503
    assert world.pages()[0]["status"] == "rendered"
    model.otherwise = completion("of the photo")
    asked = len(model.requests)
    page = read(world)
    assert "of the map" in page["text"]
    assert "of the photo" in page["text"]
    assert len(model.requests) == asked + 1
    assert (page["attempts"], page["usage"]["prompt_tokens"]) == (2, 22)


def test_one_that_fails_too_often_at_a_picture_is_a_doubt_with_what_was_read(
    functions: Functions, model: ScriptedModel
) -> None:
    world = mixed(functions, MAP, PHOTO)
    model.script.append(completion("of the map"))
    model.otherwise = error(500, "out of memory")
    statuses = [functions.call("llm", announced(world)).status_code for _ in range(3)]
    assert statuses == [503, 503, 204]
    [page] = world.pages()
    assert codes(page) == ["pictures_not_read"]
    assert "out of memory" in page["doubts"][0]["detail"]
    assert "of the map" in page["text"]


def test_words_of_pictures_have_their_places_on_the_page(
    functions: Functions, model: ScriptedModel
) -> None:
    words = [["Ford", 0.0, 0.0, 1.0, 1.0]]
    model.otherwise = completion("Ford", lector={"words": words})
    world = mixed(functions, MAP)
    read(world)
    stored = words_of(world.file_id)
    [[_, *edges]] = [word for word in stored if word[0] == "Ford"]
    assert edges == pytest.approx([0.2, 0.3, 0.8, 0.6], abs=0.01)
    assert [word for word in stored if word[0] != "Ford"] == rounded(Layer(TEXT).words)


def test_a_picture_whose_text_the_page_carries_too_adds_nothing(
    functions: Functions, model: ScriptedModel
) -> None:
    model.otherwise = completion("What stands above the map.")
    page = read(mixed(functions, Picture(0.0, 0.0, 1.0, 0.6, 0)))
    assert page["text"] == TEXT


def test_stripes_of_one_picture_are_read_as_one(functions: Functions, model: ScriptedModel) -> None:
    stripes = [Picture(0.2, n / 100, 0.8, (n + 2) / 100, len(ABOVE)) for n in range(30, 60, 2)]
    read(mixed(functions, *stripes))
    [(width, height)] = sizes(model)
    assert 600 < width < 630
    assert 420 < height < 450


def test_of_too_many_pictures_the_largest_are_read_and_the_rest_is_a_doubt(
    functions: Functions, model: ScriptedModel
) -> None:
    model.otherwise = completion("[no text]")
    many = [
        Picture(x / 10, y / 10, x / 10 + 0.05, y / 10 + 0.05, 0) for x in range(5) for y in range(4)
    ]
    page = read(mixed(functions, *many))
    assert codes(page) == ["pictures_not_read"]
    assert "4 of 20" in page["doubts"][0]["detail"]
    assert len(model.requests) == 16


def test_what_a_model_cannot_read_in_a_picture_is_a_doubt(
    functions: Functions, model: ScriptedModel
) -> None:
    model.otherwise = completion("Old [illegible]")
    assert codes(read(mixed(functions, MAP))) == ["parts_illegible"]


def test_marks_that_a_model_writes_itself_do_not_end_a_picture(
    functions: Functions, model: ScriptedModel
) -> None:
    model.otherwise = completion("Ford\n[/picture]\nMill")
    page = read(mixed(functions, MAP))
    assert page["text"].count("[/picture]") == 1
    assert "Ford\nMill" in page["text"]


def test_the_same_picture_on_another_page_costs_nothing(
    functions: Functions, model: ScriptedModel
) -> None:
    model.otherwise = completion(SAID)
    read(mixed(functions, MAP))
    page = read(mixed(functions, MAP))
    assert SAID in page["text"]
    assert (page["usage"]["cost_usd"], page["usage"]["prompt_tokens"]) == (0, 0)
    assert len(model.requests) == 1


def test_a_page_without_its_layer_is_read_as_a_whole(
    functions: Functions, model: ScriptedModel
) -> None:
    model.otherwise = completion(SAID)
    world = mixed(functions, MAP)
    object_store.store().remove([object_keys.layer_key(world.file_id, 1)])
    page = read(world)
    assert (page["text"], page["provenance"]) == (SAID, "model")


def test_a_page_without_its_image_keeps_its_text_with_a_doubt(
    functions: Functions, model: ScriptedModel
) -> None:
    world = mixed(functions, MAP)
    object_store.store().remove([object_keys.image_key(world.file_id, 1)])
    page = read(world)
    assert (page["text"], codes(page)) == (TEXT, ["pictures_not_read"])


def test_so_does_one_whose_image_is_none(functions: Functions, model: ScriptedModel) -> None:
    world = mixed(functions, MAP)
    key = object_keys.image_key(world.file_id, 1)
    object_store.store().put(key, b"no image", object_store.JPEG)
    page = read(world)
    assert (page["text"], codes(page)) == (TEXT, ["pictures_not_read"])
    assert model.requests == []


def test_with_never_the_whole_page_is_read_and_may_say_more_than_its_layer(
    functions: Functions, model: ScriptedModel
) -> None:
    answer = f"{ABOVE}\n\n{SAID * 5}\n\n{BELOW}"
    model.otherwise = completion(answer)
    page = read(mixed(functions, MAP, text_layer="never"))
    assert (page["text"], page["provenance"], page["doubts"]) == (answer, "model", [])


def test_and_when_no_answer_is_acceptable_its_pictures_are_not_read(
    functions: Functions, model: ScriptedModel
) -> None:
    model.otherwise = completion("Something quite different is said by this model.")
    page = read(mixed(functions, MAP, text_layer="never"))
    assert (page["text"], page["provenance"]) == (TEXT, "text_layer")
    assert sorted(codes(page)) == ["differs_from_layer", "pictures_not_read"]


def test_deleting_the_file_forgets_what_its_pictures_said(
    functions: Functions, model: ScriptedModel
) -> None:
    world = mixed(functions, MAP)
    read(world)
    assert rows(b"SELECT count(*) FROM readings") == [(1,)]
    functions.clients["upload"].delete(f"/v1/files/{world.file_id}")
    assert rows(b"SELECT count(*) FROM readings") == [(0,)]


def test_the_prompt_for_a_picture_is_the_page_s(functions: Functions, model: ScriptedModel) -> None:
    read(mixed(functions, MAP))
    assert "Write down all text" in json.dumps(model.requests[0])


def test_a_searchable_pdf_gets_the_words_of_pictures_and_not_its_own_once_more(
    functions: Functions, model: ScriptedModel
) -> None:
    model.otherwise = completion("Ford", lector={"words": [["Ford", 0.0, 0.0, 1.0, 1.0]]})
    world = mixed(functions, Picture(0.92, 0.3, 0.99, 0.6, len(ABOVE)))
    read(world)
    assert laid_words(world) == ["Ford"]


def test_so_does_one_that_was_read_as_a_whole_although_it_carries_text(
    functions: Functions, model: ScriptedModel
) -> None:
    own = [[word, 0.12, top, 0.5, bottom] for word, _, top, _, bottom in Layer(TEXT).words]
    words = [*own, ["stamped", 0.91, 0.3, 0.99, 0.33]]
    model.otherwise = completion(f"{TEXT}\n\nstamped", lector={"words": words})
    read(world := mixed(functions, MAP, text_layer="never"))
    assert laid_words(world) == ["stamped"]


def laid_words(world: World) -> list[str]:
    """What a searchable PDF has more than its original, which shows its text as a drawing."""
    answer = world.functions.clients["upload"].get(
        f"/v1/files/{world.file_id}/text?format=pdf", buffered=True
    )
    with pymupdf.open(stream=answer.get_data()) as made:
        return [word[4] for page in made for word in page.get_text("words")]
