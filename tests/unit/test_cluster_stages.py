"""The stages of make cluster-test, on a hand-written double of a cluster."""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cluster import command, documents
from tests.cluster.benchmark import BAR, Starts
from tests.cluster.reading import Wake
from tests.support.kubectl_double import ClusterDouble

pytestmark = [pytest.mark.unit, pytest.mark.slow]

EVENTING, KEDA = "eventing.knative.dev/v1", "keda.sh/v1alpha1"
# These render every overlay with the real kustomize, which takes seconds each.
RENDERING = {"accepted", "rollout", "schema", "keda", "broker"}
QUICK = [
    stage.name for stage in command.STAGES if stage.name not in {*RENDERING, "tilt", "pdfs", "func"}
]

Try = Callable[..., "Tried"]


class Tried:
    """A run of the command on a double: what it said, and its exit code."""

    def __init__(self, double: ClusterDouble, folder: Path, *arguments: str) -> None:
        self.double = double
        self.junit = folder / "junit.xml"
        self.said: list[str] = []
        words = self._parse(*arguments)
        given = {"pdfs": words.pdfs, "before": words.before}
        cluster = double.cluster(folder, pages=words.pages, rounds=words.rounds, **given)
        self.code = command.run(cluster, words, self.said.append)

    def _parse(self, *arguments: str) -> argparse.Namespace:
        given = ["--namespace", "lector-test", "--pages", "40", "--rounds", "2"]
        return command.parse([*given, "--junit", str(self.junit), *arguments])

    def line(self, stage: str) -> str:
        [line] = [line for line in self.said if line.split()[:3].count(stage)]
        return line

    def cases(self) -> dict[str, str]:
        """Of the JUnit file: how each stage ended."""
        suite = ET.parse(self.junit).getroot()  # noqa: S314 - written by the test
        return {case.get("name", ""): case[0].tag for case in suite}


@pytest.fixture
def tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Try:
    make = documents.make

    def run(double: ClusterDouble, *arguments: str) -> Tried:
        monkeypatch.setattr(documents, "make", lambda *a, **k: double.knows(make(*a, **k)))
        return Tried(double, tmp_path, *arguments)

    return run


def test_on_a_cluster_where_all_is_well_every_stage_passes_with_a_figure(tried: Try) -> None:
    run = tried(ClusterDouble(), "--stages", ",".join(QUICK))
    assert run.code == 0, run.said
    assert run.cases() == dict.fromkeys(QUICK, "system-out")
    assert "24 of 24 pages right" in run.line("read")
    assert "no pod of 8 services" in run.line("zero")
    assert "render 0/1/2/" in run.line("woken")
    assert "12 forged events answered 503 not_authenticated" in run.line("forged")
    assert "40 pages in" in run.line("scale")
    assert "render: render-00001, render-00002, back by" in run.line("traffic")
    assert "letter.pdf read 0 s after make cluster-demo" in run.line("demo")
    assert "LectorOutboxStuck fired 3" in run.line("alerts")


def test_what_was_made_is_removed_afterwards(tried: Try) -> None:
    run = tried(ClusterDouble(), "--stages", "ready,policies,alerts")
    assert run.code == 0, run.said
    assert run.double.namespaces == {"default": {}}


def test_it_is_kept_on_request_and_then_used_again_without_deploying(tried: Try) -> None:
    double = ClusterDouble()
    tried(double, "--stages", "read", "--keep")
    assert "lector-test" in double.namespaces
    assert tried(double, "--stages", "zero").code == 0
    assert double.deploys == 1
    assert "lector-test" not in double.namespaces


def test_a_stage_alone_has_lector_deployed_first(tried: Try) -> None:
    run = tried(ClusterDouble(), "--stages", "trace")
    assert (run.code, run.double.deploys) == (0, 1)
    assert "5 spans of 5 services, no orphan" in run.line("trace")


def test_a_namespace_of_somebody_else_is_neither_used_nor_removed(tried: Try) -> None:
    double = ClusterDouble()
    double.namespaces["lector-test"] = {"team": "payments"}
    run = tried(double, "--stages", "ready")
    assert run.code == 1
    assert double.namespaces["lector-test"] == {"team": "payments"}
    assert double.deploys == 0


def test_an_interrupt_removes_what_was_made_and_keeps_what_was_found(
    tried: Try, monkeypatch: pytest.MonkeyPatch
) -> None:
    double = ClusterDouble()

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(double, "on_scale", interrupted)
    run = tried(double, "--stages", "zero,alerts,scale")
    assert run.code == command.INTERRUPTED
    assert run.cases() == {"zero": "system-out"}
    assert double.namespaces == {"default": {}}


