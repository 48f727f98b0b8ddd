"""Python imports this at the start of each process that has this folder in its PYTHONPATH.

It charges the processor time of every thread to the module of ours that it is in, a hundred times
a second, and writes the sums into a file of PROFILE_FOLDER. It needs nothing but Python.
"""

import json
import os
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path
from types import FrameType

_EVERY_S, _WRITE_EVERY_S = 0.01, 1.0
_OURS = ("functions.", "lector.")
_IMPORTING = "importlib._bootstrap"
_OWN = "the profile itself"


def _part(frame: FrameType | None) -> str:
    """The innermost module of ours on a stack."""
    innermost = None
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if name == _IMPORTING:
            return "import"
        if innermost is None and name.startswith(_OURS):
            innermost = name
        frame = frame.f_back
    return innermost or "libraries"


class _Sampler:
    def __init__(self, folder: Path) -> None:
        self._file = folder / f"{os.getpid()}.json"
        self._used_s: dict[int, float] = {}
        self._parts: dict[str, float] = defaultdict(float)

    def run(self) -> None:
        me, written_at = threading.get_ident(), 0.0
        while True:
            time.sleep(_EVERY_S)
            frames = sys._current_frames()
            for thread, frame in frames.items():
                used_s = self._used(thread)
                spent_s = used_s - self._used_s.get(thread, 0.0)
                self._used_s[thread] = used_s
                if thread == me:
                    self._parts[_OWN] += spent_s
                elif spent_s > 0:
                    self._parts[_part(frame)] += spent_s
            for ended in self._used_s.keys() - frames.keys():
                del self._used_s[ended]
            if time.monotonic() > written_at + _WRITE_EVERY_S:
                written_at = time.monotonic()
                self._write()

    def _used(self, thread: int) -> float:
        try:
            return time.clock_gettime(time.pthread_getcpuclockid(thread))
        except OSError:  # it has just ended
            return self._used_s.get(thread, 0.0)

    def _write(self) -> None:
        fresh = self._file.with_suffix(".new")
        command = Path("/proc/self/cmdline").read_bytes().decode().split("\0")
        fresh.write_text(json.dumps({"command": command, "parts": self._parts}))
        fresh.replace(self._file)


def _begin() -> None:
    sampler = _Sampler(Path(os.environ["PROFILE_FOLDER"]))
    threading.Thread(target=sampler.run, name="profile", daemon=True).start()


if "PROFILE_FOLDER" in os.environ:
    _begin()
    os.register_at_fork(after_in_child=_begin)
