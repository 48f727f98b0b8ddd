"""What MuPDF keeps of pages that were drawn, such as their images: up to 256 MiB of it.

The pages of a scan share nothing, so that it only fills memory; fonts, which pages of text share,
are small. It is emptied when the process has grown.
"""

import os
import sys
from pathlib import Path

import pymupdf

_GROWTH_BYTES = 64 * 1024 * 1024
_STATM = Path("/proc/self/statm")


class PageCache:
    """Empties MuPDF's cache whenever the process has grown by 64 MiB since the last time."""

    def __init__(self) -> None:
        self._least_bytes: int | None = None

    def empty_if_grown(self) -> None:
        """Look at the memory of this process: 20 µs. Other systems than Linux do not tell."""
        if sys.platform != "linux":
            return
        held = _resident_bytes()
        if self._least_bytes is None or held < self._least_bytes:
            self._least_bytes = held
        elif held > self._least_bytes + _GROWTH_BYTES:
            pymupdf.TOOLS.store_shrink(100)
            self._least_bytes = _resident_bytes()


def _resident_bytes() -> int:
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
