"""Which Lector a command means, with which token, and in which form it answers."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from lector.cli.client import Client, Json, ServerError, printable
from lector.cli.session import say
from lector.local import data_folder as folders
from lector.local.data_folder import DataFolder, Running
from lector.runtime.failures import LectorError

_COMPLETION_S = 1.0
_COMPLETED_FILES = 50

Command = Callable[..., None]

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
    callback=lambda *args: _token_in(args[2]),
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Holds the token that a Lector elsewhere asks for.  [default: what $LECTOR_TOKEN holds]",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Answer as one JSON document.")


def somewhere(command: Command) -> Command:
    """Give a command the options that say which Lector is meant."""
    return server(token_file(data_folder(command)))


@contextmanager
def lector(server: str | None, token: str | None, data: Path) -> Iterator[Client]:
    """The Lector elsewhere, or the one that runs here; these commands start none."""
    with Client(_url(server, data), token) as client:
        client.check()
        yield client


def _url(server: str | None, data: Path | None) -> str:
    return server or _running(data).url


def nats_url(data: Path) -> str:
    """The NATS of the Lector that runs on a data folder."""
    return _running(data).nats_url


def _running(data: Path | None) -> Running:
    folder = DataFolder(data or folders.default())
    running = folder.running()
    if running is None:
        raise LectorError(f"no Lector runs on {folder.path}; `lector up` starts one")
    return running


def _completed(context: click.Context, _: click.Parameter, begun: str) -> list[CompletionItem]:
    """Ids of files that begin so, with their names; none when nobody tells within a second."""
    try:
        url = _url(context.params.get("server"), context.params.get("data"))
        with Client(url, context.params.get("token")) as client:
            query = {"limit": _COMPLETED_FILES}
            answer = client.send(
                "GET", "/v1/files", patience_s=0, params=query, timeout=_COMPLETION_S
            )
    except (LectorError, OSError):
        return []
    return [
        CompletionItem(file["id"], help=printable(file["name"]))
        for file in answer["files"]
        if file["id"].startswith(begun)
    ]


file_ids = click.argument(
    "ids", nargs=-1, required=True, metavar="FILE_ID...", shell_complete=_completed
)
file_id = click.argument("file_id", metavar="FILE_ID", shell_complete=_completed)
maybe_file_id = click.argument(
    "file_id", required=False, metavar="[FILE_ID]", shell_complete=_completed
)


def each(
    ids: Sequence[str], act: Callable[[str], tuple[str, Json]], *, as_json: bool = False
) -> None:
    """Do something about each id; one that is refused does not keep the others back.

    What `act` returns is said: a sentence, or with --json a member of `results` beside the id.
    """
    results: list[Json] = []
    for one in ids:
        try:
            sentence, document = act(one)
            results.append({"id": one, **document})
        except ServerError as error:
            sentence = f"error: {one}: {error}"
            results.append({"id": one, "error": str(error)})
        if not as_json:
            say(sentence)
    if as_json:
        write_json({"results": results})
    if any("error" in result for result in results):
        sys.exit(1)


def write_json(document: Json | Sequence[Any]) -> None:
    """One JSON document on stdout."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


def prompt_text(_: click.Context, __: click.Parameter, text: str | None) -> str | None:
    """What is written after --prompt: the words themselves, or @ and the file that holds them."""
    if text is None or not text.startswith("@"):
        return text
    try:
        return Path(text[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.BadParameter(f"{text[1:]} cannot be read: {error}") from error


prompt = click.option(
    "--prompt",
    metavar="TEXT|@FILE",
    callback=prompt_text,
    help="Your own words to the model, in place of Lector's.",
)
model = click.option("--model", metavar="NAME", help="Another model of the same endpoint.")
language = click.option(
    "--language", metavar="CODE", help="The language of the pages, such as en or es."
)


def _token_in(path: Path | None) -> str | None:
    return path.read_text().strip() if path else None
