"""The components that an overlay may be combined with, and what an installation asks of a node."""

import re
from itertools import product

import pytest
import yaml

from lector.bridge import subscriptions
from lector.local.tools import checkout
from tests.support import manifests
from tests.support.manifests import Manifest
from tools import sizes

# What Knative and a small Kubernetes (k3s) themselves request, in millicores and MiB: activator,
# autoscaler, controller and webhook of Serving; Kourier's controller and gateway; DNS, metrics.
KNATIVE_AND_KUBERNETES = sizes.Size(600 + 400 + 200, 360 + 400 + 140)
INSTALLATIONS = {
    "quickstart": ("quickstart", ""),
    "quickstart with `one-source`": ("quickstart", "one-source"),
    "quickstart with `small`": ("quickstart", "small"),
    "production": ("production", ""),
    "broker": ("broker", ""),
}
# https://keda.sh/docs/2.19/scalers/nats-jetstream and its ScaledObject specification.
SCALED_OBJECT = {
    "scaleTargetRef",
    "pollingInterval",
    "cooldownPeriod",
    "initialCooldownPeriod",
    "idleReplicaCount",
    "minReplicaCount",
    "maxReplicaCount",
    "fallback",
    "advanced",
    "triggers",
}
REQUIRED_OF_TRIGGER = {
    "natsServerMonitoringEndpoint",
    "account",
    "stream",
    "consumer",
    "lagThreshold",
}
OF_TRIGGER = REQUIRED_OF_TRIGGER | {"activationLagThreshold", "useHttps"}


def environment(pod: Manifest) -> dict[str, Manifest]:
    return {one["name"]: one for one in pod["spec"]["containers"][0]["env"]}


@pytest.mark.parametrize("overlay", ["quickstart", "production"])
def test_one_source_is_one_pod_that_has_what_both_sources_had(overlay: str) -> None:
    two = manifests.pods(manifests.rendered(overlay))
    one = manifests.pods(manifests.rendered(overlay, "one-source"))
    assert two.keys() - one.keys() == {"Deployment postgres-source"}
    pod = one["Deployment jetstream-source"]
    assert pod["spec"]["containers"][0]["args"] == ["-m", "lector.bridge", "sources"]
    assert pod["metadata"]["labels"]["lector.dev/database"] == "true"
    had = [environment(two[f"Deployment {name}-source"]) for name in ("jetstream", "postgres")]
    assert environment(pod) == {**had[0], **had[1]}


@pytest.mark.parametrize("overlay", ["quickstart", "production"])
def test_the_one_source_is_bound_to_the_relay(overlay: str) -> None:
    rendered = manifests.rendered(overlay, "one-source")
    [binding] = manifests.of_kind(rendered, "sources SinkBinding").values()
    assert binding["spec"]["subject"]["name"] == "jetstream-source"
    budgets = manifests.of_kind(rendered, "policy/v1 PodDisruptionBudget")
    assert budgets.keys() == {"jetstream-source"}


@pytest.mark.parametrize(
    ("overlay", "components"),
    [("quickstart", "one-source"), ("quickstart", "small"), ("production", "one-source keda")],
)
def test_pods_keep_to_the_restricted_profile_whatever_they_are_combined_with(
    overlay: str, components: str
) -> None:
    for name, pod in manifests.pods(manifests.rendered(overlay, components)).items():
        for container in pod["spec"]["containers"]:
            context = {**pod["spec"].get("securityContext", {}), **container["securityContext"]}
            assert context["runAsNonRoot"], name
            assert context["capabilities"]["drop"] == ["ALL"], name
            assert context["seccompProfile"]["type"] == "RuntimeDefault", name
            assert not context["allowPrivilegeEscalation"], name


def test_the_small_installation_fits_into_two_cpus_and_four_gib_with_knative() -> None:
    small = sizes.of(manifests.rendered("quickstart", "small"))
    for size in (small.awake, small.largest):
        whole = size.plus(KNATIVE_AND_KUBERNETES)
        assert whole.mcpu <= 2000
        assert whole.mib <= 4096


def test_the_small_installation_sends_no_function_more_than_its_one_pod_takes() -> None:
    rendered = manifests.rendered("quickstart", "small")
    said = manifests.of_kind(rendered, "ConfigMap")["lector-addresses"]["data"]
    capacity = dict(pair.split("=") for pair in said["FUNCTION_CAPACITY"].split(","))
    services = manifests.of_kind(rendered, "serving Service")
    for name, number in capacity.items():
        template = services[name]["spec"]["template"]
        assert template["spec"]["containerConcurrency"] == int(number)
        assert template["metadata"]["annotations"]["autoscaling.knative.dev/max-scale"] == "1"


def test_the_small_installation_needs_nothing_of_knative_eventing() -> None:
    rendered = manifests.rendered("quickstart", "small")
    groups = {one["apiVersion"].partition("/")[0] for one in rendered}
    assert not groups & {"sources.knative.dev", "eventing.knative.dev", "messaging.knative.dev"}
    source = environment(manifests.pods(rendered)["Deployment jetstream-source"])
    assert source["K_SINK"]["value"] == "http://outbox.lector.svc.cluster.local"


