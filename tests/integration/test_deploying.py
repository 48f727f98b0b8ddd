"""make deploy and its kin, with stand-ins for kubectl, func and the container engine.

No cluster runs here: what is held is what the tools are told, and in which order.
"""

import os
import re
import shutil
import subprocess
from base64 import b64decode
from pathlib import Path

import pytest
import yaml

from lector.local.tools import checkout
from lector.runtime import settings
from tests.support.workshop import DIGEST, Workshop

pytestmark = pytest.mark.slow


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


def test_deploy_builds_and_pushes_every_image(workshop: Workshop) -> None:
    done = workshop.deploy("up")
    assert done.returncode == 0, done.stderr
    built = re.findall(r"FUNCTION=(\w+)", "\n".join(workshop.calls("buildah")))
    assert set(built) == {
        "upload",
        "render",
        "register",
        "llm",
        "outbox",
        "notify",
        "bridge",
        "tesseract",
    }


def test_where_it_is_asked_for_func_gets_each_pushed_image_by_its_digest(
    workshop: Workshop,
) -> None:
    workshop.deploy("up", REGISTRY="registry.example.com/x", DEPLOYER="func", DIFFERS="1")
    assert (
        f"deploy --path functions/render --image registry.example.com/x/render@{DIGEST}"
        " --build=false --push=false --namespace lector"
    ) in workshop.calls("func")
    assert len(workshop.calls("func")) == 6


def test_func_does_not_write_into_the_checkout(workshop: Workshop) -> None:
    before = workshop.func_yaml()
    workshop.deploy("up", DEPLOYER="func", DIFFERS="1")
    assert workshop.func_yaml() == before


def test_nothing_is_deployed_when_the_cluster_cannot_compare(workshop: Workshop) -> None:
    assert workshop.deploy("up", "render", DEPLOYER="func", DIFFERS="2").returncode == 1
    assert not workshop.calls("func")


def test_a_deployer_that_is_none_is_refused_before_anything_is_built(workshop: Workshop) -> None:
    done = workshop.deploy("up", DEPLOYER="helm")
    assert (done.returncode, "DEPLOYER is kubectl or func" in done.stderr) == (1, True)
    assert not workshop.calls("buildah")


def test_what_is_applied_names_the_pushed_images_by_their_digests(workshop: Workshop) -> None:
    workshop.deploy("up", REGISTRY="registry.example.com/x")
    images = workshop.images()
    assert images["jetstream-source"] == f"registry.example.com/x/bridge@{DIGEST}"
    assert images["render"] == f"registry.example.com/x/render@{DIGEST}"
    assert images["lector-migrate"] == f"registry.example.com/x/bridge@{DIGEST}"


def test_another_namespace_gets_every_object_and_every_address(workshop: Workshop) -> None:
    workshop.deploy("up", NAMESPACE="lector-of-mine", REGISTRY="registry.example.com/x")
    assert workshop.images()["render"] == f"registry.example.com/x/render@{DIGEST}"
    for manifest in workshop.manifests():
        if manifest["kind"] == "Namespace":
            assert manifest["metadata"]["name"] == "lector-of-mine"
        else:
            assert manifest["metadata"]["namespace"] == "lector-of-mine"
    addresses = re.findall(r"[\w-]+\.[\w-]+\.svc\.", yaml.safe_dump(workshop.manifests()))
    assert addresses
    assert {address.split(".")[1] for address in addresses} == {"lector-of-mine"}
    assert all("-n lector " not in f"{call} " for call in workshop.calls("kubectl"))


def test_func_deploys_into_another_namespace_too(workshop: Workshop) -> None:
    workshop.deploy("up", NAMESPACE="mine", DEPLOYER="func", DIFFERS="1")
    assert workshop.calls("func")
    assert all(call.endswith("--namespace mine") for call in workshop.calls("func"))


def test_a_broker_in_another_namespace_is_found_there(workshop: Workshop) -> None:
    workshop.deploy("up", NAMESPACE="mine", OVERLAY="broker", NO_CALLER_SECRET="1")
    [addresses] = [m for m in workshop.manifests() if m["metadata"]["name"] == "lector-addresses"]
    assert addresses["data"]["K_SINK"].endswith("/mine/default")


