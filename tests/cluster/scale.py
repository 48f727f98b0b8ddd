"""The stage about many pages: how many pods there are of what, and how long it takes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lector.cli.answers import Json
from lector.domain.states import FileStatus, TextLayerUse
from tests.cluster import documents, scripted_model
from tests.cluster.cluster import OF_SERVICES, Cluster, Lector
from tests.cluster.kubectl import Manifest
from tests.cluster.stage import Stage, check
from tests.cluster.strangers import pod
from tests.support import pdfs

NAME = "scripted-model"
PORT = 8000
_ANSWERS_WITHIN_S = 120.0
_READ_WITHIN_S = 1800.0
# What the running Lector is told while the model is a scripted one. Nothing of a page is in its
# answer, so nobody may hold one against the other.
_SETTINGS = {
    "OPENAI_BASE_URL": f"http://{NAME}:{PORT}/v1",
    "READER": "",
    "READERS_SET_UP": "",
    "VERIFY": "never",
}
_READ_BY = ("upload", "render", "llm")


def many_pages(cluster: Cluster) -> str:
    """Read so many pages, in one file, with a scripted model in the cluster."""
    path = documents.fresh_folder(cluster, "scale").with_suffix(".pdf")
    path.write_bytes(pdfs.many_pages(cluster.pages))
    with _scripted(cluster):
        began = cluster.clock.now()
        with cluster.client() as lector:
            file: Json = lector.upload(path, None, text_layer=TextLayerUse.NEVER)
            most, first_s = _watch(cluster, lector, file["id"], began)
            [done] = lector.files([file["id"]])
        took = cluster.clock.now() - began
    progress = done["progress"]
    check(
        done["status"] == FileStatus.COMPLETED and progress["read"] == cluster.pages,
        f"{progress['read']} of {cluster.pages} pages read, {progress['failed']} failed",
    )
    pods = ", ".join(f"{count} {name}" for name, count in sorted(most.items()))
    rate = cluster.pages / took if took else 0.0
    return (
        f"{cluster.pages} pages in {took:.0f} s ({rate:.0f}/s), the first after {first_s:.0f} s;"
        f" at most {pods} pods"
    )


def _watch(
    cluster: Cluster, lector: Lector, file_id: str, began: float
) -> tuple[dict[str, int], float]:
    """Wait for the file: the most pods of each service, and seconds until its first page."""
    most: dict[str, int] = {}
    first: list[float] = []

    def ended() -> bool:
        counts: dict[str, int] = {}
        for found in cluster.pods():
            name = found["metadata"]["labels"][OF_SERVICES]
            counts[name] = counts.get(name, 0) + 1
        most.update({name: max(n, most.get(name, 0)) for name, n in counts.items()})
        [file] = lector.files([file_id])
        if file["progress"]["read"] and not first:
            first.append(cluster.clock.now() - began)
        running = {FileStatus.ANNOUNCED, FileStatus.UPLOADED, FileStatus.READING}
        return file["status"] not in running

    cluster.clock.wait_until(ended, _READ_WITHIN_S, "the file has not ended", every_s=2)
    return most, first[0] if first else 0.0


@contextmanager
def _scripted(cluster: Cluster) -> Iterator[None]:
    """Have a scripted model read, and afterwards whoever did before."""
    kubectl = cluster.kubectl
    config = kubectl.get("configmap", "lector")
    assert config, "the ConfigMap lector"
    before = {key: config["data"].get(key, "") for key in _SETTINGS}
    kubectl.apply(model(cluster.image_of("llm")))
    try:
        kubectl.wait(f"pod/{NAME}", "Ready", _ANSWERS_WITHIN_S)
        _tell(cluster, _SETTINGS)
        yield
    finally:
        _tell(cluster, before)
        for kind in ("pod", "service", "configmap", "networkpolicy"):
            kubectl.delete(kind, NAME, "--wait=false")
        kubectl.delete("networkpolicy", f"to-{NAME}", "--wait=false")


def _tell(cluster: Cluster, settings: dict[str, str]) -> None:
    """Set values, and give those who read them at their start a new revision."""
    cluster.kubectl.patch("configmap", "lector", {"data": settings})
    mark = {"metadata": {"annotations": {"lector.dev/settings": str(time.time_ns())}}}
    for name in _READ_BY:
        cluster.kubectl.patch("ksvc", name, {"spec": {"template": mark}})
    for name in _READ_BY:
        cluster.kubectl.wait(f"ksvc/{name}", "Ready", _ANSWERS_WITHIN_S)


def model(image: str) -> list[Manifest]:
    """The model as a pod, its Service, and the policy that lets llm go there."""
    labels = {"app.kubernetes.io/name": NAME}
    script = Path(scripted_model.__file__).read_text()
    probe = {"httpGet": {"path": "/health", "port": PORT}, "periodSeconds": 2}
    mounts = [{"name": "script", "mountPath": "/script"}]
    running = pod(
        NAME, image, ["/script/model.py", str(PORT)], readinessProbe=probe, volumeMounts=mounts
    )
    running["spec"]["volumes"] = [{"name": "script", "configMap": {"name": NAME}}]
    ports = [{"port": PORT, "protocol": "TCP"}]
    readers = {"matchLabels": {"lector.dev/model": "true"}}
    policies = [
        _policy(
            NAME,
            {"matchLabels": labels},
            "ingress",
            [{"from": [{"podSelector": readers}], "ports": ports}],
        ),
        _policy(
            f"to-{NAME}",
            readers,
            "egress",
            [{"to": [{"podSelector": {"matchLabels": labels}}], "ports": ports}],
        ),
    ]
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": NAME},
            "data": {"model.py": script},
        },
        running,
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": NAME},
            "spec": {"selector": labels, "ports": [{"port": PORT}]},
        },
        *policies,
    ]


def _policy(name: str, selector: Manifest, way: str, rules: list[Manifest]) -> Manifest:
    spec = {"podSelector": selector, "policyTypes": [way.capitalize()], way: rules}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name},
        "spec": spec,
    }


STAGES = (
    Stage("scale", "many pages with a scripted model in the cluster: pods and seconds", many_pages),
)
