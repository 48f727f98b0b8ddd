"""What became of every page, seen from outside: by the API what a person sees, by SQL the rest."""

from collections.abc import Sequence, Set
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from lector.cli.client import Client, Json

from .papers import text_of

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
FINISHED = ("completed", "incomplete", "failed", "cancelled")


@dataclass
class Verdict:
    """The counts; whatever is not as it should be is told in a line each."""

    files: int = 0
    pages: int = 0
    read: int = 0
    failed_visible: int = 0
    lost: int = 0
    duplicated: int = 0
    misplaced: int = 0
    told: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not (self.lost or self.duplicated or self.misplaced)

    def counts(self) -> dict[str, int]:
        """All of it but what is told."""
        return {name: value for name, value in asdict(self).items() if name != "told"}

    def see_file(self, file: Json, pages: Sequence[Json], expected: int) -> None:
        """Count a file and its pages."""
        self.files += 1
        self.pages += expected
        what = f"{file['name']} ({file['id']}, {file['status']})"
        if file["status"] not in FINISHED:
            self._lose(1, f"{what} is not finished")
        if file["status"] == "failed" and not pages:
            self._see_failure(file, expected, what)
            return
        by_number = {page["number"]: page for page in pages}
        self._repeat(len(pages) - len(by_number), f"{what} shows page rows twice")
        self._repeat(len(by_number.keys() - range(1, expected + 1)), f"{what} has pages too many")
        for number in range(1, expected + 1):
            self._see_page(file, by_number.get(number), number, f"{what} page {number}")

    def _see_page(self, file: Json, page: Json | None, number: int, what: str) -> None:
        if page is None:
            self._lose(1, f"{what} has no row")
        elif page["status"] == "failed":
            self._see_failure(page, 1, what)
        elif page["status"] != "read":
            self._lose(1, f"{what} is {page['status']}, waiting for {page['waiting_for']}")
        elif page["text"] == text_of(int(Path(file["name"]).stem), number):
            self.read += 1
        else:
            self.misplaced += 1
            self.told.append(f"{what} has the text {page['text']!r}")

    def _see_failure(self, shown: Json, pages: int, what: str) -> None:
        if shown["error"] and shown["error_code"]:
            self.failed_visible += pages
            self.told.append(f"{what} failed: {shown['error_code']}, {shown['error']}")
        else:
            self._lose(pages, f"{what} failed without a reason")

    def miss_accepted(self, ids: Sequence[str]) -> None:
        """Count uploads that were accepted and are not there."""
        for file_id in ids:
            self._lose(1, f"{file_id} was accepted and is not listed")

    def see_rows(
        self, repeated: Sequence[dict[str, Any]], unsent: Sequence[dict[str, Any]]
    ) -> None:
        """Count what was announced twice, and what was never published."""
        for row in repeated:
            self._repeat(row["times"] - 1, f"announced {row['times']} times: {row}")
        for row in unsent:
            self._lose(1, f"never published: {row}")

    def _lose(self, count: int, what: str) -> None:
        self.lost += count
        self.told.append(f"LOST: {what}")

    def _repeat(self, count: int, what: str) -> None:
        if count > 0:
            self.duplicated += count
            self.told.append(f"DUPLICATED: {what}")


def vanished(database_url: str, in_stream: Set[str]) -> int:
    """How many events were published, as the outbox has it, and are not in the stream."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(_PUBLISHED).fetchall()
    return len({event_id for (event_id,) in rows} - in_stream)


def verdict(url: str, database_url: str, accepted: Sequence[str], pages: int) -> Verdict:
    """Look at everything that was confirmed, whether or not whoever uploaded it was told so."""
    seen = Verdict()
    with psycopg.connect(database_url, row_factory=dict_row) as connection:
        confirmed = [row["id"] for row in connection.execute(_CONFIRMED)]
        ids = sorted({*confirmed, *accepted})
        with Client(url) as client:
            listed = {file["id"]: file for file in client.files(ids)}
            for file in listed.values():
                seen.see_file(file, list(client.pages(file["id"])), pages)
        seen.miss_accepted([file_id for file_id in ids if file_id not in listed])
        repeated = connection.execute(_ANNOUNCED_TWICE).fetchall()
        seen.see_rows(repeated, connection.execute(_UNPUBLISHED).fetchall())
    return seen
