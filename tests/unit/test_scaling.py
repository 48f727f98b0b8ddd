"""The simulation of a million pages, with fewer of them."""

import json
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks.scaling.__main__ import main
from benchmarks.scaling.figures import Prices
from benchmarks.scaling.model_calls import Quota
from benchmarks.scaling.pods import Pods
from benchmarks.scaling.simulation import Line, Scenario, Second, Simulation, arrived_by, swept
from benchmarks.scaling.sizing import PLANNED, Sizing, connections, in_force
from benchmarks.scaling.summary import run, trickle

#: More than the quota takes at once: five minutes of it come in little more than one.
BUSY = Scenario(pages=6_000, hours=0.02, curve="burst", quota=1_200, sizings=PLANNED)


def seconds(scenario: Scenario) -> list[Second]:
    return list(Simulation(scenario).seconds())


@pytest.fixture(scope="module")
def busy() -> list[Second]:
    return seconds(BUSY)


def finished_at(passed: list[Second]) -> int:
    return next(second.at for second in passed if second.read == passed[-1].read)


def test_every_page_that_arrived_waits_is_with_the_model_or_is_read(busy: list[Second]) -> None:
    for second in busy:
        assert second.arrived == sum(second.waiting.values()) + second.calling + second.read
    assert busy[-1].read == BUSY.pages


def test_pages_only_ever_come_and_are_only_ever_read(busy: list[Second]) -> None:
    for before, after in pairwise(busy):
        assert before.arrived <= after.arrived
        assert before.read <= after.read


def test_the_model_never_begins_more_calls_than_its_quota(busy: list[Second]) -> None:
    begun = [second.calling + second.read for second in busy]
    most = BUSY.quota * (60 + BUSY.quota_burst_s) / 60 + 1
    in_a_minute = [b - a for a, b in zip([0, *begun], begun[59:], strict=False)]
    assert max(in_a_minute) <= most
    assert max(in_a_minute) > 0.9 * BUSY.quota  # and uses nearly all of it


def test_no_function_has_more_pods_than_its_max_scale(busy: list[Second]) -> None:
    small = {name: replace(sizing, max_scale=1) for name, sizing in PLANNED.items()}
    for passed, sizings in ((busy, PLANNED), (seconds(replace(BUSY, sizings=small)), small)):
        for second in passed:
            assert all(count <= sizings[name].max_scale for name, count in second.pods.items())


def test_calls_never_exceed_the_slots_of_the_source() -> None:
    few = {**PLANNED, "llm": replace(PLANNED["llm"], max_scale=1, concurrency=10)}
    passed = seconds(replace(BUSY, sizings=few))
    assert max(second.calling for second in passed) == 10


def test_connections_stay_below_those_of_all_pods(busy: list[Second]) -> None:
    assert connections(PLANNED) == 5 * 4 + 16 * 2 + 4 * 4 + 10 * 4 + 2 * 2 + 1
    assert 1 < max(second.connections for second in busy) <= connections(PLANNED)


def test_everything_sleeps_before_the_first_page_and_after_the_last() -> None:
    passed = seconds(replace(BUSY, pages=100, curve="day"))
    assert passed[0].arrived == 0
    for second in (passed[0], passed[-1]):
        assert not any(second.pods.values())
    assert all(any(second.pods[name] for second in passed) for name in PLANNED)


def test_twice_the_quota_nearly_halves_a_run_that_waits_for_the_model(busy: list[Second]) -> None:
    doubled = seconds(replace(BUSY, quota=2 * BUSY.quota))
    assert finished_at(doubled) < 0.65 * finished_at(busy)


def test_a_quota_beyond_the_slots_changes_nothing() -> None:
    few = {**PLANNED, "llm": replace(PLANNED["llm"], max_scale=1, concurrency=8)}
    some = replace(BUSY, pages=400, sizings=few)
    ends = {finished_at(seconds(replace(some, quota=quota))) for quota in (6_000, 60_000)}
    assert len(ends) == 1


def test_more_sources_help_only_when_one_is_the_bottleneck() -> None:
    slow = replace(BUSY, quota=1e6, measured=replace(BUSY.measured, source_ms=100.0))
    one, two = (finished_at(seconds(replace(slow, sources=n))) for n in (1, 2))
    assert two < 0.65 * one
    assert finished_at(seconds(replace(BUSY, sources=2))) == pytest.approx(
        finished_at(seconds(BUSY)), rel=0.05
    )


def test_longer_cold_starts_delay_the_first_page() -> None:
    little = replace(BUSY, pages=20, hours=0.01)
    first = [finished_at(seconds(replace(little, cold_start_s=s))) for s in (2, 12)]
    assert first[1] - first[0] >= 10


