"""The command line: lector up, ocr, ls, get, search and the rest."""

import io
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

import click

import lector
from lector.cli import answers, output
from lector.cli.commands import HELP_SECTIONS, Commands, NotInstalled
from lector.cli.output import echo
from lector.local import process
from lector.runtime import source_tree
from lector.runtime.failures import LectorError


def main() -> None:
    """Run the command line; a known failure is a sentence on stderr, not a traceback."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup ignores SIGHUP
            signal.signal(number, _terminate)
    process.keep_loopback_direct()
    output.replace_closed_streams()
    try:
        cli(prog_name="lector", standalone_mode=False)
        with _ending_with_the_reader():
            output.flush()
    except click.ClickException as error:
        _show_usage_error(error)
        sys.exit(error.exit_code)
    except LectorError as error:
        echo(f"error: {error}")
        sys.exit(1)
    except _NobodyReads:
        output.discard()
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
    click.echo(
        "\n".join(map(answers.printable, words.getvalue().expandtabs(2).splitlines())), err=True
    )


class _NobodyReads(Exception):
    """Whoever reads what is printed has read enough, such as `| head`."""


@contextmanager
def _ending_with_the_reader() -> Iterator[None]:
    """Raise _NobodyReads when that is so; click and rich would end with 1."""
    try:
        yield
    except BrokenPipeError as error:
        raise _NobodyReads from error
    except SystemExit as ended:
        if isinstance(ended.__context__, BrokenPipeError):
            raise _NobodyReads from ended
        raise


class SectionedGroup(click.Group):
    """A group whose help lists its commands by what they are for."""

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - as click has it
        formatter: click.HelpFormatter,
    ) -> None:
        """Write the commands of each section with their short help."""
        for title, names in HELP_SECTIONS.items():
            with formatter.section(title):
                commands = [(name, self.commands[name]) for name in names]
                formatter.write_dl(
                    [(name, command.get_short_help_str(limit=100)) for name, command in commands]
                )

    def make_context(self, *words: Any, **extra: Any) -> click.Context:
        """Parse what was said; help is printed here."""
        with _ending_with_the_reader():
            return super().make_context(*words, **extra)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; what it misses in a client alone is a sentence."""
        try:
            with _ending_with_the_reader():
                return super().invoke(ctx)
        except ModuleNotFoundError as error:
            if not source_tree.is_foreign(error):
                raise
            raise NotInstalled(error) from error


@click.group(
    cls=SectionedGroup,
    commands=Commands(),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(lector.__version__)
def cli() -> None:
    """A PDF in, its text out: page by page, read by a vision model.

    Exits with 0 when all went well, 1 when something failed (or, with --fail-on-doubt, a page
    should be looked at), 2 for wrong usage, 130 when interrupted.
    """


def _terminate(number: int, _: FrameType | None) -> NoReturn:
    """Exit through every `finally`, so that what was started is stopped."""
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)


if __name__ == "__main__":
    main()
