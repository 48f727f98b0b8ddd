"""One run: the stack, a stream of uploads, noise, quiet, and the verdict."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lector.local import stack
from lector.local.data_folder import DataFolder
from lector.local.process import free_port
from lector.local.stack import Report

from . import papers, replays, surroundings
from .model import Model
from .noise import Noise
from .proxies import Proxies
from .quiet import wait_for_quiet
from .schedule import disturbances
from .uploads import Uploads
from .verdict import Verdict, vanished, verdict

_UPLOAD_PATIENCE_S = 60.0
_QUIET_S = 240.0


@dataclass(frozen=True)
class Plan:
    """How much, for how long, and which noise."""

    files: int
    pages: int
    seconds: float
    seed: int


@dataclass(frozen=True)
class Outcome:
    """What a run has to say."""

    verdict: Verdict
    noise: Noise
    model: Model
    uploads: Uploads
    dead_letters: int
    vanished: int
    seconds: float


def run(plan: Plan, keep: Path | None, report: Report) -> Outcome:
    """Run it all; whatever happens, nothing of it runs on afterwards."""
    begin = time.monotonic()
    with _model(plan.seed) as model, _proxies() as proxies:
        surroundings.settle(model.base_url)
        with surroundings.data_folder(keep, report) as folder:
            paths = _papers(folder, plan)
            with stack.running(folder, free_port(), report, proxies.through) as lector:
                noise = Noise(lector, proxies, report)
                uploads = _disturbed(plan, paths, proxies.through(lector.url), model, noise, report)
                postgres, nats = lector.embedded.postgres.url, lector.embedded.nats.url
                wait_for_quiet(postgres, nats, _QUIET_S, report)
                seen = verdict(lector.url, postgres, uploads.accepted, plan.pages)
                dead = len(replays.event_ids(nats, replays.DEAD))
                gone = vanished(postgres, replays.event_ids(nats, replays.LECTOR))
    return Outcome(seen, noise, model, uploads, dead, gone, time.monotonic() - begin)


def _disturbed(
    plan: Plan, paths: list[Path], url: str, model: Model, noise: Noise, report: Report
) -> Uploads:
    """Upload while there is noise; when that ends everything behaves again."""
    uploads = Uploads(url, report)
    try:
        uploads.begin(paths, 0.9 * plan.seconds, _UPLOAD_PATIENCE_S)
        model.misbehaves = True
        noise.make(disturbances(plan.seed, plan.seconds), time.monotonic() + plan.seconds)
        model.misbehaves = False
        report("the noise is over; waiting for quiet")
        uploads.finish()
    finally:
        uploads.stop()
    return uploads


def _papers(folder: DataFolder, plan: Plan) -> list[Path]:
    inbox = folder.path.with_name("inbox")
    inbox.mkdir()
    paths = [inbox / f"{number:04}.pdf" for number in range(1, plan.files + 1)]
    for number, path in enumerate(paths, 1):
        path.write_bytes(papers.pdf(number, plan.pages))
    return paths


@contextmanager
def _model(seed: int) -> Iterator[Model]:
    model = Model(seed)
    try:
        yield model
    finally:
        model.stop()


@contextmanager
def _proxies() -> Iterator[Proxies]:
    proxies = Proxies()
    try:
        yield proxies
    finally:
        proxies.stop()
