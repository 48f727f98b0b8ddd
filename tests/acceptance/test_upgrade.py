"""What an earlier version left in mid-work, the version of today takes up and finishes.

The folder is that of tests/samples/upgrade: made once, by the version in its description, with
files at every step. It is upgrade up by `lector up`, by way of a model that knows each page.
"""

import base64
import hmac
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.acceptance.commandline import Done, Up, clear, environment, lector, up, wait_until
from tests.support import old_data, streams
from tests.support.listener import Listener, Told
from tests.support.marked_pages import Mark
from tests.support.old_data import Contents, Json
from tests.support.page_model import PageModel

# What a fixture does here is a whole start of Lector, and its work.
pytestmark = pytest.mark.timeout(240)

NAME = "2026-11-27"
DESCRIPTION = old_data.description(NAME)
FILES: dict[str, Json] = {file["name"]: file for file in DESCRIPTION["files"]}
PRESENT = [name for name, file in FILES.items() if file["state"] != "deleted"]
UNDER_WAY = [
    name
    for name, file in FILES.items()
    if file["state"] in ("uploaded", "reading") and file["becomes"] == "completed"
]
SETTLED = [name for name, file in FILES.items() if file["state"] == file["becomes"]]
# Pages whose text was kept apart from any file, as the answer to a question about an image.
KEPT = {
    tuple(page["shows"])
    for file in FILES.values()
    for page in file["pages"]
    if page["provenance"] == "cache"
}
RETRIABLE = [name for name, file in FILES.items() if file["retried"]]
WITHIN_S = 50
STATES = {
    "announced",
    "uploaded",
    "reading",
    "completed",
    "incomplete",
    "failed",
    "cancelled",
    "deleted",
}


@dataclass
class Upgrade:
    """A folder that was taken up.

    `files`, `pages` and `asked` are of the moment when nothing more happened by itself.
    """

    before: Contents
    running: Up
    http: httpx2.Client
    model: PageModel
    hook: Listener
    uploads: Path
    files: dict[str, Json]
    pages: dict[str, list[Json]]
    asked: Counter[Mark]

    def get(self, path: str) -> Any:
        return self.http.get(path).raise_for_status().json()

    def post(self, path: str, **request: Any) -> Any:
        return self.http.post(path, **request).raise_for_status().json()

    def lector(self, *words: str) -> Done:
        token = {"LECTOR_TOKEN": DESCRIPTION["token"]["token"]}
        return lector(*words, env=environment(self.running.data, token))

    def file(self, name: str) -> Json:
        found: Json = self.get(f"files/{FILES[name]['id']}")
        return found

    def texts(self, name: str) -> list[str | None]:
        pages = self.get(f"files/{FILES[name]['id']}/pages")["pages"]
        return [page["text"] for page in pages]

    def is_settled(self) -> bool:
        names = [*UNDER_WAY, "late.pdf"]
        return all(self.file(name)["status"] == FILES[name]["becomes"] for name in names)

    def becomes(self, name: str, state: str) -> None:
        wait_until(lambda: self.file(name)["status"] == state, WITHIN_S)

    def look(self) -> None:
        for name in PRESENT:
            self.files[name] = self.file(name)
            self.pages[name] = self.get(f"files/{FILES[name]['id']}/pages")["pages"]
        self.asked.update(self.model.asked)

    def rows(self, query: bytes) -> list[tuple[Any, ...]]:
        with self.running.database() as connection:
            return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def upgrade(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upgrade]:
    folder = tmp_path_factory.mktemp("upgrade")
    pages = [page for file in FILES.values() for page in file["pages"] if page["shows"]]
    model = PageModel({tuple(page["shows"]): page["text"] for page in pages})
    hook = Listener()
    settings = old_data.settings_of(DESCRIPTION, model.base_url)
    token = old_data.token_of(DESCRIPTION)
    try:
        old_data.unpack(NAME, folder)
        before = old_data.wake(folder / "data", DESCRIPTION["stopped_at"], hook.url)
        with (
            up(folder / "data", settings=settings) as running,
            httpx2.Client(base_url=f"{running.url}/v1", headers=token, timeout=20) as http,
        ):
            uploads = folder / "uploads"
            upgrade = Upgrade(before, running, http, model, hook, uploads, {}, {}, Counter())
            with suppress(AssertionError):  # what is not finished by then, the tests tell
                wait_until(upgrade.is_settled, WITHIN_S)
            upgrade.look()
            yield upgrade
    finally:
        model.stop()
        hook.stop()
        clear(folder)
        shutil.rmtree(folder)


# --- what was in the folder ----------------------------------------------------------------------


