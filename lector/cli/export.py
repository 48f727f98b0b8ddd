"""export: what people wrote, as images and texts by which readers can be measured."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from rich.text import Text

from lector.cli import options, output, targets
from lector.cli.answers import Json, ServerError
from lector.cli.client import Client
from lector.cli.output import console, echo
from lector.domain import originals
from lector.domain.states import PageStatus
from lector.domain.unsupported import Unsupported
from lector.runtime import whole_files
from lector.runtime.failures import LectorError

_ID_DIGITS = 12
"""Of a file's id, its end: the beginning is the time at which it was made."""


@click.command()
@options.optional_file_ids
@click.option(
    "--truth",
    "folder",
    metavar="DIR",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Write there, for each page that a person wrote, its image and beside it its text.",
)
@options.with_client(json_help="Tell what was written as JSON.")
def export(client: Client, ids: tuple[str, ...], *, folder: Path, as_json: bool) -> None:
    """Write the pages that people corrected, or found right: images, each with its text.

    Of all files, or of those that are named. `make bench-reading ARGS="--folder DIR"` measures
    readers by them. What was exported before is written anew.
    """
    written: list[Json] = []
    with console.status(Text("looking for pages that people wrote")) as status:
        for file in _find_files(client, ids):
            for page in client.pages(file["id"], corrected=True):
                if page["status"] == PageStatus.READ and page["image"]:
                    written.append(_write_page(client, folder, file, page))
                    status.update(Text(f"{output.count(len(written), 'page')} written"))
    if as_json:
        output.write_json({"pages": written})
        return
    count = len({page["file_id"] for page in written})
    if written:
        echo(
            f"{output.count(len(written), 'page')} of {output.count(count, 'file')} written to"
            f" {folder}"
        )
    else:
        echo("nobody has corrected a page yet; `lector edit FILE PAGE` does")


def _find_files(client: Client, ids: Sequence[str]) -> Iterator[Json]:
    """The files that are named, or all; only those with pages that a person wrote."""
    found = (client.send("GET", f"/v1/files/{file_id}") for file_id in ids)
    for file in found if ids else client.list_files(sort="oldest"):
        if file["progress"].get("corrected"):
            yield file


def _write_page(client: Client, folder: Path, file: Json, page: Json) -> Json:
    """Write a page's image, then its text: an image without a text is none to measure by."""
    image = io.BytesIO()
    client.download_object(page["image"]["url"], image)
    kind = originals.identify(image.getvalue()[: originals.HEAD_BYTES])
    if kind is None or isinstance(kind, Unsupported):
        raise ServerError(f"the image of page {page['number']} of {file['name']} is none")
    place = folder / f"{targets.safe_stem(file['name'])}-{file['id'][-_ID_DIGITS:]}"
    path = place / f"page-{page['number']:04}.{kind.extensions[0]}"
    text = path.with_suffix(".txt")
    try:
        place.mkdir(parents=True, exist_ok=True)
        _write(path, image.getvalue())
        _write(text, f"{page['text']}\n".encode())
    except OSError as error:
        raise LectorError(f"{path} cannot be written: {error.strerror}") from error
    return {
        "file_id": file["id"],
        "page": page["number"],
        "version": page["version"],
        "image": str(path),
        "text": str(text),
    }


def _write(path: Path, content: bytes) -> None:
    """All of it or nothing."""
    with whole_files.replacing(path) as partial:
        partial.write_bytes(content)
