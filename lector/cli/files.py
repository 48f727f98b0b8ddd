"""ls, get, search: list files and pages, fetch their text, search in it."""

import contextlib
import sys
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from lector.cli import doubts, file_names, formats, options, output
from lector.cli.answers import Json, ServerError, printable
from lector.cli.client import Client
from lector.cli.output import console, echo
from lector.domain import originals
from lector.domain.states import VISIBLE_FILES

_LARGEST_LIMIT = 1000
_DAY = click.DateTime(["%Y-%m-%d"])


def _check_list(
    *, file_id: str | None, states: tuple[str, ...], name: str | None, **_: object
) -> None:
    chosen = {"--status": states, "--name": name}
    names = " and ".join(option for option, value in chosen.items() if value)
    if file_id is not None and names:
        raise click.UsageError(f"{names} chooses among files; with FILE its pages are listed")


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
@options.with_client(check=_check_list)
def ls(
    client: Client,
    file_id: str | None,
    *,
    states: tuple[str, ...],
    name: str | None,
    sort: str,
    limit: int,
    everything: bool,
    doubted: bool,
    as_json: bool,
) -> None:
    """List files and what became of them; or the pages of one file.

    Tab-separated where the output is not a terminal. The reason of a page that was read is what
    speaks against its text.
    """
    if file_id is not None:
        _list_pages(client, file_id, doubted=doubted, as_json=as_json)
        return
    query: dict[str, Any] = {"sort": sort}
    query |= {"status": list(states)} if states else {}
    query |= {"name": name} if name else {}
    query |= {"doubted": "true"} if doubted else {}
    files = client.list_files(per_request=_LARGEST_LIMIT if everything else limit, **query)
    found = list(files if everything else islice(files, limit))
    if as_json:
        output.write_json({"files": found})
        return
    header = ("id", "name", "status", "read", "failed", "cost", "reason")
    ids = [file["id"] for file in found]
    if (
        sys.stdout.isatty()
    ):  # a program keeps what it reads, so it gets what always tells files apart
        ids = file_names.shorten(ids)
    rows = [(file_id, *_file_row(file)) for file_id, file in zip(ids, found, strict=True)]
    output.write_table(header, rows)


def _check_target(
    *,
    ids: tuple[str, ...],
    style: str,
    words: bool,
    target: Path | None,
    as_json: bool,
    **_: object,
) -> None:
    formats.check_words(style, words=words)
    if target is None and len(ids) > 1 and style in formats.ONE_FILE_EACH:
        raise click.UsageError(f"several files as {style} need a folder; name one with -o")
    if target is None and style == "pdf" and sys.stdout.isatty():
        raise click.UsageError("a PDF cannot be shown on a terminal; name a file with -o")
    if target is None and as_json:
        raise click.UsageError("--json goes with -o; the text itself as JSON is --format json")
    if target is not None and len(ids) > 1 and not target.is_dir():
        raise click.UsageError(f"{target} is no folder; several files need one")


@click.command()
@options.file_ids
@click.option(
    "--format",
    "style",
    type=click.Choice(list(formats.EXTENSIONS)),
    default="text",
    show_default=True,
    help=formats.HELP,
)
@formats.words
@click.option(
    "-o",
    "--output",
    "target",
    metavar="FILE|DIR",
    type=click.Path(path_type=Path),
    help="Write there instead of to stdout; into a folder under the files' names.",
)
@click.option("--force", is_flag=True, help="Write over files that are there.")
@options.fail_on_doubt()
@options.with_client(json_help="With -o: tell what was written as JSON.", check=_check_target)
def get(
    client: Client,
    ids: tuple[str, ...],
    *,
    style: str,
    words: bool,
    target: Path | None,
    force: bool,
    fail_on_doubt: bool,
    as_json: bool,
) -> None:
    """Print the text of files, or write it into files.

    text and markdown hold the text alone; json says also where each page's text is from, and what
    speaks against it, with --words also where each word stands. Exits with 1 when pages of a file
    were not read (with --fail-on-doubt also when one should be looked at), and says so on stderr.
    """

    def is_fine(file: Json) -> bool:
        return _is_whole(file) and not (fail_on_doubt and file["progress"].get("doubted"))

    if target is None:
        whole = [is_fine(_print_text(client, file_id, style, words=words)) for file_id in ids]
        if not all(whole):
            sys.exit(1)
        return
    folder = target if target.is_dir() else None

    def fetch(file_id: str) -> tuple[str, Json]:
        path = folder / _file_name(client, file_id, style) if folder else target
        _write_file(client, file_id, style, path, words=words, force=force)
        file = client.send("GET", f"/v1/files/{file_id}")
        sentence = f"{file_id}: written to {path}"
        if is_fine(file):
            return sentence, {"path": str(path)}
        missing = _describe_state(file)
        return f"{sentence}, but {missing}", {"path": str(path), "error": missing}

    output.run_for_each(ids, fetch, as_json=as_json)


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--file", "file_id", metavar="FILE", type=options.FILE, help="Only in this file.")
@click.option("--language", metavar="CODE", help="Only pages in this language, such as es.")
@click.option(
    "--since", type=_DAY, metavar="DAY", help="Only files announced on this day (UTC) or later."
)
@click.option(
    "--until", type=_DAY, metavar="DAY", help="Only files announced on this day (UTC) or before."
)
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True)
@options.with_client()
def search(
    client: Client,
    words: tuple[str, ...],
    *,
    file_id: str | None,
    language: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    as_json: bool,
) -> None:
    """Search the text of all files: words in any form, begin*, "a phrase", either or, -without."""
    days = {"since": since and since.date(), "until": until and until.date()}
    filters = {"file": file_id, "language": language, **days}
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


