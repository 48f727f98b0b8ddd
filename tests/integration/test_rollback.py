"""make rollback, on a double of a cluster (tests/support/cluster_double.py)."""

from pathlib import Path

import pytest

from tests.support.workshop import ClusterWorkshop, other_image

# Several deployments in each, every one of them some forty processes.
pytestmark = [pytest.mark.timeout(300), pytest.mark.slow]


@pytest.fixture
def workshop(tmp_path: Path) -> ClusterWorkshop:
    return ClusterWorkshop(tmp_path)


@pytest.fixture
def twice(workshop: ClusterWorkshop) -> ClusterWorkshop:
    """A function of which a second revision was deployed."""
    workshop.deploy("up", "render")
    workshop.deploy("up", "render", **other_image("render", 1))
    return workshop


def test_traffic_goes_back_to_the_revision_before(twice: ClusterWorkshop) -> None:
    assert twice.cluster().traffic("render") == "render-00002"
    twice.deploy("rollback", "render")
    assert twice.cluster().traffic("render") == "render-00001"
    assert twice.cluster().service("render")["spec"]["traffic"] == [
        {"revisionName": "render-00001", "latestRevision": False, "percent": 100}
    ]


def test_a_rollback_makes_no_revision(twice: ClusterWorkshop) -> None:
    before = twice.cluster().revisions("render")
    twice.deploy("rollback", "render")
    assert twice.cluster().revisions("render") == before


def test_going_back_twice_goes_back_by_two(twice: ClusterWorkshop) -> None:
    twice.deploy("up", "render", **other_image("render", 2))
    twice.deploy("rollback", "render")
    assert twice.cluster().traffic("render") == "render-00002"
    twice.deploy("rollback", "render")
    assert twice.cluster().traffic("render") == "render-00001"
    assert "there is no revision before" in twice.refuse("rollback", "render")


def test_the_next_deployment_goes_forward_again(twice: ClusterWorkshop) -> None:
    twice.deploy("rollback", "render")
    twice.deploy("up", "render", **other_image("render", 2))
    assert twice.cluster().traffic("render") == "render-00003"


def test_the_same_deployment_goes_forward_without_a_revision(twice: ClusterWorkshop) -> None:
    twice.deploy("rollback", "render")
    twice.deploy("up", "render", **other_image("render", 1))
    assert twice.cluster().traffic("render") == "render-00002"
    assert len(twice.cluster().revisions("render")) == 2


def test_a_revision_that_never_became_ready_is_not_gone_back_to(twice: ClusterWorkshop) -> None:
    twice.break_next("render")
    twice.deploy("up", "render", **other_image("render", 2))
    assert twice.cluster().traffic("render") == "render-00002"  # Serving keeps what is ready
    twice.deploy("rollback", "render")
    assert twice.cluster().traffic("render") == "render-00002"  # from now on by its name
    twice.mend("render")
    twice.deploy("up", "render", **other_image("render", 3))
    assert twice.cluster().traffic("render") == "render-00004"
    twice.deploy("rollback", "render")
    assert twice.cluster().traffic("render") == "render-00002"


@pytest.mark.timeout(300)
def test_without_a_name_all_goes_back_that_the_last_deployment_changed(
    workshop: ClusterWorkshop,
) -> None:
    workshop.deploy("up")
    workshop.deploy("up", **other_image("llm", 1))
    workshop.deploy("up", **(other_image("llm", 1) | {"DEPLOYER": "func"}))  # changes nothing
    workshop.deploy("rollback")
    cluster = workshop.cluster()
    served = {name: cluster.traffic(name) for name in ("llm", "render", "jetstream-sink")}
    assert served == {
        "llm": "llm-00001",
        "render": "render-00001",
        "jetstream-sink": "jetstream-sink-00001",
    }
    assert "nothing was deployed since" in workshop.refuse("rollback")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_bridge_goes_back_with_each_of_its_workloads(workshop: ClusterWorkshop) -> None:
    workshop.deploy("up")
    workshop.deploy("up", **other_image("bridge", 1))
    workshop.deploy("rollback")
    assert workshop.cluster().traffic("jetstream-sink") == "jetstream-sink-00001"
    for name in ("jetstream-source", "postgres-source"):
        undone = f"rollout undo deployment/{name} --to-revision=1 -n lector"
        assert undone in workshop.calls("kubectl")


ONE_SOURCE = {"COMPONENTS": "one-source"}


@pytest.mark.parametrize("words", [("up",), ("up", "bridge")])
def test_one_source_replaces_the_other_which_comes_back_without_it(
    workshop: ClusterWorkshop, words: tuple[str, ...]
) -> None:
    replaced = {"Deployment/postgres-source", "PodDisruptionBudget/postgres-source"}
    workshop.deploy("up")
    assert replaced <= workshop.cluster().objects.keys()
    workshop.deploy(*words, **ONE_SOURCE)
    assert not replaced & workshop.cluster().objects.keys()
    binding = workshop.cluster().objects["SinkBinding/postgres-source"]
    assert binding["spec"]["subject"]["name"] == "jetstream-source"
    calls = workshop.calls("kubectl")
    [deleted] = [at for at, call in enumerate(calls) if call.startswith("delete deployment/")]
    assert any(call.startswith("rollout status") for call in calls[deleted - 6 : deleted])
    workshop.deploy(*words)
    assert replaced <= workshop.cluster().objects.keys()
    binding = workshop.cluster().objects["SinkBinding/postgres-source"]
    assert binding["spec"]["subject"]["name"] == "postgres-source"


@pytest.mark.parametrize("words", [("rollback",), ("rollback", "bridge")])
def test_no_rollback_leaves_the_database_without_a_listener(
    workshop: ClusterWorkshop, words: tuple[str, ...]
) -> None:
    workshop.deploy("up", "bridge")
    workshop.deploy("up", "bridge", **ONE_SOURCE, **other_image("bridge", 1))
    said = workshop.deploy(*words).stderr
    assert "jetstream-source stays" in said
    assert "deploy without the component" in said
    assert not [call for call in workshop.calls("kubectl") if call.startswith("rollout undo")]
    assert workshop.cluster().traffic("jetstream-sink") == "jetstream-sink-00001"


def test_one_source_goes_back_to_one_source(workshop: ClusterWorkshop) -> None:
    workshop.deploy("up", "bridge", **ONE_SOURCE)
    workshop.deploy("up", "bridge", **ONE_SOURCE, **other_image("bridge", 1))
    workshop.deploy("rollback", "bridge")
    undone = "rollout undo deployment/jetstream-source --to-revision=1 -n lector"
    assert undone in workshop.calls("kubectl")


def test_what_was_never_deployed_has_nothing_to_go_back_to(workshop: ClusterWorkshop) -> None:
    assert "llm: there is no revision before" in workshop.refuse("rollback", "llm")
    assert "nothing was deployed" in workshop.refuse("rollback")
