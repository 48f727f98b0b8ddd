"""ls, search: list files and pages, search in their text."""

import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import click
from click.core import ParameterSource
from rich.console import Console
from rich.text import Text

from lector.cli import doubts, file_names, options, output
from lector.cli.answers import Json, printable
from lector.cli.client import Client
from lector.cli.output import echo
from lector.domain.states import TROUBLED_FILES, VISIBLE_FILES, FileStatus

_LARGEST_LIMIT = 1000
_LIST_EVERY_S = 2.0


def _check_list(
    *,
    file_id: str | None,
    states: tuple[str, ...],
    name: str | None,
    folder: str | None,
    need_a_look: bool,
    doubted: bool,
    folders: bool,
    everything: bool,
    watch: bool,
    as_json: bool,
    **_: object,
) -> None:
    chosen = {
        "--status": states,
        "--name": name,
        "--folder": folder,
        "--need-a-look": need_a_look,
    }
    names = " and ".join(option for option, value in chosen.items() if value)
    if file_id is not None and names:
        raise click.UsageError(f"{names} chooses among files; with FILE its pages are listed")
    others = {"FILE": file_id, **chosen, "--folder": None, "--doubted": doubted, "--watch": watch}
    others |= {f"--{name}": _is_given(name) for name in ("sort", "limit")} | {"--all": everything}
    unfit = " and ".join(option for option, value in others.items() if value)
    if folders and unfit:
        raise click.UsageError(f"{unfit} does not go with --folders, which lists no files")
    if watch and (as_json or not sys.stdout.isatty()):
        raise click.UsageError("--watch is for a terminal; programs have `lector events --follow`")


def _is_given(parameter: str) -> bool:
    """Whether the option was given, even with its default value."""
    source = click.get_current_context().get_parameter_source(parameter)
    return source is not ParameterSource.DEFAULT


@click.command()
@options.optional_file_id
@click.option(
    "--status",
    "states",
    multiple=True,
    type=click.Choice([str(status) for status in VISIBLE_FILES]),
    help="Only files of this state; may be repeated.",
)
@click.option("--name", help="Only files whose name contains this.")
@options.in_folder
@click.option(
    "--sort",
    type=click.Choice(["newest", "oldest", "name", "largest"]),
    default="newest",
    show_default=True,
    help="What comes first.",
)
@click.option("--limit", type=click.IntRange(1, _LARGEST_LIMIT), default=20, show_default=True)
@click.option("--all", "everything", is_flag=True, help="All files, however many.")
@click.option(
    "--doubted", is_flag=True, help="Only pages to look at, or files that have such pages."
)
@click.option(
    "--need-a-look",
    is_flag=True,
    help="Only files with pages to look at, with pages that failed, or that failed as a whole.",
)
@click.option(
    "--folders",
    is_flag=True,
    help="List folders in place of files: those right below --folder, else those at the top.",
)
@click.option("--watch", is_flag=True, help="List them anew every 2 seconds, until Ctrl-C.")
@options.with_client(check=_check_list)
def ls(
    client: Client,
    file_id: str | None,
    *,
    states: tuple[str, ...],
    name: str | None,
    folder: str | None,
    sort: str,
    limit: int,
    everything: bool,
    doubted: bool,
    need_a_look: bool,
    folders: bool,
    watch: bool,
    as_json: bool,
) -> None:
    """List files and what became of them; or the pages of one file.

    Tab-separated where the output is not a terminal. "look" is yes for files with pages to look at,
    with pages that failed, or that failed as a whole. The reason of a page that was read is what
    speaks against its text.
    """
    query: dict[str, Any] = {"sort": sort}
    query |= {"status": list(states)} if states else {}
    query |= {"name": name} if name else {}
    query |= {"folder": folder} if folder else {}
    query |= {"doubted": "true"} if doubted else {}
    query |= {"need_a_look": "true"} if need_a_look else {}

    def show() -> None:
        if folders:
            _list_folders(client, folder, as_json=as_json)
        elif file_id is None:
            _list_files(client, query, None if everything else limit, as_json=as_json)
        else:
            _list_pages(client, file_id, doubted=doubted, as_json=as_json)

    if watch:
        _repeat(show)
    else:
        show()


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--file", "file_id", metavar="FILE", type=options.FILE, help="Only in this file.")
@options.in_folder
@click.option("--language", metavar="CODE", help="Only pages in this language, such as es.")
@click.option(
    "--since",
    type=options.DAY,
    metavar="DAY",
    help="Only files announced on this day (UTC) or later.",
)
@click.option(
    "--until",
    type=options.DAY,
    metavar="DAY",
    help="Only files announced on this day (UTC) or before.",
)
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True)
@options.with_client()
def search(
    client: Client,
    words: tuple[str, ...],
    *,
    file_id: str | None,
    folder: str | None,
    language: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    as_json: bool,
) -> None:
    """Search the text of all files: words in any form, begin*, "a phrase", either or, -without."""
    days = {"since": since and since.date(), "until": until and until.date()}
    filters = {"file": file_id, "folder": folder, "language": language, **days}
    chosen = {name: str(value) for name, value in filters.items() if value is not None}
    query = {"q": " ".join(words), "limit": limit, **chosen}
    found = client.send("GET", "/v1/search", params=query)
    hits = found["hits"]
    # A server of before says nothing of these.
    ranked, meant = found.get("ranked_newest"), found.get("did_you_mean")
    if as_json:
        output.write_json({"hits": hits, "ranked_newest": ranked, "did_you_mean": meant})
        return
    if hits:
        _write_hits(hits)
    else:
        echo(f"nothing was found for {query['q']}")
    if ranked:
        echo(f"very many pages match: these are the best of the newest {ranked:,}")
    if meant:
        echo(f"did you mean: {printable(meant)}")


