"""A double of a cluster with Knative, behind the programs `kubectl` and `func`.

It keeps objects in a file and does to them what kubectl and Serving do as far as revisions go:
`kubectl apply` merges three ways (lists are replaced, as in a custom resource), Serving fills in
what is left out, and makes a revision whenever spec.template changes. kustomize is the real one.

Run as a program named kubectl or func, with CLUSTER (a file) in the environment; each call is
noted in CALLS.
"""

import copy
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from tests.support import func_double

Manifest = dict[str, Any]

_SERVING = "serving.knative.dev/v1"
_PLURALS = {"ksvc": "Service", "deployment": "Deployment", "configmap": "ConfigMap"}
_PLURALS |= {"secret": "Secret", "job": "Job", "revisions.serving.knative.dev": "Revision"}
_PLURALS |= {"replicaset": "ReplicaSet", "poddisruptionbudget": "PodDisruptionBudget"}
_CREATOR = {"serving.knative.dev/creator": "somebody"}


class Cluster:
    """What is there, by kind and name."""

    def __init__(self, file: Path) -> None:
        self._file = file
        state = json.loads(file.read_text()) if file.exists() else {}
        self.objects: dict[str, Manifest] = state.get("objects", {})
        self.applied: dict[str, Manifest] = state.get("applied", {})
        self.broken: list[str] = state.get("broken", [])

    def save(self) -> None:
        """Keep it for the next call."""
        state = {"objects": self.objects, "applied": self.applied, "broken": self.broken}
        self._file.write_text(json.dumps(state))

    def service(self, name: str) -> Manifest:
        """A Knative Service."""
        return self.objects[f"KService/{name}"]

    def revisions(self, name: str) -> list[str]:
        """The revisions of a Service, the oldest first."""
        label = "serving.knative.dev/service"
        return [
            each["metadata"]["name"]
            for each in self.objects.values()
            if each["kind"] == "Revision" and each["metadata"]["labels"][label] == name
        ]

    def traffic(self, name: str) -> str:
        """The revision that requests reach."""
        return str(self.service(name)["status"]["traffic"][0]["revisionName"])

    def template(self, name: str) -> Manifest:
        """What the pods of a Service are made from."""
        template: Manifest = self.service(name)["spec"]["template"]
        return template

    def apply(self, wanted: Manifest) -> None:
        """Merge three ways, as `kubectl apply` does for custom resources."""
        key = _key(wanted)
        live, before = self.objects.get(key), self.applied.get(key, {})
        self.put(_merge(live, before, wanted) if live else copy.deepcopy(wanted))
        self.applied[key] = wanted

    def put(self, wanted: Manifest) -> None:
        """Create or update an object."""
        key = _key(wanted)
        live = self.objects.get(key)
        metadata = wanted["metadata"]
        if _is_serving(wanted):
            _default(wanted, new=live is None)
        changed = live is None or live.get("spec") != wanted.get("spec")
        metadata["generation"] = (live or wanted)["metadata"].get("generation", 0) + changed
        self.objects[key] = wanted
        if _is_serving(wanted):
            self._reconcile(wanted)
        elif wanted["kind"] == "Deployment" and changed:
            number = metadata.setdefault("annotations", {}).get(_REVISION, "0")
            metadata["annotations"][_REVISION] = str(int(number) + 1)
            self._make_replica_set(wanted)

    def _make_replica_set(self, deployment: Manifest) -> None:
        metadata = deployment["metadata"]
        number = metadata["annotations"][_REVISION]
        name = f"{metadata['name']}-{number}"
        self.objects[f"ReplicaSet/{name}"] = {
            "kind": "ReplicaSet",
            "metadata": {
                "name": name,
                "labels": copy.deepcopy(metadata.get("labels", {})),
                "annotations": {_REVISION: number},
            },
            "spec": {"template": copy.deepcopy(deployment["spec"]["template"])},
        }

    def _reconcile(self, service: Manifest) -> None:
        name = service["metadata"]["name"]
        status = service.setdefault("status", {"configured": 0, "template": None})
        if status["template"] != service["spec"]["template"]:
            status["template"] = copy.deepcopy(service["spec"]["template"])
            status["configured"] += 1
            self._make_revision(name, status)
        target = service["spec"]["traffic"][0]
        ready = status.get("latestReadyRevisionName")
        status["traffic"] = [{"revisionName": target.get("revisionName") or ready}]

    def _make_revision(self, name: str, status: Manifest) -> None:
        revision = f"{name}-{status['configured']:05}"
        status["latestCreatedRevisionName"] = revision
        ready = name not in self.broken
        if ready:
            status["latestReadyRevisionName"] = revision
        labels = {
            "serving.knative.dev/service": name,
            "serving.knative.dev/configurationGeneration": str(status["configured"]),
        }
        self.objects[f"Revision/{revision}"] = {
            "kind": "Revision",
            "metadata": {"name": revision, "labels": labels},
            "status": {"conditions": [{"type": "Ready", "status": str(ready)}]},
        }


