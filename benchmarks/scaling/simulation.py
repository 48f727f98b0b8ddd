"""A second at a time: pages arrive, pass the stages, are read; pods come and go with the work."""

import math
import random
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from benchmarks.scaling.figures import RANGE, Measured
from benchmarks.scaling.model_calls import Calls, Quota
from benchmarks.scaling.pods import Pods
from benchmarks.scaling.sizing import POSTGRES_SOURCE_CONNECTIONS, Sizing, in_force
from lector.runtime.settings import Ledger

_ASLEEP_S = 200  # after the last page, until every function sleeps
_SLOTS_AT_START = 4
_SWEEP_AFTER_S, _SWEEP_ATTEMPTS = Ledger.sweep_after_s, Ledger.sweep_attempts


@dataclass(frozen=True)
class Scenario:
    """What is asked of Lector, and with what."""

    pages: int = 1_000_000
    hours: float = 8.0
    curve: str = "day"
    pages_per_file: int = 20
    scans: float = 0.3
    quota: float = 3_000.0
    quota_burst_s: float = 10.0
    latency_s: float = 6.0
    latency_sigma: float = 0.5
    cold_start_s: int = 2
    sources: int = 1
    postgres_cores: float = 2.0
    s3_cores: float = 4.0
    seed: int = 1
    longest_h: float = 100.0
    measured: Measured = field(default_factory=Measured)
    sizings: Mapping[str, Sizing] = field(default_factory=in_force)


@dataclass(frozen=True)
class Stage:
    """A step of a page's way: by whom, how many pages in a request, how fast one pod is."""

    name: str
    function: str
    batch: int
    pages_per_pod_s: float
    # What a page takes of that which all share: see `capacities`.
    takes: Mapping[str, float]


@dataclass(frozen=True)
class Second:
    """The end of one second."""

    at: int
    arrived: int
    waiting: Mapping[str, int]
    calling: int
    read: int
    pods: Mapping[str, int]
    busy: Mapping[str, float]
    connections: int


def arrived_by(curve: str, part: float) -> float:
    """The share of all pages that has come when `part` of the time is over."""
    part = min(1.0, part)
    if curve == "flat":
        return part
    if curve == "burst":  # half of it in the first twentieth
        return 10 * part if part < 0.05 else 0.5 + 0.5 * (part - 0.05) / 0.95
    return part - math.sin(2 * math.pi * part) / (2 * math.pi)  # a day: twice the mean at noon


def capacities(scenario: Scenario, under_way: int = 0) -> dict[str, float]:
    """What all pages share, per second: deliveries, events, messages, seconds of CPU."""
    m = scenario.measured
    delivery_ms = m.source_ms + m.source_ms_each * under_way / scenario.sources
    return {
        "source": scenario.sources * 1000 / delivery_ms,
        "relay": m.relay_events_s,
        "jetstream": m.jetstream_messages_s,
        "postgres": scenario.postgres_cores,
        "s3": scenario.s3_cores,
    }


def stages(scenario: Scenario) -> list[Stage]:
    """The way of a page. CPU of PostgreSQL and S3 is measured as a whole and halved between two."""
    m, file = scenario.measured, scenario.pages_per_file
    drawing = 1 / (
        (1 - scenario.scans) / m.text_pages_per_pod_s + scenario.scans / m.scan_pages_per_pod_s
    )
    whole = m.files_per_pod_s * file
    sql, s3 = m.postgres_cpu_s_page / 2, m.s3_cpu_s_page / 2
    once = {"source": 1 / file, "jetstream": 2 / file}
    ranges = {"source": 1 / RANGE, "jetstream": 2 / RANGE}
    return [
        Stage("upload", "upload", file, whole, {"relay": 1 / file, "jetstream": 1 / file}),
        Stage("open", "render", file, whole, once),
        Stage("ledger", "register", file, whole, {**once, "relay": 1 / RANGE}),
        Stage("render", "render", RANGE, drawing, {**ranges, "s3": s3}),
        Stage(
            "register",
            "register",
            RANGE,
            m.register_pages_per_pod_s,
            {**ranges, "relay": 1.0, "postgres": sql},
        ),
        Stage(
            "llm",
            "llm",
            1,
            math.inf,
            {"source": 1.0, "jetstream": 2.0, "relay": 1.0, "postgres": sql, "s3": s3},
        ),
    ]


def swept(waited_s: float) -> int:
    """How often the sweep has announced a page again that stood in line for so long."""
    return min(_SWEEP_ATTEMPTS, int(math.log2(waited_s / _SWEEP_AFTER_S + 1)))


class Line:
    """Pages that wait for the model, first come, first served, and how long they did."""

    def __init__(self) -> None:
        self.waits: Counter[int] = Counter()
        self._line: deque[tuple[int, int]] = deque()

    def join(self, now: int, pages: int) -> None:
        """Pages come to its end."""
        if pages:
            self._line.append((now, pages))

    def leave(self, now: int, pages: int) -> None:
        """Pages go from its head."""
        while pages:
            since, count = self._line.popleft()
            if count > pages:
                self._line.appendleft((since, count - pages))
            gone = min(count, pages)
            self.waits[now - since] += gone
            pages -= gone


