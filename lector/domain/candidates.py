"""Pages of which a second reader has doubted every answer so far: the best of these is their text.

While a further try is to be had, such a page still waits. It is read as soon as that is over,
however it ended: nobody has to do without a text that was paid for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from lector.contracts import PageRead
from lector.domain import outbox
from lector.runtime import events, queries
from lector.runtime.database import Connection
from lector.runtime.events import Event


@dataclass(frozen=True)
class Candidate:
    """A page's text as it is told of when it is read."""

    number: int
    provenance: str
    model: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    doubts: dict[str, str]
    turned_degrees: int
    confidence: float | None
    verification: dict[str, Any] | None


_sql = queries.load(__file__)
SETTLE_TRIES = _sql.rows("settle_tries", Candidate)


def settle(
    connection: Connection,
    cause: Event[Any],
    generation: int,
    page_ids: Sequence[UUID],
    source: str,
) -> int:
    """Take the best answer so far as the text of those pages that have one, and announce them.

    The caller holds the file.

    Returns:
        How many pages are read by that.

    """
    settled = SETTLE_TRIES.all(connection, page_ids=list(page_ids), generation=generation)
    read = [_announcement(generation, candidate) for candidate in settled]
    outbox.announce(
        connection,
        [events.event(cause.id, cause.subject, one, source, str(one.page_number)) for one in read],
    )
    return len(settled)


def _announcement(generation: int, candidate: Candidate) -> PageRead:
    return PageRead(
        generation=generation,
        page_number=candidate.number,
        provenance=candidate.provenance,
        model=candidate.model,
        prompt_tokens=candidate.prompt_tokens,
        completion_tokens=candidate.completion_tokens,
        doubts=candidate.doubts,
        turned_degrees=candidate.turned_degrees or None,
        confidence=candidate.confidence,
        **of_verification(candidate.verification),
    )


def of_verification(verification: Mapping[str, Any] | None) -> dict[str, Any]:
    """What events tell of a verification, as it is stored."""
    if verification is None:
        return {}
    return {
        "verification": verification.get("status"),
        "agreement": verification.get("agreement"),
    }
