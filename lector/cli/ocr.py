"""ocr: have documents read, page by page, and write their text to stdout or into files."""

import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click
import httpx2
from click.core import ParameterSource

from lector.cli import documents as found_documents
from lector.cli import (
    doubts,
    estimates,
    formats,
    made_files,
    options,
    outcome,
    output,
    progress,
    session,
)
from lector.cli.client import Client, Json, ServerError, printable
from lector.cli.outcome import Document
from lector.domain import page_selection
from lector.domain.failure_codes import FailureCode
from lector.domain.states import PageStatus, Provenance, TextLayerUse
from lector.local.data_folder import DataFolder
from lector.runtime import settings
from lector.runtime.failures import LectorError
from lector.telemetry import exporters

_POLL_S = 0.2
_PARALLEL_UPLOADS = 4
_READ_BY_READER = (Provenance.MODEL, Provenance.MIXED, Provenance.CACHE)
_PAGE_FIELDS = (
    "number",
    "status",
    "text",
    "error",
    "error_code",
    "attempts",
    "finished_at",
    "model",
    "provenance",
    "turned_degrees",
    "confidence",
    "usage",
)


def _check_selection(_: click.Context, __: click.Parameter, selection: str | None) -> str | None:
    try:
        if selection is not None:
            page_selection.parse(selection)
    except page_selection.InvalidSelection as error:
        raise click.BadParameter(str(error)) from error
    return selection


@click.command()
@click.argument(
    "paths",
    nargs=-1,
    required=True,
    metavar="FILE|FOLDER|-...",
    type=click.Path(allow_dash=True, path_type=Path),
)
@options.server
@options.token_file
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
    "folder",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write a file for each document into DIR, instead of to stdout.",
)
@click.option("--pages", metavar="1-3,7", callback=_check_selection, help="Read only these pages.")
@options.reader
@options.prompt
@options.model
@options.language
@options.text_layer("auto, or as set up; with --reader, --prompt, --model or --describe: never")
@options.describe
@options.fail_on_doubt("--strict")
@options.verify
@options.on_doubt
@options.max_cost
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
    paths: tuple[Path, ...],
    *,
    server: str | None,
    token: str | None,
    style: str,
    words: bool,
    folder: Path | None,
    pages: str | None,
    reader: str | None,
    prompt: str | None,
    model: str | None,
    language: str | None,
    text_layer: str | None,
    describe: bool,
    fail_on_doubt: bool,
    verify: str | None,
    on_doubt: str | None,
    max_cost: float | None,
    estimate: bool,
    stdin_name: str,
    temporary: bool,
    readers_file: Path | None,
    data: Path,
) -> None:
    """Read PDFs and images, also all of them in folders, and print their text.

    What a file is shows in its content, not in its name. Files in folders that Lector does not read
    are left out and counted. With - standard input is read.

    Uses the Lector that runs on the data folder, else starts one for as long as it takes. Pages
    whose text should not be believed before somebody has looked at them are named on stderr, and
    with their doubts in JSON.

    With --max-cost it ends when the rest waits for money; `lector budget` has that go on.

    Exits with 0 when every page was read, with 1 when a page or a file failed (with
    --fail-on-doubt also when a page should be looked at), with 2 for wrong usage.
    """
    options.check_reading(
        text_layer=text_layer, reader=reader, prompt=prompt, model=model, describe=describe
    )
    kept = click.get_current_context().with_resource(
        tempfile.TemporaryDirectory(prefix="lector-stdin-")
    )
    documents = find_documents(paths, stdin_name, Path(kept))
    check_format(documents, style, folder, words=words)
    server = _choose_server(server, data, readers_file, temporary=temporary)
    reading_options = {
        "pages": pages,
        "reader": reader,
        "prompt": prompt,
        "model": model,
        "language": language,
        "text_layer": text_layer,
        "describe": describe or None,
        "verify": verify,
        "on_doubt": on_doubt,
        "max_cost_usd": max_cost,
    }
    if estimate:
        estimates.show(server, token, documents, reading_options, as_json=style == "json")
        return
    if folder:
        _make_folder(folder)
    if all(document.finished for document in documents):  # nothing of it is read: start nothing
        write_documents(documents, style, folder)
        outcome.summarize(documents, output.echo)
        sys.exit(1)
    exporters.start("cli", settings.current(settings.Telemetry))
    with (
        session.find_or_start(
            server,
            token,
            data,
            temporary=temporary,
            needs_reader=text_layer != TextLayerUse.ALWAYS,
            reader=reader,
        ) as address,
        Client(*address) as client,
    ):
        client.check()
        all_read = _read_and_write(
            client, documents, reading_options, style, folder, words=words, temporary=temporary
        )
        _warn_of_options(client, documents, reader, prompt=prompt, model=model, describe=describe)
    if not all_read or (fail_on_doubt and any(document.doubted_pages for document in documents)):
        sys.exit(1)


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


