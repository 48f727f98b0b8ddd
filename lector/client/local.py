"""The Lector on this machine: the one that runs, else one for as long as it is needed."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from lector.local import data_folder
from lector.local.data_folder import DataFolder, Running
from lector.runtime import source_tree
from lector.runtime.failures import LectorError

Report = Callable[[str], None]


class Address(NamedTuple):
    """Where a Lector is, and the token with which to ask it, if it wants one."""

    url: str
    token: str | None


def of_running(running: Running, token: str | None = None) -> Address:
    """The Lector that runs, with a token of the caller, of $LECTOR_TOKEN, or its own."""
    return Address(running.url, token or os.environ.get("LECTOR_TOKEN") or running.token or None)


@contextmanager
def find_or_start(
    data: str | os.PathLike[str] | None = None,
    *,
    temporary: bool = False,
    report: Report = lambda _: None,
) -> Iterator[Address]:
    """The Lector that runs on a data folder, else one that is started for the block.

    Raises:
        LectorError: the extra `local` is not installed, or it does not start.

    """
    with ExitStack() as cleanup:
        if temporary:
            folder = DataFolder(Path(tempfile.mkdtemp(prefix="lector-")))
            cleanup.callback(folder.delete)
        else:
            folder = DataFolder(Path(data) if data else data_folder.default())
        running = folder.running()
        if running is None:
            running = cleanup.enter_context(_started(folder, report))
        yield of_running(running)


@contextmanager
def _started(folder: DataFolder, report: Report) -> Iterator[Running]:
    try:
        from lector.local import stack  # noqa: PLC0415 - only where all of it is installed
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] in ("lector", "functions"):
            raise
        raise LectorError(
            f"only Lector's client is installed here: {source_tree.install()}"
        ) from error
    with stack.running(folder, None, report) as started:
        yield started.as_running
