"""The first bytes of an object, by which `upload` knows what it is."""

from uuid import uuid4

import pytest

from lector.domain import object_keys
from lector.runtime import object_store
from lector.runtime.object_store import ObjectMissing
from tests.support.called import Functions


@pytest.mark.parametrize(
    ("content", "first"),
    [(b"%PDF-1.7 and more", b"%PDF"), (b"%PDF", b"%PDF"), (b"%P", b"%P"), (b"", b"")],
)
def test_they_come_with_its_size(functions: Functions, content: bytes, first: bytes) -> None:
    key = object_keys.original_key(uuid4())
    object_store.store().put(key, content, "application/octet-stream")
    assert object_store.store().beginning(key, 4) == (first, len(content))


def test_there_are_none_of_an_object_that_is_missing(functions: Functions) -> None:
    with pytest.raises(ObjectMissing):
        object_store.store().beginning(object_keys.original_key(uuid4()), 4)
