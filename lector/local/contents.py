"""What a data folder holds, for whoever is asked whether it may be deleted."""

import os
from dataclasses import dataclass
from pathlib import Path

import psycopg

from lector.local import schema
from lector.local.data_folder import DataFolder
from lector.local.process import StackError

_COUNT = (
    "SELECT count(*), (SELECT count(*) FROM pages WHERE status = 'read')"
    " FROM files WHERE status <> 'deleted'"
)
_CONNECT_TIMEOUT_S = 5


@dataclass(frozen=True)
class Contents:
    """How many files, pages with a text, and bytes on disk; None where that cannot be counted."""

    files: int | None
    pages: int | None
    size_bytes: int


def count(folder: DataFolder) -> Contents:
    """What a folder of Lector's holds; where no Lector runs, PostgreSQL is started for that."""
    size_bytes = _size_bytes(folder.path)
    try:
        with (
            schema.database_url(folder) as url,
            psycopg.connect(url, connect_timeout=_CONNECT_TIMEOUT_S) as connection,
        ):
            counted = connection.execute(_COUNT).fetchone()
    except (StackError, psycopg.Error, OSError):
        counted = None  # such as of a start that failed: it may be deleted all the same
    files, pages = counted or (None, None)
    return Contents(files, pages, size_bytes)


def _size_bytes(folder: Path) -> int:
    """What the files below take on the disk; those that go meanwhile are not counted."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(parent, name)).st_blocks * 512
            except OSError:
                continue
    return total
