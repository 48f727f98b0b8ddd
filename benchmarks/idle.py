"""idle: what all of Lector on one machine costs while nobody uses it, by process."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.footprint import parts_of, pss_mib
from benchmarks.reporting import Figure, say
from lector.local.data_folder import DataFolder
from lector.local.process import free_port
from lector.local.tools import checkout

NAMES = ("idle",)

_SETTLE_S, _MEASURE_S = 20.0, 60.0
_READY_S = 60.0
_SERVERS = ("postgres", "nats", "seaweedfs")
_LIMIT_PERCENT = 0.5
_NOTE = (
    f"percent of one core over {_MEASURE_S:.0f} s, from /proc/PID/stat; {{pss_mib:.0f}} MiB PSS in"
    " {processes} processes; limit: what is promised"
)


@dataclass(frozen=True)
class Cost:
    """What one part of `lector up` costs, with all processes that it has started."""

    part: str
    cpu_percent: float
    pss_mib: float
    processes: int
    passed = True  # nobody has promised a share of each

    def line(self) -> str:
        """The cost as JSON."""
        members = {
            "name": "idle",
            "part": self.part,
            "cpu_percent": round(self.cpu_percent, 3),
            "pss_mib": round(self.pss_mib, 1),
            "processes": self.processes,
        }
        return json.dumps(members)


def measure(folder: Path, _: Collection[str]) -> Iterator[Cost | Figure]:
    """The cost of each part, the dearest first; then of Lector's own code, and of everything."""
    with _lector_up(folder / "idle") as supervisor:
        say(f"idle: waiting {_SETTLE_S:.0f} s, then measuring for {_MEASURE_S:.0f} s")
        time.sleep(_SETTLE_S)
        parts = _parts(folder / "idle", supervisor)
        before, began = {part: _cpu_s(pids) for part, pids in parts.items()}, time.monotonic()
        time.sleep(_MEASURE_S)
        took_s = time.monotonic() - began
        costs = [
            Cost(
                part,
                (_cpu_s(pids) - before[part]) / took_s * 100,
                sum(map(pss_mib, pids)),
                len(pids),
            )
            for part, pids in parts.items()
        ]
    yield from sorted(costs, key=lambda cost: -cost.cpu_percent)
    yield _sum("idle_sources", [cost for cost in costs if cost.part.endswith("-source")])
    yield _sum("idle_own", [cost for cost in costs if cost.part not in _SERVERS])
    yield _sum("idle_all", costs)


def _sum(name: str, costs: list[Cost]) -> Figure:
    note = _NOTE.format(
        pss_mib=sum(cost.pss_mib for cost in costs), processes=sum(cost.processes for cost in costs)
    )
    return Figure(name, sum(cost.cpu_percent for cost in costs), "%", _LIMIT_PERCENT, note)


@contextmanager
def _lector_up(data: Path) -> Iterator[int]:
    """`lector up` with its own reader, as a person starts it; yields its pid."""
    command = [sys.executable, "-m", "lector.cli", "up", "--data", str(data)]
    env = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
    up = subprocess.Popen(
        [*command, "--port", str(free_port())],
        env=env,
        cwd=checkout(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + _READY_S
        while DataFolder(data).running() is None:
            if up.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("lector up did not start")
            time.sleep(0.2)
        yield up.pid
    finally:
        up.terminate()
        up.wait()


def _parts(data: Path, supervisor: int) -> dict[str, list[int]]:
    """The processes of each part by its name, as the supervisor has written them down."""
    trees = parts_of(data)
    return {
        "supervisor": [supervisor],
        **{name: [one.pid for one in tree.processes()] for name, tree in trees.items()},
    }


def _cpu_s(pids: list[int]) -> float:
    """Seconds of a processor that these have taken; one that has ended counts nothing."""
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        ticks += int(fields[11]) + int(fields[12])  # utime and stime, of all threads
    return ticks / os.sysconf("SC_CLK_TCK")