def test_the_folder_holds_files_and_pages_in_every_state(upgrade: Upgrade) -> None:
    assert upgrade.before.files == {file["id"]: file["state"] for file in FILES.values()}
    pages = {
        file["id"]: [page["state"] for page in file["pages"] if page["state"]]
        for file in FILES.values()
    }
    assert upgrade.before.pages == {file_id: states for file_id, states in pages.items() if states}
    assert set(upgrade.before.files.values()) == STATES
    states = {state for of_file in upgrade.before.pages.values() for state in of_file}
    assert states == {"pending", "rendered", "read", "failed"}


def test_the_folder_holds_events_that_are_not_published(upgrade: Upgrade) -> None:
    assert upgrade.before.unpublished == DESCRIPTION["unpublished"]
    assert len(upgrade.before.unpublished) >= 4


def test_the_folder_holds_messages_that_nobody_has_read_or_acked(upgrade: Upgrade) -> None:
    assert {n: vars(one) for n, one in upgrade.before.consumers.items()} == DESCRIPTION["consumers"]
    assert sum(one.unread for one in upgrade.before.consumers.values()) >= 2
    assert sum(one.in_hand > 0 for one in upgrade.before.consumers.values()) >= 6


# --- what became of it by itself -----------------------------------------------------------------


def test_all_migrations_have_run(upgrade: Upgrade) -> None:
    files = (Path(__file__).parents[2] / "migrations").glob("*.sql")
    run = {version for (version,) in upgrade.rows(b"SELECT version FROM schema_migrations")}
    assert run == {file.name.partition("_")[0] for file in files}


@pytest.mark.parametrize("name", UNDER_WAY)
def test_a_file_in_mid_work_is_finished_with_every_page(upgrade: Upgrade, name: str) -> None:
    assert upgrade.files[name]["status"] == "completed"
    assert upgrade.files[name]["page_count"] == len(FILES[name]["pages"])
    texts = [page["text"] for page in upgrade.pages[name]]
    assert texts == [page["text"] for page in FILES[name]["pages"]]


def test_a_page_that_was_read_keeps_its_text_and_is_not_asked_for_again(upgrade: Upgrade) -> None:
    for name in PRESENT:
        for page in (page for page in FILES[name]["pages"] if page["state"] == "read"):
            found = upgrade.pages[name][FILES[name]["pages"].index(page)]
            assert (found["status"], found["text"]) == ("read", page["text"])
            assert found["provenance"] == page["provenance"]
            mark = tuple(page["shows"] or ())
            assert mark in KEPT or not upgrade.asked[mark]


def test_nothing_speaks_against_a_page_that_was_read_before(upgrade: Upgrade) -> None:
    for name in PRESENT:
        file = upgrade.files[name]
        assert (file["text_layer"], file["describe"]) == (None, False)
        for page in (page for page in FILES[name]["pages"] if page["state"] == "read"):
            found = upgrade.pages[name][FILES[name]["pages"].index(page)]
            assert (found["doubts"], found["text_layer"]) == ([], None)


def test_the_model_is_asked_once_for_each_page_that_waited_for_it(upgrade: Upgrade) -> None:
    waited = [
        tuple(page["shows"])
        for name in UNDER_WAY
        for page in FILES[name]["pages"]
        if page["state"] != "read" and tuple(page["shows"]) not in KEPT
    ]
    asked = {mark: times for mark, times in upgrade.asked.items() if mark not in KEPT}
    assert asked == dict.fromkeys(waited, 1)


def test_an_answer_to_the_prompt_of_before_is_not_taken_for_one_to_that_of_today(
    upgrade: Upgrade,
) -> None:
    """The prompt says more by now, so the same image may well be answered otherwise."""
    [page] = upgrade.pages["twin.pdf"]
    assert page["provenance"] == "model"
    assert upgrade.asked[1, 3]


@pytest.mark.parametrize("name", [name for name in SETTLED if name in PRESENT])
def test_a_file_that_waits_for_nothing_stays_as_it_was(upgrade: Upgrade, name: str) -> None:
    file, pages = FILES[name], upgrade.pages[name]
    found = upgrade.files[name]
    assert (found["status"], found["error_code"]) == (file["state"], file["error_code"])
    states = [page["state"] for page in file["pages"] if page["state"]]
    assert [page["status"] for page in pages] == states


def test_a_dead_letter_on_its_way_becomes_a_failed_page(upgrade: Upgrade) -> None:
    assert upgrade.files["late.pdf"]["status"] == "incomplete"
    read, failed = upgrade.pages["late.pdf"]
    assert (read["status"], failed["status"]) == ("read", "failed")
    assert failed["error_code"] == "model_refused"
    assert not upgrade.asked[15, 2]