def test_without_func_kubectl_applies_the_functions_too(workshop: Workshop) -> None:
    workshop.lacks("func")
    assert workshop.deploy("up").returncode == 0
    assert "apply -k .deploy" in workshop.calls("kubectl")


def test_the_schema_is_there_before_any_function_or_workload_of_the_bridge_is_applied(
    workshop: Workshop,
) -> None:
    workshop.deploy("up")
    said = workshop.calls("kubectl")
    first, last = (i for i, call in enumerate(said) if call.startswith("apply -k"))
    migrated = next(i for i, call in enumerate(said) if "wait -n lector job/" in call)
    assert first < migrated < last
    assert said[first].endswith("app.kubernetes.io/component notin (function,bridge)")
    before = {
        manifest["metadata"].get("labels", {}).get("app.kubernetes.io/name")
        for manifest in workshop.manifests()
        if manifest["kind"] in {"Deployment", "Service"}
        and manifest["metadata"].get("labels", {}).get("app.kubernetes.io/component")
        not in {"function", "bridge"}
    }
    assert not before & {"render", "llm", "jetstream-source", "jetstream-sink", "postgres-source"}


def test_the_job_of_before_is_removed_and_the_new_one_awaited(workshop: Workshop) -> None:
    workshop.deploy("up")
    said = workshop.calls("kubectl")
    steps = ["delete job lector-migrate", "apply -k", "wait -n lector job/lector-migrate"]
    places = [next(i for i, call in enumerate(said) if step in call) for step in steps]
    assert places == sorted(places)


def test_one_function_is_built_pushed_and_deployed_alone(workshop: Workshop) -> None:
    assert workshop.deploy("up", "llm").returncode == 0
    calls = workshop.calls("buildah")
    assert set(re.findall(r"FUNCTION=(\w+)", " ".join(calls))) == {"llm"}
    [push] = [call for call in calls if call.startswith("push ")]
    assert push.endswith("/llm:latest")
    assert not workshop.calls("func")
    assert workshop.applied() == {"Service llm"}
    assert any(call.startswith("wait -n lector ksvc/llm ") for call in workshop.calls("kubectl"))


def test_the_bridge_is_three_workloads_with_what_is_theirs_and_the_table_that_one_of_them_reads(
    workshop: Workshop,
) -> None:
    assert workshop.deploy("up", "bridge").returncode == 0
    *workloads, table = sorted(workshop.applied(), key=lambda name: name.startswith("ConfigMap"))
    assert sorted(workloads) == [
        "Deployment jetstream-source",
        "Deployment postgres-source",
        "PodDisruptionBudget jetstream-source",
        "PodDisruptionBudget postgres-source",
        "Service jetstream-sink",
        "SinkBinding postgres-source",
    ]
    assert table.startswith("ConfigMap lector-subscriptions-")
    assert not workshop.calls("func")


def test_each_workload_of_the_bridge_is_waited_for(workshop: Workshop) -> None:
    workshop.deploy("up", "bridge")
    waits = [call.split(" --")[0] for call in workshop.calls("kubectl")]
    for awaited in (
        "rollout status -n lector deployment.apps/jetstream-source",
        "rollout status -n lector deployment.apps/postgres-source",
        "wait -n lector service.serving.knative.dev/jetstream-sink",
    ):
        assert awaited in waits


def test_a_bridge_that_does_not_become_ready_is_a_failure(workshop: Workshop) -> None:
    sink = "service.serving.knative.dev/jetstream-sink"
    assert workshop.deploy("up", "bridge", NEVER_READY=sink).returncode != 0


def test_the_embedded_reader_is_applied_alone(workshop: Workshop) -> None:
    assert workshop.deploy("up", "tesseract").returncode == 0
    assert workshop.applied() == {"Service tesseract"}
    assert not workshop.calls("func")
    said = workshop.calls("kubectl")
    assert any(call.startswith("wait -n lector ksvc/tesseract ") for call in said)


@pytest.mark.parametrize(("name", "overlay"), [("tesseract", "production"), ("lmm", "quickstart")])
def test_what_an_overlay_does_not_have_is_said_before_anything_is_built(
    workshop: Workshop, name: str, overlay: str
) -> None:
    done = workshop.deploy("up", name, OVERLAY=overlay)
    assert done.returncode == 1
    assert f"there is no '{name}' in the overlay '{overlay}'" in done.stderr
    assert "there are: upload render register llm outbox notify bridge" in done.stderr
    assert not workshop.calls("buildah")


