"""try: read one page with a prompt or a model, and store nothing."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from lector.cli import doubts, options, output
from lector.cli.client import Json
from lector.cli.output import echo
from lector.local import functions
from lector.local.data_folder import DataFolder
from lector.local.process import Child, free_port, wait_ready
from lector.runtime import settings
from lector.runtime.failures import LectorError

_READING_FIELDS = ("text", "model", "prompt_tokens", "completion_tokens", "cost_usd")


@click.command("try")
@click.argument("document", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--page", type=click.IntRange(1), default=1, show_default=True)
@options.prompt
@options.model
@options.language
@click.option("--json", "as_json", is_flag=True, help=options.JSON_HELP)
def try_page(
    document: Path,
    *,
    page: int,
    prompt: str | None,
    model: str | None,
    language: str | None,
    as_json: bool,
) -> None:
    """Read one page of a PDF or image with a prompt or a model, and store nothing.

    Asks the model at OPENAI_BASE_URL, else Tesseract on this machine, also where the page carries
    its text. No Lector needs to run.
    """
    with _model_settings() as environment:
        answer, found = _transcribe(document, page, environment, (prompt, model, language))
    reading = answer.reading
    if as_json:
        result = {name: getattr(reading, name) for name in _READING_FIELDS}
        measured = {"attempts": answer.attempts, "seconds": answer.read_s}
        output.write_json({**result, **measured, "doubts": found})
        return
    output.write_text(reading.text)
    if found:
        echo(doubts.describe_page({"doubts": found}))
    tokens = reading.prompt_tokens, reading.completion_tokens
    token_note = "" if None in tokens else f"{tokens[0]} tokens in, {tokens[1]} out"
    notes = [f"{answer.read_s:.1f} s", token_note, output.format_dollars(reading.cost_usd)]
    echo(f"{reading.model}: {', '.join(filter(None, notes))}; nothing was stored")


def _transcribe(
    document: Path, page: int, environment: dict[str, str], prompt_options: tuple[Any, ...]
) -> tuple[Any, list[Json]]:
    """Draw and read the page as the functions do, with their own modules; and its doubts."""
    os.environ.update(environment)
    # They take a second to import, which other commands need not wait.
    from openai import OpenAI  # noqa: PLC0415

    from functions.llm import model, prompts  # noqa: PLC0415
    from functions.render import rendering  # noqa: PLC0415

    prompt = prompts.choose(*prompt_options)
    [(_, drawn)] = rendering.render(document, [page], settings.load(settings.Rendering))
    if isinstance(drawn, LectorError):
        raise drawn
    config = settings.load(settings.Model)
    client = OpenAI(base_url=config.openai_base_url, api_key=config.openai_api_key, max_retries=0)
    answer = model.transcribe(client, prompt, drawn.jpeg, config)
    return answer, [{"code": code, "detail": detail} for code, detail in drawn.doubts.items()]


@contextmanager
def _model_settings() -> Iterator[dict[str, str]]:
    """The settings of the model to ask; Tesseract is started for it where there is no other."""
    if os.environ.get("OPENAI_BASE_URL"):
        yield {"OPENAI_API_KEY": os.environ.get("OPENAI_API_KEY", "none"), "MODEL_CHOICES": "*"}
        return
    with tempfile.TemporaryDirectory(prefix="lector-try-") as folder:
        port = free_port()
        key = secrets.token_urlsafe()
        part = functions.tesseract(port, {"TESSERACT_API_KEY": key})
        child = Child(part, DataFolder(Path(folder)).path)
        try:
            wait_ready(child, functions.healthy(port))
            url = f"http://127.0.0.1:{port}/v1"
            embedded = {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": key}
            yield {**embedded, "OPENAI_MODEL": "tesseract", "MODEL_CHOICES": "*"}
        finally:
            child.ask_to_stop()
            child.wait_stopped()
