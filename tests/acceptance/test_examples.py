"""The examples of the contract, each sent as it stands there, to a Lector that runs.

What differs from one Lector to the next stands in for what the examples name: ids, and two URLs.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from jsonschema import Draft202012Validator

from functions.upload import examples
from functions.upload.examples import FILE, OTHER_FILE
from lector.local.tools import checkout
from tests.acceptance.commandline import Up, finished, wait_until
from tests.support import listener
from tests.support.listener import Listener
from tests.support.model import ScriptedModel, error

pytestmark = pytest.mark.slow
SAMPLES = checkout() / "tests" / "samples"
# Of answers that are not the first of their operation.
OTHER_STATUS = {
    ("createFile", "form"): 202,
    ("createFile", "fetch"): 202,
    ("createFile", "find"): 200,
}


class Walk:
    """Somebody who has nothing but a Lector's contract, and does all that it says can be done."""

    def __init__(self, client: httpx2.Client, stand_ins: Mapping[str, str]) -> None:
        self.client = client
        self.stand_ins = dict(stand_ins)
        self.sent: set[tuple[str, str]] = set()
        self.contract = self.client.get("/openapi.json").raise_for_status().json()
        self.operations = {
            operation["operationId"]: (method.upper(), path, operation)
            for path, item in self.contract["paths"].items()
            for method, operation in item.items()
        }

    def examples(self) -> set[tuple[str, str]]:
        """Every operation with each of its bodies; "" where it has none."""
        named = set()
        for name, (_, _, operation) in self.operations.items():
            content = operation.get("requestBody", {}).get("content", {})
            bodies = list(content.get("application/json", {}).get("examples", []))
            bodies += ["form"] if "multipart/form-data" in content else []
            named |= {(name, body) for body in bodies or [""]}
        return named

    def send(self, name: str, body: str = "") -> Any:
        """Send an example; what its answer says. `body` is one of its JSON bodies, or `form`."""
        method, path, operation = self.operations[name]
        told: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}}
        for parameter in operation.get("parameters", []):
            if "example" in parameter:
                told[parameter["in"]][parameter["name"]] = self._own(parameter["example"])
        url = path.format(**told["path"])
        more = {"params": told["query"], "headers": told["header"], **self._body(operation, body)}
        with self.client.stream(method, url, **more) as answer:
            kind = answer.headers.get("content-type", "").partition(";")[0]
            said = missed(answer) if kind == "text/event-stream" else answer.read()
        expected = OTHER_STATUS.get((name, body), int(next(iter(operation["responses"]))))
        assert answer.status_code == expected, (name, body, said)
        self.sent.add((name, body))
        return self._said(operation["responses"][str(expected)], kind, said)

    def _own(self, example: Any) -> Any:
        text = json.dumps(example)
        for shown, own in self.stand_ins.items():
            text = text.replace(shown, own)
        return json.loads(text)

    def _body(self, operation: dict[str, Any], name: str) -> dict[str, Any]:
        """The arguments of a request with this example for its body."""
        if not name:
            return {}
        content = operation["requestBody"]["content"]
        if name != "form":
            return {"json": self._own(content["application/json"]["examples"][name]["value"])}
        fields = dict(content["multipart/form-data"]["example"])
        names = fields.pop("file")
        files = [SAMPLES / one for one in ([names] if isinstance(names, str) else names)]
        sent = [("file", (file.name, file.read_bytes())) for file in files]
        return {"data": self._own(fields), "files": sent}

    def _said(self, described: dict[str, Any], kind: str, said: bytes) -> Any:
        """What an answer says, which is as the contract describes it."""
        content = described.get("content", {})
        assert kind in content or not (content or said), kind
        if kind != "application/json":
            return said.decode("utf-8", "replace")
        schema = {**content[kind]["schema"], "components": self.contract["components"]}
        value = json.loads(said)
        wrong = Draft202012Validator(schema).iter_errors(value)
        assert [error.message for error in wrong] == []
        return value

    def put(self, url: str, name: str, headers: Mapping[str, str] | None = None) -> None:
        """Store a sample where an answer says."""
        content = (SAMPLES / name).read_bytes()
        httpx2.put(url, content=content, headers=headers).raise_for_status()


