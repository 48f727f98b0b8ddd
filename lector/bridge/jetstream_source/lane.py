"""One lane of a subscription: its slots, whether it is away, and whose event is next.

A lane is the reader that an event is for. What is wrong with one event is not held against others:
the next event is that of the tenant, then of the file, with the fewest under way; a file whose
events fail has one under way while others wait, with a pause after each. Only when several
different events have failed in a row, with no success between, is the lane taken to be away; those
of one file do not say so while another file is there to say otherwise. Then it is probed, one event
at a time, a different one each time, with pauses that grow to half a minute, and opens at the first
success of an event that began since; each success of one that began before allows a probe at once.
A file that came since is probed at once, too. An event that failed before a success is at fault
itself: when it fails again, that says nothing of the lane.
"""

import math
import time
from collections import Counter
from collections.abc import Callable
from itertools import chain
from typing import TypeVar

from lector.bridge.jetstream_source.adaptive_concurrency import Slots
from lector.bridge.jetstream_source.waiting import Job, Waiting
from lector.domain import readers
from lector.runtime.backoff import Backoff

_PROBE_S, _LONGEST_PROBE_S = 1.0, 30.0
# While nothing starts or ends for so long, a file with nothing under way gets a slot of its own.
_STUCK_S = 2.0
_SOON_S = 0.1
# After a failure of a file, while others are read: what fails at once must not take all the time.
_FAILING_PAUSE_S = 0.25
_MOST_KNOWN = 10_000
Key = TypeVar("Key", int, str)


