"""Which Lector a command works with: one elsewhere, the one that runs here, or one of its own."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.console import Console

from lector.cli.client import printable
from lector.local import stack
from lector.local.data_folder import DataFolder
from lector.local.process import StackError

console = Console(stderr=True)


def say(message: str) -> None:
    """Write a line for people, on stderr; what it quotes may contain anything."""
    shown = "\n".join(printable(line) for line in message.split("\n"))
    console.print(f"lector: {shown}", highlight=False, markup=False, soft_wrap=True)


def say_where(url: str, folder: DataFolder) -> None:
    """Tell where things are."""
    say(f"open {url} in a browser; the API is at {url}/v1, described at {url}/docs")
    say(f"or try: curl -F file=@document.pdf {url}/v1/files")
    say(f"the data is in {folder.path}, logs in {folder.logs}")


@contextmanager
def lector_at(server: str | None, data: Path, *, temporary: bool) -> Iterator[str]:
    """The URL of the Lector to use, started for the duration of the block if none runs."""
    with ExitStack() as cleanup:
        if server:
            yield server
            return
        if temporary:
            data = Path(tempfile.mkdtemp(prefix="lector-"))
        folder = DataFolder(data)
        if temporary:
            cleanup.callback(folder.delete)
        already = folder.running()
        if already:
            yield already.url
        else:
            yield cleanup.enter_context(stack.running(folder, None, say)).url


def start_detached(folder: DataFolder, port: int | None) -> None:
    """Start `lector up` in the background and return when it is ready."""
    words = [sys.executable, "-m", "lector.cli", "up", "--data", str(folder.path)]
    words += ["--port", str(port)] if port else []
    folder.path.mkdir(parents=True, exist_ok=True, mode=0o700)
    log = folder.path / "up.log"
    with log.open("wb") as output:
        child = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    while child.poll() is None:
        running = folder.running()
        if running and running.pid == child.pid:
            say_where(running.url, folder)
            say("`lector stop` ends it; the data stays")
            return
        time.sleep(0.1)
    last = log.read_text().strip().splitlines()[-1:]
    raise StackError((last or ["it ended at once"])[0].removeprefix("lector: error: "))
