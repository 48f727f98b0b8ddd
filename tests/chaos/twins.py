"""A second process beside each function and the JetStream source, as several pods would be.

Functions share what comes for them, connection by connection; the sources share the consumers. The
wall clock of each twin is set by a file (`clock/sitecustomize.py`), for one process to be wrong.
"""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from lector.local.data_folder import DataFolder
from lector.local.functions import healthy
from lector.local.process import Child, StackError, free_port, wait_ready
from lector.local.stack import Report, Stack

from .patience import retry
from .proxies import Proxies

_WATCH_S = 0.25
_CLOCK = Path(__file__).with_name("clock")
_START_TRIES = 3
_START_TIMEOUT_S = 300.0


class Twins:
    """The second processes; they are started again when they end, as a stack's are."""

    def __init__(self, stack: Stack, proxies: Proxies, folder: DataFolder, report: Report) -> None:
        self._stack = stack
        self._proxies = proxies
        self._logs = folder.logs
        self._report = report
        self._children: dict[str, Child] = {}
        self._stop = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="watch twins")

    @property
    def names(self) -> list[str]:
        """Of which processes there are two."""
        return list(self._children)

    def of(self, name: str) -> list[Child]:
        """The processes that do one work: one, or two."""
        twin = self._children.get(name)
        return [self._stack.child(name), *([twin] if twin else [])]

    def start(self, names: Sequence[str]) -> None:
        """Start them all, and have them share the work; one whose port is taken gets another."""
        for name in names:
            self._children[name] = self._launch(name)
        for name in names:
            retry(f"a second {name}", partial(self._join, name), StackError, tries=_START_TRIES)
        self._watcher.start()

    def _join(self, name: str) -> None:
        child = self._children[name]
        try:
            wait_ready(child, healthy(_port(child)), _START_TIMEOUT_S)
        except StackError:
            child.kill()
            self._children[name] = self._launch(name)
            raise
        self._proxies.share(_port(self._stack.child(name)), _port(child))

    def _launch(self, name: str) -> Child:
        part = self._stack.child(name).part
        path = os.pathsep.join(filter(None, [str(_CLOCK), os.environ.get("PYTHONPATH")]))
        ours = {"CHAOS_CLOCK": str(self.clock(name)), "PYTHONPATH": path, "PORT": str(free_port())}
        return Child(replace(part, name=f"{name}-2", env={**part.env, **ours}), self._logs)

    def clock(self, name: str) -> Path:
        """The file that sets the wall clock of the second process of this name, in seconds."""
        return self._logs.with_name(f"clock-{name}")

    def _watch(self) -> None:
        while not self._stop.wait(_WATCH_S):
            for child in self._children.values():
                if not child.alive() and child.may_start_again():
                    child.start()

    def stop(self) -> None:
        """Stop them all."""
        self._stop.set()
        if self._watcher.is_alive():
            self._watcher.join()
        for child in self._children.values():
            child.ask_to_stop()
        for child in self._children.values():
            child.wait_stopped()


@contextmanager
def running(
    stack: Stack, proxies: Proxies, folder: DataFolder, names: Sequence[str], report: Report
) -> Iterator[Twins]:
    """Twins for as long as the block lasts."""
    twins = Twins(stack, proxies, folder, report)
    try:
        twins.start(names)
        yield twins
    finally:
        twins.stop()


def _port(child: Child) -> int:
    return int(child.part.env["PORT"])
