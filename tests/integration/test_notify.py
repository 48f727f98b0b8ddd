"""notify: who is told of what, how often, and what becomes of those who do not listen."""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from werkzeug.test import Client

from lector.contracts import (
    DigestDue,
    FileCompleted,
    FilesDeleted,
    FileUploaded,
    NotificationRequested,
    PageRead,
)
from lector.runtime import events, settings
from lector.runtime.events import Event
from tests.support import listener
from tests.support.called import Functions, event
from tests.support.listener import Listener
from tests.support.model import ScriptedModel
from tests.support.world import World, announced, rows


@pytest.fixture
def hook() -> Iterator[Listener]:
    hook = Listener()
    yield hook
    hook.stop()


@pytest.fixture
def api(functions: Functions) -> Iterator[Client]:
    yield functions.clients["upload"]
    rows(b"WITH gone AS (DELETE FROM webhooks) SELECT 1")


@pytest.fixture
def world(functions: Functions, model: ScriptedModel) -> World:
    """A file; its model answers, whatever a test before had it say."""
    return World.with_pages(functions, 1)


def register(api: Client, url: str, *types: str) -> dict[str, Any]:
    answer = api.post("/v1/webhooks", json={"url": url, "types": list(types)})
    assert answer.status_code == 201, answer.get_data(as_text=True)
    made: dict[str, Any] = answer.get_json()
    return made


def find(api: Client, webhook: dict[str, Any]) -> dict[str, Any]:
    [found] = [
        w for w in api.get("/v1/webhooks").get_json()["webhooks"] if w["id"] == webhook["id"]
    ]
    shown: dict[str, Any] = found
    return shown


def log(api: Client, destination: str) -> list[dict[str, Any]]:
    answer = api.get("/v1/notifications", query_string={"destination": destination})
    told: list[dict[str, Any]] = answer.get_json()["notifications"]
    return told


def doubted(world: World) -> None:
    """The file's page is read, and something speaks against its text."""
    [drawn] = world.rendered()
    drawn.data.pages[0].doubts.update({"damaged_content": "half of it is missing"})
    world.read()


def requests_of(world: World) -> list[Event[NotificationRequested]]:
    return world.events(NotificationRequested)


def complete(world: World) -> Event[FileCompleted]:
    world.read()
    [done] = world.events(FileCompleted)
    return done


def one_request(functions: Functions, world: World) -> Event[NotificationRequested]:
    """What asks for the telling of a webhook that wants all, about the file's upload."""
    functions.accepts("notify", world.uploaded())
    [request] = requests_of(world)
    return request


def failure(functions: Functions, request: Event[Any]) -> str:
    """The reason of an attempt that failed in a way that counts."""
    answer = functions.call("notify", request)
    assert (answer.status_code, answer.get_json()["code"]) == (500, "not_taken")
    return str(answer.get_json()["detail"])


def test_with_nobody_to_tell_nothing_is_announced(functions: Functions, world: World) -> None:
    before = len(announced(world.file_id))
    functions.accepts("notify", world.uploaded())
    assert len(announced(world.file_id)) == before


def test_each_who_wants_an_event_is_told_by_one_of_its_own(
    functions: Functions, api: Client, world: World, hook: Listener
) -> None:
    everything = register(api, hook.url)
    uploads = register(api, hook.url, "lector.file.uploaded")
    register(api, hook.url, "lector.page.read")
    functions.accepts("notify", world.uploaded())
    assert {r.data.destination for r in requests_of(world)} == {everything["id"], uploads["id"]}


def test_an_event_that_is_delivered_again_asks_for_nothing_more(
    functions: Functions, api: Client, world: World, hook: Listener
) -> None:
    register(api, hook.url)
    functions.accepts("notify", world.uploaded())
    functions.accepts("notify", world.uploaded())
    assert len(requests_of(world)) == 1


def test_a_webhook_is_told_what_speaks_against_a_text(
    functions: Functions, api: Client, world: World, hook: Listener
) -> None:
    register(api, hook.url, "lector.page.read", "lector.file.completed")
    doubted(world)
    for happened in (*world.events(PageRead), *world.events(FileCompleted)):
        functions.accepts("notify", happened)
    for request in requests_of(world):
        functions.accepts("notify", request)
    read, completed = (told.json() for told in hook.told)
    assert read["doubts"] == {"damaged_content": "half of it is missing"}
    assert (completed["pagesRead"], completed["pagesDoubted"]) == (1, 1)


