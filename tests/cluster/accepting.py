"""Stages about what is deployed: every manifest is accepted, all is ready, twice is once."""

import json
import os
import subprocess
from collections.abc import Iterator
from functools import cache

import yaml

from lector.local.tools import checkout
from tests.cluster.cluster import SERVICES, Cluster
from tests.cluster.kubectl import Kubectl, KubectlError, Manifest
from tests.cluster.stage import LeftOut, Stage, StageFailed, check

_READY_WITHIN_S = 900.0
_NOT_OF_KNATIVE = "!serving.knative.dev/service"


def names(kind: str) -> list[str]:
    """The overlays, or the components, that there are."""
    folder = checkout() / "knative" / kind
    return sorted(path.parent.name for path in folder.glob("*/kustomization.yaml"))


def render(kubectl: Kubectl, overlay: str, components: tuple[str, ...] = ()) -> list[Manifest]:
    """The objects of an overlay with components, for kubectl's namespace."""
    text = _rendered(kubectl.namespace, overlay, " ".join(components))
    return [found for found in yaml.safe_load_all(text) if found]


@cache
def _rendered(namespace: str, overlay: str, components: str) -> str:
    """What `make manifests` prints; nothing of it changes while the stages run."""
    wanted = {"NAMESPACE": namespace, "OVERLAY": overlay, "COMPONENTS": components}
    return subprocess.run(
        [checkout() / "knative" / "deploy.sh", "render"],
        env={**os.environ, **wanted},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=120,
    ).stdout


def unserved(kubectl: Kubectl, objects: list[Manifest]) -> set[str]:
    """The `group/version` of objects that this cluster does not know."""
    return {found["apiVersion"] for found in objects} - kubectl.api_versions()


def accepted(cluster: Cluster) -> str:
    """Ask the API server and every webhook about all objects, and create none."""
    scratch = cluster.kubectl.inside(f"{cluster.kubectl.namespace}-accepted")
    count, tried, skipped, refused = 0, [], [], []
    with cluster.namespace(scratch):
        for name, objects in _everything(scratch):
            missing = unserved(scratch, objects)
            if missing:
                skipped.append(f"{name} (no {', '.join(sorted(missing))})")
                continue
            try:
                scratch.apply(objects, "--dry-run=server")
            except KubectlError as error:
                refused.append(f"{name}: {error}")
            tried.append(name)
            count += len(objects)
    check(not refused, "; ".join(refused))
    if not tried:
        raise LeftOut(f"nothing of it can be asked about: {', '.join(skipped)}")
    left = f"; left out: {', '.join(skipped)}" if skipped else ""
    return f"{count} objects of {', '.join(tried)}{left}"


def _everything(kubectl: Kubectl) -> Iterator[tuple[str, list[Manifest]]]:
    for overlay in names("overlays"):
        yield overlay, render(kubectl, overlay)
    for component in names("components"):
        yield f"quickstart+{component}", render(kubectl, "quickstart", (component,))


def ready(cluster: Cluster) -> str:
    """Deploy as the page says, and wait until all is ready."""
    began = cluster.clock.now()
    cluster.deploy(cluster.kubectl)
    services = {found["metadata"]["name"]: found for found in cluster.kubectl.items("ksvc")}
    missing = set(SERVICES) - services.keys()
    check(not missing, f"no Knative Service {', '.join(sorted(missing))}")
    cluster.clock.wait_until(
        lambda: not _not_ready(cluster.kubectl), _READY_WITHIN_S, "not everything is ready"
    )
    took = cluster.clock.now() - began
    return (
        f"{len(services)} Knative Services and all workloads ready {took:.0f} s after make deploy"
    )


def _not_ready(kubectl: Kubectl) -> list[str]:
    waiting = [
        service["metadata"]["name"] for service in kubectl.items("ksvc") if not _is_ready(service)
    ]
    for kind in ("deployment", "statefulset"):
        waiting += [
            found["metadata"]["name"]
            for found in kubectl.items(kind, _NOT_OF_KNATIVE)
            if found.get("status", {}).get("readyReplicas", 0) < found["spec"]["replicas"]
        ]
    return waiting


def _is_ready(service: Manifest) -> bool:
    conditions = service.get("status", {}).get("conditions", [])
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def deployed_again(cluster: Cluster) -> str:
    """Deploy what is deployed: nothing may start anew."""
    before = _revisions(cluster.kubectl)
    began = cluster.clock.now()
    cluster.deploy(cluster.kubectl)
    took = cluster.clock.now() - began
    after = _revisions(cluster.kubectl)
    changed = sorted(
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    )
    if changed:
        raise StageFailed(f"new revisions: {', '.join(changed)}")
    return f"no new revision of {len(after)} workloads after {took:.0f} s"


def _revisions(kubectl: Kubectl) -> dict[str, str]:
    found = {
        f"ksvc/{service['metadata']['name']}": service["status"]["latestCreatedRevisionName"]
        for service in kubectl.items("ksvc")
    }
    for kind in ("deployment", "statefulset"):
        for workload in kubectl.items(kind, _NOT_OF_KNATIVE):
            template = json.dumps(workload["spec"]["template"], sort_keys=True)
            found[f"{kind}/{workload['metadata']['name']}"] = template
    return found


STAGES = (
    Stage(
        "accepted",
        "every overlay and component passes a server's dry run",
        accepted,
        needs_lector=False,
    ),
    Stage("ready", "make deploy, and everything is ready", ready, needs_lector=False),
    Stage("again", "deployed again, without a new revision", deployed_again),
)
