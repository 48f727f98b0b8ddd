"""The cache of readings, and the row of a page that takes its text."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import lector
from functions.llm import placing
from functions.llm.budgets import PageBudget
from functions.llm.model_calls import Spent
from functions.llm.readings import Reading
from lector.contracts import PageRead, PageRegistered
from lector.domain import candidates, file_completion, outbox, search_language, shares
from lector.domain.doubts import Doubts
from lector.domain.states import LayerVerdict, Provenance, TextLayerUse
from lector.runtime import events, queries
from lector.runtime.database import Connection
from lector.runtime.events import Event, page_id
from lector.runtime.queries import Sent


@dataclass(frozen=True)
class PageToRead:
    """A rendered page that still waits for its text."""

    image_sha256: str
    was_read: bool
    wanted_prompt: str | None
    wanted_model: str | None
    wanted_describe: bool
    language: str | None
    tenant: str
    layer_sha256: str | None
    layer_verdict: str | None
    wanted_text_layer: str | None
    image_width_px: int
    image_height_px: int
    text_unsought: bool = False
    """Whether nobody has looked for the text that it carries."""
    reader: str | None = None
    fell_back: bool = False
    wanted_verify: str | None = None
    wanted_on_doubt: str | None = None
    tries: int = 0
    """How many of its answers a second reader has spoken against."""
    escalated: bool = False
    """Whether the larger reader was asked for it."""
    best_verification: dict[str, Any] | None = None
    """Of the best of these answers, and what speaks against it."""
    best_doubts: dict[str, str] | None = None
    drawing_doubts: dict[str, str] = field(default_factory=dict)
    """What its drawing speaks of against its text, whatever that will be."""
    has_ceiling: bool = False
    """Whether its file or its token has a ceiling in money."""
    ascii_only: bool = False
    """Whether the database's locale knows no other letters."""

    @property
    def has_layer(self) -> bool:
        """Whether it carries text that answers can be held against."""
        return self.layer_sha256 is not None and self.layer_verdict != LayerVerdict.REFUSED

    @property
    def keeps_layer(self) -> bool:
        """Whether that text is kept, and only the page's pictures are read."""
        wanted = self.wanted_text_layer == TextLayerUse.AUTO
        return wanted and self.has_layer and self.layer_verdict == LayerVerdict.MIXED


@dataclass(frozen=True)
class PieceReading(Reading):
    """A kept answer about a piece of an image, and how many calls it took."""

    attempts: int | None = None


@dataclass(frozen=True)
class KeptReading(Reading):
    """A kept answer about an image, with the places of its words, and what a second reader said."""

    places: bytes | None = None
    verification: dict[str, Any] | None = None


@dataclass(frozen=True)
class PageText:
    """What a page takes as its text: where it is from, what it took, what speaks against it.

    `model` is None if none has said any of it. `words` are as its reader tells them, `places` those
    of the text as they are stored. The rest is as a `Reading` has it.
    """

    text: str
    provenance: str
    model: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost_usd: float | None = None
    words: list[Any] | None = None
    attempts: int | None = None
    read_s: float = 0.0
    doubts: Doubts = field(default_factory=dict)
    turned_degrees: int = 0
    confidence: float | None = None
    places: bytes | None = None
    verification: dict[str, Any] | None = None
    read_with: dict[str, str] | None = None
    """By what it was read, as reports tell it: the reader, a hash of what it was asked, Lector."""
    search_language: str | None = None
    """The text search configuration for its language; None: the database finds it."""

    @classmethod
    def of_reading(
        cls, reading: Reading, provenance: str, doubts: Doubts, spent: Spent | None = None
    ) -> "PageText":
        """A reader's text, as it was kept, or with what was spent on it."""
        text = cls(
            reading.text,
            provenance,
            reading.model,
            reading.prompt_tokens,
            reading.completion_tokens,
            reading.cost_usd,
            reading.words,
            doubts=doubts,
            turned_degrees=reading.turned_degrees,
            confidence=reading.confidence,
        )
        if isinstance(reading, KeptReading):
            text = replace(text, places=reading.places, verification=reading.verification)
        return text.with_spent(spent) if spent else text

    @property
    def reading(self) -> KeptReading | None:
        """The answer that can be kept for the same image; None if it is not all of the text."""
        if self.provenance != Provenance.MODEL or self.model is None:
            return None
        tokens = self.prompt_tokens, self.completion_tokens
        return KeptReading(
            self.text,
            self.model,
            *tokens,
            self.cost_usd,
            turned_degrees=self.turned_degrees,
            confidence=self.confidence,
            places=self.places,
            verification=self.verification,
        )

    def with_places(self) -> "PageText":
        """The same, with the places of the words that its reader tells."""
        if self.places is not None or self.words is None:
            return self
        try:
            return replace(self, places=placing.encode(self.text, self.words))
        except Exception:  # the text is what was paid for
            log.exception("the places of a page's words could not be found")
            return self

    def with_reader(self, reader: str, request: str) -> "PageText":
        """The same, noted as read now by a reader that was asked this (the request's hash)."""
        asked = {} if self.model is None else {"reader": reader, "request": request}
        return replace(self, read_with={**asked, "lector": lector.__version__})

    def with_language(self, page: PageToRead) -> "PageText":
        """The same, with its language, unless that of its file is known, which goes before."""
        if page.language is not None:
            return self
        found = search_language.find(self.text, ascii_only=page.ascii_only)
        return replace(self, search_language=found)

    def with_spent(self, spent: Spent) -> "PageText":
        """The same, with what it took."""
        return replace(self, **vars(spent.usage), attempts=spent.attempts, read_s=spent.read_s)


