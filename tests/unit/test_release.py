"""What `make release-check` holds of a version, and what the workflows may do."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lector.local.tools import checkout
from tools import release_check

WORKFLOWS = sorted((checkout() / ".github" / "workflows").glob("*.yml"))
OVERLAY = "knative/overlays/production/kustomization.yaml"


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A checkout, as far as versions go, that may be released as 1.2.3."""
    files = {
        "pyproject.toml": '[project]\nversion = "1.2.3"\n',
        "lector/__init__.py": '__version__ = "1.2.3"\n',
        OVERLAY: 'images:\n  - {name: render, newTag: "1.2.3"}\n',
        "CHANGELOG.md": "# Changelog\n\n## Unreleased\n\n## 1.2.3 - 2026-11-28\n\n- This.\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_one_version_everywhere_may_be_released(release: Path) -> None:
    assert list(release_check.version_faults(release, "1.2.3")) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "fault"),
    [
        ("lector/__init__.py", "1.2.3", "1.2.2", "lector/__init__.py has another version"),
        (OVERLAY, "1.2.3", "1.2.2", "takes images tagged 1.2.2"),
        ("CHANGELOG.md", "## 1.2.3 - 2026-11-28", "## 1.2.2 - 2026-11-28", "has no section"),
        ("CHANGELOG.md", " - 2026-11-28", "", "has no section"),
        ("CHANGELOG.md", "Unreleased\n", "Unreleased\n\n- That.\n", "not released"),
    ],
)
def test_another_version_anywhere_is_a_fault_that_is_named(
    release: Path, name: str, old: str, new: str, fault: str
) -> None:
    path = release / name
    path.write_text(path.read_text().replace(old, new))
    [found] = release_check.version_faults(release, "1.2.3")
    assert fault in found


def test_a_tag_that_is_not_the_version_is_no_release(release: Path) -> None:
    [found] = release_check.version_faults(release, "1.2.4")
    assert "1.2.4 is to be released" in found


def test_the_wheels_of_every_image_are_held() -> None:
    names = {lock.parent.name for lock in release_check.locks(checkout())}
    assert names == {
        *("upload", "render", "register", "llm", "outbox", "notify", "bridge", "tesseract")
    }


def steps(workflow: Path) -> Iterator[dict[str, Any]]:
    for job in yaml.safe_load(workflow.read_text())["jobs"].values():
        yield from job.get("steps", [])


def targets() -> set[str]:
    lines = (checkout() / "Makefile").read_text().splitlines()
    return {match[1] for line in lines if (match := re.match(r"([a-z-]+):(?!=)", line))}


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_each_step_of_a_workflow_is_one_target_of_the_makefile_or_a_pinned_action(
    workflow: Path,
) -> None:
    for step in steps(workflow):
        if "run" in step:
            command, target = step["run"].split()
            assert command == "make"
            assert target in targets()
        else:
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step["uses"])


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_only_read_unless_one_of_its_jobs_says_what_it_writes(
    workflow: Path,
) -> None:
    said = yaml.safe_load(workflow.read_text())
    assert said["permissions"] == {"contents": "read"}
    written = {
        (name, scope)
        for name, job in said["jobs"].items()
        for scope, right in job.get("permissions", {}).items()
        if right == "write"
    }
    assert written <= {("images", "packages"), ("wheel", "id-token")}
    for step in steps(workflow):
        if "checkout@" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_names_no_host(workflow: Path) -> None:
    assert not re.findall(r"\b[\w-]+\.(?:io|com|org|dev)\b", workflow.read_text())


def test_production_comes_after_staging_and_takes_what_was_published() -> None:
    jobs = yaml.safe_load((checkout() / ".github/workflows/release.yml").read_text())["jobs"]
    assert "staging" in jobs["production"]["needs"]
    deploy = yaml.safe_load((checkout() / ".github/workflows/deploy.yml").read_text())
    assert deploy["jobs"]["deploy"]["env"]["PUBLISHED"] == "1"


ACTIONLINT = shutil.which("actionlint") or ""


@pytest.mark.skipif(not ACTIONLINT, reason="actionlint is not on the path")
def test_actionlint_finds_nothing() -> None:
    done = subprocess.run(
        [ACTIONLINT, *map(str, WORKFLOWS)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def kubeconfig(place: Path, said: str) -> subprocess.CompletedProcess[str]:
    """What comes of a workflow's step that writes its secret for kubectl."""
    return subprocess.run(
        ["/usr/bin/env", "make", "--silent", "kubeconfig"],
        cwd=checkout(),
        env={"PATH": "/usr/bin:/bin", "KUBECONFIG": str(place), "KUBECONFIG_DATA": said},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_secret_is_written_for_kubectl_where_nobody_else_reads_it(tmp_path: Path) -> None:
    place = tmp_path / "new" / "config"
    said = "apiVersion: v1\nkind: Config\nusers: [{name: 'a $b \"c\"'}]"
    assert kubeconfig(place, said).returncode == 0
    assert place.read_text() == f"{said}\n"
    assert place.stat().st_mode & 0o077 == 0


def test_an_environment_without_its_secret_is_no_cluster(tmp_path: Path) -> None:
    done = kubeconfig(tmp_path / "config", "")
    assert done.returncode != 0
    assert "KUBECONFIG_DATA is empty" in done.stderr
    assert not (tmp_path / "config").exists()


def test_a_kubeconfig_that_somebody_has_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("mine")
    assert kubeconfig(tmp_path / "config", "kind: Config").returncode != 0
    assert (tmp_path / "config").read_text() == "mine"