def test_the_same_seed_makes_the_same_run_and_another_one_differs(busy: list[Second]) -> None:
    assert seconds(BUSY) == busy
    assert seconds(replace(BUSY, seed=2)) != busy


@pytest.mark.parametrize("curve", ["flat", "day", "burst"])
def test_a_curve_begins_at_nothing_and_ends_at_all(curve: str) -> None:
    shares = [arrived_by(curve, n / 100) for n in range(101)]
    assert shares[0] == 0
    assert shares[-1] == pytest.approx(1)
    assert shares == sorted(shares)


def test_a_quota_saves_up_no_more_than_its_burst() -> None:
    quota = Quota(per_minute=600, burst_s=2)
    for _ in range(100):
        quota.refill()
    assert sum(quota.takes() for _ in range(1000)) == 20


def test_a_pod_is_kept_for_a_window_and_a_grace_period_and_then_goes() -> None:
    pods = Pods(Sizing(4, 1, 0, 1, 1), cold_start_s=2)
    pods.end(0, 1.0)
    pods.begin(1)
    assert (pods.ready, pods.awake) == (0, 1)
    pods.begin(2)
    assert pods.ready == 1
    left = []
    for now in range(1, 120):
        pods.end(now, 0.0)
        left.append(pods.awake)
    assert left.index(0) + 1 == 90


def test_a_burst_brings_as_many_pods_as_its_requests_need_at_once() -> None:
    pods = Pods(Sizing(8, 10, 0, 1, 1), cold_start_s=2)
    for now in range(12):
        pods.begin(now)
        pods.end(now, 35.0)
    assert pods.ready == 5  # 35 requests, 7 for each pod


def test_what_a_burst_brought_stays_for_a_window_although_less_is_needed() -> None:
    pods = Pods(Sizing(8, 10, 0, 1, 1), cold_start_s=2)
    for now in range(100):
        pods.begin(now)
        pods.end(now, 35.0 if 60 <= now < 72 else 1.0)
    assert pods.ready == 5


def test_the_line_serves_first_come_first_served() -> None:
    line = Line()
    line.join(0, 3)
    line.join(10, 2)
    line.leave(20, 4)
    assert line.waits == {20: 3, 10: 1}


def test_the_sweep_announces_after_ten_minutes_and_then_ever_more_rarely() -> None:
    assert [swept(s) for s in (0, 599, 600, 1799, 1800, 4200, 1e9)] == [0, 0, 1, 1, 2, 3, 8]


def test_func_yaml_overrides_what_was_planned(tmp_path: Path) -> None:
    folder = tmp_path / "render"
    folder.mkdir()
    (folder / "func.yaml").write_text(
        """
        run: {envs: [{name: DATABASE_POOL_SIZE, value: "3"}]}
        deploy:
          options:
            scale: {max: 7, utilization: 90}
            resources:
              requests: {cpu: 500m, memory: 512Mi}
              limits: {concurrency: 5}
        """
    )
    sizings = in_force(tmp_path)
    assert sizings["render"] == Sizing(7, 5, 3, 0.5, 0.5, 0.9)
    assert sizings["llm"] == PLANNED["llm"]


def test_a_page_costs_least_when_many_come_and_never_less_than_the_model() -> None:
    prices = Prices()
    summary, _ = run(replace(BUSY, quota=6_000), prices)
    floor = 1000 * prices.page_read
    assert floor < summary.cost["per_1000_busiest_hour"] < trickle(BUSY, prices)


def test_the_command_prints_one_line_of_json_or_a_table(
    capsys: pytest.CaptureFixture[str],
) -> None:
    small = ["--pages", "500", "--hours", "0.02", "--quota", "6000", "--scale", "llm=1"]
    assert main([*small, "--json"]) == 0
    [line] = capsys.readouterr().out.splitlines()
    found = json.loads(line)
    assert found["read"] == 500
    assert found["pods"]["llm"] == 1
    assert main(small) == 0
    assert re.search(r"^read +500 pages", capsys.readouterr().out, re.MULTILINE)


def test_the_command_tells_when_pages_are_left() -> None:
    assert main(["--pages", "500", "--hours", "0.02", "--quota", "1", "--longest-h", "0.1"]) == 1


@pytest.mark.parametrize("wrong", [["--scale", "nobody=3"], ["--quota", "0"], ["--pages", "x"]])
def test_the_command_refuses_what_makes_no_sense(wrong: list[str]) -> None:
    with pytest.raises(SystemExit):
        main(wrong)
