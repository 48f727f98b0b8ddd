"""Search: word forms by language, phrases, snippets, where on the page, and page after page."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from werkzeug.test import Client

from tests.support.called import Functions
from tests.support.model import ScriptedModel, completion
from tests.support.pdfs import drawn_pdf
from tests.support.world import World, rows

ENGLISH = "The engineers were measuring the turbines, and they said that the results are fine."
SPANISH = (
    "Los ingenieros midieron las turbinas y dijeron que los resultados de la prueba son buenos."
)
WORDS = [["Los", 0.1, 0.1, 0.15, 0.12], ["ingenieros", 0.16, 0.1, 0.3, 0.12]]


@pytest.fixture
def api(functions: Functions) -> Client:
    return functions.clients["upload"]


def file_with(functions: Functions, model: ScriptedModel, texts: list[str], **changes: Any) -> UUID:
    """A file whose pages were read as these texts."""
    world = World.with_pages(functions, len(texts))
    events = world.registered()
    for event in events:
        text = texts[event.data.page_number - 1]
        model.script.append(completion(text, **changes))
        functions.accepts("llm", event)
    return world.file_id


def hits(api: Client, query: str, file_id: UUID | None = None, **more: Any) -> list[Any]:
    about = {"file": str(file_id)} if file_id else {}
    answer = api.get("/v1/search", query_string={"q": query, **about, **more})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: list[Any] = answer.get_json()["hits"]
    return found


@pytest.mark.parametrize(
    ("query", "pages"),
    [
        ("measure", [1]),
        ("measured", [1]),
        ("ingeniero", [2]),
        ("resultado turbina", [2]),
        ('"the results"', [1]),
        ('"fine results"', []),
        ("turbines or turbinas", [1, 2]),
        ("measure -results", []),
        ("nothing", []),
    ],
)
def test_words_are_found_in_the_language_of_their_page(
    functions: Functions, model: ScriptedModel, api: Client, query: str, pages: list[int]
) -> None:
    file_id = file_with(functions, model, [ENGLISH, SPANISH])
    assert sorted(hit["page"] for hit in hits(api, query, file_id)) == pages


def test_a_language_that_was_told_is_taken(
    functions: Functions, api: Client, model: ScriptedModel
) -> None:
    world = World.with_file(functions, _pdf(), language="de-AT")
    [event] = world.registered()
    model.script.append(completion("Häuser"))
    functions.accepts("llm", event)
    assert "de-AT" in model.requests[-1]["messages"][1]["content"][1]["text"]
    assert len(hits(api, "Haus", world.file_id)) == 1


def test_a_snippet_is_cut_where_hits_begin_and_end(
    functions: Functions, model: ScriptedModel, api: Client
) -> None:
    file_id = file_with(functions, model, [ENGLISH + " <b>bold</b>"])
    [hit] = hits(api, "turbines", file_id)
    assert [piece["text"] for piece in hit["snippet"] if piece["hit"]] == ["turbines"]
    assert "".join(piece["text"] for piece in hit["snippet"]) in ENGLISH + " <b>bold</b>"
    assert (hit["file_id"], hit["page"]) == (str(file_id), 1)


def test_a_hit_says_what_speaks_against_its_text(
    functions: Functions, model: ScriptedModel, api: Client
) -> None:
    file_id = file_with(functions, model, [ENGLISH, ENGLISH])
    rows(
        b'UPDATE pages SET doubts = \'{"parts_illegible": "a stain"}\''
        b" WHERE file_id = %s AND number = 2 RETURNING 1",
        file_id,
    )
    found = hits(api, "turbines", file_id)
    doubt = {"code": "parts_illegible", "detail": "a stain"}
    assert {hit["page"]: hit["doubts"] for hit in found} == {1: [], 2: [doubt]}


def test_the_best_comes_first_and_the_list_goes_on(
    functions: Functions, model: ScriptedModel, api: Client
) -> None:
    word = f"zz{uuid4().hex}"
    texts = ["filler " * n + f"{word} " * (1 + n % 3) for n in range(5)]
    file_id = file_with(functions, model, texts)
    seen: list[Any] = []
    cursor: dict[str, str] = {}
    for _ in range(5):
        answer = api.get("/v1/search", query_string={"q": word, "limit": 2, **cursor}).get_json()
        seen += answer["hits"]
        if answer["next"] is None:
            break
        cursor = {"cursor": answer["next"]}
    assert len({hit["page"] for hit in seen}) == 5
    assert {hit["file_id"] for hit in seen} == {str(file_id)}
    assert [hit["rank"] for hit in seen] == sorted((hit["rank"] for hit in seen), reverse=True)


def test_hits_are_told_as_offsets_and_as_places_on_the_image(
    functions: Functions, model: ScriptedModel, api: Client
) -> None:
    text = "Los ingenieros 🙂 <br> &amp; de la mar, los ingenieros"
    file_id = file_with(functions, model, [text], lector={"words": WORDS})
    page = api.get(f"/v1/files/{file_id}/pages/1?highlight=ingeniero").get_json()
    assert [text[start:end] for start, end in page["highlights"]] == ["ingenieros"] * 2
    assert [(word["text"], word["hit"]) for word in page["words"]] == [
        ("Los", False),
        ("ingenieros", True),
    ]
    assert page["words"][1]["left"] == pytest.approx(0.16, abs=1e-4)


def test_a_deleted_file_is_found_no_more(
    functions: Functions, model: ScriptedModel, api: Client
) -> None:
    word = f"zz{uuid4().hex}"
    file_id = file_with(functions, model, [word])
    assert len(hits(api, word)) == 1
    api.delete(f"/v1/files/{file_id}")
    assert hits(api, word) == []


@pytest.mark.parametrize(
    "query", ["'", '"', "()", "&|!", "a:*b", "\\", "-", "the", "' OR 1=1 --", "🙂"]
)
def test_any_query_gets_an_answer(api: Client, query: str) -> None:
    assert isinstance(hits(api, query), list)


def test_places_of_words_that_make_no_sense_are_left_out(
    functions: Functions, model: ScriptedModel, api: Client
) -> None:
    for words in (["no"], [["far", 0, 0, 7, 1]], "all", [["x", 0, 0, None, 1]]):
        file_id = file_with(functions, model, ["x"], lector={"words": words})
        assert api.get(f"/v1/files/{file_id}/pages/1").get_json()["words"] is None


def _pdf() -> bytes:
    return drawn_pdf([str(uuid4())])
