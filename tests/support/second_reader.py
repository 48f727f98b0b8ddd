"""A second reader in place of Tesseract: it sees on every page the words that a test says."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from functions.llm import anchors
from lector.runtime import settings
from tests.support.model import Answer, ScriptedModel, completion

TEXT = (
    "The tide tables of the northern harbour were printed twice a year and cost 45 pence. Each copy"
    " was signed by the harbour master and nailed to the door of the customs house, where fishermen"
    " compared them with the moon."
)
FORGED = TEXT.replace("45 pence", "95 pence")


def seeing(text: str, confidence: float = 96.0, **more: Any) -> Answer:
    """Its answer: the words of a text, one below the other, and how sure it is of each."""
    found = text.split()
    height = 1 / max(1, len(found))
    words = [
        [word, 0.1, n * height, 0.5, (n + 1) * height, confidence] for n, word in enumerate(found)
    ]
    lector = {"words": words, "confidence": confidence, "turned_degrees": 0, **more}
    return completion(text, model="tesseract-5", lector={"languages_missing": [], **lector})


@contextmanager
def reading_beside(second: ScriptedModel, **variables: str) -> Iterator[None]:
    """It is asked beside every model while the block lasts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TESSERACT_URL", second.base_url)
        patch.setenv("VERIFY_DEADLINE_S", "5")
        for name, value in variables.items():
            patch.setenv(name, value)
        settings.current.cache_clear()
        anchors.forget()
        yield
    settings.current.cache_clear()
    anchors.forget()


@contextmanager
def seen_beside(text: str, **variables: str) -> Iterator[ScriptedModel]:
    """One that sees this text, asked beside every model while the block lasts."""
    second = ScriptedModel()
    second.otherwise = seeing(text)
    with reading_beside(second, **variables):
        yield second
    second.stop()
