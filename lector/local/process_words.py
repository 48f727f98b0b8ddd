"""What lists of processes show of this one: its command and its environment.

A process that was forked shows those of the one that forked it. As setproctitle and PostgreSQL do,
others are written over them, where the kernel has put them when the program was started.
"""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

_FIRST_FIELD = 48  # of /proc/PID/stat: arg_start, arg_end, env_start, env_end


def show(command: Sequence[str], environment: Mapping[str, str]) -> None:
    """Show these words, as far as there is room; where the system lets nobody, nothing changes."""
    with contextlib.suppress(OSError):
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        edges = [int(field) for field in fields[_FIRST_FIELD - 3 : _FIRST_FIELD + 1]]
        with Path("/proc/self/mem").open("r+b", buffering=0) as memory:
            for start, end, words in (
                (edges[0], edges[1], command),
                (edges[2], edges[3], [f"{name}={value}" for name, value in environment.items()]),
            ):
                memory.seek(start)
                memory.write(_filled(words, end - start))


def _filled(words: Iterable[str], size: int) -> bytes:
    """So many bytes: as many of the words as have room, each with its NUL, and NULs."""
    filled = b""
    for word in words:
        more = filled + word.encode(errors="surrogateescape") + b"\0"
        if len(more) > size:
            break
        filled = more
    return filled.ljust(size, b"\0")
