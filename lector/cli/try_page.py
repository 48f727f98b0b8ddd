"""try: read one page with a prompt or a model, and store nothing."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lector.cli import documents, doubts, inputs, options, output
from lector.cli.output import echo
from lector.local import functions
from lector.local.data_folder import DataFolder
from lector.local.process import Child, StackError, free_port, wait_ready
from lector.local.wiring import EMBEDDED, reads_here
from lector.runtime import settings, source_tree

if TYPE_CHECKING:
    from functions.llm.page_texts import PageText

_FIELDS = (
    "text",
    "model",
    "provenance",
    "prompt_tokens",
    "completion_tokens",
    "cost_usd",
    "attempts",
    "turned_degrees",
    "confidence",
    "verification",
)


@click.command("try")
@click.argument(
    "document",
    metavar="FILE|-",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
)
@click.option("--page", type=click.IntRange(1), default=1, show_default=True)
@options.reader
@options.prompt
@options.model
@options.language
@options.describe
@options.verify
@options.readers_file
@click.option("--json", "as_json", is_flag=True, help=options.JSON_HELP)
def try_page(
    document: Path,
    *,
    page: int,
    reader: str | None,
    prompt: str | None,
    model: str | None,
    language: str | None,
    describe: bool,
    verify: str | None,
    readers_file: Path | None,  # noqa: ARG001 - it is in the environment
    as_json: bool,
) -> None:
    """Read one page of a PDF or image (- is standard input), and store nothing.

    Asks the default reader or the model at OPENAI_BASE_URL, else Tesseract on this machine. The
    answer is held against the text that the page carries, else against what Tesseract sees, as
    pages that are kept are; --verify never leaves that out. No Lector needs to run.
    """
    os.environ.update(_reader_settings(reader))
    settings.current.cache_clear()
    source_tree.import_functions(in_children=True)
    from lector.cli import trial  # noqa: PLC0415 - takes a second, which others need not wait

    wishes = trial.Wishes(prompt, model, language, describe, reader, verify)
    trial.check(wishes)
    with ExitStack() as stack:
        if document == inputs.STDIN:
            kept = stack.enter_context(tempfile.TemporaryDirectory(prefix="lector-stdin-"))
            document = documents.receive_stdin(Path(kept), "lector try - < FILE")
        drawn = trial.draw(document, page, wishes)
        if trial.is_embedded(wishes):
            stack.enter_context(_tesseract())
        elif trial.needs_second_reader(drawn, wishes):
            try:
                stack.enter_context(_tesseract())
            except StackError as error:
                echo(f"the page is not verified: {error}")
        found = trial.read(drawn, wishes)
    if as_json:
        result = {name: getattr(found, name) for name in _FIELDS}
        output.write_json({**result, "seconds": found.read_s, "doubts": _list_doubts(found)})
        return
    output.write_text(found.text)
    notes = [trial.describe_verification(found)]
    if unheeded := trial.warning(wishes):
        notes.append(f"{unheeded}; `lector readers` lists those that do, --reader NAME chooses one")
    _say_what_it_is(found, *filter(None, notes))


def _say_what_it_is(found: "PageText", *notes: str) -> None:
    if said := _list_doubts(found):
        echo(doubts.describe_page({"doubts": said}))
    for note in notes:
        echo(note)
    tokens = found.prompt_tokens, found.completion_tokens
    token_note = "" if None in tokens else f"{tokens[0]} tokens in, {tokens[1]} out"
    figures = [f"{found.read_s:.1f} s", token_note, output.format_dollars(found.cost_usd)]
    who = f"{found.model or found.provenance}: {', '.join(filter(None, figures))}"
    echo(f"{who}; nothing was stored")


def _list_doubts(found: "PageText") -> list[dict[str, str]]:
    return [{"code": code, "detail": detail} for code, detail in found.doubts.items()]


def _reader_settings(reader: str | None) -> dict[str, str]:
    """The settings of who reads files that name no reader: Tesseract where there is no other."""
    if reads_here() and reader in (None, EMBEDDED):
        return {"READER": EMBEDDED}
    # A server of one's own needs no key; that of a reader does, and is missed where it is not.
    own = "OPENAI_BASE_URL" in os.environ
    needless = {"OPENAI_API_KEY": os.environ.get("OPENAI_API_KEY", "none")} if own else {}
    return {**needless, "MODEL_CHOICES": "*"}


@contextmanager
def _tesseract() -> Iterator[None]:
    """Tesseract runs, and can be asked, while this lasts."""
    with tempfile.TemporaryDirectory(prefix="lector-try-") as folder:
        port = free_port()
        key = secrets.token_urlsafe()
        part = functions.tesseract(port, {"TESSERACT_API_KEY": key})
        child = Child(part, DataFolder(Path(folder)).path)
        try:
            wait_ready(child, functions.healthy(port))
            url = f"http://127.0.0.1:{port}/v1"
            os.environ.update({"TESSERACT_URL": url, "TESSERACT_API_KEY": key})
            settings.current.cache_clear()
            yield
        finally:
            child.ask_to_stop()
            child.wait_stopped()
