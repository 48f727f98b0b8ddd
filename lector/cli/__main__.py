"""The command line: lector up, ocr, ls, get, search and the rest."""

import importlib
import io
import signal
import sys
import threading
from pathlib import Path
from types import FrameType, ModuleType
from typing import NoReturn

import click
from click.shell_completion import get_completion_class

from lector.cli import answers, options, output, session
from lector.cli.output import echo
from lector.local import process, stack
from lector.local.data_folder import DataFolder
from lector.local.seaweedfs import remove_sockets
from lector.runtime.failures import LectorError

HELP_SECTIONS = {
    "Read": ("ocr", "try"),
    "Files": ("ls", "get", "search", "report", "budget", "retry", "cancel", "rm"),
    "Correct": ("verify", "edit", "export"),
    "See": ("trace", "events", "call", "notify", "readers"),
    "Run": ("up", "stop", "down"),
    "Look after": (
        "languages",
        "backup",
        "restore",
        "migrate",
        "token",
        "dead",
        "gc",
        "completion",
    ),
}


def main() -> None:
    """Run the command line; a known failure is a sentence on stderr, not a traceback."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup ignores SIGHUP
            signal.signal(number, _terminate)
    process.keep_loopback_direct()
    output.replace_closed_streams()
    try:
        cli(prog_name="lector", standalone_mode=False)
        output.flush()
    except click.ClickException as error:
        _show_usage_error(error)
        sys.exit(error.exit_code)
    except LectorError as error:
        echo(f"error: {error}")
        sys.exit(1)
    except OSError as error:
        echo(f"error: {output.describe_os_error(error)}")
        output.discard()
        sys.exit(1)
    except (click.Abort, KeyboardInterrupt):
        echo("stopped")
        sys.exit(130)


def _show_usage_error(error: click.ClickException) -> None:
    """As click shows it; it may quote a file's name, which may contain anything."""
    words = io.StringIO()
    error.show(words)
    click.echo("\n".join(map(answers.printable, words.getvalue().splitlines())), err=True)


# The modules of the commands that are not here: each imports clients and formats of its own, which
# no other needs, least of all the one that stays: `lector up`.
_MODULES = {
    "ocr": ("ocr",),
    "try_page": ("try",),
    "files": ("ls", "get", "search"),
    "file_actions": ("retry", "verify", "cancel", "budget", "rm", "dead", "gc"),
    "edit": ("edit",),
    "export": ("export",),
    "trace": ("trace",),
    "events": ("events",),
    "call": ("call",),
    "notify": ("notify",),
    "readers": ("readers",),
    "report": ("report",),
    "tokens": ("token",),
    "languages": ("languages",),
    "backup": ("backup", "restore"),
    "migrate": ("migrate",),
}


class SectionedGroup(click.Group):
    """A group whose help lists its commands by what they are for; it imports the one in use."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click has it
        """The names of all commands."""
        return sorted(name for names in HELP_SECTIONS.values() for name in names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name."""
        for module, names in _MODULES.items():
            if cmd_name in names and cmd_name not in self.commands:
                found = importlib.import_module(f"lector.cli.{module}")
                self.add_command(_command_of(found, cmd_name))
        return super().get_command(ctx, cmd_name)

    def format_commands(
        self,
        ctx: click.Context,
        formatter: click.HelpFormatter,
    ) -> None:
        """Write the commands of each section with their short help."""
        for title, names in HELP_SECTIONS.items():
            with formatter.section(title):
                commands = [(name, self.get_command(ctx, name)) for name in names]
                helps = [(n, found.get_short_help_str(limit=100)) for n, found in commands if found]
                formatter.write_dl(helps)


@click.group(cls=SectionedGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lector")
def cli() -> None:
    """A PDF in, its text out: page by page, read by a vision model.

    Exits with 0 when all went well, 1 when something failed (or, with --fail-on-doubt, a page
    should be looked at), 2 for wrong usage, 130 when interrupted.
    """


@cli.command()
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help="Port of the API.  [default: 8080, or a free one]",
)
@click.option(
    "-d", "--detach", is_flag=True, help="Return when all is ready; `lector stop` ends it."
)
@click.option("--reload", is_flag=True, help="Start anew what a saved source file belongs to.")
@click.option(
    "--auth", is_flag=True, help="Ask for a token, also on this machine; these commands have one."
)
@options.readers_file
@options.data_folder
def up(
    port: int | None,
    *,
    detach: bool,
    reload: bool,
    auth: bool,
    readers_file: Path | None,  # noqa: ARG001 - it is in the environment
    data: Path,
) -> None:
    """Start Lector on this machine. Ctrl-C stops it; the data stays."""
    folder = DataFolder(data)
    if detach and reload:
        raise click.UsageError("--detach and --reload exclude each other")
    if detach:
        session.start_detached(folder, port, auth=auth)
        return
    stop_requested = threading.Event()
    with stack.running(folder, port, echo, reload=reload, auth=auth) as lector:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop_requested.set())
        session.echo_addresses(lector.as_running, folder)
        echo("Ctrl-C stops Lector; the data stays")
        stop_requested.wait()
        echo("stopping")


@cli.command()
@options.data_folder
def stop(data: Path) -> None:
    """Stop the Lector that runs on a data folder. The data stays."""
    folder = DataFolder(data)
    if folder.stop():
        echo(f"stopped; the data stays in {folder.path}")
    else:
        echo(f"nothing runs on {folder.path}")


@cli.command()
@options.data_folder
def down(data: Path) -> None:
    """Stop the Lector on a data folder, and DELETE the folder with all files and texts."""
    folder = DataFolder(data)
    folder.stop()
    if not folder.path.exists():
        echo(f"there is no {folder.path}")
        return
    if not folder.is_ours():
        raise LectorError(f"{folder.path} is no data folder of Lector's; nothing was deleted")
    echo(f"deleting {folder.path} with all files and texts in it")
    remove_sockets(folder.path / "s3")
    folder.delete()


@cli.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what has a shell complete commands: eval "$(lector completion bash)"."""
    completion_class = get_completion_class(shell)
    if completion_class is not None:
        click.echo(completion_class(cli, {}, "lector", "_LECTOR_COMPLETE").source())


def _command_of(module: ModuleType, name: str) -> click.Command:
    """The command of this name among those of a module."""
    found = (value for value in vars(module).values() if isinstance(value, click.Command))
    return next(command for command in found if command.name == name)


def _terminate(number: int, _: FrameType | None) -> NoReturn:
    """Exit through every `finally`, so that what was started is stopped."""
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)


if __name__ == "__main__":
    main()
