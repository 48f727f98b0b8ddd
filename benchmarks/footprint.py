"""What a process costs, with all that it has started: processor time, and memory."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

_SAMPLE_S = 1.0


class ProcessTree:
    """A process and everything below it."""

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)

    def processes(self) -> list[psutil.Process]:
        """It, and those below it that live."""
        return [self._root, *self._root.children(recursive=True)]

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

    @contextmanager
    def most_memory(self) -> Iterator[list[float]]:
        """Look at its memory once a second: MiB, in the list that is yielded."""
        seen: list[float] = []
        ended = threading.Event()

        def look() -> None:
            while True:
                with suppress(psutil.NoSuchProcess):
                    seen.append(self.pss_mib())
                if ended.wait(_SAMPLE_S):
                    return

        looking = threading.Thread(target=look, name="memory")
        looking.start()
        try:
            yield seen
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
