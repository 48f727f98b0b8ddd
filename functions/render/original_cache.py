"""The last few originals on local disk: a file is downloaded once for many ranges of pages."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

Download = Callable[[str, Path], None]
OnRemoved = Callable[[Path], None]


@dataclass
class _Entry:
    path: Path
    users: int = 0
    complete: bool = False
    forgotten: bool = False
    download: threading.Lock = field(default_factory=threading.Lock)


class OriginalCache:
    """Keeps at most `capacity` files that nobody uses; the least recently used one goes first.

    `on_removed` is called with the path of a forgotten file once it is removed: whoever has it
    open should close it.
    """

    def __init__(
        self,
        folder: Path,
        download: Download,
        capacity: int,
        on_removed: OnRemoved = lambda _: None,
    ) -> None:
        self._folder = folder
        self._download = download
        self._capacity = capacity
        self._on_removed = on_removed
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._lock = threading.Lock()
        self._count = 0

    @contextmanager
    def fetch(self, key: str) -> Iterator[Path]:
        """The local path of an object, which stays there for the length of the block."""
        entry = self._acquire(key)
        try:
            with entry.download:
                if not entry.complete:
                    with self._discarded_if_it_fails(key, entry):
                        self._download(key, entry.path)
                    entry.complete = True
            yield entry.path
        finally:
            self._release(entry)

    def forget(self, key: str) -> None:
        """Remove an object's file: at once, or as soon as nobody uses it any more."""
        with self._lock:
            entry = self._entries.pop(key, None)
            if entry is None:
                return
            entry.forgotten = True
            unused = entry.users == 0
        if unused:
            self._remove(entry)

    @contextmanager
    def _discarded_if_it_fails(self, key: str, entry: _Entry) -> Iterator[None]:
        """Give an entry's place up when its download fails; who waits for it uses it to the end."""
        try:
            yield
        except BaseException:
            with self._lock:
                if self._entries.get(key) is entry:
                    del self._entries[key]
                entry.forgotten = True
            raise

    def _acquire(self, key: str) -> _Entry:
        with self._lock:
            if key not in self._entries:
                self._count += 1
                self._entries[key] = _Entry(self._folder / str(self._count))
            self._entries.move_to_end(key)
            self._entries[key].users += 1
            return self._entries[key]

    def _release(self, entry: _Entry) -> None:
        with self._lock:
            entry.users -= 1
            unused = [key for key, other in self._entries.items() if other.users == 0]
            for key in unused[: max(0, len(self._entries) - self._capacity)]:
                self._entries.pop(key).path.unlink(missing_ok=True)
            remove = entry.forgotten and entry.users == 0
        if remove:
            self._remove(entry)

    def _remove(self, entry: _Entry) -> None:
        entry.path.unlink(missing_ok=True)
        self._on_removed(entry.path)
