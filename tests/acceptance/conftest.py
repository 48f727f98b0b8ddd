"""Lectors that modules share which leave each other's files alone: a start takes ten CPU-seconds.

`SHARING` in tests/conftest.py has the modules that share one run in one process.
"""

from collections.abc import Iterator

import pytest

from tests.acceptance.commandline import Up, up, up_with_model
from tests.support.model import ScriptedModel

# What modules that share a Lector were told of it.
API_KEY = "sk-the-secret-of-a-provider"
MAX_PAGES = 12
MAX_BYTES = 1_000_000


@pytest.fixture(scope="session")
def lector_with_model(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Up, ScriptedModel]]:
    """A Lector whose pages a scripted model reads, and which may call this machine."""
    folder = tmp_path_factory.mktemp("with-model")
    here = {"NOTIFY_ALLOW_PRIVATE": "127.0.0.1", "FETCH_ALLOW_PRIVATE": "127.0.0.1"}
    with up_with_model(folder, {"OPENAI_API_KEY": API_KEY, **here}) as shared:
        yield shared


@pytest.fixture(scope="session")
def lector_that_reads(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A Lector whose pages Tesseract reads, with limits that small files can reach."""
    limits = {"MAX_PAGES": str(MAX_PAGES), "MAX_FILE_BYTES": str(MAX_BYTES)}
    with up(tmp_path_factory.mktemp("reads") / "data", settings=limits) as running:
        yield running
