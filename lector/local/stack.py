"""The whole of Lector on one machine: parts, functions and bridge, started, watched and stopped."""

import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from lector.local import functions
from lector.local.datafolder import DataFolder, Running
from lector.local.nats_server import Nats
from lector.local.postgres import Postgres
from lector.local.process import Child, Part, StackError, claim, free_port, is_free, wait_ready
from lector.local.seaweedfs import Seaweedfs, remove_sockets
from lector.local.tools import checkout, tool

DEFAULT_PORT = 8080
_WATCH_S = 0.5

Report = Callable[[str], None]


@dataclass(frozen=True)
class Embedded:
    """The services that Lector's functions stand on, and the settings that lead to them."""

    postgres: Postgres
    nats: Nats
    objects: Seaweedfs

    @classmethod
    def in_folder(cls, folder: DataFolder) -> "Embedded":
        """The services of a data folder, on ports that are free now."""
        return cls(
            Postgres(folder.path / "postgres", free_port(), folder.secret("postgres")),
            Nats(folder.path / "nats", free_port(), folder.secret("nats")),
            Seaweedfs(folder.path / "s3", folder.secret("s3")),
        )

    @property
    def settings(self) -> dict[str, str]:
        """What functions and bridge read from their environment."""
        return {
            "DATABASE_URL": self.postgres.url,
            "LISTEN_DATABASE_URL": self.postgres.url,
            "NATS_URL": self.nats.url,
            **self.objects.settings,
        }


def migrate(database_url: str, *command: str) -> None:
    """Run dbmate on the migrations; `up` unless told otherwise."""
    words = ["--migrations-dir", str(checkout() / "migrations"), "--no-dump-schema"]
    done = subprocess.run(
        [tool("dbmate"), *words, *(command or ("up",))],
        env={**os.environ, "DATABASE_URL": database_url},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StackError(f"the migrations failed:\n{done.stdout}{done.stderr}")


class Stack:
    """Starts everything on a data folder; `url` is where the API is."""

    def __init__(self, folder: DataFolder, port: int | None, report: Report) -> None:
        self._folder = folder
        self._report = report
        self._port = _public_port(port)
        self._children: list[Child] = []
        self.embedded = Embedded.in_folder(folder)
        self.model_port = free_port()
        self.uses_own_model = not os.environ.get("OPENAI_BASE_URL")

    @property
    def url(self) -> str:
        """The address of the API."""
        return f"http://127.0.0.1:{self._port}"

    def child(self, name: str) -> Child:
        """The process of this name."""
        return next(child for child in self._children if child.part.name == name)

    def start(self) -> None:
        """Start every process, migrate, and return when all of them are ready."""
        self._report(self._who_reads())
        self._report("starting PostgreSQL, NATS, S3 and the functions")
        ports = {name: free_port() for name in functions.FUNCTIONS} | {"upload": self._port}
        sink_port = free_port()
        waits = [*self._start_functions(ports, sink_port), *self._start_services()]
        with ThreadPoolExecutor(len(waits)) as pool:
            for ready in [pool.submit(wait) for wait in waits]:
                ready.result()
        migrate(self.embedded.postgres.url)
        self._start_bridge(ports, sink_port)
        self._folder.announce(Running(os.getpid(), self.url))

    def _start_services(self) -> Iterator[Callable[[], None]]:
        for service in (self.embedded.postgres, self.embedded.nats, self.embedded.objects):
            service.prepare()
            yield self._started(service.part(), service.ready)

    def _start_functions(
        self, ports: dict[str, int], sink_port: int
    ) -> Iterator[Callable[[], None]]:
        env = {
            **self.embedded.settings,
            **self._model(),
            "K_SINK": f"http://127.0.0.1:{sink_port}/",
            "PYTHONUNBUFFERED": "1",
        }
        if self.uses_own_model:
            part = functions.tesseract(self.model_port)
            yield self._started(part, functions.healthy(self.model_port, "/health"))
        for name, port in ports.items():
            yield self._started(functions.function(name, port, env), functions.healthy(port))

    def _start_bridge(self, ports: dict[str, int], sink_port: int) -> None:
        urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        env = {
            **self.embedded.settings,
            "FUNCTION_URLS": ",".join(f"{name}={url}" for name, url in urls.items()),
            "K_SINK": f"{urls['outbox']}/",
            "PYTHONUNBUFFERED": "1",
        }
        sink = self._started(
            functions.bridge("jetstream-sink", env, sink_port), functions.healthy(sink_port)
        )
        self._started(functions.bridge("jetstream-source", env))
        self._started(functions.bridge("postgres-source", env))
        sink()

    def _started(self, part: Part, probe: Callable[[], bool] = lambda: True) -> Callable[[], None]:
        """Start a process now; what is returned waits until it is ready."""
        child = Child(part, self._folder.logs)
        self._children.append(child)
        return lambda: wait_ready(child, probe)

    def _who_reads(self) -> str:
        if not self.uses_own_model:
            return f"pages are sent to the model at {os.environ['OPENAI_BASE_URL']}"
        alone = "; OPENAI_API_KEY alone changes nothing" if os.environ.get("OPENAI_API_KEY") else ""
        return f"pages are read by Tesseract on this machine; OPENAI_BASE_URL names a model{alone}"

    def _model(self) -> dict[str, str]:
        if self.uses_own_model:
            base_url = f"http://127.0.0.1:{self.model_port}/v1"
            own = {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": "embedded"}
            return {**own, "OPENAI_MODEL": "tesseract"}
        return {"OPENAI_API_KEY": os.environ.get("OPENAI_API_KEY", "none")}

    def watch(self, stop: threading.Event) -> None:
        """Until `stop`, start again whatever ended by itself."""
        while not stop.wait(_WATCH_S):
            for child in self._children:
                if not child.alive() and child.may_start_again():
                    self._report(f"{child.part.name} ended; starting it again (see {child.log})")
                    child.start()

    def stop(self) -> None:
        """Stop every process: first those that take work, last those that keep it."""
        services = {"postgres", "nats", "seaweedfs"}
        workers = [c for c in self._children if c.part.name not in services]
        for group in (workers, [c for c in self._children if c.part.name in services]):
            for child in group:
                child.ask_to_stop()
            for child in group:
                child.wait_stopped()
        self._children.clear()
        remove_sockets(self._folder.path / "s3")


@contextmanager
def running(folder: DataFolder, port: int | None, report: Report) -> Iterator[Stack]:
    """A stack on a data folder for as long as the block lasts, watched meanwhile."""
    with folder.in_use():
        stack = Stack(folder, port, report)
        stop = threading.Event()
        watcher = threading.Thread(target=stack.watch, args=[stop], name="watch")
        try:
            stack.start()
            watcher.start()
            yield stack
        finally:
            stop.set()
            if watcher.is_alive():
                watcher.join()
            stack.stop()


def _public_port(wanted: int | None) -> int:
    if wanted is None:
        return DEFAULT_PORT if is_free(DEFAULT_PORT) and claim(DEFAULT_PORT) else free_port()
    if not is_free(wanted):
        raise StackError(f"port {wanted} is taken; choose another with --port")
    return wanted
