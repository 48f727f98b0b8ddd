"""Search: word forms by language, phrases, snippets, where on the page, and page after page."""

from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from werkzeug.test import Client

from functions.upload.pages import search, suggestions
from lector.runtime import settings
from tests.support.called import Functions
from tests.support.model import ScriptedModel, completion
from tests.support.parts import Parts
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
        ("turb*", [1, 2]),
        ("ingen* dijeron", [2]),
        ('"the resul*"', [1]),
        ("engi* or ingen*", [1, 2]),
        ("turb* -ingen*", [1]),
        ("nothi*", []),
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


def test_pages_of_one_language_are_found_by_it(
    functions: Functions, model: ScriptedModel, api: Client
) -> None:
    file_id = file_with(functions, model, [f"{ENGLISH} Manchester", f"{SPANISH} Manchester"])
    for language, pages in {"en": [1], "es": [2], "de": [], "other": []}.items():
        found = hits(api, "Manchester", file_id, language=language)
        assert [hit["page"] for hit in found] == pages


def test_pages_of_files_of_some_days_are_found_by_these(
    functions: Functions, model: ScriptedModel, api: Client
) -> None:
    word = f"zz{uuid4().hex}"
    file_id = file_with(functions, model, [word])
    [[day]] = rows(
        b"SELECT (created_at AT TIME ZONE 'utc')::date FROM files WHERE id = %s", file_id
    )
    before, after = (str(day + timedelta(days=n)) for n in (-1, 1))
    for where in (None, file_id):
        assert len(hits(api, word, where, since=str(day), until=str(day))) == 1
        assert len(hits(api, word, where, since=before, until=after)) == 1
        assert hits(api, word, where, since=after) == []
        assert hits(api, word, where, until=before) == []
    assert len(hits(api, word, since="0001-01-01", until="9999-12-31")) == 1


@pytest.mark.parametrize("option", ["language=xx", "since=yesterday", "until=2026-13-01"])
def test_a_filter_that_is_none_is_refused(api: Client, option: str) -> None:
    name = option.partition("=")[0]
    answer = api.get(f"/v1/search?q=word&{option}")
    assert (answer.status_code, answer.get_json()["code"]) == (400, f"malformed_{name}")


def test_of_very_many_matches_the_newest_are_ranked_and_it_says_so(
    functions: Functions, model: ScriptedModel, api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    word = f"zz{uuid4().hex}"
    older = file_with(functions, model, [f"{word} {word} {word}"])
    newer = file_with(functions, model, [word, f"filler {word}"])
    everything = api.get(f"/v1/search?q={word}").get_json()
    assert everything["ranked_newest"] is None
    assert {hit["file_id"] for hit in everything["hits"]} == {str(older), str(newer)}
    monkeypatch.setattr(search, "MOST_RANKED", 2)
    newest = api.get(f"/v1/search?q={word}&limit=2").get_json()
    assert newest["ranked_newest"] == 2
    assert {hit["file_id"] for hit in newest["hits"]} == {str(newer)}


def test_a_word_that_is_everywhere_is_found_as_one_that_is_rare(
    functions: Functions, model: ScriptedModel, api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    word = f"zz{uuid4().int}"  # in hexadecimal it may hold words of another language, such as "de"
    file_with(functions, model, [ENGLISH, f"{ENGLISH} {word}"])
    file_with(functions, model, [f"{SPANISH} {word}", SPANISH])
    answers = []
    for is_less_work in (True, False):
        monkeypatch.setattr(search.Plan, "is_less_work_one_by_one", lambda _, so=is_less_work: so)
        answers.append(api.get(f"/v1/search?q={word} -buenos&limit=100").get_json())
        answers.append(api.get(f"/v1/search?q={word}&limit=100&language=es").get_json())
    assert [len(answer["hits"]) for answer in answers] == [1, 1, 1, 1]
    assert answers[:2] == answers[2:]


def test_a_snippet_is_cut_where_hits_begin_and_end(
    functions: Functions, model: ScriptedModel, api: Client
) -> None:
    file_id = file_with(functions, model, [ENGLISH + " <b>bold</b>"])
    [hit] = hits(api, "turbines", file_id)
    assert [piece["text"] for piece in hit["snippet"] if piece["hit"]] == ["turbines"]
    assert "".join(piece["text"] for piece in hit["snippet"]) in ENGLISH + " <b>bold</b>"
    assert (hit["file_id"], hit["page"]) == (str(file_id), 1)


LAMPS = [
    "Lamp posts along the street were counted.",
    "The lamps of that post, and the lamp **post** itself, were counted; a lamp was lit.",
    "ÉL DIJO: los años pasados.",
]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ('"lamp post"', {2: ["lamp **post"]}),
        ('"Lamp posts"', {1: ["Lamp posts"]}),
        ('"lamps"', {2: ["lamps"]}),
        ('"lamp post" counted', {2: ["lamp **post", "counted"]}),
        ('"lamp posts" or "lamp post"', {1: ["Lamp posts"], 2: ["lamp **post"]}),
        ('"lamp po*" -street', {2: ["lamp **post"]}),
        ('"él dijo"', {3: ["ÉL DIJO"]}),
        ('"años pasado"', {}),
    ],
)
def test_a_phrase_in_quotes_is_found_and_marked_in_these_very_words(
    functions: Functions,
    model: ScriptedModel,
    api: Client,
    query: str,
    found: dict[int, list[str]],
) -> None:
    file_id = file_with(functions, model, LAMPS)
    for hit in hits(api, query, file_id):
        marked = [piece["text"] for piece in hit["snippet"] if piece["hit"]]
        assert marked == found.pop(hit["page"])
        page = api.get(
            f"/v1/files/{file_id}/pages/{hit['page']}", query_string={"highlight": query}
        ).get_json()
        assert [page["text"][start:end] for start, end in page["highlights"]] == marked
    assert not found


