"""Ways into a cluster: forwarded ports that are opened anew, and upload's URL from here."""

import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import httpx2

from tests.cluster.kubectl import Kubectl, program

_OPEN_WITHIN_S = 20.0
_OPENED = re.compile(r"Forwarding from 127\.0\.0\.1:(\d+)")
_INGRESSES = (("kourier-system", "svc/kourier"), ("istio-system", "svc/istio-ingressgateway"))


class Forward:
    """A local port that leads to a Service; when its pod dies, it is forwarded anew."""

    def __init__(self, kubectl: Kubectl, target: str, port: int, local: int = 0) -> None:
        self.local = local
        self._words = ["-n", kubectl.namespace, "port-forward", "--address=127.0.0.1", target]
        self._port = port
        self._open = threading.Event()
        self._stopping = threading.Event()
        self._process: subprocess.Popen[str] | None = None
        self._thread = threading.Thread(target=self._keep_open, daemon=True)

    def start(self) -> None:
        """Open it; TimeoutError if that takes too long."""
        self._thread.start()
        if not self._open.wait(_OPEN_WITHIN_S):
            self.stop()
            what = f"{self._words[-1]}:{self._port}"
            raise TimeoutError(f"{what} cannot be forwarded to port {self.local or 'any'}")

    def stop(self) -> None:
        """Close it."""
        self._stopping.set()
        if self._process:
            self._process.terminate()
        self._thread.join(5)

    def _keep_open(self) -> None:
        while not self._stopping.is_set():
            words = [program(), *self._words, f"{self.local or ''}:{self._port}"]
            pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
            with subprocess.Popen(words, stdout=pipe, stderr=nowhere, text=True) as process:
                self._process = process
                if self._stopping.is_set():
                    process.terminate()
                for line in process.stdout or ():
                    if opened := _OPENED.search(line):
                        self.local = int(opened[1])
                        self._open.set()
            time.sleep(0.5)


@contextmanager
def forward(kubectl: Kubectl, target: str, port: int, local: int = 0) -> Iterator[int]:
    """The local port that leads to a Service's port."""
    forwarded = Forward(kubectl, target, port, local)
    forwarded.start()
    try:
        yield forwarded.local
    finally:
        forwarded.stop()


def fetch(url: str) -> bytes:
    """The body of a GET; httpx2's own errors, also for a status that is no success."""
    answer = httpx2.get(url, timeout=60)
    answer.raise_for_status()
    return answer.content


@contextmanager
def reach(kubectl: Kubectl, url: str) -> Iterator[str]:
    """The URL of a Knative Service as seen from here: its own, or that of a forwarded ingress."""
    if answers(url):
        yield url
        return
    for namespace, service in _INGRESSES:
        inside = kubectl.inside(namespace)
        if inside.get("service", service.removeprefix("svc/")) is None:
            continue
        host = urlsplit(url).hostname or ""
        with forward(inside, service, 80) as port, _resolve_here(host):
            yield f"http://{host}:{port}"
        return
    raise TimeoutError(f"{url} does not answer, and there is no ingress that could be forwarded")


def answers(url: str) -> bool:
    """Whether something answers at a URL, without any help."""
    with suppress(httpx2.TransportError):
        # A sleeping upload may take a while, but what does not resolve or listen says so at once.
        httpx2.get(f"{url}/health/liveness", timeout=60)
        return True
    return False


@contextmanager
def _resolve_here(host: str) -> Iterator[None]:
    """Have a host name lead to 127.0.0.1, in this process."""
    resolve = socket.getaddrinfo

    def resolve_here(name: Any, *rest: Any, **more: Any) -> Any:
        given = name.decode() if isinstance(name, bytes) else name
        return resolve("127.0.0.1" if given == host else name, *rest, **more)

    socket.getaddrinfo = resolve_here  # type: ignore[assignment]
    try:
        yield
    finally:
        socket.getaddrinfo = resolve
