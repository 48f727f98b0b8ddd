"""One function, one Service, whoever deploys it; and a deployment repeated makes no revision.

The cluster is a double (tests/support/cluster_double.py), and so is func, by its source
(tests/support/func_double.py). The last test asks the real func, where it is on the path.
"""

import copy
from pathlib import Path
from typing import Any

import pytest

from tests.support import func_api, func_double
from tests.support.cluster_double import Cluster
from tests.support.workshop import DIGEST, ClusterWorkshop, other_image
from tools import manifests

pytestmark = pytest.mark.slow

FUNCTIONS = ("upload", "render", "register", "llm", "outbox", "notify")
SERVICES = (*FUNCTIONS, "jetstream-sink", "tesseract")


@pytest.fixture
def workshop(tmp_path: Path) -> ClusterWorkshop:
    return ClusterWorkshop(tmp_path)


def revisions(cluster: Cluster) -> dict[str, int]:
    return {name: len(cluster.revisions(name)) for name in SERVICES}


def rollouts(cluster: Cluster) -> dict[str, int]:
    """How often each Deployment was changed."""
    deployments = [each for each in cluster.objects.values() if each["kind"] == "Deployment"]
    return {each["metadata"]["name"]: each["metadata"]["generation"] for each in deployments}


@pytest.mark.parametrize("deployer", ["kubectl", pytest.param("func", marks=pytest.mark.slow)])
@pytest.mark.timeout(300)
def test_a_deployment_repeated_makes_no_second_revision(
    workshop: ClusterWorkshop, deployer: str
) -> None:
    workshop.deploy("up", DEPLOYER=deployer)
    first = workshop.cluster()
    workshop.deploy("up", DEPLOYER=deployer)
    again = workshop.cluster()
    assert revisions(again) == revisions(first)
    assert [again.template(name) for name in SERVICES] == [first.template(n) for n in SERVICES]
    assert rollouts(again) == rollouts(first)


@pytest.mark.timeout(300)
def test_func_and_kubectl_make_the_same_service_and_going_over_makes_no_revision(
    workshop: ClusterWorkshop,
) -> None:
    workshop.deploy("up", "render", DEPLOYER="func")
    of_func = workshop.cluster()
    workshop.deploy("up", "render", DEPLOYER="kubectl")
    of_kubectl = workshop.cluster()
    assert of_kubectl.revisions("render") == of_func.revisions("render")
    for part in ("labels", "annotations"):
        service = of_func.service("render")["metadata"]
        assert service[part] == of_kubectl.service("render")["metadata"][part]
    assert of_func.service("render")["spec"] == of_kubectl.service("render")["spec"]


@pytest.mark.timeout(300)
@pytest.mark.slow
def test_what_func_made_by_hand_is_put_right_in_one_revision(workshop: ClusterWorkshop) -> None:
    workshop.deploy("up", "render")
    right = workshop.cluster().template("render")
    for _ in range(2):
        workshop.func_by_hand("render", f"registry.example.com/render@{DIGEST}")
    made = workshop.cluster()
    assert made.template("render") != right
    workshop.deploy("up", "render")
    assert workshop.cluster().template("render") == right
    assert len(workshop.cluster().revisions("render")) == len(made.revisions("render")) + 1


@pytest.mark.timeout(300)
@pytest.mark.slow
def test_labels_and_annotations_of_another_tool_are_put_right_in_one_revision(
    workshop: ClusterWorkshop,
) -> None:
    workshop.deploy("up", "render")
    right = workshop.cluster().template("render")
    workshop.annotate("render", "client.knative.dev/updateTimestamp", "2026-11-28T00:00:00Z")
    workshop.deploy("up", "render", DEPLOYER="func")
    assert workshop.cluster().template("render") == right


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_another_image_makes_one_revision_of_its_function_alone(workshop: ClusterWorkshop) -> None:
    workshop.deploy("up")
    before = revisions(workshop.cluster())
    workshop.deploy("up", **other_image("render", 1))
    assert revisions(workshop.cluster()) == before | {"render": before["render"] + 1}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_changed_setting_makes_a_revision_of_those_who_read_it_and_of_no_other(
    workshop: ClusterWorkshop,
) -> None:
    workshop.deploy("up")
    before = revisions(workshop.cluster())
    workshop.edit(
        "knative/base/kustomization.yaml", "MODEL_PROMPT_PRICE_USD=0", "MODEL_PROMPT_PRICE_USD=1"
    )
    workshop.deploy("up")
    assert revisions(workshop.cluster()) == before | {"llm": before["llm"] + 1}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_password_that_was_drawn_anew_makes_a_revision_of_who_has_it(
    workshop: ClusterWorkshop,
) -> None:
    workshop.deploy("up")
    before = revisions(workshop.cluster())
    first = rollouts(workshop.cluster())
    for role in ("notify", "bridge"):
        workshop.edit(
            "knative/overlays/quickstart/secrets/database.env",
            f"lector_{role}:",
            f"lector_{role}:new",
        )
    workshop.deploy("up")
    after = workshop.cluster()
    assert revisions(after) == before | {"notify": before["notify"] + 1}
    assert rollouts(after) == first | {"postgres-source": first["postgres-source"] + 1}
    assert "lector_notify" not in str(after.template("notify"))