def test_the_small_installation_sends_no_traces_to_where_nobody_is() -> None:
    rendered = manifests.rendered("quickstart", "small")
    assert not [name for name in manifests.pods(rendered) if "jaeger" in name or "otel" in name]
    config = manifests.of_kind(rendered, "ConfigMap")["lector"]["data"]
    assert config["OTEL_EXPORTER_OTLP_ENDPOINT"] == ""


def test_the_page_on_deploying_says_what_each_installation_asks_of_a_node() -> None:
    found = {
        name: sizes.of(manifests.rendered(overlay, components))
        for name, (overlay, components) in INSTALLATIONS.items()
    }
    assert sizes.table(found) in (checkout() / "docs" / "deploy.md").read_text()


def test_the_quickstart_behind_a_broker_has_no_secret_that_a_broker_cannot_send() -> None:
    rendered = manifests.rendered("quickstart", "broker")
    assert "lector-caller" not in manifests.of_kind(rendered, "Secret")
    assert not [name for name in manifests.pods(rendered) if "jetstream" in name]
    addresses = manifests.of_kind(rendered, "ConfigMap")["lector-addresses"]["data"]
    assert addresses["K_SINK"].endswith(".knative-eventing.svc.cluster.local/lector/default")


def scaled_object(overlay: str) -> Manifest:
    rendered = manifests.rendered(overlay, "keda")
    return manifests.of_kind(rendered, "keda ScaledObject")["jetstream-source"]


@pytest.mark.parametrize("overlay", ["quickstart", "production"])
def test_keda_scales_the_source_by_fields_that_its_page_has(overlay: str) -> None:
    spec = scaled_object(overlay)["spec"]
    assert spec.keys() <= SCALED_OBJECT
    assert spec["scaleTargetRef"] == {"name": "jetstream-source"}
    assert 1 <= spec["minReplicaCount"] < spec["maxReplicaCount"]
    for trigger in spec["triggers"]:
        assert trigger["type"] == "nats-jetstream"
        assert REQUIRED_OF_TRIGGER <= trigger["metadata"].keys() <= OF_TRIGGER
        assert all(isinstance(value, str) for value in trigger["metadata"].values())


def test_keda_looks_at_consumers_that_there_are() -> None:
    consumers = {(row.stream, row.durable) for row in subscriptions.load()}
    for trigger in scaled_object("quickstart")["spec"]["triggers"]:
        about = trigger["metadata"]
        assert (about["stream"], about["consumer"]) in consumers


def test_what_keda_waits_for_is_less_than_pages_are_in_flight() -> None:
    functions = (checkout() / "functions" / "upload" / "func.yaml").read_text()
    [in_flight] = re.findall(r'PAGES_IN_FLIGHT\s+value: "(\d+)"', functions)
    for trigger in scaled_object("quickstart")["spec"]["triggers"]:
        assert 2 * int(trigger["metadata"]["lagThreshold"]) <= int(in_flight)


def test_where_keda_scales_the_source_a_deploy_does_not() -> None:
    rendered = manifests.rendered("quickstart", "keda")
    source = manifests.of_kind(rendered, "apps/v1 Deployment")["jetstream-source"]
    assert "replicas" not in source["spec"]


def test_keda_may_ask_the_monitor_of_nats() -> None:
    rendered = manifests.rendered("quickstart", "keda")
    policy = manifests.of_kind(rendered, "networking NetworkPolicy")["keda-to-nats"]["spec"]
    [port] = policy["ingress"][0]["ports"]
    [service] = [
        manifest
        for manifest in rendered
        if manifest["kind"] == "Service" and manifest["metadata"]["name"] == "nats"
    ]
    monitor = {one["name"]: one["targetPort"] for one in service["spec"]["ports"]}["monitor"]
    assert port["port"] == monitor


@pytest.mark.parametrize(
    ("name", "overlay"),
    [*product(["one-source", "keda"], ["quickstart", "production"]), ("small", "quickstart")],
)
def test_an_overlay_stays_whole_with_a_component(name: str, overlay: str) -> None:
    """All that a component may take away is named here."""
    before, after = (manifests.rendered(overlay, components) for components in ("", name))
    gone = {_key(one) for one in before} - {_key(one) for one in after}
    assert {kind for kind, _ in gone} <= {
        "Deployment",
        "PodDisruptionBudget",
        "SinkBinding",
        "Service",
        "NetworkPolicy",
    }
    assert {name for _, name in gone} <= {"postgres-source", "jaeger", "otel-collector"}


def _key(manifest: Manifest) -> tuple[str, str]:
    return manifest["kind"], manifest["metadata"]["name"]


def test_every_component_is_one() -> None:
    for file in (checkout() / "knative" / "components").glob("*/kustomization.yaml"):
        assert yaml.safe_load(file.read_text())["kind"] == "Component"
