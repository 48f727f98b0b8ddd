"""trace: what happened to a file, and when, as a tree of its pages' steps."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import click
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from lector.cli import doubts, options, output
from lector.cli.answers import Json, printable
from lector.cli.client import Client
from lector.cli.output import echo
from lector.domain.states import Provenance

_BAR_WIDTH, _NAME_WIDTH, _INDENT = 18, 26, 4
_WIDTH_IN_FILES = 1000
_STYLES = {"wait": "dim", "draw": "cyan", "read": "green", "failed": "red"}


@click.command()
@options.file_id
@options.with_client()
def trace(client: Client, file_id: str, *, as_json: bool) -> None:
    """Show what happened to a file, and when: a tree of its pages' steps.

    Columns: from the upload to the beginning of the step, how long it took, and both as a bar.
    """
    file = client.send("GET", f"/v1/files/{file_id}")
    steps = file_steps(file, list(client.pages(file_id)))
    if as_json:
        links = {"trace_id": file["trace_id"], "trace_url": file["trace_url"]}
        output.write_json({**links, **vars(steps)})
        return
    console = Console(width=None if sys.stdout.isatty() else _WIDTH_IN_FILES)
    console.print(draw_tree(steps, datetime.now(UTC)))
    if file["trace_url"] or file["trace_id"]:
        echo(f"its trace: {file['trace_url'] or file['trace_id']}")


@dataclass(frozen=True)
class Step:
    """What took from one moment to another; `ended_at` is None while it goes on."""

    name: str
    began_at: datetime
    ended_at: datetime | None
    note: str = ""
    steps: Sequence["Step"] = field(default=())


def file_steps(file: Json, pages: Sequence[Json]) -> Step:
    """The steps of a file: its upload, its opening, each of its pages."""
    steps = [
        *_step_between("upload", file["created_at"], file["uploaded_at"], file),
        *_step_between("open", file["uploaded_at"], file["opened_at"], file),
        *map(_page_step, pages),
    ]
    note = file["status"] + (f": {file['error']}" if file["error"] else "")
    began_at, ended_at = _parse_time(file["created_at"]), _parse_optional(file["finished_at"])
    return Step(file["name"], began_at, ended_at, note, steps)


def _step_between(
    name: str, began_at: str | None, ended_at: str | None, file: Json
) -> Iterator[Step]:
    if began_at is not None:
        yield Step(name, _parse_time(began_at), _parse_optional(ended_at or file["finished_at"]))


def _page_step(page: Json) -> Step:
    steps = list(_steps_of_page(page))
    began_at, ended_at = _parse_time(page["created_at"]), _parse_optional(page["finished_at"])
    return Step(f"page {page['number']}", began_at, ended_at, _page_note(page), steps)


def _steps_of_page(page: Json) -> Iterator[Step]:
    created_at = _parse_time(page["created_at"])
    rendered_at = _parse_optional(page["rendered_at"])
    finished_at = _parse_optional(page["finished_at"])
    if rendered_at is None:
        yield Step("wait for its image", created_at, finished_at)
        return
    drawing_at = max(created_at, rendered_at - timedelta(seconds=page["render_s"] or 0))
    yield Step("wait for its image", created_at, drawing_at)
    yield Step("draw", drawing_at, rendered_at)
    reading_at = _parse_optional(page["reading_at"])
    # Without an attempt, no model was asked first.
    unasked = page["provenance"] in (Provenance.TEXT_LAYER, Provenance.PERSON)
    unasked = unasked and not page["attempts"]
    if reading_at is None or reading_at < rendered_at or unasked:  # or blank, failed, under way
        yield Step("wait for its text", rendered_at, finished_at, output.describe_wait(page))
        return
    yield Step("wait for the model", rendered_at, reading_at)
    yield Step("read", reading_at, finished_at, _model_note(page))


def _page_note(page: Json) -> str:
    if page["status"] == "failed":
        return f"failed: {page['error']}"
    origin = page["provenance"]
    status = f"{page['status']} ({origin})" if origin and origin != "model" else page["status"]
    return ", ".join(filter(None, (status, doubts.describe_page(page))))


def _model_note(page: Json) -> str:
    usage = page["usage"]
    parts = [
        page["model"],
        f"{page['attempts']} attempts" if (page["attempts"] or 1) > 1 else None,
        f"{usage['prompt_tokens']} + {usage['completion_tokens']} tokens"
        if usage["prompt_tokens"]
        else None,
        output.format_dollars(usage["cost_usd"]) if usage["cost_usd"] else None,
    ]
    return ", ".join(str(part) for part in parts if part)


def draw_tree(root: Step, now: datetime) -> Tree:
    """Steps as a tree for a terminal, each with its beginning, its length, and a bar."""
    length_s = ((root.ended_at or now) - root.began_at).total_seconds() or 1.0
    tree = Tree(_draw_line(root, root, length_s, now, 0), guide_style="dim")
    for step in root.steps:
        branch = tree.add(_draw_line(step, root, length_s, now, 1))
        for part in step.steps:
            branch.add(_draw_line(part, root, length_s, now, 2))
    return tree


def _draw_line(step: Step, root: Step, length_s: float, now: datetime, depth: int) -> Text:
    style = _STYLES.get(step.name.split()[0], "")
    if step.note.startswith("failed"):
        style = _STYLES["failed"]
    offset_s = (step.began_at - root.began_at).total_seconds()
    took_s = ((step.ended_at or now) - step.began_at).total_seconds()
    width = _NAME_WIDTH - _INDENT * depth
    line = Text(f"{printable(step.name)[:width]:<{width}}", style=style)
    line.append(f" +{offset_s:.2f} s".rjust(11) + f"{took_s:.3f} s".rjust(12) + "  ", style="dim")
    line.append(_draw_bar(offset_s / length_s, took_s / length_s), style=style)
    return line.append(f" {printable(step.note)}".rstrip(), style=style)


def _draw_bar(offset: float, share: float) -> str:
    """A bar that begins at `offset` and is `share` long, both as parts of the whole width."""
    before = min(_BAR_WIDTH - 1, max(0, int(offset * _BAR_WIDTH)))
    filled = min(_BAR_WIDTH - before, max(1, round(share * _BAR_WIDTH)))
    return (" " * before + "━" * filled).ljust(_BAR_WIDTH)


def _parse_time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _parse_optional(text: str | None) -> datetime | None:
    return _parse_time(text) if text else None
