"""Where files are for whoever uploads them: folders, kept for people and never used as a path."""

from typing import Annotated

from msgspec import Meta

from functions.upload.fields import Rule

_MOST_BYTES = 1000
MOST_CHARACTERS = 4096
A_PATH = f"the path of a folder, in at most {MOST_CHARACTERS} characters"


def clean(path: str) -> str | None:
    """Names of folders, parted by slashes, for showing and for finding; None without any.

    As many of the first ones as 1,000 bytes hold, which is what an index can take.
    """
    kept: list[str] = []
    room = _MOST_BYTES
    for part in path.replace("\\", "/").split("/"):
        shown = "".join(c for c in part if c.isprintable()).strip()
        name = shown.encode(errors="ignore").decode()
        if name in ("", ".", ".."):
            continue
        room -= len(name.encode()) + 1
        if room < 0:
            break
        kept.append(name)
    return "/".join(kept) or None


def to_look_in(path: str) -> str:
    """A folder whose files or folders are wanted; ValueError if the path names none."""
    folder = clean(path)
    if folder is None:
        raise ValueError("must name a folder, such as letters/2026")
    return folder


Folder = Annotated[
    str,
    Meta(
        max_length=MOST_CHARACTERS,
        description="Where the file is for whoever uploads it: names of folders, parted by slashes."
        " For people, and for finding it; Lector itself never uses it as a path.",
        examples=["letters/2026"],
    ),
    Rule(A_PATH, then=clean),
]
InFolder = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=MOST_CHARACTERS,
        description="Only files in this folder and in those below it, spelt as it is.",
        examples=["letters/2026"],
    ),
    Rule(A_PATH, then=to_look_in),
]
