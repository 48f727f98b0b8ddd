"""What is there when all is quiet: by the API what a person sees, by SQL and S3 the rest.

Everything is asked for with bounded retries; `NoVerdict` says that it could not be found out.
"""

from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from lector.cli.answers import Json, ServerError
from lector.cli.client import Client
from lector.domain import object_keys
from lector.local.stack import Stack
from lector.runtime import settings
from lector.runtime.failures import LectorError
from lector.runtime.object_store import ObjectStore

from . import papers
from .model import Call, Shown
from .patience import retry
from .people import Action
from .quiet import connect
from .timeline import Timeline
from .uploads import Accepted

Rows = Sequence[dict[str, Any]]

_CONFIRMED = "SELECT id::text AS id FROM files WHERE status NOT IN ('announced', 'deleted')"
_ANNOUNCED_TWICE = """
    SELECT subject, data->>'generation' AS generation, data->>'pageNumber' AS page,
           string_agg(type, ', ') AS types, count(*) AS times
    FROM outbox
    WHERE type IN ('lector.page.read', 'lector.page.failed', 'lector.file.completed',
                   'lector.file.failed')
    GROUP BY 1, 2, 3
    HAVING count(*) > 1
"""
_UNPUBLISHED = "SELECT type, subject, refusal FROM outbox WHERE published_at IS NULL"
_PUBLISHED = "SELECT id::text FROM outbox WHERE published_at IS NOT NULL"
_ROWS = "SELECT id::text AS id, status FROM files"
# A text that was bought, now or before it was read once more.
_READINGS = """
    SELECT file_id::text AS id, number, extract(epoch FROM finished_at)::float8 AS at
    FROM pages WHERE status = 'read' AND finished_at IS NOT NULL
    UNION
    SELECT file_id::text, number, extract(epoch FROM read_at)::float8
    FROM page_versions JOIN pages ON pages.id = page_id WHERE read_at IS NOT NULL
"""
_READ_LATE = """
    SELECT files.id::text AS id, name, number FROM pages JOIN files ON files.id = file_id
    WHERE files.status = 'cancelled' AND pages.status = 'read'
      AND pages.finished_at > files.finished_at
"""
_LIVING_IMAGES = """
    SELECT image_key FROM pages JOIN files ON files.id = file_id
    WHERE image_key IS NOT NULL AND files.status <> 'deleted'
"""
_LIVING_LAYERS = """
    SELECT file_id::text AS id, number FROM pages JOIN files ON files.id = file_id
    WHERE layer_sha256 IS NOT NULL AND files.status <> 'deleted'
"""
_LIVING_FILES = "SELECT id FROM files WHERE uploaded_at IS NOT NULL AND status <> 'deleted'"


@dataclass
class Evidence:
    """All that a verdict is made of. `pages` are by file id, `readings` too: page and moment.

    `with_text` are the numbers of files that carry their text; `takes_text` says whether it is
    taken from there.
    """

    pages_per_file: int
    bad_pages: bool
    with_text: Set[int]
    takes_text: bool
    calls: Sequence[Call]
    actions: Sequence[Action]
    accepted: Sequence[Accepted]
    timeline: Timeline
    refused_uploads: Sequence[str] = ()
    files: dict[str, Json] = field(default_factory=dict)
    pages: dict[str, list[Json]] = field(default_factory=dict)
    confirmed: Set[str] = frozenset()
    statuses: dict[str, str] = field(default_factory=dict)
    readings: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    announced_twice: Rows = ()
    unpublished: Rows = ()
    read_late: Rows = ()
    undelivered: dict[str, int] = field(default_factory=dict)
    living_keys: Set[str] = frozenset()
    stored_keys: Set[str] = frozenset()

    def is_extracted(self, shown: Shown) -> bool:
        """Whether a page's text is to be taken from the page itself, so that no model is asked."""
        return self.takes_text and papers.carries_text(*shown, self.with_text)

    def number_of(self, file_id: str) -> int | None:
        """The number of a file that was accepted or is still there."""
        accepted = {file.id: file.number for file in self.accepted}
        if file_id in accepted:
            return accepted[file_id]
        file = self.files.get(file_id)
        return int(Path(file["name"]).stem) if file else None


def gather(found: Evidence, lector: Stack) -> Evidence:
    """Look at everything that was confirmed, whether or not whoever uploaded it was told so."""
    _ask_database(found, lector.embedded.postgres.url)
    _ask_api(found, lector.url)
    found.stored_keys = retry("listing objects", lambda: _stored(lector), LectorError, OSError)
    return found


def vanished(database_url: str, in_stream: Set[str]) -> int:
    """How many events were published, as the outbox has it, and are not in the stream."""

    def ask() -> set[str]:
        with connect(database_url) as connection:
            return {event_id for (event_id,) in connection.execute(_PUBLISHED)}

    published = retry("asking for published events", ask, psycopg.OperationalError)
    return len(published - in_stream)


def _ask_database(found: Evidence, url: str) -> None:
    def rows(sql: str) -> Rows:
        def ask() -> Rows:
            with connect(url) as connection, connection.cursor(row_factory=dict_row) as cursor:
                return cursor.execute(sql).fetchall()

        return retry("asking the database", ask, psycopg.OperationalError)

    found.confirmed = {row["id"] for row in rows(_CONFIRMED)}
    found.statuses = {row["id"]: row["status"] for row in rows(_ROWS)}
    found.announced_twice, found.unpublished = rows(_ANNOUNCED_TWICE), rows(_UNPUBLISHED)
    found.read_late = rows(_READ_LATE)
    readings = defaultdict(list)
    for row in rows(_READINGS):
        readings[row["id"]].append((row["number"], row["at"]))
    found.readings = dict(readings)
    originals = {object_keys.original_key(UUID(str(row["id"]))) for row in rows(_LIVING_FILES)}
    images = {row["image_key"] for row in rows(_LIVING_IMAGES)}
    layers = {object_keys.layer_key(UUID(row["id"]), row["number"]) for row in rows(_LIVING_LAYERS)}
    found.living_keys = originals | images | layers


def _ask_api(found: Evidence, url: str) -> None:
    ids = sorted({*found.confirmed, *(file.id for file in found.accepted)})
    with Client(url) as client:
        listed = retry("listing files", lambda: list(client.files(ids)), ServerError)
        found.files = {file["id"]: file for file in listed}
        for file_id in found.files:
            pages = partial(_pages, client, file_id)
            found.pages[file_id] = retry("listing pages", pages, ServerError)


def _pages(client: Client, file_id: str) -> list[Json]:
    return list(client.pages(file_id))


def _stored(lector: Stack) -> set[str]:
    services = lector.embedded.settings
    where = settings.Objects(
        s3_endpoint=services["S3_ENDPOINT"],
        s3_bucket=services["S3_BUCKET"],
        s3_access_key=services["S3_ACCESS_KEY"],
        s3_secret_key=services["S3_SECRET_KEY"],
    )
    return set(ObjectStore(where).keys(object_keys.FILES))
