"""The options and arguments that commands share, and the client that most of them work with."""

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from lector.cli import completion, file_names, output, session
from lector.cli.answers import Json
from lector.cli.output import echo
from lector.domain import page_selection
from lector.domain.states import OnDoubt, TextLayerUse, VerifyUse
from lector.local import data_folder as folders

if TYPE_CHECKING:
    from lector.cli.client import Client

DAY = click.DateTime(["%Y-%m-%d"])
JSON_HELP = "Answer as one JSON document."

Command = Callable[..., None]


def _read_token(_: click.Context, __: click.Parameter, path: Path | None) -> str | None:
    return _read_text(path).strip() if path else None


def _read_text(path: Path) -> str:
    """What a file holds that an option names.

    Raises:
        click.BadParameter: it cannot be read, or holds no text; says which and why.

    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise click.BadParameter(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise click.BadParameter(f"{path} holds no text in UTF-8") from error


data_folder = click.option(
    "--data",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    default=folders.default,
    help="Folder that holds everything: database, events, files, logs.  "
    "[default: $LECTOR_DATA, else your user data folder]",
)
server = click.option(
    "--server",
    metavar="URL",
    envvar="LECTOR_SERVER",
    help="A Lector elsewhere.  [default: $LECTOR_SERVER, else the one on the data folder]",
)
token_file = click.option(
    "--token-file",
    "token",
    metavar="FILE",
    callback=_read_token,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Holds the token that a Lector elsewhere asks for.  [default: what $LECTOR_TOKEN holds]",
)


def _use_readers(context: click.Context, _: click.Parameter, path: Path | None) -> Path | None:
    """Set READERS_FILE for what the command starts, as long as it lasts."""
    if path is None:
        return None
    before = os.environ.get("READERS_FILE")
    os.environ["READERS_FILE"] = str(path.absolute())
    if before is None:
        context.call_on_close(lambda: os.environ.pop("READERS_FILE", None))
    else:
        context.call_on_close(lambda: os.environ.update(READERS_FILE=before))
    return path


readers_file = click.option(
    "--readers",
    "readers_file",
    metavar="FILE",
    callback=_use_readers,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Readers of your own (docs/models.md).  [default: what $READERS_FILE holds]",
)


def with_client(
    *,
    json_help: str = JSON_HELP,
    check: Callable[..., None] = lambda **_: None,
) -> Callable[[Command], Command]:
    """Give a command a `Client`, and the options --json, --server, --token-file and --data.

    The command gets the client as its first argument, its own arguments, and `as_json`; a value of
    the type FILE is the file's id. The Lector is the one elsewhere, else the one that runs on the
    data folder; none is started. `check` gets the command's arguments before a Lector is looked
    for, and may refuse them.
    """

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def run(*, server: str | None, token: str | None, data: Path, **arguments: Any) -> None:
            check(**arguments)
            with session.connect(server, token, data) as client:
                command(client, **_find_files(client, arguments))

        as_json = click.option("--json", "as_json", is_flag=True, help=json_help)
        return as_json(server(token_file(data_folder(run))))

    return decorate


class NamedFile(str):
    """A file as people name it, until a Lector that has it says which it is."""

    __slots__ = ()


class _FileType(click.ParamType[NamedFile]):
    """A file on a Lector, as `file_names.find` knows it; `with_client` makes its id of it."""

    name = "file"

    def convert(self, value: Any, _: click.Parameter | None, __: click.Context | None) -> NamedFile:
        return NamedFile(value)

    def shell_complete(
        self, context: click.Context, parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        return completion.complete_file(context, parameter, incomplete)


FILE = _FileType()
file_ids = click.argument("ids", nargs=-1, required=True, metavar="FILE...", type=FILE)
optional_file_ids = click.argument("ids", nargs=-1, metavar="[FILE]...", type=FILE)
file_id = click.argument("file_id", metavar="FILE", type=FILE)
optional_file_id = click.argument("file_id", required=False, metavar="[FILE]", type=FILE)


def _find_files(client: "Client", arguments: dict[str, Any]) -> dict[str, Any]:
    """A command's arguments, each file that is named in them by its id."""
    return {
        name: tuple(find_file(client, one) for one in value)
        if isinstance(value, tuple)
        else find_file(client, value)
        for name, value in arguments.items()
    }


def find_file(client: "Client", value: Any) -> Any:
    """The id of a file that somebody named; anything else as it is."""
    return file_names.find(client, value) if isinstance(value, NamedFile) else value


def _read_prompt(_: click.Context, __: click.Parameter, text: str | None) -> str | None:
    """What is written after --prompt: the words themselves, or @ and the file that holds them."""
    if text is not None and text.startswith("@"):
        text = _read_text(Path(text[1:]))
    if text is not None and not text.strip():
        raise click.BadParameter("it is empty; without --prompt Lector's own is used")
    return text


prompt = click.option(
    "--prompt",
    metavar="TEXT|@FILE",
    callback=_read_prompt,
    help="Your own words to the model, in place of Lector's.",
)
reader = click.option(
    "--reader",
    metavar="NAME",
    shell_complete=completion.complete_reader,
    help="Who reads the pages; `lector readers` lists them.",
)
model = click.option("--model", metavar="NAME", help="Another model of the reader's endpoint.")
language = click.option(
    "--language",
    metavar="CODE",
    help="The language of the pages, such as en or es; `lector languages` lists Tesseract's.",
)
in_folder = click.option(
    "--folder",
    metavar="PATH",
    help="Only files of this folder and those below it, such as scans/2026.",
)
describe = click.option(
    "--describe", is_flag=True, help="Have a model describe charts and pictures in words, too."
)


