"""Text layers as the object store has them: apart from their form, which needs no store."""

from hashlib import sha256
from uuid import UUID

from lector.domain import object_keys, text_layers
from lector.domain.text_layers import InvalidLayer, TextLayer
from lector.runtime import object_store


def fetch(file_id: UUID, number: int, digest: str) -> TextLayer | None:
    """A page's text layer; None if it is gone, or is another than the ledger knows."""
    try:
        stored = object_store.store().get(object_keys.layer_key(file_id, number))
        if len(stored) > text_layers.MOST_BYTES or sha256(stored).hexdigest() != digest:
            return None
        return text_layers.decode(stored)
    except (object_store.ObjectMissing, InvalidLayer):
        return None