COMMANDS = (ls, search)


def is_whole(file: Json) -> bool:
    """Whether every page has a text, also while some are read again."""
    progress = file["progress"]
    return bool(progress["total"] and progress["read"] == progress["total"])


def describe_state(file: Json) -> str:
    """A file's name and state, and what there is to say of it."""
    status = file["status"]
    state = "not uploaded yet" if status == FileStatus.ANNOUNCED else status
    said = (state, file_reason(file), output.describe_deletion(file))
    return f"{file['name']}: {', '.join(filter(None, said))}"


def _repeat(show: Callable[[], None]) -> None:
    """Show something on an empty screen, again and again, until Ctrl-C."""
    try:
        while True:
            click.clear()
            show()
            time.sleep(_LIST_EVERY_S)
    except KeyboardInterrupt:
        echo("stopped")


def _list_files(client: Client, query: Json, most: int | None, *, as_json: bool) -> None:
    files = client.list_files(per_request=most or _LARGEST_LIMIT, **query)
    found = list(islice(files, most))
    if as_json:
        output.write_json({"files": found})
        return
    header = ("status", "read", "failed", "cost", "reason")
    ids = [file["id"] for file in found]
    if sys.stdout.isatty():
        told = zip(file_names.shorten(ids), found, strict=True)
        shown = [
            (one, file_names.with_folder(file), _look(file), *_file_row(file)) for one, file in told
        ]
        output.write_table(("id", "name", "look", *header), shown)
        return
    # A program keeps what it reads, so it gets what always tells files apart, and each by itself.
    rows = [
        (file["id"], file["name"], *_file_row(file), file.get("folder") or "", _look(file))
        for file in found
    ]
    output.write_table(("id", "name", *header, "folder", "look"), rows)


def _list_folders(client: Client, below: str | None, *, as_json: bool) -> None:
    found = client.send("GET", "/v1/folders", params={"folder": below} if below else {})
    if as_json:
        output.write_json(found)
        return
    rows = [(one["folder"], str(one["files"])) for one in found["folders"]]
    output.write_table(("folder", "files"), rows)
    if not found["is_whole"]:
        echo("there are more folders than these")


def _list_pages(client: Client, file_id: str, *, doubted: bool, as_json: bool) -> None:
    file = client.send("GET", f"/v1/files/{file_id}")
    pages = list(client.pages(file["id"], doubted=doubted))
    if as_json:
        output.write_json({"file": file, "pages": pages})
        return
    echo(describe_state(file))
    header = ("page", "status", "finished at", "attempts", "cost", "reason", "text from")
    output.write_table(header, [_page_row(page) for page in pages])


def _look(file: Json) -> str:
    """Whether a file needs a look, by the rule of GET /v1/files; empty for no."""
    needs = file["progress"].get("doubted") or file["status"] in TROUBLED_FILES
    return "yes" if needs else ""


def _file_row(file: Json) -> tuple[str, ...]:
    progress = file["progress"]
    read = f"{progress['read']} of {progress['total']}" if progress["total"] else ""
    reason = "; ".join(filter(None, (file_reason(file), output.describe_deletion(file))))
    failed, cost = str(progress["failed"] or ""), _file_cost(file)
    return file["status"], read, failed, cost, reason


def _file_cost(file: Json) -> str:
    """What a file has cost so far, and what it may cost; a server of before knows of no ceiling."""
    spent = file.get("spent_usd")
    cost = output.format_dollars(file["usage"]["cost_usd"] if spent is None else spent)
    most = output.format_dollars(file.get("max_cost_usd"))
    return f"{cost or '$0'} of {most}" if most else cost


def file_reason(file: Json) -> str:
    """All that there is to say of a file beside its state."""
    doubted = doubts.count_words(file["progress"].get("doubted", 0))
    said = (file["error"] or output.describe_wait(file), file["warning"], doubted)
    return "; ".join(filter(None, said))


def _page_row(page: Json) -> tuple[str, ...]:
    reason = output.describe_failure(page) if page["error"] else ""
    reason = reason or output.describe_wait(page) or doubts.describe_page(page)
    at, attempts = (page["finished_at"] or "")[:19], str(page["attempts"] or "")
    return (
        str(page["number"]),
        page["status"],
        at,
        attempts,
        output.format_dollars(page["usage"]["cost_usd"]),
        reason,
        page["provenance"] or "",
    )


def _write_hits(hits: Sequence[Json]) -> None:
    """Write what a search found: file, page, and a piece of the text with its hits in bold."""
    if not sys.stdout.isatty():
        rows = [
            (hit["file_id"], hit["file_name"], str(hit["page"]), _format_snippet(hit).plain)
            for hit in hits
        ]
        output.write_table(("file", "name", "page", "text"), rows)
        return
    terminal = Console()
    for hit in hits:
        called = {"name": hit["file_name"], "folder": hit.get("file_folder")}
        name = Text(printable(file_names.with_folder(called)), style="bold cyan")
        terminal.print(name.append(f", page {hit['page']}", style="cyan"))
        terminal.print(_format_snippet(hit), soft_wrap=False)
        if doubts.doubts_of(hit):
            terminal.print(Text(printable(doubts.describe_page(hit)), style="yellow"))
        terminal.print(Text(hit["file_id"], style="dim"))


def _format_snippet(hit: Json) -> Text:
    text = Text()
    for piece in hit["snippet"]:
        words = printable(" ".join(f"|{piece['text']}|".split()))[1:-1]
        text.append(words, style="bold yellow" if piece["hit"] else "")
    return text