def test_each_step_of_a_page_is_announced_once(upgrade: Upgrade) -> None:
    found = events_since(upgrade, "0-0")
    counts = Counter((event["type"], event["subject"]) for event in found)
    for name in [*UNDER_WAY, "late.pdf", "quick.pdf"]:
        file_id, pages = FILES[name]["id"], len(FILES[name]["pages"])
        read = upgrade.files[name]["progress"]["read"]
        assert counts["lector.file.uploaded", file_id] == 1
        assert counts["lector.page.registered", file_id] == pages
        assert counts["lector.page.read", file_id] == read
        assert counts["lector.page.failed", file_id] == pages - read
        assert counts["lector.file.completed", file_id] == 1


def test_somebody_who_watched_before_goes_on_without_a_gap(upgrade: Upgrade) -> None:
    found = events_since(upgrade, DESCRIPTION["last_event_id"])
    assert completed(found) >= {FILES[name]["id"] for name in UNDER_WAY}


def test_durable_consumers_go_on_and_leave_nothing_behind(upgrade: Upgrade) -> None:
    def drained() -> bool:
        found = streams.consumers(upgrade.running.data)
        assert {name: found[name].created for name in upgrade.before.consumers} == {
            name: one.created for name, one in upgrade.before.consumers.items()
        }
        return not any(
            found[name].unread or found[name].in_hand for name in upgrade.before.consumers
        )

    wait_until(drained, WITHIN_S)


def test_the_outbox_drains(upgrade: Upgrade) -> None:
    waiting = b"SELECT type FROM outbox WHERE published_at IS NULL"
    wait_until(lambda: upgrade.rows(waiting) == [], WITHIN_S)


def test_the_webhook_stays_and_is_told_of_what_it_was_not_told_before(upgrade: Upgrade) -> None:
    [hook] = upgrade.get("webhooks")["webhooks"]
    wanted = DESCRIPTION["webhook"]
    assert (hook["id"], hook["types"], hook["disabled_at"]) == (wanted["id"], wanted["types"], None)

    def told() -> Counter[str]:
        deliveries = upgrade.hook.of_type("lector.file.completed")
        return Counter(str(one.headers["ce-subject"]) for one in deliveries)

    now_finished = [*UNDER_WAY, "late.pdf", "quick.pdf"]
    of_pages = "lector.page.failed"
    wait_until(lambda: bool(upgrade.hook.of_type(of_pages)), WITHIN_S)
    wait_until(lambda: len(told()) >= len(now_finished), WITHIN_S)
    assert told() == {FILES[name]["id"]: 1 for name in now_finished}
    [of_page] = upgrade.hook.of_type(of_pages)
    assert of_page.headers["ce-subject"] == FILES["late.pdf"]["id"]
    assert of_page.headers["webhook-signature"] == signature(wanted["secret"], of_page)


@pytest.mark.slow
def test_what_was_deleted_goes_when_its_time_has_come(upgrade: Upgrade) -> None:
    forgotten, dropped = FILES["forgotten.pdf"]["id"], FILES["dropped.pdf"]["id"]
    tombstones = b"SELECT id::text FROM files WHERE status = 'deleted'"
    wait_until(lambda: upgrade.rows(tombstones) == [(forgotten,)], WITHIN_S)
    for file_id in (forgotten, dropped):
        assert upgrade.http.get(f"files/{file_id}").status_code == 404
        assert not [key for key in upgrade.running.objects() if file_id in key]


def test_a_token_of_before_lets_in_whoever_has_it(upgrade: Upgrade) -> None:
    """All that is asked here is asked with it."""
    assert httpx2.get(f"{upgrade.running.url}/v1/files").status_code == 401
    [token] = upgrade.get("tokens")["tokens"]
    wanted = DESCRIPTION["token"]
    assert (token["id"], token["name"]) == (wanted["id"], wanted["name"])


def test_a_dead_letter_that_was_kept_is_still_listed(upgrade: Upgrade) -> None:
    done = upgrade.lector("dead", "--json")
    [letter] = json.loads(done.out)["dead_letters"]
    assert {name: letter[name] for name in DESCRIPTION["dead_letter"]} == DESCRIPTION["dead_letter"]


def test_both_versions_of_a_page_that_was_read_twice_are_there(upgrade: Upgrade) -> None:
    versions = upgrade.get(f"files/{FILES['minutes.pdf']['id']}/pages/1/versions")["versions"]
    text = FILES["minutes.pdf"]["pages"][0]["text"]
    assert [one["text"] for one in versions] == [text, text.removesuffix(" Read again.")]


def test_what_was_read_before_and_since_is_found(upgrade: Upgrade) -> None:
    spanish = upgrade.get("search?q=bibliotecas")["hits"]
    assert [hit["file_id"] for hit in spanish] == [FILES["carta.pdf"]["id"]]
    since = upgrade.get("search?q=document+18+page+2")["hits"]
    assert [(hit["file_id"], hit["page"]) for hit in since] == [(FILES["uploaded.pdf"]["id"], 2)]


