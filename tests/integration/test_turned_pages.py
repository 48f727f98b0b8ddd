"""Pages that lie on their side or head are read upright, shown so, and searched so."""

import base64
import io
from typing import Any
from uuid import uuid4

import pymupdf
import pytest
from PIL import Image
from starlette.testclient import TestClient

from lector.contracts import PageRead, PageRegistered, PagesExtracted
from lector.domain import object_keys
from lector.runtime import object_store
from lector.tesseract import endpoint
from tests.support import pdfs
from tests.support.called import Functions
from tests.support.model import Answer, ScriptedModel, completion
from tests.support.world import World

pytestmark = pytest.mark.slow

PLACE = (0.1, 0.1, 0.3, 0.13)
ON_ITS_HEAD = {
    "words": [["lamp", *PLACE]],
    "turned_degrees": 180,
    "confidence": 87.5,
}
UPRIGHT = {"words": [["lamp", 0.2, 0.2, 0.4, 0.23]], "turned_degrees": 0, "confidence": 96.0}


@pytest.fixture
def pdf() -> bytes:
    """A page that no other test has."""
    return pdfs.drawn_pdf([f"page {uuid4()}"])


def read_by_embedded_reader(functions: Functions, model: ScriptedModel, pdf: bytes) -> World:
    """Have the page read by the embedded reader."""
    world = World.with_file(functions, pdf, text_layer="never")
    [event] = world.registered()
    url = f"data:image/jpeg;base64,{base64.b64encode(image_of(world)).decode()}"
    part = {"type": "image_url", "image_url": {"url": url}}
    with TestClient(endpoint.app()) as client:
        body = {"messages": [{"role": "user", "content": [part]}]}
        answer = client.post("/v1/chat/completions", json=body)
    assert answer.status_code == 200, answer.text
    model.script.append(Answer(200, answer.content, {"Content-Type": "application/json"}))
    functions.accepts("llm", event)
    return world


def image_of(world: World) -> bytes:
    return object_store.store().get(object_keys.image_key(world.file_id, 1))


def read(functions: Functions, pdf: bytes) -> tuple[World, dict[str, Any]]:
    """Have the page read in a file of its own; what the API shows of it."""
    world = World.with_file(functions, pdf, text_layer="never")
    world.read()
    return world, world.pages()[0]


