"""ls, get, search: what is there."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from lector.cli import listing, options
from lector.cli.client import Client, Json, ServerError, printable
from lector.cli.session import console, say

STATES = ("announced", "uploaded", "reading", "completed", "incomplete", "failed", "cancelled")
_EXTENSIONS = {"text": ".txt", "markdown": ".md", "json": ".json", "pdf": ".searchable.pdf"}
_MOST = 1000


@click.command()
@options.maybe_file_id
@click.option(
    "--status",
    "states",
    multiple=True,
    type=click.Choice(STATES),
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
@click.option("--limit", type=click.IntRange(1, _MOST), default=20, show_default=True)
@click.option("--all", "everything", is_flag=True, help="All files, however many.")
@options.as_json
@options.somewhere
def ls(
    file_id: str | None,
    *,
    states: tuple[str, ...],
    name: str | None,
    sort: str,
    limit: int,
    everything: bool,
    as_json: bool,
    server: str | None,
    token: str | None,
    data: Path,
) -> None:
    """List files and what became of them; or the pages of one file.

    Tab-separated where the output is not a terminal.
    """
    with options.lector(server, token, data) as client:
        if file_id is not None:
            _list_pages(client, file_id, as_json=as_json)
            return
        query: dict[str, Any] = {"limit": _MOST if everything else limit, "sort": sort}
        query |= {"status": list(states)} if states else {}
        query |= {"name": name} if name else {}
        found = list(_files(client, query, everything=everything))
    if as_json:
        options.write_json({"files": found})
        return
    header = ("id", "name", "status", "read", "failed", "cost", "reason")
    listing.show(header, [_row(file) for file in found])


@click.command()
@options.file_ids
@click.option(
    "--format",
    "style",
    type=click.Choice(list(_EXTENSIONS)),
    default="text",
    show_default=True,
    help="pdf: the original, made searchable where the model tells where words stand.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE|DIR",
    type=click.Path(path_type=Path),
    help="Write there instead of to stdout; into a folder under the files' names.",
)
@click.option("--force", is_flag=True, help="Write over files that are there.")
@click.option("--json", "as_json", is_flag=True, help="With -o: tell what was written as JSON.")
@options.somewhere
def get(
    ids: tuple[str, ...],
    *,
    style: str,
    output: Path | None,
    force: bool,
    as_json: bool,
    server: str | None,
    token: str | None,
    data: Path,
) -> None:
    """Print the text of files, or write it into files."""
    if output is None and style == "pdf" and sys.stdout.isatty():
        raise click.UsageError("a PDF is nothing for a terminal; name a file with -o")
    if output is None and as_json:
        raise click.UsageError("--json goes with -o; the text itself as JSON is --format json")
    if output is not None and len(ids) > 1 and not output.is_dir():
        raise click.UsageError(f"{output} is no folder; several files need one")
    with options.lector(server, token, data) as client:
        if output is None:
            _print(client, ids, style)
            return
        folder = output if output.is_dir() else None

        def fetched(file_id: str) -> tuple[str, Json]:
            target = folder / _file_name(client, file_id, style) if folder else output
            _write(client, file_id, style, target, force=force)
            return f"{file_id}: written to {target}", {"path": str(target)}

        options.each(ids, fetched, as_json=as_json)


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--file", "file_id", metavar="FILE_ID", help="Only in this file.")
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True)
@options.as_json
@options.somewhere
def search(
    words: tuple[str, ...],
    *,
    file_id: str | None,
    limit: int,
    as_json: bool,
    server: str | None,
    token: str | None,
    data: Path,
) -> None:
    """Search the text of all files: words in any form, "a phrase", either or, -without."""
    query = {"q": " ".join(words), "limit": limit} | ({"file": file_id} if file_id else {})
    with options.lector(server, token, data) as client:
        hits = client.send("GET", "/v1/search", params=query)["hits"]
    if as_json:
        options.write_json({"hits": hits})
    elif hits:
        listing.show_hits(hits)
    else:
        say(f"nothing was found for {query['q']}")


COMMANDS = (ls, get, search)


def _files(client: Client, query: dict[str, Any], *, everything: bool) -> Iterator[Json]:
    while True:
        answer = client.send("GET", "/v1/files", params=query)
        yield from answer["files"]
        if not everything or answer["next"] is None:
            return
        query["cursor"] = answer["next"]


def _list_pages(client: Client, file_id: str, *, as_json: bool) -> None:
    file = client.send("GET", f"/v1/files/{file_id}")
    pages = list(client.pages(file["id"]))
    if as_json:
        options.write_json({"file": file, "pages": pages})
        return
    say(f"{file['name']}: {file['status']}" + (f", {file['error']}" if file["error"] else ""))
    header = ("page", "status", "finished at", "attempts", "cost", "reason")
    listing.show(header, [_page_row(page) for page in pages])


def _print(client: Client, ids: Sequence[str], style: str) -> None:
    """The texts one after the other; the first that is refused ends it."""
    for file_id in ids:
        client.fetch(file_id, style, sys.stdout.buffer)


def _write(client: Client, file_id: str, style: str, target: Path, *, force: bool) -> None:
    """All of it or nothing: what breaks off leaves what was there before."""
    if target.exists() and not force:
        raise ServerError(f"{target} is there already; --force writes over it")
    partial = target.with_name(f".{target.name}.part")
    try:
        with partial.open("wb") as content, console.status(f"fetching {target.name}"):
            client.fetch(file_id, style, content)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _file_name(client: Client, file_id: str, style: str) -> str:
    """The name of a file as one of ours: what a server calls it may be anything."""
    name = printable(client.send("GET", f"/v1/files/{file_id}")["name"])
    stem = name.replace("\\", "/").rpartition("/")[2].removesuffix(".pdf").strip(". ")
    return f"{stem[:120] or 'unnamed'}{_EXTENSIONS[style]}"


def _row(file: Json) -> tuple[str, ...]:
    progress = file["progress"]
    read = f"{progress['read']} of {progress['total']}" if progress["total"] else ""
    reason = file["error"] or file["waiting_for"] or file["warning"] or ""
    failed, cost = str(progress["failed"] or ""), listing.dollars(file["usage"]["cost_usd"])
    return file["id"], file["name"], file["status"], read, failed, cost, reason


def _page_row(page: Json) -> tuple[str, ...]:
    reason = page["error"] or page["waiting_for"] or ""
    at, attempts = (page["finished_at"] or "")[:19], str(page["attempts"] or "")
    return (
        str(page["number"]),
        page["status"],
        at,
        attempts,
        listing.dollars(page["usage"]["cost_usd"]),
        reason,
    )
