"""A file's reader is chosen by name; what it cannot honour never passes in silence."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import Client

from lector.contracts import PageRegistered
from lector.domain import object_keys
from lector.runtime import object_store, settings
from tests.support.called import Functions
from tests.support.model import ScriptedModel, completion, error
from tests.support.own_readers import own_readers
from tests.support.pdfs import drawn_pdf
from tests.support.second_reader import TEXT, seen_beside
from tests.support.world import World

OWN = """
readers:
  other:
    endpoint: {url}
    model: other-model
    prompt: transcribe
    choices: [another-model]
    languages: [en, pt-BR]
  mute: {{endpoint: {url}, model: mute-model, prompt: null}}
  poor: {{like: other, model: poor-model, fallback: other, temperatures: [0]}}
  poorer: {{like: poor, model: poorer-model, fallback: poor}}
  proud: {{like: other, model: proud-model, fallback: mute}}
  careful: {{like: other, verify: always, on_doubt: escalate, escalate: other}}
  trusting: {{like: other, verify: never, on_doubt: keep}}
"""


@pytest.fixture(autouse=True)
def _readers(functions: Functions, model: ScriptedModel, tmp_path: Path) -> Iterator[None]:
    with own_readers(tmp_path, OWN.format(url=model.base_url)):
        yield


@pytest.fixture
def api(functions: Functions) -> Client:
    return functions.clients["upload"]


def announce(api: Client, **options: Any) -> Any:
    return api.post("/v1/files", json={"name": "a.pdf", "size_bytes": 5, **options})


def registered(world: World) -> list[PageRegistered]:
    return [event.data for event in world.registered()]


def set_default(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("READER", name)
    monkeypatch.setenv("OPENAI_BASE_URL", "")
    monkeypatch.setenv("OPENAI_MODEL", "")
    monkeypatch.setenv("MODEL_CHOICES", "")
    settings.current.cache_clear()


def test_the_reader_that_was_chosen_reads_the_file(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 2, reader="other")
    world.read()
    assert [request["model"] for request in model.requests] == ["other-model"] * 2
    assert world.file()["reader"] == "other"


def test_its_pages_are_announced_for_its_lane_and_those_of_others_for_none(
    functions: Functions,
) -> None:
    assert {page.reader for page in registered(World.with_pages(functions, reader="other"))} == {
        "other"
    }
    assert not any(page.HasField("reader") for page in registered(World.with_pages(functions)))


def test_pages_in_line_are_announced_for_its_lane_too(
    functions: Functions, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World.with_pages(functions, 1, reader="other")
    world.read()
    again = functions.clients["upload"].post(
        f"/v1/files/{world.file_id}/retry", json={"pages": "1"}
    )
    assert again.status_code == 202
    assert [event.data.reader for event in world.events(PageRegistered)] == ["other", "other"]


def test_a_page_is_read_once_more_by_another_reader(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 1)
    world.read()
    answer = functions.clients["upload"].post(
        f"/v1/files/{world.file_id}/retry", json={"pages": "1", "reader": "other"}
    )
    assert answer.status_code == 202
    last = world.events(PageRegistered)[-1]
    assert last.data.reader == "other"
    functions.accepts("llm", last)
    assert model.requests[-1]["model"] == "other-model"


def test_a_reader_that_there_is_not_is_refused_with_those_there_are(api: Client) -> None:
    answer = announce(api, reader="poetry")
    assert (answer.status_code, answer.get_json()["code"]) == (422, "reader_unknown")
    assert "other" in answer.get_json()["detail"]


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"reader": "mute", "prompt": "Sing."}, "looks at no prompt"),
        ({"reader": "mute", "describe": True}, "describes no pictures"),
        ({"reader": "mute", "language": "en"}, "does not look at the language"),
        ({"reader": "mute", "model": "x"}, "has no model x to choose"),
        ({"reader": "other", "language": "es"}, "does not have the language es, but en, pt-BR"),
        ({"reader": "other", "model": "x"}, "has no model x to choose"),
    ],
)
def test_what_a_chosen_reader_cannot_honour_is_refused(
    api: Client, wishes: dict[str, Any], said: str
) -> None:
    answer = announce(api, **wishes)
    assert answer.status_code == 422
    assert said in answer.get_json()["detail"]


@pytest.mark.parametrize(
    "wishes",
    [
        {"reader": "mute"},
        {"reader": "other", "language": "en-GB", "prompt": "Sing.", "describe": True},
        {"reader": "other", "model": "another-model"},
        {"reader": "tesseract", "language": "es"},
    ],
)
def test_what_a_chosen_reader_can_honour_is_taken(api: Client, wishes: dict[str, Any]) -> None:
    answer = announce(api, **wishes)
    assert answer.status_code == 201
    assert answer.get_json()["warning"] is None


def test_a_file_says_what_the_default_reader_cannot_honour(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_default(monkeypatch, "mute")
    world = World.with_pages(functions, 1, language="es", prompt="Sing.")
    words = "the reader of this file looks at no prompt; it does not look at the language"
    assert world.file()["warning"] == words
    world.registered()
    assert world.file()["warning"] == words
    assert world.file()["warnings"] == [{"code": "reader_lacks", "detail": words}]


def test_a_prompt_that_the_reader_does_not_look_at_leaves_its_answer_to_be_verified(
    functions: Functions, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_default(monkeypatch, "mute")
    model.otherwise = completion(TEXT)
    with seen_beside(TEXT) as second:
        world = World.with_pages(functions, 1, prompt="Sing.")
        world.read()
    page = functions.clients["upload"].get(f"/v1/files/{world.file_id}/pages/1").get_json()
    assert page["verification"]["status"] == "verified"
    assert len(second.requests) == 1


def test_a_retry_with_what_the_files_reader_cannot_honour_is_refused(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 1, reader="mute")
    world.read()
    answer = functions.clients["upload"].post(
        f"/v1/files/{world.file_id}/retry", json={"pages": "1", "prompt": "Sing."}
    )
    assert (answer.status_code, answer.get_json()["code"]) == (422, "conflicting_options")


def test_the_readers_are_listed_with_what_each_can_honour(api: Client) -> None:
    found = {one["name"]: one for one in api.get("/v1/readers").get_json()["readers"]}
    assert found["openrouter"]["default"]
    assert found["openrouter"]["model"] == "scripted"
    assert found["other"]["languages"] == ["en", "pt-BR"]
    assert found["other"]["models"] == ["another-model"]
    assert found["mute"]["honours"] == {"prompt": False, "describe": False, "language": False}
    assert found["tesseract"]["honours"] == {"prompt": False, "describe": False, "language": True}
    assert found["poor"]["fallback"] == "other"


def test_the_readers_are_listed_with_what_they_do_with_doubt(api: Client) -> None:
    found = {
        one["name"]: (one["verify"], one["on_doubt"], one["escalate"])
        for one in api.get("/v1/readers").get_json()["readers"]
    }
    assert found["careful"] == ("always", "escalate", "other")
    assert found["trusting"] == ("never", "keep", None)
    assert found["other"] == (None, "retry", None)


def test_no_list_tells_where_an_endpoint_is(api: Client, model: ScriptedModel) -> None:
    assert model.base_url not in api.get("/v1/readers").get_data(as_text=True)


# --- Which readers may be chosen ---------------------------------------------------------------


def configure(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    settings.current.cache_clear()


def listed(api: Client) -> dict[str, Any]:
    return {one["name"]: one for one in api.get("/v1/readers").get_json()["readers"]}


def test_a_reader_that_is_not_set_up_is_refused_with_what_it_needs(
    api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert listed(api)["openai"]["ready"] is None
    configure(monkeypatch, READERS_SET_UP="openrouter, other")
    assert {name for name, one in listed(api).items() if one["ready"]} == {"openrouter", "other"}
    assert announce(api, reader="other").status_code == 201
    for name, needs in (("openai", "OPENAI_API_KEY"), ("azure", "AZURE_OPENAI_ENDPOINT")):
        answer = announce(api, reader=name)
        assert (answer.status_code, answer.get_json()["code"]) == (422, "reader_unknown")
        assert f"the reader {name} is not set up: it needs {needs}" in answer.get_json()["detail"]
    assert "READER=tesseract" in announce(api, reader="tesseract").get_json()["detail"]


def test_people_choose_among_the_readers_that_they_may_choose(
    api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(monkeypatch, READER_CHOICES="other")
    assert list(listed(api)) == ["openrouter", "other"]
    for name in ("other", "openrouter", "default"):
        assert announce(api, reader=name).status_code == 201
    refused = announce(api, reader="mute")
    assert refused.get_json()["detail"] == "there is no reader 'mute', but openrouter, other"


# --- The languages of the embedded reader ------------------------------------------------------


def test_a_language_without_data_here_is_refused_with_the_command_that_brings_it(
    api: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    configure(monkeypatch, TESSERACT_LANGUAGES="here", LECTOR_LANGUAGES=str(tmp_path))
    wishes = {"reader": "tesseract", "language": "fi"}
    assert "en" in listed(api)["tesseract"]["languages"]
    assert announce(api, reader="tesseract", language="en-GB").status_code == 201
    answer = announce(api, **wishes)
    assert answer.status_code == 422
    words = "does not have the language fi, but en"
    assert words in answer.get_json()["detail"]
    assert "`lector languages add fi` brings it" in answer.get_json()["detail"]
    (tmp_path / "fin.traineddata").write_bytes(b"")
    assert "fi" in listed(api)["tesseract"]["languages"]
    assert announce(api, **wishes).status_code == 201


def test_the_languages_of_an_image_are_those_that_somebody_says(
    api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(monkeypatch, TESSERACT_LANGUAGES="en,zh-Hans")
    assert listed(api)["tesseract"]["languages"] == ["en", "zh-Hans"]
    assert announce(api, reader="tesseract", language="cmn").status_code == 201
    answer = announce(api, reader="tesseract", language="es")
    words = "the reader tesseract does not have the language es, but en, zh-Hans: leave that out"
    assert answer.get_json()["detail"].startswith(words)


def test_a_file_says_that_the_default_reader_does_not_have_its_language(
    api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_default(monkeypatch, "tesseract")
    configure(monkeypatch, TESSERACT_LANGUAGES="en,es")
    assert announce(api, language="es-MX").get_json()["warning"] is None
    words = "the reader of this file does not have the language eo, but en, es"
    assert announce(api, language="eo").get_json()["warning"] == words


def test_a_language_that_nobody_can_read_is_refused_whatever_pages_carry(
    api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_default(monkeypatch, "tesseract")
    configure(monkeypatch, TESSERACT_LANGUAGES="en,es")
    for wishes in ({}, {"text_layer": "always"}, {"text_layer": "auto"}):
        answer = announce(api, language="xx", **wishes)
        assert (answer.status_code, answer.get_json()["code"]) == (422, "conflicting_options")
        words = "nobody reads the language xx here; the default reader has en, es"
        assert answer.get_json()["detail"] == words


def test_a_language_without_data_is_taken_where_a_model_may_know_it(
    api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_default(monkeypatch, "openrouter")
    assert announce(api, language="xx").status_code == 201


def test_a_file_of_before_whose_language_nobody_reads_can_be_read_again(
    functions: Functions, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.otherwise = completion("what the model says")
    world = World.with_pages(functions, 1, language="xx")
    world.read()
    set_default(monkeypatch, "tesseract")
    configure(monkeypatch, TESSERACT_LANGUAGES="en,es")
    path = f"/v1/files/{world.file_id}/retry"
    upload = functions.clients["upload"]
    for wishes in ({"language": "xx"}, {"reader": "tesseract"}):
        refused = upload.post(path, json={"pages": "1", **wishes})
        assert (refused.status_code, refused.get_json()["code"]) == (422, "conflicting_options")
    assert upload.post(path, json={"pages": "1"}).status_code == 202


def test_a_retry_reads_in_another_language_if_the_reader_has_it(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_default(monkeypatch, "tesseract")
    configure(monkeypatch, TESSERACT_LANGUAGES="en,es")
    world = World.with_pages(functions, 1, language="en")
    path = f"/v1/files/{world.file_id}"
    api = functions.clients["upload"]
    refused = api.post(f"{path}/retry", json={"language": "eo"})
    words = "the reader of this file does not have the language eo, but en, es"
    assert (refused.status_code, refused.get_json()["detail"]) == (422, words)
    assert api.get(path).get_json()["language"] == "en"
    world.registered()
    api.post(f"{path}/cancel")
    assert api.post(f"{path}/retry", json={"language": "es"}).get_json()["language"] == "es"
    api.post(f"{path}/cancel")
    assert api.post(f"{path}/retry", json={}).get_json()["language"] == "es"


# --- Fallback ---------------------------------------------------------------------------------


@pytest.fixture
def fallen(functions: Functions, model: ScriptedModel) -> World:
    """A page at which its reader failed for good."""
    world = World.with_pages(functions, 1, reader="poor")
    [page] = world.registered()
    model.refuse = lambda asked: error(400) if asked["model"] == "poor-model" else None
    functions.accepts("llm", page)
    return world


def test_a_page_at_which_its_reader_failed_is_announced_for_the_fallback(fallen: World) -> None:
    readers = [event.data.reader for event in fallen.events(PageRegistered)]
    assert readers == ["poor", "other"]
    assert fallen.pages()[0]["status"] == "rendered"


def test_the_fallback_reads_it_and_the_page_says_so(
    fallen: World, functions: Functions, model: ScriptedModel
) -> None:
    model.otherwise = completion("what the other read", model="other-model-1")
    functions.accepts("llm", fallen.events(PageRegistered)[-1])
    [page] = fallen.pages()
    assert (page["text"], page["model"]) == ("what the other read", "other-model-1")


def test_a_fallback_that_fails_too_is_the_end(
    fallen: World, functions: Functions, model: ScriptedModel
) -> None:
    model.refuse = lambda _: error(400, "neither")
    answer = functions.call("llm", fallen.events(PageRegistered)[-1])
    assert (answer.status_code, answer.get_json()["code"]) == (422, "model_refused_request")


def test_a_fallback_has_none_in_its_turn(functions: Functions, model: ScriptedModel) -> None:
    world = World.with_pages(functions, 1, reader="poorer")
    model.refuse = lambda _: error(400)
    functions.accepts("llm", world.registered()[0])
    answer = functions.call("llm", world.events(PageRegistered)[-1])
    assert answer.status_code == 422
    readers = [event.data.reader for event in world.events(PageRegistered)]
    assert readers == ["poorer", "poor"]


def test_a_delivery_that_is_repeated_falls_back_once_and_nobody_is_asked_for_it(
    fallen: World, functions: Functions, model: ScriptedModel
) -> None:
    model.otherwise = completion("what the other read")
    first, second = fallen.events(PageRegistered)
    functions.accepts("llm", first)
    assert len(fallen.events(PageRegistered)) == 2
    assert [request["model"] for request in model.requests] == ["poor-model"]
    functions.accepts("llm", second)
    functions.accepts("llm", first)
    assert [request["model"] for request in model.requests] == ["poor-model", "other-model"]


def test_a_fallback_that_looks_at_no_prompt_does_not_read_for_one_that_does(
    functions: Functions, model: ScriptedModel
) -> None:
    for wish in ({"prompt": "Sing."}, {"describe": True}):
        world = World.with_pages(functions, 1, reader="proud", **wish)
        model.refuse = lambda asked: error(400) if asked["model"] == "proud-model" else None
        [page] = world.registered()
        answer = functions.call("llm", page)
        assert answer.get_json()["code"] == "model_refused_request"
        assert len(world.events(PageRegistered)) == 1


def test_a_page_of_a_cancelled_file_is_not_read_by_the_fallback(
    fallen: World, functions: Functions, model: ScriptedModel
) -> None:
    last = fallen.events(PageRegistered)[-1]
    assert functions.clients["upload"].post(f"/v1/files/{fallen.file_id}/cancel").status_code == 202
    functions.accepts("llm", last)
    assert [request["model"] for request in model.requests] == ["poor-model"]


def test_a_page_that_is_read_once_more_begins_with_the_files_reader_again(
    fallen: World, functions: Functions, model: ScriptedModel
) -> None:
    functions.accepts("llm", fallen.events(PageRegistered)[-1])
    functions.clients["upload"].post(f"/v1/files/{fallen.file_id}/retry", json={"pages": "1"})
    assert fallen.events(PageRegistered)[-1].data.reader == "poor"


def test_a_page_whose_image_is_gone_is_not_given_to_another(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 1, reader="poor")
    [page] = world.registered()
    object_store.store().remove([object_keys.image_key(world.file_id, 1)])
    answer = functions.call("llm", page)
    assert answer.get_json()["code"] == "image_missing"
    assert len(world.events(PageRegistered)) == 1


def test_two_files_alike_for_two_readers_do_not_share_an_answer_of_another_endpoint(
    functions: Functions, model: ScriptedModel
) -> None:
    name = f"same {uuid4()}"
    for reader in (None, "other"):
        options = {"reader": reader} if reader else {}
        World.with_file(functions, drawn_pdf([name]), **options).read()
    assert [request["model"] for request in model.requests] == ["scripted", "other-model"]