def get(world: World, path: str) -> Any:
    answer = world.functions.clients["upload"].get(f"/v1/files/{world.file_id}{path}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()


def searchable(world: World) -> pymupdf.Page:
    answer = world.functions.clients["upload"].get(f"/v1/files/{world.file_id}/text?format=pdf")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return pymupdf.open(stream=answer.get_data())[0]


def seen(page: pymupdf.Page, word: str) -> tuple[float, ...]:
    """Where a word lies on the page as it is shown, in shares of it."""
    [box] = [w[:4] for w in page.get_text("words") if w[4] == word]
    shown = pymupdf.Rect(box) * page.rotation_matrix
    width, height = page.rect.width, page.rect.height
    return shown.x0 / width, shown.y0 / height, shown.x1 / width, shown.y1 / height


def turn_and_confidence(shown: dict[str, Any]) -> tuple[Any, Any]:
    return shown["turned_degrees"], shown["confidence"]


def read_again(world: World, model: ScriptedModel, answer: Answer) -> None:
    client = world.functions.clients["upload"]
    path = f"/v1/files/{world.file_id}/retry"
    assert client.post(path, json={"pages": "1"}).status_code == 202
    model.script.append(answer)
    world.functions.accepts("llm", world.events(PageRegistered)[-1])


def test_the_turn_and_the_confidence_are_shown_and_announced(
    functions: Functions, model: ScriptedModel, pdf: bytes
) -> None:
    model.otherwise = completion("lamp", lector=ON_ITS_HEAD)
    world, page = read(functions, pdf)
    assert turn_and_confidence(page) == (180, 87.5)
    assert turn_and_confidence(get(world, "/pages/1")) == (180, 87.5)
    assert turn_and_confidence(get(world, "/text?format=json")["pages"][0]) == (180, 87.5)
    assert turn_and_confidence(get(world, "/pages/1/versions")["versions"][0]) == (180, 87.5)
    [announced] = world.events(PageRead)
    assert (announced.data.turned_degrees, announced.data.confidence) == (180, 87.5)


def test_of_a_reader_that_tells_nothing_nothing_is_announced(
    functions: Functions, model: ScriptedModel, pdf: bytes
) -> None:
    model.otherwise = completion("lamp")
    world, page = read(functions, pdf)
    assert turn_and_confidence(page) == (0, None)
    [announced] = world.events(PageRead)
    assert not announced.data.HasField("turned_degrees")
    assert not announced.data.HasField("confidence")


def test_an_answer_from_the_cache_has_the_same_turn_and_confidence(
    functions: Functions, model: ScriptedModel, pdf: bytes
) -> None:
    model.otherwise = completion("lamp", lector=ON_ITS_HEAD)
    read(functions, pdf)
    _, page = read(functions, pdf)
    assert (page["provenance"], *turn_and_confidence(page)) == ("cache", 180, 87.5)


def test_each_version_has_its_own_turn_also_when_it_is_restored(
    functions: Functions, model: ScriptedModel, pdf: bytes
) -> None:
    model.otherwise = completion("lamp", lector=ON_ITS_HEAD)
    world, _ = read(functions, pdf)
    read_again(world, model, completion("lamp", lector=UPRIGHT))
    assert turn_and_confidence(world.pages()[0]) == (0, 96.0)
    versions = get(world, "/pages/1/versions")["versions"]
    assert [turn_and_confidence(version) for version in versions] == [(0, 96.0), (180, 87.5)]
    client = world.functions.clients["upload"]
    restored = client.post(f"/v1/files/{world.file_id}/pages/1/versions/1/restore")
    assert restored.status_code < 300
    assert turn_and_confidence(world.pages()[0]) == (180, 87.5)
    versions = get(world, "/pages/1/versions")["versions"]
    assert [turn_and_confidence(version) for version in versions] == [(0, 96.0), (180, 87.5)]


def test_a_text_that_the_page_carries_is_not_turned(
    functions: Functions, model: ScriptedModel
) -> None:
    """Also where a reader had turned it before."""
    model.otherwise = completion("lamp", lector=ON_ITS_HEAD)
    pdf = pdfs.text_pdf([f"{uuid4()} {pdfs.prose(3, 6)}"])
    world, page = read(functions, pdf)
    client = world.functions.clients["upload"]
    retry = {"pages": "1", "text_layer": "always"}
    client.post(f"/v1/files/{world.file_id}/retry", json=retry)
    functions.accepts("llm", world.events(PagesExtracted)[-1])
    page = world.pages()[0]
    assert (page["provenance"], *turn_and_confidence(page)) == ("text_layer", 0, None)


def test_in_a_searchable_pdf_the_page_is_upright_and_its_words_are_in_place(
    functions: Functions, model: ScriptedModel, pdf: bytes
) -> None:
    model.otherwise = completion("lamp", lector=ON_ITS_HEAD)
    world, _ = read(functions, pdf)
    page = searchable(world)
    assert page.rotation == 180
    assert seen(page, "lamp") == pytest.approx(PLACE, abs=0.02)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_page_that_lies_is_read_shown_and_searched_upright(
    functions: Functions, model: ScriptedModel, degrees: int
) -> None:
    """By the embedded reader; a word stands where it does in the image when that is turned."""
    world = read_by_embedded_reader(functions, model, lying(degrees))
    [page] = world.pages()
    assert page["turned_degrees"] == 360 - degrees
    assert page["confidence"] > 80
    assert page["doubts"] == []
    assert "Lighthouse" in page["text"]
    words = {word["text"]: word for word in get(world, "/pages/1")["words"]}
    word = words["Lighthouse"]
    place = tuple(word[edge] for edge in ("left", "top", "right", "bottom"))
    assert place[0] < 0.3
    assert place[1] < 0.2
    assert is_dark(drawn_upright(world, page), place)
    found = searchable(world)
    assert found.rect.height > found.rect.width
    assert seen(found, "Lighthouse") == pytest.approx(place, abs=0.02)


def lying(degrees: int) -> bytes:
    """A scan that must be turned anticlockwise by so much to be upright."""
    text = f"Lighthouse keepers\n\n{pdfs.prose(7, 12)}"
    document = pymupdf.open(stream=pdfs.text_pdf([text], 14))
    document[0].set_rotation(degrees)
    return pdfs.drawn(document.tobytes())


def drawn_upright(world: World, page: dict[str, Any]) -> Image.Image:
    """The page's image as the page shows it."""
    image = Image.open(io.BytesIO(image_of(world))).convert("L")
    return image.rotate(-page["turned_degrees"], expand=True)


def is_dark(image: Image.Image, place: tuple[float, ...]) -> bool:
    """Whether there is print in a place, and none just left of it."""
    left, top, right, bottom = place
    width, height = image.size
    box = (left * width, top * height, right * width, bottom * height)
    beside = (max(0.0, box[0] - 40), box[1], max(1.0, box[0] - 8), box[3])
    print_there, print_beside = (min(image.crop(one).tobytes()) for one in (box, beside))
    return print_there < 80 < print_beside
