"""Which readers there are, for functions that are called in the test's process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

import pytest

from functions.llm import abilities
from lector.runtime import settings

SetVariables = Callable[..., None]


@contextmanager
def nothing_set() -> Iterator[SetVariables]:
    """Readers and models as nobody has set them; what it yields sets variables, to its end."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        for kind in (settings.Readers, settings.Model):
            for spec in fields(kind):
                monkeypatch.delenv(spec.name.upper(), raising=False)

        def set_variables(**variables: str) -> None:
            for name, value in variables.items():
                monkeypatch.setenv(name, value)
            settings.current.cache_clear()

        _forget()
        yield set_variables
    _forget()


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


def _forget() -> None:
    settings.current.cache_clear()
    abilities.MEMORY.forget()
