"""readers: who can read pages, and what each can honour."""

import click

from lector.cli import options, output
from lector.cli.client import Client, Json


@click.command()
@options.with_client()
def readers(client: Client, *, as_json: bool) -> None:
    """List the readers that files can be read by: lector ocr --reader NAME."""
    found = client.send("GET", "/v1/readers")
    if as_json:
        output.write_json(found)
        return
    header = ("name", "model", "languages", "looks at", "fallback")
    output.write_table(header, [_row(reader) for reader in found["readers"]])


def _row(reader: Json) -> tuple[str, ...]:
    name = f"{reader['name']} (default)" if reader["default"] else reader["name"]
    languages = "any" if reader["languages"] is None else ", ".join(reader["languages"])
    honours = [wish for wish, is_so in reader["honours"].items() if is_so]
    return (name, reader["model"] or "-", languages, ", ".join(honours), reader["fallback"] or "-")
