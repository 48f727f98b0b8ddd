"""Data folders of earlier versions (tests/samples/upgrade), as if they had just been stopped."""

import json
import shutil
import tarfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tests.support import parts, stream_times, streams
from tests.support.streams import Consumer

SAMPLES = Path(__file__).parents[1] / "samples" / "upgrade"
Json = dict[str, Any]


@dataclass(frozen=True)
class Contents:
    """What a folder holds, asked of its own PostgreSQL and NATS before anything of Lector runs.

    `files` are states by id, `pages` those of each file in the order of numbers.
    """

    files: dict[str, str]
    pages: dict[str, list[str]]
    unpublished: dict[str, int]
    consumers: dict[str, Consumer]


def description(name: str) -> Json:
    """What its maker says of a folder."""
    found: Json = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return found


def settings_of(described: Json, base_url: str) -> dict[str, str]:
    """What a Lector on such a folder is started with; its model is at `base_url`."""
    return {
        "OPENAI_BASE_URL": base_url,
        "OPENAI_API_KEY": "test",
        "OPENAI_MODEL": described["model"],
        "NOTIFY_ALLOW_PRIVATE": "127.0.0.1",
        "DOORBELL_CHECK_S": "0.5",
        "API_AUTH": "required",
    }


def token_of(described: Json) -> dict[str, str]:
    """The header with which its API may be used."""
    return {"Authorization": f"Bearer {described['token']['token']}"}


def unpack(name: str, into: Path) -> None:
    """Folders `data` and `uploads`, with modes; for root with owners, as PostgreSQL has its own."""
    with tarfile.open(SAMPLES / f"{name}.tar.xz") as archive:
        # Members as they are; said in this way because Python before 3.11.4 knows no filters.
        archive.extraction_filter = lambda member, _: member
        archive.extractall(into, numeric_owner=True)  # noqa: S202 - our own archive


def wake(data: Path, stopped_at: str, webhook_url: str) -> Contents:
    """Make an unpacked folder look as if it had been stopped just now; what it holds.

    Otherwise, what is in mid-work would be too old: messages of a week are dropped, uploads that
    nobody confirms within a day are deleted. The webhook's address must be one of today, too.
    """
    age = datetime.now(UTC) - datetime.fromisoformat(stopped_at)
    stream_times.move(data / "nats" / "jetstream", int(age.total_seconds() * 1e9))
    consumers = _consumers(data)
    with parts.alone(data, "postgres") as embedded, psycopg.connect(embedded.postgres.url) as rows:
        contents = Contents(
            files=dict(rows.execute(_FILES).fetchall()),
            pages=dict(rows.execute(_PAGES).fetchall()),
            unpublished=dict(rows.execute(_UNPUBLISHED).fetchall()),
            consumers=consumers,
        )
        rows.execute("SET session_replication_role = replica")  # no trigger takes part
        for table, columns in rows.execute(_TIMES).fetchall():
            later = [sql.SQL("{0} = {0} + %(age)s").format(sql.Identifier(one)) for one in columns]
            change = sql.SQL("UPDATE {} SET {}").format(
                sql.Identifier(table), sql.SQL(", ").join(later)
            )
            rows.execute(change, {"age": age})
        rows.execute("UPDATE webhooks SET url = %s", [webhook_url])
    return contents


_FILES = "SELECT id::text, status FROM files"
_PAGES = "SELECT file_id::text, array_agg(status ORDER BY number) FROM pages GROUP BY 1"
_UNPUBLISHED = "SELECT type, count(*) FROM outbox WHERE published_at IS NULL GROUP BY type"
_TIMES = """
SELECT table_name, array_agg(column_name::text)
FROM information_schema.columns
WHERE table_schema = 'public' AND data_type = 'timestamp with time zone'
GROUP BY table_name
"""


def _consumers(data: Path) -> dict[str, Consumer]:
    """Of a copy, so that the server of today finds the streams as they were left."""
    copy = data.with_name("streams")
    shutil.copytree(data / "nats", copy / "nats")
    shutil.copy(data / "secrets.json", copy)
    with parts.alone(copy, "nats"):
        found = streams.consumers(copy)
    shutil.rmtree(copy)
    return found
