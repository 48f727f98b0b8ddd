"""Forged events of every type, POSTed to every function: nothing that lives changes.

Who gets that far has passed the network and the callers' secret. What is left to hold is that an
event alone destroys, overwrites and fetches nothing: the ledger is asked, keys are made from ids.
"""

import hashlib
from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from lector.contracts import (
    DeliveryFailed,
    DigestDue,
    Failure,
    FileCancelled,
    FileCompleted,
    FileFailed,
    FileOpened,
    FileRetried,
    FilesDeleted,
    FileUploaded,
    LedgerStalled,
    NotificationRequested,
    ObjectsRemoved,
    OutboxWritten,
    PageCorrected,
    PageFailed,
    PageImage,
    PageRead,
    PageRegistered,
    PageRestored,
    PagesExtracted,
    PagesRendered,
    PagesRequested,
    PageVerified,
    RenderedPage,
    TextLayer,
    VerificationRequested,
    WebhookTested,
)
from lector.domain import object_keys
from lector.domain.functions import FUNCTIONS
from lector.domain.states import LayerVerdict
from lector.runtime import events, object_store
from lector.runtime.events import Event
from tests.support.called import Functions, event
from tests.support.model import ScriptedModel, completion
from tests.support.world import World, rows

REASON = Failure(code="stalled", detail="it is forged")
SHA256 = "0" * 64
BEYOND_INT4 = 2**31 + 7


@dataclass(frozen=True)
class Victims:
    """Files of generation 1 with two pages each, at every stage."""

    waiting: UUID
    """It waits to be opened."""
    pending: UUID
    """Its pages wait for their images."""
    rendered: UUID
    """Its pages wait for their texts."""
    read: UUID
    """It is finished."""
    foreign: UUID
    """It is finished, and another tenant's."""
    deleted: UUID
    """A tombstone; a second removal of its objects is not announced yet."""


@pytest.fixture
def worlds(functions: Functions, model: ScriptedModel) -> dict[str, World]:
    model.otherwise = completion("worth keeping")
    return make_worlds(functions)


@pytest.fixture
def victims(worlds: dict[str, World]) -> Victims:
    return Victims(**{name: world.file_id for name, world in worlds.items()})


@pytest.fixture(scope="module")
def unharmed(functions: Functions, model_server: ScriptedModel) -> Victims:
    """Victims that all forgeries are tried on, as none of them may change anything."""
    model_server.reset()
    model_server.otherwise = completion("worth keeping")
    worlds = make_worlds(functions)
    # So that a ring has the relay send nothing: it would keep a connection.
    rows(b"UPDATE outbox SET published_at = now() WHERE published_at IS NULL RETURNING 1")
    return Victims(**{name: world.file_id for name, world in worlds.items()})


def make_worlds(functions: Functions) -> dict[str, World]:
    worlds = {name: World.with_pages(functions) for name in Victims.__annotations__}
    worlds["pending"].requested()
    worlds["rendered"].registered()
    for name in ("read", "foreign", "deleted"):
        worlds[name].read()
    rows(
        b"UPDATE files SET tenant = 'another' WHERE id = %s RETURNING 1", worlds["foreign"].file_id
    )
    path = f"/v1/files/{worlds['deleted'].file_id}"
    assert functions.clients["upload"].delete(path).status_code == 204
    return worlds


def original(file_id: UUID) -> str:
    return object_keys.original_key(file_id)


def image(file_id: UUID, number: int, **changes: Any) -> PageImage:
    """The image of a page, as render would tell of it."""
    told = {
        "object_key": object_keys.image_key(file_id, number),
        "sha256": SHA256,
        "width_px": 1000,
        "height_px": 1414,
    }
    return PageImage(**{**told, **changes})


def rendered(
    pictured: PageImage, number: int = 1, generation: int = 1, **more: Any
) -> PagesRendered:
    page = RenderedPage(page_number=number, image=pictured, **more)
    return PagesRendered(generation=generation, pages=[page])


def uploaded(key: str, generation: int = 1, **more: Any) -> FileUploaded:
    return FileUploaded(generation=generation, object_key=key, name="a.pdf", size_bytes=10, **more)


def letter(about: Event[Any], function: str, **more: Any) -> DeliveryFailed:
    """A dead letter that says of an event that a function gave it up."""
    headers, body = events.to_http(about)
    told = {"failure": REASON, "attempts": 8, "headers": headers, "body": body, **more}
    return DeliveryFailed(function=function, **told)


