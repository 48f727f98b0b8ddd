"""The whole of Lector on one machine: parts, functions and bridge, started, watched and stopped."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from lector.local import functions, reloading
from lector.local.data_folder import DataFolder, Running
from lector.local.process import Child, Part, StackError, claim, free_port, is_free, wait_ready
from lector.local.seaweedfs import remove_sockets
from lector.local.services import Embedded
from lector.local.wiring import Through, Wiring

DEFAULT_PORT = 8080
_WATCH_S = 0.25

Report = Callable[[str], None]


class Stack:
    """Starts everything on a data folder; `url` is where the API is."""

    def __init__(
        self,
        folder: DataFolder,
        port: int | None,
        report: Report,
        through: Through = str,
        *,
        reload: bool = False,
    ) -> None:
        self._folder = folder
        self._report = report
        self._children: list[Child] = []
        self._probes: dict[str, Callable[[], bool]] = {}
        self._saved = reloading.Saved() if reload else None
        self.embedded = Embedded.in_folder(folder)
        self.uses_own_model = not os.environ.get("OPENAI_BASE_URL")
        ports = {name: free_port() for name in functions.names() if name != "upload"}
        self.wiring = Wiring(
            services=self.embedded.settings,
            postgres=self.embedded.postgres,
            function_ports=ports | {"upload": _public_port(port)},
            sink_port=free_port(),
            model_port=free_port() if self.uses_own_model else None,
            through=through,
        )

    @property
    def url(self) -> str:
        """The address of the API."""
        return f"http://127.0.0.1:{self.wiring.function_ports['upload']}"

    def child(self, name: str) -> Child:
        """The process of this name."""
        return next(child for child in self._children if child.part.name == name)

    def start(self) -> None:
        """Start every process, migrate, and return when all of them are ready."""
        self._report(self._who_reads())
        self._report("starting PostgreSQL, NATS, S3 and the functions")
        waits = [*self._start_functions(), *self._start_services()]
        with ThreadPoolExecutor(len(waits)) as pool:
            for ready in [pool.submit(wait) for wait in waits]:
                ready.result()
        self.embedded.migrate()
        self._start_bridge()
        self._folder.announce(Running(os.getpid(), self.url, self.embedded.nats.url))

    def _start_services(self) -> Iterator[Callable[[], None]]:
        for service in (self.embedded.postgres, self.embedded.nats, self.embedded.objects):
            service.prepare()
            yield self._started(service.part(), service.ready)

    def _start_functions(self) -> Iterator[Callable[[], None]]:
        if self.wiring.model_port is not None:
            port = self.wiring.model_port
            yield self._started(functions.tesseract(port), functions.healthy(port))
        for name, port in self.wiring.function_ports.items():
            part = functions.function(name, port, self.wiring.of_function(name))
            yield self._started(part, functions.healthy(port))

    def _start_bridge(self) -> None:
        wiring = self.wiring
        commands = {
            "jetstream-sink": (wiring.of_sink(), wiring.sink_port),
            "jetstream-source": (wiring.of_source(), free_port()),
            "postgres-source": (wiring.of_doorbell(), free_port()),
        }
        waits = [
            self._started(functions.bridge(command, env, port), functions.healthy(port))
            for command, (env, port) in commands.items()
        ]
        for ready in waits:
            ready()

    def _started(self, part: Part, probe: Callable[[], bool] = lambda: True) -> Callable[[], None]:
        """Start a process now; what is returned waits until it is ready."""
        child = Child(part, self._folder.logs)
        self._children.append(child)
        self._probes[part.name] = probe
        return lambda: wait_ready(child, probe)

    def _who_reads(self) -> str:
        if not self.uses_own_model:
            return f"pages are sent to the model at {os.environ['OPENAI_BASE_URL']}"
        alone = "; OPENAI_API_KEY alone changes nothing" if os.environ.get("OPENAI_API_KEY") else ""
        return f"pages are read by Tesseract on this machine; OPENAI_BASE_URL names a model{alone}"

    def watch(self, stop: threading.Event) -> None:
        """Until `stop`, start again whatever ended by itself."""
        while not stop.wait(_WATCH_S):
            if self._saved:
                self._reload(self._saved.since())
            for child in self._children:
                if not child.alive() and child.may_start_again():
                    self._report(f"{child.part.name} ended; starting it again (see {child.log})")
                    child.start()
            if self.embedded.nats.needs_restart():
                self._report("NATS cannot write (is the disk full?); starting it again")
                self.child(self.embedded.nats.name).kill()

    def _reload(self, files: list[str]) -> None:
        """Start anew what works with files that were saved."""
        for file in reloading.stays(files):
            self._report(f"{file} changed; start Lector again to work with it")
        names = reloading.concerned(files)
        renewed = [child for child in self._children if child.part.name in names]
        began = time.monotonic()
        for child in renewed:
            child.ask_to_stop()
        for child in renewed:
            child.renew()
        for child in renewed:
            try:
                wait_ready(child, self._probes[child.part.name], timeout_s=10.0)
            except StackError as error:
                self._report(f"{error}\nsave again when it is mended")
        if renewed:
            took_s = time.monotonic() - began
            what = ", ".join(child.part.name for child in renewed)
            self._report(f"{', '.join(files)} saved; {what} started anew ({took_s:.1f} s)")

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
def running(
    folder: DataFolder,
    port: int | None,
    report: Report,
    through: Through = str,
    *,
    reload: bool = False,
) -> Iterator[Stack]:
    """A stack on a data folder for as long as the block lasts, watched meanwhile."""
    with folder.in_use():
        stack = Stack(folder, port, report, through, reload=reload)
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
