"""Files that are there as a whole, or as they were before."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """What to write beside a path, and takes its place when the block ends well.

    Else what was there before stays as it was. Raises OSError if that is refused.
    """
    partial = path.with_name(f".{path.name}.part")
    try:
        yield partial
        partial.replace(path)
    finally:
        with suppress(OSError):  # such as a folder that is not there
            partial.unlink(missing_ok=True)
