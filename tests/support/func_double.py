"""A double of `func` 1.22: what it renders from a func.yaml, by its source.

Read in knative/func, packages pkg/knative and pkg/deployer (generateNewService, updateService,
processEnvs, processVolumes, setServiceOptions). It is no `func`: where the real one is on the path,
tests/integration/test_one_service.py compares the two.
"""

import copy
import re
import uuid
from datetime import datetime
from typing import Any

Manifest = dict[str, Any]

_REFERENCE = re.compile(r"\{\{ *(secret|configMap):([^:]+):([^:]+?) *\}\}")


def new_service(function: Manifest, image: str) -> Manifest:
    """generateNewService: what the first `func deploy` creates."""
    labels = labels_of(function)
    container: Manifest = {"image": image, "securityContext": _security(), **_probes(function)}
    container |= _run(function)
    template: Manifest = {
        "metadata": {"labels": labels, "annotations": _annotations()},
        "spec": {
            "containers": [container],
            "serviceAccountName": function["deploy"]["serviceAccountName"],
        },
    }
    _set_options(template, function)
    template["spec"]["volumes"] = container.pop("_volumes")
    return {
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {
            "name": function["name"],
            "labels": dict(labels),
            "annotations": _annotations(),
        },
        "spec": {"template": template},
    }


def updated_service(live: Manifest, function: Manifest, image: str) -> Manifest:
    """updateService: what a further `func deploy` makes of the Service that is there."""
    service = copy.deepcopy(live)
    annotations = _annotations()
    creator = live["metadata"].get("annotations", {}).get("serving.knative.dev/creator")
    if creator:
        annotations["serving.knative.dev/creator"] = creator
    service["metadata"]["annotations"] = annotations
    service["metadata"]["labels"] = labels_of(function)
    template = service["spec"]["template"]
    template["metadata"] = {"labels": labels_of(function), "annotations": dict(annotations)}
    container = template["spec"]["containers"][0]
    container |= {"image": image, **_probes(function), **_run(function)}
    template["spec"]["volumes"] = container.pop("_volumes")
    template["spec"]["serviceAccountName"] = function["deploy"]["serviceAccountName"]
    _set_options(template, function)
    return service


def labels_of(function: Manifest) -> Manifest:
    """LabelsMap: those of the func.yaml, and three of its own."""
    own = {
        "function.knative.dev": "true",
        "function.knative.dev/name": function["name"],
        "function.knative.dev/runtime": function["runtime"],
    }
    return {each["key"]: each["value"] for each in function["deploy"]["labels"]} | own


def _annotations() -> Manifest:
    return {"function.knative.dev/deployer": "knative"}


def _security() -> Manifest:
    return {
        "runAsNonRoot": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def _probes(function: Manifest) -> Manifest:
    paths = function["deploy"]["healthEndpoints"]
    return {
        f"{kind}Probe": {"httpGet": {"path": paths[kind]}} for kind in ("liveness", "readiness")
    }


def _run(function: Manifest) -> Manifest:
    # func writes no microseconds, but two runs of a test lie within one second.
    now = datetime.now().strftime("%Y%m%dT%H%M%S.%f")
    env = [{"name": "BUILT", "value": now}]
    env += [_variable(each) for each in function["run"]["envs"]]
    env.append({"name": "ADDRESS", "value": "0.0.0.0"})  # noqa: S104 - as func writes it
    volumes, mounts = [], []
    for volume in function["run"]["volumes"]:
        if "configMap" in volume:
            name = f"config-map-{volume['configMap']}"
            volumes.append({"name": name, "configMap": {"name": volume["configMap"]}})
        else:
            name = f"empty-dir-{uuid.uuid4().hex[:7]}"
            volumes.append({"name": name, "emptyDir": volume["emptyDir"]})
        mounts.append({"name": name, "mountPath": volume["path"]})
    return {"env": env, "envFrom": [], "volumeMounts": mounts, "_volumes": volumes}


def _variable(env: Manifest) -> Manifest:
    found = _REFERENCE.fullmatch(env["value"])
    if found is None:
        return {"name": env["name"], "value": env["value"]}
    kind, name, key = found.groups()
    return {"name": env["name"], "valueFrom": {f"{kind}KeyRef": {"name": name, "key": key}}}


def _set_options(template: Manifest, function: Manifest) -> None:
    options = function["deploy"]["options"]
    scale = options["scale"]
    template["metadata"]["annotations"] |= {
        "autoscaling.knative.dev/min-scale": str(scale["min"]),
        "autoscaling.knative.dev/max-scale": str(scale["max"]),
        "autoscaling.knative.dev/metric": scale["metric"],
        "autoscaling.knative.dev/target": f"{scale['target']:f}",
        "autoscaling.knative.dev/target-utilization-percentage": f"{scale['utilization']:f}",
    }
    limits = dict(options["resources"]["limits"])
    template["spec"]["containerConcurrency"] = limits.pop("concurrency")
    template["spec"]["containers"][0]["resources"] = {
        "requests": {of: _marshal(v) for of, v in options["resources"]["requests"].items()},
        "limits": {of: _marshal(v) for of, v in limits.items()},
    }


def _marshal(quantity: str) -> str:
    """resource.Quantity as JSON: in the largest unit that keeps it whole."""
    number, unit = re.fullmatch(r"(\d+)(\D*)", quantity).groups()  # type: ignore[union-attr]
    return str(int(number) // 1000) if unit == "m" and int(number) % 1000 == 0 else quantity
