"""The last few PDFs on local disk, so that a warm function fetches a file once for many ranges."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

Download = Callable[[str, Path], None]


class PdfCache:
    """Keeps at most `capacity` files; the least recently used one goes first."""

    def __init__(self, folder: Path, download: Download, capacity: int) -> None:
        self._folder = folder
        self._download = download
        self._capacity = capacity
        self._paths: OrderedDict[str, Path] = OrderedDict()
        self._lock = threading.Lock()
        self._count = 0

    def fetch(self, key: str) -> Path:
        """The local path of an object.

        A path already handed out may be unlinked later; whoever has opened it keeps reading.
        """
        with self._lock:
            if key not in self._paths:
                self._paths[key] = self._downloaded(key)
            self._paths.move_to_end(key)
            while len(self._paths) > self._capacity:
                self._paths.popitem(last=False)[1].unlink()
            return self._paths[key]

    def _downloaded(self, key: str) -> Path:
        self._count += 1
        path = self._folder / f"{self._count}.pdf"
        try:
            self._download(key, path)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return path
