"""Readers of one's own, for functions that are called in the test's process."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lector.runtime import settings


@contextmanager
def own_readers(folder: Path, entries: str) -> Iterator[None]:
    """READERS_FILE names a file of these entries, made in a folder, while the block lasts."""
    path = folder / "readers.yaml"
    path.write_text(entries)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("READERS_FILE", str(path))
        settings.current.cache_clear()
        yield
    settings.current.cache_clear()
