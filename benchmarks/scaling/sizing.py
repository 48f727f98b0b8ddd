"""What each function may grow to, as its func.yaml says; as it was planned where there is none."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from lector.local.tools import checkout

POSTGRES_SOURCE_CONNECTIONS = 1


@dataclass(frozen=True)
class Sizing:
    """One function: its pods, the requests and connections of each, and what a pod reserves."""

    max_scale: int
    concurrency: int
    connections: int
    vcpu: float
    gib: float
    target: float = 0.7  # of the concurrency, at which Knative wants another pod

    @property
    def slots(self) -> int:
        """Requests that all pods together take at once."""
        return self.max_scale * self.concurrency


PLANNED = {
    "upload": Sizing(5, 16, 4, 0.05, 0.125),
    "render": Sizing(16, 2, 2, 1.0, 0.5),
    "register": Sizing(4, 8, 4, 0.05, 0.125),
    "llm": Sizing(10, 64, 4, 0.1, 0.1875),
    "outbox": Sizing(2, 2, 2, 0.05, 0.125),
    "sink": Sizing(4, 16, 0, 0.05, 0.125),
}


def in_force(functions: Path | None = None) -> dict[str, Sizing]:
    """The sizing of every function, by its func.yaml where it has one."""
    folder = functions or checkout() / "functions"
    return {name: _read(folder / name / "func.yaml", planned) for name, planned in PLANNED.items()}


def connections(sizings: Mapping[str, Sizing]) -> int:
    """PostgreSQL connections when every function has all its pods."""
    pools = sum(s.max_scale * s.connections for s in sizings.values())
    return pools + POSTGRES_SOURCE_CONNECTIONS


def _read(path: Path, planned: Sizing) -> Sizing:
    if not path.exists():
        return planned
    document = yaml.safe_load(path.read_text())
    options = document.get("deploy", {}).get("options", {})
    scale = options.get("scale", {})
    limits, requests = (options.get("resources", {}).get(k, {}) for k in ("limits", "requests"))
    pool = _environment(document).get("DATABASE_POOL_SIZE", planned.connections)
    return replace(
        planned,
        max_scale=int(scale.get("max", planned.max_scale)),
        concurrency=int(limits.get("concurrency", planned.concurrency)),
        connections=int(pool) if str(pool).isdigit() else planned.connections,
        vcpu=_processors(requests.get("cpu", planned.vcpu)),
        gib=_gib(requests.get("memory", planned.gib)),
        target=float(scale.get("utilization", 100 * planned.target)) / 100,
    )


def _environment(document: Mapping[str, Any]) -> dict[str, Any]:
    entries = document.get("run", {}).get("envs") or []
    return {entry["name"]: entry.get("value") for entry in entries if "name" in entry}


def _processors(amount: object) -> float:
    text = str(amount)
    return float(text[:-1]) / 1000 if text.endswith("m") else float(text)


def _gib(amount: object) -> float:
    text = str(amount)
    units = {"Gi": 1.0, "Mi": 1 / 1024, "G": 1e9 / 2**30, "M": 1e6 / 2**30}
    for unit, factor in units.items():
        if text.endswith(unit):
            return float(text.removesuffix(unit)) * factor
    return float(text)
