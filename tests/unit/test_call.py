"""`lector call` hands an event to a function with the secret, and shows what it replies."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lector.cli.__main__ import cli
from lector.local.data_folder import DataFolder, Running
from lector.runtime import cloudevents
from tests.support.bridging import ScriptedFunction, answer, problem, uploaded


@pytest.fixture
def function() -> Iterator[ScriptedFunction]:
    server = ScriptedFunction()
    yield server
    server.stop()


@pytest.fixture
def folder(tmp_path: Path, function: ScriptedFunction) -> Iterator[DataFolder]:
    """A data folder on which a Lector seems to run, with one function."""
    used = DataFolder(tmp_path / "data")
    with used.in_use():
        used.announce(Running(1, "http://127.0.0.1:9", function_urls={"audit": function.url}))
        yield used


def call(folder: DataFolder, name: str, event: str) -> Result:
    words = ["call", name, "-", "--data", str(folder.path)]
    return CliRunner().invoke(cli, words, input=event)


def event() -> str:
    sent = uploaded()
    data = {"generation": 1, "objectKey": "k", "name": "é.pdf", "sizeBytes": "1"}
    about = {"specversion": "1.0", "id": sent.id, "source": sent.source, "type": sent.type}
    return json.dumps({**about, "subject": sent.subject, "data": data})


def test_the_event_arrives_with_the_secret(folder: DataFolder, function: ScriptedFunction) -> None:
    sent = event()
    assert call(folder, "audit", sent).exit_code == 0
    [request] = function.requests
    assert request.headers["lector-caller-secret"] == folder.secret("caller")
    received = cloudevents.decode(request.headers, request.body)
    assert (received.attributes["id"], json.loads(received.data)) == (
        json.loads(sent)["id"],
        json.loads(sent)["data"],
    )


def test_the_reply_is_shown_as_an_event(folder: DataFolder, function: ScriptedFunction) -> None:
    reply = uploaded(name="reply.pdf")
    function.answers(answer(reply))
    shown = json.loads(call(folder, "audit", event()).stdout)
    assert (shown["id"], shown["type"], shown["data"]["name"]) == (
        reply.id,
        reply.type,
        "reply.pdf",
    )


def test_a_refusal_is_shown_with_its_reason(folder: DataFolder, function: ScriptedFunction) -> None:
    function.answers(problem(422, "not_a_pdf", "it is none"))
    result = call(folder, "audit", event())
    assert result.exit_code == 1
    assert "422" in str(result.exception)
    assert "it is none (not_a_pdf)" in str(result.exception)


@pytest.mark.parametrize(("name", "text"), [("nobody", "{}"), ("audit", "["), ("audit", "[]")])
def test_wrong_usage_is_refused_before_anything_is_sent(
    folder: DataFolder, function: ScriptedFunction, name: str, text: str
) -> None:
    assert call(folder, name, text).exit_code == 2
    assert function.requests == []
