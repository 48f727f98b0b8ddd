"""The component of monitors fits what it points at, and the fields that the operator documents."""

import json
from typing import Any

import jsonschema
import yaml

from lector.local.tools import checkout

KNATIVE = checkout() / "knative"
STRINGS: dict[str, Any] = {"type": "array", "items": {"type": "string"}}
LABELS: dict[str, Any] = {"type": "object", "additionalProperties": {"type": "string"}}


def record(required: tuple[str, ...] = (), **fields: dict[str, Any]) -> dict[str, Any]:
    """An object that has these fields and no other."""
    return {
        "type": "object",
        "properties": fields,
        "required": list(required),
        "additionalProperties": False,
    }


# What the CRDs of monitoring.coreos.com/v1 say of the fields that we use; an unknown one is dropped
# without a word, and of another type refused.
EXPRESSION = record(
    ("key", "operator"),
    key={"type": "string"},
    operator={"enum": ["In", "NotIn", "Exists", "DoesNotExist"]},
    values=STRINGS,
)
SELECTOR = record(matchLabels=LABELS, matchExpressions={"type": "array", "items": EXPRESSION})
ENDPOINTS: dict[str, Any] = {
    "type": "array",
    "minItems": 1,
    "items": record(
        ("port",),
        port={"type": "string"},
        path={"type": "string"},
        interval={
            "type": "string",
            "pattern": "^(0|(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?"
            "(([0-9]+)s)?(([0-9]+)ms)?)$",
        },
        honorLabels={"type": "boolean"},
    ),
}
NAMESPACES = record(any={"type": "boolean"}, matchNames=STRINGS)
SPEC = {
    "PodMonitor": record(
        ("selector", "podMetricsEndpoints"),
        selector=SELECTOR,
        namespaceSelector=NAMESPACES,
        podMetricsEndpoints=ENDPOINTS,
    ),
    "ServiceMonitor": record(
        ("selector", "endpoints"),
        selector=SELECTOR,
        namespaceSelector=NAMESPACES,
        endpoints=ENDPOINTS,
    ),
}
# As Knative Serving names it on the proxy in a function's pod, and the label it puts on those pods.
PROXY_PORT, PROXY_PORT_NAME = 9091, "http-usermetric"
OF_A_SERVICE = {"key": "serving.knative.dev/service", "operator": "Exists"}


def documents(path: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((KNATIVE / path).read_text()))


def endpoints(monitor: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        monitor["spec"].get("podMetricsEndpoints") or (monitor["spec"]["endpoints"])
    )
    return found


def named(kind: str, name: str) -> dict[str, Any]:
    [found] = [
        one
        for one in documents("components/monitors/monitors.yaml")
        if (one["kind"], one["metadata"]["name"]) == (kind, name)
    ]
    return found


def test_monitors_are_as_the_operator_documents_them() -> None:
    monitors = [
        one
        for one in documents("components/monitors/monitors.yaml")
        if one["apiVersion"] == "monitoring.coreos.com/v1"
    ]
    assert len(monitors) == 3
    for monitor in monitors:
        jsonschema.validate(monitor["spec"], SPEC[monitor["kind"]])


def test_the_proxy_of_every_function_is_asked_and_its_port_open_to_prometheus_alone() -> None:
    monitor = named("PodMonitor", "functions")
    assert [endpoint["port"] for endpoint in endpoints(monitor)] == [PROXY_PORT_NAME]
    policy = named("NetworkPolicy", "prometheus-to-functions")
    for selector in (monitor["spec"]["selector"], policy["spec"]["podSelector"]):
        assert selector == {"matchExpressions": [OF_A_SERVICE]}
    [opening] = policy["spec"]["ingress"]
    assert opening["ports"] == [{"port": PROXY_PORT, "protocol": "TCP"}]
    # The operator puts this label on the pods that it makes.
    label = {"app.kubernetes.io/name": "prometheus"}
    assert opening["from"] == [{"namespaceSelector": {}, "podSelector": {"matchLabels": label}}]


def test_the_collector_has_the_port_that_its_monitor_asks() -> None:
    monitor = named("PodMonitor", "otel-collector")
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


def test_the_dashboard_asks_for_pods_in_the_namespace_that_somebody_chooses() -> None:
    dashboard = json.loads((KNATIVE / "observability" / "dashboard.json").read_text())
    [variable] = [one for one in dashboard["templating"]["list"] if one["name"] == "namespace"]
    assert variable["current"]["value"] == "lector"
    queries = [
        target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())
    ]
    in_a_namespace = [query for query in queries if "namespace_name=" in query]
    assert in_a_namespace
    assert all('k8s_namespace_name="$namespace"' in query for query in in_a_namespace)
