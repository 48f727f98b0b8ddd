"""What a process costs, with all that it has started: processor time, and memory."""

import json
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

_SAMPLE_S = 1.0


class ProcessTree:
    """A process and everything below it, without `others` and what is below those."""

    def __init__(self, pid: int, others: Collection[int] = ()) -> None:
        self._root = psutil.Process(pid)
        self._others = frozenset(others) - {pid}

    def processes(self) -> list[psutil.Process]:
        """It, and those below it that live."""
        below = {one: _parent(one) for one in self._root.children(recursive=True)}
        left_out, more = set[int](), set(self._others)
        while more:
            left_out |= more
            more = {one.pid for one, parent in below.items() if parent in left_out} - left_out
        return [self._root, *(one for one in below if one.pid not in left_out)]

    def cpu_s(self) -> float:
        """Seconds of a processor that it has taken, with what has ended meanwhile."""
        used_s = 0.0
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                used_s += sum(process.cpu_times()[:4])  # with those of children that have ended
        return used_s

    def pss_mib(self) -> float:
        """Its memory, each page that processes share counted once."""
        return sum(pss_mib(process.pid) for process in self.processes())


def _parent(process: psutil.Process) -> int:
    """The pid of its parent; 0 if it has just ended."""
    try:
        return process.ppid()
    except psutil.NoSuchProcess:
        return 0


def parts_of(data: Path) -> dict[str, ProcessTree]:
    """The parts of Lector that run, by their names, as it has written them into its folder."""
    pids = {
        file.parent.name: json.loads(file.read_text())[0]
        for file in sorted((data / "run").glob("*/process.json"))
    }
    # Some are started by others, and one that migrated has ended.
    return {
        name: ProcessTree(pid, pids.values())
        for name, pid in pids.items()
        if psutil.pid_exists(pid)
    }


@contextmanager
def most_memory(parts: Mapping[str, ProcessTree]) -> Iterator[dict[str, float]]:
    """Look at the memory of each part once a second: the most MiB, in what is yielded."""
    most = dict.fromkeys(parts, 0.0)
    ended = threading.Event()

    def look() -> None:
        while True:
            for name, tree in parts.items():
                with suppress(psutil.NoSuchProcess):
                    most[name] = max(most[name], tree.pss_mib())
            if ended.wait(_SAMPLE_S):
                return

    looking = threading.Thread(target=look, name="memory")
    looking.start()
    try:
        yield most
    finally:
        ended.set()
        looking.join()


def pss_mib(pid: int) -> float:
    """Memory of a process in MiB, with its share of what it has in common with others."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0) / 1024
