"""retry, verify, cancel, rm, dead, gc: change files that are there already, and clean up."""

from collections.abc import Callable, Iterator
from typing import Any

import click

from lector.cli import options, output
from lector.cli.answers import Json
from lector.cli.client import Client
from lector.cli.output import echo
from lector.domain import page_selection
from lector.domain.states import FileStatus

_MOST_USD = 1_000_000
_TOO_LATE = (FileStatus.COMPLETED, FileStatus.INCOMPLETE, FileStatus.FAILED)


@click.command()
@options.file_ids
@click.option(
    "--pages", metavar="1-3,7", help="These pages, also when they were read.  [default: the failed]"
)
@options.prompt
@options.reader
@options.model
@options.language
@options.text_layer("never for pages that were read, as before for those that failed")
@options.describe
@click.option(
    "--corrected", is_flag=True, help="Also pages whose text a person wrote; it stays a version."
)
@options.verify
@options.on_doubt
@options.password
@options.with_client(check=options.check_reading)
def retry(
    client: Client,
    ids: tuple[str, ...],
    *,
    pages: str | None,
    prompt: str | None,
    model: str | None,
    language: str | None,
    text_layer: str | None,
    describe: bool,
    reader: str | None,
    corrected: bool,
    verify: str | None,
    on_doubt: str | None,
    password: str | None,
    as_json: bool,
) -> None:
    """Read pages once more; what a page said so far is kept as a version.

    Pages whose text a person wrote are left as they are, unless --corrected is said.
    """
    choices = {
        "pages": pages,
        "prompt": prompt,
        "model": model,
        "language": language,
        "text_layer": text_layer,
        "describe": describe or None,
        "reader": reader,
        "include_corrected": corrected or None,
        "verify": verify,
        "on_doubt": on_doubt,
        "password": password,
    }
    body = {name: value for name, value in choices.items() if value is not None}
    unheeded = _describe_unheeded(client, reader, prompt=prompt, model=model, describe=describe)

    def retry_file(file_id: str) -> tuple[str, Json]:
        file = client.send("POST", f"/v1/files/{file_id}/retry", json=body)
        left = 0 if corrected or pages is None else _count_corrected(client, file, pages)
        warning = unheeded(file)
        return f"{file['name']}: trying again{_describe_left(left)}{warning}", {"file": file}

    output.run_for_each(ids, retry_file, as_json=as_json)


def _describe_unheeded(client: Client, reader: str | None, **wishes: Any) -> Callable[[Json], str]:
    """What says of a file which options its reader does not look at; empty if none."""
    readers = client.send("GET", "/v1/readers")["readers"] if any(wishes.values()) else []

    def describe(file: Json) -> str:
        name = reader or file["reader"]
        own = (one for one in readers if (one["default"] if name is None else one["name"] == name))
        words = "".join(options.describe_unheeded(one, **wishes) for one in own)
        return f"; {words}" if words else ""

    return describe


def _count_corrected(client: Client, file: Json, selection: str) -> int:
    """How many of these pages have a text that a person wrote."""
    if not file["progress"].get("corrected"):
        return 0
    numbers = set(page_selection.select(selection, file["page_count"] or 0))
    corrected = client.pages(file["id"], corrected=True, text=False)
    return sum(page["number"] in numbers for page in corrected)


def _describe_left(count: int) -> str:
    if not count:
        return ""
    stay, them = ("stays as it is", "it") if count == 1 else ("stay as they are", "them")
    pages = output.count(count, "page")
    return f"; {pages} that a person wrote {stay} (--corrected reads {them}, too)"


@click.command()
@options.file_ids
@click.option("--pages", metavar="1-3,7", help="These pages.  [default: all that were read]")
@options.with_client()
def verify(client: Client, ids: tuple[str, ...], *, pages: str | None, as_json: bool) -> None:
    """Hold pages that were read against a second reader; no model is asked.

    The second reader is the page's own text, else Tesseract. Texts stay as they are; `lector ls
    FILE` shows what speaks against them.
    """
    body = {} if pages is None else {"pages": pages}

    def verify_file(file_id: str) -> tuple[str, Json]:
        file = client.send("POST", f"/v1/files/{file_id}/verify", json=body)
        return f"{file['name']}: being verified", {"file": file}

    output.run_for_each(ids, verify_file, as_json=as_json)


@click.command()
@options.file_ids
@options.with_client()
def cancel(client: Client, ids: tuple[str, ...], *, as_json: bool) -> None:
    """Stop reading files; pages that were read stay, and `retry` goes on."""

    def cancel_file(file_id: str) -> tuple[str, Json]:
        file = client.send("POST", f"/v1/files/{file_id}/cancel")
        status = file["status"]
        sentence = f"nothing to cancel, it is {status} already" if status in _TOO_LATE else status
        return f"{file['name']}: {sentence}", {"file": file}

    output.run_for_each(ids, cancel_file, as_json=as_json)


def _read_amount(_: click.Context, __: click.Parameter, text: str | None) -> float | str | None:
    """An amount in USD, or `none`."""
    if text is None or text == "none":
        return text
    try:
        amount = float(text.removeprefix("$"))
    except ValueError:
        amount = -1.0
    if not 0 <= amount <= _MOST_USD:
        raise click.BadParameter(f"{text!r} is no amount; say USD, such as 0.5, or none")
    return amount