def test_the_snippet_of_a_phrase_is_about_the_phrase(
    functions: Functions, model: ScriptedModel, api: Client
) -> None:
    before, behind = (
        "; ".join(f"posts {n}, of lamps {n * n}" for n in some)
        for some in (range(60), range(60, 120))
    )
    text = f"{before} here is a lamp post of iron, and {behind}"
    [hit] = hits(api, '"lamp post"', file_with(functions, model, [text]))
    told = "".join(piece["text"] for piece in hit["snippet"])
    assert "here is a lamp post of iron" in told
    assert len(told) < 300


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


MEANT = {
    "measring": "measuring",
    "measuuring": "measuring",
    "measurign": "measuring",
    "Measoring turbines": "measuring turbines",
    '"the resalts"': '"the results"',
    "ingenierros": "ingenieros",
    "measring -turbines": None,
    "measuring ingenieros": None,
    "measring*": None,
    "ano": None,
    "xxxxxxxxxx": None,
}


def test_where_nothing_is_found_a_word_that_differs_by_a_letter_is_offered(
    functions: Functions, model: ScriptedModel, api: Client
) -> None:
    file_id = file_with(functions, model, [ENGLISH, SPANISH])
    for query, meant in MEANT.items():
        answer = api.get("/v1/search", query_string={"q": query, "file": file_id}).get_json()
        assert (answer["hits"], answer["did_you_mean"]) == ([], meant), query


def test_no_word_is_offered_that_is_on_pages_of_other_tenants_or_of_deleted_files(
    functions: Functions, model: ScriptedModel, api: Client
) -> None:
    word = "".join(chr(97 + int(digit, 16)) for digit in uuid4().hex)
    file_id = file_with(functions, model, [f"{word} {word}"])
    typed = word.replace(word[5], "z", 1)
    assert api.get(f"/v1/search?q={typed}").get_json()["did_you_mean"] == word
    rows(b"UPDATE files SET tenant = 'somebody else' WHERE id = %s RETURNING id", file_id)
    assert api.get(f"/v1/search?q={typed}").get_json()["did_you_mean"] is None
    rows(b"UPDATE files SET tenant = 'default' WHERE id = %s RETURNING id", file_id)
    api.delete(f"/v1/files/{file_id}")
    assert api.get(f"/v1/search?q={typed}").get_json()["did_you_mean"] is None


def test_that_nothing_is_found_is_said_also_where_another_word_is_looked_for_in_vain(
    functions: Functions, model: ScriptedModel, api: Client
) -> None:
    file_id = file_with(functions, model, [ENGLISH])
    words = {f"turbine{n:x}" for n in range(1_000_000)}  # which take far longer than two seconds
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(suggestions, "near", lambda _: words)
        patch.setenv("SEARCH_TIMEOUT_S", "2")
        settings.current.cache_clear()
        answer = api.get("/v1/search", query_string={"q": "turbinez", "file": file_id})
    settings.current.cache_clear()
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert (answer.get_json()["hits"], answer.get_json()["did_you_mean"]) == ([], None)


def test_a_word_that_begins_as_wanted_is_marked_on_the_page(
    functions: Functions, model: ScriptedModel, api: Client
) -> None:
    file_id = file_with(functions, model, [SPANISH])
    page = api.get(f"/v1/files/{file_id}/pages/1?highlight=ingen*").get_json()
    assert [SPANISH[start:end] for start, end in page["highlights"]] == ["ingenieros"]


@pytest.fixture
def slow_searches(services: Parts, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each search would take minutes, and may take some seconds."""
    monkeypatch.setenv("SEARCH_TIMEOUT_S", "3")
    settings.current.cache_clear()
    name = "search_query(regconfig, text)"
    with psycopg.connect(services.embedded.postgres.url, autocommit=True) as owner:
        found = owner.execute("SELECT pg_get_functiondef(%s::regprocedure)", [name]).fetchone()
        assert found is not None
        slow = found[0].replace("\nBEGIN\n", "\nBEGIN\n    PERFORM pg_sleep(300);\n")
        owner.execute(slow)
        yield
        owner.execute(found[0])
    settings.current.cache_clear()


@pytest.mark.usefixtures("slow_searches")
def test_a_search_that_takes_too_long_says_what_to_do(
    functions: Functions, model: ScriptedModel, api: Client
) -> None:
    file_with(functions, model, [ENGLISH])
    answer = api.get("/v1/search?q=turbines")
    assert answer.status_code == 503
    assert answer.get_json()["code"] == "search_too_slow"
    assert "rarer words" in answer.get_json()["detail"]


@pytest.mark.usefixtures("slow_searches")
def test_many_slow_searches_keep_nobody_else_from_the_database(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 1)
    [event] = world.registered()
    model.script.append(completion(ENGLISH))

    def ask(path: str) -> Any:
        answer = Client(functions.apps["upload"]).get(path)
        return answer.status_code, answer.get_json()

    with ThreadPoolExecutor(30) as people:
        searches = [people.submit(ask, f"/v1/search?q=word{n}") for n in range(30)]
        wait(searches, return_when=FIRST_COMPLETED)  # refused, as there is room for no more
        functions.accepts("llm", event)
        status, listed = ask("/v1/files?limit=1")
        assert sum(not search.done() for search in searches) >= 4
    assert (status, listed["files"][0]["progress"]["read"]) == (200, 1)
    codes = {(status, answer["code"]) for status, answer in (one.result() for one in searches)}
    assert codes == {(503, "search_too_slow"), (503, "too_many_searches")}


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
