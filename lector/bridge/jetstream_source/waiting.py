"""Jobs that wait for a slot, by file: what is next is found among files, not among all jobs."""

from collections import Counter
from collections.abc import Iterator, KeysView
from dataclasses import dataclass, field

from nats.aio.msg import Msg

from lector.bridge.jetstream_source.adaptive_concurrency import Slot


@dataclass(eq=False)
class Job:
    """An event that waits for a slot, or has one."""

    message: Msg
    tenant: str
    slot: Slot | None = None

    @property
    def file(self) -> str:
        """Whose it is: events of one file have one subject."""
        return self.message.subject

    @property
    def sequence(self) -> int:
        """Its place in the stream, which tells events apart."""
        return int(self.message.metadata.sequence.stream)

    @property
    def redelivered(self) -> bool:
        """Whether it was tried before."""
        return int(self.message.metadata.num_delivered) > 1


@dataclass
class _File:
    """Jobs of a file by their place in the stream, in the order in which they came."""

    fresh: dict[int, Job] = field(default_factory=dict)
    redelivered: dict[int, Job] = field(default_factory=dict)


class Waiting:
    """Jobs that wait. Files are in the order in which their first job came."""

    def __init__(self) -> None:
        self._jobs: dict[int, Job] = {}
        self._files: dict[str, _File] = {}
        self._tenants: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._jobs)

    def __iter__(self) -> Iterator[Job]:
        return iter(self._jobs.values())

    def __contains__(self, job: Job) -> bool:
        return self._jobs.get(job.sequence) is job

    @property
    def files(self) -> KeysView[str]:
        """Those of which jobs wait."""
        return self._files.keys()

    @property
    def tenants(self) -> KeysView[str]:
        """Those of whom jobs wait."""
        return self._tenants.keys()

    def add(self, job: Job) -> None:
        """Have a job wait; an event that is delivered again meanwhile waits once."""
        known = self._jobs.get(job.sequence)
        if known is not None:
            self.remove(known)
            known.message = job.message
            job = known
        self._jobs[job.sequence] = job
        self._tenants[job.tenant] += 1
        file = self._files.setdefault(job.file, _File())
        (file.redelivered if job.redelivered else file.fresh)[job.sequence] = job

    def remove(self, job: Job) -> None:
        """A job waits no longer."""
        del self._jobs[job.sequence]
        self._tenants[job.tenant] -= 1
        if not self._tenants[job.tenant]:
            del self._tenants[job.tenant]
        file = self._files[job.file]
        if file.fresh.pop(job.sequence, None) is None:
            del file.redelivered[job.sequence]
        if not file.fresh and not file.redelivered:
            del self._files[job.file]

    def clear(self) -> list[Job]:
        """Nothing waits any more; what did."""
        jobs = list(self)
        self._jobs.clear()
        self._files.clear()
        self._tenants.clear()
        return jobs

    def next_of_files(self) -> Iterator[Job]:
        """Of each file the job that is next: one that was not tried before, if there is one."""
        for file in self._files.values():
            yield next(iter(file.fresh.values() or file.redelivered.values()))
