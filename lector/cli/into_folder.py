"""ocr -o: each text is written when its file is finished; what is there already is left out."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lector.cli import outcome, output, progress, watching
from lector.cli.answers import ServerError
from lector.cli.client import Client
from lector.cli.outcome import Document
from lector.cli.output_folder import OutputFolder
from lector.client.errors import Unreachable
from lector.runtime.failures import LectorError


def choose(documents: Sequence[Document], target: OutputFolder, *, anew: bool) -> list[Document]:
    """The documents that are read into a folder, each with its path there; `anew`: all."""
    others = leave_out_own(documents, target)
    target.name(others)
    return others if anew else leave_out(others, target)


def leave_out_own(documents: Sequence[Document], target: OutputFolder) -> list[Document]:
    """The documents that are not of Lector's making, where texts are written beside them."""
    others = [document for document in documents if not target.wrote(document.path)]
    if own := len(documents) - len(others):
        output.echo(f"left out {output.count(own, 'file')} that Lector wrote into {target.folder}")
    return others


def leave_out(documents: Sequence[Document], target: OutputFolder) -> list[Document]:
    """The documents whose text is not there yet; of the others it is said how many they are."""
    left = [document for document in documents if not target.has(document)]
    there = len(documents) - len(left)
    same = "from the same bytes and options (--force writes it again)"
    if there and not left:
        output.echo(f"nothing to do: {target.folder} has all of the text already, {same}")
    elif there:
        which = f"the text of {there} of the {output.count(len(documents), 'file')} already"
        output.echo(f"{target.folder} has {which}, {same}")
    return left


def read(
    client: Client,
    documents: Sequence[Document],
    reading_options: Mapping[str, Any],
    target: OutputFolder,
    check: Callable[[Sequence[Document]], None],
    goes_on: str,
) -> bool:
    """Read files, write the text of each when it is finished, and say what failed.

    Args:
        client: of the Lector that reads them.
        documents: which; what they hold in pages is let go of once it is written.
        reading_options: how, as `watching.read` takes it.
        target: where their texts go.
        check: looks at the files now and then, and may raise `outcome.ReaderUnreachable`.
        goes_on: what becomes of uploaded files when this command ends, as
            `describe_interrupted` takes it.

    Returns:
        Whether everything was read and written.

    """
    written = failed = 0

    def show(watched: Sequence[Document]) -> None:
        display.show(watched)
        check(watched)

    try:
        with progress.display(output.console) as display:
            for document in watching.read_whole(client, documents, reading_options, show):
                if target.write(client, document):
                    written += 1
                else:
                    failed += 1
                document.settle()
    except (ServerError, outcome.ReaderUnreachable) as error:
        output.echo(f"error: {error}")
        away = isinstance(error, Unreachable)
        output.echo(describe_interrupted(documents, written, goes_on, away=away))
        return False
    except (KeyboardInterrupt, SystemExit, LectorError):
        output.echo(describe_interrupted(documents, written, goes_on))
        raise
    return outcome.summarize(documents, output.echo) and not failed


def describe_interrupted(
    documents: Sequence[Document], written: int, goes_on: str, *, away: bool = False
) -> str:
    """How many texts are written, what becomes of the other files, and how to go on.

    `goes_on` is what Lector does with files that are uploaded, with {} for their number; empty if
    nothing. While Lector is `away` nobody can say more than that it has them.
    """
    if goes_on and away:
        goes_on = "{} more are uploaded and kept"
    going = sum(bool(one.file["id"]) and not one.finished for one in documents)
    parts = [f"{written} of {len(documents)} written"]
    if going and goes_on:
        parts.append(goes_on.format(going))
    return "; ".join([*parts, "run the same again to pick up"])
