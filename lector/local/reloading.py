"""Which processes a saved file belongs to, for whoever changes Lector while it runs."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from lector.local import functions
from lector.local.tools import checkout

BRIDGE = ("jetstream-sink", "jetstream-source", "postgres-source")
# What is not read again by starting a process anew.
_STAYS = ("lector/cli", "lector/local", "migrations")
_KINDS = {".py", ".sql", ".yaml"}
_FOLDERS = ("functions", "lector", "migrations")


class Saved:
    """Looks at the sources again and again; each look tells what was saved since the one before."""

    def __init__(self, root: Path | None = None) -> None:
        self._root = root or checkout()
        self._seen = self._look()

    def since(self) -> list[str]:
        """The files that were saved, added or removed since the last call, from the checkout on."""
        before, self._seen = self._seen, self._look()
        return sorted({name for name, _ in before.items() ^ self._seen.items()})

    def _look(self) -> dict[str, int]:
        return {
            str(path.relative_to(self._root)): modified
            for path in self._sources()
            if (modified := _modified(path)) is not None
        }

    def _sources(self) -> Iterator[Path]:
        for folder in _FOLDERS:
            for path in (self._root / folder).rglob("*"):
                if path.suffix in _KINDS and path.name != "func.yaml":
                    yield path


def concerned(files: Iterable[str]) -> set[str]:
    """The processes that have to be started anew to work with these files as they are now."""
    return {name for file in files for name in _users(file)}


def stays(files: Iterable[str]) -> list[str]:
    """Those of the files that only another `lector up` would take up."""
    return [file for file in files if file.startswith(_STAYS)]


def _users(file: str) -> set[str]:
    folder, _, rest = file.partition("/")
    if file.startswith(_STAYS):
        return set()
    if folder == "functions":
        return {rest.partition("/")[0]} & set(functions.names())
    if file.startswith("lector/bridge/"):
        return set(BRIDGE)
    if file.startswith("lector/tesseract/"):
        return {"tesseract"}
    return {*functions.names(), *BRIDGE}  # the package that all of them import


def _modified(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:  # an editor was faster
        return None
