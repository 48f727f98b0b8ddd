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


class Found(NamedTuple):
    """A Lector, and why its reader cannot be asked, if it was started and that was found out."""

    address: Address
    reader_problem: str | None


def address_of(running: Running, token: str | None = None) -> Address:
    """The Lector that runs, with a token of the caller, of $LECTOR_TOKEN, or its own."""
    return Address(running.url, token or os.environ.get("LECTOR_TOKEN") or running.token or None)


@contextmanager
def find_or_start(
    data: Path,
    token: str | None = None,
    *,
    temporary: bool,
    report: Report,
    reader: str | None = None,
) -> Iterator[Found]:
    """The Lector that runs on a data folder, else one that is started for the block.

    `temporary` is one on a folder that goes with it; `reader` the one that is to read, by default
    the default one.

    Raises:
        LectorError: it does not start.
        ModuleNotFoundError: what it needs is not installed.

    """
    with ExitStack() as cleanup:
        if temporary:
            data = Path(tempfile.mkdtemp(prefix="lector-"))
        folder = DataFolder(data)
        if temporary:
            cleanup.callback(folder.delete)
        running = folder.running()
        if running:
            yield Found(address_of(running, token), None)
            return
        from lector.local import stack  # noqa: PLC0415 - only where all of it is installed

        started = cleanup.enter_context(stack.running(folder, None, report, reader=reader))
        # A token that the caller has is for others: this one asks for none.
        yield Found(Address(started.url, token), started.reader_problem)


@contextmanager
def for_program(data: str | os.PathLike[str] | None, *, temporary: bool) -> Iterator[Address]:
    """The Lector on this machine for a program, which is told nothing while it starts.

    Raises:
        LectorError: it does not start, its reader cannot be asked, or the extra `local` is missing.

    """
    folder = Path(data) if data else data_folder.default()
    with ExitStack() as cleanup:
        try:
            found = cleanup.enter_context(
                find_or_start(folder, temporary=temporary, report=lambda _: None)
            )
        except ModuleNotFoundError as error:
            if not source_tree.is_foreign(error):
                raise
            line = source_tree.install()
            raise LectorError(f"only Lector's client is installed here: {line}") from error
        if found.reader_problem:
            raise LectorError(found.reader_problem)
        yield found.address