_REVISION = "deployment.kubernetes.io/revision"


def _is_serving(manifest: Manifest) -> bool:
    return bool(manifest["apiVersion"] == _SERVING)


def _key(manifest: Manifest) -> str:
    kind = ("K" if _is_serving(manifest) else "") + manifest["kind"]
    return f"{kind}/{manifest['metadata']['name']}"


def _default(service: Manifest, *, new: bool) -> None:
    """What Serving's webhook fills in."""
    if new:
        service["metadata"].setdefault("annotations", {}).update(_CREATOR)
    service["spec"].setdefault("traffic", [{"latestRevision": True, "percent": 100}])
    spec = service["spec"]["template"]["spec"]
    spec.setdefault("timeoutSeconds", 300)
    spec.setdefault("enableServiceLinks", False)
    container = spec["containers"][0]
    container.setdefault("name", "user-container")
    container["readinessProbe"].setdefault("successThreshold", 1)


def _merge(live: Manifest, before: Manifest, wanted: Manifest) -> Manifest:
    merged = {k: v for k, v in live.items() if k in wanted or k not in before}
    for key, value in wanted.items():
        if isinstance(value, dict):
            merged[key] = _merge(live.get(key) or {}, before.get(key) or {}, value)
        else:
            merged[key] = copy.deepcopy(value)
    return merged


def _selected(manifests: list[Manifest], selector: str) -> list[Manifest]:
    return [each for each in manifests if _matches(each["metadata"].get("labels") or {}, selector)]


def _matches(labels: Manifest, selector: str) -> bool:
    if not selector:
        return True
    key, sign, values = re.fullmatch(r"([\w./-]+) ?(=|in|notin) ?\(?([^)]*)\)?", selector).groups()  # type: ignore[union-attr]
    inside = labels.get(key) in values.split(",")
    return inside != (sign == "notin")


def _kustomized(folder: str) -> list[Manifest]:
    """What the real kustomize makes of a folder; what did not change is not made twice."""
    files = [Path(folder) / "kustomization.yaml", *Path(folder).parent.glob("knative/**/*")]
    text = b"".join(path.read_bytes() for path in sorted(files) if path.is_file())
    kept = Path(os.environ["CLUSTER"]).with_name(hashlib.sha256(text).hexdigest())
    if not kept.exists():
        real = Path(sys.executable).with_name("kubectl")
        printed = subprocess.run([real, "kustomize", folder], capture_output=True, check=True)
        kept.write_text(json.dumps(list(yaml.safe_load_all(printed.stdout))))
    parsed: list[Manifest] = json.loads(kept.read_text())
    return parsed


