"""What Lector wrote into a folder: a line of JSON for each file there, in a file beside them.

A note without its file, or a file without its note, is nothing.
"""

import json
from pathlib import Path
from typing import Any

from lector.cli import made_files

NOTES = ".lector-written.jsonl"


class Notes:
    """The notes of a folder; of a file, the last one holds."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NOTES
        self._notes, self._is_cut_off = _load(self._path)

    def __contains__(self, file: object) -> bool:
        """Whether something is noted of a file, by its path in the folder, with slashes."""
        return file in self._notes

    def get(self, file: str) -> dict[str, Any] | None:
        """What is noted of a file; None if nothing is."""
        return self._notes.get(file)

    def add(self, file: str, **said: object) -> None:
        """Note something of a file, at once: another run may write beside this one.

        Raises:
            LectorError: it cannot be written.

        """
        note = {"file": file, **said}
        with made_files.say_unwritable(self._path) as path, path.open("ab") as notes:
            before = "\n" if self._is_cut_off else ""
            notes.write(f"{before}{json.dumps(note)}\n".encode())
        self._notes[file], self._is_cut_off = note, False


def _load(path: Path) -> tuple[dict[str, dict[str, Any]], bool]:
    """What is noted, and whether the last line lacks its end."""
    notes: dict[str, dict[str, Any]] = {}
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return notes, False
    for line in text.splitlines():
        try:
            note = json.loads(line)
            notes[note["file"]] = note
        except (ValueError, KeyError, TypeError):
            continue  # such as the beginning of one, after a power cut
    return notes, bool(text) and not text.endswith("\n")