@click.command()
@options.optional_file_id
@click.argument("amount", required=False, metavar="[USD|none]", callback=_read_amount)
@options.with_client()
def budget(
    client: Client, file_id: str | None, *, amount: float | str | None, as_json: bool
) -> None:
    """Say what a file has cost, or change what it may cost; pages that waited for that go on.

    The amount is of all that the file has cost and will; `none` takes the ceiling away. Without
    FILE: what all files have cost today.
    """
    if file_id is None:
        _write_day(client, as_json=as_json)
        return
    path = f"/v1/files/{file_id}"
    if amount is None:
        file = client.send("GET", path)
    else:
        body = {"max_cost_usd": None if amount == "none" else amount}
        file = client.send("PATCH", path, json=body)
    if as_json:
        output.write_json({"file": file})
        return
    most = output.format_dollars(file["max_cost_usd"])
    spent = output.format_dollars(file["spent_usd"] or 0.0)
    words = f"{spent} spent, {f'{most} at most' if most else 'no ceiling'}"
    output.write_text("; ".join(filter(None, (words, output.describe_wait(file)))))


def _write_day(client: Client, *, as_json: bool) -> None:
    """What all files of the tenant have cost today."""
    me = client.send("GET", "/v1/me")
    if as_json:
        output.write_json(me)
        return
    spent = output.format_dollars(me["spent_today_usd"])
    most = output.format_dollars(me["limits"]["max_cost_usd_per_day"])
    of_token = f"; with this token {most} at most" if most else ""
    output.write_text(f"{spent} spent today (UTC){of_token}")


@click.command()
@options.file_ids
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@options.with_client(check=options.check_can_ask)
def rm(client: Client, ids: tuple[str, ...], *, yes: bool, as_json: bool) -> None:
    """DELETE files with their texts, images and originals.

    On a terminal it asks first; elsewhere it needs --yes.
    """
    if not yes:
        _confirm_deletion(client, ids)

    def delete(file_id: str) -> tuple[str, Json]:
        client.send("DELETE", f"/v1/files/{file_id}")
        return f"{file_id} is deleted", {"deleted": True}

    output.run_for_each(ids, delete, as_json=as_json)


def _confirm_deletion(client: Client, ids: tuple[str, ...]) -> None:
    for file in client.files(ids):
        echo(f"{file['name']}, {output.count(file['progress']['read'], 'page')} read")
    what = "this file" if len(ids) == 1 else f"these {len(ids)} files"
    options.confirm_deletion(f"Delete {what} for good?")


@click.command()
@click.option(
    "--replay",
    metavar="ID|all",
    help="Announce a dead letter's event once more; all: of those that never were.",
)
@options.with_client()
def dead(client: Client, replay: str | None, *, as_json: bool) -> None:
    """List events that were given up and belong to no page or file.

    What can be tied to a page or a file is shown there, and `lector retry` tries it again.
    """
    letters = list(_find_dead_letters(client))
    if replay is None:
        if as_json:
            output.write_json({"dead_letters": letters})
        else:
            _write_dead_letters(letters)
        return
    never_replayed = [letter["id"] for letter in letters if not letter["replays"]]

    def replay_letter(letter_id: str) -> tuple[str, Json]:
        letter = client.send("POST", f"/v1/dead-letters/{letter_id}/replay")
        sentence = f"{letter['type']} about {letter['subject']} is announced again"
        return sentence, {"dead_letter": letter}

    ids = never_replayed if replay == "all" else [replay]
    output.run_for_each(ids, replay_letter, as_json=as_json)


@click.command()
@click.option(
    "--older-than", "hours", type=float, metavar="HOURS", help="Unconfirmed for so long.  [24]"
)
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@options.with_client()
def gc(client: Client, hours: float | None, *, dry_run: bool, as_json: bool) -> None:
    """Remove uploads that were never confirmed, and objects that belong to no file.

    Unconfirmed uploads also go by themselves, after a day.
    """
    body: dict[str, Any] = {"dry_run": dry_run} | ({} if hours is None else {"older_than_h": hours})
    found = client.send("POST", "/v1/gc", json=body)
    if as_json:
        output.write_json(found)
        return
    uploads, orphans = len(found["unconfirmed"]), len(found["orphans"])
    what = "would go" if dry_run else "are gone"
    echo(f"{uploads} unconfirmed uploads and {orphans} objects of no file {what}")


COMMANDS = (retry, verify, cancel, budget, rm, dead, gc)


def _find_dead_letters(client: Client) -> Iterator[Json]:
    query: dict[str, Any] = {"limit": 1000}
    while True:
        answer = client.send("GET", "/v1/dead-letters", params=query)
        yield from answer["dead_letters"]
        if answer["next"] is None:
            return
        query["cursor"] = answer["next"]


def _write_dead_letters(letters: list[Json]) -> None:
    if not letters:
        echo("there are no dead letters")
        return
    header = ("id", "given up at", "function", "event", "subject", "attempts", "replays", "reason")
    output.write_table(header, [_dead_letter_row(letter) for letter in letters])


def _dead_letter_row(letter: Json) -> tuple[str, ...]:
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