def test_a_webhook_of_another_tenant_is_told_nothing(
    functions: Functions, api: Client, world: World, hook: Listener
) -> None:
    register(api, hook.url)
    rows(b"WITH moved AS (UPDATE webhooks SET tenant = 'other') SELECT 1")
    functions.accepts("notify", world.uploaded())
    assert requests_of(world) == []


def test_what_is_told_is_a_cloud_event_signed_with_the_webhooks_secret(
    functions: Functions, api: Client, world: World, hook: Listener
) -> None:
    webhook = register(api, hook.url)
    functions.accepts("notify", one_request(functions, world))
    [told] = hook.told
    key = base64.b64decode(webhook["secret"].removeprefix("whsec_"))
    signed = b".".join(
        [told.headers["webhook-id"].encode(), told.headers["webhook-timestamp"].encode(), told.body]
    )
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert told.headers["webhook-signature"] == f"v1,{expected}"
    received = events.from_request(dict(told.headers.items()), told.body)
    assert isinstance(received.data, FileUploaded)
    assert received.id == world.uploaded().id == told.headers["webhook-id"]
    assert received.subject == str(world.file_id)


def test_what_was_taken_is_not_sent_again(
    functions: Functions, api: Client, world: World, hook: Listener
) -> None:
    webhook = register(api, hook.url)
    request = one_request(functions, world)
    functions.accepts("notify", request)
    functions.accepts("notify", request)
    assert len(hook.told) == 1
    assert [(n["delivered"], n["outcome"]) for n in log(api, webhook["id"])] == [
        (True, "answered 204")
    ]


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (listener.answers(500), "answered 500"),
        (listener.answers(404), "answered 404"),
        (listener.answers(301, "Location: http://169.254.169.254/"), "answered 301"),
        (listener.says_nothing, "timed out after 1 s"),
        (listener.drips_headers, "timed out after 1 s"),
        (listener.drips_a_body, "timed out after 1 s"),
        (listener.hangs_up, "failed: RemoteProtocolError"),
        (listener.talks_nonsense, "failed: RemoteProtocolError"),
    ],
)
def test_what_is_not_taken_is_an_attempt_that_failed_and_the_next_may_succeed(
    functions: Functions,
    api: Client,
    world: World,
    hook: Listener,
    act: listener.Act,
    reason: str,
) -> None:
    webhook = register(api, hook.url)
    hook.script.append(act)
    request = one_request(functions, world)
    assert failure(functions, request) == reason
    assert find(api, webhook)["failing_since"] is not None
    functions.accepts("notify", request)
    assert find(api, webhook)["failing_since"] is None
    first, second = hook.told
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert [n["outcome"] for n in log(api, webhook["id"])] == ["answered 204", reason]


def test_a_flood_for_an_answer_is_not_read_to_its_end(
    functions: Functions, api: Client, world: World, hook: Listener
) -> None:
    register(api, hook.url)
    hook.script.append(listener.floods)
    functions.accepts("notify", one_request(functions, world))


def test_a_webhook_that_says_that_it_is_gone_is_disabled_at_once(
    functions: Functions, api: Client, world: World, hook: Listener
) -> None:
    webhook = register(api, hook.url)
    hook.otherwise = listener.answers(410)
    request = one_request(functions, world)
    failure(functions, request)
    shown = find(api, webhook)
    assert shown["disabled_reason"] == "it answered 410: gone; the last time: answered 410"
    functions.accepts("notify", request)  # what waits for it is skipped
    assert len(hook.told) == 1
    assert log(api, webhook["id"])[0]["outcome"] == "skipped, as it is disabled"


