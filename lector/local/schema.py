"""The migrations of a data folder's database: up, down and where it stands."""

from collections.abc import Iterator
from contextlib import contextmanager

from lector.local.data_folder import DataFolder
from lector.local.process import StackError
from lector.local.services import Embedded, migrate
from lector.local.tools import checkout


def status(folder: DataFolder) -> list[str]:
    """A line for each migration, the oldest first: applied, pending, or unknown to this version.

    Raises:
        StackError: there is no such data folder, or its PostgreSQL cannot be started.

    """
    # Imported here and below, as most commands ask no database.
    from lector.bridge import migrate as of_bridge  # noqa: PLC0415

    with database_url(folder) as url:
        return of_bridge.status(url, checkout() / "migrations")


def up(folder: DataFolder) -> None:
    """Bring the database up to date, as `lector up` does at its start.

    Raises:
        LectorError: it failed, or a newer Lector has migrated the database.

    """
    with database_url(folder) as url:
        migrate(url)


def down(folder: DataFolder, steps: int) -> list[str]:
    """Take back the newest migrations, with all that only they can store. Their names.

    Raises:
        LectorError: Lector runs on the folder, or it failed.

    """
    from lector.bridge.migrate import newest_applied  # noqa: PLC0415

    if folder.running():
        raise StackError(
            f"the Lector that runs on {folder.path} needs its schema; `lector stop` first"
        )
    names = []
    with database_url(folder) as url:
        for _ in range(steps):
            name = newest_applied(url, checkout() / "migrations")
            migrate(url, "down")
            names.append(name)
    return names


@contextmanager
def database_url(folder: DataFolder) -> Iterator[str]:
    """The URL for its owner; where Lector does not run, PostgreSQL runs for the block."""
    if not folder.is_ours():
        raise StackError(f"{folder.path} is no data folder of Lector's; --data names another")
    running = folder.running()
    if running:
        yield running.services["DATABASE_URL"]
        return
    with folder.in_use():
        embedded = Embedded.in_folder(folder)
        with embedded.database_running(folder):
            yield embedded.postgres.url
