"""How people name a file: by the beginning of its id, its name, or @last; and how it is shown."""

import re
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import UUID

from lector.cli.answers import Json, printable
from lector.runtime.failures import LectorError

if TYPE_CHECKING:
    from lector.cli.client import Client

LAST = "@last"
_BEGINNING = re.compile(r"[0-9a-fA-F]{4}[0-9a-fA-F-]{0,32}")
_TOO_SHORT = re.compile("[0-9a-fA-F]{1,3}")
_ID_DIGITS = 32
_SHOWN = 18
"""Characters of a short id: the time, to a quarter of a microsecond, at which it was made.

Files that came together differ in the last of them, also where only one of them is listed."""
_LONGEST_NAME = 255
_MOST_SHOWN = 5
"""Of more files that are meant, so many are shown."""


def find(client: "Client", said: str) -> str:
    """The id of the file that is meant.

    Args:
        client: of the Lector that has it.
        said: an id, or the beginning of one (four characters at least), a file's name, also with
            its folder before it, or @last.

    Raises:
        LectorError: no file is called so, or several; it says which.

    """
    if is_id(said):
        return str(UUID(said))
    if said == LAST:
        return _find_last(client)
    found = [*_of_id(client, said), *_of_name(client, said)]
    if not found:
        raise LectorError(_describe_none(client, said))
    if len({file["id"] for file in found}) > 1:
        raise LectorError(_describe_several(said, found))
    return str(found[0]["id"])


def is_id(said: str) -> bool:
    """Whether this is a whole id."""
    try:
        UUID(said)
    except ValueError:
        return False
    return True


def may_begin_id(said: str) -> bool:
    """Whether an id may begin so; four characters at least, as names do, too."""
    return bool(_BEGINNING.fullmatch(said)) and len(said.replace("-", "")) <= _ID_DIGITS


def shorten(ids: Sequence[str]) -> list[str]:
    """Ids as lists show them: a file's is the same in each, and longer only where two need it."""
    longest = max(map(len, ids), default=0)
    lengths = (n for n in range(_SHOWN, longest) if len({one[:n] for one in ids}) == len(set(ids)))
    length = next(lengths, longest)
    return [one[:length] for one in ids]


def _find_last(client: "Client") -> str:
    files = client.send("GET", "/v1/files", params={"limit": 1})["files"]
    if not files:
        raise LectorError("there is no file yet, so none is @last")
    return str(files[0]["id"])


def _of_id(client: "Client", said: str) -> list[Json]:
    """Files whose id begins so: as many as are shown, and one more."""
    if not may_begin_id(said):
        return []
    query = {"id_begins": said, "limit": _MOST_SHOWN + 1}
    return list(client.send("GET", "/v1/files", params=query)["files"])


def with_folder(file: Json) -> str:
    """A file's name, and its folder before it; a server of before knows of none."""
    return "/".join(filter(None, (file.get("folder"), file["name"])))


def _of_name(client: "Client", said: str) -> list[Json]:
    """Files that are called so, the newest first: as many as are shown, and one more."""
    *folders, name = (part for part in said.split("/") if part not in ("", ".", ".."))
    if not 0 < len(name) <= _LONGEST_NAME:
        return []
    folder = "/".join(folders)
    filters: dict[str, Any] = {"name": name, **({"folder": folder} if folder else {})}
    called = (
        file
        for file in client.list_files(**filters)
        if file["name"] == name and folder in ("", file.get("folder"))
    )
    return list(islice(called, _MOST_SHOWN + 1))


def _describe_none(client: "Client", said: str) -> str:
    name = said.rpartition("/")[2]
    similar = client.list_files(name=name) if 0 < len(name) <= _LONGEST_NAME else ()
    whole = with_folder if name != said else lambda file: file["name"]
    names = list(dict.fromkeys(printable(whole(file)) for file in islice(similar, _MOST_SHOWN)))
    known = f"; did you mean {' or '.join(names)}?" if names else "; `lector ls` lists the files"
    begins = "no id begins so"
    if _TOO_SHORT.fullmatch(said):
        begins = "the beginning of an id is known by four characters at least"
    return f"no file is called {printable(said)}, and {begins}{known}"


def _describe_several(said: str, files: Sequence[Json]) -> str:
    shown = files[:_MOST_SHOWN]
    short = shorten([file["id"] for file in shown])
    one_each = ", ".join(
        f"{short_id} ({printable(with_folder(file))}, {file['created_at'][:16].replace('T', ' ')})"
        for short_id, file in zip(short, shown, strict=True)
    )
    more = " and more" if len(files) > _MOST_SHOWN else ""
    return f"{printable(said)} may mean several files: {one_each}{more}; name one by its id"
