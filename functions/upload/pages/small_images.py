"""A page's image made small, or a part of it: made when it is asked for, and kept by browsers.

No object more is stored for it: most pages are never looked at in a list.
"""

import io
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from functions.upload.authentication import Caller
from functions.upload.errors import ApiError
from functions.upload.pages.page_model import StoredPage
from functions.upload.problem_codes import ProblemCode
from functions.upload.slots import Limits, Slots
from lector.domain.failure_codes import FailureCode
from lector.domain.states import PageStatus
from lector.domain.word_places import Box
from lector.runtime import object_store
from lector.runtime.failures import TransientFailure
from lector.runtime.once import once

if TYPE_CHECKING:
    from PIL.Image import Image

SMALLEST_PX, LARGEST_PX, USUAL_PX = 16, 1000, 240
_QUALITY = 75
_KEPT_S = 7 * 24 * 3600
PATIENCE_S = 10.0
# A large image takes up to 100 MB while it is decoded.
_turns = threading.BoundedSemaphore(2)
# Who waits for a turn holds one of the process' 40 threads: never most of them, nor one tenant all.
WAITING = Limits(process=24, tenant=12, address=0)


def of_page(caller: Caller, page: StoredPage, width_px: int, region: Box | None = None) -> bytes:
    """The page, or a part of it, as a JPEG, upright, so wide, but never larger than its image is.

    Raises:
        ApiError: the page was not drawn yet, or its image is gone (409), or the tenant asks for too
            many at once (429).
        TransientFailure: all do, or others took too long.

    """
    if page.image_key is None:
        raise ApiError(409, ProblemCode.NOT_DRAWN, "the page was not drawn yet")
    with _slots().taken(caller), _turn():
        image = _fetch(page.image_key)
        if region:
            return cut_out(image, region, width_px, page.turned_degrees)
        return shrink(image, width_px, page.turned_degrees)


@once
def _slots() -> Slots:
    return Slots("small pictures that are being made", lambda: WAITING, retry_after_s=2)


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(timeout=PATIENCE_S):
        raise TransientFailure("other pictures are being made; try again soon", retry_after_s=2)
    try:
        yield
    finally:
        _turns.release()


def _fetch(image_key: str) -> bytes:
    try:
        return object_store.store().get(image_key)
    except object_store.ObjectMissing:
        detail = "the page's image is no longer stored"
        raise ApiError(409, FailureCode.IMAGE_MISSING, detail) from None


def shrink(image: bytes, width_px: int, turned_degrees: int) -> bytes:
    """An image, a JPEG or PNG, as a JPEG: turned clockwise, and then at most so wide."""
    from PIL import Image  # noqa: PLC0415 - most who start upload look at no pages

    with Image.open(io.BytesIO(image), formats=("JPEG", "PNG")) as opened:
        across = opened.width if turned_degrees % 180 == 0 else opened.height
        share = min(1.0, width_px / across)
        size = max(1, round(opened.width * share)), max(1, round(opened.height * share))
        opened.draft(None, size)  # of a JPEG no more is decoded than an eighth of its pixels needs
        small = _flat(opened).resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
        upright = small.rotate(-turned_degrees, expand=True)
    return _jpeg(upright)


def cut_out(image: bytes, region: Box, width_px: int, turned_degrees: int) -> bytes:
    """A part of an image that was turned clockwise, as a JPEG that is at most so wide."""
    from PIL import Image  # noqa: PLC0415 - as above

    with Image.open(io.BytesIO(image), formats=("JPEG", "PNG")) as opened:
        upright = _flat(opened).rotate(-turned_degrees, expand=True)
        left, right = _pixels(region[0], region[2], upright.width)
        top, bottom = _pixels(region[1], region[3], upright.height)
        part = upright.crop((left, top, right, bottom))
    share = min(1.0, width_px / part.width)
    size = max(1, round(part.width * share)), max(1, round(part.height * share))
    return _jpeg(part.resize(size, Image.Resampling.LANCZOS))


def keeping(page: StoredPage, version: str) -> str:
    """For how long a browser keeps the picture: each reading of a page may turn it."""
    if page.status != PageStatus.READ or not version:
        return "private, no-cache"
    return f"private, max-age={_KEPT_S}, immutable"


def _pixels(begin: float, end: float, size_px: int) -> tuple[int, int]:
    """From which pixel to which a part goes; one at least."""
    first = min(math.floor(begin * size_px), size_px - 1)
    return first, max(first + 1, math.ceil(end * size_px))


def _jpeg(image: "Image") -> bytes:
    content = io.BytesIO()
    image.save(content, "JPEG", quality=_QUALITY)
    return content.getvalue()


def _flat(image: "Image") -> "Image":
    return image if image.mode in ("L", "RGB") else image.convert("RGB")