@pytest.mark.parametrize("target", ["deploy", "rollback"])
def test_make_refuses_an_unknown_name_before_it_builds_the_page(target: str) -> None:
    told = subprocess.run(
        [str(shutil.which("make")), "--dry-run", target, "FUNCTION=lmm"],
        cwd=checkout(),
        env={"PATH": os.environ["PATH"]},  # not what a make that runs the tests says to others
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.splitlines()
    assert told[0] == "knative/deploy.sh known lmm"


IMAGES = ("upload", "render", "register", "llm", "outbox", "notify", "bridge", "tesseract")


@pytest.mark.parametrize("name", IMAGES)
def test_each_of_the_eight_images_is_deployed_by_its_name(workshop: Workshop, name: str) -> None:
    done = workshop.deploy("up", name)
    assert done.returncode == 0, done.stderr
    built = re.findall(r"FUNCTION=(\w+)", "\n".join(workshop.calls("buildah")))
    assert built == [name]
    assert workshop.applied()


def test_production_gets_no_reader_of_ours(workshop: Workshop) -> None:
    assert workshop.deploy("up", OVERLAY="production").returncode == 0
    assert "tesseract" not in "\n".join(workshop.calls("buildah"))


def test_a_cluster_without_knative_is_told_before_anything_is_built(workshop: Workshop) -> None:
    done = workshop.deploy("up", NO_KNATIVE="1")
    assert done.returncode == 1
    assert "no Knative Serving" in done.stderr
    assert not workshop.calls("buildah")


def test_nothing_is_deployed_when_an_image_cannot_be_built(workshop: Workshop) -> None:
    assert workshop.deploy("up", NO_BUILD="1").returncode != 0
    assert not [call for call in workshop.calls("kubectl") if call.startswith("apply")]
    assert not workshop.calls("func")


def test_undeploy_removes_the_namespace(workshop: Workshop) -> None:
    assert workshop.deploy("down").returncode == 0
    assert any(call.startswith("delete namespace lector") for call in workshop.calls("kubectl"))


def test_an_overlay_that_is_none_is_said(workshop: Workshop) -> None:
    done = workshop.deploy("render", OVERLAY="nowhere")
    assert done.returncode == 1
    assert "there is no overlay 'nowhere'" in done.stderr


def test_secrets_are_drawn_once_and_kept(workshop: Workshop, tmp_path: Path) -> None:
    script = tmp_path / "lector/knative/overlays/quickstart/secrets.sh"
    kept = []
    for _ in range(2):
        subprocess.run([script], check=True, env=os.environ, timeout=30)
        kept.append((script.parent / "secrets" / "database.env").read_text())
    assert kept[0] == kept[1]
    assert (script.parent / "secrets").stat().st_mode & 0o077 == 0


def test_the_key_of_reports_is_drawn_once_also_where_the_other_secrets_are_there(
    workshop: Workshop, tmp_path: Path
) -> None:
    script = tmp_path / "lector/knative/overlays/quickstart/secrets.sh"
    env, kept = script.parent / "secrets" / "report.env", []
    for _ in range(2):
        subprocess.run([script], check=True, env=os.environ, timeout=30)
        kept.append(env.read_text())
    name, _, key = kept[0].strip().partition("=")
    assert (name, kept[0]) == ("key", kept[1])
    assert settings.load(settings.Reports, {"REPORT_KEY": key}).report_key == key
    env.unlink()
    subprocess.run([script], check=True, env=os.environ, timeout=30)
    assert env.read_text() != kept[0]


def test_two_people_draw_different_secrets(tmp_path: Path) -> None:
    drawn = []
    for name in ("one", "other"):
        workshop = tmp_path / name
        workshop.mkdir()
        Workshop(workshop)
        script = workshop / "lector/knative/overlays/quickstart/secrets.sh"
        subprocess.run([script], check=True, timeout=30)
        drawn.append((script.parent / "secrets" / "database.env").read_text())
    assert drawn[0] != drawn[1]


def test_the_callers_secret_is_exchanged_in_two_steps(workshop: Workshop, tmp_path: Path) -> None:
    script = tmp_path / "lector/knative/overlays/quickstart/secrets.sh"

    def secrets(*step: str) -> list[str]:
        subprocess.run([script, *step], check=True, capture_output=True, timeout=30)
        said = (script.parent / "secrets" / "caller.env").read_text()
        return said.removeprefix("secret=").strip().split(",")

    [old] = secrets()
    new, before = secrets("rotate")
    assert before == old != new
    assert secrets() == [new, old]  # a deploy in between changes nothing
    assert secrets("retire") == [new]


def test_a_third_callers_secret_is_not_drawn_while_two_are_known(
    workshop: Workshop, tmp_path: Path
) -> None:
    script = tmp_path / "lector/knative/overlays/quickstart/secrets.sh"
    subprocess.run([script, "rotate"], check=True, timeout=30)
    again = subprocess.run(
        [script, "rotate"], check=False, capture_output=True, text=True, timeout=30
    )
    assert again.returncode == 1
    assert "retire" in again.stderr


def test_deploy_draws_the_callers_secret_before_anything_could_run_without_it(
    workshop: Workshop, tmp_path: Path
) -> None:
    done = workshop.deploy("up", OVERLAY="production", NO_CALLER_SECRET="1")
    assert done.returncode == 0, done.stderr
    calls = workshop.calls("kubectl")
    [drawn] = [n for n, call in enumerate(calls) if call.startswith("create secret generic")]
    assert calls[drawn - 2] == "apply -f -"
    assert not [call for call in calls[:drawn] if call.startswith("apply -k")]
    secret = (tmp_path / "calls.stdin").read_text()
    assert len(secret) >= 32
    assert secret not in "\n".join(calls) + done.stderr + done.stdout


@pytest.mark.parametrize(
    ("overlay", "missing"), [("production", ""), ("quickstart", "1"), ("broker", "1")]
)
def test_deploy_draws_no_callers_secret_where_there_is_one_or_may_be_none(
    workshop: Workshop, overlay: str, missing: str
) -> None:
    workshop.deploy("up", OVERLAY=overlay, NO_CALLER_SECRET=missing)
    assert not [call for call in workshop.calls("kubectl") if call.startswith("create secret")]


@pytest.mark.parametrize("said", [{"OVERLAY": "broker"}, {"COMPONENTS": "broker"}])
def test_a_secret_that_a_broker_cannot_send_is_refused_before_anything_is_built(
    workshop: Workshop, said: dict[str, str]
) -> None:
    done = workshop.deploy("up", **said)
    assert done.returncode == 1
    assert "kubectl -n lector delete secret lector-caller" in done.stderr
    assert not workshop.calls("buildah")


def test_components_are_laid_over_what_is_deployed_with_the_pushed_images(
    workshop: Workshop,
) -> None:
    done = workshop.deploy("up", COMPONENTS="small")
    assert done.returncode == 0, done.stderr
    images = workshop.images()
    assert "jaeger" not in images
    assert images["jetstream-source"].endswith(f"@{DIGEST}")
    [source] = [
        one
        for one in workshop.manifests()
        if one["metadata"]["name"] == "jetstream-source" and one["kind"] == "Deployment"
    ]
    assert source["spec"]["template"]["spec"]["containers"][0]["args"][-1] == "sources"


def test_func_knows_nothing_of_components_so_kubectl_deploys_the_functions(
    workshop: Workshop,
) -> None:
    workshop.deploy("up", COMPONENTS="one-source")
    assert workshop.calls("func") == []


def test_a_models_key_comes_from_the_environment_and_need_not_be_given_again(
    workshop: Workshop,
) -> None:
    for said in ({"OPENAI_API_KEY": "a-key-of-mine"}, {}):
        workshop.deploy("up", **said)
        [secret] = [m for m in workshop.manifests() if m["metadata"]["name"] == "lector-model"]
        assert b64decode(secret["data"]["api-key"]) == b"a-key-of-mine"


def test_a_component_that_is_none_is_said_before_anything_is_built(workshop: Workshop) -> None:
    done = workshop.deploy("up", COMPONENTS="tiny")
    assert done.returncode == 1
    assert "there is no component 'tiny'" in done.stderr
    assert workshop.calls("buildah") == []