def upload_of(file_id: UUID) -> Event[FileUploaded]:
    return event("x", file_id, uploaded(original(file_id)))


Forgery = Callable[[Victims], tuple[object, Any]]

# What is forged, as a subject and its data. None of it is true of the file that it is about.
FORGERIES: dict[str, Forgery] = {
    # Deletion of what lives.
    "deletes a file that is read": lambda v: (v.read, FilesDeleted(round=1)),
    "deletes a file under way, a second time": lambda v: (v.pending, FilesDeleted(round=2)),
    "deletes a file that waits": lambda v: (v.waiting, FilesDeleted(round=BEYOND_INT4)),
    "deletes another tenant's file": lambda v: (v.foreign, FilesDeleted(round=2)),
    "deletes whatever begins so": lambda _: ("", FilesDeleted(round=1)),
    "deletes by a path": lambda v: (f"{uuid4()}/../{v.read}", FilesDeleted(round=1)),
    "deletes by another spelling": lambda v: (v.read.hex, FilesDeleted(round=1)),
    "says that a living file's objects are gone": lambda v: (v.read, ObjectsRemoved(round=2)),
    "says that a tombstone's objects are gone": lambda v: (v.deleted, ObjectsRemoved(round=2)),
    "says so of a round that never was": lambda v: (v.deleted, ObjectsRemoved(round=BEYOND_INT4)),
    # Openings.
    "opens a file as another": lambda v: (
        v.waiting,
        FileOpened(generation=1, object_key=original(v.read), page_count=2),
    ),
    "opens a file by a path": lambda v: (
        v.waiting,
        FileOpened(
            generation=1, object_key=f"files/{v.waiting}/../{v.read}/original.pdf", page_count=2
        ),
    ),
    "makes up pages": lambda v: (
        v.waiting,
        FileOpened(generation=1, object_key=original(v.waiting), page_count=51),
    ),
    "makes up more pages than there is memory for": lambda v: (
        v.waiting,
        FileOpened(generation=1, object_key=original(v.waiting), page_count=2**32 - 1),
    ),
    "makes up what is no hash of a file": lambda v: (
        v.waiting,
        FileOpened(
            generation=1, object_key=original(v.waiting), page_count=2, sha256="../" * 21 + "x"
        ),
    ),
    "opens a file of a newer generation": lambda v: (
        v.waiting,
        FileOpened(generation=2, object_key=original(v.waiting), page_count=2),
    ),
    "opens a file that is read": lambda v: (
        v.read,
        FileOpened(generation=1, object_key=original(v.read), page_count=1),
    ),
    "opens a tombstone": lambda v: (
        v.deleted,
        FileOpened(generation=2, object_key=original(v.deleted), page_count=2),
    ),
    # Uploads and requests.
    "uploads what is read": lambda v: (v.read, uploaded(original(v.read))),
    "uploads what is another tenant's": lambda v: (
        v.foreign,
        uploaded(original(v.read), tenant="default"),
    ),
    "uploads a newer generation": lambda v: (v.waiting, uploaded(original(v.waiting), 2)),
    "uploads a tombstone": lambda v: (v.deleted, uploaded(original(v.deleted), 2)),
    "requests pages that are read": lambda v: (
        v.read,
        PagesRequested(generation=1, object_key=original(v.waiting), page_numbers=[1, 2]),
    ),
    "requests pages that are not there": lambda v: (
        v.pending,
        PagesRequested(generation=1, object_key=original(v.pending), page_numbers=[3, BEYOND_INT4]),
    ),
    "requests pages of a newer generation": lambda v: (
        v.pending,
        PagesRequested(generation=2, object_key=original(v.pending), page_numbers=[1, 2]),
    ),
    # Images.
    "registers another file's image": lambda v: (v.pending, rendered(image(v.read, 1))),
    "registers another tenant's image": lambda v: (v.pending, rendered(image(v.foreign, 1))),
    "registers another page's image": lambda v: (v.pending, rendered(image(v.pending, 2))),
    "registers the original as an image": lambda v: (
        v.pending,
        rendered(image(v.pending, 1, object_key=original(v.pending))),
    ),
    "registers an image by a path": lambda v: (
        v.pending,
        rendered(image(v.pending, 1, object_key=f"files/{v.pending}/../{v.read}/pages/00001.jpg")),
    ),
    "registers a blank page elsewhere": lambda v: (
        v.pending,
        rendered(image(v.read, 1, blank=True)),
    ),
    "registers one image that is not its own among others": lambda v: (
        v.pending,
        PagesRendered(
            generation=1,
            pages=[
                RenderedPage(page_number=1, image=image(v.pending, 1)),
                RenderedPage(page_number=2, image=image(v.read, 2)),
            ],
        ),
    ),
    "registers an image without a digest": lambda v: (
        v.pending,
        rendered(image(v.pending, 1, sha256="../" * 21 + "x")),
    ),
    "registers a page with neither an image nor a failure": lambda v: (
        v.pending,
        PagesRendered(generation=1, pages=[RenderedPage(page_number=1)]),
    ),
    "registers a blank page that carries text": lambda v: (
        v.pending,
        rendered(
            image(v.pending, 1, blank=True),
            text_layer=TextLayer(sha256="a" * 64, verdict=LayerVerdict.TRUSTED),
        ),
    ),
    "registers an image as large as a country": lambda v: (
        v.pending,
        rendered(image(v.pending, 1, width_px=2**32 - 1)),
    ),
    "registers an image that took less than no time": lambda v: (
        v.pending,
        rendered(image(v.pending, 1), render_s=float("nan")),
    ),
    "registers a page that is not there": lambda v: (
        v.pending,
        rendered(image(v.pending, 3), number=3),
    ),
    "registers images of a newer generation": lambda v: (
        v.pending,
        rendered(image(v.pending, 1), generation=2),
    ),
    "registers what is read": lambda v: (v.read, rendered(image(v.read, 1))),
    "fails a page that is read": lambda v: (
        v.read,
        PagesRendered(generation=1, pages=[RenderedPage(page_number=1, failure=REASON)]),
    ),
    # Readings.
    "has a page read again": lambda v: (
        v.read,
        PageRegistered(generation=1, page_number=1, image=image(v.read, 1)),
    ),
    "has a page read with another's image": lambda v: (
        v.pending,
        PageRegistered(generation=1, page_number=1, image=image(v.read, 1)),
    ),
    "has a page read that is not there": lambda v: (
        v.rendered,
        PageRegistered(generation=1, page_number=BEYOND_INT4, image=image(v.read, 1)),
    ),
    "has a page read in a newer generation": lambda v: (
        v.rendered,
        PageRegistered(generation=2, page_number=1, image=image(v.rendered, 1)),
    ),
    "takes what a page carries, which it carries not": lambda v: (
        v.rendered,
        PagesExtracted(generation=1, page_numbers=[1, 2]),
    ),
    "takes what a read page carries": lambda v: (
        v.read,
        PagesExtracted(generation=1, page_numbers=[1, BEYOND_INT4]),
    ),
    "registers text whose digest is none": lambda v: (
        v.pending,
        rendered(
            image(v.pending, 1), text_layer=TextLayer(sha256="a" * 63, verdict=LayerVerdict.TRUSTED)
        ),
    ),
    "registers text with a verdict that there is none of": lambda v: (
        v.pending,
        rendered(image(v.pending, 1), text_layer=TextLayer(sha256="a" * 64, verdict="believed")),
    ),
    # Dead letters.
    "gives up a file that is read": lambda v: (v.read, letter(upload_of(v.read), "render")),
    "gives up another file than it says": lambda v: (
        v.read,
        letter(upload_of(v.waiting), "render"),
    ),
    "gives up a file for a function that only watches": lambda v: (
        v.waiting,
        letter(upload_of(v.waiting), "notify"),
    ),
    "gives up a file of a newer generation": lambda v: (
        v.waiting,
        letter(event("x", v.waiting, uploaded(original(v.waiting), 2)), "render"),
    ),
    "gives up pages as another function": lambda v: (
        v.pending,
        letter(
            event(
                "x",
                v.pending,
                PagesRequested(generation=1, object_key="k", page_numbers=[1, 2]),
            ),
            "llm",
        ),
    ),
    "gives up pages that moved on": lambda v: (
        v.rendered,
        letter(
            event(
                "x",
                v.rendered,
                PagesRequested(generation=1, object_key="k", page_numbers=[1, 2, BEYOND_INT4]),
            ),
            "render",
            attempts=2**32 - 1,
        ),
    ),
    "gives up what nobody believed": lambda v: (
        v.pending,
        letter(
            event("x", v.pending, rendered(image(v.read, 1))),
            "register",
            failure=Failure(code="contradicts_ledger", detail="so it was"),
        ),
    ),
    "gives up garbage": lambda v: (
        v.pending,
        DeliveryFailed(function="render", failure=REASON, attempts=1, body=b"\xff"),
    ),
    # What only watchers take, and doorbells.
    "tells that a file is complete": lambda v: (
        v.pending,
        FileCompleted(generation=1, status="completed", pages_read=2),
    ),
    "tells that a file failed": lambda v: (v.read, FileFailed(generation=1, failure=REASON)),
    "tells that a file was cancelled": lambda v: (v.pending, FileCancelled(generation=1)),
    "tells that a file is retried": lambda v: (v.read, FileRetried(generation=2)),
    "tells that a page is read": lambda v: (
        v.pending,
        PageRead(generation=1, page_number=1, provenance="model"),
    ),
    "tells that a page failed": lambda v: (
        v.read,
        PageFailed(generation=1, page_number=1, failure=REASON),
    ),
    "tells that a page is restored": lambda v: (
        v.read,
        PageRestored(generation=1, page_number=1, version=7),
    ),
    "tells that a page is corrected": lambda v: (
        v.read,
        PageCorrected(generation=1, page_number=1, version=7),
    ),
    "wants a page verified": lambda v: (
        v.read,
        VerificationRequested(generation=1, page_numbers=[1]),
    ),
    "tells that a page is verified": lambda v: (
        v.read,
        PageVerified(generation=1, page_number=1, verification="verified", agreement=1.0),
    ),
    "notifies nobody": lambda v: (v.read, NotificationRequested(destination=f"../{v.read}")),
    "notifies a webhook that is none": lambda v: (
        v.read,
        NotificationRequested(destination=str(v.read), headers={"ce-id": "x"}, body=b"x"),
    ),
    "tests a webhook": lambda _: ("test", WebhookTested()),
    "rings for the digest": lambda _: ("digest", DigestDue()),
    "rings for the relay": lambda _: ("outbox", OutboxWritten()),
    "rings for the sweep": lambda _: ("ledger", LedgerStalled()),
}


