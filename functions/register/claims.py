"""What an event claims of a file, held against what can be true of it.

The ledger decides what is still wanted; here is what it would have to write down. An event that
says what cannot be is refused for good, and the dead letter that comes of it fails neither page nor
file: the sweep announces the work again, and a person finds the letter with `lector dead`.
"""

import math
import re
from typing import Any

from lector.contracts import FileOpened, PageImage, PagesRendered, RenderedPage
from lector.domain import object_keys, page_selection
from lector.domain.states import LayerVerdict
from lector.runtime import settings
from lector.runtime.events import Event
from lector.runtime.failures import PermanentFailure, ProtocolCode

_SHA256 = re.compile(r"[0-9a-f]{64}")
_LONGEST_SIDE_PX = 100_000
_LONGEST_DRAWING_S = 86_400.0


def check_opened(event: Event[FileOpened], selection: str | None) -> None:
    """Refuse an opening of another file, or of more pages than may be selected from a file.

    Raises:
        PermanentFailure: the event cannot be true.

    """
    _require_key(event.data.object_key, object_keys.original_key(event.file_id))
    if event.data.HasField("sha256") and not _SHA256.fullmatch(event.data.sha256):
        raise _contradiction(f"{event.data.sha256[:80]!r} is no SHA-256")
    if event.data.HasField("first_page"):
        _check_page(event, event.data.first_page)
    count = event.data.page_count
    if count > page_selection.MOST_PAGES:
        raise _contradiction(f"{count} pages, which no file has")
    most, wanted = (
        settings.current(settings.Limits).max_pages,
        page_selection.count(selection, count),
    )
    if wanted > most:
        raise _contradiction(f"{wanted} pages of {count}, but {most} are the most (MAX_PAGES)")


def check_rendered(event: Event[PagesRendered]) -> None:
    """Refuse images that lie elsewhere than a page's image does, or that no page can have.

    Raises:
        PermanentFailure: the event cannot be true.

    """
    for page in event.data.pages:
        _check_page(event, page)


def _check_page(event: Event[Any], page: RenderedPage) -> None:
    if page.HasField("image"):
        key = object_keys.image_key(event.file_id, page.page_number)
        _require_key(page.image.object_key, key)
        _check_image(page, page.image)
    if page.HasField("text_layer"):
        _check_layer(page)


def _check_image(page: RenderedPage, image: PageImage) -> None:
    if not _SHA256.fullmatch(image.sha256):
        raise _contradiction(f"page {page.page_number}: {image.sha256[:80]!r} is no SHA-256")
    if max(image.width_px, image.height_px) > _LONGEST_SIDE_PX:
        raise _contradiction(f"page {page.page_number}: {image.width_px} × {image.height_px} px")
    if not 0 <= page.render_s <= _LONGEST_DRAWING_S or math.isnan(page.render_s):
        raise _contradiction(f"page {page.page_number} took {page.render_s} s to draw")


def _check_layer(page: RenderedPage) -> None:
    layer, number = page.text_layer, page.page_number
    if not _SHA256.fullmatch(layer.sha256):
        raise _contradiction(f"page {number}: {layer.sha256[:80]!r} is no SHA-256")
    if layer.verdict not in set(LayerVerdict):
        raise _contradiction(f"page {number}: {layer.verdict[:80]!r} is no verdict on a text layer")
    if page.image.blank:
        raise _contradiction(f"page {number} is said to be blank, and to carry text")


def _require_key(key: str, expected: str) -> None:
    if key != expected:
        raise _contradiction(f"the object is said to lie under {key[:200]!r}, not {expected}")


def _contradiction(detail: str) -> PermanentFailure:
    return PermanentFailure(ProtocolCode.CONTRADICTS_LEDGER, detail)
