"""The embedded services that functions and bridge use: PostgreSQL, NATS and S3."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from lector.domain.functions import DATABASE_ROLES
from lector.local.data_folder import DataFolder
from lector.local.nats_server import Nats
from lector.local.postgres import Postgres
from lector.local.process import ON_LOOPBACK, Child, Listening, StackError, free_port, wait_ready
from lector.local.seaweedfs import Seaweedfs, remove_sockets
from lector.local.tools import checkout, tool


@dataclass(frozen=True)
class Embedded:
    """PostgreSQL, NATS and S3, and the settings with which processes reach them."""

    postgres: Postgres
    nats: Nats
    objects: Seaweedfs

    @classmethod
    def in_folder(
        cls,
        folder: DataFolder,
        origins: Sequence[str] = (),
        listening: Listening = ON_LOOPBACK,
    ) -> "Embedded":
        """The services of a data folder, on ports that are free now.

        Pages of these origins may send and fetch objects by URLs that are signed.
        """
        return cls(
            Postgres(folder.path / "postgres", free_port(), folder.secret),
            Nats(folder.path / "nats", free_port(), free_port(), folder.secret),
            Seaweedfs(folder.path / "s3", folder.secret, origins, listening),
        )

    @property
    def services(self) -> tuple[Postgres, Nats, Seaweedfs]:
        """All of them."""
        return self.postgres, self.nats, self.objects

    @property
    def settings(self) -> dict[str, str]:
        """What functions and bridge read from their environment."""
        return {
            "DATABASE_URL": self.postgres.url,
            "LISTEN_DATABASE_URL": self.postgres.url,
            "NATS_URL": self.nats.url,
            **self.objects.settings,
        }

    @contextmanager
    def storage_running(self, folder: DataFolder) -> Iterator[None]:
        """PostgreSQL and S3 alone, for as long as the block lasts; the folder must be in use."""
        with self._running(folder, self.postgres, self.objects):
            yield

    @contextmanager
    def database_running(self, folder: DataFolder) -> Iterator[None]:
        """PostgreSQL alone, likewise."""
        with self._running(folder, self.postgres):
            yield

    @contextmanager
    def _running(self, folder: DataFolder, *services: Postgres | Seaweedfs) -> Iterator[None]:
        children = []
        try:
            for service in services:
                service.prepare()
                children.append((Child(service.part(), folder.logs), service.ready))
            for child, ready in children:
                wait_ready(child, ready)
            yield
        finally:
            for child, _ in children:
                child.ask_to_stop()
            for child, _ in children:
                child.wait_stopped()
            if self.objects in services:
                remove_sockets(folder.path / "s3")

    @contextmanager
    def connection_urls(self, folder: DataFolder) -> Iterator[Path]:
        """A folder, for as long as the block lasts, as the bridge's `migrate` reads it.

        It has a file for the owner and for each function's role, with the URL of its connections.
        """
        with TemporaryDirectory(prefix="urls-", dir=folder.path) as made:
            for role in DATABASE_ROLES:
                Path(made, role).write_text(self.postgres.url_as(role))
            Path(made, "owner").write_text(self.postgres.url)
            yield Path(made)

    def migrate(self) -> None:
        """Migrate the database, and let each function's role log in."""
        migrate(self.postgres.url)
        self.postgres.allow_logins(DATABASE_ROLES)


def migrate(database_url: str, *command: str) -> None:
    """Run a dbmate command on the migrations, by default `up`.

    Raises:
        LectorError: it failed, or a newer Lector has migrated the database.

    """
    # Imported here, as most commands start no server.
    from lector.bridge.migrate import refuse_newer_database  # noqa: PLC0415

    migrations = checkout() / "migrations"
    refuse_newer_database(database_url, migrations)
    options = ["--migrations-dir", str(migrations), "--no-dump-schema"]
    done = subprocess.run(
        [tool("dbmate"), *options, *(command or ("up",))],
        env={**os.environ, "DATABASE_URL": database_url},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StackError(f"the migrations failed:\n{done.stdout}{done.stderr}")
