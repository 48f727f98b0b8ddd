"""compose.yaml: by the Compose Specification, and against what Lector's own manifests say.

The schema is that of github.com/compose-spec/compose-go v2.16.2 (schema/compose-spec.json, under
the Apache License 2.0), as it is there. No container runs where our tests run.
"""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from lector.domain.functions import FUNCTIONS, Reach
from lector.local.tools import checkout
from tests.support import compose, manifest_settings, manifests
from tests.support.compose import Service

SCHEMA = checkout() / "tests" / "support" / "compose_spec.json"
#: What the source knows although no manifest names it: a cluster has notify told of everything.
OF_SOURCES = {"INTEREST_DATABASE_URL", "TELEGRAM_PAGES"}
SERVICES_OF_OTHERS = ("postgres", "nats", "seaweedfs")


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return compose.drawn(tmp_path_factory.mktemp("env") / "env")


@pytest.fixture(scope="module")
def containers(secrets: dict[str, str]) -> dict[str, Service]:
    return compose.services(secrets)


def named_by_manifests(name: str) -> set[str]:
    """The variables that a cluster's manifest of the same process names."""
    if name == "sources":
        both = [named_by_manifests(f"{one}-source") for one in ("jetstream", "postgres")]
        return OF_SOURCES.union(*both)
    if name in FUNCTIONS:
        func = yaml.safe_load((checkout() / "functions" / name / "func.yaml").read_text())
        return {env["name"] for env in func["run"]["envs"]}
    for manifest in manifests.rendered("quickstart"):
        template = manifest.get("spec", {}).get("template")
        if template and manifest["metadata"]["name"].removeprefix("lector-") == name:
            [container] = template["spec"]["containers"]
            return {env["name"] for env in container["env"]} | {"K_SINK"}  # by a SinkBinding
    raise LookupError(name)


def test_the_file_is_one_by_the_specification(secrets: dict[str, str]) -> None:
    schema = json.loads(SCHEMA.read_text())
    jsonschema.validate(compose.loaded(secrets), schema, jsonschema.Draft202012Validator)


def test_a_word_that_the_specification_does_not_know_would_be_noticed(
    secrets: dict[str, str],
) -> None:
    wrong = compose.loaded(secrets)
    wrong["services"]["upload"]["health_check"] = {}
    schema = json.loads(SCHEMA.read_text())
    with pytest.raises(jsonschema.ValidationError, match="health_check"):
        jsonschema.validate(wrong, schema, jsonschema.Draft202012Validator)


def test_without_secrets_nothing_starts_and_the_sentence_says_what_draws_them() -> None:
    with pytest.raises(compose.Unset, match=r"draw the secrets first - tools/compose_env\.sh"):
        compose.loaded({})


def test_each_secret_is_drawn_once_for_its_owner_alone(tmp_path: Path) -> None:
    first = compose.drawn(tmp_path / "env")
    assert first.keys() == compose.required()
    assert len(set(first.values())) == len(first)
    assert all(len(value) >= 64 for value in first.values())
    assert (tmp_path / "env").stat().st_mode & 0o777 == 0o600
    assert compose.drawn(tmp_path / "env") == first


