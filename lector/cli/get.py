"""get: fetch texts and documents, of the files that are named or of all that are chosen."""

import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import datetime
from fnmatch import translate
from pathlib import Path, PurePosixPath
from typing import Any

import click
from rich.text import Text

from lector.cli import formats, options, output, targets
from lector.cli.answers import Json, ServerError, Target, printable
from lector.cli.client import Client
from lector.cli.files import describe_state, file_reason, is_whole
from lector.cli.output import console, echo
from lector.domain.states import VISIBLE_FILES

_STDOUT = "-"
_NONE = "no file is as it was asked for"
_WILDCARD = re.compile(r"\[.*?\]|[*?]")


def _check(
    *,
    ids: tuple[str, ...],
    everything: bool,
    glob: str | None,
    folder: str | None,
    since: datetime | None,
    states: tuple[str, ...],
    style: str,
    words: bool,
    target: str | None,
    as_json: bool,
    **_: object,
) -> None:
    """Refuse what does not go together, before a Lector is looked for."""
    formats.check_words(style, words=words)
    chooses = bool(everything or glob or folder or since or states)
    if chooses == bool(ids):
        raise click.UsageError(
            "name files, or choose among all: --all, --name, --folder, --since, --status; not both"
        )
    several = chooses or len(ids) > 1
    to_stdout = target in (None, _STDOUT)
    if to_stdout and several and style in (formats.ORIGINAL, *formats.ONE_FILE_EACH):
        raise click.UsageError(f"several files as {style} need a folder; name one with -o")
    if to_stdout and style in (formats.ORIGINAL, "pdf") and sys.stdout.isatty():
        raise click.UsageError("a document cannot be shown on a terminal; name a file with -o")
    if to_stdout and as_json:
        raise click.UsageError("--json goes with -o; the text itself as JSON is --format json")
    if not to_stdout and several and target and Path(target).is_file() and not _is_zip(target):
        raise click.UsageError(f"{target} is no folder; several files need one, or a .zip")


@click.command()
@options.optional_file_ids
@click.option("--all", "everything", is_flag=True, help="All files.")
@click.option("--name", "glob", metavar="GLOB", help="Files with such a name: 'invoice*.pdf'.")
@options.in_folder
@click.option(
    "--since", type=options.DAY, metavar="DAY", help="Files announced on this day (UTC) or later."
)
@click.option(
    "--status",
    "states",
    multiple=True,
    type=click.Choice([str(status) for status in VISIBLE_FILES]),
    help="Files of this state; may be repeated.",
)
@click.option(
    "--format",
    "style",
    type=click.Choice([formats.ORIGINAL, *formats.EXTENSIONS]),
    default="text",
    show_default=True,
    help=f"original: what was uploaded. {formats.HELP}",
)
@formats.words
@click.option(
    "-o",
    "--output",
    "target",
    metavar="FILE|DIR|ZIP|-",
    help="Write there instead of to stdout: into a folder or a ZIP under the files' names, and in"
    " their folders.",
)
@click.option("--force", is_flag=True, help="Write over files that are there.")
@options.fail_on_doubt()
@options.with_client(json_help="With -o: tell what was written as JSON.", check=_check)
def get(
    client: Client,
    ids: tuple[str, ...],
    *,
    everything: bool,  # noqa: ARG001 - it is no filter
    glob: str | None,
    folder: str | None,
    since: datetime | None,
    states: tuple[str, ...],
    style: str,
    words: bool,
    target: str | None,
    force: bool,
    fail_on_doubt: bool,
    as_json: bool,
) -> None:
    """Print the text of files, or write it, or what was uploaded, into files.

    text and markdown hold the text alone; json says also where each page's text is from, and what
    speaks against it, with --words also where each word stands. Exits with 1 when pages of a file
    were not read (with --fail-on-doubt also when one should be looked at), and says so on stderr.

    \u0008
      lector get --all -o texts/
      lector get --name 'scan*' --format original -o scans.zip
    """
    wanted = _Wanted(client, style, words=words, fail_on_doubt=fail_on_doubt)
    chosen = None if ids else _choose(client, glob, folder, since, states)
    if target in (None, _STDOUT):
        _print(wanted, chosen or (client.send("GET", f"/v1/files/{one}") for one in ids))
        return
    with ExitStack() as stack:
        place = _open(stack, str(target), several=not ids or len(ids) > 1, force=force)
        if chosen is None:
            output.run_for_each(
                ids, lambda one: _write_named(client, wanted, one, place), as_json=as_json
            )
        else:
            _write_chosen(wanted, chosen, place, as_json=as_json)


