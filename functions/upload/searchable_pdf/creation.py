"""A PDF that can be searched: the original, with each word laid invisibly over its place.

A process of its own (`overlay`) does it, within limits.
"""

import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from functions.upload import pdf_process
from functions.upload.pdf_process import Limits

_PROGRAM = "functions.upload.searchable_pdf.overlay"


def make(
    original: Path,
    words: Iterable[tuple[int, Sequence[Any]]],
    target: Path,
    limits: Limits,
    turns: Mapping[int, int] | None = None,
    language: str | None = None,
) -> None:
    """Write the searchable PDF of an original.

    Args:
        original: the PDF.
        words: page numbers from 1, each with words in the order of reading, as members of
            `LaidWord`, on the page as it is shown when it is turned. They are taken one by one.
        target: where it is written.
        limits: what it may take.
        turns: by how many degrees pages are turned clockwise, so that they are shown upright: 90,
            180 or 270, for page numbers from 1.
        language: that of the document, as a BCP 47 tag, which it is told of unless it says one.

    Raises:
        Unmakeable: the PDF cannot be opened, or takes too much.

    """
    with tempfile.TemporaryDirectory(prefix="lector-words-") as folder:
        told = Path(folder, "words.json")
        with told.open("w") as lines:
            lines.write(json.dumps({"turns": turns or {}, "language": language}) + "\n")
            for page in words:
                lines.write(json.dumps(page) + "\n")
        pdf_process.run(_PROGRAM, [original, told, target], limits)
