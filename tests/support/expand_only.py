"""Whether the version before can go on working on the schema that a migration leaves.

A rule of thumb on the text of the SQL, for what people do by mistake: docs/operations.md has the
rule, and tests/acceptance/test_both_versions.py runs two versions on one schema.
"""

import re
from pathlib import Path

# What takes something away from who uses it, by the words in which SQL says so.
_TAKES_AWAY = {
    r"\bDROP (TABLE|COLUMN|VIEW|MATERIALIZED VIEW|FUNCTION|TYPE|SCHEMA|ROLE)\b": "drops",
    r"\bRENAME\b": "renames",
    r"\bREVOKE\b": "takes a right away",
}
# What asks more of those who write to a table that was there before.
_ASKS_MORE = {
    r"\bSET NOT NULL\b": "wants a value where none was needed",
    r"\bALTER COLUMN \w+ (SET DATA )?TYPE\b": "changes a type",
    r"\bDROP DEFAULT\b": "wants a value where none was needed",
}
_MARK = re.compile(r"--\s*contract:\s*\S")
_ADDED_COLUMN = re.compile(r"\bADD COLUMN (?:IF NOT EXISTS )?(\w+) ((?:\([^)]*\)|[^,;(])*)")
_ADDED_CONSTRAINT = re.compile(r"\bADD CONSTRAINT (\w+)")


def faults(sql: str, before: set[str]) -> list[str]:
    """What of a migration breaks the version before, whose tables are named; empty: nothing.

    A statement after a comment `-- contract: why` is let through: nobody uses it any more.
    """
    up = sql.partition("-- migrate:down")[0]
    new = "|".join(re.findall(r"\bCREATE FUNCTION (\w+)", up)) or "none"
    found: list[str] = []
    for statement in _statements(up):
        if _MARK.search(statement):
            continue
        code = re.sub(r"--[^\n]*", "", statement)
        if re.search(rf"\bREVOKE .* ON FUNCTION ({new})\b", code):
            continue  # whoever used it before did not have it
        found += [f"{words}: {_line(code)}" for words in _broken(code, before)]
    return found


def tables(sql: str) -> set[str]:
    """The tables that a migration makes."""
    up = sql.partition("-- migrate:down")[0]
    return set(re.findall(r"\bCREATE TABLE (?:IF NOT EXISTS )?(\w+)", up))


def newer_than(folder: Path, version: str) -> list[Path]:
    """The migrations after a version, the oldest first."""
    return sorted(path for path in folder.glob("*.sql") if path.name.split("_")[0] > version)


def _statements(sql: str) -> list[str]:
    """Without the bodies of functions, which run with the new version's rights and names."""
    without = re.sub(r"\$(\w*)\$.*?\$\1\$", "''", sql, flags=re.DOTALL)
    return [each for each in without.split(";") if each.strip()]


def _broken(code: str, before: set[str]) -> list[str]:
    words = [what for pattern, what in _TAKES_AWAY.items() if re.search(pattern, code, re.I)]
    altered = re.search(r"\bALTER TABLE (?:ONLY )?(\w+)", code, re.I)
    if altered is None or altered[1] not in before:
        return words
    words += [what for pattern, what in _ASKS_MORE.items() if re.search(pattern, code, re.I)]
    for name, rest in _ADDED_COLUMN.findall(code):
        if re.search(r"\bNOT NULL\b", rest) and not re.search(r"\bDEFAULT\b|\bGENERATED\b", rest):
            words.append(f"wants a value for {name}")
    # One that takes the place of another of its name is looser: it is dropped in the statement.
    replaced = set(re.findall(r"\bDROP CONSTRAINT (?:IF EXISTS )?(\w+)", code))
    words += [f"adds {name}" for name in _ADDED_CONSTRAINT.findall(code) if name not in replaced]
    return words


def _line(code: str) -> str:
    return " ".join(code.split())[:100]
