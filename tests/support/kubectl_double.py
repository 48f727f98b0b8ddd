"""A double of a cluster with Lector on it, written by hand: no Kubernetes, no Knative is in it.

It answers the kubectl commands of the cluster test out of a small state: namespaces, objects,
revisions, pods that wake with a file and sleep after a while. Its clock goes only when somebody
waits. What it holds is the logic of the stages, not that a real cluster behaves so. `faults` names
what is wrong with it. What deploying does to revisions is held on another one: `cluster_double.py`.
"""

# ruff: noqa: ARG002 - it has the signatures of what it stands for

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pymupdf

from lector.cli.answers import Json
from tests.cluster.cluster import FUNCTIONS, SERVICES, STATEFUL, Cluster
from tests.cluster.documents import Document
from tests.cluster.kubectl import Answer, Kubectl, Manifest

AWAKE_FOR_S = 90.0
_DEPLOY_TAKES_S, _PAGES_PER_S = 40.0, 4.0
_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
_SOURCES = ("jetstream-source", "postgres-source")
_DEPLOYMENTS = (*_SOURCES, "otel-collector", "jaeger")
_APIS = {"v1", "apps/v1", "batch/v1", "networking.k8s.io/v1", "policy/v1", "serving.knative.dev/v1"}
_APIS.add("sources.knative.dev/v1")  # the SinkBinding


