"""One run: the stack, a stream of uploads, noise, quiet, and the verdict."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from lector.domain.states import TextLayerUse
from lector.local import stack
from lector.local.data_folder import DataFolder
from lector.local.process import StackError, free_port
from lector.local.stack import Report, Stack

from . import evidence, papers, quiet, replays, surroundings, twins
from .evidence import Evidence
from .model import Model
from .noise import Noise
from .patience import retry
from .people import People
from .proxies import Proxies
from .schedule import BAD_PAGES, TWINS, disturbances
from .timeline import Timeline
from .twins import Twins
from .uploads import Uploads
from .verdict import Verdict, judge

_START_TRIES = 3
_NOT_STARTED = (StackError, OSError, psycopg.OperationalError)
_LETTER_EVERY, _MOST_LETTERS = 10, 12


@dataclass(frozen=True)
class Plan:
    """How much, for how long, and which noise.

    `text_layer` is what becomes of the text that pages of half of the files carry.
    """

    files: int
    pages: int
    seconds: float
    seed: int
    without: frozenset[str] = frozenset()
    text_layer: TextLayerUse = TextLayerUse.NEVER

    @property
    def with_text(self) -> frozenset[int]:
        """The files that carry their text."""
        return papers.some_with_text(self.files, self.seed)


@dataclass(frozen=True)
class Outcome:
    """What a run has to say."""

    verdict: Verdict
    evidence: Evidence
    noise: Noise
    calls: Counter[str]
    tries: int
    dead_letters: int
    vanished: int
    seconds: float


@dataclass(frozen=True)
class Site:
    """What runs: a whole Lector, its second processes, and the ways between them."""

    lector: Stack
    twins: Twins
    proxies: Proxies
    url: str


def run(plan: Plan, keep: Path | None, report: Report) -> Outcome:
    """Run it all; whatever happens, nothing of it runs on afterwards.

    Raises:
        NoVerdict: the harness could not do its part, or find out what became of the files.

    """
    begin = time.monotonic()
    with _model(plan) as model, ExitStack() as site_and_folder:
        surroundings.settle(model.base_url, plan.text_layer)
        folder = site_and_folder.enter_context(surroundings.data_folder(keep, report))
        inbox = _Inbox(folder, plan)
        site = _start(folder, report, site_and_folder)
        noise, found, tries = _disturbed(plan, inbox, site, model, report)
        evidence.gather(found, site.lector)
        nats = site.lector.embedded.nats.url
        dead = len(replays.event_ids(nats, replays.DEAD))
        published = replays.event_ids(nats, replays.LECTOR)
        gone = evidence.vanished(site.lector.embedded.postgres.url, published)
        seen = judge(found)
    return Outcome(seen, found, noise, model.outcomes, tries, dead, gone, time.monotonic() - begin)


def _start(folder: DataFolder, report: Report, until: ExitStack) -> Site:
    """Start everything; where a port was taken, or a start was too slow, all of it anew."""

    def attempt() -> Site:
        with ExitStack() as parts:
            proxies = parts.enter_context(_proxies())
            through = proxies.through
            lector = parts.enter_context(stack.running(folder, free_port(), report, through))
            url = through(lector.url)
            second = twins.running(lector, proxies, folder, TWINS, report)
            site = Site(lector, parts.enter_context(second), proxies, url)
            until.push(parts.pop_all())
        return site

    return retry("starting Lector", attempt, *_NOT_STARTED, tries=_START_TRIES)


def _disturbed(
    plan: Plan, inbox: "_Inbox", site: Site, model: Model, report: Report
) -> tuple[Noise, Evidence, int]:
    """Upload while there is noise; when that ends everything behaves again, and is waited for."""
    timeline = Timeline()
    uploads = Uploads(site.url, report)
    people = People(site.url, plan.pages, lambda: list(uploads.accepted))
    noise = Noise(site.lector, site.twins, site.proxies, model, people, timeline, report)
    try:
        uploads.begin(inbox.papers(), 0.9 * plan.seconds)
        model.misbehaves = True
        until = time.monotonic() + plan.seconds
        noise.make(disturbances(plan.seed, plan.seconds, plan.without), until)
        model.misbehaves = False
        report("the noise is over; waiting for quiet")
        people.finish()
        left = _wait_for_quiet(plan, inbox, site, uploads, report)
    finally:
        uploads.stop()
        people.stop()
    found = Evidence(
        pages_per_file=plan.pages,
        bad_pages=BAD_PAGES not in plan.without,
        with_text=plan.with_text,
        takes_text=plan.text_layer is not TextLayerUse.NEVER,
        calls=model.calls,
        actions=people.actions,
        accepted=uploads.accepted,
        timeline=timeline,
        refused_uploads=uploads.given_up,
        undelivered=left,
    )
    return noise, found, uploads.tries


def _wait_for_quiet(
    plan: Plan, inbox: "_Inbox", site: Site, uploads: Uploads, report: Report
) -> dict[str, int]:
    """What the consumers still have to settle in the end, after one more file.

    Meanwhile letters come: pages that nobody can read are told from a reader that is away by others
    that are read.
    """
    postgres, nats = site.lector.embedded.postgres.url, site.lector.embedded.nats.url
    letters = iter(inbox.letters() if BAD_PAGES not in plan.without else ())

    def send_letter(look: int) -> None:
        if look % _LETTER_EVERY == 1 and (letter := next(letters, None)):
            uploads.add(letter)

    def look() -> quiet.Look:
        return quiet.look_at(postgres, nats)

    uploads.finish()
    quiet.wait_for_quiet(look, report, send_letter)
    uploads.finish()  # the letters
    report("one more file, of which every page must be read at once, and asked for once")
    uploads.add(inbox.last())
    uploads.finish()
    if quiet.wait_for_quiet(look, report):
        return {}
    for line in quiet.standing(postgres):
        report(f"stands still: {line}")
    return retry("asking the consumers", lambda: replays.consumed(nats), *replays.AWAY).left


class _Inbox:
    """The PDFs of a run, beside its data folder."""

    def __init__(self, folder: DataFolder, plan: Plan) -> None:
        self._folder = folder.path.with_name("inbox")
        self._plan = plan

    def papers(self) -> list[Path]:
        """The files that are read while everything is disturbed."""
        return [self._write(number) for number in range(1, self._plan.files + 1)]

    def last(self) -> Path:
        """A file that comes when all the others are done."""
        return self._write(papers.LAST)

    def letters(self) -> Iterator[Path]:
        """Files of one page, which come when the noise is over."""
        for number in range(papers.LETTERS_FROM, papers.LETTERS_FROM + _MOST_LETTERS):
            yield self._write(number)

    def _write(self, number: int) -> Path:
        self._folder.mkdir(exist_ok=True)
        path = self._folder / f"{number:04}.pdf"
        pages = papers.pages_in(number, self._plan.pages)
        path.write_bytes(papers.pdf(number, pages, self._plan.with_text))
        return path


@contextmanager
def _model(plan: Plan) -> Iterator[Model]:
    model = Model(plan.seed, bad_pages=BAD_PAGES not in plan.without)
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
