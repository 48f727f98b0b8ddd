"""Stages about strangers: which ports they find open, and that nobody believes their events."""

import json
from dataclasses import dataclass
from uuid import uuid4

from tests.cluster import documents
from tests.cluster.cluster import Cluster, Lector
from tests.cluster.kubectl import Kubectl
from tests.cluster.stage import LeftOut, Stage, check
from tests.cluster.strangers import Reply, Stranger, stranger

CALLED = ("render", "register", "llm", "outbox", "notify", "jetstream-sink")
_READ_WITHIN_S = 300.0
_KUBERNETES = "kubernetes.default.svc"
_REFUSED = "not_authenticated"


@dataclass(frozen=True)
class Door:
    """A port of something, and for whom it is open: pods of the same namespace, of another."""

    target: str
    port: int
    inside: bool = False
    outside: bool = False
    by_pod: bool = False

    def __str__(self) -> str:
        return f"{self.target}:{self.port}"


# Who may go where, as knative/base/network.yaml and the quickstart's have it. A Knative Service is
# reached by way of the ingress, which takes anybody outside; a pod inside may not even go there.
DOORS = (
    Door("postgres", 5432),
    Door("nats", 4222),
    Door("nats", 8222, by_pod=True),
    Door("seaweedfs", 8333),
    *(Door("seaweedfs", port, by_pod=True) for port in (8888, 9333, 18888, 19333, 9340)),
    Door("otel-collector", 4317, inside=True),
    Door("otel-collector", 4318, inside=True),
    Door("otel-collector", 8889, outside=True),
    Door("jaeger", 16686),
    Door("jaeger", 4317),
    Door("jetstream-source", 8080, by_pod=True),
    Door("postgres-source", 8080, by_pod=True),
    *(
        Door(name, port, by_pod=True)
        for name in ("upload", "render", "llm")
        for port in (8012, 8080)
    ),
    *(Door(name, 80, outside=True) for name in (*CALLED, "tesseract")),
)


def policies(cluster: Cluster) -> str:
    """Have a pod inside and one outside try every port; hold each against the table."""
    outside = cluster.neighbour()
    [made] = documents.make(documents.fresh_folder(cluster, "policies"), 1, 1)
    with cluster.client() as lector, cluster.namespace(outside):
        documents.read_right(cluster, lector, [made], _READ_WITHIN_S)  # so that pods are there
        doors, targets = _targets(cluster.kubectl)
        with stranger(cluster, cluster.kubectl) as near, stranger(cluster, outside) as far:
            open_ = {"inside": near.opens(targets), "outside": far.opens(targets)}
    wrong = []
    for where, found in open_.items():
        for door, is_open in zip(doors, found, strict=True):
            if is_open != getattr(door, where):
                wrong.append(f"{door} is {'open' if is_open else 'shut'} from {where}")
    shut = [door for door in doors if not door.outside]
    if all(open_["outside"][doors.index(door)] for door in shut):
        raise LeftOut("the network of this cluster enforces no policies: every port is open")
    check(not wrong, "; ".join(wrong))
    return f"{2 * len(doors)} ways tried from inside and outside, each as the table says"


def _targets(kubectl: Kubectl) -> tuple[list[Door], list[tuple[str, int]]]:
    """The doors that are there, and their addresses; pods that sleep have none."""
    addresses = {}
    for pod in kubectl.items("pod"):
        labels = pod["metadata"].get("labels", {})
        name = labels.get("serving.knative.dev/service") or labels.get("app.kubernetes.io/name")
        if name and pod.get("status", {}).get("podIP"):
            addresses[name] = pod["status"]["podIP"]
    doors, targets = [], []
    for door in DOORS:
        host = (
            addresses.get(door.target) if door.by_pod else f"{door.target}.{kubectl.namespace}.svc"
        )
        if host:
            doors.append(door)
            targets.append((host, door.port))
    return doors, targets


def forged(cluster: Cluster) -> str:
    """Post forged events to everybody, without the secret and with a wrong one: nothing changes."""
    outside = cluster.neighbour()
    if not cluster.kubectl.secret("lector-caller", "secret"):
        raise LeftOut("there is no Secret lector-caller, so nobody is asked for it")
    [made] = documents.make(documents.fresh_folder(cluster, "forged"), 1, 2)
    with cluster.client() as lector, cluster.namespace(outside):
        sent = documents.upload(lector, [made])
        [file_id] = sent
        documents.await_all(cluster, lector, [file_id], _READ_WITHIN_S)
        before = _snapshot(lector, file_id)
        with stranger(cluster, outside) as far:
            replies = _post_all(far, cluster.kubectl.namespace, file_id)
        taken = [f"{name}: {r.status} {r.code()}" for name, r in replies if not _is_refusal(r)]
        check(not taken, f"not refused with 503 {_REFUSED}: {', '.join(taken)}")
        check(_snapshot(lector, file_id) == before, "the file is not what it was")
        documents.hold_texts(lector, sent)
    return f"{len(replies)} forged events answered 503 {_REFUSED}; nothing changed"


def _is_refusal(reply: Reply) -> bool:
    # Knative itself answers 503, too, when no pod comes up in time.
    return (reply.status, reply.code()) == (503, _REFUSED)


def _post_all(far: Stranger, namespace: str, file_id: str) -> list[tuple[str, Reply]]:
    named, requests = [], []
    for name in CALLED:
        for secret in (None, "a-secret-that-nobody-drew-0123456789"):
            headers = {
                "content-type": "application/json",
                "ce-specversion": "1.0",
                "ce-id": str(uuid4()),
                "ce-source": "/lector/register",
                "ce-type": "lector.files.deleted",
                "ce-subject": file_id,
            }
            headers |= {"Lector-Caller-Secret": secret} if secret else {}
            url = f"http://{name}.{namespace}.svc.cluster.local/"
            named.append(name)
            requests.append((url, headers, json.dumps({"round": 1})))
    return list(zip(named, far.posts(requests), strict=True))


def _snapshot(lector: Lector, file_id: str) -> str:
    [file] = lector.files([file_id])
    kept = {key: value for key, value in file.items() if not key.endswith("_url")}
    pages = [(page["number"], page["status"], page["text"]) for page in lector.pages(file_id)]
    return json.dumps([kept, pages], sort_keys=True)


def shut_to_api_server(cluster: Cluster) -> str:
    """A pod of Lector's namespace has no way to the API server."""
    with stranger(cluster, cluster.kubectl) as near:
        [open_] = near.opens([(_KUBERNETES, 443)])
    check(not open_, "a pod inside reaches the API server")
    return "a pod inside does not reach the API server"


STAGES = (
    Stage("policies", "who can open a connection to what, from inside and outside", policies),
    Stage("apiserver", "no way from Lector's namespace to the API server", shut_to_api_server),
    Stage("forged", "forged events are refused with 503, and change nothing", forged),
)
