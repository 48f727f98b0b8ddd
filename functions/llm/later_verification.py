"""Texts of before, held against an anchor now: of the stored image, and no model is asked.

The text stays as it is, and is no new version. The anchor of what a page carries itself is
Tesseract; that of what Tesseract has read is what the page carries.
"""

import json
import logging
from dataclasses import dataclass
from typing import Any

from functions.llm import anchors, placing, verifying
from functions.llm.anchors import Seen
from functions.llm.page_texts import PageText
from lector.contracts import PageVerified, VerificationRequested
from lector.domain import (
    candidates,
    file_completion,
    layer_objects,
    object_keys,
    outbox,
    verification,
    word_places,
)
from lector.domain.states import LayerVerdict, Provenance
from lector.domain.verification import Reason, Status
from lector.domain.word_places import Places
from lector.runtime import database, events, object_store, queries, settings
from lector.runtime.database import Connection
from lector.runtime.events import Event, page_id
from lector.runtime.failures import TransientFailure

log = logging.getLogger(__name__)

_EMBEDDED = "tesseract-"
"""What the embedded reader calls its model begins so."""


@dataclass(frozen=True)
class PageToVerify:
    """A page that was read, and that somebody wants verified."""

    version: int
    text: str
    places: bytes | None
    words: list[Any] | None
    verification: dict[str, Any] | None
    provenance: str
    model: str | None
    turned_degrees: int
    layer_sha256: str | None
    layer_verdict: str | None
    describe: bool
    language: str | None

    @property
    def is_own_text(self) -> bool:
        """Whether it is what the page carries itself, if not all of it."""
        return self.provenance in (Provenance.TEXT_LAYER, Provenance.MIXED)

    @property
    def is_tesseracts(self) -> bool:
        """Whether the embedded reader has read it."""
        return not self.is_own_text and (self.model or "").startswith(_EMBEDDED)

    @property
    def own_places(self) -> Places | None:
        """The places that its own reader tells; None if an anchor has told them, or nobody."""
        if not self.is_own_text and not self.is_tesseracts:
            return None
        if self.places is None:
            return None if self.words is None else placing.place(self.text, self.words)
        try:
            return word_places.decode(self.places)
        except word_places.InvalidPlaces:
            return None


_sql = queries.load(__file__)
PAGE_TO_VERIFY = _sql.rows("page_to_verify", PageToVerify)
STORE_VERIFICATION = _sql.scalar("store_verification", dict)
VERIFY_VERSION = _sql.statement("verify_version")
FORGET_WISH_TO_VERIFY = _sql.statement("forget_wish_to_verify")


def verify(event: Event[VerificationRequested]) -> None:
    """Verify pages, one after the other; those that are verified already have no wish any more.

    Raises:
        TransientFailure: the embedded reader is away, or too busy.

    """
    for number in event.data.page_numbers:
        if number <= database.LARGEST_INTEGER:
            _verify_page(event, number)


def _verify_page(event: Event[VerificationRequested], number: int) -> None:
    key = {"page_id": page_id(event.file_id, number), "generation": event.data.generation}
    with database.transaction() as connection:
        page = PAGE_TO_VERIFY.one(connection, **key)
    if page is None:
        return
    seen = _look(event, number, page)
    text = PageText(page.text, page.provenance, turned_degrees=page.turned_degrees)
    if isinstance(seen, Reason):
        _store_reason(event, number, page, seen)
        return
    mixed = page.layer_verdict == LayerVerdict.MIXED
    more = verifying.more_expected(page.describe, mixed, seen)
    try:
        held = verifying.hold(text, seen, page.own_places, more_expected=more)
    except Exception:  # else the page would be said to be verified for ever
        log.exception("a page's text could not be held against its second reader")
        _store_reason(event, number, page, Reason.ANCHOR_FAILED)
        return
    _store(event, number, page, held)


def _look(event: Event[VerificationRequested], number: int, page: PageToVerify) -> Seen:
    """What the page's anchor sees; "not now" if it would in a while."""
    if not page.is_own_text and page.layer_sha256 and page.layer_verdict != LayerVerdict.REFUSED:
        layer = layer_objects.fetch(event.file_id, number, page.layer_sha256)
        if layer is not None:
            return anchors.of_layer(layer)
    if page.is_tesseracts:
        return Reason.READER_IS_ANCHOR
    try:
        image = object_store.store().get(object_keys.image_key(event.file_id, number))
    except object_store.ObjectMissing:
        return Reason.ANCHOR_FAILED
    patience_s = settings.current(settings.Model).model_timeout_s
    seen = anchors.ask_tesseract(image, page.language, patience_s)()
    if seen is Reason.NO_ANCHOR_IN_TIME or (seen is Reason.ANCHOR_FAILED and anchors.is_away()):
        raise TransientFailure("the second reader is busy or away", of_event=True)
    return seen


def _store_reason(
    event: Event[VerificationRequested], number: int, page: PageToVerify, reason: Reason
) -> None:
    """Say why the page is not verified; what was found out before stays."""
    before = page.verification or {}
    if before.get("status") in (Status.VERIFIED, Status.NOT_VERIFIABLE):
        with database.transaction() as connection:
            key = page_id(event.file_id, number)
            FORGET_WISH_TO_VERIFY.run(connection, page_id=key, version=page.version)
        return
    places = page.places
    if places is None and page.words is not None:
        places = placing.encode(page.text, page.words)
    said = verification.not_verified(reason).to_json()
    turned = page.turned_degrees
    unverified = PageText(
        page.text, page.provenance, turned_degrees=turned, places=places, verification=said
    )
    _store(event, number, page, unverified)


def _store(
    event: Event[VerificationRequested], number: int, page: PageToVerify, text: PageText
) -> None:
    generation = event.data.generation
    with database.transaction() as connection:
        if file_completion.lock(connection, event.file_id, generation) is None:
            return
        columns = {
            "page_id": page_id(event.file_id, number),
            "version": page.version,
            "places": text.places,
            "verification": json.dumps(text.verification),
            "turned_degrees": text.turned_degrees,
        }
        doubts = STORE_VERIFICATION.one(
            connection,
            **columns,
            codes=sorted(verifying.CODES),
            doubts=json.dumps(dict(text.doubts)),
        )
        if doubts is not None:
            VERIFY_VERSION.run(connection, **{**columns, "doubts": json.dumps(doubts)})
            _announce(connection, event, number, text, doubts)


def _announce(
    connection: Connection,
    event: Event[VerificationRequested],
    number: int,
    text: PageText,
    doubts: dict[str, str],
) -> None:
    verified = PageVerified(
        generation=event.data.generation,
        page_number=number,
        doubts=doubts,
        **candidates.of_verification(text.verification),
    )
    announced = events.event(event.id, event.subject, verified, "llm", str(number))
    outbox.announce(connection, [announced])
