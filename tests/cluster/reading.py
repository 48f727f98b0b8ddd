"""Stages about the work itself: pages read right, pods that go to zero, and that are woken."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from lector.cli.answers import Json
from tests.cluster import documents, jaeger
from tests.cluster.cluster import OF_SERVICES, SERVICES, Cluster, Lector
from tests.cluster.kubectl import Manifest
from tests.cluster.stage import Stage, check

ZERO_WITHIN_S = 420.0
_READ_WITHIN_S = 600.0
_FIRST_PAGE_WITHIN_S = 180.0
_TRACED_WITHIN_S = 30.0
STEPS = ("scheduled", "started", "ready", "first answer")


def hidden_set(cluster: Cluster) -> str:
    """Read documents that were made a moment ago, of random words."""
    made = documents.make(documents.fresh_folder(cluster, "hidden"), 6, 4)
    began = cluster.clock.now()
    with cluster.client() as lector:
        pages = documents.read_right(cluster, lector, made, _READ_WITHIN_S)
    took = cluster.clock.now() - began
    return f"{pages} of {pages} pages right after {took:.0f} s, half of them by Tesseract"


def all_at_zero(cluster: Cluster) -> str:
    """Wait until no function has a pod."""
    return f"no pod of {len(SERVICES)} services after {await_zero(cluster):.0f} s"


def await_zero(cluster: Cluster) -> float:
    """Seconds until no Knative Service of Lector's has a pod."""
    return cluster.clock.wait_until(
        lambda: not cluster.pods(), ZERO_WITHIN_S, "some functions still have pods"
    )


def woken(cluster: Cluster) -> str:
    """Read one page on a Lector that sleeps, and say when each function was where."""
    with cluster.client() as lector:
        wake = wake_once(cluster, lector)
    check(wake.times, "no pod was seen")
    slowest = max(times.get("ready", 0.0) for times in wake.times.values())
    each = "; ".join(f"{name} {_words(times)}" for name, times in sorted(wake.times.items()))
    return (
        f"first page after {wake.first_page_s:.1f} s, last pod ready after {slowest:.0f} s;"
        f" {'/'.join(STEPS)}: {each}"
    )


@dataclass(frozen=True)
class Wake:
    """How a sleeping Lector woke: its first page, and each service's steps, in seconds."""

    first_page_s: float
    times: dict[str, dict[str, float]]


def wake_once(cluster: Cluster, lector: Lector) -> Wake:
    """Wait until all sleep, and read one page. Whoever made the client has woken upload before."""
    [made] = documents.make(documents.fresh_folder(cluster, "woken"), 1, 1)
    await_zero(cluster)
    since, began = cluster.clock.wall(), cluster.clock.now()
    file = lector.upload(made.path, None)

    def read() -> bool:
        [now] = lector.files([file["id"]])
        return bool(now["progress"]["read"])

    cluster.clock.wait_until(read, _FIRST_PAGE_WITHIN_S, "the page was not read", every_s=0.2)
    took = cluster.clock.now() - began
    times = pod_times(cluster, since)
    [file] = lector.files([file["id"]])
    for name, answered_s in _first_answers(cluster, file, since).items():
        times.setdefault(name, {})["first answer"] = answered_s
    return Wake(took, times)


def pod_times(cluster: Cluster, since: datetime, service: str = "") -> dict[str, dict[str, float]]:
    """For each service's first pod: seconds from a moment until scheduled, started, ready.

    Of all that Lector has, or of one service. Kubernetes notes whole seconds.
    """
    found: dict[str, dict[str, float]] = {}
    for pod in sorted(
        cluster.pods(service), key=lambda pod: str(pod["metadata"]["creationTimestamp"])
    ):
        name = pod["metadata"]["labels"][OF_SERVICES]
        if name not in found:
            found[name] = {step: _after(since, at) for step, at in _moments(pod).items()}
    return found


def _first_answers(cluster: Cluster, file: Json, since: datetime) -> dict[str, float]:
    """Seconds until each function ended its first request, if the file has a trace."""
    if not file["trace_id"] or cluster.kubectl.get("service", "jaeger") is None:
        return {}
    found: dict[str, float] = {}

    def complete() -> bool:
        for span in jaeger.spans(cluster, file["trace_id"]):
            ended = span.ended_s - since.timestamp()
            if span.service in SERVICES:
                found[span.service] = min(ended, found.get(span.service, ended))
        return "llm" in found

    with suppress(TimeoutError):
        cluster.clock.wait_until(complete, _TRACED_WITHIN_S, "no trace")
    return found


def _moments(pod: Manifest) -> dict[str, str]:
    status = pod.get("status", {})
    moments = {}
    for step, kind in (("scheduled", "PodScheduled"), ("ready", "Ready")):
        for condition in status.get("conditions", []):
            if condition["type"] == kind and condition["status"] == "True":
                moments[step] = condition["lastTransitionTime"]
    for container in status.get("containerStatuses", []):
        running = container.get("state", {}).get("running")
        if container["name"] != "queue-proxy" and running:
            moments["started"] = running["startedAt"]
    return moments


def _after(since: datetime, moment: str) -> float:
    # A whole second may lie before the moment that is in it.
    return max(0.0, (datetime.fromisoformat(moment) - since).total_seconds())


def _words(times: dict[str, float]) -> str:
    return "/".join(f"{times[step]:.0f}" if step in times else "?" for step in STEPS)


STAGES = (
    Stage("read", "PDFs of random words are read right, through upload's URL", hidden_set),
    Stage("zero", "every function goes to zero pods", all_at_zero),
    Stage("woken", "the first page of a sleeping Lector, and each function's times", woken),
)
