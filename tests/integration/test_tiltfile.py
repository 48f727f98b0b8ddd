"""The Tiltfile, as far as it can be held without tilt: its syntax, and what it says to tilt."""

from typing import Any

import pytest

from lector.local.tools import checkout
from tests.support import manifests, tiltfile
from tests.support.tiltfile import Tilt


@pytest.fixture(scope="module")
def tilt() -> Tilt:
    return tiltfile.load()


def running(tilt: Tilt) -> dict[str, Any]:
    """The container of each workload, by the workload's name."""
    return {
        key.partition(" ")[2]: pod["spec"]["containers"][0]
        for key, pod in manifests.pods(tilt.objects).items()
    }


def test_every_image_of_ours_is_built_by_tilt(tilt: Tilt) -> None:
    used = {container["image"] for container in running(tilt).values()}
    ours = {image for image in used if image.startswith("localhost:5001/lector/")}
    assert ours == tilt.images.keys()
    assert len(ours) == 8


def test_what_is_saved_goes_to_where_the_process_runs_from_and_may_be_written(tilt: Tilt) -> None:
    for name, container in running(tilt).items():
        if container["image"] not in tilt.images or name == "lector-migrate":
            continue
        assert container["command"] == ["python3", "/restart/restart.py"], name
        mounts = {mount["mountPath"]: mount for mount in container["volumeMounts"]}
        steps = tilt.images[container["image"]]["live_update"]
        synced = [step for step in steps if step[0] == "sync"]
        assert synced
        for _, here, there in synced:
            assert (checkout() / here).is_dir()
            assert there.startswith("/live/")
            assert there.removeprefix("/live/") == here
        assert not mounts["/live"].get("readOnly")


def test_a_change_of_dependencies_builds_the_image_again(tilt: Tilt) -> None:
    for build in tilt.images.values():
        kind, *paths = build["live_update"][0]
        assert kind == "fall_back_on"
        assert "Dockerfile" in paths
        assert all((checkout() / path).exists() for path in paths)


def test_each_function_keeps_a_pod_to_copy_to(tilt: Tilt) -> None:
    for service in manifests.of_kind(tilt.objects, "serving Service").values():
        annotations = service["spec"]["template"]["metadata"]["annotations"]
        assert annotations["autoscaling.knative.dev/min-scale"] == "1"


def test_every_resource_is_there_has_a_label_and_waits_for_what_is_there(tilt: Tilt) -> None:
    assert tilt.resources.keys() == running(tilt).keys()
    for name, resource in tilt.resources.items():
        assert resource["labels"], name
        assert set(resource.get("resource_deps", [])) <= tilt.resources.keys(), name


def test_knatives_services_are_known_by_their_image(tilt: Tilt) -> None:
    [kind] = tilt.kinds
    assert (kind["kind"], kind["api_version"]) == ("Service", "serving.knative.dev/v1")
    assert kind["image_json_path"] == "{.spec.template.spec.containers[0].image}"


def test_a_button_reads_the_sample_when_it_is_pressed(tilt: Tilt) -> None:
    button = tilt.local["read the sample"]
    assert (button["auto_init"], button["trigger_mode"]) == (False, "manual")
    assert (checkout() / button["cmd"].split()[-1]).exists()
    assert set(button["resource_deps"]) <= tilt.resources.keys()


def test_a_debugger_is_in_the_image_and_at_a_port_of_its_own_on_request_only(tilt: Tilt) -> None:
    debugged = tiltfile.load(debug=["render", "jetstream-source"])
    assert tilt.resources["render"]["port_forwards"] == []
    assert debugged.resources["render"]["port_forwards"] == ["5678:5678"]
    assert debugged.resources["jetstream-source"]["port_forwards"] == ["5679:5678"]
    for name in ("render", "jetstream-source"):
        container = running(debugged)[name]
        assert {"name": "DEBUG_PORT", "value": "5678"} in container["env"]
        assert "debugpy" in debugged.images[container["image"]]["dockerfile_contents"]
    assert not any("debugpy" in build["dockerfile_contents"] for build in tilt.images.values())
    assert "DEBUG_PORT" not in str(running(debugged)["llm"])


def test_who_cannot_be_debugged_is_refused() -> None:
    with pytest.raises(tiltfile.Refused, match="there is no postgres to debug"):
        tiltfile.load(debug=["postgres"])


def test_another_namespace_is_said_once() -> None:
    elsewhere = tiltfile.load(namespace="mine")
    assert "-n mine " in elsewhere.local["read the sample"]["cmd"]
    spaces = {o["metadata"].get("namespace") for o in elsewhere.objects if o["kind"] != "Namespace"}
    assert spaces == {"mine"}
