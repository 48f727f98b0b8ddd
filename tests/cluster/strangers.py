"""Pods that have no business with Lector: what they can reach, and what they are answered."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tests.cluster.cluster import Cluster
from tests.cluster.kubectl import Kubectl, Manifest

NAME = "stranger"
_READY_WITHIN_S = 120.0

# Each prints one line of JSON. They run in the bridge's image, which has Python.
_CONNECT = """
import json, socket, sys
from concurrent.futures import ThreadPoolExecutor
def open_(target):
    host, port = target
    try:
        socket.create_connection((host, port), 4).close()
        return True
    except OSError:
        return False
targets = json.loads(sys.argv[1])
with ThreadPoolExecutor(16) as pool:
    print(json.dumps(list(pool.map(open_, targets))))
"""
_POST = """
import json, sys, urllib.error, urllib.request
def post(url, headers, body):
    request = urllib.request.Request(url, body.encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=90) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)
print(json.dumps([post(*request) for request in json.loads(sys.argv[1])]))
"""


@dataclass(frozen=True)
class Reply:
    """A status, 0 if nothing answered, and a body."""

    status: int
    body: str

    def code(self) -> str:
        """The code of a problem; "" for another body."""
        try:
            return str(json.loads(self.body).get("code", ""))
        except (ValueError, AttributeError):
            return ""


class Stranger:
    """A pod without rights, in some namespace."""

    def __init__(self, kubectl: Kubectl) -> None:
        self._kubectl = kubectl

    def opens(self, targets: Sequence[tuple[str, int]]) -> list[bool]:
        """For each host and port, whether a connection can be opened within 4 s."""
        out = self._kubectl.execute(NAME, "python3", "-c", _CONNECT, json.dumps(targets))
        answers: list[bool] = json.loads(out.splitlines()[-1])
        return answers

    def posts(self, requests: Sequence[tuple[str, dict[str, str], str]]) -> list[Reply]:
        """What each POST (URL, headers, body) is answered."""
        words = (NAME, "python3", "-c", _POST, json.dumps(requests))
        out = self._kubectl.execute(*words, timeout_s=95 * len(requests))
        return [Reply(status, body) for status, body in json.loads(out.splitlines()[-1])]


@contextmanager
def stranger(cluster: Cluster, kubectl: Kubectl) -> Iterator[Stranger]:
    """A stranger in kubectl's namespace, for a while."""
    image = _bridge_image(cluster)
    kubectl.delete("pod", NAME, "--grace-period=0", "--force")
    kubectl.apply([pod(NAME, image, ["-c", "import time; time.sleep(7200)"])])
    try:
        kubectl.wait(f"pod/{NAME}", "Ready", _READY_WITHIN_S)
        yield Stranger(kubectl)
    finally:
        kubectl.delete("pod", NAME, "--grace-period=0", "--force", "--wait=false")


def pod(name: str, image: str, args: Sequence[str], **more: object) -> Manifest:
    """A pod that keeps to the restricted profile; `more` goes into its container."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app.kubernetes.io/name": name}},
        "spec": {
            "automountServiceAccountToken": False,
            "restartPolicy": "Never",
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 65532,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    "name": name,
                    "image": image,
                    "args": list(args),
                    "securityContext": {
                        "allowPrivilegeEscalation": False,
                        "capabilities": {"drop": ["ALL"]},
                        "readOnlyRootFilesystem": True,
                    },
                    **more,
                }
            ],
        },
    }


def _bridge_image(cluster: Cluster) -> str:
    source = cluster.kubectl.get("deployment", "jetstream-source")
    assert source, "jetstream-source"
    image: str = source["spec"]["template"]["spec"]["containers"][0]["image"]
    return image
