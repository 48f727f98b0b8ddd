"""edit: write a page's text in one's own editor."""

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

import click

from lector.cli import options, output
from lector.cli.answers import Json, Refused, printable
from lector.cli.client import Client
from lector.cli.output import echo
from lector.domain.states import PageStatus
from lector.runtime.failures import LectorError

_PAGE = click.IntRange(1, 1_000_000)
_CHANGED_MEANWHILE = "version_changed"
_FIRST_EDITOR = ("VISUAL", "EDITOR")


def _check_editor(**_: object) -> None:
    find_editor()


@click.command()
@options.file_id
@click.argument("number", metavar="PAGE", type=_PAGE)
@options.with_client(json_help="Tell what became of it as JSON.", check=_check_editor)
def edit(client: Client, file_id: str, *, number: int, as_json: bool) -> None:
    """Write a page's text in your editor ($VISUAL or $EDITOR).

    What you save is the page's text: a version by a person, which a retry leaves alone. What is not
    changed is not saved. Pages that failed can be typed, too.

    Exits with 1 when the page cannot be written, such as when somebody else changed it meanwhile;
    your text is then in the file that is named.
    """
    path = f"/v1/files/{file_id}/pages/{number}"
    page = client.send("GET", path)
    if page["status"] not in (PageStatus.READ, PageStatus.FAILED):
        raise LectorError(f"page {number} is being read; edit it when that is done")
    before = page["text"] or ""
    draft = _write_draft(before, number)
    try:
        run_editor(draft)
        after = _read_draft(draft)
    except LectorError as error:
        raise _with_draft(error, draft, before) from error
    if after == before.rstrip():
        draft.unlink()
        _tell(page, f"page {number} is unchanged", changed=False, as_json=as_json)
        return
    try:
        headers = {"If-Match": f'"{page["version"]}"'}
        written = client.send("PUT", f"{path}/text", json={"text": after}, headers=headers)
    except LectorError as error:
        raise _refusal(error, draft, file_id, number) from error
    draft.unlink()
    sentence = f"page {number} is written, as version {written['version']}"
    _tell(written, sentence, changed=True, as_json=as_json)


def find_editor() -> list[str]:
    """The command that opens an editor, as $VISUAL or $EDITOR names it.

    Raises:
        LectorError: neither does, or it is no command.

    """
    named = next((text for name in _FIRST_EDITOR if (text := os.environ.get(name, "").strip())), "")
    if not named:
        raise LectorError("no editor is set: say which in EDITOR, such as EDITOR=nano")
    try:
        return shlex.split(named)
    except ValueError as error:
        raise LectorError(f"the editor {printable(named)} is no command: {error}") from error


def run_editor(path: Path) -> None:
    """Open a file in the editor, and wait until it is closed.

    Raises:
        LectorError: there is no such editor, or it ended with a failure.

    """
    command = find_editor()
    name = printable(command[0])
    try:
        done = subprocess.run([*command, str(path)], check=False)
    except OSError as error:
        raise LectorError(f"the editor {name} cannot be started: {error.strerror}") from error
    if done.returncode:
        raise LectorError(f"the editor {name} ended with {done.returncode}; nothing is changed")


def _write_draft(text: str, number: int) -> Path:
    """A file that only its owner reads, with a name that tells an editor how to colour it."""
    prefix = f"lector-page-{number}-"
    try:
        handle, name = tempfile.mkstemp(prefix=prefix, suffix=".md")
        with open(handle, "w", encoding="utf-8", newline="") as file:
            file.write(f"{text}\n" if text else "")
    except OSError as error:
        raise LectorError(f"the text cannot be put into a file: {error.strerror}") from error
    return Path(name)


def _read_draft(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").rstrip()
    except UnicodeDecodeError as error:
        raise LectorError("what the editor saved is no text in UTF-8") from error
    except OSError as error:
        raise LectorError(f"what the editor saved cannot be read: {error.strerror}") from error


def _with_draft(error: LectorError, draft: Path, before: str) -> LectorError:
    """An error, and where the text is if somebody has changed it."""
    try:
        changed = draft.read_bytes().rstrip() != before.encode().rstrip()
    except OSError:
        changed = False
    if changed:
        return LectorError(f"{error}; your text is in {draft}")
    draft.unlink(missing_ok=True)
    return error


def _refusal(error: LectorError, draft: Path, file_id: str, number: int) -> LectorError:
    """Why a text was not taken; it stays in its file."""
    if isinstance(error, Refused) and error.code == _CHANGED_MEANWHILE:
        again = f"`lector edit {file_id} {number}` shows what it is now"
        return LectorError(
            f"somebody changed page {number} meanwhile; your text is in {draft}, and {again}"
        )
    return LectorError(f"{error}; your text is in {draft}")


def _tell(page: Json, sentence: str, *, changed: bool, as_json: bool) -> None:
    if as_json:
        output.write_json({"changed": changed, "page": page})
    else:
        echo(sentence)
