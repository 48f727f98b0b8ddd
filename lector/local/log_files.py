"""Log files of a bounded size, written by the supervisor from what its processes print.

A process prints into a pipe, not into the file: a file that somebody else keeps open cannot be
rotated without losing what is written meanwhile.
"""

import contextlib
import itertools
import os
import threading
from pathlib import Path

# Of each process: NAME.log, and as many older files. 20 MiB in all, some 100,000 lines.
FILE_BYTES = 5 * 1024 * 1024
OLDER_FILES = 3
_PIPE_BYTES = 64 * 1024
_LONGEST_LINE = 64 * 1024  # a longer one is cut


class LogFile:
    """NAME.log, of at most `file_bytes` and a line; NAME.log.1 and so on are older ones."""

    def __init__(
        self, path: Path, file_bytes: int = FILE_BYTES, older_files: int = OLDER_FILES
    ) -> None:
        self.path = path
        self._file_bytes = file_bytes
        self._older_files = older_files
        self._lock = threading.Lock()
        self._readers: list[threading.Thread] = []
        path.touch()

    def pipe(self) -> int:
        """A new pipe's end to print into, for the caller to close; it is read until all have."""
        reading, writing = os.pipe()
        reader = threading.Thread(
            target=self._read, args=[reading], name=f"log of {self.path.stem}", daemon=True
        )
        reader.start()
        # Only now: another thread may wait for all of them, and none can for one that never began.
        self._readers = [*filter(threading.Thread.is_alive, self._readers), reader]
        return writing

    def wait_written(self, timeout_s: float) -> None:
        """Wait until all is in the file that those have printed who have closed their pipes."""
        for reader in self._readers:
            reader.join(timeout_s)

    def _read(self, pipe: int) -> None:
        try:
            while piece := os.read(pipe, _PIPE_BYTES):
                # Read on when the disk is full: whoever prints must not wait for ever.
                with contextlib.suppress(OSError), self._lock:
                    self._write(piece)
        finally:
            os.close(pipe)

    def _write(self, piece: bytes) -> None:
        while piece:
            size = self.path.stat().st_size if self.path.exists() else 0
            room = max(0, self._file_bytes - size)
            if len(piece) <= room:
                self._append(piece)
                return
            # Up to the end of a line: the last one for which there is room, else the first.
            end = piece.rfind(b"\n", 0, room) + 1 or piece.find(b"\n") + 1
            self._append(piece[: end or len(piece)])
            if end or size > self._file_bytes + _LONGEST_LINE:
                self._rotate()
            piece = piece[end or len(piece) :]

    def _append(self, piece: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(piece)

    def _rotate(self) -> None:
        files = [self.path, *(self._older(n) for n in range(1, self._older_files + 1))]
        for newer, older in reversed(list(itertools.pairwise(files))):
            if newer.exists():
                newer.replace(older)

    def _older(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")