def missed(stream: httpx2.Response) -> bytes:
    """What a stream of events says of what has happened already."""
    said = b""
    for piece in stream.iter_bytes():
        said += piece
        if b"event: hello" in said:
            break
    return said


@pytest.fixture
def here() -> Iterator[Listener]:
    """What the URLs of the examples lead to: a webhook's receiver, which has the letter, too."""
    started = Listener()
    yield started
    started.stop()


@pytest.fixture
def dead_letter(lector_with_model: tuple[Up, ScriptedModel]) -> Iterator[str]:
    """The id of a dead letter."""
    headers = {"ce-specversion": "1.0", "ce-id": "x", "ce-source": "/lector/upload"}
    headers |= {"ce-type": "lector.files.deleted", "ce-subject": str(uuid4())}
    letter_id = str(uuid4())
    with lector_with_model[0].database() as connection:
        connection.execute(
            "INSERT INTO dead_letters (id, function, error_code, error, attempts, headers, body)"
            " VALUES (%s, 'render', 'gave_up', 'S3 was away', 8, %s, '{\"round\": 1}')",
            [letter_id, json.dumps(headers)],
        )
        yield letter_id
        connection.execute("DELETE FROM dead_letters WHERE id = %s", [letter_id])


def test_the_example_of_every_operation_is_sent_and_does_what_it_says(
    lector_with_model: tuple[Up, ScriptedModel], here: Listener, dead_letter: str
) -> None:
    running, model = lector_with_model
    model.reset()
    stand_ins = {
        examples.DEAD_LETTER: dead_letter,
        examples.WEBHOOK_URL: here.url,
        examples.LETTER_URL: here.url,
    }
    with httpx2.Client(base_url=running.url, timeout=30) as client:
        walk_through(Walk(client, stand_ins), here, model)


def walk_through(walk: Walk, here: Listener, model: ScriptedModel) -> None:
    """Do all that can be done."""
    look_around(walk)
    read_a_letter(walk, model)
    look_at_it(walk)
    write_another_text(walk)
    read_again(walk)
    read_both(walk, here)
    make_and_revoke_tokens(walk)
    be_told(walk, here)
    look_after(walk)
    walk.send("deleteFile")
    gone = walk.send("deleteFiles")
    assert gone["deleted"] + gone["missing"] == [walk.stand_ins[FILE], walk.stand_ins[OTHER_FILE]]
    assert walk.examples() - walk.sent == set()


def look_around(walk: Walk) -> None:
    assert walk.send("whoAmI")["tenant"] == "default"
    assert "tesseract" in [reader["name"] for reader in walk.send("listReaders")["readers"]]
    assert walk.send("estimateCost", "pages")["pages"] == 300
    assert walk.send("setKeeping", "month")["keep_days"] == 30
    assert walk.send("setKeeping", "until_deleted")["keep_days"] is None
    assert walk.send("getKeeping")["keep_days"] is None


def read_a_letter(walk: Walk, model: ScriptedModel) -> None:
    model.otherwise = error(400, "no such model")
    announced = walk.send("createFile", "announce")
    walk.stand_ins[FILE] = announced["id"]
    [part] = walk.send("uploadInParts")["parts"]
    walk.put(part["url"], "letter.pdf")
    walk.send("confirmFile", "locked")  # it is not, and needs no password
    walk.send("confirmFile", "usual")
    finish(walk)
    assert walk.send("getFile")["status"] == "failed"
    model.reset()
    walk.send("retryFile", "failed")
    finish(walk)
    assert walk.send("getFile")["status"] == "completed"
    assert walk.send("createFile", "find")["id"] == announced["id"]
    assert announced["id"] in [file["id"] for file in walk.send("listFiles")["files"]]
    assert walk.send("getTotals")["statuses"]["completed"] >= 1
    assert walk.send("listFolders")["folders"] == []
    assert walk.send("estimateCost", "file")["pages"] == 1


