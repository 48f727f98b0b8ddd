"""Does to the stack what the schedule says, and counts what was really done."""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from urllib.parse import urlsplit

import psutil
import psycopg

from lector.local.process import Child
from lector.local.stack import Report, Stack

from .model import Model
from .people import People
from .proxies import Manner, Proxies
from .replays import replay
from .schedule import CLOCKS, FUNCTIONS, SECOND_READER, SERVICES, Disturbance
from .timeline import Timeline
from .twins import Twins

_TICK_S = 0.05
_READER = "the reader"
_READER_LONGER_S = 4.0
_CUT_OFF = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'lector_bridge'"

Undo = Callable[[], None]


class Noise:
    """Disturbs a stack. `kills` counts by process, `outages` by what was away or disturbed."""

    def __init__(
        self,
        stack: Stack,
        twins: Twins,
        proxies: Proxies,
        model: Model,
        people: People,
        timeline: Timeline,
        report: Report,
    ) -> None:
        self.kills: Counter[str] = Counter()
        self.outages: Counter[str] = Counter()
        self._stack = stack
        self._twins = twins
        self._proxies = proxies
        self._model = model
        self._people = people
        self._timeline = timeline
        self._report = report
        self._replays: list[Future[None]] = []
        self._names = _names_by_port(stack) | {urlsplit(model.base_url).port or 0: _READER}
        self._kinds: dict[str, Callable[[Disturbance], Undo | None]] = {
            "kill": self._kill,
            "kill worker of": self._kill_worker,
            "kill leader of": self._kill_leader,
            "freeze": self._freeze,
            "away": self._take_away,
            "connection": self._disturb_connection,
            "listener": self._cut_off_listener,
            "person": self._have_somebody_act,
            "reader": self._take_reader_away,
            "clock": self._set_clock,
        }

    def make(self, schedule: Iterable[Disturbance], until: float) -> None:
        """Carry out a schedule; when it ends, by itself or by force, nothing is disturbed."""
        begin = time.monotonic()
        undoings: list[tuple[float, Undo]] = []
        try:
            with ThreadPoolExecutor(4) as aside:
                for what in schedule:
                    _pass_time(begin + what.at_s, undoings)
                    self._carry_out(what, undoings, aside)
                _pass_time(until, undoings)
            for replayed in self._replays:
                replayed.result()
        finally:
            for _, undo in undoings:
                undo()
            self._timeline.end()

    def _carry_out(
        self, what: Disturbance, undoings: list[tuple[float, Undo]], aside: ThreadPoolExecutor
    ) -> None:
        lasts_s = what.lasts_s + (_READER_LONGER_S if what.kind == "reader" else 0.0)
        self._timeline.note(lasts_s)
        if what.kind == "events":  # waits for NATS, which may be away
            self._replays.append(aside.submit(self._repeat_events, what))
        elif undo := self._kinds[what.kind](what):
            undoings.append((time.monotonic() + lasts_s, undo))

    def _child(self, what: Disturbance) -> Child:
        """The process that is meant, or its twin."""
        children = self._twins.of(what.target)
        return children[int(what.which * 1000) % len(children)]

    def _kill(self, what: Disturbance) -> None:
        counted = self.outages if what.target in SERVICES else self.kills
        child = self._child(what)
        if child.alive():
            child.kill()
            counted[what.target] += 1
            self._report(f"killed {what.target}")

    def _kill_worker(self, what: Disturbance) -> None:
        """Gunicorn starts another one by itself."""
        with suppress(psutil.Error):
            workers = psutil.Process(self._child(what).pid).children()
            if workers:
                workers[int(what.which * len(workers))].kill()
                self.kills[f"{what.target} worker"] += 1
                self._report(f"killed a worker of {what.target}")

    def _kill_leader(self, what: Disturbance) -> None:
        """Its workers find out by themselves, and have the port until then."""
        with suppress(psutil.Error):
            psutil.Process(self._child(what).pid).kill()
            self.kills[f"{what.target} leader"] += 1
            self._report(f"killed the leader of {what.target}")

    def _take_away(self, what: Disturbance) -> Undo:
        """Nobody reaches a service for a while; it refuses, or does not even do that."""
        manner = Manner.REFUSE if what.which < 0.5 else Manner.HOLD
        self.outages[f"{what.target} unreachable"] += 1
        self._report(f"{what.target} is unreachable ({manner.value}) for {what.lasts_s:.1f} s")
        return self._block(what.target, manner)

    def _block(self, name: str, manner: Manner) -> Undo:
        ways = [p for p in self._proxies.all if self._names.get(p.targets[0][1]) == name]
        for proxy in ways:
            self._proxies.behave(proxy, manner)

        def come_back() -> None:
            for proxy in ways:
                self._proxies.behave(proxy, Manner.PASS)

        return come_back

    def _take_reader_away(self, what: Disturbance) -> Undo:
        """Nothing listens where the reader was, or it says "not now" to everything."""
        self.outages[f"reader away: {what.target}"] += 1
        self._report(f"the reader is away ({what.target})")
        if what.target == "refuses":
            return self._block(_READER, Manner.REFUSE)
        self._model.away_with = int(what.target)

        def come_back() -> None:
            self._model.away_with = None

        return come_back

    def _set_clock(self, what: Disturbance) -> Undo | None:
        """One process has another time of day for a while; the clock jumps there, and back."""
        names = self._twins.names
        if not names:
            return None
        name = names[int(what.which * len(names))]
        clock = self._twins.clock(name)
        clock.write_text(str(CLOCKS[what.target]))
        self.outages[f"clock {what.target}"] += 1
        self._report(f"the clock of one {name} is {what.target} for {what.lasts_s:.1f} s")
        return lambda: clock.unlink(missing_ok=True)

    def _have_somebody_act(self, what: Disturbance) -> None:
        if self._people.act(what, self._report):
            self.outages[f"somebody: {what.target}"] += 1

    def _freeze(self, what: Disturbance) -> Undo | None:
        child = self._child(what)
        group = child.pid
        if not child.alive():
            return None

        def thaw() -> None:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGCONT)

        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGSTOP)
            self.outages[f"{what.target} frozen"] += 1
            self._report(f"froze {what.target} for {what.lasts_s:.1f} s")
        return thaw

    def _disturb_connection(self, what: Disturbance) -> Undo | None:
        proxies = [proxy for proxy in self._proxies.all if proxy.in_use] or self._proxies.all
        proxy = proxies[int(what.which * len(proxies))]
        where = f"{proxy.scheme} to {self._names.get(proxy.targets[0][1], 'somewhere')}"
        if what.target == "cut":
            count = self._proxies.cut(proxy)
            self.outages["connections cut"] += count
            self._report(f"cut {count} connections of {where}")
            return None
        self._proxies.behave(proxy, Manner(what.target))
        self.outages[f"connections: {what.target}"] += 1
        self._report(f"{where}: {what.target} for {what.lasts_s:.1f} s")
        return lambda: self._proxies.behave(proxy, Manner.PASS)

    def _cut_off_listener(self, _: Disturbance) -> None:
        with suppress(psycopg.Error):
            url = self._stack.embedded.postgres.url
            with psycopg.connect(url, connect_timeout=2) as connection:
                cut = len(connection.execute(_CUT_OFF).fetchall())
            self.outages["listener cut off"] += cut
            self._report(f"cut off {cut} connections of the listener")

    def _repeat_events(self, what: Disturbance) -> None:
        again = replay(self._stack.embedded.nats.url, what.which)
        self.outages["events again, shuffled"] += again
        self._report(f"published {again} events again, in another order")


def _names_by_port(stack: Stack) -> dict[int, str]:
    children = [stack.child(name).part for name in (*FUNCTIONS, "jetstream-sink", SECOND_READER)]
    embedded = stack.embedded
    urls = {
        "nats": embedded.nats.url,
        "postgres": embedded.postgres.url,
        "seaweedfs": embedded.settings["S3_ENDPOINT"],
    }
    names = {int(part.env["PORT"]): part.name for part in children}
    return names | {urlsplit(url).port or 0: name for name, url in urls.items()}


def _pass_time(until: float, undoings: list[tuple[float, Undo]]) -> None:
    """Wait, and meanwhile undo what has lasted long enough."""
    while (now := time.monotonic()) < until:
        for due in [entry for entry in undoings if entry[0] <= now]:
            undoings.remove(due)
            due[1]()
        time.sleep(_TICK_S)
