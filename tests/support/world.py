"""What tests of functions start from: files at every stage, and a look at rows and outbox."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from google.protobuf import json_format

from lector.contracts import (
    FileOpened,
    FileUploaded,
    PageRegistered,
    PagesExtracted,
    PagesRendered,
    PagesRequested,
    RenderedPage,
)
from lector.domain import object_keys, originals, text_layers
from lector.domain.states import LayerVerdict
from lector.domain.text_layers import TextLayer
from lector.runtime import database, events, object_store
from lector.runtime.events import Event
from tests.support.called import Functions
from tests.support.pdfs import drawn_pdf


def rows(sql: bytes, *parameters: object) -> list[tuple[Any, ...]]:
    """The rows of a query, as a test sees them from outside."""
    with database.transaction() as connection:
        return connection.execute(sql, parameters).fetchall()


def announced(file_id: UUID) -> list[Event[Any]]:
    """What the outbox holds about a file, in order."""
    found = rows(
        b"SELECT id, source, type, data, traceparent FROM outbox WHERE subject = %s"
        b" ORDER BY position",
        str(file_id),
    )
    return [
        Event(
            id=str(event_id),
            source=source,
            subject=str(file_id),
            data=json_format.ParseDict(data, events.MESSAGES[event_type]()),
            trace={"traceparent": traceparent} if traceparent else {},
        )
        for event_id, source, event_type, data, traceparent in found
    ]


def carried(number: int) -> str:
    """What the page of this number carries."""
    return f"what page {number} carries"


@dataclass
class World:
    """A file and the functions it goes through; each step hands the last step's event on."""

    functions: Functions
    file_id: UUID
    replies: dict[str, Event[Any]] = field(default_factory=dict)

    @classmethod
    def with_file(cls, functions: Functions, pdf: bytes, **options: Any) -> "World":
        """A file that was announced, stored and confirmed."""
        client = functions.clients["upload"]
        body = {"name": "test.pdf", "size_bytes": len(pdf), **options}
        created = client.post("/v1/files", json=body).get_json()
        file_id = UUID(created["id"])
        object_store.store().put(object_keys.original_key(file_id), pdf, originals.PDF.media_type)
        assert client.post(f"/v1/files/{file_id}/confirm").status_code == 202
        return cls(functions, file_id)

    @classmethod
    def with_pages(cls, functions: Functions, count: int = 2, **options: Any) -> "World":
        """A confirmed file with that many pages, unlike any other, so nothing is cached.

        They carry no text: what the model says of them is all that is known.
        """
        pages = drawn_pdf([f"page {n + 1} {uuid4()}" for n in range(count)])
        return cls.with_file(functions, pages, **options)

    @classmethod
    def with_text(cls, functions: Functions, count: int = 2) -> "World":
        """The same, but the text that `extracted` has them carry is to be taken from there."""
        return cls.with_pages(functions, count, text_layer="auto")

    def events(self, kind: type) -> list[Event[Any]]:
        """What was announced of one type."""
        return [event for event in announced(self.file_id) if isinstance(event.data, kind)]

    def uploaded(self) -> Event[FileUploaded]:
        return self.events(FileUploaded)[0]

    def opened(self) -> Event[FileOpened]:
        """What render replied, without the page that it drew on the way: each goes all steps."""
        opened = self.opened_with_first_page()
        opened.data.ClearField("first_page")
        return opened

    def opened_with_first_page(self) -> Event[FileOpened]:
        return self._rendered_once(self.uploaded())

    def requested(self) -> list[Event[PagesRequested]]:
        self.functions.accepts("register", self.opened())
        return self.events(PagesRequested)

    def rendered(self) -> list[Event[PagesRendered]]:
        return [self._rendered_once(event) for event in self.requested()]

    def _rendered_once(self, event: Event[Any]) -> Event[Any]:
        """What render replied to an event; later it has nothing to say, as the work is done."""
        if event.id not in self.replies:
            self.replies[event.id] = self.functions.reply("render", event)
        return self.replies[event.id]

    def registered(self) -> list[Event[PageRegistered]]:
        for event in self.rendered():
            self.functions.accepts("register", event)
        return self.events(PageRegistered)

    def extracted(self) -> list[Event[PagesExtracted]]:
        """Register the images of pages that carry a text each (`carried`)."""
        for event in self.rendered():
            for page in event.data.pages:
                self.carry(page, carried(page.page_number))
            self.functions.accepts("register", event)
        return self.events(PagesExtracted)

    def carry(self, page: RenderedPage, text: str, verdict: str = LayerVerdict.TRUSTED) -> None:
        """Have a page carry a text, whatever render has found on it."""
        encoded = text_layers.encode(TextLayer(text, [[text, 0.1, 0.1, 0.9, 0.2]], []))
        key = object_keys.layer_key(self.file_id, page.page_number)
        object_store.store().put(key, encoded, object_store.JSON)
        page.text_layer.sha256 = sha256(encoded).hexdigest()
        page.text_layer.verdict = verdict

    def read(self) -> None:
        for event in self.registered():
            self.functions.accepts("llm", event)

    def file(self) -> dict[str, Any]:
        answer = self.functions.clients["upload"].get(f"/v1/files/{self.file_id}")
        shown: dict[str, Any] = answer.get_json()
        return shown

    def pages(self) -> list[dict[str, Any]]:
        answer = self.functions.clients["upload"].get(f"/v1/files/{self.file_id}/pages")
        shown: list[dict[str, Any]] = answer.get_json()["pages"]
        return shown

    def snapshot(self) -> tuple[object, ...]:
        """Everything that a second delivery could change."""
        file_rows = rows(b"SELECT * FROM files WHERE id = %s", self.file_id)
        page_rows = rows(b"SELECT * FROM pages WHERE file_id = %s ORDER BY number", self.file_id)
        outbox_ids = [event.id for event in announced(self.file_id)]
        return file_rows, page_rows, outbox_ids