# --- what people do with it then -----------------------------------------------------------------


def test_a_file_that_was_announced_can_still_be_uploaded(upgrade: Upgrade) -> None:
    content = (upgrade.uploads / "announced.pdf").read_bytes()
    announced = upgrade.post(
        "files",
        json={"name": "announced.pdf", "size_bytes": len(content)},
        headers={"Idempotency-Key": DESCRIPTION["idempotency_key"]},
    )
    assert announced["id"] == FILES["announced.pdf"]["id"]
    target = announced["upload"]
    httpx2.put(target["url"], content=content, headers=target["headers"]).raise_for_status()
    finishes_once_confirmed(upgrade, "announced.pdf")


def test_a_file_that_lay_there_unconfirmed_can_be_confirmed(upgrade: Upgrade) -> None:
    finishes_once_confirmed(upgrade, "stored.pdf")


def test_an_upload_in_parts_goes_on_with_the_part_that_is_missing(upgrade: Upgrade) -> None:
    wanted = upgrade.post(f"files/{FILES['parts.pdf']['id']}/parts")
    first, last = wanted["parts"]
    assert (first["stored"], last["stored"]) == (True, False)
    content = (upgrade.uploads / "parts.pdf").read_bytes()[wanted["part_bytes"] :]
    httpx2.put(last["url"], content=content).raise_for_status()
    finishes_once_confirmed(upgrade, "parts.pdf")


@pytest.fixture(scope="module")
def again(upgrade: Upgrade) -> dict[str, list[Json]]:
    """The pages of all files that somebody tried again."""
    ids = [FILES[name]["id"] for name in RETRIABLE]
    done = upgrade.lector("retry", *ids)
    assert done.code == 0, done.err
    for name in RETRIABLE:
        upgrade.becomes(name, FILES[name]["retried"])
    return {name: upgrade.get(f"files/{FILES[name]['id']}/pages")["pages"] for name in RETRIABLE}


@pytest.mark.parametrize("name", RETRIABLE)
def test_another_attempt_reads_what_failed_and_nothing_else(
    upgrade: Upgrade, again: dict[str, list[Json]], name: str
) -> None:
    pages = FILES[name]["pages"]
    assert [page["text"] for page in again[name]] == [page["text"] for page in pages]
    marks = {tuple(page["shows"]): page["state"] for page in pages}
    asked = {mark: upgrade.model.asked[mark] for mark in marks if mark not in KEPT}
    assert asked == {mark: int(marks[mark] != "read") for mark in asked}


def test_another_attempt_does_not_take_a_late_answer_to_the_prompt_of_before(
    upgrade: Upgrade, again: dict[str, list[Json]]
) -> None:
    assert [page["provenance"] for page in again["stopped.pdf"]][2] == "model"
    assert upgrade.model.asked[8, 3]


def test_nothing_lies_in_the_object_store_that_belongs_to_no_file(upgrade: Upgrade) -> None:
    done = upgrade.lector("gc", "--dry-run", "--json")
    assert json.loads(done.out) == {"unconfirmed": [], "orphans": []}


def signature(secret: str, delivery: Told) -> str:
    """How Standard Webhooks has a delivery signed."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    about = f"{delivery.headers['webhook-id']}.{delivery.headers['webhook-timestamp']}."
    signed = hmac.digest(key, about.encode() + delivery.body, "sha256")
    return f"v1,{base64.b64encode(signed).decode()}"


def finishes_once_confirmed(upgrade: Upgrade, name: str) -> None:
    upgrade.post(f"files/{FILES[name]['id']}/confirm")
    upgrade.becomes(name, "completed")
    assert upgrade.texts(name) == [page["text"] for page in FILES[name]["pages"]]


def completed(found: list[Json]) -> set[str]:
    return {event["subject"] for event in found if event["type"] == "lector.file.completed"}


def events_since(upgrade: Upgrade, place: str) -> list[Json]:
    """What a watcher who comes back is told, once it tells of the end of all that was under way."""
    found: list[Json] = []

    def tells_the_end() -> bool:
        found[:] = events(upgrade, place)
        return completed(found) >= {FILES[name]["id"] for name in [*UNDER_WAY, "late.pdf"]}

    wait_until(tells_the_end, WITHIN_S)
    return found


def events(upgrade: Upgrade, place: str) -> list[Json]:
    """What a watcher who comes back is told at once."""
    found: list[Json] = []
    kind = ""
    with upgrade.http.stream("GET", "events", headers={"Last-Event-ID": place}) as stream:
        for line in stream.iter_lines():
            name, _, value = line.partition(": ")
            if name == "event":
                kind = value
            elif name == "data" and not kind:
                found.append(json.loads(value))
            elif not line:
                assert kind != "reset", "events in between are lost"
                if kind == "hello":
                    break
                kind = ""
    return found