def test_a_secret_that_a_newer_lector_needs_is_drawn_beside_those_of_before(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("REPORT_KEY=kept\nOPENAI_MODEL=mine\n")
    values = compose.drawn(tmp_path / "env")
    assert values["REPORT_KEY"] == "kept"
    assert values["OPENAI_MODEL"] == "mine"
    assert compose.required() <= values.keys()


def test_only_this_machine_reaches_what_is_published(containers: dict[str, Service]) -> None:
    published = {name: one["ports"] for name, one in containers.items() if "ports" in one}
    assert published == {
        "upload": ["127.0.0.1:8080:8080"],
        "seaweedfs": ["127.0.0.1:8333:8333"],
    }


def test_no_container_has_a_privilege_or_writes_to_its_root(containers: dict[str, Service]) -> None:
    for name, one in containers.items():
        assert one["read_only"] is True, name
        assert one["cap_drop"] == ["ALL"], name
        assert one["security_opt"] == ["no-new-privileges:true"], name
        assert not {"privileged", "cap_add", "network_mode", "pid"} & one.keys(), name


def test_what_runs_is_watched_and_started_again(containers: dict[str, Service]) -> None:
    for name, one in containers.items():
        if name == "migrate":
            assert one["restart"].startswith("on-failure")
            continue
        assert one["restart"] == "unless-stopped", name
        assert one["healthcheck"]["test"][0] == "CMD", name


def test_functions_start_when_the_database_is_up_to_date(containers: dict[str, Service]) -> None:
    for name in FUNCTIONS:
        waits = containers[name]["depends_on"]
        assert waits["migrate"] == {"condition": "service_completed_successfully"}, name
        reaches_objects = Reach.OBJECTS in FUNCTIONS[name]
        assert ("seaweedfs" in waits) is reaches_objects, name
    order = compose.in_order(containers)
    assert order.index("postgres") < order.index("migrate") < order.index("upload")
    assert order[-1] == "sources" or order.index("sources") > order.index("jetstream-sink")


def test_who_reaches_what_is_as_on_a_cluster(containers: dict[str, Service]) -> None:
    on: dict[str, set[str]] = {}
    for name, one in containers.items():
        for network in one["networks"]:
            on.setdefault(network, set()).add(name)
    with_database = {name for name, reach in FUNCTIONS.items() if Reach.DATABASE in reach}
    with_objects = {name for name, reach in FUNCTIONS.items() if Reach.OBJECTS in reach}
    assert on["database"] == {*with_database, "postgres", "migrate", "sources"}
    assert on["objects"] == {*with_objects, "seaweedfs"}
    assert on["events"] == {"nats", "jetstream-sink", "sources"}
    assert on["functions"] == {*FUNCTIONS, "tesseract", "jetstream-sink", "sources"}


def test_parts_of_others_are_the_versions_that_the_quickstart_has(
    containers: dict[str, Service],
) -> None:
    sets = manifests.of_kind(manifests.rendered("quickstart"), "apps/v1 StatefulSet")
    for name in SERVICES_OF_OTHERS:
        [container] = sets[name]["spec"]["template"]["spec"]["containers"]
        assert containers[name]["image"] == container["image"]
        assert ":" in container["image"]


def test_own_images_are_those_that_make_image_builds(containers: dict[str, Service]) -> None:
    own = {name: one for name, one in containers.items() if name not in SERVICES_OF_OTHERS}
    built = {one["build"]["args"]["FUNCTION"]: one for one in own.values() if "build" in one}
    assert built.keys() == {*FUNCTIONS, "bridge", "tesseract"}
    for image, one in built.items():
        folder = one["build"]["args"].get("CODE", f"functions/{image}")
        assert (checkout() / folder / "requirements.txt").is_file()
    images = {one["image"] for one in built.values()}
    assert {one["image"] for one in own.values()} == images


@pytest.mark.parametrize("name", [*FUNCTIONS, "tesseract", "jetstream-sink", "sources", "migrate"])
def test_a_process_gets_no_variable_that_it_does_not_know(
    name: str, containers: dict[str, Service]
) -> None:
    assert containers[name]["environment"].keys() - named_by_manifests(name) == set()


def test_a_model_of_your_own_is_named_in_the_env_file(secrets: dict[str, str]) -> None:
    address = "https://models.example/v1"
    chosen = {"OPENAI_BASE_URL": address, "OPENAI_API_KEY": "k", "READER": "", "READERS_SET_UP": ""}
    found = compose.services({**secrets, **chosen})
    environment = found["llm"]["environment"]
    assert environment["OPENAI_BASE_URL"] == address
    assert environment["OPENAI_API_KEY"] == "k"
    assert {found[name]["environment"]["READER"] for name in ("upload", "register", "llm")} == {""}
    assert all(
        "k" not in one.get("environment", {}).values()
        for name, one in found.items()
        if name != "llm"
    )


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_may_use_as_much_memory_as_on_a_cluster(
    name: str, containers: dict[str, Service]
) -> None:
    func = yaml.safe_load((checkout() / "functions" / name / "func.yaml").read_text())
    limit: str = func["deploy"]["options"]["resources"]["limits"]["memory"]
    assert containers[name]["mem_limit"] == limit.removesuffix("i").lower()


@pytest.mark.parametrize("name", ["tesseract", "jetstream-sink", "migrate"])
def test_a_process_of_the_bridge_is_started_as_on_a_cluster(
    name: str, containers: dict[str, Service]
) -> None:
    command: Any = containers[name]["command"]
    assert command == list(manifest_settings.arguments(name))


def test_a_request_ends_before_its_container_is_killed(containers: dict[str, Service]) -> None:
    for name in FUNCTIONS:
        grace = int(containers[name]["environment"]["GRACE_S"])
        assert grace < int(containers[name]["stop_grace_period"].removesuffix("s"))
