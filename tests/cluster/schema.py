"""The stage about the schema: back and forth while pages are read, by the version before, too."""

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from lector.local.tools import checkout
from tests.cluster import documents, version_before
from tests.cluster.accepting import render
from tests.cluster.cluster import FUNCTIONS, Cluster, Lector
from tests.cluster.documents import Document
from tests.cluster.kubectl import KubectlError, Manifest
from tests.cluster.stage import Stage, StageFailed

_MIGRATE = "lector-migrate"
_DONE_WITHIN_S, _READY_WITHIN_S, _READ_WITHIN_S = 300.0, 300.0, 1200.0
_PAGES = 4
_SOURCE = "jetstream-source"
_SOURCES = (_SOURCE, "postgres-source")
# By workload, its image.
_WORKLOADS = {name: name for name in FUNCTIONS}
_WORKLOADS |= dict.fromkeys(("jetstream-sink", *_SOURCES), "bridge")


def schema(cluster: Cluster) -> str:
    """Take migrations back and bring them again under load; no page is lost or wrong.

    With a version before, its functions and bridge read on this schema, on their own, and while
    that becomes this one. Without, the newest migration alone goes and comes.
    """
    names = _taken_back(cluster)
    said: list[str] = []
    try:
        bridge = _containers(cluster, _SOURCE)[0]["image"]
        with cluster.client() as lector:
            load = _Load(cluster, lector)
            with _version_before(cluster, bridge):
                if cluster.before:
                    said.append(f"{load.read_now()} pages on this schema")
                load.begin()
                for _ in names:
                    migrate(cluster, "down", image=bridge)
                if cluster.before:
                    said.append(f"{load.read_now()} on its own")
                load.begin()
                migrate(cluster, image=bridge)
                if cluster.before:
                    said.append(f"{load.read_now()} when it was this one again")
            load.begin()
            pages = load.end()
    except (KubectlError, version_before.NotBuilt) as error:
        raise StageFailed(str(error)) from error
    by = f"; {cluster.before} read {', '.join(said)}" if said else "; no BEFORE=COMMIT was named"
    return f"{len(names)} migrations down and up; {pages} of {pages} pages right{by}"


class _Load:
    """Documents that are read meanwhile."""

    def __init__(self, cluster: Cluster, lector: Lector) -> None:
        self._cluster = cluster
        self._lector = lector
        self._sent: dict[str, Document] = {}
        folder = documents.fresh_folder(cluster, "schema")
        self._made = iter(documents.make(folder, 12, _PAGES))

    def begin(self) -> None:
        """Upload two, and wait for neither."""
        self._sent |= documents.upload(self._lector, [next(self._made), next(self._made)])

    def read_now(self) -> int:
        """Upload two and wait for them; the number of their pages, all right."""
        made = [next(self._made), next(self._made)]
        return documents.read_right(self._cluster, self._lector, made, _READ_WITHIN_S)

    def end(self) -> int:
        """Wait for all that was begun; the number of pages, all right."""
        documents.await_all(self._cluster, self._lector, list(self._sent), _READ_WITHIN_S)
        return documents.hold_texts(self._lector, self._sent)


def _taken_back(cluster: Cluster) -> list[str]:
    """The migrations that go and come: what the version before lacks, at least the newest."""
    names = sorted(path.name for path in (checkout() / "migrations").glob("*.sql"))
    if not cluster.before:
        return names[-1:]
    try:
        known = version_before.migrations_of(cluster.before)
    except version_before.NotBuilt as error:
        raise StageFailed(str(error)) from error
    return [name for name in names if name not in known] or names[-1:]


def migrate(cluster: Cluster, *words: str, image: str = "") -> None:
    """Run the Job again, with an image or the bridge's: up, or what the words say."""
    [job] = [
        copy.deepcopy(found)
        for found in render(cluster.kubectl, "quickstart")
        if found["metadata"]["name"] == _MIGRATE and found["kind"] == "Job"
    ]
    container = job["spec"]["template"]["spec"]["containers"][0]
    container["image"] = image or _containers(cluster, _SOURCE)[0]["image"]
    container["args"] += words
    cluster.kubectl.delete("job", _MIGRATE)
    cluster.kubectl.apply([job])
    cluster.kubectl.wait(f"job/{_MIGRATE}", "Complete", _DONE_WITHIN_S)


@contextmanager
def _version_before(cluster: Cluster, bridge: str) -> Iterator[None]:
    """Have functions and bridge be those of the version before, where one was named."""
    now = {name: _containers(cluster, name)[0]["image"] for name in _WORKLOADS}
    if cluster.before:
        pushed = cluster.images_of(cluster.before)
        _run(cluster, {name: pushed[image] for name, image in _WORKLOADS.items()})
    try:
        yield
    finally:
        if cluster.before:
            migrate(cluster, image=bridge)  # whatever broke: this version needs its schema
            _run(cluster, now)


def _run(cluster: Cluster, images: Mapping[str, str]) -> None:
    """Have workloads run these images, and wait until they do."""
    for name, image in images.items():
        containers = copy.deepcopy(_containers(cluster, name))
        containers[0]["image"] = image
        kind = "deployment" if name in _SOURCES else "ksvc"
        template = {"spec": {"containers": containers}}
        cluster.kubectl.patch(kind, name, {"spec": {"template": template}})
    for name in images:
        if name in _SOURCES:
            cluster.kubectl.rolled_out(f"deployment/{name}", _READY_WITHIN_S)
        else:
            cluster.kubectl.wait(f"ksvc/{name}", "Ready", _READY_WITHIN_S)


def _containers(cluster: Cluster, name: str) -> list[Manifest]:
    found = cluster.kubectl.get("deployment" if name in _SOURCES else "ksvc", name)
    assert found, name
    containers: list[Manifest] = found["spec"]["template"]["spec"]["containers"]
    return containers


STAGES = (
    Stage(
        "schema",
        "migrations down and up again while pages are read, with BEFORE=COMMIT by that version",
        schema,
    ),
)