def test_after_long_failure_a_webhook_is_disabled_with_its_reason_and_may_be_enabled_again(
    functions: Functions, api: Client, world: World, hook: Listener
) -> None:
    webhook = register(api, hook.url)
    hook.otherwise = listener.answers(503)
    request = one_request(functions, world)
    failure(functions, request)
    rows(b"WITH old AS (UPDATE webhooks SET failing_since = now() - interval '73 hours') SELECT 1")
    failure(functions, request)
    shown = find(api, webhook)
    assert shown["disabled_reason"].startswith("nothing worked for 72 hours")
    assert api.post(f"/v1/webhooks/{webhook['id']}/enable").status_code == 204
    hook.otherwise = listener.answers(204)
    functions.accepts("notify", request)
    shown = find(api, webhook)
    assert (shown["disabled_at"], shown["failing_since"]) == (None, None)


def test_a_disabled_webhook_is_told_of_nothing_new(
    functions: Functions, api: Client, world: World, hook: Listener
) -> None:
    register(api, hook.url)
    rows(b"WITH off AS (UPDATE webhooks SET disabled_at = now(), disabled_reason = 'x') SELECT 1")
    functions.accepts("notify", world.uploaded())
    assert requests_of(world) == []


def test_what_waits_for_a_webhook_that_was_removed_is_dropped(
    functions: Functions, api: Client, world: World, hook: Listener
) -> None:
    webhook = register(api, hook.url)
    request = one_request(functions, world)
    assert api.delete(f"/v1/webhooks/{webhook['id']}").status_code == 204
    functions.accepts("notify", request)
    assert hook.told == []


def test_an_address_that_is_no_longer_allowed_is_not_called(
    functions: Functions,
    api: Client,
    world: World,
    hook: Listener,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    register(api, hook.url)
    request = one_request(functions, world)
    monkeypatch.setenv("NOTIFY_ALLOW_PRIVATE", "")
    settings.current.cache_clear()
    assert "127.0.0.1 is at 127.0.0.1, no public address" in failure(functions, request)
    monkeypatch.undo()
    settings.current.cache_clear()
    assert hook.told == []


@pytest.mark.parametrize(
    "url",
    ["http://10.0.0.1/", "http://169.254.169.254/latest/meta-data", "http://[::1]:8080/"],
)
def test_a_webhook_into_a_private_network_is_refused_with_the_reason(api: Client, url: str) -> None:
    answer = api.post("/v1/webhooks", json={"url": url})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "url_not_allowed")
    assert "no public address; NOTIFY_ALLOW_PRIVATE may allow it" in answer.get_json()["detail"]


def test_a_secret_is_told_once_and_stands_nowhere_else(api: Client, hook: Listener) -> None:
    webhook = register(api, hook.url)
    assert webhook["secret"].startswith("whsec_")
    assert webhook["secret"] not in api.get("/v1/webhooks").get_data(as_text=True)


def request_test(api: Client, webhook: dict[str, Any]) -> Event[NotificationRequested]:
    """What asks for the telling that tests a webhook."""
    answer = api.post("/v1/notifications/test", json={"destination": webhook["id"]})
    [[event_id, data]] = rows(
        b"SELECT id, data FROM outbox WHERE subject = 'test' ORDER BY position DESC LIMIT 1"
    )
    request = NotificationRequested(
        destination=data["destination"],
        headers=data["headers"],
        body=base64.b64decode(data["body"]),
    )
    assert request.headers["ce-id"] == answer.get_json()["event_id"]
    return Event(str(event_id), "/lector/upload", "test", request)


def test_a_webhook_can_be_tested(functions: Functions, api: Client, hook: Listener) -> None:
    webhook = register(api, hook.url, "lector.file.completed")
    request = request_test(api, webhook)
    functions.accepts("notify", request)
    [told] = hook.told
    assert told.headers["ce-type"] == "lector.webhook.tested"
    [noted] = log(api, webhook["id"])
    assert (noted["event_id"], noted["delivered"]) == (request.data.headers["ce-id"], True)


def test_a_test_that_nobody_takes_is_noted_and_not_tried_again(
    functions: Functions, api: Client, hook: Listener
) -> None:
    webhook = register(api, hook.url)
    hook.otherwise = listener.answers(500)
    functions.accepts("notify", request_test(api, webhook))
    [noted] = log(api, webhook["id"])
    assert (noted["delivered"], noted["outcome"]) == (False, "answered 500")


