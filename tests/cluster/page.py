"""Stages that run what else docs/deploy.md says, word for word."""

import json
import shutil
import subprocess
import time
from urllib.parse import urlsplit

from lector.local.tools import checkout
from tests.cluster.cluster import FUNCTIONS, Cluster, DeployError
from tests.cluster.stage import LeftOut, Stage, StageFailed, check

_READY_WITHIN_S = 300.0
_FUNCTION = "render"
_SAMPLE = "tests/samples/letter.pdf"
_ON_IT = ("Bookbinders", "Elmbridge")
_NEWEST = {"spec": {"traffic": [{"latestRevision": True, "percent": 100}]}}


def traffic(cluster: Cluster) -> str:
    """Make a revision, go back by make rollback, and forward again by the page's patch."""
    before = _served(cluster)
    mark = {"metadata": {"annotations": {"lector.dev/traffic": str(time.time_ns())}}}
    cluster.kubectl.patch("ksvc", _FUNCTION, {"spec": {"template": mark}})
    cluster.clock.wait_until(
        lambda: _served(cluster) != before, _READY_WITHIN_S, f"{_FUNCTION} got no new revision"
    )
    new = _served(cluster)
    try:
        cluster.make(cluster.kubectl, "rollback", FUNCTION=_FUNCTION)
    except DeployError as error:
        raise StageFailed(str(error)) from error
    check(_served(cluster) == before, f"after make rollback {_served(cluster)} has the traffic")
    cluster.kubectl.patch("ksvc", _FUNCTION, _NEWEST)
    cluster.clock.wait_until(
        lambda: _served(cluster) == new, _READY_WITHIN_S, f"the traffic did not go to {new}"
    )
    return f"{_FUNCTION}: {before}, {new}, back by make rollback, and forward by the patch"


def _served(cluster: Cluster) -> str:
    found = cluster.kubectl.get("ksvc", _FUNCTION)
    assert found, _FUNCTION
    return str((found["status"].get("traffic") or [{}])[0].get("revisionName", ""))


def demo(cluster: Cluster) -> str:
    """Read the sample as the page says, where upload's URL can be reached from here."""
    found = cluster.kubectl.get("ksvc", "upload")
    assert found, "upload"
    url = found["status"]["url"]
    if not cluster.answers(url):
        host = urlsplit(url).hostname
        raise LeftOut(f"{host} does not answer from here; the page says what to do")
    began = cluster.clock.now()
    try:
        printed = cluster.make(cluster.kubectl, "cluster-demo", PDF=_SAMPLE)
    except DeployError as error:
        raise StageFailed(str(error)) from error
    missing = [word for word in _ON_IT if word not in printed]
    check(not missing, f"not in what it printed: {', '.join(missing)}")
    return f"{_SAMPLE} read {cluster.clock.now() - began:.0f} s after make cluster-demo"


def func(cluster: Cluster) -> str:
    """Have `func` list and describe what it did not deploy, where it is."""
    if not shutil.which("func"):
        raise LeftOut("func is not installed")
    space = ("--namespace", cluster.kubectl.namespace)
    listed = json.loads(_func("list", *space, "--output", "json") or "[]")
    missing = set(FUNCTIONS) - {one["name"] for one in listed}
    check(not missing, f"func list lacks {', '.join(sorted(missing))}")
    described = json.loads(_func("describe", _FUNCTION, *space, "--output", "json"))
    check(described["name"] == _FUNCTION, f"func describe says {described['name']}")
    return f"func lists {len(listed)} functions, and describes {_FUNCTION}"


def _func(*words: str) -> str:
    done = subprocess.run(
        ["func", *words],  # noqa: S607 - as it is installed
        cwd=checkout(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode:
        raise StageFailed(f"func {words[0]}: {' / '.join(done.stderr.strip().splitlines()[-3:])}")
    return done.stdout


STAGES = (
    Stage("demo", "make cluster-demo, where upload's URL answers here", demo),
    Stage("traffic", "make rollback, and the page's patch of the traffic", traffic),
    Stage("func", "func list and describe, where func is", func),
)
