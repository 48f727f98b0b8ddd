"""readers: who can read pages, and what each can honour."""

import os
from pathlib import Path

import click

from lector.cli import options, output, session
from lector.cli.answers import Json
from lector.domain.states import OnDoubt, VerifyUse
from lector.local.data_folder import DataFolder
from lector.runtime import settings, source_tree


@click.command()
@click.option("--json", "as_json", is_flag=True, help=options.JSON_HELP)
@options.server
@options.token_file
@options.readers_file
@options.data_folder
def readers(
    *,
    as_json: bool,
    server: str | None,
    token: str | None,
    readers_file: Path | None,
    data: Path,
) -> None:
    """List the readers that files can be read by: lector ocr --reader NAME.

    Where no Lector runs, or with --readers, those that one on this machine would have; what a file
    of your own says wrong is named.
    """
    if readers_file or not (server or DataFolder(data).running()):
        found = _of_this_machine()
    else:
        with session.connect(server, token, data) as client:
            found = client.send("GET", "/v1/readers")
    if as_json:
        output.write_json(found)
        return
    header = ("name", "model", "languages", "looks at", "fallback", "verify", "on doubt")
    output.write_table(header, [_row(reader) for reader in found["readers"]])


def _of_this_machine() -> Json:
    """The readers that `lector up` would have, as its API lists them."""
    # Imported here, as a client has none of them.
    source_tree.import_functions()
    import msgspec  # noqa: PLC0415
    from msgspec.structs import replace  # noqa: PLC0415

    from functions.upload.readers import list_those_of  # noqa: PLC0415
    from lector.domain import reader_catalogue  # noqa: PLC0415
    from lector.local.wiring import EMBEDDED, reads_here  # noqa: PLC0415

    settings.current.cache_clear()  # --readers is in the environment
    catalogue = reader_catalogue.current()
    if reads_here():
        catalogue = replace(catalogue, default=EMBEDDED)
    elif "MODEL_CHOICES" not in os.environ:  # on one machine any model may be chosen
        default = replace(catalogue.readers[catalogue.default], choices=["*"])
        catalogue = replace(catalogue, readers={**catalogue.readers, catalogue.default: default})
    found: Json = msgspec.to_builtins(list_those_of(catalogue))
    return found


def _row(reader: Json) -> tuple[str, ...]:
    name = f"{reader['name']} (default)" if reader["default"] else reader["name"]
    languages = "any" if reader["languages"] is None else ", ".join(reader["languages"])
    honours = [wish for wish, is_so in reader["honours"].items() if is_so]
    if reader.get("ready") is False:
        name = f"{name} (not set up)"
    return (
        name,
        reader["model"] or "-",
        languages,
        ", ".join(honours),
        reader["fallback"] or "-",
        reader.get("verify") or "as VERIFY",
        _on_doubt(reader),
    )


def _on_doubt(reader: Json) -> str:
    """Who is asked, one after the other, when the second reader speaks against an answer."""
    wanted, larger = reader.get("on_doubt"), reader.get("escalate")
    if wanted is None or reader.get("verify") == VerifyUse.NEVER:
        return "-"
    if larger is None or wanted == OnDoubt.KEEP:
        return str(wanted if wanted == OnDoubt.KEEP else OnDoubt.RETRY)
    return f"ask {larger}" if wanted == OnDoubt.ESCALATE else f"{wanted}, then {larger}"
