"""Text layers as objects: what was written is read again, and nothing else is believed."""

import json
from typing import Any

import pytest

from lector.domain import text_layers
from lector.domain.text_layers import InvalidLayer, Picture, TextLayer

LAYER = TextLayer(
    "# Title\n\nText.", [["Title", 0.1, 0.1, 0.3, 0.2]], [Picture(0.1, 0.2, 0.5, 0.6, 7)]
)


def changed(**members: Any) -> bytes:
    """The layer's object with other members."""
    return json.dumps({**json.loads(text_layers.encode(LAYER)), **members}).encode()


def test_what_was_encoded_is_decoded() -> None:
    assert text_layers.decode(text_layers.encode(LAYER)) == LAYER


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"\xff",
        b"[]",
        b"[" * 100_000,
        changed(text=7),
        changed(words=None),
        changed(words=[["a", 0, 0, 1]]),
        changed(words=[["a", 0, 0, 1, 1.5]]),
        changed(words=[["a", 0, 0, 1, float("nan")]]),
        changed(pictures=[[0, 0, 1, 1]]),
        changed(pictures=[[0, 0, 1, 1, float("inf")]]),
        changed(pictures=[[0, 0, 1, 1, 1000]]),
        changed(pictures=[[0, 0, 10**400, 1, 0]]),
        changed(pictures=[[0.5, 0, 0.5, 1, 0]]),
        changed(pictures=[[0, 0, 1, 1, 0]] * 65),
    ],
    ids=range(15),
)
def test_anything_else_is_none(stored: bytes) -> None:
    with pytest.raises(InvalidLayer):
        text_layers.decode(stored)


def test_words_lose_what_cannot_be_stored() -> None:
    decoded = text_layers.decode(
        changed(words=[["a\x00\x1bb", 0, 0, 1, 1]], text="t\x00", pictures=[])
    )
    assert (decoded.text, decoded.words[0][0]) == ("t", "ab")