def snapshot(victims: Victims) -> dict[str, object]:
    """All that is kept of the victims; when a row was published is of no importance here."""
    ids = list(astuple(victims))
    outbox = b"SELECT id, type, data FROM outbox WHERE subject = ANY (%s::text[]) ORDER BY position"
    per_page = b" USING (page_id) WHERE file_id = ANY (%s) ORDER BY page_id, version"
    store = object_store.store()
    keys = [key for file_id in ids for key in store.keys(object_keys.folder(file_id))]
    return {
        "files": rows(b"SELECT * FROM files WHERE id = ANY (%s) ORDER BY id", ids),
        "pages": rows(b"SELECT * FROM pages WHERE file_id = ANY (%s) ORDER BY id", ids),
        "versions": rows(
            b"SELECT v.* FROM page_versions v JOIN (SELECT id AS page_id, file_id FROM pages) p"
            + per_page,
            ids,
        ),
        "outbox": rows(outbox, [str(one) for one in ids]),
        "readings": rows(b"SELECT * FROM readings ORDER BY key"),
        "webhooks": rows(b"SELECT * FROM webhooks ORDER BY id"),
        "tokens": rows(b"SELECT * FROM tokens ORDER BY id"),
        "finished": rows(b"SELECT * FROM finished_files WHERE file_id = ANY (%s)", ids),
        "objects": {key: hashlib.sha256(store.get(key)).hexdigest() for key in keys},
    }