def _read_and_write(
    client: Client,
    documents: Sequence[Document],
    reading_options: Mapping[str, Any],
    style: str,
    folder: Path | None,
    *,
    words: bool,
    temporary: bool,
) -> bool:
    """Read files, write their texts and say what failed; whether all was read and written."""
    made, reader = True, outcome.ReaderWatch()

    def show(watched: Sequence[Document]) -> None:
        display.show(watched)
        if reading_options["reader"]:  # whoever named it is there, and can start it
            reader.check(watched)

    try:
        with progress.display(output.console) as display:
            finished_pages = read(client, documents, reading_options, show)
            print_pages(finished_pages, style, folder, display.print)
        if words:
            made_files.add_words(client, documents)
        if style in formats.ONE_FILE_EACH:
            made = made_files.write(client, documents, style, folder)
    except ServerError as error:
        output.echo(f"error: {error}")
    except outcome.ReaderUnreachable as error:
        output.echo(f"error: {error}")
        _describe_unfinished(documents, temporary=temporary)
    except (KeyboardInterrupt, SystemExit):
        _describe_unfinished(documents, temporary=temporary)
        raise
    write_documents(documents, style, folder)
    return outcome.summarize(documents, output.echo) and made


def _describe_unfinished(documents: Sequence[Document], *, temporary: bool) -> None:
    unfinished = "" if temporary else outcome.describe_unfinished(documents)
    if unfinished:
        output.echo(unfinished)


def _warn_of_options(
    client: Client, documents: Sequence[Document], name: str | None, **given: Any
) -> None:
    """Say that the reader did not look at options, where it is one that takes none."""
    pages = [page for document in documents for page in document.read_pages]
    read = sum(page.get("provenance") in _READ_BY_READER for page in pages)
    if not read or not any(given.values()):
        return
    try:
        listed = client.send("GET", "/v1/readers")["readers"]
    except ServerError:  # as one of before, which has no readers
        return
    for reader in listed:
        if reader["default"] if name is None else reader["name"] == name:
            unheeded = options.describe_without_effect(read, reader, **given)
            if unheeded:
                output.echo(unheeded)


def _from_environment(parameter: str) -> bool:
    source = click.get_current_context().get_parameter_source(parameter)
    return source == ParameterSource.ENVIRONMENT