class Kubectl:
    """One call of kubectl: its words and options."""

    def __init__(self, cluster: Cluster, words: list[str]) -> None:
        self._cluster = cluster
        self._options: dict[str, str] = {}
        self._words: list[str] = []
        rest = iter(words)
        for word in rest:
            if word in {"-n", "-k", "-f", "-l", "-o", "--patch"}:
                self._options[word] = next(rest)
            elif word.startswith("--"):
                self._options.setdefault(*(word.split("=", 1) if "=" in word else (word, "")))
            else:
                self._words.append(word)

    def run(self) -> int:
        """Do it; the exit code."""
        command = getattr(self, self._words[0], None)
        return (command() if command else 0) or 0

    def kustomize(self) -> None:
        """Print what would be applied."""
        sys.stdout.write(yaml.safe_dump_all(_kustomized(self._words[1])))

    def apply(self) -> None:
        """Apply a folder, or what is on stdin."""
        for manifest in self._given():
            self._cluster.apply(manifest)

    def _given(self) -> list[Manifest]:
        if "-k" not in self._options:
            return [yaml.safe_load(sys.stdin.read())]
        return _selected(_kustomized(self._options["-k"]), self._options.get("-l", ""))

    def diff(self) -> int:
        """1: something would change."""
        rehearsal = copy.deepcopy(self._cluster)
        for manifest in self._given():
            rehearsal.apply(manifest)
        return int(rehearsal.objects != self._cluster.objects)

    def patch(self) -> None:
        """A merge patch, or replacements by JSON patch."""
        patched = copy.deepcopy(self._named(self._words[1]))
        assert patched is not None
        patch = json.loads(self._options["--patch"])
        if self._options["--type"] == "merge":
            patched = _merge(patched, {}, patch)
        else:
            for step in patch:
                assert step["op"] == "replace", step
                assert step["path"] == "/spec/template", step
                patched["spec"]["template"] = step["value"]
        self._cluster.put(patched)

    def get(self) -> None:
        """Print objects: -o json, or of `upload` its URL."""
        if self._options.get("-o", "").startswith("jsonpath"):
            sys.stdout.write("http://upload.lector.example.com")
        elif self._options.get("-o") == "name":
            names = ("deployment/jetstream-source", "ksvc/jetstream-sink")
            sys.stdout.write("\n".join(names))
        elif self._options.get("-o") == "json":
            sys.stdout.write(self._found())

    def _found(self) -> str:
        names = self._words[1:]
        if "/" in names[0]:
            found = [each for each in map(self._named, names) if each is not None]
            if len(names) == 1:
                return json.dumps(found[0]) if found else ""
        else:
            prefix = "K" if names[0] == "ksvc" else ""
            kind = f"{prefix}{_PLURALS[names[0]]}/"
            objects = [v for k, v in self._cluster.objects.items() if k.startswith(kind)]
            found = _selected(objects, self._options.get("-l", ""))
        return json.dumps({"kind": "List", "items": found})

    def _named(self, name: str) -> Manifest | None:
        kind, _, of = name.partition("/")
        prefix = "K" if kind == "ksvc" else ""
        return self._cluster.objects.get(f"{prefix}{_PLURALS[kind]}/{of}")

    def delete(self) -> None:
        """Remove one object."""
        kind, _, name = "/".join(self._words[1:]).partition("/")
        self._cluster.objects.pop(f"{_PLURALS.get(kind, kind)}/{name}", None)


def func(cluster: Cluster, words: list[str]) -> None:
    """`func deploy --path FOLDER --image IMAGE`."""
    folder, image = words[words.index("--path") + 1], words[words.index("--image") + 1]
    function = yaml.safe_load((Path(folder) / "func.yaml").read_text())
    live = cluster.objects.get(f"KService/{function['name']}")
    if live is None:
        cluster.put(func_double.new_service(function, image))
    else:
        cluster.put(func_double.updated_service(live, function, image))


def main(name: str, words: list[str]) -> int:
    """Run one call."""
    with Path(os.environ["CALLS"]).open("a") as calls:
        calls.write(f"{name} {' '.join(words)}\n")
    cluster = Cluster(Path(os.environ["CLUSTER"]))
    code = 0
    if name == "func":
        func(cluster, words)
    else:
        code = Kubectl(cluster, words).run()
    cluster.save()
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
