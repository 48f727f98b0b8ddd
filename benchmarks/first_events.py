"""An event for each function that finds nothing to do with it."""

from typing import Any
from uuid import uuid4

from google.protobuf.message import Message

from benchmarks.outbox_events import registered
from lector.contracts import FileOpened, OutboxWritten, PageRead, PagesRequested
from lector.domain import object_keys
from lector.runtime import events


def first_event(name: str) -> events.Event[Any]:
    """An event that the function handles without finding anything to do."""
    file_id = uuid4()
    key = object_keys.original_key(file_id)
    data: dict[str, Message] = {
        "render": PagesRequested(generation=1, object_key=key, page_numbers=[1]),
        "register": FileOpened(generation=1, object_key=key, page_count=1),
        "llm": registered(file_id, 1)[0].data,
        "notify": PageRead(generation=1, page_number=1, provenance="model"),
        "outbox": OutboxWritten(),
    }
    return events.event(str(file_id), file_id, data[name], "bench")