class Simulation:
    """One run; iterate over `seconds` and look at each."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._stages = stages(scenario)
        self._capacity = capacities(scenario)
        self._left: dict[str, float] = {}
        self._slots = {s.name: float(_SLOTS_AT_START) for s in self._stages}
        self._in_flight: dict[str, float] = {}
        self.pods = {n: Pods(s, scenario.cold_start_s) for n, s in scenario.sizings.items()}
        self.waiting = {stage.name: 0 for stage in self._stages}
        self.line = Line()
        self.arrived = self.read = 0
        quota = Quota(scenario.quota, scenario.quota_burst_s)
        self.calls = Calls(
            scenario.sizings["llm"].slots,
            quota,
            scenario.latency_s,
            scenario.latency_sigma,
            random.Random(scenario.seed),
        )

    def seconds(self) -> Iterator[Second]:
        """Every second until all pages are read and all functions sleep, or the time is over."""
        quiet_s = 0
        for now in range(int(self._scenario.longest_h * 3600)):
            yield self._second(now)
            done = self.read == self._scenario.pages
            quiet_s = quiet_s + 1 if done else 0
            if quiet_s >= _ASLEEP_S:
                return

    def _second(self, now: int) -> Second:
        self._capacity = capacities(self._scenario, self.calls.under_way)
        self._left = dict(self._capacity)
        self._in_flight = dict.fromkeys(self.pods, 0.0)
        for pods in self.pods.values():
            pods.begin(now)
        self.read += self.calls.ended(now)
        idle = {name: float(pods.ready) for name, pods in self.pods.items()}
        moved = [self._step(stage, idle) for stage in self._stages]
        for stage, pages in zip(self._stages[1:], moved, strict=False):
            self.waiting[stage.name] += pages  # only now: a page takes one step a second
        self.line.leave(now, moved[-1])
        self.line.join(now, moved[-2])
        self._arrive(now)
        self._publish()
        for name, pods in self.pods.items():
            pods.end(now, self._in_flight[name])
        return self._seen(now)

    def _arrive(self, now: int) -> None:
        s = self._scenario
        due = s.pages * arrived_by(s.curve, (now + 1) / (3600 * s.hours))
        files = int(due / s.pages_per_file + 1e-6)
        due_pages = s.pages if now + 1 >= 3600 * s.hours else files * s.pages_per_file
        new = due_pages - self.arrived
        self.arrived += new
        self.waiting["upload"] += new
        if new:  # the first event of a file wakes those that it will need
            for name in ("render", "register", "outbox", "llm"):
                self.pods[name].wake(now)

    def _step(self, stage: Stage, idle: dict[str, float]) -> int:
        """Take pages through a stage, as far as its idle pods and what all share allow."""
        waiting = self.waiting[stage.name]
        flight: float
        allowed = min([waiting, *(int(self._left[k] / v) for k, v in stage.takes.items())])
        if stage.name == "llm":
            moved = self.calls.begin(allowed, self.pods["llm"].places)
            flight = self.calls.under_way + min(
                self.calls.limit - self.calls.under_way, waiting - moved
            )
        else:
            moved = min(allowed, int(idle[stage.function] * stage.pages_per_pod_s))
            idle[stage.function] -= moved / stage.pages_per_pod_s
            flight = self._requests(stage, moved, waiting - moved)
        self.waiting[stage.name] = waiting - moved
        self._in_flight[stage.function] += flight
        for kind, amount in stage.takes.items():
            self._left[kind] -= moved * amount
        return moved

    def _requests(self, stage: Stage, moved: int, left: int) -> float:
        """Requests under way on average: those worked on, and those that wait for a pod."""
        slots = self._slots[stage.name]
        most = self._scenario.sizings[stage.function].slots
        self._slots[stage.name] = min(most, slots + moved / stage.batch)
        return min(slots, moved / stage.pages_per_pod_s + math.ceil(left / stage.batch))

    def _publish(self) -> None:
        """What the relay does in this second: one ring at a time, a batch in the sink."""
        used = 1 - self._left["relay"] / self._capacity["relay"]
        rings = min(1.0, max(used, 0.05)) if used > 0 else 0.0
        self._in_flight["outbox"] = self._in_flight["sink"] = rings

    def _seen(self, now: int) -> Second:
        sizings = self._scenario.sizings
        awake = {name: pods.awake for name, pods in self.pods.items()}
        pools = sum(count * sizings[name].connections for name, count in awake.items())
        busy = {k: 1 - self._left[k] / most for k, most in self._capacity.items()}
        return Second(
            at=now,
            arrived=self.arrived,
            waiting=dict(self.waiting),
            calling=self.calls.under_way,
            read=self.read,
            pods=awake,
            busy=busy,
            connections=pools + POSTGRES_SOURCE_CONNECTIONS,
        )
