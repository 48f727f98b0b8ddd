"""ocr: have documents read, page by page, and write their text to stdout or into files."""

import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from lector.cli import documents as found_documents
from lector.cli import (
    formats,
    inputs,
    into_folder,
    made_files,
    options,
    outcome,
    output,
    progress,
    session,
    uploading,
    watching,
    written_texts,
)
from lector.cli.answers import ServerError, printable
from lector.cli.client import Client
from lector.cli.inputs import Url
from lector.cli.outcome import Document
from lector.cli.output_folder import OutputFolder
from lector.domain.states import Provenance, TextLayerUse
from lector.local.data_folder import DataFolder

_READ_BY_READER = (Provenance.MODEL, Provenance.MIXED, Provenance.CACHE)


@click.command()
@click.argument(
    "paths",
    nargs=-1,
    metavar="FILE|FOLDER|URL|-...",
    type=inputs.InputType(),
)
@options.server
@options.token_file
@formats.style
@formats.words
@click.option(
    "-o",
    "--output",
    "folder",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write a file for each document into DIR, as soon as it is finished. What is there"
    " already, from the same bytes and options, is left out.",
)
@click.option("--force", is_flag=True, help="With -o: write also what is there already.")
@click.option(
    "--again",
    is_flag=True,
    help="Read anew what was read before. Without it the same bytes are not read twice.",
)
@options.reading
@options.password
@options.fail_on_doubt("--strict")
@click.option(
    "--files",
    "listed",
    metavar="LIST|-",
    type=click.Path(allow_dash=True, path_type=Path),
    help="Read also what this file, or standard input (-), lists: a path or a URL in each line.",
)
@click.option(
    "--estimate",
    is_flag=True,
    help="Only say what reading may cost, after a look at the files on this machine.",
)
@click.option(
    "--name", "stdin_name", default="stdin", help="What to call what comes on standard input (-)."
)
@click.option("--temporary", is_flag=True, help="Use a Lector that leaves nothing behind.")
@options.readers_file
@options.data_folder
def ocr(
    paths: tuple[Path | Url, ...],
    *,
    server: str | None,
    token: str | None,
    style: str,
    words: bool,
    folder: Path | None,
    force: bool,
    again: bool,
    password: str | None,
    fail_on_doubt: bool,
    listed: Path | None,
    estimate: bool,
    stdin_name: str,
    temporary: bool,
    readers_file: Path | None,
    data: Path,
    **wishes: Any,
) -> None:
    """Read PDFs and images, also all of them in folders, and print their text.

    What a file is shows in its content, not in its name. Files in folders that Lector does not read
    are left out and counted. With - standard input is read. The file at a URL is fetched by Lector;
    it must be on the public internet, unless Lector is set up otherwise.

    Uses the Lector that runs on the data folder, else starts one for as long as it takes. Pages
    whose text should not be believed before somebody has looked at them are named on stderr, and
    with their doubts in JSON.

    Interrupted, run the same again: what is in the folder is left out, and what was uploaded is
    found by its bytes, and neither uploaded nor read twice.

    With --max-cost it ends when the rest waits for money; `lector budget` has that go on.

    Exits with 0 when every page was read, with 1 when a page or a file failed (with
    --fail-on-doubt also when a page should be looked at), with 2 for wrong usage.
    """
    options.check_reading(**wishes)
    if force and not folder:
        raise click.UsageError("--force goes with -o; to have files read anew, say --again")
    wishes["describe"] = wishes["describe"] or None
    documents = find_documents(inputs.read_list(listed, paths), stdin_name, _folder_for_stdin())
    check_format(documents, style, folder, words=words)
    _check_password(password, documents)
    server = _choose_server(server, data, readers_file, temporary=temporary)
    if estimate:
        from lector.cli import estimates  # noqa: PLC0415 - needs what a client alone lacks

        estimates.show(server, token, documents, wishes, as_json=style == "json")
        return
    wishes["again"] = None if again else False
    target = None
    if folder:
        target = OutputFolder(folder, style, words=words, reading_options=wishes)
        documents = into_folder.choose(documents, target, anew=force or again)
    if all(document.finished for document in documents):  # nothing of it is read: start nothing
        sys.exit(_end_unread(documents, style, target))
    wanted = _Wanted(documents, wishes, password, target, style, words=words)
    if not _read(wanted, server, token, data, temporary=temporary) or (
        fail_on_doubt and any(document.doubted_pages for document in documents)
    ):
        sys.exit(1)


@dataclass(frozen=True)
class _Wanted:
    """What is to be read, how, and what its text is written into; without `target` to stdout."""

    documents: Sequence[Document]
    wishes: Mapping[str, Any]
    password: str | None = field(repr=False)
    target: OutputFolder | None
    style: str
    words: bool


def _read(
    wanted: _Wanted, server: str | None, token: str | None, data: Path, *, temporary: bool
) -> bool:
    """Have it read by the Lector that there is, else by one of its own; whether all was read."""
    wishes, documents = wanted.wishes, wanted.documents
    session.start_telemetry()
    asks_reader = wishes["text_layer"] != TextLayerUse.ALWAYS
    where = {"temporary": temporary, "needs_reader": asks_reader, "reader": wishes["reader"]}
    with session.find_or_start(server, token, data, **where) as address, Client(*address) as client:
        client.check()
        how = {**uploading.check_options(client, wishes), "password": wanted.password}
        if wanted.target:
            goes_on = "" if temporary else session.describe_going_on(server, data)
            check = outcome.ReaderWatch().check if wishes["reader"] else lambda _: None
            all_read = into_folder.read(client, documents, how, wanted.target, check, goes_on)
        else:
            all_read = _read_and_print(client, wanted, how, temporary=temporary)
        _warn_of_options(client, documents, wishes)
    return all_read


