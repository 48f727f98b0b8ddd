"""Events as lines for people."""

from rich.console import Console
from rich.text import Text

from lector.cli import output
from lector.cli.answers import Json, printable

_MOST_DATA = 100  # characters of an event's data in a line


class LineWriter:
    """Events as lines for people, in colour on a terminal."""

    def __init__(self) -> None:
        self._console = Console(soft_wrap=True, highlight=False)

    def write(self, event: Json) -> None:
        """Time, type and file of an event, and the beginning of its data."""
        data = output.format_json(_shorten_doubts(event["data"]), indent=None)
        data = data if len(data) <= _MOST_DATA else f"{data[:_MOST_DATA]}…"
        line = Text(f"{printable(event['time'][:23]):<23}  ", style="dim")
        style = "red" if event["type"].endswith("failed") else "bold"
        style = "yellow" if _is_doubted(event["data"]) else style
        line.append(f"{printable(event['type']):<24}", style=style)
        line.append(f"  {printable(event.get('subject', ''))}  ", style="cyan")
        self._console.print(line.append(printable(data)))


def _is_doubted(data: object) -> bool:
    """Whether an event says that something speaks against a text."""
    return isinstance(data, dict) and bool(data.get("doubts") or data.get("pagesDoubted"))


def _shorten_doubts(data: object) -> object:
    """The codes of doubts, before all else: a line has no room for their sentences."""
    if not isinstance(data, dict) or not data.get("doubts"):
        return data
    return {"doubts": list(data["doubts"]), **{n: v for n, v in data.items() if n != "doubts"}}
