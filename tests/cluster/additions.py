"""Stages about what some clusters have: KEDA, a Broker, tilt."""

import copy
import os
import shutil
import subprocess

from lector.local.tools import checkout
from tests.cluster import documents
from tests.cluster.accepting import names, render
from tests.cluster.cluster import Cluster
from tests.cluster.documents import Document
from tests.cluster.kubectl import Kubectl, Manifest
from tests.cluster.reading import await_zero
from tests.cluster.stage import LeftOut, Stage, StageFailed

_READY_WITHIN_S = 180.0
_READ_WITHIN_S = 900.0
# KEDA asks every 5 s here, and the autoscaler every 15.
_UP_WITHIN_S, _DOWN_WITHIN_S = 300.0, 600.0
_MOST_DOCUMENTS = 30
_SCALED = "jetstream-source"
_TILT_WITHIN_S = 3600.0


def keda(cluster: Cluster) -> str:
    """Lay the component over what runs, make a lag, and see the source scaled by it, up and down.

    The thresholds are low and the pauses short, so that a few pages are a lag.
    """
    if not cluster.kubectl.serves("keda.sh"):
        raise LeftOut("no KEDA CRDs")
    if "keda" not in names("components"):
        raise LeftOut("there is no component keda")
    objects = render(cluster.kubectl, "quickstart", ("keda",))
    added = [_eager(found) for found in objects if found["apiVersion"].startswith("keda.sh/")]
    policies = [found for found in objects if found["kind"] == "NetworkPolicy"]
    cluster.kubectl.apply([*policies, *added])
    try:
        scalers = [found for found in added if found["kind"] == "ScaledObject"]
        for found in scalers:
            what = f"scaledobject/{found['metadata']['name']}"
            cluster.kubectl.wait(what, "Ready", _READY_WITHIN_S)
        if not cluster.kubectl.items("hpa"):
            raise StageFailed("KEDA made no HorizontalPodAutoscaler")
        return _up_and_down(cluster)
    finally:
        for found in added:
            cluster.kubectl.delete(found["kind"], found["metadata"]["name"])
        cluster.kubectl.text("scale", f"deployment/{_SCALED}", "--replicas=1")
        cluster.kubectl.rolled_out(f"deployment/{_SCALED}", _READY_WITHIN_S)


def _eager(found: Manifest) -> Manifest:
    eager = copy.deepcopy(found)
    spec = eager["spec"]
    spec["pollingInterval"] = 5
    down = {"scaleDown": {"stabilizationWindowSeconds": 15}}
    spec["advanced"] = {"horizontalPodAutoscalerConfig": {"behavior": down}}
    for trigger in spec["triggers"]:
        trigger["metadata"]["lagThreshold"] = "2"
    return eager


def _up_and_down(cluster: Cluster) -> str:
    """Upload until there are more replicas, and wait until there is one again."""
    sent: dict[str, Document] = {}
    most = 1
    with cluster.client() as lector:

        def scaled_up() -> bool:
            nonlocal most
            if len(sent) < _MOST_DOCUMENTS:
                folder = documents.fresh_folder(cluster, "keda")
                sent.update(documents.upload(lector, documents.make(folder, 2, 10)))
            most = max(most, _replicas(cluster))
            return most > 1

        wait = cluster.clock.wait_until
        up_s = wait(scaled_up, _UP_WITHIN_S, "KEDA added no replica of the source", every_s=5)
        cluster.kubectl.rolled_out(f"deployment/{_SCALED}", _READY_WITHIN_S)
        documents.await_all(cluster, lector, list(sent), _READ_WITHIN_S)
        down_s = wait(
            lambda: _replicas(cluster) == 1, _DOWN_WITHIN_S, "the replicas stayed", every_s=5
        )
        pages = documents.hold_texts(lector, sent)
    return (
        f"{most} replicas of {_SCALED} {up_s:.0f} s after the first upload, 1 again {down_s:.0f} s"
        f" after the last page; {pages} of {pages} pages right"
    )


def _replicas(cluster: Cluster) -> int:
    found = cluster.kubectl.get("deployment", _SCALED)
    return int(found["spec"].get("replicas", 1)) if found else 0


def broker(cluster: Cluster) -> str:
    """Deploy another Lector behind a Broker and its Triggers, and read pages through them."""
    if not cluster.kubectl.serves("eventing.knative.dev"):
        raise LeftOut("no CRDs of Knative Eventing")
    own = cluster.kubectl.inside(f"{cluster.kubectl.namespace}-broker")
    await_zero(cluster)  # the node may have no room for two that are awake
    with cluster.namespace(own):
        cluster.deploy(own, OVERLAY="quickstart", COMPONENTS="broker")
        objects = render(own, "quickstart", ("broker",))
        made = [found for found in objects if found["kind"] in ("Broker", "Trigger")]
        for found in made:
            own.wait(_full_name(found), "Ready", _READY_WITHIN_S)
        if own.get("deployment", _SCALED):
            raise StageFailed(f"{_SCALED} runs beside the Broker")
        another = cluster.beside(own)
        pdfs = documents.make(documents.fresh_folder(cluster, "broker"), 2, 3)
        began = cluster.clock.now()
        with another.client() as lector:
            pages = documents.read_right(another, lector, pdfs, _READ_WITHIN_S)
        took = cluster.clock.now() - began
    return (
        f"a Broker and {len(made) - 1} Triggers ready; {pages} of {pages} pages right after"
        f" {took:.0f} s, each event through them"
    )


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
    Stage("keda", "KEDA scales the source up by a lag and down again, where its CRDs are", keda),
    Stage(
        "broker", "pages are read through a Broker and its Triggers, where their CRDs are", broker
    ),
    Stage("tilt", "tilt ci, where tilt is", tilt, needs_lector=False),
)
