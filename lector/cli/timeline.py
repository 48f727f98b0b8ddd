"""What happened to a file, as a tree of steps, from the times that the API tells."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rich.text import Text
from rich.tree import Tree

from lector.cli import listing
from lector.cli.client import Json, printable

_BAR, _NAME, _INDENT = 18, 26, 4
_STYLES = {"wait": "dim", "draw": "cyan", "read": "green", "failed": "red"}


@dataclass(frozen=True)
class Step:
    """Something that took from one moment to another; `ended` is None while it goes on."""

    name: str
    began: datetime
    ended: datetime | None
    note: str = ""
    steps: Sequence["Step"] = field(default=())


def of_file(file: Json, pages: Sequence[Json]) -> Step:
    """The steps of a file: its bytes, its opening, each of its pages."""
    steps = [
        *_between("upload", file["created_at"], file["uploaded_at"], file),
        *_between("open", file["uploaded_at"], file["opened_at"], file),
        *map(_of_page, pages),
    ]
    note = file["status"] + (f": {file['error']}" if file["error"] else "")
    return Step(file["name"], _moment(file["created_at"]), _end(file["finished_at"]), note, steps)


def _of_page(page: Json) -> Step:
    steps = list(_steps_of_page(page))
    name, began = f"page {page['number']}", _moment(page["created_at"])
    return Step(name, began, _end(page["finished_at"]), _about(page), steps)


def _steps_of_page(page: Json) -> Iterator[Step]:
    began, rendered = _moment(page["created_at"]), _end(page["rendered_at"])
    if rendered is None:
        yield Step("wait for its image", began, _end(page["finished_at"]))
        return
    drawing = max(began, rendered - timedelta(seconds=page["render_s"] or 0))
    yield Step("wait for its image", began, drawing)
    yield Step("draw", drawing, rendered)
    reading, finished = _end(page["reading_at"]), _end(page["finished_at"])
    if reading is None or reading < rendered:  # blank, failed, or under way
        yield Step("wait for its text", rendered, finished, page["waiting_for"] or "")
        return
    yield Step("wait for the model", rendered, reading)
    yield Step("read", reading, finished, _model(page))


def _about(page: Json) -> str:
    if page["status"] == "failed":
        return f"failed: {page['error']}"
    origin = page["provenance"]
    return f"{page['status']} ({origin})" if origin and origin != "model" else str(page["status"])


def _model(page: Json) -> str:
    usage = page["usage"]
    told = [
        page["model"],
        f"{page['attempts']} attempts" if (page["attempts"] or 1) > 1 else None,
        f"{usage['prompt_tokens']} + {usage['completion_tokens']} tokens"
        if usage["prompt_tokens"]
        else None,
        listing.dollars(usage["cost_usd"]) if usage["cost_usd"] else None,
    ]
    return ", ".join(str(word) for word in told if word)


def _between(name: str, began: str | None, ended: str | None, file: Json) -> Iterator[Step]:
    if began is None:
        return
    over = ended or file["finished_at"]
    yield Step(name, _moment(began), _end(over))


def tree(root: Step, now: datetime) -> Tree:
    """Steps as a tree for a terminal, each with its beginning, its length, and a bar."""
    length = ((root.ended or now) - root.began).total_seconds() or 1.0
    shown = Tree(_line(root, root, length, now, 0), guide_style="dim")
    for step in root.steps:
        branch = shown.add(_line(step, root, length, now, 1))
        for part in step.steps:
            branch.add(_line(part, root, length, now, 2))
    return shown


def _line(step: Step, root: Step, length_s: float, now: datetime, depth: int) -> Text:
    style = _STYLES.get(step.name.split()[0], "")
    if step.note.startswith("failed"):
        style = _STYLES["failed"]
    began_s = (step.began - root.began).total_seconds()
    took_s = ((step.ended or now) - step.began).total_seconds()
    width = _NAME - _INDENT * depth
    line = Text(f"{printable(step.name)[:width]:<{width}}", style=style)
    line.append(f" +{began_s:.2f} s".rjust(11) + f"{took_s:.3f} s".rjust(12) + "  ", style="dim")
    line.append(_bar(began_s / length_s, took_s / length_s), style=style)
    return line.append(f" {printable(step.note)}".rstrip(), style=style)


def _bar(began: float, share: float) -> str:
    before = min(_BAR - 1, max(0, int(began * _BAR)))
    filled = min(_BAR - before, max(1, round(share * _BAR)))
    return (" " * before + "━" * filled).ljust(_BAR)


def as_json(step: Step) -> Json:
    """Steps as JSON; times are RFC 3339, `ended_at` is null while a step goes on."""
    return {
        "name": step.name,
        "began_at": step.began.isoformat(),
        "ended_at": step.ended.isoformat() if step.ended else None,
        "note": step.note,
        "steps": [as_json(part) for part in step.steps],
    }


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _end(text: str | None) -> datetime | None:
    return _moment(text) if text else None
