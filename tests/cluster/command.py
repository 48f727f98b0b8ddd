"""make cluster-test: run stages against the cluster that KUBECONFIG names, and leave it as it was.

A line for each stage, and a JUnit file. Exits with 0 if none failed, 1 if one did, 3 if no cluster
was there.
"""

import argparse
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

from tests.cluster import (
    accepting,
    additions,
    benchmark,
    breaking,
    closed_doors,
    own_pdfs,
    page,
    reading,
    report,
    scale,
    schema,
    seeing,
)
from tests.cluster.cluster import Cluster, DeployError, is_ours, make_namespace
from tests.cluster.kubectl import Kubectl, KubectlError
from tests.cluster.report import Outcome, Result
from tests.cluster.stage import LeftOut, Stage

NO_CLUSTER = 3
INTERRUPTED = 130
STAGES: tuple[Stage, ...] = (
    *accepting.STAGES[:2],
    *reading.STAGES,
    *own_pdfs.STAGES,
    accepting.STAGES[2],
    *page.STAGES,  # they mark a template, which the next deployment takes off
    *closed_doors.STAGES,
    *seeing.STAGES,
    *breaking.STAGES,
    *schema.STAGES,
    *scale.STAGES,
    *additions.STAGES,
)
BENCH = "bench"
_READY = "ready"


def main() -> None:
    """Run the command of the process's arguments."""
    words = parse(sys.argv[1:])
    if words.list:
        for stage in STAGES:
            say(f"{stage.name:<10} {stage.about}")
        return
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    kubectl = Kubectl(words.namespace)
    why = kubectl.why_unreachable()
    if words.is_there:
        say(f"no cluster was there: {why}" if why else "a cluster is there: make cluster-test")
        return
    if why:
        say(f"no cluster was there: {why}")
        sys.exit(NO_CLUSTER)
    with tempfile.TemporaryDirectory(prefix="lector-cluster-") as folder:
        cluster = Cluster(
            kubectl,
            Path(folder),
            pages=words.pages,
            rounds=words.rounds,
            pdfs=words.pdfs,
            before=words.before,
        )
        sys.exit(run(cluster, words, say))


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The command's arguments; names of stages that there are not end the process with 2."""
    parser = argparse.ArgumentParser(
        prog="cluster-test", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--stages", type=_stages, default=[s.name for s in STAGES], metavar="A,B")
    parser.add_argument("--list", action="store_true", help="say which stages there are")
    parser.add_argument("--is-there", action="store_true", help="say whether a cluster is there")
    parser.add_argument("--bench", action="store_true", help="measure how Lector wakes, instead")
    parser.add_argument("--keep", action="store_true", help="leave what was made on the cluster")
    fresh = f"lector-test-{secrets.token_hex(3)}"
    parser.add_argument("--namespace", default=fresh, help="one that --keep left, or a new one")
    parser.add_argument("--junit", type=Path, default=Path(".deploy/cluster-test.xml"))
    parser.add_argument("--pages", type=int, default=1000, help="of the stage scale")
    parser.add_argument("--rounds", type=int, default=5, help="of --bench")
    parser.add_argument("--pdfs", type=_folder, metavar="DIR", help="for the stage pdfs")
    parser.add_argument("--before", default="", metavar="COMMIT", help="for the stage schema")
    return parser.parse_args(arguments)


def _folder(text: str) -> Path:
    if not Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {text}")
    return Path(text)


def _stages(text: str) -> list[str]:
    wanted = [name.strip() for name in text.split(",") if name.strip()]
    if unknown := set(wanted) - {stage.name for stage in STAGES}:
        raise argparse.ArgumentTypeError(f"no stage {', '.join(sorted(unknown))}; see --list")
    return wanted


def run(cluster: Cluster, words: argparse.Namespace, tell: Callable[[str], None]) -> int:
    """Run what is wanted and remove what was made, also when interrupted; the exit code."""
    tell(f"namespace {cluster.kubectl.namespace}")
    results: list[Result] = []
    try:
        make_namespace(cluster.kubectl)
        if words.bench:
            return _bench(cluster, tell)
        for stage in _chosen(words.stages):
            results.append(_run_stage(cluster, stage))
            tell(report.line(results[-1]))
    except KeyboardInterrupt:
        tell("interrupted")
        return INTERRUPTED
    except (DeployError, KubectlError) as error:
        tell(f"cannot go on: {error}")
        return 1
    finally:
        if results:
            report.write_junit(words.junit, results)
        _remove(cluster, tell, keep=words.keep)
    tell(f"{report.summary(results)}; {words.junit}")
    return int(any(result.outcome == Outcome.FAILED for result in results))


def _chosen(names: Sequence[str]) -> list[Stage]:
    return [stage for stage in STAGES if stage.name in names]


def _run_stage(cluster: Cluster, stage: Stage) -> Result:
    began = cluster.clock.now()

    def ended(outcome: Outcome, words: object) -> Result:
        return Result(stage.name, outcome, cluster.clock.now() - began, str(words))

    try:
        if stage.needs_lector:
            _be_deployed(cluster)
        return ended(Outcome.PASSED, stage.run(cluster))
    except LeftOut as reason:
        return ended(Outcome.LEFT_OUT, reason)
    except Exception as error:  # a stage that breaks has failed; the others go on
        return ended(Outcome.FAILED, _describe(error))


def _describe(error: Exception) -> str:
    """Its words; for what is not said by a stage, also its kind."""
    ours = type(error).__module__.startswith("tests.cluster") or isinstance(error, TimeoutError)
    return str(error) if ours else f"{type(error).__name__}: {error}"


def _be_deployed(cluster: Cluster) -> None:
    """Deploy, unless a stage or an earlier run has."""
    if cluster.kubectl.get("ksvc", "upload") is None:
        cluster.deploy(cluster.kubectl)


def _bench(cluster: Cluster, tell: Callable[[str], None]) -> int:
    _be_deployed(cluster)
    starts = benchmark.measure(cluster, tell)
    for line in starts.lines():
        tell(line)
    return int(starts.ratio() > benchmark.BAR)


def _remove(cluster: Cluster, tell: Callable[[str], None], *, keep: bool) -> None:
    """Remove the namespaces that were made, unless they are to be kept."""
    name = cluster.kubectl.namespace
    if not is_ours(cluster.kubectl):
        return
    if keep:
        tell(f"kept: --namespace {name} uses it again; kubectl delete namespace {name} removes it")
        return
    tell(f"removing the namespace {name}")
    began = time.monotonic()
    with suppress(ValueError):  # only a main thread has signals
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        cluster.kubectl.delete("namespace", name)
    except KubectlError as error:
        tell(f"not removed after {time.monotonic() - began:.0f} s: {error}")


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def say(words: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()