def check_can_ask(*, yes: bool, **_: object) -> None:
    """Refuse to delete where nobody can be asked, unless --yes is said."""
    if not yes and not sys.stdin.isatty():
        raise click.UsageError("add --yes to delete where nobody can be asked")


def confirm_deletion(question: str) -> None:
    """Ask on the terminal; exits with 1 for anything but yes."""
    if not click.confirm(question, err=True):
        echo("nothing was deleted")
        sys.exit(1)


def fail_on_doubt(*names: str) -> Callable[[Command], Command]:
    """--fail-on-doubt, and other names of it."""
    return click.option(
        "--fail-on-doubt",
        *names,
        "fail_on_doubt",
        is_flag=True,
        help="Exit with 1 also when a page should be looked at.",
    )


verify = click.option(
    "--verify",
    type=click.Choice([str(use) for use in VerifyUse]),
    help="Whether what is read is held against a second reader: the page's own text, else "
    "Tesseract. auto: where that is there in time. always: it is waited for. never: not at all.  "
    "[default: as the reader has it, or $VERIFY]",
)
on_doubt = click.option(
    "--on-doubt",
    type=click.Choice([str(way) for way in OnDoubt]),
    help="What follows when the second reader speaks against an answer. keep: it stays, with that "
    "doubt. retry: the page is read again, then by the reader's larger one. escalate: by that one "
    "at once.  [default: as the reader has it, or retry]",
)
max_cost = click.option(
    "--max-cost",
    "max_cost_usd",
    metavar="USD",
    type=click.FloatRange(0, 1_000_000),
    help="What a file may cost at most; pages that no money is left for wait.",
)


_ASK = "\0"
"""No word on a command line can be that."""


def _ask_password(_: click.Context, __: click.Parameter, said: str | None) -> str | None:
    """What was said, or what a person types; the question is no answer, so it is on stderr."""
    if said == "-":
        line = "" if sys.stdin is None else sys.stdin.readline().rstrip("\r\n")
        if not line:
            raise click.BadParameter("- reads it from standard input, where nothing came")
        return line
    if said != _ASK:
        return said
    typed: str = click.prompt("Password of the PDF", hide_input=True, err=True)
    return typed


password = click.option(
    "--password",
    is_flag=False,
    flag_value=_ASK,
    callback=_ask_password,
    help="Opens a locked PDF. At the end of the line and without a value it is asked for, so that"
    " it stands in no history; - reads it from standard input.",
)
keep = click.option(
    "--keep",
    "keep_days",
    metavar="DAYS",
    type=click.IntRange(1, 36_500),
    help="Delete a file after so many days, with original, images and texts.  [default: as "
    "`lector keep --usual` says, or never]",
)


def text_layer(default: str) -> Callable[[Command], Command]:
    """--text-layer; `default` says what happens without it."""
    return click.option(
        "--text-layer",
        type=click.Choice([str(use) for use in TextLayerUse]),
        help="What becomes of the text that pages carry themselves. auto: it is taken where it can "
        "be trusted, other pages are read. never: every page is read. always: it is taken wherever "
        f"there is any.  [default: {default}]",
    )


def _check_selection(_: click.Context, __: click.Parameter, selection: str | None) -> str | None:
    try:
        if selection is not None:
            page_selection.parse(selection)
    except page_selection.InvalidSelection as error:
        raise click.BadParameter(str(error)) from error
    return selection


def reading(command: Command) -> Command:
    """How documents are read: --pages, --reader, --prompt and the others."""
    pages = click.option(
        "--pages", metavar="1-3,7", callback=_check_selection, help="Read only these pages."
    )
    layer = text_layer("auto, or as set up; with --reader, --prompt, --model or --describe: never")
    ways = (pages, reader, prompt, model, language, layer, describe, verify, on_doubt)
    for option in reversed((*ways, max_cost, keep)):
        command = option(command)
    return command


def check_reading(*, text_layer: str | None = None, **wishes: object) -> None:
    """Refuse options that exclude each other, and say which of them decides."""
    ways = ("reader", "prompt", "model", "describe")
    named = ", ".join(f"--{name}" for name in ways if wishes.get(name))
    if named and text_layer == TextLayerUse.ALWAYS:
        detail = f"--text-layer always asks no model, so it does not go with {named}"
        raise click.UsageError(detail)
    if named and text_layer == TextLayerUse.AUTO:
        echo(f"with {named} every page is read, as with --text-layer never")


def describe_without_effect(
    pages: int, reader: Json, *, prompt: str | None, model: str | None, describe: bool
) -> str:
    """Say which options a reader did not look at; empty if none.

    Args:
        pages: how many it has read.
        reader: as GET /v1/readers lists it.
        prompt: what was given as --prompt, and so on.
        model: see above.
        describe: see above.

    """
    names = _unheeded(reader, prompt=prompt, model=model, describe=describe)
    if not pages or not names:
        return ""
    return (
        f"{names} had no effect on {output.count(pages, 'page')}: the reader {reader['name']} does"
        " not look at it; `lector readers` lists those that do"
    )


def describe_unheeded(
    reader: Json, *, prompt: str | None, model: str | None, describe: bool
) -> str:
    """Say which options a reader will not look at, likewise; empty if none."""
    names = _unheeded(reader, prompt=prompt, model=model, describe=describe)
    if not names:
        return ""
    return (
        f"the reader {reader['name']} does not look at {names}; `lector readers` lists those that"
        " do, --reader NAME chooses one"
    )


def _unheeded(reader: Json, *, prompt: str | None, model: str | None, describe: bool) -> str:
    unheeded = {
        "--prompt": prompt and not reader["honours"]["prompt"],
        "--model": model and not {"*", model} & {reader["model"], *reader["models"]},
        "--describe": describe and not reader["honours"]["describe"],
    }
    return " and ".join(name for name, is_so in unheeded.items() if is_so)
