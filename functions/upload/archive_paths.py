"""What files are called in an archive, so that it can be unpacked anywhere without a loss."""

import posixpath
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath

_UNFIT = re.compile(r"[\x00-\x1f\x7f:\\]")


class Paths:
    """Paths of an archive, no two of which are one on any system.

    Some systems know no case of letters, and some no difference between a letter with an accent
    and a letter and an accent. A file also has another path than the `folders` of all files have.
    """

    def __init__(self, folders: Iterable[str | None]) -> None:
        paths = {PurePosixPath(_fit(folder)) for folder in folders if folder}
        every = {parent for path in paths for parent in (path, *path.parents)}
        self._taken = Counter({_key(str(path)) for path in every})

    def free(self, path: str) -> str:
        """The path, or one like it, that nothing has, and that nothing else gets."""
        path = _fit(path)
        stem, extension = posixpath.splitext(path)
        wanted = path
        while self._taken[_key(wanted)]:
            self._taken[_key(path)] += 1
            wanted = f"{stem} ({self._taken[_key(path)]}){extension}"
        self._taken[_key(wanted)] += 1
        return wanted


def of(folder: str | None, name: str, otherwise: str) -> str:
    """Where a file stands in its folder; `otherwise` is its name if it is called like a step up.

    Folders have no steps up (`functions.upload.folders`).
    """
    shown = name if name.strip(". ") else otherwise
    return f"{folder}/{shown}" if folder else shown


def _fit(path: str) -> str:
    """Without what a system takes for a drive or a folder, or executes on a terminal."""
    return _UNFIT.sub("_", path)


def _key(path: str) -> str:
    folded = unicodedata.normalize("NFD", path).casefold()
    return unicodedata.normalize("NFD", folded)
