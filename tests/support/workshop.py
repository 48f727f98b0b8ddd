"""A copy of what deploying needs, with stand-ins for kubectl, func and the container engine."""

import copy
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from lector.local.tools import checkout
from tests.support.cluster_double import Cluster

DIGEST = "sha256:" + "0123456789abcdef" * 4
# Notes what it is told, and does nothing.
_STAND_IN = """#!/bin/sh
echo "$(basename "$0") $*" >> "$CALLS"
case "$(basename "$0") $*" in
  "buildah push"*)
    case "$*" in *"/${OTHER:-none}:"*) digest=$NEW ;; *) digest=DIGEST ;; esac
    for word in "$@"; do
      [ "${last:-}" = --digestfile ] && printf %s "$digest" > "$word"; last=$word; done ;;
  "buildah build"*)
    [ -z "${NO_BUILD:-}" ] || exit 1
    for word in "$@"; do
      [ "${last:-}" = --iidfile ] && printf %s "DIGEST" > "$word"; last=$word; done ;;
  "kubectl get ksvc upload"*) printf http://upload.lector.example.com ;;
  "kubectl get secret lector-caller"*) [ -z "${NO_CALLER_SECRET:-}" ] ;;
  "kubectl create secret"*) cat >> "$CALLS.stdin" ;;
  "kubectl get crd"*) [ -z "${NO_KNATIVE:-}" ] ;;
  "kubectl get deployment,ksvc"*) printf '%s\\n' deployment.apps/jetstream-source \\
      deployment.apps/postgres-source service.serving.knative.dev/jetstream-sink ;;
  "kubectl kustomize"*) exec KUBECTL "$@" ;;
  "kubectl diff"*) exit "${DIFFERS:-0}" ;;
  "kubectl wait"*) [ "${NEVER_READY:-}" != "$4" ] ;;
esac
""".replace("DIGEST", DIGEST).replace("KUBECTL", str(Path(sys.executable).with_name("kubectl")))


class Workshop:
    """A copy of what deploying needs, and tools that only note what they are told."""

    def __init__(self, folder: Path) -> None:
        self._root = folder / "lector"
        for part in ("functions", "knative", "lector/bridge", "migrations", "tools"):
            ignored = shutil.ignore_patterns("__pycache__", "secrets")
            shutil.copytree(checkout() / part, self._root / part, ignore=ignored)
        shutil.copy(checkout() / "Dockerfile", self._root)
        self._tools = folder / "bin"
        self._tools.mkdir()
        self._calls = folder / "calls"
        self._calls.touch()
        (self._root / ".venv").symlink_to(sys.prefix)
        for name in ("kubectl", "func", "buildah"):
            self.has(name)

    def has(self, name: str) -> None:
        tool = self._tools / name
        tool.write_text(_STAND_IN)
        tool.chmod(0o755)

    def lacks(self, name: str) -> None:
        (self._tools / name).unlink()

    def deploy(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._root / "knative" / "deploy.sh", *words],
            env={
                "PATH": f"{self._tools}:/usr/bin:/bin",
                "CALLS": str(self._calls),
                "ENGINE": "buildah",
                **env,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def calls(self, tool: str) -> list[str]:
        lines = self._calls.read_text().splitlines()
        return [line.removeprefix(f"{tool} ") for line in lines if line.startswith(f"{tool} ")]

    def manifests(self) -> list[Any]:
        """What would be applied, rendered by the real kustomize."""
        real = Path(sys.executable).with_name("kubectl")
        shown = subprocess.run(
            [real, "kustomize", self._root / ".deploy"],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        return list(yaml.safe_load_all(shown))

    def images(self) -> dict[str, str]:
        """The images of what would be applied."""
        return {
            manifest["metadata"]["name"]: manifest["spec"]["template"]["spec"]["containers"][0][
                "image"
            ]
            for manifest in self.manifests()
            if "template" in manifest.get("spec", {})
        }

    def applied(self) -> set[str]:
        """Kind and name of what the one `kubectl apply` selected by its names."""
        [call] = [call for call in self.calls("kubectl") if call.startswith("apply ")]
        names = re.search(r"app\.kubernetes\.io/name in \((.*)\)$", call)
        assert names, call
        return {
            f"{manifest['kind']} {manifest['metadata']['name']}"
            for manifest in self.manifests()
            if manifest["metadata"].get("labels", {}).get("app.kubernetes.io/name")
            in names[1].split(",")
        }

    def func_yaml(self) -> str:
        return (self._root / "functions" / "render" / "func.yaml").read_text()


_DOUBLE = """#!/bin/sh
exec env PYTHONPATH="CHECKOUT" "PYTHON" -m tests.support.cluster_double "$(basename "$0")" "$@"
"""


class ClusterWorkshop(Workshop):
    """A workshop whose kubectl and func act on the double of a cluster."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._state = folder / "cluster" / "state.json"
        self._state.parent.mkdir()
        program = _DOUBLE.replace('PYTHON"', f'{sys.executable}"')
        program = program.replace("CHECKOUT", str(checkout()))
        for name in ("kubectl", "func"):
            (self._tools / name).write_text(program)

    def deploy(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run deploy.sh; it must succeed."""
        done = super().deploy(*words, CLUSTER=str(self._state), **env)
        assert done.returncode == 0, done.stderr
        return done

    def refuse(self, *words: str, **env: str) -> str:
        """Run deploy.sh; it must fail. What it says."""
        done = super().deploy(*words, CLUSTER=str(self._state), **env)
        assert done.returncode != 0
        return done.stderr

    def func_by_hand(self, name: str, image: str) -> None:
        """Somebody runs func, past deploy.sh."""
        folder = str(self._root / "functions" / name)
        subprocess.run(
            [self._tools / "func", "deploy", "--path", folder, "--image", image],
            env={"PATH": "/usr/bin:/bin", "CALLS": str(self._calls), "CLUSTER": str(self._state)},
            check=True,
            timeout=60,
        )

    def annotate(self, name: str, key: str, value: str) -> None:
        """Another tool marks a Service's template."""
        cluster = self.cluster()
        service = copy.deepcopy(cluster.service(name))
        service["spec"]["template"]["metadata"]["annotations"][key] = value
        cluster.put(service)
        cluster.save()

    def break_next(self, name: str) -> None:
        """Further revisions of a Service do not become ready."""
        cluster = self.cluster()
        cluster.broken.append(name)
        cluster.save()

    def mend(self, name: str) -> None:
        """Further revisions of it become ready again."""
        cluster = self.cluster()
        cluster.broken.remove(name)
        cluster.save()

    def edit(self, file: str, old: str, new: str) -> None:
        """Change a file of what is deployed."""
        path = self._root / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def cluster(self) -> Cluster:
        """What is in the cluster now."""
        return Cluster(self._state)


def other_image(name: str, version: int) -> dict[str, str]:
    """The variables with which an image of that name gets another digest, one for each version."""
    return {"OTHER": name, "NEW": f"sha256:{version:064x}"}
