"""The real func, asked what it renders: an API server that takes the Service and tells it on.

Nothing is deployed: func reads here that the namespace, Secrets and ConfigMaps are there and the
Service is not, and creates it.
"""

import json
import re
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

from lector.local.tools import checkout

Manifest = dict[str, Any]

_KUBECONFIG = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "here",
    "contexts": [{"name": "here", "context": {"cluster": "here", "user": "here"}}],
    "users": [{"name": "here", "user": {}}],
}


def func_program() -> str | None:
    """Where func is, if it is on the path."""
    return shutil.which("func")


class _Server(ThreadingHTTPServer):
    created: Manifest | None = None
    arrived: threading.Event


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        """There is all but the Service, and no Dapr."""
        name = self.path.partition("?")[0].rpartition("/")[2]
        missing = "/serving.knative.dev/" in self.path or name == "dapr-system"
        if missing:
            details = {"name": name, "group": "serving.knative.dev", "kind": "services"}
            status = {"kind": "Status", "status": "Failure", "reason": "NotFound", "code": 404}
            self._answer(404, status | {"details": details, "message": f"{name} not found"})
        else:
            self._answer(200, {"metadata": {"name": name}, "data": {}, "items": []})

    def do_POST(self) -> None:
        """Take what is created."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.partition("?")[0].endswith("/services"):
            self.server.created = body
            self.server.arrived.set()
        self._answer(201, body)

    def _answer(self, status: int, body: Manifest) -> None:
        payload = json.dumps({"apiVersion": "v1", **body}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def rendered(name: str, image: str, folder: Path) -> Manifest:
    """The Service that `func deploy` creates for a function."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.arrived = threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    cluster = {"server": f"http://127.0.0.1:{server.server_port}"}
    config = _KUBECONFIG | {"clusters": [{"name": "here", "cluster": cluster}]}
    (folder / "config").write_text(yaml.safe_dump(config))
    shutil.copytree(checkout() / "functions" / name, folder / name)
    words = ("--build=false", "--push=false", "--namespace", "lector")
    with (folder / "said").open("w") as said:
        func = subprocess.Popen(
            [str(func_program()), "deploy", "--path", folder / name, "--image", image, *words],
            env={
                "KUBECONFIG": str(folder / "config"),
                "HOME": str(folder),
                "PATH": "/usr/bin:/bin",
            },
            stdout=said,
            stderr=said,
        )
    try:
        server.arrived.wait(60)  # func goes on to wait until it is ready
    finally:
        func.kill()
        func.wait()
        server.shutdown()
        server.server_close()
    assert server.created is not None, (folder / "said").read_text()
    return server.created


def comparable(service: Manifest) -> Manifest:
    """A Service without what func draws or takes from the clock, and without what is empty."""
    template = service["spec"]["template"]
    [container] = template["spec"]["containers"]
    text = json.dumps(
        {
            "labels": [service["metadata"]["labels"], template["metadata"]["labels"]],
            "annotations": template["metadata"]["annotations"],
            "spec": template["spec"],
        }
    )
    for each in container["env"]:
        if each["name"] == "BUILT":
            text = text.replace(each["value"], "now")
    names = sorted(set(re.findall(r"empty-dir-\w+", text)))
    for number, name in enumerate(names):
        text = text.replace(name, f"empty-dir-{number}")
    found: Manifest = _without_empty(json.loads(text))
    return found


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: _without_empty(each) for key, each in value.items()}
        return {key: each for key, each in kept.items() if each not in ({}, [], None)}
    return [_without_empty(each) for each in value] if isinstance(value, list) else value
