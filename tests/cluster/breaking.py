"""Stages that disturb: pods killed, everything rolled out anew, while pages are read."""

import time
from collections.abc import Callable

from tests.cluster import documents, schema
from tests.cluster.cluster import OF_SERVICES, SERVICES, STATEFUL, Cluster, Lector
from tests.cluster.documents import Document
from tests.cluster.kubectl import KubectlError, Manifest
from tests.cluster.stage import Stage, StageFailed, check

_READ_WITHIN_S = 1200.0
_BACK_WITHIN_S = 300.0
_PAGES = 6
_SOURCES = ("jetstream-source", "postgres-source")


def kills(cluster: Cluster) -> str:
    """Kill every pod in turn, and what Lector stands on, each while a document is read."""
    killed: list[str] = []
    asleep: list[str] = []

    def kill(target: str, selector: str) -> Callable[[], None]:
        def disturb() -> None:
            pods = _awake(cluster, selector)
            (killed if pods else asleep).append(target)
            for pod in pods:
                _kill(cluster, pod)
            if target in STATEFUL:
                cluster.kubectl.rolled_out(f"statefulset/{target}", _BACK_WITHIN_S)

        return disturb

    steps = [kill(name, f"{OF_SERVICES}={name}") for name in SERVICES]
    steps += [kill(name, f"app.kubernetes.io/name={name}") for name in (*_SOURCES, *STATEFUL)]
    pages = _while_reading(cluster, "kills", steps)
    check(set(STATEFUL) <= set(killed), f"no pod of {', '.join(set(STATEFUL) - set(killed))}")
    slept = f"; asleep when it was their turn: {', '.join(asleep)}" if asleep else ""
    return f"{len(killed)} killed, {pages} of {pages} pages right{slept}"


def _awake(cluster: Cluster, selector: str) -> list[str]:
    """The names of what is there to be killed; a function may need a moment to wake."""
    found: list[str] = []

    def seen() -> bool:
        found[:] = [pod["metadata"]["name"] for pod in cluster.kubectl.items("pod", selector)]
        return bool(found)

    try:
        cluster.clock.wait_until(seen, 10, "no pod")
    except TimeoutError:
        return []
    return found


def _kill(cluster: Cluster, pod: str) -> None:
    cluster.kubectl.delete("pod", pod, "--grace-period=0", "--force", "--wait=false")


def rollout(cluster: Cluster) -> str:
    """Give every workload a new revision, and run the migrations again, while pages are read."""
    mark = str(time.time_ns())
    steps = [_new_revision(cluster, name, mark) for name in SERVICES]
    steps += [_restart(cluster, name) for name in _SOURCES]
    steps.append(lambda: schema.migrate(cluster))
    before = {s["metadata"]["name"]: s["status"] for s in cluster.kubectl.items("ksvc")}
    pages = _while_reading(cluster, "rollout", steps)
    for service in cluster.kubectl.items("ksvc"):
        name, now = service["metadata"]["name"], service["status"]
        old = before.get(name, {}).get("latestReadyRevisionName")
        check(now.get("latestReadyRevisionName") != old, f"{name} still runs {old}")
    anew = f"{len(SERVICES)} functions, {len(_SOURCES)} sources and the schema anew"
    return f"{anew}; {pages} of {pages} pages right"


def _new_revision(cluster: Cluster, name: str, mark: str) -> Callable[[], None]:
    def disturb() -> None:
        template: Manifest = {"metadata": {"annotations": {"lector.dev/rolled-out": mark}}}
        cluster.kubectl.patch("ksvc", name, {"spec": {"template": template}})
        cluster.kubectl.wait(f"ksvc/{name}", "Ready", _BACK_WITHIN_S)

    return disturb


def _restart(cluster: Cluster, name: str) -> Callable[[], None]:
    def disturb() -> None:
        cluster.kubectl.text("rollout", "restart", f"deployment/{name}")
        cluster.kubectl.rolled_out(f"deployment/{name}", _BACK_WITHIN_S)

    return disturb


def _while_reading(cluster: Cluster, stage: str, steps: list[Callable[[], None]]) -> int:
    """Upload a document before each step; the number of pages, all of which became right."""
    made = documents.make(documents.fresh_folder(cluster, stage), len(steps), _PAGES)
    sent: dict[str, Document] = {}
    with cluster.client() as lector:
        for document, step in zip(made, steps, strict=True):
            sent |= _upload(cluster, lector, document)
            try:
                step()
            except KubectlError as error:
                raise StageFailed(str(error)) from error
        documents.await_all(cluster, lector, list(sent), _READ_WITHIN_S)
        return documents.hold_texts(lector, sent)


def _upload(cluster: Cluster, lector: Lector, document: Document) -> dict[str, Document]:
    return documents.upload(lector, [document])


STAGES = (
    Stage(
        "kills",
        "each pod, NATS, PostgreSQL and the object store killed while pages are read",
        kills,
    ),
    Stage("rollout", "every function and the schema rolled out while pages are read", rollout),
)
