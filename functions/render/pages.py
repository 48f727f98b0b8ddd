"""Rendered pages on their way into the object store."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from functions.render import rendering
from functions.render.rendering import RenderedImage
from lector.contracts import Failure, PageImage, RenderedPage
from lector.domain import object_keys
from lector.runtime import object_store, settings
from lector.runtime.failures import PermanentFailure
from lector.telemetry import tracing

Put = Callable[[str, bytes, str], None]


def render_and_store(
    path: Path,
    file_id: UUID,
    numbers: Sequence[int],
    config: settings.Rendering,
    put: Put,
    until: float,
) -> list[RenderedPage]:
    """Render pages and store their images, sending one while others are drawn.

    Every number asked for is in the answer, with an image or a failure. When the time is over,
    images that were stored stay: they are drawn again with the others, under the same keys.

    Raises:
        PermanentFailure: the file as a whole cannot be opened.
        TransientFailure: the pages are not all drawn by `until`, or cannot be stored now.

    """
    stored = tracing.here(_stored)
    with ThreadPoolExecutor(max_workers=4) as sender:
        pages: list[Future[RenderedPage]] = [
            sender.submit(stored, file_id, number, outcome, put)
            for number, outcome in rendering.render(path, numbers, config, until)
        ]
        return [page.result() for page in pages]


def _stored(
    file_id: UUID, number: int, outcome: RenderedImage | PermanentFailure, put: Put
) -> RenderedPage:
    if isinstance(outcome, PermanentFailure):
        failure = Failure(code=outcome.code, detail=outcome.detail)
        return RenderedPage(page_number=number, failure=failure)
    key = object_keys.image_key(file_id, number)
    put(key, outcome.jpeg, object_store.JPEG)
    image = PageImage(
        object_key=key,
        sha256=sha256(outcome.jpeg).hexdigest(),
        width_px=outcome.width_px,
        height_px=outcome.height_px,
        blank=outcome.blank,
    )
    return RenderedPage(page_number=number, image=image, render_s=outcome.render_s)