def test_a_forgery_of_every_type_is_in_the_table(unharmed: Victims) -> None:
    forged = {type(data) for _, data in (forgery(unharmed) for forgery in FORGERIES.values())}
    assert forged == set(events.MESSAGES.values())


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_event_changes_nothing_that_lives(
    functions: Functions, unharmed: Victims, model: ScriptedModel, name: str
) -> None:
    subject, data = FORGERIES[name](unharmed)
    forged = event(f"forged {name}", subject, data)
    before, calls = snapshot(unharmed), len(model.requests)
    answers = {function: functions.call(function, forged).status_code for function in FUNCTIONS}
    assert snapshot(unharmed) == before
    assert len(model.requests) == calls
    assert set(answers.values()) <= {204, 404, 405, 422}, answers


def test_what_cannot_be_true_is_refused_for_good_and_says_why(
    functions: Functions, victims: Victims
) -> None:
    forged = event("c", victims.pending, rendered(image(victims.read, 1)))
    answer = functions.call("register", forged)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "contradicts_ledger")
    assert object_keys.image_key(victims.read, 1) in answer.get_json()["detail"]


def test_a_refused_forgery_is_listed_and_its_pages_go_on(
    functions: Functions, victims: Victims, worlds: dict[str, World]
) -> None:
    forged = event("c", victims.pending, rendered(image(victims.read, 1)))
    problem = functions.call("register", forged).get_json()
    failure = Failure(code=problem["code"], detail=problem["detail"])
    about = letter(forged, "register", failure=failure)
    functions.accepts("register", event(str(uuid4()), victims.pending, about))
    listed = functions.clients["upload"].get("/v1/dead-letters").get_json()["dead_letters"]
    assert "contradicts_ledger" in [one["error_code"] for one in listed]
    world = worlds["pending"]
    world.read()
    assert world.file()["status"] == "completed"