def _folder_for_stdin() -> Path:
    """Where what comes on standard input is kept as long as the command lasts."""
    kept = tempfile.TemporaryDirectory(prefix="lector-stdin-")
    return Path(click.get_current_context().with_resource(kept))


def _check_password(password: str | None, documents: Sequence[Document]) -> None:
    """Refuse a password for what is not sent from here, but fetched by the server."""
    if password is not None and any(document.url for document in documents):
        detail = "--password goes with files on this machine; of one at a URL, `lector retry` takes"
        raise click.UsageError(f"{detail} the password when it has failed")


def _end_unread(documents: Sequence[Document], style: str, target: OutputFolder | None) -> int:
    """Say and write of documents that cannot be read why; the exit code."""
    if not documents:
        return 0
    for document in documents:
        if target:
            target.write_failed(document)
    if target is None:
        written_texts.print_documents(documents, style)
    outcome.summarize(documents, output.echo)
    return 1


def check_format(
    documents: Sequence[Document], style: str, folder: Path | None, *, words: bool
) -> None:
    """Find out before anything is read whether it can be written so."""
    formats.check_words(style, words=words)
    if folder is None and style in formats.ONE_FILE_EACH:
        if len(documents) > 1:
            raise click.UsageError(f"several files as {style} need a folder; name one with -o")
        if style == "pdf" and sys.stdout is not None and sys.stdout.isatty():
            raise click.UsageError("a PDF cannot be shown on a terminal; name a folder with -o")


def _choose_server(
    server: str | None, data: Path, readers_file: Path | None, *, temporary: bool
) -> str | None:
    """The Lector elsewhere that is used; None for one on this machine."""
    if server and temporary and not _from_environment("server"):
        raise click.UsageError("--server and --temporary exclude each other")
    server = None if temporary else server
    if readers_file and not temporary and (server or DataFolder(data).running()):
        detail = "--readers is for a Lector that this command starts: say --temporary, too"
        raise click.UsageError(f"{detail}, or give it to `lector up`")
    return server


def _read_and_print(
    client: Client, wanted: _Wanted, reading_options: Mapping[str, Any], *, temporary: bool
) -> bool:
    """Read files, print their texts and say what failed; whether all was read and printed."""
    documents, style = wanted.documents, wanted.style
    made, reader = True, outcome.ReaderWatch()

    def show(watched: Sequence[Document]) -> None:
        display.show(watched)
        if reading_options["reader"]:  # whoever named it is there, and can start it
            reader.check(watched)

    try:
        with progress.display(output.console) as display:
            finished_pages = watching.read(client, documents, reading_options, show)
            written_texts.print_pages(finished_pages, style, display.print)
        if wanted.words:
            made_files.add_words(client, documents)
        if style in formats.MADE_BY_SERVER:
            made = made_files.print_each(client, documents, style)
    except ServerError as error:
        output.echo(f"error: {error}")
    except outcome.ReaderUnreachable as error:
        output.echo(f"error: {error}")
        _describe_unfinished(documents, temporary=temporary)
    except (KeyboardInterrupt, SystemExit):
        _describe_unfinished(documents, temporary=temporary)
        raise
    written_texts.print_documents(documents, style)
    return outcome.summarize(documents, output.echo) and made


def _describe_unfinished(documents: Sequence[Document], *, temporary: bool) -> None:
    unfinished = "" if temporary else outcome.describe_unfinished(documents)
    if unfinished:
        output.echo(unfinished)


def _warn_of_options(
    client: Client, documents: Sequence[Document], wishes: Mapping[str, Any]
) -> None:
    """Say that the reader did not look at options, where it is one that takes none."""
    given = {wish: wishes[wish] for wish in ("prompt", "model", "describe")}
    read = sum(
        count
        for document in documents
        for (origin, _), count in document.origins.items()
        if origin in _READ_BY_READER
    )
    if not read or not any(given.values()):
        return
    try:
        listed = client.send("GET", "/v1/readers")["readers"]
    except ServerError:  # as one of before, which has no readers
        return
    for reader in listed:
        if reader["default"] if wishes["reader"] is None else reader["name"] == wishes["reader"]:
            unheeded = options.describe_without_effect(read, reader, **given)
            if unheeded:
                output.echo(unheeded)


def _from_environment(parameter: str) -> bool:
    source = click.get_current_context().get_parameter_source(parameter)
    return source == ParameterSource.ENVIRONMENT


def find_documents(paths: Sequence[Path | Url], stdin_name: str, folder: Path) -> list[Document]:
    """The files to read; what is left out is said, and what cannot be read has failed already."""
    findings = found_documents.find(paths, stdin_name, folder)
    left_out = findings.describe_left_out()
    if not findings.files:
        places = ", ".join(printable(str(path)) for path in paths)
        reason = f"; {left_out}" if left_out else ""
        raise click.UsageError(f"there is no PDF and no image in {places}{reason}")
    if left_out:
        output.echo(left_out)
    documents = [
        Document(found.path, found.name, folder=found.folder, url=found.url)
        for found in findings.files
    ]
    for document, found in zip(documents, findings.files, strict=True):
        if found.problem:
            document.file = {"id": None, "status": "failed", "error": found.problem}
    return documents
