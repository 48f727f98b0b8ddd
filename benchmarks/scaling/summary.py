"""What is kept of a run: peaks, pods over time, and what it would cost."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from benchmarks.scaling.figures import Prices
from benchmarks.scaling.simulation import Scenario, Second, Simulation, swept
from benchmarks.scaling.sizing import Sizing, connections

_MINUTE, _HOUR = 60, 3600


@dataclass
class Minute:
    """The end of a minute, and the averages and peaks within it."""

    at: int
    arrived: int
    read: int
    waiting: int
    calling: int
    pods: dict[str, int]
    busy: dict[str, float]
    pod_cost: float


@dataclass(frozen=True)
class Summary:
    """A run in numbers; money in USD."""

    scenario: dict[str, Any]
    finished_h: float
    read: int
    longest_line: int
    waited_median_s: int
    waited_longest_s: int
    announced_again: int
    refused: int
    pods: dict[str, int]
    pod_hours: dict[str, float]
    busiest: dict[str, float]
    connections: int
    connections_at_most: int
    jetstream_gb: float
    objects_gb: float
    cost: dict[str, float]


def run(scenario: Scenario, prices: Prices) -> tuple[Summary, list[Minute]]:
    """Simulate; the summary, and every minute."""
    simulation = Simulation(scenario)
    keeper = _Keeper(scenario.sizings, prices)
    for second in simulation.seconds():
        keeper.keep(second)
    return _summary(scenario, prices, simulation, keeper), keeper.minutes


def trickle(scenario: Scenario, prices: Prices) -> float:
    """What 1,000 pages cost when a file an hour is all that comes."""
    hours, pages = 1, scenario.pages_per_file
    little = replace(scenario, pages=pages, hours=hours, curve="flat")
    keeper = _Keeper(little.sizings, prices)
    for second in Simulation(little).seconds():
        keeper.keep(second)
    pods = sum(minute.pod_cost for minute in keeper.minutes)
    return 1000 * ((hours * prices.standing_hour + pods) / pages + prices.page_read)


class _Keeper:
    """Minutes, and what is highest."""

    def __init__(self, sizings: Mapping[str, Sizing], prices: Prices) -> None:
        self.minutes: list[Minute] = []
        self.pods: dict[str, int] = defaultdict(int)
        self.pod_s: dict[str, int] = defaultdict(int)
        self.longest_line = self.connections = self.finished_at = 0
        self._busy: dict[str, float] = defaultdict(float)
        self._cost = 0.0
        self._read = 0
        self._per_s = {
            name: (s.vcpu * prices.vcpu_hour + s.gib * prices.gib_hour) / _HOUR
            for name, s in sizings.items()
        }

    def keep(self, second: Second) -> None:
        for name, count in second.pods.items():
            self.pods[name] = max(self.pods[name], count)
            self.pod_s[name] += count
            self._cost += count * self._per_s[name]
        for kind, share in second.busy.items():
            self._busy[kind] += share / _MINUTE
        self.longest_line = max(self.longest_line, sum(second.waiting.values()))
        self.connections = max(self.connections, second.connections)
        if second.read > self._read:
            self._read, self.finished_at = second.read, second.at
        if second.at % _MINUTE == _MINUTE - 1:
            self._end_minute(second)

    def _end_minute(self, second: Second) -> None:
        waiting = sum(second.waiting.values())
        minute = Minute(
            second.at + 1,
            second.arrived,
            second.read,
            waiting,
            second.calling,
            dict(second.pods),
            dict(self._busy),
            self._cost,
        )
        self.minutes.append(minute)
        self._busy.clear()
        self._cost = 0.0


def _summary(
    scenario: Scenario, prices: Prices, simulation: Simulation, keeper: _Keeper
) -> Summary:
    waits = simulation.line.waits
    m = scenario.measured
    again = sum(swept(wait) * pages for wait, pages in waits.items())
    kinds = keeper.minutes[0].busy if keeper.minutes else {}
    stored = simulation.read * m.stored_bytes_page + again * 700
    return Summary(
        scenario={k: v for k, v in asdict(scenario).items() if k not in ("measured", "sizings")},
        finished_h=round(keeper.finished_at / _HOUR, 2),
        read=simulation.read,
        longest_line=keeper.longest_line,
        waited_median_s=_median(waits),
        waited_longest_s=max(waits, default=0),
        announced_again=again,
        refused=simulation.calls.refused,
        pods=dict(keeper.pods),
        pod_hours={name: round(s / _HOUR, 2) for name, s in keeper.pod_s.items()},
        busiest={k: round(max(m.busy[k] for m in keeper.minutes), 3) for k in kinds},
        connections=keeper.connections,
        connections_at_most=connections(scenario.sizings),
        jetstream_gb=round(stored / 1e9, 2),
        objects_gb=round(simulation.read * m.image_bytes / 1e9, 1),
        cost=_cost(scenario, prices, keeper.minutes),
    )


def _median(waits: Mapping[int, int]) -> int:
    left = sum(waits.values()) / 2
    for wait, pages in sorted(waits.items()):
        left -= pages
        if left <= 0:
            return wait
    return 0


def _cost(scenario: Scenario, prices: Prices, minutes: list[Minute]) -> dict[str, float]:
    pods = sum(minute.pod_cost for minute in minutes)
    standing = len(minutes) / 60 * prices.standing_hour
    pages = max(1, minutes[-1].read) if minutes else 1
    model = prices.page_read * pages
    found = {
        "an_hour_asleep": prices.standing_hour,
        "pods": pods,
        "standing": standing,
        "model": model,
        "objects_a_month": pages * scenario.measured.image_bytes / 1e9 * prices.gb_month,
        "per_1000_whole": 1000 * (pods + standing + model) / pages,
        "per_1000_busiest_hour": _busiest_hour(prices, minutes),
        "per_1000_one_file_an_hour": trickle(scenario, prices),
        "per_1000_model_only": 1000 * prices.page_read,
    }
    return {name: round(value, 4) for name, value in found.items()}


def _busiest_hour(prices: Prices, minutes: list[Minute]) -> float:
    """What 1,000 pages cost in the hour in which most were read."""
    reads = [0, *(minute.read for minute in minutes)]
    ends = range(min(60, len(minutes)), len(minutes) + 1)
    end = max(ends, key=lambda e: reads[e] - reads[max(0, e - 60)], default=0)
    begin = max(0, end - 60)
    pages = max(1, reads[end] - reads[begin])
    pods = sum(minute.pod_cost for minute in minutes[begin:end])
    hours = (end - begin) / 60
    return 1000 * ((pods + hours * prices.standing_hour) / pages + prices.page_read)
