"""What a stage has to do with: kubectl, Lector's client, addresses, a clock."""

import os
import subprocess
import sys
import time
from base64 import b64decode
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from lector.cli.answers import Json
from lector.cli.client import Client
from lector.local.tools import checkout
from tests.cluster import forwarding, version_before
from tests.cluster.kubectl import Kubectl, Manifest

FUNCTIONS = ("upload", "render", "register", "llm", "outbox", "notify")
SERVICES = (*FUNCTIONS, "jetstream-sink", "tesseract")
STATEFUL = ("nats", "postgres", "seaweedfs")
OF_SERVICES = "serving.knative.dev/service"
OWN_LABEL = "lector.dev/cluster-test"


class DeployError(Exception):
    """A target of make failed, such as deploy; its last words."""


class Lector(Protocol):
    """What the stages use of `lector.cli.client.Client`."""

    def upload(
        self, path: Path, pages: str | None, name: str | None = None, **reading_options: Any
    ) -> Json:
        """Upload a file."""

    def files(self, ids: Sequence[str]) -> Iterator[Json]:
        """Files with their progress."""

    def pages(self, file_id: str) -> Iterator[Json]:
        """A file's pages with their text."""

    def send(self, method: str, path: str, **options: Any) -> Json:
        """An answer's JSON."""


class Clock:
    """The time, and waiting: what the double has otherwise."""

    def now(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()

    def wall(self) -> datetime:
        """The time of day, by which the cluster's own clocks should go."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def wait_until(
        self, holds: Callable[[], object], within_s: float, what: str, every_s: float = 1.0
    ) -> float:
        """Seconds until something holds; TimeoutError with `what` if it takes longer."""
        began = self.now()
        while not holds():
            if self.now() - began > within_s:
                raise TimeoutError(f"{what} (waited {within_s:.0f} s)")
            self.sleep(every_s)
        return self.now() - began


def deploy(kubectl: Kubectl, **env: str) -> None:
    """Deploy into kubectl's namespace, as `make deploy` does; what it prints goes to stderr."""
    run_make(kubectl, "deploy", **env)


def run_make(kubectl: Kubectl, target: str, **env: str) -> str:
    """What make prints, for kubectl's namespace; it goes to stderr, too."""
    words = ["make", "--no-print-directory", "-C", str(checkout()), target]
    given = {**os.environ, "NAMESPACE": kubectl.namespace, **env}
    given.pop("MAKEFLAGS", None)
    pipe = subprocess.PIPE
    printed: list[str] = []
    with subprocess.Popen(
        words, env=given, stdout=pipe, stderr=subprocess.STDOUT, text=True
    ) as running:
        for line in running.stdout or ():
            sys.stderr.write(line)
            printed.append(line.strip())
    if running.returncode:
        raise DeployError(" / ".join(printed[-4:]))
    return "\n".join(printed)


@contextmanager
def connect(kubectl: Kubectl) -> Iterator[Lector]:
    """Lector's own client at upload's URL, with the first token; the object store is forwarded."""
    service = kubectl.get("ksvc", "upload") or {}
    url = service.get("status", {}).get("url", "")
    if not url:
        raise DeployError("upload has no URL yet")
    token = b64decode(kubectl.secret("lector-api", "admin-token")).decode()
    store = forwarding.forward(kubectl, "svc/seaweedfs", 8333, 8333)
    with forwarding.reach(kubectl, url) as reachable, store, Client(reachable, token) as client:
        yield client


@dataclass
class Cluster:
    """A cluster, and the Lector on it."""

    kubectl: Kubectl
    folder: Path
    connect: Callable[[Kubectl], AbstractContextManager[Lector]] = connect
    clock: Clock = field(default_factory=Clock)
    deploy: Callable[..., None] = deploy
    make: Callable[..., str] = run_make
    forward: Callable[[Kubectl, str, int], AbstractContextManager[int]] = forwarding.forward
    fetch: Callable[[str], bytes] = forwarding.fetch
    reach: Callable[[Kubectl, str], AbstractContextManager[str]] = forwarding.reach
    answers: Callable[[str], bool] = forwarding.answers
    images_of: Callable[[str], dict[str, str]] = version_before.push_images
    pages: int = 1000
    rounds: int = 5
    pdfs: Path | None = None
    before: str = ""

    def client(self) -> AbstractContextManager[Lector]:
        """Lector's client; port 8333 of this machine is taken while it is open."""
        return self.connect(self.kubectl)

    def beside(self, kubectl: Kubectl) -> "Cluster":
        """The same cluster, and another Lector on it."""
        return replace(self, kubectl=kubectl)

    def pods(self, service: str = "") -> list[Manifest]:
        """The pods of a Knative Service, or of all that Lector has."""
        selector = f"{OF_SERVICES}={service}" if service else f"{OF_SERVICES} in ({_ALL})"
        return self.kubectl.items("pod", selector)

    def image_of(self, service: str) -> str:
        """The image that a Knative Service runs."""
        found = self.kubectl.get("ksvc", service)
        assert found, service
        image: str = found["spec"]["template"]["spec"]["containers"][0]["image"]
        return image

    def neighbour(self) -> Kubectl:
        """The namespace for what must be outside of Lector's."""
        return self.kubectl.inside(f"{self.kubectl.namespace}-outside")

    @contextmanager
    def namespace(self, kubectl: Kubectl, **labels: str) -> Iterator[None]:
        """A namespace that is there for a while."""
        make_namespace(kubectl, **labels)
        try:
            yield
        finally:
            kubectl.delete("namespace", kubectl.namespace, "--wait=false")


_ALL = ",".join(SERVICES)


def make_namespace(kubectl: Kubectl, **labels: str) -> None:
    """Create kubectl's namespace, marked as ours; one that is ours already may be there."""
    if kubectl.get("namespace", kubectl.namespace) is None:
        metadata = {"name": kubectl.namespace, "labels": {OWN_LABEL: "true", **labels}}
        kubectl.create({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    elif not is_ours(kubectl):
        raise DeployError(f"the namespace {kubectl.namespace} was not made by the cluster test")


def is_ours(kubectl: Kubectl) -> bool:
    """Whether kubectl's namespace was made by the cluster test, which may then remove it."""
    found = kubectl.get("namespace", kubectl.namespace)
    return found is not None and OWN_LABEL in found["metadata"].get("labels", {})
