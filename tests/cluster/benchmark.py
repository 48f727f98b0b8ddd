"""make cluster-bench: the first page of a sleeping Lector, against one bare function's start."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from statistics import median

import httpx2

from lector.local.tools import checkout
from tests.cluster.cluster import OF_SERVICES, Cluster
from tests.cluster.kubectl import Manifest
from tests.cluster.reading import STEPS, ZERO_WITHIN_S, Wake, pod_times, wake_once

BAR = 2.5
HELLO = "hello"
_READY_WITHIN_S = 180.0


@dataclass(frozen=True)
class Starts:
    """Seconds of each round: the bare function's first answer, and Lector's waking."""

    hello_s: Sequence[float]
    wakes: Sequence[Wake]
    hello_times: Sequence[dict[str, float]] = ()

    def ratio(self) -> float:
        """The median first page, in median starts of the bare function."""
        return median(wake.first_page_s for wake in self.wakes) / median(self.hello_s)

    def lines(self) -> list[str]:
        """The figures: medians, and the worst beside them."""
        pages = [wake.first_page_s for wake in self.wakes]
        said = [
            f"a bare function from zero   {_figure(self.hello_s)} (n = {len(self.hello_s)})",
            f"Lector's first page         {_figure(pages)} (n = {len(pages)})",
        ]
        said += [_steps(HELLO, self.hello_times)] if any(self.hello_times) else []
        for name in sorted({name for wake in self.wakes for name in wake.times}):
            said.append(_steps(name, [wake.times.get(name, {}) for wake in self.wakes]))
        good = "within" if self.ratio() <= BAR else "ABOVE"
        said.append(f"ratio {self.ratio():.2f}, {good} the bar of {BAR}")
        return said


def _steps(name: str, times: Sequence[dict[str, float]]) -> str:
    """A line: medians and the worst of each step that was seen, and how often where not always."""
    said = []
    for step in STEPS:
        if seen := [one[step] for one in times if step in one]:
            rarely = f" (n = {len(seen)})" if len(seen) < len(times) else ""
            said.append(f"{step} {_figure(seen)}{rarely}")
    return f"{name:<16} {'; '.join(said)}"


def _figure(seconds: Sequence[float]) -> str:
    return f"{median(seconds):.1f} s, worst {max(seconds):.1f} s"


def measure(cluster: Cluster, say: Callable[[str], None]) -> Starts:
    """Start both from zero, in turn, several times."""
    hello_s, wakes, hello_times = [], [], []
    cluster.kubectl.apply(hello(cluster.image_of("register")))
    try:
        cluster.kubectl.wait(f"ksvc/{HELLO}", "Ready", _READY_WITHIN_S)
        service = cluster.kubectl.get("ksvc", HELLO)
        assert service, HELLO
        with (
            cluster.client() as lector,
            cluster.reach(cluster.kubectl, service["status"]["url"]) as url,
        ):
            for turn in range(cluster.rounds):
                answered_s, times = _start_hello(cluster, url)
                hello_s.append(answered_s)
                hello_times.append(times)
                wakes.append(wake_once(cluster, lector))
                page_s = wakes[-1].first_page_s
                say(f"round {turn + 1} of {cluster.rounds}: {hello_s[-1]:.1f} s, {page_s:.1f} s")
    finally:
        for kind, name in (("ksvc", HELLO), ("configmap", HELLO)):
            cluster.kubectl.delete(kind, name, "--wait=false")
    return Starts(hello_s, wakes, hello_times)


def _start_hello(cluster: Cluster, url: str) -> tuple[float, dict[str, float]]:
    """Seconds to its first answer, and its pod's steps."""
    selector = f"{OF_SERVICES}={HELLO}"
    cluster.clock.wait_until(
        lambda: not cluster.kubectl.items("pod", selector), ZERO_WITHIN_S, "hello does not sleep"
    )
    since, began = cluster.clock.wall(), cluster.clock.now()
    with suppress(httpx2.HTTPStatusError):
        cluster.fetch(url)
    took = cluster.clock.now() - began
    times = pod_times(cluster, since, HELLO).get(HELLO)
    return took, {**times, "first answer": took} if times else {}


def hello(image: str) -> list[Manifest]:
    """The bare function of `benchmarks/hello`, in an image that has the framework."""
    code = (checkout() / "benchmarks" / "hello" / "main.py").read_text()
    container = {
        "image": image,
        "args": ["-m", "functions_framework", "--source=/hello/main.py", f"--target={HELLO}"],
        "volumeMounts": [
            {"name": "code", "mountPath": "/hello"},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - in a pod,
        ],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }
    volumes = [{"name": "code", "configMap": {"name": HELLO}}, {"name": "tmp", "emptyDir": {}}]
    template = {"spec": {"containers": [container], "volumes": volumes}}
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": HELLO},
            "data": {"main.py": code},
        },
        {
            "apiVersion": "serving.knative.dev/v1",
            "kind": "Service",
            "metadata": {"name": HELLO},
            "spec": {"template": template},
        },
    ]
