"""The whole of Lector on one machine: parts, functions and bridge, started, watched and stopped."""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlsplit

from lector.domain import language_data, language_packages, reader_catalogue
from lector.local import checkup, data_folder, forks, functions, reloading
from lector.local.data_folder import DataFolder, Running
from lector.local.forks import ForkServer
from lector.local.process import (
    ON_LOOPBACK,
    Begin,
    Child,
    Listening,
    Part,
    StackError,
    Watch,
    claim,
    free_port,
    is_free,
    spawn,
    wait_ready,
)
from lector.local.seaweedfs import remove_sockets
from lector.local.services import Embedded
from lector.local.starter import Starter
from lector.local.wiring import (
    ADMIN_TOKEN,
    EMBEDDED,
    REPORT_KEY,
    Reroute,
    Wiring,
    origins,
    reader_environment,
    reads_here,
)
from lector.runtime import settings

DEFAULT_PORT = 8080
# How often sources are compared, and how often it is seen whether an ended process may start again.
_SOON_S = 0.25
_HEALTH_EVERY_S = 5.0
_MOST_LANGUAGES = 8
_ERROR_LINES = 50
_CHECK_TIMEOUT_S = 20.0

Report = Callable[[str], None]


class Stack:
    """Starts everything on a data folder; `url` is where the API is."""

    def __init__(
        self,
        folder: DataFolder,
        port: int | None,
        report: Report,
        reroute: Reroute = str,
        *,
        reload: bool = False,
        auth: bool = False,
        reader: str | None = None,
        listening: Listening = ON_LOOPBACK,
    ) -> None:
        self._folder = folder
        self._reader = reader
        self._host = listening.host
        self._report = report
        self._children: list[Child] = []
        self._jobs: list[Child] = []  # which end by themselves
        self._starter = Starter()
        self._forks: ForkServer | None = None
        # Keys and addresses of readers: the parts that ask them get these by themselves.
        self._withheld = reader_catalogue.current().variables() | {REPORT_KEY}
        self._probes: dict[str, Callable[[], bool]] = {}
        self._watch = Watch()
        self.reader_problem: str | None = None
        self._watching = True
        self._sources = reloading.SourceWatcher() if reload else None
        api_port = _choose_port(port)
        self.embedded = Embedded.in_folder(folder, origins(api_port), listening)
        self.uses_own_model = _needs_embedded_reader()
        ports = {name: free_port() for name in functions.names() if name != "upload"}
        self.wiring = Wiring(
            services=self.embedded.settings,
            postgres=self.embedded.postgres,
            function_ports=ports | {"upload": api_port},
            sink_port=free_port(),
            model_port=free_port() if self.uses_own_model else None,
            reroute=reroute,
            secret=folder.secret,
            sign_in_file=folder.sign_in_file if auth else None,
            report_key=folder.report_key(),
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
        self._report(self._describe_reader())
        self._report("starting PostgreSQL, NATS, S3 and the functions")
        self._start_fork_server()
        # The services first: meanwhile the fork server imports what the functions need.
        waits = [*self._start_services(), *self._start_functions()]
        hear_of_reader = self._check_reader()
        with ThreadPoolExecutor(len(waits)) as pool:
            for ready in [pool.submit(wait) for wait in waits]:
                ready.result()
        self._migrate()
        self._start_bridge()
        if self.wiring.sign_in_file is not None:
            self._folder.draw_sign_in_code()
        hear_of_reader()
        self._folder.announce(self.as_running)

    def _check_reader(self) -> Callable[[], None]:
        """Ask a reader elsewhere whether it can be asked; call what is returned to hear of it.

        A process that ends asks: the clients that it imports would stay in ours.
        """
        config = settings.current(settings.Readers)
        reads_itself = reads_here() if self._reader is None else self._reader == EMBEDDED
        if not config.reader_check or reads_itself:
            return lambda: None
        part = functions.reader_check(self._reader, reader_environment())
        child = self._begin(part, self._begin_python, self._jobs)
        return lambda: self._tell_of_reader(child)

    def _tell_of_reader(self, check: Child) -> None:
        check.wait_ended(_CHECK_TIMEOUT_S)
        try:
            found = json.loads(check.tail(1))
        except ValueError:  # it broke off
            self._report(f"warning: the reader could not be checked (see {check.log})")
            return
        if found is not None:
            self._report(f"warning: {found['words']}")
            if found["lasting"] and not found["answered"]:
                self.reader_problem = found["words"]

    @property
    def as_running(self) -> Running:
        """How it is reached."""
        return Running(
            os.getpid(),
            self.url,
            self.embedded.nats.url,
            self.embedded.settings,
            self.wiring.function_urls,
            token="" if self.wiring.sign_in_file is None else self._folder.secret(ADMIN_TOKEN),
        )

    def _start_fork_server(self) -> None:
        """Have Python parts forked from one that is started now, unless sources may change."""
        if self._sources is None and forks.are_possible():
            self._forks = self._starter.start(
                lambda: ForkServer(self._folder.logs, self._withheld), self._children.append
            )

    def _start_services(self) -> Iterator[Callable[[], None]]:
        for service in self.embedded.services:
            service.prepare()
            yield self._launch(service.part(), service.ready)

    def _start_functions(self) -> Iterator[Callable[[], None]]:
        if self.wiring.model_port is not None:
            port = self.wiring.model_port
            part = functions.tesseract(port, self.wiring.model_environment())
            yield self._launch(part, functions.healthy(port), self._begin_python)
        for name, port in self.wiring.function_ports.items():
            host = self._host if name == "upload" else ON_LOOPBACK.host
            part = functions.function(name, port, self.wiring.function_environment(name), host)
            yield self._launch(part, functions.healthy(port), self._begin_python)

    def _migrate(self) -> None:
        """Migrate, in a process that ends: what it imports would stay in ours."""
        with self.embedded.connection_urls(self._folder) as urls:
            part = functions.migration(urls)
            child = self._begin(part, self._begin_python, self._jobs)
            if child.wait_ended():
                raise StackError(child.tail(_ERROR_LINES).rpartition("lector: error: ")[2])

    def _start_bridge(self) -> None:
        wiring = self.wiring
        commands = {
            "jetstream-sink": (wiring.sink_environment(), wiring.sink_port),
            "jetstream-source": (wiring.source_environment(), free_port()),
            "postgres-source": (wiring.postgres_source_environment(), free_port()),
        }
        waits = [
            self._launch(
                functions.bridge(command, env, port), functions.healthy(port), self._begin_python
            )
            for command, (env, port) in commands.items()
        ]
        for ready in waits:
            ready()

    @property
    def _begin_python(self) -> Begin:
        """What starts a part that is a Python program."""
        return spawn if self._forks is None else self._forks.fork

    def _launch(
        self, part: Part, probe: Callable[[], bool], begin: Begin = spawn
    ) -> Callable[[], None]:
        """Start a process; call what is returned to wait until it is ready."""
        child = self._begin(part, begin, self._children)
        self._probes[part.name] = probe
        return lambda: wait_ready(child, probe, report=self._report)

    def _begin(self, part: Part, begin: Begin, group: list[Child]) -> Child:
        return self._starter.start(
            lambda: Child(part, self._folder.logs, self._withheld, begin), group.append
        )

    def _describe_reader(self) -> str:
        if not reads_here():
            catalogue = reader_catalogue.current()
            return f"pages are sent to {_describe(catalogue.default, catalogue.find(None))}"
        hint = "; OPENAI_API_KEY alone changes nothing" if os.environ.get("OPENAI_API_KEY") else ""
        here = f"pages are read by Tesseract on this machine, {_describe_languages()}"
        return f"{here}; OPENAI_BASE_URL names a model{hint}"

    def watch(self) -> None:
        """Until `end_watch`, restart whatever ended by itself."""
        health_at = time.monotonic()
        while self._watching:
            if self._sources:
                self._reload(self._sources.changes())
            for child in self._children:
                if not child.alive() and child.may_start_again():
                    self._report(f"{child.part.name} ended; restarting it (see {child.log})")
                    child.start()
            if time.monotonic() >= health_at:
                health_at = time.monotonic() + _HEALTH_EVERY_S
                if self.embedded.nats.needs_restart():
                    self._report("NATS cannot write (is the disk full?); restarting it")
                    self.child(self.embedded.nats.name).kill()
            alive = [child for child in self._children if child.alive()]
            soon = self._sources or len(alive) < len(self._children)
            self._watch.wait(alive, _SOON_S if soon else _HEALTH_EVERY_S)

    def end_watch(self) -> None:
        """Have `watch` return soon."""
        self._watching = False
        self._watch.wake()

    def _reload(self, files: list[str]) -> None:
        """Restart the processes that use files that were saved."""
        for file in reloading.not_reloaded(files):
            self._report(f"{file} changed; restart Lector to use it")
        names = reloading.affected_processes(files)
        children = [child for child in self._children if child.part.name in names]
        began = time.monotonic()
        for child in children:
            child.ask_to_stop()
        for child in children:
            child.restart()
        for child in children:
            try:
                wait_ready(child, self._probes[child.part.name], timeout_s=10.0)
            except StackError as error:
                self._report(f"{error}\nsave again when it is fixed")
        if children:
            took_s = time.monotonic() - began
            restarted = ", ".join(child.part.name for child in children)
            self._report(f"{', '.join(files)} saved; {restarted} restarted ({took_s:.1f} s)")

    def stop(self) -> None:
        """Stop every process: functions and bridge first, then the services that they use."""
        self._starter.wait()
        for job in self._jobs:
            job.kill()
        last = {forks.NAME, *(service.name for service in self.embedded.services)}
        workers = [c for c in self._children if c.part.name not in last]
        for group in (workers, [c for c in self._children if c.part.name in last]):
            for child in group:
                child.ask_to_stop()
            for child in group:
                child.wait_stopped()
        self._children.clear()
        self._starter.close()
        self._watch.close()
        remove_sockets(self._folder.path / "s3")


@contextmanager
def running(
    folder: DataFolder,
    port: int | None,
    report: Report,
    reroute: Reroute = str,
    *,
    reload: bool = False,
    auth: bool = False,
    reader: str | None = None,
    listening: Listening = ON_LOOPBACK,
) -> Iterator[Stack]:
    """A stack on a data folder for as long as the block lasts, watched meanwhile.

    With `auth`, its API asks for a token. `reader` is the one that is checked at the start; by
    default the default one.
    """
    if little_room := checkup.require_room(folder.path):
        report(f"warning: {little_room}")
    with folder.in_use():
        stack = Stack(
            folder,
            port,
            report,
            reroute,
            reload=reload,
            auth=auth,
            reader=reader,
            listening=listening,
        )
        watcher = threading.Thread(target=stack.watch, name="watch")
        try:
            stack.start()
            watcher.start()
            yield stack
        finally:
            stack.end_watch()
            if watcher.is_alive():
                watcher.join()
            stack.stop()


def _describe_languages() -> str:
    """Which languages the embedded reader reads."""
    codes = language_data.languages(data_folder.languages())
    if len(codes) > _MOST_LANGUAGES:
        return f"in {len(codes)} languages (`lector languages` lists them)"
    names = [language_packages.name_of(code) for code in codes]
    return f"in {', '.join(names)} (`lector languages` has others)"


def _choose_port(requested: int | None) -> int:
    if requested is None:
        return DEFAULT_PORT if is_free(DEFAULT_PORT) and claim(DEFAULT_PORT) else free_port()
    if not is_free(requested):
        raise StackError(f"port {requested} is taken; choose another with --port")
    return requested


def _needs_embedded_reader() -> bool:
    """Whether pages are read by Tesseract on this machine: always, or beside or after another."""
    catalogue = reader_catalogue.current()
    verify = settings.current(settings.Verification).verify
    return reads_here() or catalogue.asks_embedded(None, verify)


def _describe(name: str, reader: reader_catalogue.Reader | None) -> str:
    """A reader in words."""
    address = os.environ.get("OPENAI_BASE_URL")
    if address or reader is None:
        return f"the model at {_without_password(address or '')}"
    return f"the reader {name} ({_without_password(reader_catalogue.expand(reader.endpoint))})"


def _without_password(address: str) -> str:
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
