"""The processes of the Lector that runs on a data folder: which there are, and what they take."""

import contextlib
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

from lector.local.process import PID_FILE


@dataclass(frozen=True)
class RunningPart:
    """A part's process, with those that it has started."""

    name: str
    pid: int
    state: str
    """`runs`, or `paused` (by SIGSTOP)."""
    started_at: datetime
    memory_bytes: int
    """What would be free if it ended; pages of memory that several share are shared out."""
    cpu_s: float


def of(folder: Path, supervisor: int) -> list[RunningPart]:
    """The parts that run on a data folder, and the process that started them, by their names.

    A part that ended this moment, and was not started again yet, is not among them.
    """
    found = dict(_processes(folder))
    with contextlib.suppress(psutil.NoSuchProcess):
        found["supervisor"] = psutil.Process(supervisor)
    pids = {process.pid for process in found.values()}
    parts = []
    for name, process in found.items():
        with contextlib.suppress(psutil.NoSuchProcess):
            parts.append(_look_at(name, process, pids))
    return parts


def _processes(folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    for written in sorted(folder.glob(f"run/*/{PID_FILE}")):
        with contextlib.suppress(FileNotFoundError, ValueError, psutil.NoSuchProcess):
            pid, created = json.loads(written.read_text())
            process = psutil.Process(pid)
            if process.create_time() == created and process.status() != psutil.STATUS_ZOMBIE:
                yield written.parent.name, process


def _look_at(name: str, process: psutil.Process, pids: Collection[int]) -> RunningPart:
    is_paused = process.status() == psutil.STATUS_STOPPED
    memory, cpu_s = 0, 0.0
    for one in (process, *_started_by(process, pids)):
        with contextlib.suppress(psutil.NoSuchProcess):
            used, times = one.memory_full_info(), one.cpu_times()
            memory += getattr(used, "pss", used.uss)  # only Linux knows what is shared by how many
            cpu_s += times.user + times.system
    return RunningPart(
        name=name,
        pid=process.pid,
        state="paused" if is_paused else "runs",
        started_at=datetime.fromtimestamp(process.create_time(), UTC),
        memory_bytes=memory,
        cpu_s=cpu_s,
    )


def _started_by(process: psutil.Process, parts: Collection[int]) -> Iterator[psutil.Process]:
    """What a process has started, and what that has, but no parts: the fork server starts those."""
    with contextlib.suppress(psutil.NoSuchProcess):
        for child in process.children():
            if child.pid not in parts:
                yield child
                yield from _started_by(child, parts)
