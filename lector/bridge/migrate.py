"""migrate: brings the database up to date, and lets the role of each function log in.

Run as a Job before a release and whenever a password changes. It is safe to repeat.
"""

import logging
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
from psycopg import conninfo, sql

from lector.runtime import settings
from lector.runtime.failures import LectorError
from lector.runtime.settings import SettingsError

log = logging.getLogger("lector")

_OWNER = "owner"


class MigrationFailed(LectorError):
    """dbmate could not bring the database up to date; the message is what it said."""


def run() -> None:
    """Migrate as the owner, then give each role the password that its URL carries."""
    config = settings.current(settings.Migration)
    urls = _read_urls(Path(config.database_urls))
    owner = urls.pop(_OWNER)
    _migrate(owner, config)
    with psycopg.connect(owner, connect_timeout=10) as connection:
        for url in urls.values():
            _enable_login(connection, url)
    log.info("the database is up to date, and %s may log in", ", ".join(sorted(urls)))


def _read_urls(folder: Path) -> dict[str, str]:
    """Each file is a role's connection URL, as a mounted Secret has it."""
    files = [path for path in folder.glob("[!.]*") if path.is_file()]
    urls = {path.name: path.read_text().strip() for path in files}
    if _OWNER not in urls:
        raise SettingsError(f"DATABASE_URLS must be a folder with a file '{_OWNER}': {folder}")
    return urls


def _migrate(url: str, config: settings.Migration) -> None:
    done = subprocess.run(
        [
            _dbmate(),
            *("--migrations-dir", config.migrations),
            *("--wait", "--wait-timeout", f"{config.wait_s}s"),
            "--no-dump-schema",
            "up",
        ],
        env={"DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise MigrationFailed(f"the migrations failed:\n{done.stdout}{done.stderr}")


def _enable_login(connection: psycopg.Connection, url: str) -> None:
    role = conninfo.conninfo_to_dict(url)
    if not role.get("user") or not role.get("password"):
        raise SettingsError("each file in DATABASE_URLS must be a URL with a user and a password")
    words = sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}")
    name, password = sql.Identifier(str(role["user"])), sql.Literal(str(role["password"]))
    connection.execute(words.format(name, password))


def _dbmate() -> str:
    """It comes as a wheel, whose program lies beside Python, or beside the packages of an image."""
    packages = Path(psycopg.__file__).parents[1]
    folders = [Path(sys.executable).parent, packages / "bin"]
    found = next(filter(None, (shutil.which("dbmate", path=str(f)) for f in folders)), None)
    if found is None:
        raise MigrationFailed("dbmate is missing; install lector[bridge]")
    return found
