"""make deploy and its kin, with stand-ins for kubectl, func and the container engine.

No cluster runs here: what is held is what the tools are told, and in which order.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from lector.local.tools import checkout
from lector.runtime import settings

DIGEST = "sha256:" + "0123456789abcdef" * 4
_STAND_IN = """#!/bin/sh
echo "$(basename "$0") $*" >> "$CALLS"
case "$(basename "$0") $*" in
  "buildah push"*) for word in "$@"; do
      [ "${last:-}" = --digestfile ] && printf %s DIGEST > "$word"; last=$word; done ;;
  "buildah build"*) [ -z "${NO_BUILD:-}" ] ;;
  "kubectl get ksvc upload"*) printf http://upload.lector.example.com ;;
  "kubectl get crd"*) [ -z "${NO_KNATIVE:-}" ] ;;
  "kubectl get deployment,ksvc"*) printf '%s\\n' deployment.apps/jetstream-source \\
      deployment.apps/postgres-source service.serving.knative.dev/jetstream-sink ;;
  "kubectl wait"*) [ "${NEVER_READY:-}" != "$4" ] ;;
esac
""".replace("DIGEST", DIGEST)


class Workshop:
    """A copy of what deploying needs, and tools that only note what they are told."""

    def __init__(self, folder: Path) -> None:
        self._root = folder / "lector"
        for part in ("functions", "knative", "lector/bridge", "migrations"):
            ignored = shutil.ignore_patterns("__pycache__", "secrets")
            shutil.copytree(checkout() / part, self._root / part, ignore=ignored)
        self._tools = folder / "bin"
        self._tools.mkdir()
        self._calls = folder / "calls"
        self._calls.touch()
        for name in ("kubectl", "func", "buildah"):
            self.has(name)

    def has(self, name: str) -> None:
        tool = self._tools / name
        tool.write_text(_STAND_IN)
        tool.chmod(0o755)

    def lacks(self, name: str) -> None:
        (self._tools / name).unlink()

    def deploy(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._root / "knative" / "deploy.sh", *words],
            env={
                "PATH": f"{self._tools}:/usr/bin:/bin",
                "CALLS": str(self._calls),
                "ENGINE": "buildah",
                **env,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def calls(self, tool: str) -> list[str]:
        lines = self._calls.read_text().splitlines()
        return [line.removeprefix(f"{tool} ") for line in lines if line.startswith(f"{tool} ")]

    def manifests(self) -> list[Any]:
        """What would be applied, rendered by the real kustomize."""
        real = Path(sys.executable).with_name("kubectl")
        shown = subprocess.run(
            [real, "kustomize", self._root / ".deploy"],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        return list(yaml.safe_load_all(shown))

    def images(self) -> dict[str, str]:
        """The images of what would be applied."""
        return {
            manifest["metadata"]["name"]: manifest["spec"]["template"]["spec"]["containers"][0][
                "image"
            ]
            for manifest in self.manifests()
            if "template" in manifest.get("spec", {})
        }

    def applied(self) -> set[str]:
        """Kind and name of what the one `kubectl apply` selected by its names."""
        [call] = [call for call in self.calls("kubectl") if call.startswith("apply ")]
        names = re.search(r"app\.kubernetes\.io/name in \((.*)\)$", call)
        assert names, call
        return {
            f"{manifest['kind']} {manifest['metadata']['name']}"
            for manifest in self.manifests()
            if manifest["metadata"].get("labels", {}).get("app.kubernetes.io/name")
            in names[1].split(",")
        }

    def func_yaml(self) -> str:
        return (self._root / "functions" / "render" / "func.yaml").read_text()


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


def test_deploy_hands_each_pushed_image_to_func_by_its_digest(workshop: Workshop) -> None:
    workshop.deploy("up", REGISTRY="registry.example.com/x")
    assert (
        f"deploy --path functions/render --image registry.example.com/x/render@{DIGEST}"
        " --build=false --push=false --namespace lector"
    ) in workshop.calls("func")
    assert len(workshop.calls("func")) == 6


def test_func_does_not_write_into_the_checkout(workshop: Workshop) -> None:
    before = workshop.func_yaml()
    workshop.deploy("up")
    assert workshop.func_yaml() == before


def test_what_is_applied_names_the_pushed_images_by_their_digests(workshop: Workshop) -> None:
    workshop.deploy("up", REGISTRY="registry.example.com/x")
    images = workshop.images()
    assert images["jetstream-source"] == f"registry.example.com/x/bridge@{DIGEST}"
    assert images["render"] == f"registry.example.com/x/render@{DIGEST}"
    assert images["lector-migrate"] == f"registry.example.com/x/bridge@{DIGEST}"


def test_what_func_deploys_kubectl_does_not_apply(workshop: Workshop) -> None:
    workshop.deploy("up")
    assert "apply -k .deploy -l app.kubernetes.io/component!=function" in workshop.calls("kubectl")


def test_without_func_kubectl_applies_the_functions_too(workshop: Workshop) -> None:
    workshop.lacks("func")
    assert workshop.deploy("up").returncode == 0
    assert "apply -k .deploy" in workshop.calls("kubectl")


def test_the_job_of_before_is_removed_and_the_new_one_awaited(workshop: Workshop) -> None:
    workshop.deploy("up")
    said = workshop.calls("kubectl")
    steps = ["delete job lector-migrate", "apply -k", "wait -n lector job/lector-migrate"]
    places = [next(i for i, call in enumerate(said) if step in call) for step in steps]
    assert places == sorted(places)


def test_one_function_is_built_pushed_and_deployed_alone(workshop: Workshop) -> None:
    assert workshop.deploy("up", "llm").returncode == 0
    assert len(workshop.calls("buildah")) == 2
    [call] = workshop.calls("func")
    assert call.startswith("deploy --path functions/llm ")


def test_one_function_is_applied_alone_without_func(workshop: Workshop) -> None:
    assert workshop.deploy("up", "llm", DEPLOYER="kubectl").returncode == 0
    assert workshop.applied() == {"Service llm"}
    assert any(call.startswith("wait -n lector ksvc/llm ") for call in workshop.calls("kubectl"))


def test_the_bridge_is_three_workloads_and_the_table_that_one_of_them_reads(
    workshop: Workshop,
) -> None:
    assert workshop.deploy("up", "bridge").returncode == 0
    *workloads, table = sorted(workshop.applied(), key=lambda name: name.startswith("ConfigMap"))
    assert sorted(workloads) == [
        "Deployment jetstream-source",
        "Deployment postgres-source",
        "Service jetstream-sink",
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
    assert not workshop.calls("buildah")


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
