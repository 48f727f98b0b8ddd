"""keep: say for how long files are kept, and change it."""

import re
from typing import Any

import click

from lector.cli import options, output
from lector.cli.answers import Json
from lector.cli.client import Client

_ALWAYS = "always"
_MOST_DAYS = 36_500


def _read_days(_: click.Context, __: click.Parameter, text: str | None) -> int | str | None:
    """A number of days, or `always`: until somebody deletes it."""
    if text is None or text == _ALWAYS:
        return text
    if not re.fullmatch("[0-9]{1,5}", text) or not 1 <= int(text) <= _MOST_DAYS:
        raise click.BadParameter(f"{text!r} is no number of days; say 30, or always")
    return int(text)


def _check(*, file_id: str | None, usual: int | str | None, **_: object) -> None:
    if file_id is not None and usual is not None:
        raise click.UsageError("--usual is of files to come, so it does not go with FILE")


@click.command()
@options.optional_file_id
@click.argument("days", required=False, metavar="[DAYS|always]", callback=_read_days)
@click.option(
    "--usual",
    metavar="DAYS|always",
    callback=_read_days,
    help="The same for all new files, unless an upload says otherwise. Needs an administrator's"
    " token.",
)
@options.with_client(check=_check)
def keep(
    client: Client,
    file_id: str | None,
    *,
    days: int | str | None,
    usual: int | str | None,
    as_json: bool,
) -> None:
    """Show when a file will be deleted, or set it: after so many days, or never (`always`).

    Its original, images and texts go, as with `lector rm`. Without FILE: for how long new files are
    kept, unless an upload says otherwise.
    """
    if file_id is None:
        _keep_usually(client, usual, as_json=as_json)
        return
    path = f"/v1/files/{file_id}"
    file = client.send("GET", path) if days is None else client.send("PATCH", path, json=_say(days))
    words = output.describe_deletion(file) or "kept until somebody deletes it"
    _write({"file": file}, f"{file['name']}: {words}", as_json=as_json)


def _keep_usually(client: Client, usual: int | str | None, *, as_json: bool) -> None:
    if usual is None:
        kept = client.send("GET", "/v1/keeping")
    else:
        kept = client.send("POST", "/v1/keeping", json=_say(usual))
    days = kept["keep_days"]
    how_long = "until somebody deletes them" if days is None else f"for {output.count(days, 'day')}"
    _write(kept, f"files are kept {how_long}, unless somebody says otherwise", as_json=as_json)


def _say(days: int | str) -> dict[str, Any]:
    return {"keep_days": None if days == _ALWAYS else days}


def _write(answer: Json, words: str, *, as_json: bool) -> None:
    if as_json:
        output.write_json(answer)
    else:
        output.write_text(words)
