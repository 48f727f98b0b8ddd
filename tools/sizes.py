"""What the manifests ask of a node: `make -s manifests | python -m tools.sizes`.

What is asleep at zero asks for nothing. Each pod of a Knative Service has a queue-proxy beside it,
which asks for 25 millicores unless an annotation says otherwise, as Serving's defaults have it.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import yaml

Manifest = dict[str, Any]

_UNITS = {"": 1 / 2**20, "Ki": 1 / 1024, "Mi": 1.0, "Gi": 1024.0}
_QUEUE_PROXY_MCPU = 25.0
_QUEUE_PROXY = "queue.sidecar.serving.knative.dev/cpu-resource-request"
_MAX_SCALE = "autoscaling.knative.dev/max-scale"


class Size(NamedTuple):
    """Requests in millicores and MiB, and the limit of memory in MiB."""

    mcpu: float = 0.0
    mib: float = 0.0
    limit_mib: float = 0.0

    def plus(self, other: "Size", times: int = 1) -> "Size":
        """The sum with so many of another."""
        return Size(*(own + times * more for own, more in zip(self, other, strict=True)))


class Sizes(NamedTuple):
    """An installation while nothing happens, with one pod of each function, and at its largest."""

    idle: Size
    awake: Size
    largest: Size


def of(manifests: Iterable[Manifest]) -> Sizes:
    """The sums of everything that runs for long; a Job does not."""
    idle = awake = largest = Size()
    for pod, at_zero, at_most in _workloads(manifests):
        idle = idle.plus(pod, at_zero)
        awake = awake.plus(pod, max(1, at_zero))
        largest = largest.plus(pod, at_most)
    return Sizes(idle, awake, largest)


def table(installations: dict[str, Sizes]) -> str:
    """The sums of several installations, as a table in Markdown."""
    head = "CPUs, GiB requested (GiB limit)"
    lines = [
        f"| {head} | nothing happens | one pod of each | all at max-scale |",
        "|---|---:|---:|---:|",
    ]
    for name, sizes in installations.items():
        lines.append(f"| {name} | {' | '.join(map(_words, sizes))} |")
    return "\n".join(lines)


def _words(size: Size) -> str:
    return f"{size.mcpu / 1000:.2f}, {size.mib / 1024:.1f} ({size.limit_mib / 1024:.1f})"


def _workloads(manifests: Iterable[Manifest]) -> Iterator[tuple[Size, int, int]]:
    """A pod of each workload, how many there are while nothing happens, and at most."""
    for manifest in manifests:
        template = manifest.get("spec", {}).get("template")
        if not template or manifest["kind"] == "Job":
            continue
        pod = _pod(template["spec"])
        if manifest["apiVersion"].startswith("serving.knative.dev/"):
            annotations = template["metadata"]["annotations"]
            pod = pod.plus(Size(_mcpu(annotations.get(_QUEUE_PROXY, f"{_QUEUE_PROXY_MCPU}m"))))
            yield pod, 0, int(annotations[_MAX_SCALE])
        else:
            replicas = manifest["spec"].get("replicas", 1)
            yield pod, replicas, replicas


def _pod(spec: Manifest) -> Size:
    size = Size()
    for container in spec["containers"]:
        requests, limits = (container["resources"][kind] for kind in ("requests", "limits"))
        size = size.plus(
            Size(_mcpu(requests["cpu"]), _mib(requests["memory"]), _mib(limits["memory"]))
        )
    return size


def _mcpu(quantity: object) -> float:
    text = str(quantity)
    return float(text.removesuffix("m")) * (1 if text.endswith("m") else 1000)


def _mib(quantity: object) -> float:
    match = re.fullmatch(r"([\d.]+)(|Ki|Mi|Gi)", str(quantity))
    if match is None:
        raise ValueError(f"not a size of memory: {quantity}")
    return float(match[1]) * _UNITS[match[2]]


if __name__ == "__main__":
    found = of(manifest for manifest in yaml.safe_load_all(sys.stdin) if manifest)
    sys.stdout.write(table({"this": found}) + "\n")
