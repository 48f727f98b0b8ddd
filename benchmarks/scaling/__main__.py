"""Simulate many pages: `python -m benchmarks.scaling --pages 1000000 --quota 3000`."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace

from benchmarks.scaling.figures import Measured, Prices
from benchmarks.scaling.simulation import Scenario
from benchmarks.scaling.sizing import Sizing
from benchmarks.scaling.summary import Minute, Summary, run

_ASKED = {
    "pages": "how many come",
    "hours": "over how many hours they come",
    "curve": "flat; day: twice the mean in the middle; burst: half of them in the first twentieth",
    "pages_per_file": "pages of each file",
    "scans": "the share of pages that are scans, which take longer to draw",
    "quota": "calls that the model takes a minute",
    "quota_burst_s": "seconds of quota that can be saved up",
    "latency_s": "median seconds of a call",
    "latency_sigma": "its spread: sigma of a log-normal distribution",
    "cold_start_s": "seconds until a new pod serves",
    "sources": "replicas of the JetStream source",
    "postgres_cores": "processors of PostgreSQL",
    "s3_cores": "processors of the object store",
    "seed": "of the latencies",
    "longest_h": "stop after so many hours",
}
_CURVES = ("flat", "day", "burst")
_ROWS = 14


def main(arguments: list[str]) -> int:
    """Run what was asked for; 1 if pages are left."""
    parser = _parser()
    given = vars(parser.parse_args(arguments))
    if given["pages"] < 1 or given["hours"] <= 0 or given["quota"] <= 0:
        parser.error("pages, hours and quota must be more than 0")
    standard = Scenario()
    scenario = replace(
        standard,
        sizings=_scaled(parser, standard.sizings, given["scale"]),
        measured=Measured(**{f.name: given[f.name] for f in fields(Measured)}),
        **{name: given[name] for name in _ASKED},
    )
    prices = Prices(**{f.name: given[f.name] for f in fields(Prices)})
    summary, minutes = run(scenario, prices)
    if given["json"]:
        print(json.dumps(asdict(summary)))
    else:
        print("\n".join([*_over_time(minutes), "", *_in_all(summary)]))
    return 0 if summary.read == scenario.pages else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scaling",
        description="Simulate pages on their way through Lector, a second at a time.",
        epilog="Pods, concurrency and connections are those of functions/*/func.yaml."
        " What it means: docs/scaling.md.",
    )
    standard = Scenario()
    for name, purpose in _ASKED.items():
        value = getattr(standard, name)
        choices = _CURVES if name == "curve" else None
        _add(parser, name, value, f"{purpose} ({value})", choices)
    measured = parser.add_argument_group("measured; give your own")
    for name, value in asdict(standard.measured).items():
        _add(measured, name, value, f"({value:g})")
    prices = parser.add_argument_group("prices in USD and what is used; assumptions, give your own")
    for name, value in asdict(Prices()).items():
        _add(prices, name, value, f"({value:g})")
    parser.add_argument(
        "--scale", nargs="+", default=[], metavar="FUNCTION=PODS", help="another max-scale"
    )
    parser.add_argument("--json", action="store_true", help="one JSON line instead of tables")
    return parser


def _scaled(
    parser: argparse.ArgumentParser, sizings: Mapping[str, Sizing], given: Sequence[str]
) -> dict[str, Sizing]:
    """The sizings, with those max-scales that were given."""
    changed = dict(sizings)
    for entry in given:
        name, _, pods = entry.partition("=")
        if name not in changed or not pods.isdigit() or int(pods) == 0:
            parser.error(f"--scale {entry}: say FUNCTION=PODS, one of {', '.join(changed)}")
        changed[name] = replace(changed[name], max_scale=int(pods))
    return changed


def _add(
    parser: argparse._ActionsContainer,
    name: str,
    value: float | str,
    purpose: str,
    choices: Sequence[str] | None = None,
) -> None:
    flag = "--" + name.replace("_", "-")
    metavar = None if choices else "N"
    parser.add_argument(
        flag, type=type(value), default=value, metavar=metavar, help=purpose, choices=choices
    )


def _over_time(minutes: list[Minute]) -> list[str]:
    """A line for each of some minutes, evenly spread."""
    head = f"{'time':>6} {'arrived':>9} {'read':>9} {'in line':>9} {'calls':>6} {'pages/s':>8}"
    names = list(minutes[0].pods) if minutes else []
    lines = [head + "".join(f"{name:>10}" for name in names)]
    every = max(1, len(minutes) // _ROWS)
    for number in range(every - 1, len(minutes), every):
        minute, before = minutes[number], minutes[max(0, number - every)]
        rate = (minute.read - before.read) / max(1, minute.at - before.at)
        clock = f"{minute.at // 3600}:{minute.at // 60 % 60:02}"
        row = f"{clock:>6} {minute.arrived:>9,} {minute.read:>9,} {minute.waiting:>9,}"
        pods = "".join(f"{minute.pods[name]:>10}" for name in names)
        lines.append(f"{row} {minute.calling:>6} {rate:>8.1f}{pods}")
    return lines


def _in_all(found: Summary) -> list[str]:
    def each(values: dict[str, float], form: str) -> str:
        return ", ".join(f"{name} {format(value, form)}" for name, value in values.items())

    def dotted(values: dict[str, int]) -> str:
        return ", ".join(f"{name} {value}" for name, value in values.items())

    return [
        f"read            {found.read:,} pages, the last after {found.finished_h:g} h",
        f"longest line    {found.longest_line:,} pages",
        f"wait for model  median {found.waited_median_s:,} s, longest {found.waited_longest_s:,} s",
        f"refused calls   {found.refused:,}",
        f"swept           {found.announced_again:,} announcements of pages that stood in line",
        f"most pods       {dotted(found.pods)}",
        f"pod hours       {each(found.pod_hours, '.1f')}",
        f"busiest minute  {each(found.busiest, '.0%')} of what they can",
        f"connections     {found.connections}, {found.connections_at_most} with all pods",
        f"stored          {found.jetstream_gb:g} GB in JetStream, {found.objects_gb:g} GB in S3",
        f"USD             {each(found.cost, ',.2f')}",
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
