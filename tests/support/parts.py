"""The real PostgreSQL, NATS and S3 in a folder of their own, for tests in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lector.local import functions
from lector.local.data_folder import DataFolder
from lector.local.process import Child, free_port, wait_ready
from lector.local.seaweedfs import Seaweedfs, remove_sockets
from lector.local.services import Embedded


class Parts:
    """Running services, and the settings that lead to them."""

    def __init__(self, folder: DataFolder) -> None:
        self.folder = folder
        self.embedded = Embedded.in_folder(folder)
        self.children: dict[str, Child] = {}
        self.sink_port = free_port()

    @property
    def settings(self) -> dict[str, str]:
        return {
            **self.embedded.settings,
            "K_SINK": f"http://127.0.0.1:{self.sink_port}/",
            "DATABASE_POOL_SIZE": "8",
        }

    def start(self) -> None:
        services = (self.embedded.postgres, self.embedded.nats, self.embedded.objects)
        for service in services:
            service.prepare()
            self.children[service.name] = Child(service.part(), self.folder.logs)
        for service in services:
            wait_ready(self.children[service.name], service.ready)
        self.embedded.migrate()
        sink = functions.bridge("jetstream-sink", self.settings, self.sink_port)
        self.children["sink"] = Child(sink, self.folder.logs)
        wait_ready(self.children["sink"], functions.healthy(self.sink_port))

    def stop(self) -> None:
        if Seaweedfs.name in self.children:
            self.children[
                Seaweedfs.name
            ].kill()  # it takes seconds to end in peace; what it holds goes
        for child in reversed(self.children.values()):
            child.ask_to_stop()
        for child in reversed(self.children.values()):
            child.wait_stopped()
        remove_sockets(self.folder.path / "s3")


@contextmanager
def alone(path: Path, name: str) -> Iterator[Embedded]:
    """One of the services on a data folder, as it was left there: nothing is migrated."""
    folder = DataFolder(path)
    with folder.in_use():
        embedded = Embedded.in_folder(folder)
        [service] = [s for s in (embedded.postgres, embedded.nats) if s.name == name]
        service.prepare()
        child = Child(service.part(), folder.logs)
        try:
            wait_ready(child, service.ready)
            yield embedded
        finally:
            child.ask_to_stop()
            child.wait_stopped()


@contextmanager
def running(path: Path) -> Iterator[Parts]:
    folder = DataFolder(path)
    with folder.in_use():
        parts = Parts(folder)
        try:
            parts.start()
            yield parts
        finally:
            parts.stop()