def look_at_it(walk: Walk) -> None:
    assert walk.send("getOriginal").startswith("%PDF")
    assert [page["number"] for page in walk.send("listPages")["pages"]] == [1]
    assert walk.send("getPage")["text"]
    walk.send("getSmallImage")
    assert walk.send("getText").startswith("# letter.pdf")
    assert walk.send("getArchive", "texts").startswith("PK")
    assert '<html lang="es"' in walk.send("getReport")
    walk.send("listDoubtedPages")
    wait_until(lambda: bool(walk.send("listPastEvents")["events"]), 60)
    for stream in ("watchFile", "watchAll"):
        assert "lector.file.uploaded" in walk.send(stream)
    assert set(walk.send("getBacklog").values()) == {0}
    past = walk.send("listPastEvents")["events"]
    assert {event["type"] for event in past} == {"lector.page.read"}


def write_another_text(walk: Walk) -> None:
    assert walk.send("correctPage", "text")["version"] == 2
    assert len(walk.send("listVersions")["versions"]) == 2
    assert walk.send("compareVersions")["changes"]
    assert walk.send("restoreVersion")["version"] == 1


def read_again(walk: Walk) -> None:
    walk.send("changeFile", "unlimited")
    for name, body in (("verifyFile", "all"), ("verifyFile", "page")):
        walk.send(name, body)
    walk.send("retryFile", "page")
    finish(walk)
    assert "Bookbinders" in walk.send("getPage")["text"]
    assert walk.send("getRegionText")["text"]
    assert walk.send("searchTexts")["hits"]
    assert walk.send("cancelFile")["status"] == "completed"


def read_both(walk: Walk, here: Listener) -> None:
    one, other = [result["file"] for result in walk.send("createFiles", "announce")["results"]]
    walk.stand_ins |= {FILE: one["id"], OTHER_FILE: other["id"]}
    for file in (one, other):
        walk.put(file["upload"]["url"], file["name"], file["upload"]["headers"])
    walk.send("confirmFiles", "both")
    finish(walk)
    walk.send("createFile", "form")
    walk.send("createFiles", "form")
    letter = (SAMPLES / "letter.pdf").read_bytes()
    for body in ("minio", "eventbridge"):  # of a bucket that nobody has named here
        [object_] = walk.send("takeObjects", body)["results"]
        assert object_["error"]["code"] == "bucket_not_allowed"
    here.script.append(listener.answers(200, "Content-Type: application/pdf", body=letter))
    assert walk.send("createFile", "fetch")["size_bytes"] == len(letter)


def finish(walk: Walk) -> None:
    finished(str(walk.client.base_url).rstrip("/"), walk.stand_ins[FILE])


def make_and_revoke_tokens(walk: Walk) -> None:
    for body in ("reader", "tenant"):
        walk.stand_ins[examples.ACCESS] = walk.send("createToken", body)["id"]
        assert walk.send("limitToken", "day")["max_cost_usd_per_day"] == 5
        assert len(walk.send("listTokens")["tokens"]) == 1
        walk.send("revokeToken")


def be_told(walk: Walk, here: Listener) -> None:
    walk.stand_ins[examples.WEBHOOK] = walk.send("createWebhook", "finished")["id"]
    walk.send("testNotification", "webhook")
    wait_until(lambda: bool(walk.send("listNotifications")["notifications"]), 60)
    assert [told.headers["webhook-id"] for told in here.told] != []
    walk.send("listWebhooks")
    walk.send("enableWebhook")
    assert walk.send("answerMessage", "ping")["chat_id"] == 7
    assert "letter.pdf: " in walk.send("answerMessage", "last")["text"]
    walk.send("deleteWebhook")


def look_after(walk: Walk) -> None:
    letter = walk.stand_ins[examples.DEAD_LETTER]
    assert [one["id"] for one in walk.send("listDeadLetters")["dead_letters"]] == [letter]
    assert walk.send("replayDeadLetter")["replays"] == 1
    walk.send("collectGarbage", "look")