FIELDS = {
    "name": "what Serving calls user-container otherwise",
    "image": "the digest that was pushed",
    "env": "no ADDRESS and no BUILT; what may be missing is optional",
    "envFrom": "the keys of readers",
    "securityContext": "a root file system that cannot be written",
    "volumeMounts": "names of volumes that stay the same",
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_only_what_a_func_yaml_cannot_say_differs_from_what_func_renders(name: str) -> None:
    function = manifests.func(name)
    ours, theirs = manifests.service(function), func_double.new_service(function, "image")
    assert ours["metadata"] == theirs["metadata"]
    mine, other = (each["spec"]["template"]["metadata"] for each in (ours, theirs))
    assert mine["labels"] == other["labels"]
    scale = {k: v for k, v in mine["annotations"].items() if k in other["annotations"]}
    assert {k: _number(v) for k, v in scale.items()} == {
        k: _number(v) for k, v in other["annotations"].items()
    }
    assert mine["annotations"].keys() - scale.keys() == {"autoscaling.knative.dev/scale-down-delay"}
    spec, of_func = (each["spec"]["template"]["spec"] for each in (ours, theirs))
    assert spec.keys() - of_func.keys() == {
        "automountServiceAccountToken",
        "enableServiceLinks",
        "timeoutSeconds",
        "responseStartTimeoutSeconds",
    }
    same = of_func.keys() - {"containers", "volumes"}
    assert {key: spec[key] for key in same} == {key: of_func[key] for key in same}
    [container], [its] = spec["containers"], of_func["containers"]
    equal = (container.keys() | its.keys()) - FIELDS.keys()
    assert {key: container[key] for key in equal} == {key: its[key] for key in equal}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_variables_volumes_and_rights_are_those_of_func_and_what_func_lacks(name: str) -> None:
    function = manifests.func(name)
    [ours], [theirs] = (
        each["spec"]["template"]["spec"]["containers"]
        for each in (manifests.service(function), func_double.new_service(function, "image"))
    )
    said = {each["name"]: _required(each) for each in ours["env"]}
    assert {each["name"]: each for each in theirs["env"]}.keys() - said.keys() == {
        "ADDRESS",
        "BUILT",
    }
    assert said == {each["name"]: each for each in theirs["env"] if each["name"] in said}
    assert ours["securityContext"] == theirs["securityContext"] | {"readOnlyRootFilesystem": True}
    paths = [[each["mountPath"] for each in of["volumeMounts"]] for of in (ours, theirs)]
    assert paths[0] == paths[1]


def _number(value: str) -> float | str:
    return float(value) if value.replace(".", "").isdigit() else value


def _required(variable: dict[str, Any]) -> dict[str, Any]:
    variable = copy.deepcopy(variable)
    for ref in variable.get("valueFrom", {}).values():
        ref.pop("optional", None)
    return variable


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_double_renders_what_the_real_func_does(name: str, tmp_path: Path) -> None:
    if not func_api.func_program():
        pytest.skip("func is not on the path; only the double of it was asked")
    image = f"registry.example.com/lector/{name}@{DIGEST}"
    rendered = func_api.rendered(name, image, tmp_path)
    doubled = func_double.new_service(manifests.func(name), image)
    assert func_api.comparable(rendered) == func_api.comparable(doubled)