@pytest.fixture
def telegram(
    hook: Listener, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Listener]:
    """A stand-in for Telegram's API that a bot writes to."""
    rows(b"WITH gone AS (DELETE FROM finished_files) SELECT 1")
    for name, value in {
        "TELEGRAM_API": f"http://127.0.0.1:{hook.port}",
        "TELEGRAM_BOT_TOKEN": "123:secret-token",
        "TELEGRAM_CHAT_ID": "-42",
        "DIGEST_QUIET_S": "0",
    }.items():
        monkeypatch.setenv(name, value)
    settings.current.cache_clear()
    yield hook
    monkeypatch.undo()
    settings.current.cache_clear()
    rows(b"WITH gone AS (DELETE FROM finished_files) SELECT 1")


def ring(functions: Functions) -> list[str]:
    """Ring for the digest; the messages that were asked for by that."""
    before = {row[0] for row in rows(b"SELECT id FROM outbox WHERE subject = 'digest'")}
    functions.accepts("notify", event(str(uuid4()), "digest", DigestDue()))
    found = rows(b"SELECT id, data->>'text' FROM outbox WHERE subject = 'digest'")
    return [text for event_id, text in found if event_id not in before]


def finish_everything_else(world: World) -> None:
    """Files of other tests are under way for ever."""
    sql = (
        b"WITH done AS (UPDATE files SET status = 'cancelled' WHERE id <> %s"
        b" AND status IN ('uploaded', 'reading') RETURNING 1) SELECT 1"
    )
    rows(sql, world.file_id)


def test_people_are_told_of_a_file_that_has_finished(
    functions: Functions, world: World, telegram: Listener
) -> None:
    finish_everything_else(world)
    functions.accepts("notify", complete(world))
    assert ring(functions) == ["test.pdf: 1 page read"]
    assert ring(functions) == []


def test_people_are_told_how_many_pages_should_be_looked_at(
    functions: Functions, world: World, telegram: Listener
) -> None:
    finish_everything_else(world)
    doubted(world)
    [done] = world.events(FileCompleted)
    functions.accepts("notify", done)
    assert ring(functions) == ["test.pdf: 1 page read, 1 page to look at"]


def test_people_are_not_told_of_a_file_that_has_begun_anew_since(
    functions: Functions, api: Client, world: World, telegram: Listener
) -> None:
    done = complete(world)
    answer = api.post(f"/v1/files/{world.file_id}/retry", json={"pages": "1"})
    assert answer.status_code == 202, answer.get_data(as_text=True)
    functions.accepts("notify", done)
    assert rows(b"SELECT count(*) FROM finished_files") == [(0,)]


def test_people_are_told_of_a_pile_once_it_is_through(
    functions: Functions, telegram: Listener
) -> None:
    first, second = World.with_pages(functions, 1), World.with_pages(functions, 2)
    finish_everything_else(first)
    rows(
        b"WITH on_ AS (UPDATE files SET status = 'uploaded' WHERE id = %s) SELECT 1", second.file_id
    )
    functions.accepts("notify", complete(first))
    assert ring(functions) == []
    functions.accepts("notify", complete(second))
    assert ring(functions) == ["2 files finished, 2 of them whole; 3 pages read"]


def test_people_are_told_of_a_pile_that_takes_long_before_it_is_through(
    functions: Functions, telegram: Listener
) -> None:
    first, second = World.with_pages(functions, 1), World.with_pages(functions, 1)
    functions.accepts("notify", complete(first))
    rows(b"WITH old AS (UPDATE finished_files SET noted_at = now() - interval '11 min') SELECT 1")
    assert second.file()["status"] == "uploaded"
    assert ring(functions) == ["test.pdf: 1 page read"]


