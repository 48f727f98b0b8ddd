"""Which revisions a deployment makes, and the way back: `python -m tools.rollout COMMAND`.

    config NAME...     stamps what pods read on the manifests on stdin: patches for kustomize
    clear NAME...      takes off the functions what is not in the manifests on stdin
    snapshot           what each workload runs now, on stdout
    note FILE          keeps such a snapshot in the cluster, if something has changed since
    replace            removes postgres-source where the manifests on stdin have both sources in one
    rollback [NAME]    sends traffic to the revision before; without a name, to that snapshot's

`knative/deploy.sh` calls it; docs/deploy.md says what it is for. Everything goes through kubectl.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import yaml

from tools import manifests
from tools.manifests import Manifest

_CONFIG = "lector.dev/config"
_OF_DEPLOYMENT = "deployment.kubernetes.io/revision"
_NOTE = "lector-rollback"
_SERVING = "serving.knative.dev/"
_KINDS = {
    "secretKeyRef": "secret",
    "secretRef": "secret",
    "configMapKeyRef": "configmap",
    "configMapRef": "configmap",
}
# As kustomize writes it.
_HASHED = re.compile(r"-[2456789bcdfghkmt]{10}$")
_BRIDGE = ("jetstream-source", "jetstream-sink", "postgres-source")
# The Deployment that may do the other's work, too (components/one-source), and the other.
_ONE, _OTHER = "jetstream-source", "postgres-source"
# Long enough for a node to be added, and short of what people wait for.
_READY_S = 300
_NOT_THERE = "there is no revision before to go back to"


class RolloutError(Exception):
    """What is wrong, in a sentence."""


def config(*names: str) -> None:
    """Print a patch for each workload: a revision for each state of what its pods read.

    A pod reads variables when it starts. So a new revision, and only then one, when they changed.
    """
    workloads = [
        manifest
        for manifest in yaml.safe_load_all(sys.stdin.read())
        if manifest and manifest["metadata"]["name"] in names and _has_pods(manifest)
    ]
    read = [_references(each["spec"]["template"]["spec"]) for each in workloads]
    objects = _objects({(kind, name) for found in read for kind, name, _ in found})
    patches = [
        {"target": _target(each), "patch": json.dumps(_stamp(each, _hash(found, objects)))}
        for each, found in zip(workloads, read, strict=True)
    ]
    sys.stdout.write(yaml.safe_dump({"patches": patches}))


def _has_pods(manifest: Manifest) -> bool:
    is_service = str(manifest["apiVersion"]).startswith(_SERVING)
    return is_service or bool(manifest["kind"] == "Deployment")


def _target(workload: Manifest) -> Manifest:
    """What a patch is for, in whichever namespace."""
    group, _, _ = workload["apiVersion"].partition("/")
    return {"group": group, "kind": workload["kind"], "name": workload["metadata"]["name"]}


def _stamp(workload: Manifest, value: str) -> Manifest:
    annotations = {"metadata": {"annotations": {_CONFIG: value}}}
    return {
        "apiVersion": workload["apiVersion"],
        "kind": workload["kind"],
        "metadata": {"name": workload["metadata"]["name"]},
        "spec": {"template": annotations},
    }


def _hash(read: list[tuple[str, str, str | None]], objects: dict[tuple[str, str], Manifest]) -> str:
    states: list[Any] = []
    for kind, name, key in sorted(read, key=str):
        data = objects.get((kind, name), {})
        states.append([kind, name, key, data.get(key) if key else data])
    return hashlib.sha256(json.dumps(states, sort_keys=True).encode()).hexdigest()[:16]


def _references(pod: Manifest) -> list[tuple[str, str, str | None]]:
    """Kind, name and key of what the containers read; no key: all of it."""
    found = [*_of_volumes(pod)]
    for container in pod["containers"]:
        sources = [each.get("valueFrom", {}) for each in container.get("env", ())]
        for each in (*sources, *container.get("envFrom", ())):
            found += [
                (_KINDS[source], ref["name"], ref.get("key"))
                for source, ref in each.items()
                if source in _KINDS
            ]
    # What has its hash in its name is in the template already, and may be applied later.
    return [each for each in found if not _HASHED.search(each[1])]


def _of_volumes(pod: Manifest) -> Iterator[tuple[str, str, str | None]]:
    for volume in pod.get("volumes", ()):
        if "configMap" in volume:
            yield "configmap", volume["configMap"]["name"], None
        if "secret" in volume:
            yield "secret", volume["secret"]["secretName"], None


def _objects(names: set[tuple[str, str]]) -> dict[tuple[str, str], Manifest]:
    """The data of those Secrets and ConfigMaps that are there."""
    found = _get(*(f"{kind}/{name}" for kind, name in sorted(names))) if names else None
    found = found or {}
    return {
        (item["kind"].lower(), item["metadata"]["name"]): item.get("data") or {}
        for item in found.get("items", [found] if found else [])
    }


def clear(*names: str) -> None:
    """Replace the template of a Service that carries what its manifest does not have.

    `kubectl apply` leaves labels and annotations that it has not made, such as those of `func` and
    `kn`, and of a creator on the template. Replacing the whole makes one revision, which is the one
    that `kubectl apply` would make.
    """
    wanted = {
        manifest["metadata"]["name"]: manifest
        for manifest in yaml.safe_load_all(sys.stdin.read())
        if manifest and manifest["apiVersion"].startswith(_SERVING)
    }
    for name in names:
        live = _get(f"ksvc/{name}")
        if name not in wanted or live is None or not _foreign(wanted[name], live):
            continue
        template = wanted[name]["spec"]["template"]
        replacing = [{"op": "replace", "path": "/spec/template", "value": template}]
        _kubectl("patch", f"ksvc/{name}", "--type=json", "--patch", json.dumps(replacing))


def _foreign(wanted: Manifest, live: Manifest) -> bool:
    ours, theirs = (each["spec"]["template"].get("metadata", {}) for each in (wanted, live))
    return any(set(theirs.get(of) or ()) - set(ours[of]) for of in ("labels", "annotations"))


def snapshot() -> None:
    """Print what each workload runs, as `note` and `rollback` read it."""
    sys.stdout.write(json.dumps(_snapshot()) + "\n")


def _snapshot() -> Manifest:
    found: Manifest = {}
    for item in (_get("ksvc", "-l", "app.kubernetes.io/part-of=lector") or {}).get("items", ()):
        served = (item.get("status", {}).get("traffic") or [{}])[0].get("revisionName")
        found[f"ksvc/{item['metadata']['name']}"] = [served, item["metadata"].get("generation")]
    for name in _BRIDGE:
        item = _get(f"deployment/{name}")
        if item is not None:
            revision = item["metadata"].get("annotations", {}).get(_OF_DEPLOYMENT)
            found[f"deployment/{name}"] = [revision, item["metadata"].get("generation")]
    return found


def note(file: str) -> None:
    """Keep a snapshot in the cluster, unless all is as it was: a deployment repeated is none."""
    with open(file, encoding="utf-8") as noted:
        before = json.load(noted)
    now = _snapshot()
    if not before or all(now.get(name) == was for name, was in before.items()):
        return
    changed = {name: was[0] for name, was in before.items() if was[0] and now.get(name) != was}
    kept = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": _NOTE, "labels": {"app.kubernetes.io/part-of": "lector"}},
        "data": {"before": json.dumps(changed)},
    }
    _kubectl("apply", "-f", "-", stdin=json.dumps(kept))


def replace() -> None:
    """Delete the other source and its budget once one Deployment has the work of both.

    Without the component, `kubectl apply` makes them again.
    """
    if not any(_is_both(each) for each in yaml.safe_load_all(sys.stdin.read()) if each):
        return
    for kind in ("deployment", "poddisruptionbudget"):
        if _get(f"{kind}/{_OTHER}") is not None:
            sys.stderr.write(f"lector: {_ONE} does its work, too: removing {kind}/{_OTHER}\n")
            _kubectl("delete", f"{kind}/{_OTHER}", "--ignore-not-found")


def _is_both(workload: Manifest) -> bool:
    """Whether a Deployment, or a ReplicaSet of it, runs both sources."""
    if workload["kind"] not in ("Deployment", "ReplicaSet"):
        return False
    containers = workload["spec"]["template"]["spec"]["containers"]
    return any(each.get("args", ())[-1:] == ["sources"] for each in containers)


def rollback(name: str = "") -> None:
    """Send traffic to the revision before, and wait until it is there.

    With a name: of that image's workloads. Without: of all that the last deployment changed.

    Raises:
        RolloutError: there is nothing to go back to.

    """
    before = _before(name) if name else _noted()
    if _loses_the_other(before):
        del before[f"deployment/{_ONE}"]
        sys.stderr.write(
            f"lector: {_ONE} stays: in the revision before it needs {_OTHER} beside it, which was"
            " removed; to go back, deploy without the component\n"
        )
    for workload, revision in before.items():
        kind, _, of = workload.partition("/")
        sys.stderr.write(f"lector: {of} goes back to {revision}\n")
        if kind == "ksvc":
            _send_traffic(of, revision)
        else:
            _kubectl("rollout", "undo", workload, f"--to-revision={revision}")
            _kubectl("rollout", "status", workload, f"--timeout={_READY_S}s")
    _kubectl("delete", f"configmap/{_NOTE}", "--ignore-not-found")


def _loses_the_other(before: dict[str, str]) -> bool:
    """Whether nobody would listen to the database after this rollback."""
    revision = before.get(f"deployment/{_ONE}")
    if revision is None or _get(f"deployment/{_OTHER}") is not None:
        return False
    found = _get("replicaset", "-l", f"app.kubernetes.io/name={_ONE}") or {}
    return not any(
        item["metadata"].get("annotations", {}).get(_OF_DEPLOYMENT) == revision and _is_both(item)
        for item in found.get("items", ())
    )


def _noted() -> dict[str, str]:
    kept = (_get(f"configmap/{_NOTE}") or {}).get("data", {}).get("before", "{}")
    back: dict[str, str] = json.loads(kept)
    if not back:
        raise RolloutError(f"{_NOT_THERE}: nothing was deployed since the last rollback")
    return back


def _before(name: str) -> dict[str, str]:
    workloads = _BRIDGE if name == "bridge" else (name,)
    back: dict[str, str] = {}
    for each in workloads:
        if (service := _get(f"ksvc/{each}")) is not None:
            back |= _revision_before(service)
        elif (deployment := _get(f"deployment/{each}")) is not None:
            number = int(deployment["metadata"]["annotations"][_OF_DEPLOYMENT]) - 1
            back |= {f"deployment/{each}": str(number)} if number else {}
    if not back:
        raise RolloutError(f"{name}: {_NOT_THERE}")
    return back


def _revision_before(service: Manifest) -> dict[str, str]:
    """The newest ready one that is older than the one that has the traffic, or shall have it."""
    name = service["metadata"]["name"]
    target = service["spec"]["traffic"][0]
    wanted = target.get("revisionName") or service["status"]["latestCreatedRevisionName"]
    found = _get("revisions.serving.knative.dev", "-l", f"serving.knative.dev/service={name}") or {}
    made = {item["metadata"]["name"]: item for item in found.get("items", ())}
    older = [
        (_generation(item), revision)
        for revision, item in made.items()
        if _generation(item) < _generation(made[wanted]) and _is_ready(item)
    ]
    return {f"ksvc/{name}": max(older)[1]} if older else {}


def _generation(revision: Manifest) -> int:
    return int(revision["metadata"]["labels"]["serving.knative.dev/configurationGeneration"])


def _is_ready(revision: Manifest) -> bool:
    conditions = revision.get("status", {}).get("conditions", ())
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def _send_traffic(name: str, revision: str) -> None:
    traffic = [{"revisionName": revision, "latestRevision": False, "percent": 100}]
    patch = json.dumps({"spec": {"traffic": traffic}})
    _kubectl("patch", f"ksvc/{name}", "--type=merge", "--patch", patch)
    there = f"--for=jsonpath={{.status.traffic[0].revisionName}}={revision}"
    _kubectl("wait", f"ksvc/{name}", there, f"--timeout={_READY_S}s")


def _get(*what: str) -> Manifest | None:
    """An object, or a list of a kind; None: there is none."""
    printed = _kubectl("get", *what, "--ignore-not-found", "-o", "json", quiet=True)
    found: Manifest | None = json.loads(printed) if printed.strip() else None
    return found


def _kubectl(*words: str, stdin: str = "", quiet: bool = False) -> str:
    program = os.environ.get("KUBECTL") or shutil.which("kubectl") or ".venv/bin/kubectl"
    namespace = ("-n", os.environ.get("NAMESPACE", manifests.NAMESPACE))
    done = subprocess.run(
        [program, *words, *namespace],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RolloutError(f"kubectl {words[0]} {words[1]} failed: {done.stderr.strip()}")
    if not quiet:
        sys.stderr.write(done.stdout)
    return done.stdout


_COMMANDS: dict[str, Callable[..., None]] = {
    each.__name__: each for each in (config, clear, snapshot, note, replace, rollback)
}

if __name__ == "__main__":
    try:
        _COMMANDS[sys.argv[1]](*sys.argv[2:])
    except RolloutError as error:
        sys.exit(f"lector: error: {error}")
