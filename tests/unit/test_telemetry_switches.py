"""What goes out of a cluster's processes is chosen in one place: the ConfigMap `lector`."""

from typing import Any

import pytest
import yaml

from lector.domain.functions import FUNCTIONS
from lector.local.tools import checkout

KNATIVE = checkout() / "knative"
BRIDGE = ("jetstream-sink", "jetstream-source", "postgres-source")
SWITCHES = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_TRACES_EXPORTER",
    "OTEL_METRICS_EXPORTER",
    "OTEL_LOGS_EXPORTER",
    "LECTOR_TRACES",
    "AWS_XRAY_DAEMON_ADDRESS",
)


def containers() -> dict[str, dict[str, Any]]:
    """The variables of every container of Lector's own that has telemetry."""
    services = yaml.safe_load_all((KNATIVE / "functions" / "functions.yaml").read_text())
    pods = {one["metadata"]["name"]: one for one in services if one}
    for name in BRIDGE:
        pods[name] = next(iter(yaml.safe_load_all((KNATIVE / "base" / f"{name}.yaml").read_text())))
    return {
        name: {env["name"]: env for env in pod["spec"]["template"]["spec"]["containers"][0]["env"]}
        for name, pod in pods.items()
    }


def config_map() -> dict[str, str]:
    base = yaml.safe_load((KNATIVE / "base" / "kustomization.yaml").read_text())
    [lector] = [one for one in base["configMapGenerator"] if one["name"] == "lector"]
    return dict(line.split("=", 1) for line in lector["literals"])


@pytest.mark.parametrize("switch", SWITCHES)
def test_every_function_and_the_bridge_take_where_telemetry_goes_from_the_config_map(
    switch: str,
) -> None:
    assert switch in config_map()
    found = containers()
    assert set(found) == {*FUNCTIONS, *BRIDGE}
    expected = {"configMapKeyRef": {"name": "lector", "key": switch}}
    for name, variables in found.items():
        assert variables[switch].get("valueFrom") == expected, name


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_func_deploys_takes_it_from_there_too(name: str) -> None:
    func = yaml.safe_load((checkout() / "functions" / name / "func.yaml").read_text())
    envs = {env["name"]: env["value"] for env in func["run"]["envs"]}
    for switch in SWITCHES:
        assert envs[switch] == f"{{{{ configMap:lector:{switch} }}}}"


def test_nothing_is_switched_off_unless_somebody_says_so() -> None:
    said = config_map()
    assert {said[switch] for switch in SWITCHES if switch.endswith("_EXPORTER")} == {""}
