"""An image without a container engine: what knative/rootfs.sh makes, read-only, run as nobody."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from lector.local import data_folder
from lector.local.process import free_port
from lector.local.tools import checkout

# As the Dockerfile's USER.
USER = 65532
_WITHIN_S = 30.0


@dataclass(frozen=True)
class Image:
    """An app layer in a folder that nobody writes to, and an interpreter that has nothing else."""

    name: str
    root: Path
    python: Path
    tmp: Path

    @classmethod
    def built(cls, name: str) -> "Image":
        root = Path(tempfile.mkdtemp(prefix=f"lector-image-{name}-"))
        root.chmod(0o755)
        script = checkout() / "knative" / "rootfs.sh"
        # Languages come over the network: only where they could be had for this machine, too.
        had = (data_folder.languages() / "spa.traineddata").is_file()
        environment = {**os.environ, **({} if had else {"LANGUAGES": ""})}
        command = [str(script), name, str(root), sys.executable]
        subprocess.run(command, env=environment, check=True, timeout=300)
        # An environment without any package, pip included: what is there comes from the layer.
        venv = root / "venv"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
        for path in (root / "app", *(root / "app").rglob("*")):
            path.chmod(path.stat().st_mode & ~0o222)
        tmp = root / "tmp"
        tmp.mkdir()
        tmp.chmod(0o1777)
        return cls(name, root, venv / "bin" / "python", tmp)

    def remove(self) -> None:
        for folder in (self.root, *self.root.rglob("*")):
            if folder.is_dir():
                folder.chmod(0o700)
        shutil.rmtree(self.root)

    @property
    def environment(self) -> dict[str, str]:
        """What the Dockerfile sets, at the place where the layer lies here."""
        places = {"/app": f"{self.root}/app", "/tmp": str(self.tmp)}  # noqa: S108
        words = re.compile("|".join(map(re.escape, places)))
        values = dockerfile_environment(self.name)
        return {k: words.sub(lambda word: places[word[0]], v) for k, v in values.items()}

    def files(self) -> list[str]:
        """Every file of the layer."""
        return sorted(str(path) for path in (self.root / "app").rglob("*"))

    def command(self, *arguments: str) -> list[str]:
        """The image's entry point with arguments, as somebody who may do nothing but read."""
        app = str(self.root / "app")
        words = [str(self.python), *(word.replace("/app", app) for word in arguments)]
        if os.geteuid() != 0:
            return words
        identity = [f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
        # The interpreter may lie in a home that only root can enter: may read, may not write.
        reading = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
        return ["setpriv", *identity, *reading, "--bounding-set=-dac_override", *words]

    def ran(self, *arguments: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        return subprocess.run(
            self.command(*arguments),
            env={**self.environment, **env},
            cwd=self.root / "app",
            capture_output=True,
            text=True,
            timeout=_WITHIN_S,
            check=False,
        )


def dockerfile_environment(name: str) -> dict[str, str]:
    """The variables that the Dockerfile sets in an image of its last stage."""
    dockerfile = (checkout() / "Dockerfile").read_text()
    said = re.findall(r"^ENV ((?:.*\\\n)*.*)", dockerfile, re.MULTILINE)[-1]
    values = dict(word.split("=", 1) for word in said.replace("\\\n", " ").split())
    return {key: value.replace("${FUNCTION}", name) for key, value in values.items()}


class Container:
    """An image that runs."""

    def __init__(
        self, image: Image, *arguments: str, env: Mapping[str, str], port: int | None = None
    ) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = (image.root / f"log-{self.port}").open("w+")
        self.process = subprocess.Popen(
            image.command(*arguments),
            env={**image.environment, **env, "PORT": str(self.port)},
            cwd=image.root / "app",
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    def health(self, kind: str) -> int:
        """The status with which it answers a probe; 0 while nobody listens."""
        try:
            return httpx2.get(f"{self.url}/health/{kind}", timeout=5).status_code
        except httpx2.TransportError:
            return 0

    def await_ready(self) -> None:
        deadline = time.monotonic() + _WITHIN_S
        while self.health("readiness") != 200:
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.05)

    def log(self) -> str:
        self._log.flush()
        return Path(self._log.name).read_text()

    def terminate(self) -> int:
        """SIGTERM, and the exit status."""
        self.process.terminate()
        return self.process.wait(_WITHIN_S)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._log.close()


@contextmanager
def running(
    image: Image, *arguments: str, env: Mapping[str, str], port: int | None = None
) -> Iterator[Container]:
    container = Container(image, *arguments, env=env, port=port)
    try:
        container.await_ready()
        yield container
    finally:
        container.close()


class HalfRequest:
    """A request whose second half is sent later, so that it is surely in flight."""

    def __init__(self, port: int, headers: Mapping[str, str], body: bytes, path: str = "/") -> None:
        lines = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
        self._rest = body[1:]
        self._connection = socket.create_connection(("127.0.0.1", port), _WITHIN_S)
        self._connection.sendall("\r\n".join(lines).encode() + body[:1])

    def finished(self) -> int:
        """Send the rest; the status of the answer."""
        with self._connection as connection:
            connection.sendall(self._rest)
            answer = connection.makefile("rb").readline()
        return int(answer.split()[1]) if answer else 0
