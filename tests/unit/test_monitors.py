"""The component of monitors fits what it points at, and the fields that the operator documents."""

from typing import Any

import yaml

from lector.local.tools import checkout

KNATIVE = checkout() / "knative"
# Of the CRDs of monitoring.coreos.com/v1; an unknown field is dropped without a word.
SPEC = {
    "PodMonitor": {"selector", "namespaceSelector", "podMetricsEndpoints"},
    "ServiceMonitor": {"selector", "namespaceSelector", "endpoints"},
}
ENDPOINT = {"port", "path", "interval", "honorLabels"}


def documents(path: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((KNATIVE / path).read_text()))


def endpoints(monitor: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        monitor["spec"].get("podMetricsEndpoints") or (monitor["spec"]["endpoints"])
    )
    return found


def test_monitors_have_only_fields_that_the_operator_knows() -> None:
    for monitor in documents("components/monitors/monitors.yaml"):
        assert monitor["apiVersion"] == "monitoring.coreos.com/v1"
        assert set(monitor["spec"]) <= SPEC[monitor["kind"]]
        for endpoint in endpoints(monitor):
            assert set(endpoint) <= ENDPOINT


def test_the_collector_has_the_port_that_its_monitor_asks() -> None:
    [monitor] = [
        one
        for one in documents("components/monitors/monitors.yaml")
        if one["metadata"]["name"] == "otel-collector"
    ]
    [collector] = [
        one
        for one in documents("overlays/quickstart/services/telemetry.yaml")
        if (one["kind"], one["metadata"]["name"]) == ("Deployment", "otel-collector")
    ]
    template = collector["spec"]["template"]
    assert monitor["spec"]["selector"]["matchLabels"].items() <= (
        template["metadata"]["labels"].items()
    )
    ports = {port["name"] for one in template["spec"]["containers"] for port in one["ports"]}
    assert {endpoint["port"] for endpoint in endpoints(monitor)} <= ports
