"""fair_…: what good work loses beside a book, another tenant, and pages whose model fails.

The model takes 1 s for a page, 8 at a time; its other names fail as servers do. All goes through
the API. Each name has a stack of its own, so that slots, lanes and caches begin anew.
"""

import math
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from benchmarks import in_process
from benchmarks.reporting import Outcome, say
from lector.local import stack
from lector.local.data_folder import DataFolder
from lector.local.process import free_port
from lector.local.stack import Stack
from tests.support import without_model
from tests.support.behaving_model import GOOD, WORDS, BehavingModel, names_cause
from tests.support.marked_files import MarkedFile, Uploader, next_document

_BAD = ("says-500", "says-503", "breaks-off", "hangs", "drips")
_BESIDE = {f"fair_{model.replace('-', '_')}": model for model in _BAD}
NAMES = ("fair_letter", "fair_tenants", *_BESIDE, "fair_hundreds", "fair_away")
LONGEST_S = 900

_AT_ONCE, _MODEL_S = 8, 1.0
# Room for pages that hang, beside as many as the model answers at once.
_SLOTS_BESIDE_BAD = 2 * _AT_ONCE
_TIMEOUT_S = 5
_ADMIN = "admin-of-the-benchmark"

_BOOK_PAGES, _LETTER_PAGES, _MOST_MEANWHILE = 2000, 2, 40
_BIG_PAGES, _SMALL_PAGES, _MOST_TIMES = 1000, 10, 1.5
_GOOD_FILES, _GOOD_PAGES, _BAD_PAGES = 2, 80, 4
_LEAST_THROUGHPUT = 0.9
_MOST_ASKS, _PROBE_EVERY_S = 3, 30.0
_HUNDRED = 100
_AWAY_PAGES, _AWAY_S, _AWAY_AFTER_PAGES = 240, 60.0, 60
# Each slot may fail a few times until it is known; then there are probes, soon or every 30 s.
_MOST_WHILE_AWAY = 3 * _SLOTS_BESIDE_BAD
_KNOWN_AFTER_S, _MOST_PROBES = 3.0, 5


@dataclass(frozen=True)
class World:
    """A Lector that runs, its model, and somebody who uploads."""

    url: str
    folder: Path
    model: BehavingModel
    uploader: Uploader


def measure(folder: Path, wanted: Collection[str]) -> Iterator[Outcome]:
    """Of one name, each of its scenarios."""
    [name] = wanted
    if name == "fair_letter":
        yield _letter(folder / name)
    elif name == "fair_tenants":
        yield _tenants(folder / name)
    elif name == "fair_hundreds":
        yield from _hundreds(folder / name)
    elif name == "fair_away":
        yield _away(folder / name)
    else:
        yield from _beside_bad(folder / name, name)


@contextmanager
def _running(folder: Path, slots: int = _AT_ONCE, **settings: str) -> Iterator[World]:
    model = BehavingModel(_MODEL_S, _AT_ONCE)
    data = DataFolder(folder / "data")
    data.logs.mkdir(parents=True)
    environment = {
        "OPENAI_BASE_URL": model.base_url,
        "OPENAI_API_KEY": "bench",
        "READER_CHECK": "0",
        "OPENAI_MODEL": GOOD,
        "MODEL_TIMEOUT_S": str(_TIMEOUT_S * _AT_ONCE),
        "FUNCTION_CAPACITY": f"llm={slots}",
        **without_model.ASKING,
        **settings,
    }
    try:
        with (
            in_process.environment(environment),
            stack.running(data, free_port(), say) as started,
            Uploader(started.url, folder, settings.get("ADMIN_TOKEN")) as uploader,
        ):
            yield World(started.url, folder, model, uploader)
            _check_the_model_was_asked(started)
    finally:
        model.stop()


def _check_the_model_was_asked(started: Stack) -> None:
    with psycopg.connect(started.embedded.postgres.url) as connection:
        if pages := without_model.pages_without_model(connection):
            raise RuntimeError(f"{len(pages)} pages were read without the model")


