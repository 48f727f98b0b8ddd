"""Pages with text layers made by hand: stored as objects, and announced as `render` would."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from lector.contracts import PageRegistered, PagesExtracted, PagesRendered, TextLayer
from lector.domain import object_keys, text_layers
from lector.domain.text_layers import Picture
from lector.runtime import object_store
from lector.runtime.events import Event
from tests.support.called import Functions
from tests.support.pdfs import drawn_pdf
from tests.support.world import World


@dataclass(frozen=True)
class Layer:
    """A page's text with its verdict; words are placed from top to bottom, one below the other."""

    text: str
    verdict: str = "trusted"
    reason: str | None = None
    pictures: Sequence[Picture] = field(default_factory=list)

    @property
    def words(self) -> list[list[Any]]:
        found = self.text.split()
        height = 1 / max(1, len(found))
        return [[w, 0.1, n * height, 0.9, (n + 1) * height] for n, w in enumerate(found)]

    def store(self, file_id: UUID, number: int) -> str:
        """Store it beside the page's image; its hash."""
        layer = text_layers.TextLayer(self.text, self.words, list(self.pictures))
        stored = text_layers.encode(layer)
        key = object_keys.layer_key(file_id, number)
        object_store.store().put(key, stored, object_store.JSON)
        return sha256(stored).hexdigest()


def rendered(world: World, layers: Mapping[int, Layer]) -> list[Event[PagesRendered]]:
    """What render announces of the file's pages, with these layers and no others."""
    made = world.rendered()
    for event in made:
        for page in event.data.pages:
            page.ClearField("text_layer")
            page.doubts.clear()
            if layer := layers.get(page.page_number):
                digest = layer.store(world.file_id, page.page_number)
                found = TextLayer(sha256=digest, verdict=layer.verdict, reason=layer.reason)
                page.text_layer.CopyFrom(found)
    return made


def register(world: World, layers: Mapping[int, Layer]) -> None:
    """Have the pages registered with their layers."""
    for event in rendered(world, layers):
        world.functions.accepts("register", event)


def with_layers(
    functions: Functions, layers: Mapping[int, Layer], count: int | None = None, **options: Any
) -> World:
    """A file whose pages are registered with their layers."""
    pages = max(layers) if count is None else count
    pdf = drawn_pdf([f"page {n + 1} {uuid4()}" for n in range(pages)])
    world = World.with_file(functions, pdf, **{"text_layer": "auto", **options})
    register(world, layers)
    return world


def to_extract(world: World) -> list[Event[PagesExtracted]]:
    return world.events(PagesExtracted)


def to_read(world: World) -> list[Event[PageRegistered]]:
    return world.events(PageRegistered)
