"""A database as full as one that has been used for years, made by PostgreSQL itself in seconds.

Pages in four languages, with words as frequent as in life (Zipf), and what else grows with them.
"""

from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from lector.runtime.queries import Queries

#: A word that is on every page. Page n, counted from 1 over all files, alone has `seal<n>`.
EVERYWHERE = "lighthouse"
#: Nine of ten files are those of the first.
TENANT, OTHER_TENANT = "default", "other"
PAGES_PER_FILE = 5

_STOP_WORDS = {
    "english": "the of and to in a is that for it was with as be on by not this are from",
    "spanish": "de la que el en y a los del se las por un para con no una su al es",
    "german": "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als",
    "french": "de la le et les des en un du une que est pour qui dans par plus pas au sur",
}
_STATEMENTS = Queries(Path(__file__).with_suffix(".sql")).statements


def fill(
    owner: psycopg.Connection[Any], pages: int, *, words: int = 48, per_file: int = PAGES_PER_FILE
) -> None:
    """Fill an empty, migrated database with pages of so many words; the connection is its owner's.

    Triggers do not fire, and indexes are made at the end.
    """
    owner.execute("SET session_replication_role = replica")
    owner.execute("SET maintenance_work_mem = '256MB'")
    owner.execute("SELECT setseed(0.5)")
    values = {
        "languages": list(_STOP_WORDS),
        "stop_words": list(_STOP_WORDS.values()),
        "words": words // 2,
        "files": pages // per_file,
        "per_file": per_file,
    }
    definitions = _drop_indexes(owner)
    for name, statement in _STATEMENTS.items():
        owner.execute(statement.encode(), values)
        if name == "paragraphs":
            owner.execute("ANALYZE paragraphs")
    for definition in definitions:
        owner.execute(definition)
    owner.execute("SET session_replication_role = origin")
    owner.commit()
    owner.autocommit = True
    owner.execute("VACUUM ANALYZE")
    owner.autocommit = False


def _drop_indexes(owner: psycopg.Connection[Any]) -> list[bytes]:
    """Drop those of the pages that hold nothing unique; the statements that make them again."""
    found = owner.execute(
        "SELECT relname, pg_get_indexdef(indexrelid)"
        " FROM pg_index JOIN pg_class ON oid = indexrelid"
        " WHERE indrelid = 'pages'::regclass AND NOT indisunique"
    ).fetchall()
    for name, _ in found:
        owner.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    return [definition.encode() for _, definition in found]