@pytest.mark.parametrize(
    ("fault", "stage", "why"),
    [
        ("loses words", "read", "6 of 24 pages are wrong"),
        ("reads nothing", "read", "not every file was read"),
        ("never sleeps", "zero", "some functions still have pods"),
        ("new revision", "again", "new revisions: ksvc/jetstream-sink"),
        ("open store", "policies", "seaweedfs:8333 is open from inside; "),
        ("believes", "forged", "not refused with 503 not_authenticated: render: 200"),
        ("broken trace", "trace", "in it: outbox, register, render, upload"),
        ("orphans", "trace", "1 spans lack their parent: register: register"),
        ("no metrics", "metrics", "lector_stalled_seconds came (waited 120 s)"),
        ("silent", "alerts", "LectorOutboxStuck did not fire"),
        ("reads nothing", "scale", "the file has not ended"),
        ("reads nothing", "demo", "not in what it printed: Bookbinders, Elmbridge"),
        ("stays", "traffic", "after make rollback render-00002 has the traffic"),
    ],
)
def test_what_is_wrong_is_found_and_named(tried: Try, fault: str, stage: str, why: str) -> None:
    run = tried(ClusterDouble(fault), "--stages", stage)
    assert run.code == 1
    assert why in run.line(stage)
    assert run.cases() == {stage: "failure"}
    assert run.double.namespaces == {"default": {}}


def test_a_stage_that_fails_does_not_keep_the_next_from_running(tried: Try) -> None:
    run = tried(ClusterDouble("believes"), "--stages", "forged,metrics")
    assert run.cases() == {"forged": "failure", "metrics": "system-out"}


def test_every_pod_is_killed_once_while_documents_are_read(tried: Try) -> None:
    run = tried(ClusterDouble(), "--stages", "kills")
    assert run.code == 0, run.said
    names = {"render", "llm", "jetstream-sink", "jetstream-source", "nats", "postgres", "seaweedfs"}
    assert names <= set(run.double.killed)
    assert "13 killed, 78 of 78 pages right" in run.line("kills")


def test_a_network_without_policies_is_left_out_and_not_failed(tried: Try) -> None:
    run = tried(ClusterDouble("no policies"), "--stages", "policies")
    assert run.code == 0
    assert "enforces no policies" in run.line("policies")
    assert run.cases() == {"policies": "skipped"}


@pytest.mark.parametrize(
    ("stage", "why"),
    [("keda", "no KEDA CRDs"), ("broker", "no CRDs of Knative Eventing")],
)
def test_what_a_cluster_has_not_is_left_out_with_the_reason(
    tried: Try, stage: str, why: str
) -> None:
    run = tried(ClusterDouble(), "--stages", stage)
    assert (run.code, run.cases()) == (0, {stage: "skipped"})
    assert why in run.line(stage)