COMMANDS = (ls, get, search)


def _print_text(client: Client, file_id: str, style: str, *, words: bool) -> Json:
    """Write a file's text on stdout, and what is to be known of it on stderr; the file."""
    client.fetch(file_id, style, output.binary_stdout(), words=words)
    file = client.send("GET", f"/v1/files/{file_id}")
    if not _is_whole(file) or _file_reason(file):
        echo(_describe_state(file))
    return file


def _is_whole(file: Json) -> bool:
    """Whether every page has a text, also while some are read again."""
    progress = file["progress"]
    return bool(progress["total"] and progress["read"] == progress["total"])


def _describe_state(file: Json) -> str:
    reason = _file_reason(file)
    return f"{file['name']}: {file['status']}" + (f", {reason}" if reason else "")


def _list_pages(client: Client, file_id: str, *, doubted: bool, as_json: bool) -> None:
    file = client.send("GET", f"/v1/files/{file_id}")
    pages = list(client.pages(file["id"], doubted=doubted))
    if as_json:
        output.write_json({"file": file, "pages": pages})
        return
    echo(_describe_state(file))
    header = ("page", "status", "finished at", "attempts", "cost", "reason", "text from")
    output.write_table(header, [_page_row(page) for page in pages])


def _write_file(
    client: Client, file_id: str, style: str, path: Path, *, words: bool, force: bool
) -> None:
    """All of it or nothing: a download that breaks off leaves what was there before."""
    if path.exists() and not force:
        raise ServerError(f"{path} is there already; --force writes over it")
    partial = path.with_name(f".{path.name}.part")
    try:
        with (
            partial.open("wb") as content,
            console.status(Text(f"fetching {printable(path.name)}")),
        ):
            client.fetch(file_id, style, content, words=words)
        partial.replace(path)
    except OSError as error:
        raise ServerError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        _remove(partial)


def _remove(partial: Path) -> None:
    with contextlib.suppress(OSError):  # such as a folder that is not there
        partial.unlink(missing_ok=True)


def _file_name(client: Client, file_id: str, style: str) -> str:
    """A safe file name in our folder, made from the server's name, which may hold anything."""
    name = client.send("GET", f"/v1/files/{file_id}")["name"]
    return f"{safe_stem(name)}{formats.EXTENSIONS[style]}"


def safe_stem(name: str) -> str:
    """What a file or folder of ours can be called after the server's name of a file."""
    stem = originals.stem(printable(name).replace("\\", "/").rpartition("/")[2]).strip(". ")
    return stem[:120] or "unnamed"


def _file_row(file: Json) -> tuple[str, ...]:
    progress = file["progress"]
    read = f"{progress['read']} of {progress['total']}" if progress["total"] else ""
    reason = _file_reason(file)
    failed, cost = str(progress["failed"] or ""), _file_cost(file)
    return file["name"], file["status"], read, failed, cost, reason


def _file_cost(file: Json) -> str:
    """What a file has cost so far, and what it may cost; a server of before knows of no ceiling."""
    spent = file.get("spent_usd")
    cost = output.format_dollars(file["usage"]["cost_usd"] if spent is None else spent)
    most = output.format_dollars(file.get("max_cost_usd"))
    return f"{cost or '$0'} of {most}" if most else cost


def _file_reason(file: Json) -> str:
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
        name = Text(printable(hit["file_name"]), style="bold cyan")
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