@pytest.mark.parametrize(
    "told", ["files/gone.pdf", "files/x/../{read}/original.pdf", "files/{read}/original.pdf"]
)
def test_a_key_in_an_event_is_not_followed(
    functions: Functions, worlds: dict[str, World], victims: Victims, told: str
) -> None:
    """The file's own pages are counted and drawn, wherever the event says that it lies."""
    told = told.format(read=victims.read)
    opened = functions.reply("render", event("c", victims.waiting, uploaded(told)))
    assert opened.data.object_key == original(victims.waiting)
    request = PagesRequested(generation=1, object_key=told, page_numbers=[1])
    [drawn] = functions.reply("render", event("c", victims.pending, request)).data.pages
    true, _ = worlds["pending"].rendered()
    assert drawn.image == true.data.pages[0].image


def test_a_forged_digest_of_an_upload_does_not_fail_the_file(
    functions: Functions, victims: Victims
) -> None:
    forged = uploaded(original(victims.waiting), sha256=SHA256)
    functions.reply("render", event("c", victims.waiting, forged))


def test_a_forged_image_digest_leaves_no_reading_that_outlives_its_file(
    functions: Functions, worlds: dict[str, World], victims: Victims
) -> None:
    [[true]] = rows(
        b"SELECT image_sha256 FROM pages WHERE file_id = %s AND number = 1", victims.rendered
    )
    told = PageRegistered(generation=1, page_number=1, image=image(victims.rendered, 1))
    functions.accepts("llm", event("c", victims.rendered, told))
    assert rows(b"SELECT FROM readings WHERE image_sha256 = %s", SHA256) == []
    assert len(rows(b"SELECT FROM readings WHERE image_sha256 = %s", true)) == 1


@pytest.mark.parametrize(
    "forged",
    [
        FilesDeleted(round=1),
        FileCompleted(generation=2, status="completed"),
        PageRead(generation=2, page_number=1, provenance="model"),
    ],
    ids=lambda forged: type(forged).__name__,
)
def test_no_webhook_is_told_what_the_ledger_knows_to_be_wrong(
    functions: Functions, worlds: dict[str, World], forged: Any
) -> None:
    api, world = functions.clients["upload"], worlds["read"]
    hook = {"url": "http://127.0.0.1:9/hook", "types": [events.type_of(forged)]}
    made = api.post("/v1/webhooks", json=hook).get_json()
    functions.accepts("notify", event("c", world.file_id, forged))
    assert world.events(NotificationRequested) == []
    assert api.delete(f"/v1/webhooks/{made['id']}").status_code == 204


def test_a_tombstone_loses_its_objects_as_the_ledger_says_so(
    functions: Functions, victims: Victims
) -> None:
    reply = functions.reply("render", event("c", victims.deleted, FilesDeleted(round=1)))
    assert reply.data == ObjectsRemoved(round=1)
    assert list(object_store.store().keys(object_keys.folder(victims.deleted))) == []
