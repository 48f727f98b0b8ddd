"""People who retry, cancel and delete files while everything is disturbed, and what they were told.

A request whose answer was lost may have been carried out, and may be even later than the next one:
such an action is `uncertain`.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from random import Random
from typing import Any

import httpx2

from lector.local.stack import Report

from . import papers
from .schedule import Disturbance
from .uploads import Accepted

_AT_ONCE = 4
_TIMEOUT_S = 15.0
_TRIES, _PAUSE_S = 60, 0.5
_LONGEST_UNCERTAIN_S = 60.0
_MOST_PAGES = 3
_AMONG_OLDEST, _AMONG_NEWEST = 2, 4
_NOT_NOW = (429, 503)


@dataclass
class Action:
    """What somebody did to a file. Moments are seconds since 1970.

    `pages` are those that were named, none for the whole file. `done` says whether it was accepted,
    and `status` is the file's in the answer.
    """

    kind: str
    file: Accepted
    began: float
    pages: frozenset[int] = frozenset()
    ended: float = float("inf")
    done: bool = False
    uncertain: bool = False
    status: str = ""

    @property
    def effective_until(self) -> float:
        """After this it changes nothing any more."""
        return self.ended + (_LONGEST_UNCERTAIN_S if self.uncertain else 0.0)

    @property
    def may_have_happened(self) -> bool:
        return self.done or self.uncertain


class People:
    """Do to files what a schedule says; `actions` is what they did, in the order they began."""

    def __init__(self, url: str, pages: int, accepted: Callable[[], list[Accepted]]) -> None:
        self.actions: list[Action] = []
        self._pages = pages
        self._accepted = accepted
        self._http = httpx2.Client(base_url=url, timeout=_TIMEOUT_S)
        self._pool = ThreadPoolExecutor(_AT_ONCE)
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._busy: set[str] = set()
        self._running: list[Future[None]] = []

    def act(self, what: Disturbance, report: Report) -> bool:
        """Have somebody do something to a file; False if there is none for it now."""
        with self._lock:
            action = self._choose(what)
            if action is None:
                return False
            self._busy.add(action.file.id)
            self.actions.append(action)
        named = f" (pages {_list(action.pages)})" if action.pages else ""
        report(f"somebody says: {action.kind} {action.file.number:04}.pdf{named}")
        self._running.append(self._pool.submit(self._do, action))
        return True

    def finish(self) -> None:
        """Wait until all are answered."""
        for running in self._running:
            running.result()

    def stop(self) -> None:
        """Leave it."""
        self._stop.set()
        self._pool.shutdown(cancel_futures=True)
        self._http.close()

    def _choose(self, what: Disturbance) -> Action | None:
        gone = {a.file.id for a in self.actions if a.kind == "delete" and a.may_have_happened}
        files = [f for f in self._accepted() if f.id not in gone | self._busy]
        if what.target == "retry file":  # there is something to retry
            cancelled = {a.file.id for a in self.actions if a.kind == "cancel" and a.done}
            files = [f for f in files if f.id in cancelled] or files
        elif what.target == "retry pages":  # which were read, most likely
            files = files[: max(_AMONG_OLDEST, len(files) // 2)]
        elif what.target == "cancel" or (what.target == "delete" and what.which < 0.5):
            files = files[-_AMONG_NEWEST:]  # still being read, most likely
        if not files:
            return None
        chance = Random(what.which)
        file = chance.choice(files)
        pages = self._some_pages(file, chance) if what.target == "retry pages" else frozenset[int]()
        return Action(what.target, file, time.time(), pages)

    def _some_pages(self, file: Accepted, chance: Random) -> frozenset[int]:
        """Pages that show something: nobody has a blank one read again."""
        numbers = [n for n in range(1, self._pages + 1) if not papers.is_blank(file.number, n)]
        return frozenset(chance.sample(numbers, min(len(numbers), chance.randint(1, _MOST_PAGES))))

    def _do(self, action: Action) -> None:
        try:
            for _ in range(_TRIES):
                if self._stop.is_set() or self._settle(action):
                    break
                self._stop.wait(_PAUSE_S)
            else:
                action.uncertain = True
        finally:
            action.ended = time.time()
            with self._lock:
                self._busy.discard(action.file.id)

    def _settle(self, action: Action) -> bool:
        """Try once; whether the answer is final."""
        try:
            answer = self._send(action)
        except httpx2.TransportError as error:
            action.uncertain |= not isinstance(error, httpx2.ConnectError)
            return False
        if answer.status_code in _NOT_NOW:
            return False
        if answer.status_code >= 500:
            action.uncertain = True
            return False
        found_gone = action.kind == "delete" and answer.status_code == 404
        action.done = answer.is_success or (found_gone and action.uncertain)
        if answer.is_success and answer.content:
            action.status = answer.json()["status"]
        return True

    def _send(self, action: Action) -> httpx2.Response:
        path = f"/v1/files/{action.file.id}"
        if action.kind == "delete":
            return self._http.delete(path)
        if action.kind == "cancel":
            return self._http.post(f"{path}/cancel")
        body: dict[str, Any] = {"pages": _list(action.pages)} if action.pages else {}
        return self._http.post(f"{path}/retry", json=body)


def _list(pages: frozenset[int]) -> str:
    return ",".join(map(str, sorted(pages)))