# --- A long file, and a short one after it ----------------------------------------------------


def _letter(folder: Path) -> Outcome:
    with _running(folder) as world:
        _warm_up(world)
        alone_s = _alone(world.uploader, _LETTER_PAGES)
        say(f"fair_letter: a book of {_BOOK_PAGES} pages")
        book = world.uploader.upload(_BOOK_PAGES)
        before = book.wait_read(_MOST_MEANWHILE, within_s=120)
        letter = world.uploader.upload(_LETTER_PAGES)
        seconds = letter.wait_finished(within_s=60)
        meanwhile = book.pages_read() - before
        book.cancel()
    return Outcome(
        "fair_letter",
        f"a letter of {_LETTER_PAGES} pages while a book of {_BOOK_PAGES} is read",
        _LETTER_PAGES,
        seconds,
        alone_s,
        meanwhile,
        "pages of the book meanwhile, fewer than",
        _MOST_MEANWHILE,
        seconds is not None and before > 0 and meanwhile < _MOST_MEANWHILE,
        f"{before} pages of the book were read before",
    )


def _tenants(folder: Path) -> Outcome:
    with _running(folder, API_AUTH="required", ADMIN_TOKEN=_ADMIN) as world:
        _warm_up(world)
        with _tenant(world, "first") as first, _tenant(world, "second") as second:
            alone_s = _alone(second, _SMALL_PAGES)
            say(f"fair_tenants: one with {_BIG_PAGES} pages, then one with {_SMALL_PAGES}")
            big = first.upload(_BIG_PAGES)
            before = big.wait_read(_MOST_MEANWHILE, within_s=120)
            small = second.upload(_SMALL_PAGES)
            seconds = small.wait_finished(within_s=60)
            meanwhile = big.pages_read() - before
            big.cancel()
    limit = _MOST_TIMES * alone_s + _MODEL_S
    return Outcome(
        "fair_tenants",
        f"a tenant with {_SMALL_PAGES} pages beside one with {_BIG_PAGES}",
        _SMALL_PAGES,
        seconds,
        alone_s,
        seconds,
        "s, at most 1.5 times those alone and one call more",
        limit,
        before > 0 and seconds is not None and seconds <= limit,
        f"{meanwhile} pages of the other tenant meanwhile",
    )


def _tenant(world: World, name: str) -> Uploader:
    token = {"name": name, "tenant": name}
    answer = world.uploader.client.send("POST", "/v1/tokens", json=token)
    return Uploader(world.url, world.folder, answer["token"])


# --- Files whose model fails, beside good ones ------------------------------------------------


def _beside_bad(folder: Path, name: str) -> Iterator[Outcome]:
    """Bad first on a Lector that has read nothing, both at once, good first."""
    model = _BESIDE[name]
    settings = {"MODEL_TIMEOUT_S": str(_TIMEOUT_S)}
    with _running(folder / "alone", _SLOTS_BESIDE_BAD, **settings) as world:
        idle_alone_s = BesideBad(world, name, model).good_alone("on an idle Lector")
    with _running(folder / "beside", _SLOTS_BESIDE_BAD, **settings) as world:
        beside = BesideBad(world, name, model)
        yield beside.outcome(beside.run("bad first, on an idle Lector", 5.0), idle_alone_s)
        yield from beside.in_orders({"at once": 0.0, "good first": None})


@dataclass(frozen=True)
class Run:
    """Seconds of good files in an order; what became of the bad one, and whether it is right."""

    order: str
    seconds: float | None
    what: str
    well: bool


