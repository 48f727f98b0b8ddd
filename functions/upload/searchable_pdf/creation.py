"""A PDF that can be searched: the original, with each word laid invisibly over its place.

A PDF is hostile input, and this function may see every text; so the work is done by a process of
its own (`overlay`), within limits, and without anything to give away.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from functions.upload.problem_codes import ProblemCode
from lector.runtime.failures import LectorError

# -P: the folder that somebody stands in holds no modules of ours.
_PROGRAM = ("-P", "-m", "functions.upload.searchable_pdf.overlay")
# What an interpreter needs to find its packages, and no secrets.
_KEPT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG", "TMPDIR")
# How the process says with its exit code what kept it.
UNREADABLE, PROTECTED, TOO_LARGE = 10, 11, 12
_SAID = {
    UNREADABLE: (ProblemCode.PDF_UNREADABLE, "the PDF is too damaged to be written anew"),
    PROTECTED: (ProblemCode.PDF_PROTECTED, "the PDF is protected by a password"),
    TOO_LARGE: (ProblemCode.PDF_TOO_LARGE, "the PDF needs more memory than there is for it"),
}


@dataclass(frozen=True)
class Limits:
    """What making one may take: address space, time by the clock, and the size of the result."""

    memory_bytes: int = 384 * 1024 * 1024
    seconds: float = 60.0
    result_bytes: int = 1024 * 1024 * 1024


class Unmakeable(LectorError):
    """There is no searchable PDF to be had of this one; `detail` is for people."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


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
        bounds = [limits.memory_bytes, int(limits.seconds) + 1, limits.result_bytes]
        command = [sys.executable, *_PROGRAM, original, told, target, *bounds]
        try:
            done = subprocess.run(
                [str(word) for word in command],
                env={name: os.environ[name] for name in _KEPT if name in os.environ},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=limits.seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise _too_slow(limits) from None
    if done.returncode in _SAID:
        raise Unmakeable(*_SAID[done.returncode])
    if done.returncode:
        raise _too_slow(limits) if done.returncode < 0 else Unmakeable(*_SAID[UNREADABLE])


def _too_slow(limits: Limits) -> Unmakeable:
    return Unmakeable(
        ProblemCode.PDF_TOO_SLOW, f"the PDF cannot be written anew in {limits.seconds:g} s"
    )
