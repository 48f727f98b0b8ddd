"""kubectl, typed: objects come back as JSON, and a command that fails says so by its own words."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

Manifest = dict[str, Any]

_TIMEOUT_S = 60.0


class KubectlError(Exception):
    """What kubectl, or the cluster through it, refused."""


@dataclass(frozen=True)
class Answer:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str = ""


class Run(Protocol):
    """What runs a kubectl command: the program, or a double of it."""

    def __call__(self, words: Sequence[str], given: str, timeout_s: float) -> Answer:
        """The answer to these words, with something on stdin."""


def program() -> str:
    """The kubectl of the machine, or the one among the dependencies."""
    return shutil.which("kubectl") or str(Path(sys.executable).with_name("kubectl"))


def run_program(words: Sequence[str], given: str, timeout_s: float) -> Answer:
    """Run kubectl as a process."""
    try:
        done = subprocess.run(
            [program(), *words],
            input=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout_s,
        )
    except subprocess.TimeoutExpired:
        return Answer(124, "", f"no answer within {timeout_s:.0f} s")
    return Answer(done.returncode, done.stdout, done.stderr)


class Kubectl:
    """Commands in one namespace of the cluster that KUBECONFIG names."""

    def __init__(self, namespace: str, run: Run = run_program) -> None:
        self.namespace = namespace
        self._run = run

    def inside(self, namespace: str) -> "Kubectl":
        """The same cluster, in another namespace."""
        return Kubectl(namespace, self._run)

    def text(self, *words: str, given: str = "", timeout_s: float = _TIMEOUT_S) -> str:
        """What a command prints; KubectlError if it fails."""
        answer = self._run(["-n", self.namespace, *words], given, timeout_s)
        if answer.code:
            why = " / ".join(answer.err.strip().splitlines()[-3:])
            raise KubectlError(f"kubectl {' '.join(words[:3])}: {why or f'exit {answer.code}'}")
        return answer.out

    def why_unreachable(self) -> str | None:
        """Why no cluster answers, in one line; None if one does."""
        words = ["get", "namespace", "default", "--request-timeout=10s"]
        try:
            answer = self._run(words, "", _TIMEOUT_S)
        except OSError as error:
            return f"kubectl cannot be run: {error}"
        said = answer.err.strip().splitlines() or [f"kubectl ended with {answer.code}"]
        return said[-1] if answer.code else None

    def get(self, kind: str, name: str) -> Manifest | None:
        """An object, or None."""
        out = self.text("get", kind, name, "--ignore-not-found", "-o", "json")
        found: Manifest | None = json.loads(out) if out.strip() else None
        return found

    def items(self, kind: str, selector: str = "") -> list[Manifest]:
        """All objects of a kind, or those with a label."""
        chosen = ["-l", selector] if selector else []
        out = self.text("get", kind, *chosen, "-o", "json")
        found: list[Manifest] = json.loads(out)["items"]
        return found

    def apply(self, objects: Iterable[Manifest], *flags: str) -> None:
        """Create or change objects; `--dry-run=server` only asks whether they are accepted."""
        self.text("apply", "-f", "-", *flags, given=_as_list(objects), timeout_s=180)

    def create(self, *objects: Manifest) -> None:
        """Create objects that must not be there."""
        self.text("create", "-f", "-", given=_as_list(objects))

    def delete(self, kind: str, name: str, *flags: str, timeout_s: float = 330) -> None:
        """Delete an object, if it is there."""
        self.text("delete", kind, name, "--ignore-not-found", *flags, timeout_s=timeout_s)

    def patch(self, kind: str, name: str, change: Manifest) -> None:
        """Merge a change into an object."""
        self.text("patch", kind, name, "--type=merge", "-p", json.dumps(change))

    def wait(self, what: str, condition: str, within_s: float) -> None:
        """Wait until an object has a condition; KubectlError if it takes longer."""
        limit = f"--timeout={within_s:.0f}s"
        self.text("wait", what, f"--for=condition={condition}", limit, timeout_s=within_s + 30)

    def rolled_out(self, workload: str, within_s: float) -> None:
        """Wait until a Deployment or a StatefulSet has all its pods."""
        limit = f"--timeout={within_s:.0f}s"
        self.text("rollout", "status", workload, limit, timeout_s=within_s + 30)

    def execute(self, pod: str, *command: str, timeout_s: float = 120) -> str:
        """Run a command in a pod; what it prints."""
        return self.text("exec", pod, "--", *command, timeout_s=timeout_s)

    def api_versions(self) -> set[str]:
        """All `group/version` that the cluster serves."""
        return set(self.text("api-versions").split())

    def serves(self, group: str) -> bool:
        """Whether the cluster serves any version of an API group."""
        return any(version.startswith(f"{group}/") for version in self.api_versions())

    def secret(self, name: str, key: str) -> str:
        """A value of a Secret, still in base64; "" if it is not there."""
        found = self.get("secret", name)
        return str(found["data"].get(key, "")) if found else ""


def _as_list(objects: Iterable[Manifest]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