class BesideBad:
    """A bad file beside good ones in some order, and what became of both."""

    def __init__(
        self,
        world: World,
        name: str,
        model: str,
        good: tuple[int, int] = (_GOOD_FILES, _GOOD_PAGES),
    ) -> None:
        self._world = world
        self._name = name
        self._model = model
        self._files, self._pages = good

    def good_alone(self, where: str = "") -> float:
        """Seconds that the good files take while there is nothing else."""
        say(f"{self._name}: good files alone {where}")
        return _in_time(_last(self._upload_good()))

    def in_orders(
        self, pauses: Mapping[str, float | None], bad_pages: int = _BAD_PAGES
    ) -> Iterator[Outcome]:
        """Runs of these orders, beside the mean of the good files alone before and after.

        How far these two are apart shows what else happened on the machine.
        """
        before = self.good_alone()
        runs = [self.run(order, pause_s, bad_pages) for order, pause_s in pauses.items()]
        after = self.good_alone()
        for run in runs:
            what = f"{run.what}; alone {before:.1f} s before and {after:.1f} s after"
            yield self.outcome(replace(run, what=what), (before + after) / 2)

    def run(self, order: str, pause_s: float | None, bad_pages: int = _BAD_PAGES) -> Run:
        """Good files that come `pause_s` after the bad one; None: the bad one after them."""
        say(f"{self._name}: {order}")
        upload = self._world.uploader.upload
        if pause_s is None:
            good = self._upload_good()
            good[0].wait_read(_AT_ONCE, within_s=60)
            bad = upload(bad_pages, self._model)
        else:
            bad = upload(bad_pages, self._model)
            time.sleep(pause_s)
            good = self._upload_good()
        seconds = _last(good)
        what, well = _end_of_bad(self._world, bad, self._model)
        return Run(order, seconds, what, well)

    def outcome(self, run: Run, alone_s: float) -> Outcome:
        """A run beside the good files alone."""
        throughput = alone_s / run.seconds if run.seconds else 0.0
        return Outcome(
            self._name,
            run.order,
            self._files * self._pages,
            run.seconds,
            alone_s,
            throughput,
            "of the good files' throughput alone, at least",
            _LEAST_THROUGHPUT,
            run.well and throughput >= _LEAST_THROUGHPUT,
            run.what,
        )

    def _upload_good(self) -> list[MarkedFile]:
        return [self._world.uploader.upload(self._pages) for _ in range(self._files)]


def _end_of_bad(world: World, bad: MarkedFile, model: str) -> tuple[str, bool]:
    """What became of a bad file while others are read, and whether that is right."""
    seconds = _end_among_others(world, bad)
    lived_s = time.time() - bad.uploaded_at
    bad.cancel()
    reasons = bad.failures()
    asked = world.model.asked(bad.document)
    most = max(asked.values(), default=0)
    # What fails before the lane is known to be away does not count, nor does a probe.
    probes = 1 + math.ceil(lived_s / _PROBE_EVERY_S)
    well = (
        seconds is not None
        and len(reasons) == bad.pages
        and all(names_cause(model, reason, _TIMEOUT_S) for reason in reasons)
        and 0 < most <= _MOST_ASKS + probes
    )
    end = f"after {seconds:.1f} s" if seconds else "not ended, cancelled"
    said = f"; {reasons[0]!r}" if reasons else ""
    what = f"bad file {end}, {len(reasons)} of {bad.pages} failed, each asked at most {most} times"
    return f"{what}{said}", well


def _end_among_others(world: World, bad: MarkedFile) -> float | None:
    """Seconds until a bad file ends, while its lane answers others; None if it does not."""
    deadline = time.monotonic() + 60
    while (seconds := bad.wait_finished(within_s=0)) is None and time.monotonic() < deadline:
        world.uploader.upload(_AT_ONCE).wait_finished(within_s=20)
    return seconds


# --- Bad pages among good ones, and a reader that goes away ------------------------------------


def _hundreds(folder: Path) -> Iterator[Outcome]:
    """As many bad pages as good ones, in two files of one lane, and in one file."""
    with _running(folder, _SLOTS_BESIDE_BAD) as world:
        _warm_up(world)
        beside = BesideBad(world, "fair_hundreds", "says-500", (1, _HUNDRED))
        [both] = beside.in_orders({"100 bad pages and 100 good ones, two files": 0.0}, _HUNDRED)
        yield both
        yield _mixed(world, both.alone_s)


