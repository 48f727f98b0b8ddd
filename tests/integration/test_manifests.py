"""Every overlay as kustomize renders it: whole, and with no more rights than it needs."""

from typing import Any

import pytest
import yaml

from lector.local.tools import checkout
from tests.support import manifests
from tests.support.manifests import Manifest

WRITES = ("readOnlyRootFilesystem", "allowPrivilegeEscalation", "runAsNonRoot")


@pytest.fixture(params=manifests.OVERLAYS)
def overlay(request: pytest.FixtureRequest) -> list[Manifest]:
    """The objects of each overlay."""
    return manifests.rendered(request.param)


@pytest.fixture
def quickstart() -> list[Manifest]:
    """The objects of the overlay that stands by itself."""
    return manifests.rendered("quickstart")


def containers(pod: Manifest) -> list[dict[str, Any]]:
    return [*pod["spec"]["containers"], *pod["spec"].get("initContainers", ())]


def test_every_object_lies_in_the_one_namespace(overlay: list[Manifest]) -> None:
    for manifest in overlay:
        assert manifest["kind"] == "Namespace" or manifest["metadata"]["namespace"] == "lector"


def test_every_pod_keeps_to_the_restricted_profile(overlay: list[Manifest]) -> None:
    for name, pod in manifests.pods(overlay).items():
        of_pod = pod["spec"].get("securityContext", {})
        for container in containers(pod):
            context = {**of_pod, **container.get("securityContext", {})}
            assert context["capabilities"]["drop"] == ["ALL"], name
            assert context["seccompProfile"]["type"] == "RuntimeDefault", name
            said = [context[key] for key in WRITES]
            assert said == [True, False, True], name


def test_the_namespace_enforces_the_restricted_profile(overlay: list[Manifest]) -> None:
    labels = manifests.of_kind(overlay, "Namespace")["lector"]["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


# https://kubernetes.io/docs/concepts/security/pod-security-standards: what else "restricted" wants.
VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}


def test_no_pod_wants_anything_of_its_node(overlay: list[Manifest]) -> None:
    for name, pod in manifests.pods(overlay).items():
        spec = pod["spec"]
        assert not spec.keys() & {"hostNetwork", "hostPID", "hostIPC"}, name
        of_pod = spec.get("securityContext", {})
        assert of_pod.get("runAsUser") != 0, name
        assert not of_pod.get("sysctls"), name
        for volume in spec.get("volumes", ()):
            assert volume.keys() - {"name"} <= VOLUMES, name
        for container in containers(pod):
            context = container["securityContext"]
            assert context.get("runAsUser") != 0, name
            assert not context.get("privileged"), name
            assert "procMount" not in context, name
            assert not context.get("capabilities", {}).get("add"), name
            assert not [port for port in container.get("ports", ()) if "hostPort" in port], name


def test_no_pod_gets_a_token_of_the_api_server(overlay: list[Manifest]) -> None:
    for name, pod in manifests.pods(overlay).items():
        assert pod["spec"]["automountServiceAccountToken"] is False, name


def test_every_container_says_what_it_needs(overlay: list[Manifest]) -> None:
    for name, pod in manifests.pods(overlay).items():
        for container in containers(pod):
            assert {"cpu", "memory"} <= container["resources"]["requests"].keys(), name
            assert "memory" in container["resources"]["limits"], name


def test_every_service_account_exists(overlay: list[Manifest]) -> None:
    accounts = manifests.of_kind(overlay, "ServiceAccount")
    for pod in manifests.pods(overlay).values():
        account = pod["spec"].get("serviceAccountName")
        assert account is None or account in accounts


@pytest.mark.parametrize("name_of_overlay", ["quickstart", "production"])
def test_every_image_comes_from_somewhere(name_of_overlay: str) -> None:
    for name, pod in manifests.pods(manifests.rendered(name_of_overlay)).items():
        for container in containers(pod):
            assert "/" in container["image"] or ":" in container["image"], name


def test_what_the_quickstarts_pods_read_from_secrets_and_config_maps_is_there(
    quickstart: list[Manifest],
) -> None:
    kept = {
        "secretKeyRef": manifests.of_kind(quickstart, "Secret"),
        "configMapKeyRef": manifests.of_kind(quickstart, "ConfigMap"),
    }
    for name, pod in manifests.pods(quickstart).items():
        for container in containers(pod):
            for variable in container.get("env", ()):
                for kind, ref in variable.get("valueFrom", {}).items():
                    if kind in kept:
                        assert ref["key"] in kept[kind][ref["name"]]["data"], (name, variable)


def test_no_password_is_known_before_it_was_drawn(quickstart: list[Manifest]) -> None:
    drawn = manifests.of_kind(quickstart, "Secret")
    committed = "\n".join(
        path.read_text()
        for path in (checkout() / "knative").rglob("*.yaml")
        if "secrets" not in path.parts
    )
    assert drawn
    assert "kind: Secret\n" not in committed


def test_the_source_of_a_cluster_reads_the_table_of_one_machine(overlay: list[Manifest]) -> None:
    if overlay is manifests.rendered("broker"):
        return  # it has Triggers instead
    tables = [
        config["data"]["subscriptions.yaml"]
        for name, config in manifests.of_kind(overlay, "ConfigMap").items()
        if name.startswith("lector-subscriptions")
    ]
    assert tables == [(checkout() / "lector/bridge/subscriptions.yaml").read_text()]


def test_a_broker_gets_a_trigger_for_each_subscription() -> None:
    table = yaml.safe_load((checkout() / "lector/bridge/subscriptions.yaml").read_text())
    triggers = manifests.of_kind(manifests.rendered("broker"), "eventing Trigger")
    assert len(triggers) == len(table["subscriptions"])


def test_behind_a_broker_nothing_of_jetstream_is_left_that_runs() -> None:
    running = manifests.pods(manifests.rendered("broker"))
    assert not [name for name in running if "jetstream" in name]


def test_the_job_gets_every_migration(overlay: list[Manifest]) -> None:
    [migrations] = [
        config["data"]
        for name, config in manifests.of_kind(overlay, "ConfigMap").items()
        if name.startswith("lector-migrations")
    ]
    assert migrations.keys() == {p.name for p in (checkout() / "migrations").glob("*.sql")}


def test_the_quickstart_has_a_url_for_every_role_and_for_the_owner(
    quickstart: list[Manifest],
) -> None:
    roles = manifests.of_kind(quickstart, "Secret")["lector-database"]["data"]
    assert roles.keys() == {
        "upload",
        "render",
        "register",
        "llm",
        "outbox",
        "notify",
        "bridge",
        "owner",
    }


def test_everybody_but_the_named_is_kept_out(overlay: list[Manifest]) -> None:
    nothing = manifests.of_kind(overlay, "networking NetworkPolicy")["nothing"]["spec"]
    assert nothing["podSelector"] == {}
    assert set(nothing["policyTypes"]) == {"Ingress", "Egress"}


def test_whoever_connects_to_the_database_may_go_there(overlay: list[Manifest]) -> None:
    for name, pod in manifests.pods(overlay).items():
        sources = yaml.safe_dump(pod["spec"])
        wants = "name: lector-database" in sources or "secretName: lector-database" in sources
        may = pod["metadata"]["labels"].get("lector.dev/database") == "true"
        assert wants == may, name