@dataclass(frozen=True)
class Stored:
    """Whether a page took its text, and whether its lane's last answer is from this very second."""

    is_stored: bool
    is_settled: bool | None
    lane_is_fresh: bool


# Between attempts to store a reading, in seconds.
STORE_PAUSES_S = (1.0, 4.0)

log = logging.getLogger(__name__)

_sql = queries.load(__file__)
PAGE_TO_READ = _sql.rows("page_to_read", PageToRead)
KEPT_READING = _sql.rows("kept_reading", KeptReading)
KEPT_PIECE = _sql.rows("kept_piece", PieceReading)
KEEP_READING = _sql.statement("keep_reading")
STORE_TEXT = _sql.rows("store_text", Stored)


def page_to_read(connection: Connection, event: Event[PageRegistered]) -> PageToRead | None:
    """The page if it still waits for its text; None when there is nothing left to do."""
    return PAGE_TO_READ.one(connection, page_id=id_of(event), generation=event.data.generation)


def cached_reading(connection: Connection, key: str, days: int) -> Sent[KeptReading]:
    """Ask for an accepted answer to the same request, if there is one that is fresh enough."""
    return KEPT_READING.send(connection, key=key, days=days)


def cached_piece(
    connection: Connection, key: str, image_sha256: str, days: int
) -> PieceReading | None:
    """An accepted answer about a piece of an image, with what it took if it was this image's."""
    return KEPT_PIECE.one(connection, key=key, image_sha256=image_sha256, days=days)


def cache_reading(
    connection: Connection,
    event: Event[PageRegistered],
    key: str,
    image_sha256: str,
    reading: Reading,
    days: int,
    attempts: int | None = None,
) -> None:
    """Lock the file, and keep an accepted answer unless it was deleted; drop a few stale ones.

    `image_sha256` is of the whole page: with it go the answers about its pieces.
    """
    KEEP_READING.run(
        connection,
        file_id=event.file_id,
        key=key,
        days=days,
        image_sha256=image_sha256,
        text=reading.text,
        model=reading.model,
        prompt_tokens=reading.prompt_tokens,
        completion_tokens=reading.completion_tokens,
        cost_usd=reading.cost_usd,
        attempts=attempts,
        words=_encode(reading.words),
        turned_degrees=reading.turned_degrees,
        confidence=reading.confidence,
        **_kept(reading),
    )


def store_text(
    connection: Connection,
    event: Event[PageRegistered],
    page: PageToRead,
    text: PageText,
    budget: PageBudget,
    lane: Mapping[str, str],
) -> bool:
    """Store a page's text, settle what it cost, and announce it; its file is locked.

    Finish the file if it was the last page. Nobody waits until all of that was sent.

    Returns:
        Whether the lane's last answer is so fresh that it need not be noted.

    """
    generation = event.data.generation
    read = _announcement(event, page, text)
    stored = STORE_TEXT.send(
        connection,
        generation=generation,
        **budget.parameters(),
        **_columns(text),
        **outbox.columns(read),
        **lane,
    )
    left = shares.WORK_LEFT.send(connection, file_id=event.file_id)
    found = stored.first
    if found is None or not found.is_stored:
        budget.settle(connection)
    else:
        outbox.count(read)
        file_completion.go_on(connection, event.file_id, generation, "llm", left)
    return found is not None and found.lane_is_fresh


def lock(connection: Connection, event: Event[PageRegistered]) -> None:
    """Lock a page's file, and look at nothing of it."""
    generation = event.data.generation
    file_completion.LOCK_FILE.send(connection, file_id=event.file_id, generation=generation)


def _announcement(
    event: Event[PageRegistered], page: PageToRead, text: PageText
) -> Event[PageRead]:
    read = PageRead(
        generation=event.data.generation,
        page_number=event.data.page_number,
        provenance=text.provenance,
        model=text.model,
        prompt_tokens=text.prompt_tokens,
        completion_tokens=text.completion_tokens,
        doubts={**page.drawing_doubts, **text.doubts},
        turned_degrees=text.turned_degrees or None,
        confidence=text.confidence,
        **candidates.of_verification(text.verification),
    )
    return events.event(event.id, event.subject, read, "llm")


def _columns(text: PageText) -> dict[str, Any]:
    return {
        **vars(text.with_places()),
        "doubts": json.dumps(dict(text.doubts)),
        "verification": _encode(text.verification),
        "read_with": _encode(text.read_with),
    }


def _kept(reading: Reading) -> dict[str, Any]:
    """What is kept of a reading beside its text: of a piece it is words, of a page their places."""
    if isinstance(reading, KeptReading):
        return {"places": reading.places, "verification": _encode(reading.verification)}
    return {"places": None, "verification": None}


def _encode(value: object) -> str | None:
    return None if value is None else json.dumps(value)


def id_of(event: Event[PageRegistered]) -> UUID:
    """The page that an event is about."""
    return page_id(event.file_id, event.data.page_number)