class _Wanted:
    """What is wanted of each file, and how it is told when that lacks something."""

    def __init__(self, client: Client, style: str, *, words: bool, fail_on_doubt: bool) -> None:
        self._client, self._style, self._words = client, style, words
        self._fail_on_doubt = fail_on_doubt

    def print(self, file: Json) -> bool:
        """Write it on stdout, and on stderr what is to be known of it; whether it is whole."""
        self._fetch(file, output.binary_stdout())
        if self._style != formats.ORIGINAL and (not is_whole(file) or file_reason(file)):
            echo(describe_state(file))
        return not self.missing(file)

    def write(self, file: Json, place: targets.Place, folder: PurePosixPath) -> str:
        """Write it under the file's name, in this folder of a place; where it is then."""
        name = targets.name_in_folder(file["name"], self._style)
        return place.write(
            folder / name, lambda into: self._fetch(file, into), lambda: self._content(file)
        )

    def _content(self, file: Json) -> targets.Content:
        """What is written of a file, as it is now: texts change, what was uploaded does not."""
        how = self._style + ("+words" if self._words else "")
        if self._style == formats.ORIGINAL:
            return {"id": file["id"], "format": how}
        pages = self._client.pages(file["id"], text=False)
        told = ("number", "status", "version", "doubts", "verification")
        state = [[page.get(name) for name in told] for page in pages]
        digest = hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()
        return {"id": file["id"], "format": how, "state": digest}

    def missing(self, file: Json) -> str:
        """What a file's text lacks; empty if nothing."""
        if self._style == formats.ORIGINAL:
            return ""
        is_fine = is_whole(file) and not (self._fail_on_doubt and file["progress"].get("doubted"))
        return "" if is_fine else describe_state(file)

    def _fetch(self, file: Json, target: Target) -> None:
        if self._style == formats.ORIGINAL:
            self._client.copy(f"/v1/files/{file['id']}/original", {}, target)
        else:
            self._client.fetch(file["id"], self._style, target, words=self._words)
            if self._style == "json":
                target.write(b"\n")
                target.flush()


def _choose(
    client: Client,
    glob: str | None,
    folder: str | None,
    since: datetime | None,
    states: tuple[str, ...],
) -> Iterator[Json]:
    """The files that are chosen, the oldest first: so that those of one name keep their numbers."""
    filters: dict[str, Any] = {"sort": "oldest"}
    filters |= {"since": str(since.date())} if since else {}
    filters |= {"status": list(states)} if states else {}
    filters |= {"folder": folder} if folder else {}
    if glob is None:
        yield from client.list_files(**filters)
        return
    # The server looks for the longest part without a wildcard, whatever its case, as `ls --name`.
    if literal := max(_WILDCARD.split(glob), key=len):
        filters["name"] = literal
    fits = re.compile(translate(glob), re.IGNORECASE).match
    yield from (file for file in client.list_files(**filters) if fits(file["name"]))


def _open(stack: ExitStack, target: str, *, several: bool, force: bool) -> targets.Place:
    path = Path(target)
    if _is_zip(target) and not path.is_dir():
        return stack.enter_context(targets.open_archive(path, force=force))
    if several or target.endswith("/") or path.is_dir():
        return targets.Folder(path, force=force)
    return targets.OneFile(path, force=force)


def _is_zip(target: str) -> bool:
    return target.lower().endswith(".zip")


def _print(wanted: _Wanted, files: Iterable[Json]) -> None:
    """Print files one after the other."""
    fine = [wanted.print(file) for file in files]
    if not fine:
        echo(_NONE)
    if not all(fine):
        sys.exit(1)


def _write_named(
    client: Client, wanted: _Wanted, file_id: str, place: targets.Place
) -> tuple[str, Json]:
    """Write a file that was named, in no folder of its own; how that is told."""
    file = client.send("GET", f"/v1/files/{file_id}")
    path = wanted.write(file, place, PurePosixPath())
    if missing := wanted.missing(file):
        sentence = f"{missing}; what there is of it is written to {path}"
        return sentence, {"path": path, "error": missing}
    return f"{printable(file['name'])}: written to {path}", {"path": path}


def _write_chosen(
    wanted: _Wanted, files: Iterator[Json], place: targets.Place, *, as_json: bool
) -> None:
    """Write files into their folders; what is there as it would be written is no error."""
    results: list[Json] = []
    with console.status(Text("looking for files")) as status:
        for file in files:
            result = _write_one(wanted, file, place)
            results.append({"id": file["id"], **result})
            if "error" in result and not as_json:
                echo(f"error: {printable(file['name'])}: {result['error']}")
            status.update(Text(f"{output.count(len(results), 'file')} looked at"))
    if as_json:
        output.write_json({"results": results})
    else:
        echo(_summarise(results))
    if any("error" in result for result in results):
        sys.exit(1)


def _write_one(wanted: _Wanted, file: Json, place: targets.Place) -> Json:
    try:
        path = wanted.write(file, place, targets.safe_folder(_folder_of(file)))
        written: Json = {"path": path}
    except targets.IsWritten as there:
        written = {"path": there.path, "kept": True}
    except ServerError as error:
        return {"error": str(error)}
    missing = wanted.missing(file)
    return {**written, "error": missing} if missing else written


def _folder_of(file: Json) -> str:
    """Where a file was; a server of before does not know."""
    return str(file.get("folder") or "")


def _summarise(results: list[Json]) -> str:
    kept = sum("kept" in result for result in results)
    written = sum("path" in result for result in results) - kept
    there = f"; {kept} there already (--force writes over them)" if kept else ""
    return f"{output.count(written, 'file')} written{there}" if results else _NONE
