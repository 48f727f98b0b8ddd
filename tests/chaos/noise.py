"""Does to the stack what the schedule says, and counts what was really done."""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from urllib.parse import urlsplit

import psutil
import psycopg

from lector.local.stack import Report, Stack

from .proxies import Manner, Proxies
from .replays import replay
from .schedule import FUNCTIONS, SERVICES, Disturbance

_TICK_S = 0.05
_CUT_OFF = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'lector_bridge'"

Undo = Callable[[], None]


class Noise:
    """Disturbs a stack. `kills` counts by process, `outages` by what was away or disturbed."""

    def __init__(self, stack: Stack, proxies: Proxies, report: Report) -> None:
        self.kills: Counter[str] = Counter()
        self.outages: Counter[str] = Counter()
        self._stack = stack
        self._proxies = proxies
        self._report = report
        self._names = _names_by_port(stack)
        self._kinds: dict[str, Callable[[Disturbance], Undo | None]] = {
            "kill": self._kill,
            "kill worker of": self._kill_worker,
            "kill leader of": self._kill_leader,
            "freeze": self._freeze,
            "away": self._take_away,
            "connection": self._disturb_connection,
            "listener": self._cut_off_listener,
            "events": self._repeat_events,
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
        finally:
            for _, undo in undoings:
                undo()

    def _carry_out(
        self, what: Disturbance, undoings: list[tuple[float, Undo]], aside: ThreadPoolExecutor
    ) -> None:
        if what.kind == "events":  # waits for NATS, which may be away
            aside.submit(self._repeat_events, what)
        elif undo := self._kinds[what.kind](what):
            undoings.append((time.monotonic() + what.lasts_s, undo))

    def _kill(self, what: Disturbance) -> None:
        counted = self.outages if what.target in SERVICES else self.kills
        child = self._stack.child(what.target)
        if child.alive():
            child.kill()
            counted[what.target] += 1
            self._report(f"killed {what.target}")

    def _kill_worker(self, what: Disturbance) -> None:
        """Gunicorn starts another one by itself."""
        with suppress(psutil.Error):
            workers = psutil.Process(self._stack.child(what.target).pid).children()
            if workers:
                workers[int(what.which * len(workers))].kill()
                self.kills[f"{what.target} worker"] += 1
                self._report(f"killed a worker of {what.target}")

    def _kill_leader(self, what: Disturbance) -> None:
        """Its workers find out by themselves, and have the port until then."""
        with suppress(psutil.Error):
            psutil.Process(self._stack.child(what.target).pid).kill()
            self.kills[f"{what.target} leader"] += 1
            self._report(f"killed the leader of {what.target}")

    def _take_away(self, what: Disturbance) -> Undo:
        """Nobody reaches a service for a while; it refuses, or does not even do that."""
        manner = Manner.REFUSE if what.which < 0.5 else Manner.HOLD
        ways = [p for p in self._proxies.all if self._names.get(p.target[1]) == what.target]
        for proxy in ways:
            self._proxies.behave(proxy, manner)
        self.outages[f"{what.target} unreachable"] += 1
        self._report(f"{what.target} is unreachable ({manner.value}) for {what.lasts_s:.1f} s")

        def come_back() -> None:
            for proxy in ways:
                self._proxies.behave(proxy, Manner.PASS)

        return come_back

    def _freeze(self, what: Disturbance) -> Undo | None:
        child = self._stack.child(what.target)
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
        where = f"{proxy.scheme} to {self._names.get(proxy.target[1], 'the model')}"
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
    children = [stack.child(name).part for name in (*FUNCTIONS, "jetstream-sink")]
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
