"""What the command line does with files that are there already."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from lector.failures import LectorError
from lector.local import datafolder, listing
from lector.local.client import Client, Json, ServerError
from lector.local.datafolder import DataFolder
from lector.local.session import say


def _somewhere(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say which Lector is meant."""
    server = click.option(
        "--server", metavar="URL", help="A Lector elsewhere.  [default: the one on the data folder]"
    )
    data = click.option(
        "--data",
        metavar="DIR",
        type=click.Path(file_okay=False, path_type=Path),
        default=datafolder.default,
        help="The data folder.  [default: $LECTOR_DATA, else your user data folder]",
    )
    return server(data(command))


_ids = click.argument("ids", nargs=-1, required=True, metavar="FILE_ID...")


@contextmanager
def _lector(server: str | None, data: Path) -> Iterator[Client]:
    """The Lector elsewhere, or the one that runs here; these commands start none."""
    url = server
    if url is None:
        running = DataFolder(data).running()
        if running is None:
            raise LectorError(f"no Lector runs on {data}; `lector up` starts one")
        url = running.url
    with Client(url) as client:
        client.check()
        yield client


@click.command()
@click.option("--status", help="Only files of this status, such as incomplete.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@_somewhere
def files(status: str | None, *, limit: int, server: str | None, data: Path) -> None:
    """List files, the newest first, with their ids and what became of them."""
    with _lector(server, data) as client:
        query = {"limit": limit, **({"status": status} if status else {})}
        found = client.send("GET", "/v1/files", params=query)["files"]
    listing.show(("id", "name", "status", "read", "failed", "reason"), [_row(f) for f in found])


@click.command()
@click.argument("file_id", metavar="FILE_ID")
@_somewhere
def show(file_id: str, *, server: str | None, data: Path) -> None:
    """List the pages of a file: what became of each, when, and why not."""
    with _lector(server, data) as client:
        file = client.send("GET", f"/v1/files/{file_id}")
        pages = list(client.pages(file_id))
    say(f"{file['name']}: {file['status']}" + (f", {file['error']}" if file["error"] else ""))
    header = ("page", "status", "finished at", "attempts", "reason")
    listing.show(header, [_page_row(page) for page in pages])


@click.command()
@_ids
@click.option("--pages", metavar="1-3,7", help="Only these of the failed pages.")
@_somewhere
def retry(ids: tuple[str, ...], *, pages: str | None, server: str | None, data: Path) -> None:
    """Try the failed pages of files once more, and what was cancelled."""
    body = {} if pages is None else {"pages": pages}
    with _lector(server, data) as client:

        def once_more(file_id: str) -> str:
            file = client.send("POST", f"/v1/files/{file_id}/retry", json=body)
            return f"{file['name']}: trying again"

        _each(ids, once_more)


@click.command()
@_ids
@_somewhere
def cancel(ids: tuple[str, ...], *, server: str | None, data: Path) -> None:
    """Stop reading files; pages that were read stay, and `retry` goes on."""
    with _lector(server, data) as client:

        def stop(file_id: str) -> str:
            file = client.send("POST", f"/v1/files/{file_id}/cancel")
            return f"{file['name']}: {file['status']}"

        _each(ids, stop)


@click.command()
@_ids
@_somewhere
def delete(ids: tuple[str, ...], *, server: str | None, data: Path) -> None:
    """DELETE files with their texts, images and originals."""
    with _lector(server, data) as client:

        def remove(file_id: str) -> str:
            client.send("DELETE", f"/v1/files/{file_id}")
            return f"{file_id} is deleted"

        _each(ids, remove)


@click.command()
@click.option(
    "--replay",
    metavar="ID|all",
    help="Announce a dead letter's event once more; all: of those that never were.",
)
@_somewhere
def dead(replay: str | None, *, server: str | None, data: Path) -> None:
    """List events that were given up and belong to no page or file.

    What can be tied to a page or a file is shown there, and `lector retry` tries it again.
    """
    with _lector(server, data) as client:
        letters = list(_dead_letters(client))
        if replay is None:
            _show_dead_letters(letters)
            return
        new = [letter["id"] for letter in letters if not letter["replays"]]

        def again(letter_id: str) -> str:
            letter = client.send("POST", f"/v1/dead-letters/{letter_id}/replay")
            return f"{letter['type']} about {letter['subject']} is announced again"

        _each(new if replay == "all" else [replay], again)


@click.command()
@click.option(
    "--older-than", "hours", type=float, metavar="HOURS", help="Unconfirmed for so long.  [24]"
)
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@_somewhere
def gc(hours: float | None, *, dry_run: bool, server: str | None, data: Path) -> None:
    """Remove uploads that were never confirmed, and objects that belong to no file.

    Unconfirmed uploads also go by themselves, after a day.
    """
    body: dict[str, Any] = {"dry_run": dry_run} | ({} if hours is None else {"older_than_h": hours})
    with _lector(server, data) as client:
        found = client.send("POST", "/v1/gc", json=body)
    uploads, orphans = len(found["unconfirmed"]), len(found["orphans"])
    what = "would go" if dry_run else "are gone"
    say(f"{uploads} unconfirmed uploads and {orphans} objects of no file {what}")


def _each(ids: Sequence[str], act: Callable[[str], str]) -> None:
    """Do something about each id and say so; one that is refused does not keep the others back."""
    refused = 0
    for one in ids:
        try:
            say(act(one))
        except ServerError as error:
            refused += 1
            say(f"error: {one}: {error}")
    if refused:
        sys.exit(1)


COMMANDS = (files, show, retry, cancel, delete, dead, gc)


def _row(file: Json) -> tuple[str, ...]:
    progress = file["progress"]
    read = f"{progress['read']} of {progress['total']}" if progress["total"] else ""
    reason = file["error"] or file["waiting_for"] or file["warning"] or ""
    return file["id"], file["name"], file["status"], read, str(progress["failed"] or ""), reason


def _page_row(page: Json) -> tuple[str, ...]:
    reason = page["error"] or page["waiting_for"] or ""
    at, attempts = (page["finished_at"] or "")[:19], str(page["attempts"] or "")
    return str(page["number"]), page["status"], at, attempts, reason


def _dead_letters(client: Client) -> Iterator[Json]:
    query: dict[str, Any] = {"limit": 1000}
    while True:
        answer = client.send("GET", "/v1/dead-letters", params=query)
        yield from answer["dead_letters"]
        if answer["next"] is None:
            return
        query["cursor"] = answer["next"]


def _show_dead_letters(letters: list[Json]) -> None:
    if not letters:
        say("there are no dead letters")
        return
    header = ("id", "given up at", "function", "event", "subject", "attempts", "replays", "reason")
    listing.show(header, [_letter_row(letter) for letter in letters])


def _letter_row(letter: Json) -> tuple[str, ...]:
    return (
        letter["id"],
        letter["given_up_at"][:19],
        letter["function"],
        letter["type"] or "?",
        letter["subject"] or "?",
        str(letter["attempts"]),
        str(letter["replays"]),
        letter["error"],
    )