def _mixed(world: World, alone_s: float) -> Outcome:
    say("fair_hundreds: one file")
    document, pages = next_document(), 2 * _HUNDRED
    world.model.behaviours |= {(document, n): "says-500" for n in range(1, pages, 2)}
    file = world.uploader.upload(pages, document=document)
    began = time.time()
    file.wait_read(_HUNDRED, within_s=90)
    good_s = time.time() - began
    seconds = _end_among_others(world, file)
    read, reasons = file.pages_read(), file.failures()
    most = max(world.model.asked(document).values())
    right = sum(WORDS["says-500"] in reason for reason in reasons)
    file.cancel()
    return Outcome(
        "fair_hundreds",
        "100 bad pages and 100 good ones, one file",
        pages,
        seconds,
        alone_s,
        read + right,
        "pages read, or failed with the server's words, all of",
        pages,
        seconds is not None and (read, right) == (_HUNDRED, _HUNDRED) and most <= _MOST_ASKS + 1,
        f"{read} read within {good_s:.1f} s, {len(reasons)} failed, asked at most {most} times",
    )


def _away(folder: Path) -> Outcome:
    with _running(folder, _SLOTS_BESIDE_BAD) as world:
        _warm_up(world)
        say("fair_away: the file alone")
        alone_s = _alone(world.uploader, _AWAY_PAGES)
        say(f"fair_away: {_AWAY_S:.0f} s in which the model says 500")
        file = world.uploader.upload(_AWAY_PAGES)
        before = file.wait_read(_AWAY_AFTER_PAGES, within_s=60)
        begin = time.time()
        world.model.is_away = True
        time.sleep(_AWAY_S)
        world.model.is_away = False
        calls = world.model.calls_between(begin, begin + _AWAY_S)
        probes = world.model.calls_between(begin + _KNOWN_AFTER_S, begin + _AWAY_S)
        limit = alone_s / _LEAST_THROUGHPUT + _AWAY_S + _PROBE_EVERY_S
        seconds = file.wait_finished(within_s=2 * limit)
        read, failed = file.pages_read(), len(file.failures())
        file.cancel()
    in_the_middle = 0 < before < _AWAY_PAGES
    well = in_the_middle and seconds is not None and seconds <= limit and read == _AWAY_PAGES
    return Outcome(
        "fair_away",
        f"the model says 500 to everything for {_AWAY_S:.0f} s in the middle of a file",
        _AWAY_PAGES,
        seconds,
        alone_s,
        seconds,
        "s, at most those alone (a tenth more), the outage, and the time between two probes",
        limit,
        well and failed == 0 and calls <= _MOST_WHILE_AWAY and probes <= _MOST_PROBES,
        f"{before} pages before, {read} read and {failed} failed in all; {calls} requests during"
        f" the outage (at most {_MOST_WHILE_AWAY}), {probes} of them later than"
        f" {_KNOWN_AFTER_S:.0f} s (at most {_MOST_PROBES})",
    )


# --- What all share ---------------------------------------------------------------------------


def _warm_up(world: World) -> None:
    """Read a file, so that connections, slots and modules are there."""
    _alone(world.uploader, 3 * _AT_ONCE)


def _alone(uploader: Uploader, pages: int) -> float:
    return _in_time(_last([uploader.upload(pages)]))


def _in_time(seconds: float | None) -> float:
    """Seconds that were measured; TimeoutError if good files alone were not read."""
    if seconds is None:
        raise TimeoutError("good files alone were not read in time")
    return seconds


def _last(files: Sequence[MarkedFile]) -> float | None:
    """Seconds from the first upload to the end of the last; None if they take too long."""
    expected_s = sum(file.pages for file in files) / _AT_ONCE * _MODEL_S
    deadline = time.monotonic() + 3 * expected_s + 30
    for file in files:
        if file.wait_finished(within_s=max(0.0, deadline - time.monotonic())) is None:
            for late in files:
                late.cancel()
            return None
    ended = [file.uploaded_at + _in_time(file.wait_finished(within_s=0)) for file in files]
    return max(ended) - files[0].uploaded_at