class DoubleClock:
    """A clock that goes by what is waited."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds

    def wall(self) -> datetime:
        return _BEGAN + timedelta(seconds=self.seconds)

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def wait_until(
        self, holds: Callable[[], object], within_s: float, what: str, every_s: float = 1.0
    ) -> float:
        began = self.seconds
        while not holds():
            if self.seconds - began > within_s:
                raise TimeoutError(f"{what} (waited {within_s:.0f} s)")
            self.sleep(every_s)
        return self.seconds - began


class ClusterDouble:
    """The state, the kubectl that speaks of it, and the client of the Lector on it."""

    def __init__(self, *faults: str, apis: Sequence[str] = ()) -> None:
        self.faults = set(faults)
        self.apis = {*_APIS, *apis}
        self.clock = DoubleClock()
        self.calls: list[list[str]] = []
        self.namespaces: dict[str, dict[str, str]] = {"default": {}}
        self.objects: dict[tuple[str, str, str], Manifest] = {}
        self.revisions: dict[str, int] = {}
        self.killed: list[str] = []
        self.deploys = 0
        self.deployed: dict[str, str] = {}
        self.migrated: list[list[str]] = []
        self.images: dict[str, str] = {}
        self.traffic: dict[str, int] = {}
        self.known: dict[Path, Document] = {}
        self._awake_since: float | None = None
        self._awake_until = 0.0
        self._files: dict[str, tuple[Json, Path, float]] = {}
        self._nats_gone_at: float | None = None
        self._ports: dict[int, str] = {}
        self._broken = False

    def cluster(self, folder: Path, **more: Any) -> Cluster:
        """The cluster as the stages have it."""
        return Cluster(
            Kubectl("lector-test", self),
            folder,
            self._connect,
            clock=self.clock,  # type: ignore[arg-type]
            deploy=self._deploy,
            forward=self._forward,
            fetch=self._fetch,
            reach=self._reach,
            images_of=self._images_of,
            make=self._make,
            answers=lambda _: "no way in" not in self.faults,
            **more,
        )

    def knows(self, documents: list[Document]) -> list[Document]:
        """Have the Lector of the double know what these documents say: it cannot look at them."""
        self.known |= {document.path: document for document in documents}
        return documents

    # --- Lector ---------------------------------------------------------------------------------

    def _deploy(self, kubectl: Kubectl, **said: str) -> None:
        self.clock.sleep(_DEPLOY_TAKES_S)
        self.deploys += 1
        self.deployed[kubectl.namespace] = said.get("COMPONENTS", "")
        for name in SERVICES:
            if name not in self.revisions or "new revision" in self.faults:
                self.revisions[name] = self.revisions.get(name, 0) + 1
        self._wake()

    def _make(self, kubectl: Kubectl, target: str, **said: str) -> str:
        if target == "rollback" and "stays" not in self.faults:
            self.traffic[said["FUNCTION"]] -= 1
        return "" if "reads nothing" in self.faults else "Bookbinders of Elmbridge"

    @contextmanager
    def _connect(self, kubectl: Kubectl) -> Iterator["ClusterDouble"]:
        self._wake()
        self._broken = "broker drops" in self.faults and "broker" in self.deployed.get(
            kubectl.namespace, ""
        )
        yield self

    def _images_of(self, commit: str) -> dict[str, str]:
        names = (*FUNCTIONS, "bridge")
        return {name: f"registry/{name}@sha256:{commit}" for name in names}

    def upload(self, path: Path, pages: str | None, name: str | None = None, **_: Any) -> Json:
        self._wake()
        file = {
            "id": str(uuid4()),
            "name": path.name,
            "trace_id": "0af7651916cd43dd8448eb211c80319c",
        }
        self._files[file["id"]] = (file, path, self.clock.now())
        return file

    def files(self, ids: Sequence[str]) -> Iterator[Json]:
        self.clock.sleep(0.1)
        for file_id in ids:
            file, path, since = self._files[file_id]
            total, read = self._progress(path, since)
            status = "completed" if read == total else "reading"
            progress = {"total": total, "read": read, "failed": 0}
            yield {**file, "status": status, "progress": progress}

    def pages(self, file_id: str) -> Iterator[Json]:
        _, path, since = self._files[file_id]
        _, read = self._progress(path, since)
        document = self.known.get(path)
        texts = document.pages if document else [""] * read
        for number, text in enumerate(texts[:read], start=1):
            lost = "loses words" in self.faults and number == 1
            yield {"number": number, "status": "read", "text": "" if lost else text}

    def send(self, method: str, path: str, **_: Any) -> Json:
        return {}

    def _progress(self, path: Path, since: float) -> tuple[int, int]:
        total = _page_count(path)
        gone = self._nats_gone_at is not None or self._broken
        if "reads nothing" in self.faults or gone:
            return total, 0
        return total, min(total, int((self.clock.now() - since) * _PAGES_PER_S))

    def _wake(self) -> None:
        if not self._is_awake():
            self._awake_since = self.clock.now()
        self._awake_until = self.clock.now() + AWAKE_FOR_S

    def _is_awake(self) -> bool:
        return "never sleeps" in self.faults or self.clock.now() < self._awake_until

    # --- kubectl --------------------------------------------------------------------------------

    def __call__(self, words: Sequence[str], given: str, timeout_s: float) -> Answer:
        namespace, (verb, *rest) = words[1], words[2:]
        self.calls.append(list(words[2:]))
        self.clock.sleep(0.1)
        if "unreachable" in self.faults:
            return Answer(1, "", "The connection to the server was refused")
        answer = getattr(self, f"on_{verb.replace('-', '_')}")(namespace, rest, given)
        return answer if isinstance(answer, Answer) else Answer(0, answer or "")

    def on_get(self, namespace: str, rest: list[str], _: str) -> str:
        kind, *more = rest
        if not more or more[0] in ("-l", "-o"):
            selector = more[1] if more and more[0] == "-l" else ""
            return json.dumps({"items": list(self._items(namespace, kind, selector))})
        if kind == "namespace":
            labels = self.namespaces.get(more[0])
            return "" if labels is None else json.dumps({"metadata": {"labels": labels}})
        found = self._one(namespace, kind, more[0])
        return json.dumps(found) if found else ""

    def _one(self, namespace: str, kind: str, name: str) -> Manifest | None:
        applied = self.objects.get((namespace, kind, name))
        if applied and kind == "ksvc":
            return {**applied, "status": {"url": f"http://{name}.example.com"}}
        if namespace not in self.deployed:
            return applied
        made: dict[tuple[str, str], Manifest] = {
            ("secret", "lector-caller"): {"data": {"secret": "c2VjcmV0"}},
            ("configmap", "lector"): {"data": {"READER": "tesseract"}},
            ("service", "jaeger"): {},
            ("service", "otel-collector"): {},
        }
        everything = (
            *self._items(namespace, "ksvc", ""),
            *self._items(namespace, "deployment", ""),
        )
        for found in everything:
            short = "ksvc" if found["kind"] == "Service" else "deployment"
            made[short, found["metadata"]["name"]] = found
        answer = made.get((kind, name), applied)
        return {"metadata": {}, **answer} if answer is not None else None

    def _items(self, namespace: str, kind: str, selector: str) -> Iterator[Manifest]:
        if namespace not in self.deployed:
            return
        if kind == "ksvc":
            yield from (self._service(name) for name in SERVICES)
        elif kind in ("deployment", "statefulset"):
            for name in _DEPLOYMENTS if kind == "deployment" else STATEFUL:
                if name != "jetstream-source" or self.deployed[namespace] != "broker":
                    yield self._workload(name)
        elif kind == "pod":
            yield from (pod for pod in self._pods() if _chosen(pod, selector))
        elif kind == "hpa" and "no autoscaler" not in self.faults:
            yield {"metadata": {"name": "keda-hpa-jetstream-source"}}

    def _service(self, name: str) -> Manifest:
        revision = f"{name}-{self.revisions[name]:05}"
        template = {"spec": {"containers": [{"image": self._image(name)}]}}
        return {
            "kind": "Service",
            "metadata": {"name": name},
            "spec": {"template": template},
            "status": {
                "url": f"http://{name}.lector-test.example.com",
                "latestCreatedRevisionName": revision,
                "latestReadyRevisionName": revision,
                "traffic": [{"revisionName": self._served(name)}],
                "conditions": [{"type": "Ready", "status": "True"}],
            },
        }

    def _served(self, name: str) -> str:
        return f"{name}-{self.traffic.get(name, self.revisions[name]):05}"

    def _workload(self, name: str) -> Manifest:
        template = {"spec": {"containers": [{"image": self._image(name)}]}}
        replicas = self._replicas() if name == "jetstream-source" else 1
        return {
            "kind": "Deployment",
            "metadata": {"name": name},
            "spec": {"replicas": replicas, "template": template},
            "status": {"readyReplicas": replicas},
        }

    def _image(self, name: str) -> str:
        return self.images.get(name, f"registry/{name}@sha256:0")

    def _replicas(self) -> int:
        """Of jetstream-source, as KEDA would have it for what is not read yet."""
        scaler = self.objects.get(("lector-test", "scaledobject", "jetstream-source"))
        if scaler is None or "never scales" in self.faults:
            return 1
        progress = (self._progress(path, since) for _, path, since in self._files.values())
        lag = sum(total - read for total, read in progress)
        threshold = int(scaler["spec"]["triggers"][0]["metadata"]["lagThreshold"])
        most: int = scaler["spec"]["maxReplicaCount"]
        return max(1, min(most, -(-lag // threshold)))

    def _pods(self) -> Iterator[Manifest]:
        names = [(name, "serving.knative.dev/service") for name in SERVICES if self._is_awake()]
        names += [(name, "app.kubernetes.io/name") for name in (*_DEPLOYMENTS, *STATEFUL)]
        for number, (name, label) in enumerate(names):
            since = _BEGAN + timedelta(seconds=self._awake_since or 0)
            steps = [(since + timedelta(seconds=s)).isoformat() for s in (0, 1, 2)]
            yield {
                "metadata": {
                    "name": f"{name}-0",
                    "labels": {label: name},
                    "creationTimestamp": steps[0],
                },
                "status": {
                    "podIP": f"10.0.0.{number}",
                    "conditions": [
                        {"type": "PodScheduled", "status": "True", "lastTransitionTime": steps[0]},
                        {"type": "Ready", "status": "True", "lastTransitionTime": steps[2]},
                    ],
                    "containerStatuses": [
                        {"name": "user-container", "state": {"running": {"startedAt": steps[1]}}}
                    ],
                },
            }

    def on_apply(self, namespace: str, rest: list[str], given: str) -> Answer | str:
        for found in json.loads(given)["items"]:
            if "refuses sinks" in self.faults and found["metadata"]["name"] == "jetstream-sink":
                return Answer(1, "", "admission webhook denied the request: no such field")
            kind = "ksvc" if "knative" in found["apiVersion"] else found["kind"].lower()
            if found["kind"] == "Job" and "--dry-run=server" not in rest:
                self.migrated.append(found["spec"]["template"]["spec"]["containers"][0]["args"])
            if "--dry-run=server" not in rest:
                self.objects[namespace, kind, found["metadata"]["name"]] = found
        return ""

    def on_create(self, namespace: str, rest: list[str], given: str) -> None:
        [found] = json.loads(given)["items"]
        assert found["kind"] == "Namespace"
        self.namespaces[found["metadata"]["name"]] = found["metadata"]["labels"]

    def on_delete(self, namespace: str, rest: list[str], _: str) -> None:
        kind, name = rest[:2]
        if kind == "namespace":
            self.namespaces.pop(name, None)
            self.deployed.pop(name, None)
        elif kind == "pod":
            self.killed.append(name.removesuffix("-0"))
        self.objects.pop((namespace, kind.lower(), name), None)

    def on_patch(self, namespace: str, rest: list[str], _: str) -> None:
        kind, name = rest[:2]
        spec = json.loads(rest[-1]).get("spec", {})
        template = spec.get("template", {})
        for container in template.get("spec", {}).get("containers", ()):
            self.images[name] = container["image"]
        if template and kind == "ksvc" and "ignores patches" not in self.faults:
            self.revisions[name] += 1
        if kind == "ksvc" and "ignores traffic" not in self.faults:
            self.traffic[name] = self.revisions[name]

    def on_scale(self, namespace: str, rest: list[str], _: str) -> None:
        if rest[0] == "statefulset/nats":
            self._nats_gone_at = self.clock.now() if rest[1] == "--replicas=0" else None

    def on_wait(self, namespace: str, rest: list[str], _: str) -> Answer | None:
        if "never ready" in self.faults and not rest[0].startswith("pod/"):
            return Answer(1, "", f"timed out waiting for the condition on {rest[0]}")
        return None

    def on_rollout(self, namespace: str, rest: list[str], _: str) -> None:
        self.clock.sleep(5)

    def on_api_versions(self, namespace: str, rest: list[str], _: str) -> str:
        return "\n".join(self.apis)

    def on_exec(self, namespace: str, rest: list[str], _: str) -> str:
        script, asked = rest[-2], json.loads(rest[-1])
        if "create_connection" in script:
            return json.dumps([self._is_open(namespace, host, port) for host, port in asked])
        status = 200 if "believes" in self.faults else 503
        return json.dumps([[status, json.dumps({"code": "not_authenticated"})] for _ in asked])

    def _is_open(self, namespace: str, host: str, port: int) -> bool:
        """By hand, what the policies of the quickstart let through."""
        name = host.partition(".")[0]
        if "no policies" in self.faults:
            return True
        if "open store" in self.faults and port == 8333:
            return True
        if namespace == "lector-test":
            return name == "otel-collector" and port in (4317, 4318)
        return (name == "otel-collector" and port == 8889) or port == 80

    # --- what is forwarded ----------------------------------------------------------------------

    @contextmanager
    def _forward(self, kubectl: Kubectl, target: str, port: int) -> Iterator[int]:
        local = 40000 + len(self._ports)
        self._ports[local] = target
        yield local

    @contextmanager
    def _reach(self, kubectl: Kubectl, url: str) -> Iterator[str]:
        yield url

    def _fetch(self, url: str) -> bytes:
        self.clock.sleep(2.0)
        if "/api/traces/" in url:
            return json.dumps({"data": [self._trace()]}).encode()
        if url.endswith("/metrics"):
            names = "" if "no metrics" in self.faults else "lector_stalled_seconds 0\n"
            return f'# TYPE x gauge\n{names}lector_outbox_oldest_seconds{{a="b"}} 0\n'.encode()
        if url.endswith("/alerts"):
            return json.dumps({"data": {"alerts": self._alerts()}}).encode()
        raise httpx2.HTTPStatusError(
            "404", request=httpx2.Request("GET", url), response=httpx2.Response(404)
        )

    def _alerts(self) -> list[Json]:
        gone = self._nats_gone_at
        if gone is None or self.clock.now() - gone < 30 or "silent" in self.faults:
            return []
        return [{"labels": {"alertname": "LectorOutboxStuck"}, "state": "firing"}]

    def _trace(self) -> Json:
        names = ["upload", "outbox", "render", "register"]
        names += [] if "broken trace" in self.faults else ["llm"]
        began = self.clock.wall().timestamp()
        spans = [
            {
                "spanID": f"s{number}",
                "processID": f"p{number}",
                "operationName": name,
                "startTime": began * 1e6,
                "duration": 1e6,
                "references": [{"refType": "CHILD_OF", "spanID": f"s{number - 1}"}]
                if number
                else [],
            }
            for number, name in enumerate(names)
        ]
        if "orphans" in self.faults:
            spans[3]["references"] = [{"refType": "CHILD_OF", "spanID": "nobody"}]
        processes = {f"p{n}": {"serviceName": name} for n, name in enumerate(names)}
        return {"spans": spans, "processes": processes}


@cache
def _page_count(path: Path) -> int:
    with pymupdf.open(path) as pdf:
        return len(pdf)


def _chosen(pod: Manifest, selector: str) -> bool:
    labels = pod["metadata"]["labels"]
    if " in (" in selector:
        key, _, names = selector.partition(" in (")
        return labels.get(key) in names.rstrip(")").split(",")
    key, _, name = selector.partition("=")
    return not selector or labels.get(key) == name
