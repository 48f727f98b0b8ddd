"""lector migrate, and migrate of the bridge: up, down and where the schema stands."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from lector.bridge import migrate as of_bridge
from lector.cli.__main__ import cli
from lector.local.data_folder import DataFolder, Running
from lector.local.services import Embedded, migrate
from lector.local.tools import checkout
from tests.support.parts import Parts

MIGRATIONS = sorted(path.name for path in (checkout() / "migrations").glob("*.sql"))
LAST = MIGRATIONS[-1]


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a database, on which nothing runs."""
    folder = DataFolder(tmp_path_factory.mktemp("data"))
    with folder.in_use():
        embedded = Embedded.in_folder(folder)
        with embedded.database_running(folder):
            embedded.migrate()
    return folder.path


def lector(*words: str, data: Path) -> Result:
    return CliRunner().invoke(cli, ["migrate", *words, "--data", str(data)])


def states(data: Path) -> list[str]:
    done = lector("status", data=data)
    assert done.exit_code == 0, done.output
    return [line.split()[0] for line in done.stdout.splitlines()]


def test_a_folder_that_is_up_to_date_says_so_of_each_migration(stopped: Path) -> None:
    done = lector("status", data=stopped)
    assert done.stdout.splitlines() == [f"applied  {name}" for name in MIGRATIONS]


def test_down_takes_back_the_newest_and_up_brings_it_again(stopped: Path) -> None:
    done = lector("down", data=stopped)
    assert (done.exit_code, LAST in done.stderr) == (0, True)
    assert states(stopped) == ["applied"] * (len(MIGRATIONS) - 1) + ["pending"]
    assert lector("up", data=stopped).exit_code == 0
    assert set(states(stopped)) == {"applied"}


def test_down_takes_as_many_steps_as_are_asked_for(stopped: Path) -> None:
    done = lector("down", "--steps", "2", data=stopped)
    assert done.exit_code == 0
    assert states(stopped)[-3:] == ["applied", "pending", "pending"]
    assert lector("up", data=stopped).exit_code == 0


def test_a_folder_that_is_none_of_lectors_is_left_alone(tmp_path: Path) -> None:
    for word in ("up", "down", "status"):
        done = lector(word, data=tmp_path / "nothing")
        assert "no data folder of Lector's" in str(done.exception)
    assert not (tmp_path / "nothing").exists()


@pytest.fixture
def database(services: Parts) -> Iterator[str]:
    """A database of its own, with all migrations."""
    postgres = services.embedded.postgres
    url = postgres.url.replace("/lector?", "/migrate_command?")
    migrate(url)
    yield url
    with psycopg.connect(postgres.server_url, autocommit=True) as connection:
        connection.execute("DROP DATABASE migrate_command WITH (FORCE)")


@pytest.fixture
def running(database: str, tmp_path: Path) -> Iterator[Path]:
    """A data folder on which a Lector runs, as the commands see it."""
    folder = DataFolder(tmp_path / "data")
    with folder.in_use():
        folder.secret("postgres")
        folder.announce(Running(1, "", services={"DATABASE_URL": database}))
        yield folder.path


def test_while_lector_runs_its_database_is_asked_and_brought_up_to_date(
    running: Path, database: str
) -> None:
    migrate(database, "down")
    assert states(running)[-1] == "pending"
    assert lector("up", data=running).exit_code == 0
    assert states(running)[-1] == "applied"


def test_while_lector_runs_nothing_is_taken_back(running: Path) -> None:
    done = lector("down", data=running)
    assert "`lector stop` first" in str(done.exception)
    assert states(running)[-1] == "applied"


def bridge(*words: str, url: str, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "owner").write_text(url)
    env = {"MIGRATIONS": str(checkout() / "migrations"), "DATABASE_URLS": str(folder)}
    return subprocess.run(
        [sys.executable, "-m", "lector.bridge", *words],
        env={"PATH": "/usr/bin:/bin", **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_as_a_job_it_goes_down_and_up_and_says_where_it_stands(
    database: str, tmp_path: Path
) -> None:
    down = bridge("migrate", "down", url=database, folder=tmp_path)
    assert (down.returncode, LAST in down.stderr) == (0, True), down.stderr
    status = bridge("migrate", "status", url=database, folder=tmp_path)
    assert status.stdout.splitlines()[-2:] == [f"applied  {MIGRATIONS[-2]}", f"pending  {LAST}"]
    assert bridge("migrate", url=database, folder=tmp_path).returncode == 0
    assert of_bridge.status(database, checkout() / "migrations")[-1] == f"applied  {LAST}"
    assert bridge("migrate", "up", url=database, folder=tmp_path).returncode == 0


def test_the_urls_of_roles_may_be_pairs_in_place_of_a_folder(database: str, tmp_path: Path) -> None:
    env = {"MIGRATIONS": str(checkout() / "migrations"), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-m", "lector.bridge", "migrate", "status"]
    for given, code in ((f"owner={database}", 0), (f"upload={database}", 1)):
        done = subprocess.run(
            command,
            env={**env, "DATABASE_URLS": given},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == code, done.stderr
        assert database not in done.stderr
    assert "has no URL of 'owner'" in done.stderr


def test_a_direction_is_for_migrate_alone(tmp_path: Path) -> None:
    assert bridge("postgres-source", "down", url="", folder=tmp_path).returncode == 2
    assert bridge("migrate", "sideways", url="", folder=tmp_path).returncode == 2


def test_status_names_what_a_newer_lector_has_done_and_down_refuses_it(
    database: str, tmp_path: Path
) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO schema_migrations VALUES ('29991231000001')")
    status = bridge("migrate", "status", url=database, folder=tmp_path)
    assert "unknown  29991231000001 (of a newer Lector)" in status.stdout
    down = bridge("migrate", "down", url=database, folder=tmp_path)
    assert (down.returncode, "a newer Lector" in down.stderr) == (1, True)


def test_where_no_migration_has_run_there_is_none_to_take_back(
    database: str, tmp_path: Path
) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("DROP TABLE schema_migrations")
    down = bridge("migrate", "down", url=database, folder=tmp_path)
    assert (down.returncode, "none to take back" in down.stderr) == (1, True)
