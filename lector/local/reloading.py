"""Which processes to restart when a source file is saved, for `lector up --reload`."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from lector.local import functions
from lector.local.tools import checkout

BRIDGE = ("jetstream-sink", "jetstream-source", "postgres-source")
# What a restart of the functions and the bridge does not load again.
_NOT_RELOADED = ("lector/cli", "lector/local", "migrations")
_SUFFIXES = {".py", ".sql", ".yaml"}
_FOLDERS = ("functions", "lector", "migrations")


class SourceWatcher:
    """Compares the times at which sources were saved with those it saw before."""

    def __init__(self, root: Path | None = None) -> None:
        self._root = root or checkout()
        self._modified = self._modification_times()

    def changes(self) -> list[str]:
        """The files saved, added or removed since the last call, as paths below the checkout."""
        before, self._modified = self._modified, self._modification_times()
        return sorted({name for name, _ in before.items() ^ self._modified.items()})

    def _modification_times(self) -> dict[str, int]:
        return {
            str(path.relative_to(self._root)): modified
            for path in self._sources()
            if (modified := _modified_ns(path)) is not None
        }

    def _sources(self) -> Iterator[Path]:
        for folder in _FOLDERS:
            for path in (self._root / folder).rglob("*"):
                if path.suffix in _SUFFIXES and path.name != "func.yaml":
                    yield path


def affected_processes(files: Iterable[str]) -> set[str]:
    """The processes that must be restarted to use these files as they are now."""
    return {name for file in files for name in _users(file)}


def not_reloaded(files: Iterable[str]) -> list[str]:
    """Those of the files that only a new `lector up` would use."""
    return [file for file in files if file.startswith(_NOT_RELOADED)]


def _users(file: str) -> set[str]:
    folder, _, rest = file.partition("/")
    if file.startswith(_NOT_RELOADED):
        return set()
    if folder == "functions":
        return {rest.partition("/")[0]} & set(functions.names())
    if file.startswith("lector/bridge/"):
        return set(BRIDGE)
    if file.startswith("lector/tesseract/"):
        return {"tesseract"}
    return {*functions.names(), *BRIDGE}  # the package that all of them import


def _modified_ns(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:  # an editor has just removed or replaced it
        return None
