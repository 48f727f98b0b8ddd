"""Stages about what some clusters have: KEDA, a Broker, tilt."""

import os
import shutil
import subprocess

from lector.local.tools import checkout
from tests.cluster.accepting import names, render
from tests.cluster.cluster import Cluster
from tests.cluster.kubectl import Kubectl, Manifest
from tests.cluster.stage import LeftOut, Stage, StageFailed

_READY_WITHIN_S = 180.0
_TILT_WITHIN_S = 3600.0


def keda(cluster: Cluster) -> str:
    """Lay the component over what runs, and wait until KEDA scales by it."""
    if not cluster.kubectl.serves("keda.sh"):
        raise LeftOut("no KEDA CRDs")
    if "keda" not in names("components"):
        raise LeftOut("there is no component keda")
    objects = render(cluster.kubectl, "quickstart", ("keda",))
    added = [found for found in objects if found["apiVersion"].startswith("keda.sh/")]
    policies = [found for found in objects if found["kind"] == "NetworkPolicy"]
    cluster.kubectl.apply([*policies, *added])
    try:
        scalers = [found for found in added if found["kind"] == "ScaledObject"]
        for found in scalers:
            what = f"scaledobject/{found['metadata']['name']}"
            cluster.kubectl.wait(what, "Ready", _READY_WITHIN_S)
        scaled = cluster.kubectl.items("hpa")
        if not scaled:
            raise StageFailed("KEDA made no HorizontalPodAutoscaler")
    finally:
        for found in added:
            cluster.kubectl.delete(found["kind"], found["metadata"]["name"])
    return f"{len(scalers)} ScaledObjects ready, {len(scaled)} autoscalers of KEDA's"


def broker(cluster: Cluster) -> str:
    """Make the overlay's Broker and Triggers beside the running Lector, and wait for them.

    No event goes through them: the sources stay, and would handle each event twice.
    """
    if not cluster.kubectl.serves("eventing.knative.dev"):
        raise LeftOut("no CRDs of Knative Eventing")
    objects = render(cluster.kubectl, "broker")
    made = [found for found in objects if found["kind"] in ("Broker", "Trigger")]
    cluster.kubectl.apply(made)
    try:
        for found in made:
            cluster.kubectl.wait(_full_name(found), "Ready", _READY_WITHIN_S)
    finally:
        for found in reversed(made):
            kind, _, name = _full_name(found).partition("/")
            cluster.kubectl.delete(kind, name, "--wait=false")
    return f"a Broker and {len(made) - 1} Triggers ready; no event was sent through them"


def _full_name(found: Manifest) -> str:
    return f"{found['kind'].lower()}.eventing.knative.dev/{found['metadata']['name']}"


def tilt(cluster: Cluster) -> str:
    """Have `tilt ci` bring everything up in a namespace of its own."""
    if not shutil.which("tilt"):
        raise LeftOut("tilt is not installed")
    own = cluster.kubectl.inside(f"{cluster.kubectl.namespace}-tilt")
    with cluster.namespace(own):
        began = cluster.clock.now()
        _tilt_ci(own)
        took = cluster.clock.now() - began
    return f"tilt ci ended well after {took:.0f} s"


def _tilt_ci(kubectl: Kubectl) -> None:
    done = subprocess.run(
        ["tilt", "ci", "--", "--namespace", kubectl.namespace],  # noqa: S607 - as it is installed
        cwd=checkout(),
        env={**os.environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=_TILT_WITHIN_S,
    )
    if done.returncode:
        raise StageFailed(" / ".join(done.stdout.strip().splitlines()[-3:]))


STAGES = (
    Stage("keda", "KEDA scales the source, where its CRDs are", keda),
    Stage("broker", "the overlay's Broker and Triggers become ready, where their CRDs are", broker),
    Stage("tilt", "tilt ci, where tilt is", tilt, needs_lector=False),
)