def test_a_message_goes_to_the_chat_and_the_token_into_no_log(
    functions: Functions, world: World, telegram: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    message = NotificationRequested(destination="telegram", text="2 files finished")
    asked = event(str(uuid4()), world.file_id, message)
    telegram.script.append(listener.answers(429, body=b'{"parameters": {"retry_after": 5}}'))
    assert failure(functions, asked) == "answered 429"
    telegram.script.append(listener.hangs_up)
    failure(functions, asked)
    functions.accepts("notify", asked)
    [*_, told] = telegram.told
    assert told.path == "/bot123:secret-token/sendMessage"
    assert told.json() == {
        "chat_id": "-42",
        "text": "2 files finished",
        "disable_web_page_preview": True,
    }
    assert "secret-token" not in caplog.text


def test_of_pages_people_are_told_when_they_asked_for_it(
    functions: Functions, world: World, telegram: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = event(
        str(uuid4()), world.file_id, PageRead(generation=1, page_number=7, provenance="model")
    )
    functions.accepts("notify", read)
    assert requests_of(world) == []
    monkeypatch.setenv("TELEGRAM_PAGES", "1")
    settings.current.cache_clear()
    functions.accepts("notify", read)
    [request] = requests_of(world)
    assert request.data.text == f"page 7 of {world.file_id} was read"
    assert UUID(request.id)


def test_of_a_page_to_look_at_people_are_told_why(
    functions: Functions, world: World, telegram: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEGRAM_PAGES", "1")
    settings.current.cache_clear()
    data = PageRead(generation=1, page_number=7, provenance="model")
    data.doubts.update({"damaged_content": "half of it is missing", "nothing_found": "no text"})
    functions.accepts("notify", event(str(uuid4()), world.file_id, data))
    [request] = requests_of(world)
    assert request.data.text == (
        f"page 7 of {world.file_id} was read; to look at: half of it is missing; no text"
    )


@pytest.fixture
def of_uploads(telegram: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    """People want to be told of files that come and go."""
    monkeypatch.setenv("TELEGRAM_UPLOADS", "1")
    settings.current.cache_clear()


def told_people(world: World) -> list[str]:
    return [request.data.text for request in requests_of(world) if request.data.text]


def deletion(world: World, number: int = 1, *, days_over: bool = False) -> Event[FilesDeleted]:
    data = FilesDeleted(round=number, days_over=days_over)
    return event(str(uuid4()), world.file_id, data)


@pytest.mark.usefixtures("of_uploads")
def test_people_are_told_once_of_a_file_that_came_however_often_it_is_announced(
    functions: Functions, world: World
) -> None:
    for _ in range(2):
        functions.accepts("notify", event(str(uuid4()), world.file_id, world.uploaded().data))
    again = FileUploaded(generation=2, name="test.pdf", object_key="k", size_bytes=1)
    functions.accepts("notify", event(str(uuid4()), world.file_id, again))
    assert told_people(world) == ["test.pdf was uploaded"]


@pytest.mark.usefixtures("of_uploads")
@pytest.mark.parametrize(("days_over", "why"), [(False, ""), (True, ", as its days were over")])
def test_people_are_told_once_of_a_file_that_went_and_why(
    functions: Functions, api: Client, world: World, *, days_over: bool, why: str
) -> None:
    assert api.delete(f"/v1/files/{world.file_id}").status_code == 204
    for number in (1, 1, 2):
        functions.accepts("notify", deletion(world, number, days_over=days_over))
    assert told_people(world) == [f"the file {world.file_id} was deleted{why}"]


@pytest.mark.usefixtures("of_uploads")
def test_people_are_told_of_a_file_that_went_so_long_ago_that_its_row_is_gone(
    functions: Functions, api: Client, world: World
) -> None:
    assert api.delete(f"/v1/files/{world.file_id}").status_code == 204
    assert rows(b"DELETE FROM files WHERE id = %s RETURNING 1", world.file_id)
    functions.accepts("notify", deletion(world))
    assert told_people(world) == [f"the file {world.file_id} was deleted"]


@pytest.mark.usefixtures("of_uploads")
def test_people_are_not_told_that_a_file_went_which_is_there(
    functions: Functions, world: World
) -> None:
    functions.accepts("notify", deletion(world))
    assert told_people(world) == []


@pytest.mark.usefixtures("telegram")
def test_of_files_that_come_and_go_people_are_told_only_if_they_asked_for_it(
    functions: Functions, api: Client, world: World
) -> None:
    functions.accepts("notify", world.uploaded())
    assert api.delete(f"/v1/files/{world.file_id}").status_code == 204
    functions.accepts("notify", deletion(world))
    assert told_people(world) == []