def _make_folder(folder: Path) -> None:
    """Find out before anything is read, and paid for, whether the text can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"cannot create the folder {folder}: {error.strerror}") from error
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise click.UsageError(
            f"cannot write into the folder {folder}: {error.strerror}"
        ) from error


Watcher = Callable[[Sequence[Document]], None]


def find_documents(paths: Sequence[Path], stdin_name: str, folder: Path) -> list[Document]:
    """The files to read; what is left out is said, and what cannot be read has failed already."""
    findings = found_documents.find(paths, stdin_name, folder)
    left_out = findings.describe_left_out()
    if not findings.files:
        places = ", ".join(printable(str(path)) for path in paths)
        reason = f"; {left_out}" if left_out else ""
        raise click.UsageError(f"there is no PDF and no image in {places}{reason}")
    if left_out:
        output.echo(left_out)
    documents = [Document(found.path, found.name) for found in findings.files]
    for document, found in zip(documents, findings.files, strict=True):
        if found.problem:
            document.file = {"id": None, "status": "failed", "error": found.problem}
    return documents


def read(
    client: Client,
    documents: Sequence[Document],
    reading_options: Mapping[str, Any],
    watch: Watcher,
) -> Iterator[tuple[Document, Json]]:
    """Upload files and yield every finished page, in the order of files and of pages.

    `reading_options` are pages, reader, prompt, model, language, text_layer, describe and
    max_cost_usd, each None for the default.
    `watch` is called whenever the state of the files was looked up.
    """
    pool = ThreadPoolExecutor(_PARALLEL_UPLOADS)
    uploads = {
        pool.submit(client.upload, d.path, name=Path(d.name).name, **reading_options): d
        for d in documents
        if not d.finished
    }
    try:
        for document in documents:
            while True:
                _collect_uploads(uploads)
                _refresh(client, documents)
                watch(documents)
                yield from _new_pages(client, document)
                document.out_of_money = _is_out_of_money(client, document)
                if document.out_of_money:
                    yield from _new_pages(client, document, in_order=False)
                if document.finished:
                    break
                time.sleep(_POLL_S)
    finally:
        # Whoever interrupts does not want the rest of a folder uploaded first.
        pool.shutdown(wait=False, cancel_futures=True)


def _collect_uploads(uploads: dict[Future[Json], Document]) -> None:
    for upload in [upload for upload in uploads if upload.done()]:
        document = uploads.pop(upload)
        try:
            document.file = upload.result()
        except (ServerError, OSError, httpx2.TransportError) as error:
            document.file = {"id": None, "status": "failed", "error": str(error)}


def _refresh(client: Client, documents: Sequence[Document]) -> None:
    open_files = {d.file["id"]: d for d in documents if d.file["id"] and not d.finished}
    for file in client.files(list(open_files)):
        open_files.pop(file["id"]).file = file
    for deleted in open_files.values():
        reason = f"somebody deleted it, or another Lector answers at {client.url} now"
        deleted.file = {**deleted.file, "status": "failed", "error": reason}


def _new_pages(
    client: Client, document: Document, *, in_order: bool = True
) -> Iterator[tuple[Document, Json]]:
    """Finished pages that were not yielded yet; in order: up to the first that is not finished."""
    if not document.file.get("progress"):
        return
    last = document.pages[-1]["number"] if document.pages else 0
    counts = document.file["progress"]
    if counts["read"] + counts["failed"] == len(document.pages):
        return
    for page in client.pages(document.file["id"], after=last):
        if page["status"] not in (PageStatus.READ, PageStatus.FAILED):
            if in_order:
                return
            continue
        document.pages.append(page)
        yield document, page


def _is_out_of_money(client: Client, document: Document) -> bool:
    """Whether all pages that are left wait for somebody to let them cost more."""
    file = document.file
    if (file.get("waiting") or {}).get("code") != FailureCode.BUDGET_EXCEEDED:
        return False
    left = [
        page
        for page in client.pages(file["id"])
        if page["status"] not in (PageStatus.READ, PageStatus.FAILED)
    ]
    codes = {(page["waiting"] or {}).get("code") for page in left}
    return codes == {FailureCode.BUDGET_EXCEEDED}


def print_pages(
    pages: Iterable[tuple[Document, Json]],
    style: str,
    folder: Path | None,
    write: Callable[[str], None],
) -> None:
    """Wait for every page; `write` each as it comes, unless the format or a folder wants all."""
    streams = folder is None and style in ("text", "markdown")
    for document, page in pages:
        if streams:
            write(format_page(document, page, style))


def write_documents(documents: Sequence[Document], style: str, folder: Path | None) -> None:
    """Write what has to wait for the last page: a file for each document, or JSON to stdout.

    What the server makes is written while it is there (`made_files`).
    """
    if style in formats.ONE_FILE_EACH:
        return
    if folder is not None:
        _write_files(folder, documents, style)
    elif style == "json":
        print(_format_json(documents), flush=True)


def format_page(document: Document, page: Json, style: str) -> str:
    """A page under its header; a page that was not read says so where its text would be."""
    place = f"page {page['number']} of {document.file['page_count']}"
    read = page["status"] == PageStatus.READ
    body = page["text"] if read else f"[not read: {output.describe_failure(page)}]"
    if style == "markdown":
        return f"## {document.name}, {place}\n\n{body}\n"
    return f"===== {document.name}, {place} =====\n{body}\n"


def _format_document(document: Document, style: str) -> str:
    """All pages; an empty file would look as if there were nothing to read."""
    if not document.pages:
        return f"[not read: {document.file.get('error')}]\n"
    return "\n".join(format_page(document, page, style) for page in document.pages)


def _format_json(documents: Sequence[Document]) -> str:
    """Everything about the files and their pages, as JSON."""
    return output.format_json({"files": [_to_json(document) for document in documents]})


def _to_json(document: Document) -> Json:
    file = document.file
    return {
        "id": file["id"],
        "name": document.name,
        "status": file["status"],
        "error": file.get("error"),
        "warning": file.get("warning"),
        "page_count": file.get("page_count"),
        "pages": [_page_to_json(page) for page in document.pages],
    }


def _page_to_json(page: Json) -> Json:
    words: Json = {name: page[name] for name in ("words", "missing") if name in page}
    fields = {name: page[name] for name in _PAGE_FIELDS}
    told = {"doubts": doubts.doubts_of(page), "verification": page.get("verification")}
    return {**fields, **told, **words}


def _write_files(folder: Path, documents: Sequence[Document], style: str) -> None:
    """Write one file for each document into a folder, and over none of those that were read."""
    used = {document.path.resolve() for document in documents}
    for document in documents:
        wanted = folder / Path(document.name).with_suffix(formats.EXTENSIONS[style])
        path = made_files.unique_path(wanted, used)
        is_json = style == "json"
        text = f"{_format_json([document])}\n" if is_json else _format_document(document, style)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise LectorError(f"{path} cannot be written: {error.strerror}") from error
        used.add(path.resolve())
