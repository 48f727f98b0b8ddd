"""compose.yaml at work: each service's own command with its environment reads a PDF.

No container engine runs here, so they are processes of this machine: names of services become
addresses, and their ports free ones. NATS and SeaweedFS are started as the file says; PostgreSQL,
whose image starts it by a script of its own, as on one machine, with the password of the file.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest

from lector.local import tools
from lector.local.postgres import Postgres
from lector.local.process import Child, free_port, wait_ready
from lector.local.tools import checkout
from tests.support import compose, images, pdfs
from tests.support.compose import Service

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
LINE = "The harbour lamps were lit before the rain came."
#: Ports of containers, by service; all others listen on 8080.
PORTS = {"postgres": (5432,), "nats": (4222, 8222), "seaweedfs": (8333,)}
_READY_WITHIN_S = 120.0
_READ_WITHIN_S = 120.0
# Those of SeaweedFS that no other container asks.
_INNER = ("master.port", "volume.port", "filer.port", "admin.port")
_INNER_GRPC = ("master", "volume", "filer", "s3", "admin")


class Compose:
    """The services as processes, each with what compose.yaml gives it and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        published = {"LECTOR_PORT": str(free_port()), "OBJECTS_PORT": str(free_port())}
        languages = {"TESSERACT_LANGUAGES": "en"}  # others come with the image
        self.values = {**compose.drawn(folder / "env"), **published, **languages}
        self.services = compose.services(self.values)
        self.ports = {
            (name, port): free_port() for name in self.services for port in PORTS.get(name, (8080,))
        }
        self.ports["upload", 8080] = int(published["LECTOR_PORT"])
        self.ports["seaweedfs", 8333] = int(published["OBJECTS_PORT"])
        self.url = f"http://127.0.0.1:{published['LECTOR_PORT']}"
        self._grpc = [free_port() for _ in _INNER_GRPC]
        self._running = ExitStack()

    def start(self) -> None:
        """Start all of them in the order that the file says, each when it may."""
        for name in compose.in_order(self.services):
            if name == "postgres":
                self._start_postgres()
            elif name == "migrate":
                ended = self.run(name)
                assert ended.returncode == 0, ended.stderr
            else:
                self._start(name)

    def stop(self) -> None:
        self._running.close()
        for port in self._grpc:
            for socket in Path("/tmp").glob(f"seaweedfs-*-grpc-{port}.sock"):  # noqa: S108
                socket.unlink()

    def run(self, name: str) -> subprocess.CompletedProcess[str]:
        """Run a service that ends by itself."""
        return subprocess.run(
            self._command(name),
            env=self._environment(name),
            cwd=checkout(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def is_well(self, name: str) -> bool:
        """Whether the service's own health check says so."""
        program, *arguments = self.services[name]["healthcheck"]["test"][1:]
        for port in PORTS.get(name, (8080,)):
            there = str(self.ports[name, port])
            arguments = [re.sub(rf"\b{port}\b", there, word) for word in arguments]
        command = [sys.executable if program == "python3" else program, *arguments]
        return subprocess.run(command, capture_output=True, timeout=10, check=False).returncode == 0

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()[-3000:]

    def _start_postgres(self) -> None:
        port = self.ports["postgres", 5432]
        password = self.services["postgres"]["environment"]["POSTGRES_PASSWORD"]
        postgres = Postgres(self.folder / "postgres", port, lambda _: password)
        postgres.prepare()
        (self.folder / "logs").mkdir()
        child = Child(postgres.part(), self.folder / "logs")
        self._running.callback(child.wait_stopped)
        self._running.callback(child.ask_to_stop)
        wait_ready(child, postgres.ready)

    def _start(self, name: str) -> None:
        with (self.folder / f"{name}.log").open("w") as log:
            process = subprocess.Popen(
                self._command(name),
                env=self._environment(name),
                cwd=self.folder if name in PORTS else checkout(),
                stdout=log,
                stderr=log,
            )
        self._running.callback(_end, process)
        deadline = time.monotonic() + _READY_WITHIN_S
        while not self.is_well(name):
            assert process.poll() is None, (name, self.log(name))
            assert time.monotonic() < deadline, (name, self.log(name))
            time.sleep(0.1)

    def _command(self, name: str) -> Sequence[str]:
        service = self.services[name]
        words = [*service.get("entrypoint", ["python3"]), *service.get("command", ())]
        if name in PORTS:
            words = [tools.tool(words[0]), *words[1:]]
            return [*(self._here(name, word) for word in words), *self._beside(name)]
        words = words if "command" in service else ["python3", "-m", "lector.runtime.serve"]
        return [sys.executable, *(self._here(name, word) for word in words[1:])]

    def _beside(self, name: str) -> Iterator[str]:
        """What a server needs where others use the same addresses."""
        if name == "seaweedfs":
            yield from (f"-{port}={free_port()}" for port in _INNER)
            yield from (
                f"-{of}.port.grpc={at}" for of, at in zip(_INNER_GRPC, self._grpc, strict=True)
            )

    def _environment(self, name: str) -> dict[str, str]:
        given = self.services[name].get("environment", {})
        of_image = {} if name in PORTS else images.dockerfile_environment(name)
        home = {"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "PORT": self._port(name)}
        both = {**of_image, **given, **home}
        return {key: self._here(name, value) for key, value in both.items()}

    def _port(self, name: str) -> str:
        return str(self.ports[name, PORTS.get(name, (8080,))[0]])

    def _here(self, name: str, text: str) -> str:
        """A word of the file for this machine: addresses, ports, and folders that are mounted."""
        for (other, port), there in self.ports.items():
            text = re.sub(rf"(?<=[/@]){other}:{port}\b", f"127.0.0.1:{there}", text)
        for volume in self.services[name].get("volumes", ()):
            source, target = volume.split(":")[:2]
            text = re.sub(rf"(?<![\w/]){target}\b", self._source(source), text)
        text = text.replace("-s3.port=8333", f"-s3.port={self.ports['seaweedfs', 8333]}")
        text = text.replace("-ip.bind=0.0.0.0", "-ip.bind=127.0.0.1")
        return text.replace("/app", str(checkout()))

    def _source(self, source: str) -> str:
        if source.endswith("nats.conf"):
            return str(self._nats_configuration(checkout() / source))
        if source.startswith("."):
            return str(checkout() / source)
        volume = self.folder / f"volume-{source}"
        volume.mkdir(exist_ok=True)
        return str(volume)

    def _nats_configuration(self, source: Path) -> Path:
        text = source.read_text().replace("/data", self._source("nats"))
        for port in PORTS["nats"]:
            text = text.replace(f": {port}", f": {self.ports['nats', port]}")
        (copy := self.folder / "nats.conf").write_text(text)
        return copy

    def ask(self, method: str, path: str, **options: Any) -> httpx2.Response:
        """Call the API with the token of the .env."""
        headers = {"Authorization": f"Bearer {self.values['ADMIN_TOKEN']}"}
        return httpx2.request(method, f"{self.url}{path}", headers=headers, timeout=30, **options)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compose]:
    if shutil.which("wget") is None:
        pytest.skip("the health checks of NATS and SeaweedFS need wget, as their images have it")
    folder = tmp_path_factory.mktemp("compose")
    for parent in (folder, *folder.parents[:2]):
        os.chmod(parent, 0o755)  # noqa: S103 - PostgreSQL is another user where we are root
    lector = Compose(folder)
    try:
        lector.start()
        yield lector
    finally:
        lector.stop()


def test_the_services_of_the_file_read_a_pdf(running: Compose) -> None:
    files = {"file": ("lamps.pdf", pdfs.text_pdf([LINE], 14), "application/pdf")}
    sent = running.ask("POST", "/v1/files", files=files, data={"text_layer": "never"})
    assert sent.status_code == 202, sent.text
    file_id = sent.json()["id"]
    deadline = time.monotonic() + _READ_WITHIN_S
    while (file := running.ask("GET", f"/v1/files/{file_id}").json())["status"] != "completed":
        assert file["status"] in ("announced", "uploaded", "reading"), file
        assert time.monotonic() < deadline, (file, running.log("sources"), running.log("llm"))
        time.sleep(0.2)
    assert LINE in running.ask("GET", f"/v1/files/{file_id}/text").text
    [page] = running.ask("GET", f"/v1/files/{file_id}/pages").json()["pages"]
    assert page["image"]["url"].startswith(
        running.values["OBJECTS_PORT"].join(("http://127.0.0.1:", "/"))
    )
    assert httpx2.get(page["image"]["url"], timeout=30).status_code == 200


def test_nobody_without_the_token_is_let_in(running: Compose) -> None:
    assert httpx2.get(f"{running.url}/v1/files", timeout=30).status_code == 401


def test_objects_are_for_those_who_have_the_key(running: Compose) -> None:
    objects = f"http://127.0.0.1:{running.values['OBJECTS_PORT']}/lector/"
    assert httpx2.get(objects, timeout=30).status_code == 403


def test_the_database_is_migrated_again_at_the_next_start(running: Compose) -> None:
    again = running.run("migrate")
    assert again.returncode == 0, again.stderr
    assert "the database is up to date" in again.stderr
    for secret in running.values.values():
        assert len(secret) < 64 or secret not in again.stderr


def test_a_service_that_has_ended_is_not_called_well(running: Compose) -> None:
    services: dict[str, Service] = running.services
    unused = free_port()
    key = ("register", 8080)
    kept, running.ports[key] = running.ports[key], unused
    try:
        assert "register" in services
        assert not running.is_well("register")
    finally:
        running.ports[key] = kept
    assert running.is_well("register")
