"""The text that pages carry themselves: fetched, checked against the ledger, stored."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lector
from functions.llm import placing
from lector.contracts import PageImage, PageRead, PageRegistered, PagesExtracted
from lector.domain import file_completion, layer_objects, outbox, search_language
from lector.domain.doubts import DoubtCode
from lector.domain.states import LayerVerdict, Provenance
from lector.domain.text_layers import TextLayer
from lector.runtime import database, events, queries
from lector.runtime.database import Connection
from lector.runtime.events import Event


@dataclass(frozen=True)
class PageToExtract:
    """A page whose text is taken from its layer, and that still waits for it."""

    number: int
    layer_sha256: str
    layer_verdict: str
    layer_reason: str | None
    language: str | None
    ascii_only: bool


@dataclass(frozen=True)
class StoredLayer:
    """A page that has its text now, and what speaks against it."""

    number: int
    doubts: dict[str, str]


@dataclass(frozen=True)
class PageToRead:
    """A page that is read after all, or by another reader."""

    number: int
    image_key: str
    image_sha256: str
    image_width_px: int
    image_height_px: int
    reader: str | None
    tries: int


_sql = queries.load(__file__)
PAGES_TO_EXTRACT = _sql.rows("pages_to_extract", PageToExtract)
STORE_LAYERS = _sql.rows("store_layers", StoredLayer)
READ_INSTEAD = _sql.rows("read_instead", PageToRead)


def take(event: Event[PagesExtracted]) -> None:
    """Store what pages carry as their text; those whose layer is gone are read instead."""
    numbers = [n for n in event.data.page_numbers if n <= database.LARGEST_INTEGER]
    with database.transaction() as connection:
        pages = PAGES_TO_EXTRACT.all(
            connection, file_id=event.file_id, generation=event.data.generation, numbers=numbers
        )
    layers = {
        page.number: layer_objects.fetch(event.file_id, page.number, page.layer_sha256)
        for page in pages
    }
    found = [(page, layer) for page in pages if (layer := layers[page.number]) is not None]
    gone = [page.number for page in pages if layers[page.number] is None]
    columns = _columns(found)
    if pages:
        with database.transaction() as connection:
            _finish(connection, event, columns, gone)


def _finish(
    connection: Connection,
    event: Event[PagesExtracted],
    columns: dict[str, list[Any]],
    gone: Sequence[int],
) -> None:
    generation = event.data.generation
    file = file_completion.lock(connection, event.file_id, generation)
    if file is None:
        return
    page = {"file_id": event.file_id, "generation": generation}
    stored = STORE_LAYERS.all(connection, **page, **columns)
    instead = READ_INSTEAD.all(connection, **page, numbers=list(gone)) if gone else []
    announcements: list[Event[Any]] = [
        *(_read(event, layer) for layer in stored),
        *(registered(event, one, file.tenant, str(one.number)) for one in instead),
    ]
    outbox.announce(connection, announcements)
    file_completion.go_on(connection, event.file_id, generation, "llm")


def _columns(found: Sequence[tuple[PageToExtract, TextLayer]]) -> dict[str, Any]:
    return {
        "numbers": [page.number for page, _ in found],
        "texts": [layer.text for _, layer in found],
        "places": [placing.encode(layer.text, layer.words) for _, layer in found],
        "read_with": json.dumps({"lector": lector.__version__}),
        "doubt_sets": [json.dumps(_doubts(page)) for page, _ in found],
        "search_languages": [_language(page, layer) for page, layer in found],
    }


def _language(page: PageToExtract, layer: TextLayer) -> str | None:
    """A page's language for the search; None where its file's is known, which goes before."""
    if page.language is not None:
        return None
    return search_language.find(layer.text, ascii_only=page.ascii_only)


def _doubts(page: PageToExtract) -> dict[str, str]:
    if page.layer_verdict != LayerVerdict.REFUSED:
        return {}
    code = DoubtCode.LAYER_NOT_TRUSTED
    reason = f": {page.layer_reason}" if page.layer_reason else ""
    return {code: f"{code.sentence}{reason}"}


def _read(event: Event[PagesExtracted], layer: StoredLayer) -> Event[PageRead]:
    read = PageRead(
        generation=event.data.generation,
        page_number=layer.number,
        provenance=Provenance.TEXT_LAYER,
        doubts=layer.doubts,
    )
    return events.event(event.id, event.subject, read, "llm", str(layer.number))


def registered(
    event: Event[Any], page: PageToRead, tenant: str, part: str
) -> Event[PageRegistered]:
    """The announcement of a page that is to be read, caused by an event; `part` tells it apart."""
    image = PageImage(
        object_key=page.image_key,
        sha256=page.image_sha256,
        width_px=page.image_width_px,
        height_px=page.image_height_px,
    )
    announced = PageRegistered(
        generation=event.data.generation,
        page_number=page.number,
        image=image,
        reader=page.reader,
        tenant=tenant,
        tries=page.tries or None,
    )
    return events.event(event.id, event.subject, announced, "llm", part)