@pytest.mark.parametrize("tool", ["tilt", "func"])
def test_a_tool_that_is_not_there_leaves_its_stage_out(
    tried: Try, monkeypatch: pytest.MonkeyPatch, tool: str
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert f"{tool} is not installed" in tried(ClusterDouble(), "--stages", tool).line(tool)


def test_func_must_know_every_function(
    tried: Try, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tool = tmp_path / "func"
    tool.write_text('#!/bin/sh\necho \'[{"name": "render"}]\'\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    run = tried(ClusterDouble(), "--stages", "func")
    assert "func list lacks llm, notify, outbox, register, upload" in run.line("func")


def test_the_demo_is_left_out_where_uploads_url_does_not_answer(tried: Try) -> None:
    run = tried(ClusterDouble("no way in"), "--stages", "demo")
    assert run.cases() == {"demo": "skipped"}


def test_keda_and_broker_are_tried_where_their_kinds_are(tried: Try) -> None:
    run = tried(ClusterDouble(apis=(KEDA, EVENTING)), "--stages", "keda,broker")
    assert run.code == 0, run.said
    assert "4 replicas of jetstream-source 0 s after" in run.line("keda")
    assert "1 again" in run.line("keda")
    assert "6 of 6 pages right" in run.line("broker")
    assert run.double.namespaces == {"default": {}}


@pytest.mark.parametrize(
    ("fault", "stage", "why"),
    [
        ("never scales", "keda", "KEDA added no replica of the source"),
        ("no autoscaler", "keda", "KEDA made no HorizontalPodAutoscaler"),
        ("broker drops", "broker", "not every file was read"),
    ],
)
def test_keda_and_broker_must_do_their_work(tried: Try, fault: str, stage: str, why: str) -> None:
    run = tried(ClusterDouble(fault, apis=(KEDA, EVENTING)), "--stages", stage)
    assert run.code == 1
    assert why in run.line(stage)


def test_the_newest_migration_goes_and_comes_while_pages_are_read(tried: Try) -> None:
    run = tried(ClusterDouble(), "--stages", "schema")
    assert run.code == 0, run.said
    assert "1 migrations down and up; 24 of 24 pages right" in run.line("schema")
    assert "no BEFORE=COMMIT was named" in run.line("schema")
    assert [words[-1] for words in run.double.migrated] == ["down", "migrate"]


def test_the_version_before_reads_on_both_schemas_and_this_one_comes_back(tried: Try) -> None:
    run = tried(ClusterDouble(), "--stages", "schema", "--before", "HEAD")
    assert run.code == 0, run.said
    assert "HEAD read 8 pages on this schema, 8 on its own, 8 when" in run.line("schema")
    assert [words[-1] for words in run.double.migrated] == ["down", "migrate", "migrate"]
    assert set(run.double.images.values()) == {
        f"registry/{name}@sha256:0" for name in run.double.images
    }
    assert run.double.images.keys() >= {"upload", "llm", "jetstream-sink", "postgres-source"}


def test_a_version_before_that_there_is_not_is_said(tried: Try) -> None:
    run = tried(ClusterDouble(), "--stages", "schema", "--before", "no-such-commit")
    assert run.code == 1
    assert "no-such-commit" in run.line("schema")


def own_pdfs(folder: Path, double: ClusterDouble, words: str | None) -> Path:
    """A folder with a PDF of two pages, and what it is said to have on them."""
    folder.mkdir()
    [made] = double.knows(documents.make(folder, 1, 2))
    if words is not None:
        made.path.with_suffix(".txt").write_text(words.format(*made.pages))
    return folder


@pytest.mark.parametrize(
    ("words", "figure"),
    [
        ("{0}\f{1}\f", "2 of 2 texts right"),
        ("{0}\n{1}", "1 of 1 texts right"),
        (None, "0 of 0 texts right; 1 without words"),
    ],
)
def test_own_pdfs_are_held_against_the_words_beside_them(
    tried: Try, tmp_path: Path, words: str | None, figure: str
) -> None:
    double = ClusterDouble()
    folder = own_pdfs(tmp_path / "own", double, words and words.upper())
    run = tried(double, "--stages", "pdfs", "--pdfs", str(folder))
    assert run.code == 0, run.said
    assert figure in run.line("pdfs")


def test_own_pdfs_that_lack_expected_words_are_named_by_page(tried: Try, tmp_path: Path) -> None:
    double = ClusterDouble()
    folder = own_pdfs(tmp_path / "own", double, "{0}\fsomething else")
    run = tried(double, "--stages", "pdfs", "--pdfs", str(folder))
    assert run.code == 1
    assert ".pdf page 2" in run.line("pdfs")


def test_without_a_folder_own_pdfs_are_left_out(tried: Try) -> None:
    run = tried(ClusterDouble(), "--stages", "pdfs")
    assert (run.code, run.cases()) == (0, {"pdfs": "skipped"})
    assert "PDFS=DIR" in run.line("pdfs")


def test_every_overlay_and_component_is_asked_about_and_what_is_refused_is_named(
    tried: Try,
) -> None:
    run = tried(ClusterDouble("refuses sinks"), "--stages", "accepted")
    assert "quickstart: kubectl apply -f -: admission webhook denied" in run.line("accepted")
    dry = [call for call in run.double.calls if "--dry-run=server" in call]
    assert dry
    assert run.double.deploys == 0


def test_overlays_of_kinds_that_the_cluster_lacks_are_left_out_of_what_is_accepted(
    tried: Try,
) -> None:
    run = tried(ClusterDouble(), "--stages", "accepted")
    assert run.code == 0, run.said
    assert "broker (no eventing.knative.dev/v1)" in run.line("accepted")
    assert "keda (no keda.sh/v1alpha1)" in run.line("accepted")


def test_a_rollout_must_bring_a_new_revision_of_every_function(tried: Try) -> None:
    assert "66 of 66 pages right" in tried(ClusterDouble(), "--stages", "rollout").line("rollout")
    run = tried(ClusterDouble("ignores patches"), "--stages", "rollout")
    assert "upload still runs upload-00001" in run.line("rollout")


def test_the_bench_holds_the_first_page_against_a_bare_functions_start(tried: Try) -> None:
    run = tried(ClusterDouble(), "--bench")
    assert any(line.startswith("a bare function from zero   2.0 s, worst") for line in run.said)
    assert any("(n = 2)" in line for line in run.said)
    assert any(line.startswith("render") and "scheduled 0.0 s" in line for line in run.said)
    assert run.double.namespaces == {"default": {}}


def test_a_ratio_above_the_bar_says_so() -> None:
    slow = Starts([1.0, 1.2, 1.1], [Wake(seconds, {}) for seconds in (2.0, 9.0, 3.3)])
    assert slow.ratio() == pytest.approx(3.0)
    assert slow.lines()[-1] == f"ratio 3.00, ABOVE the bar of {BAR}"
    assert "3.3 s, worst 9.0 s" in slow.lines()[1]


def test_without_a_cluster_one_line_says_so_and_the_exit_code_is_its_own() -> None:
    command_line = [sys.executable, "-m", "tests.cluster"]
    nowhere = {**os.environ, "KUBECONFIG": "/dev/null", "KUBERNETES_MASTER": ""}
    done = subprocess.run(
        command_line, env=nowhere, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == command.NO_CLUSTER
    assert re.fullmatch(r"no cluster was there: [^\n]+\n", done.stdout)


def test_the_stages_are_listed_without_a_cluster() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.cluster", "--list"],
        env={**os.environ, "KUBECONFIG": "/dev/null"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert [line.split()[0] for line in done.stdout.splitlines()] == [
        s.name for s in command.STAGES
    ]


def test_a_stage_that_there_is_not_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.parse(["--stages", "read,sleep"])
    assert "no stage sleep; see --list" in capsys.readouterr().err