class Lane:
    """The jobs of one reader: those that wait, and those that have one of its slots.

    `judges` is whether failures tell of the lane as a whole; else each is its event's own matter.
    """

    def __init__(
        self, slots: Slots, *, judges: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.slots = slots
        self.waiting = Waiting()
        self._judges = judges
        self._clock = clock
        self._by_file: Counter[str] = Counter()
        self._by_tenant: Counter[str] = Counter()
        self._last_change = clock()
        # Since the last success: when each event failed, and whose they are.
        self._failed: dict[int, float] = {}
        self._failed_files: set[str] = set()
        # Events that failed before a success, and files whose own last event failed, with when; the
        # newest.
        self._at_fault: dict[int, float] = {}
        self._failing_files: dict[str, float] = {}
        self._away_since: float | None = None
        self._allowed_probes = 0
        self._known_files: set[str] = set()
        self._probe: Job | None = None
        self._next_probe = 0.0
        self._pause = Backoff(_PROBE_S, _LONGEST_PROBE_S)

    @property
    def away(self) -> bool:
        """Whether several different events failed in a row, with no success between."""
        return self._away_since is not None

    @property
    def closed_s(self) -> float:
        """For how long it takes no event, or probes only."""
        pause_s = max(0.0, self._next_probe - self._clock()) if self.away else 0.0
        return max(pause_s, self.slots.closed_s)

    def take_next(self) -> Job | None:
        """Give a slot to the job that is next; None if none may start now."""
        job = self._next_job() if self.waiting and not self.slots.closed_s else None
        if job is None:
            return None
        self.waiting.remove(job)
        if self.away:
            if job.file not in self._known_files:
                self._known_files.add(job.file)
            elif self._allowed_probes:
                self._allowed_probes -= 1
            else:
                self._probe = job
        job.slot = self.slots.take()
        self._last_change = self._clock()
        self._by_file[job.file] += 1
        self._by_tenant[job.tenant] += 1
        return job

    def wait_s(self) -> float | None:
        """When to ask again although nothing else has happened; None: no need to."""
        if not self.waiting:
            return None
        if self.slots.closed_s > 0:
            return self.slots.closed_s
        if self.away and self._probe is not None:
            return None
        if self.away:
            return max(_SOON_S, self._next_probe - self._clock())
        if self._paused_files():
            return _FAILING_PAUSE_S
        return max(_STUCK_S / 4, self._last_change + _STUCK_S - self._clock())

    def end(self, job: Job) -> None:
        """Give a job's slot back."""
        self.slots.release()
        self._last_change = self._clock()
        if self._probe is job:
            self._probe = None
        for counts, key in ((self._by_file, job.file), (self._by_tenant, job.tenant)):
            counts[key] -= 1
            if not counts[key]:
                del counts[key]

    def record_success(self, job: Job) -> None:
        """A job went well: so may the others, unless the lane went away since it began."""
        for sequence, failed_at in self._failed.items():
            _remember(self._at_fault, sequence, failed_at)
        self._at_fault.pop(job.sequence, None)
        self._failing_files.pop(job.file, None)
        self._pause.reset()
        if job.slot:
            self.slots.record_success(job.slot)
        if self._away_since is not None and job.slot and job.slot.at < self._away_since:
            self._allowed_probes += 1
            return
        self._failed.clear()
        self._failed_files.clear()
        self._away_since, self._allowed_probes = None, 0

    def record_failure(self, job: Job) -> None:
        """A job failed; it says something of others only if several do."""
        if not self._judges:
            return
        now = self._clock()
        _remember(self._failing_files, job.file, now)
        if job.sequence not in self._at_fault:
            self._failed[job.sequence] = now
            self._failed_files.add(job.file)
        if not self.away and self._seems_away():
            self._away_since = now
            self._known_files = {*self._by_file, *self.waiting.files}
        if self.away:
            self._next_probe = now + self._pause.next_s()

    def record_refusal(self, job: Job, retry_after_s: float = 0.0) -> None:
        """The lane as a whole said "not now"."""
        if job.slot:
            self.slots.record_refusal(job.slot, retry_after_s)

    def _seems_away(self) -> bool:
        return len(self._failed) >= readers.SEVERAL and not (
            len(self._failed_files) == 1 and self._has_others(*self._failed_files)
        )

    def _has_others(self, file: str) -> bool:
        """Whether another file that does not fail waits or has something under way."""
        files = chain(self._by_file, self.waiting.files)
        return any(other != file and other not in self._failing_files for other in files)

    def _paused_files(self) -> set[str]:
        """Files that failed a moment ago, while there are others that do not fail."""
        if not self._failing_files:
            return set()
        since = self._clock() - _FAILING_PAUSE_S
        files = self.waiting.files
        failed = {file for file in files if self._failing_files.get(file, -math.inf) > since}
        return failed if any(map(self._has_others, failed)) else set()

    def _next_job(self) -> Job | None:
        if self.away:
            return self._next_probe_job()
        has_slot = self.slots.in_use < self.slots.limit
        if not has_slot and not self._may_exceed():
            return None
        job = self._first_in_turn(self._paused_files())
        # Beyond the limit starts only a file that has nothing under way.
        return job if job and (has_slot or not self._by_file[job.file]) else None

    def _first_in_turn(self, paused: set[str]) -> Job | None:
        """Whose turn it is; one that nobody can be before is not compared with others."""
        of_tenants = min((self._by_tenant[one] for one in self.waiting.tenants), default=0)
        least = (False, of_tenants, 0, False)
        first: Job | None = None
        first_turn: tuple[bool, int, int, bool] | None = None
        for job in self.waiting.next_of_files():
            if job.file in paused:
                continue
            turn = self._turn(job)
            if first_turn is None or turn < first_turn:
                first, first_turn = job, turn
                if turn == least:
                    break
        return first

    def _turn(self, job: Job) -> tuple[bool, int, int, bool]:
        under_way = self._by_file[job.file]
        suspected = job.file in self._failing_files and under_way > 0
        return suspected, self._by_tenant[job.tenant], under_way, job.redelivered

    def _may_exceed(self) -> bool:
        """Whether one more may start although all slots are in use, as they are stuck."""
        slots = self.slots
        most = min(slots.at_most, slots.limit + max(1, slots.limit // 2))
        stuck = self._clock() - self._last_change >= _STUCK_S
        return self._judges and stuck and slots.in_use < most

    def _next_probe_job(self) -> Job | None:
        if self.slots.in_use >= self.slots.at_most:
            return None
        fresh = next((job for job in self.waiting if job.file not in self._known_files), None)
        waits = self._probe is not None or self._clock() < self._next_probe
        if fresh or (waits and not self._allowed_probes):
            return fresh
        return min(self.waiting, key=self._last_failed)

    def _last_failed(self, job: Job) -> tuple[bool, float]:
        return job.sequence in self._at_fault, self._failed.get(job.sequence, 0.0)


def _remember(known: dict[Key, float], key: Key, at: float) -> None:
    """Add a key; beyond a number the oldest is forgotten, as most are never heard of again."""
    known[key] = at
    if len(known) > _MOST_KNOWN:
        del known[next(iter(known))]
