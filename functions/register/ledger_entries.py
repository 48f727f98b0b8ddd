"""What each event writes into the ledger, and what it announces in the same transaction."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message

from functions.register import claims
from lector.contracts import (
    Failure,
    FileFailed,
    FileOpened,
    ObjectsRemoved,
    PageFailed,
    PageRead,
    PageRegistered,
    PagesExtracted,
    PagesRendered,
    RenderedPage,
    VerificationRequested,
)
from lector.domain import (
    candidates,
    carried_text,
    doubts,
    file_completion,
    object_keys,
    originals,
    outbox,
    page_selection,
    shares,
)
from lector.domain.failure_codes import FailureCode
from lector.domain.states import FileStatus, PageStatus, Provenance
from lector.runtime import events, queries, settings
from lector.runtime.database import Connection
from lector.runtime.events import Event, page_id
from lector.runtime.failures import clean
from lector.runtime.queries import Sent


@dataclass(frozen=True)
class RegisteredPage:
    """A page that has its image now: whether its own text is taken, else by whom it is read."""

    number: int
    from_layer: bool
    reader: str | None


@dataclass(frozen=True)
class TextWishes:
    """What a file says of the text that its pages carry, and of holding answers against it."""

    text_layer: str
    verify: str | None
    reader: str | None


@dataclass(frozen=True)
class PageLimit:
    """A limit for a day that is reached: how many pages it is, and were there before."""

    scope: str
    most: int
    before: int


_sql = queries.load(__file__)
COUNT_PAGES = _sql.rows("count_pages", PageLimit)
UNCOUNT_PAGES = _sql.statement("uncount_pages")
START_READING = _sql.rows("start_reading", TextWishes)
LEAVE_TEXTS_UNSOUGHT = _sql.statement("leave_texts_unsought")
NOTE_TEXT = _sql.scalar("note_text", int)
EXPECT_PAGES = _sql.statement("expect_pages")
REGISTER_IMAGES = _sql.rows("register_images", RegisteredPage)
REGISTER_BLANK = _sql.scalar("register_blank", int)
FAIL_PAGES = _sql.scalar("fail_pages", int)
FAIL_FILE = _sql.scalar("fail_file", str)
DROP_TOMBSTONE = _sql.statement("drop_tombstone")

# The arrays of `register_images`, and what of a page's row each holds.
_COLUMNS = {
    "page_ids": "page_id",
    "render_seconds": "render_s",
    "object_keys": "object_key",
    "sha256s": "sha256",
    "widths_px": "width_px",
    "heights_px": "height_px",
    "doubt_sets": "doubts",
    "layer_sha256s": "layer_sha256",
    "layer_verdicts": "layer_verdict",
    "layer_reasons": "layer_reason",
}


def open_ledger(connection: Connection, event: Event[FileOpened]) -> None:
    """Write a row for every expected page and ask for the first ranges of images."""
    file_id, opened = event.file_id, event.data
    file = file_completion.lock(connection, file_id, opened.generation)
    if file is None or file.status != FileStatus.UPLOADED:
        return
    claims.check_opened(event, file.page_selection)
    numbers = page_selection.select(file.page_selection, opened.page_count)
    if not numbers:
        fail_file(connection, event, opened.generation, _no_such_pages(file, opened))
        return
    too_many = COUNT_PAGES.one(
        connection,
        file_id=file_id,
        count=len(numbers),
        max_pages_per_day=settings.current(settings.Budgets).max_pages_per_day,
    )
    if too_many is not None:
        UNCOUNT_PAGES.run(connection, file_id=file_id, count=len(numbers))
        fail_file(connection, event, opened.generation, _page_limit(too_many, len(numbers)))
        return
    wishes = START_READING.one(
        connection,
        file_id=file_id,
        text_layer=settings.current(settings.TextLayers).text_layer,
        page_count=opened.page_count,
        warning=_warning(file, opened),
        media_type=(originals.by_media_type(opened.media_type) or originals.PDF).media_type,
        sha256=opened.sha256 if opened.HasField("sha256") else None,
    )
    EXPECT_PAGES.run(
        connection,
        file_id=file_id,
        generation=opened.generation,
        ids=[page_id(file_id, number) for number in numbers],
        numbers=numbers,
    )
    if wishes is not None and not _wants_texts(wishes):
        LEAVE_TEXTS_UNSOUGHT.run(connection, file_id=file_id, generation=opened.generation)
    if opened.HasField("first_page"):
        _register_first(connection, event, opened.first_page)
    file_completion.go_on(connection, file_id, opened.generation, "register")


def register_images(connection: Connection, event: Event[PagesRendered]) -> None:
    """Register each page's image; fail those that have none.

    The others are announced for reading, or their own text for being taken, all in one.
    """
    claims.check_rendered(event)
    file_id, generation = event.file_id, event.data.generation
    pages = _each_once(event.data.pages)
    locked = file_completion.LOCK_FILE.send(connection, file_id=file_id, generation=generation)
    images = _register_images(connection, event, pages)
    # Pages that are drawn stay in flight; those that are blank, or have failed, do not.
    is_known = all(_is_drawn(page) for page in pages)
    left = shares.WORK_LEFT.send(connection, file_id=file_id) if is_known else None
    file = locked.first
    if file is None:
        return
    stored = _by_number(images)
    announcements = [
        announcement
        for page in pages
        for announcement in _announcements(connection, event, page, stored, file.tenant)
    ]
    extracted = [number for number, page in stored.items() if page.from_layer]
    if extracted:
        announced = PagesExtracted(generation=generation, page_numbers=extracted)
        announcements.append(_event(event, announced))
    outbox.announce(connection, announcements)
    file_completion.go_on(connection, file_id, generation, "register", left)


def _announcements(
    connection: Connection,
    event: Event[PagesRendered],
    page: RenderedPage,
    stored: Mapping[int, RegisteredPage],
    tenant: str,
) -> list[Event[Any]]:
    """What is to be said of one page of an event, now that the images of others are stored."""
    number, generation = page.page_number, event.data.generation
    if page.HasField("text_sought"):
        return _note_text(connection, event, page)
    if page.HasField("failure"):
        waiting = [PageStatus.PENDING]
        return _fail_pages(connection, event, generation, [number], page.failure, waiting)
    if page.image.blank:
        return _register_blank(connection, event, page)
    registered = stored.get(number)
    if registered is None or registered.from_layer:
        return []
    announced = PageRegistered(
        generation=generation,
        page_number=number,
        image=page.image,
        reader=registered.reader,
        tenant=tenant,
    )
    return [_event(event, announced, str(number))]


def _note_text(
    connection: Connection, event: Event[PagesRendered], page: RenderedPage
) -> list[Event[Any]]:
    """Note what a page carries that was read without it, for whoever wants it verified."""
    generation, number = event.data.generation, page.page_number
    layer = _layer_columns(page)
    key = page_id(event.file_id, number)
    if NOTE_TEXT.one(connection, page_id=key, **layer) is None:
        return []
    wanted = VerificationRequested(generation=generation, page_numbers=[number])
    return [_event(event, wanted, str(number))]


def _wants_texts(wishes: TextWishes) -> bool:
    usual = settings.current(settings.Verification).verify
    return carried_text.is_wanted(wishes.text_layer, wishes.verify, wishes.reader, usual)


def fail_pages(
    connection: Connection,
    cause: Event[Any],
    generation: int,
    numbers: Sequence[int],
    failure: Failure,
    waiting: Sequence[PageStatus],
    attempts: int = 1,
    *,
    from_layer_only: bool = False,
) -> None:
    """Turn pages that wait in one of these states into failures; the caller holds the file.

    Those that were only to be tried again have the best answer so far as their text.

    With `from_layer_only` these are pages whose own text was to be taken.
    """
    if PageStatus.RENDERED in waiting and not from_layer_only:
        page_ids = [page_id(cause.file_id, number) for number in numbers]
        candidates.settle(connection, cause, generation, page_ids, "register")
    announcements = _fail_pages(
        connection,
        cause,
        generation,
        numbers,
        failure,
        waiting,
        attempts,
        from_layer_only=from_layer_only,
    )
    outbox.announce(connection, announcements)


def _fail_pages(
    connection: Connection,
    cause: Event[Any],
    generation: int,
    numbers: Sequence[int],
    failure: Failure,
    waiting: Sequence[PageStatus],
    attempts: int = 1,
    *,
    from_layer_only: bool = False,
) -> list[Event[Any]]:
    """Turn pages that wait into failures; what is to be said of them."""
    failed = FAIL_PAGES.all(
        connection,
        page_ids=[page_id(cause.file_id, number) for number in numbers],
        generation=generation,
        code=failure.code,
        detail=failure.detail,
        attempts=attempts,
        waiting=list(waiting),
        from_layer_only=from_layer_only,
    )
    announcements = [
        PageFailed(generation=generation, page_number=number, failure=failure) for number in failed
    ]
    return [_event(cause, a, str(a.page_number)) for a in announcements]


def fail_file(connection: Connection, cause: Event[Any], generation: int, failure: Failure) -> None:
    """Turn a file that never got a ledger into a visible failure."""
    code, detail = failure.code, failure.detail
    if FAIL_FILE.one(connection, file_id=cause.file_id, code=code, detail=detail):
        failed = FileFailed(generation=generation, failure=failure)
        outbox.announce(connection, [_event(cause, failed)])


def drop_tombstone(connection: Connection, event: Event[ObjectsRemoved]) -> None:
    """Let go of a deleted file, unless the removal was the first: something may come late."""
    if event.data.round > 1:
        DROP_TOMBSTONE.run(connection, file_id=event.file_id, round=event.data.round)


def _each_once(pages: Iterable[RenderedPage]) -> list[RenderedPage]:
    """Each page as it is told of first, in their order."""
    first: dict[int, RenderedPage] = {}
    for page in pages:
        first.setdefault(page.page_number, page)
    return list(first.values())


def _register_images(
    connection: Connection, event: Event[Any], pages: Iterable[RenderedPage]
) -> Sent[RegisteredPage] | None:
    """Store the images of those pages that wait for one; nobody waits until that is done."""
    rows = [{**_image_row(event, page), **_layer_row(page)} for page in pages if _is_drawn(page)]
    if not rows:
        return None
    return REGISTER_IMAGES.send(
        connection,
        generation=event.data.generation,
        text_layer=settings.current(settings.TextLayers).text_layer,
        **{columns: [row[column] for row in rows] for columns, column in _COLUMNS.items()},
    )


def _by_number(images: Sent[RegisteredPage] | None) -> dict[int, RegisteredPage]:
    """The pages that have their image now, ascending."""
    stored = images.all if images else []
    return {page.number: page for page in sorted(stored, key=lambda page: page.number)}


def _register_first(connection: Connection, event: Event[FileOpened], page: RenderedPage) -> None:
    """Register a page that was drawn while its file was opened, and is announced in its turn.

    One that failed is drawn again then: that says more than the opening had time for.
    """
    if page.image.blank:
        outbox.announce(connection, _register_blank(connection, event, page))
    elif page.HasField("image"):
        _register_images(connection, event, [page])


def _is_drawn(page: RenderedPage) -> bool:
    return page.HasField("image") and not page.image.blank


def _register_blank(
    connection: Connection, event: Event[Any], page: RenderedPage
) -> list[Event[Any]]:
    if not REGISTER_BLANK.one(connection, **_image_row(event, page)):
        return []
    number, generation = page.page_number, event.data.generation
    read = PageRead(generation=generation, page_number=number, provenance=Provenance.BLANK)
    return [_event(event, read, str(number))]


def _image_row(event: Event[Any], page: RenderedPage) -> dict[str, object]:
    image = page.image
    return {
        "page_id": page_id(event.file_id, page.page_number),
        "generation": event.data.generation,
        "render_s": page.render_s if page.HasField("render_s") else None,
        "object_key": object_keys.image_key(event.file_id, page.page_number),
        "sha256": image.sha256,
        "width_px": image.width_px,
        "height_px": image.height_px,
    }


def _layer_row(page: RenderedPage) -> dict[str, object]:
    return {"doubts": json.dumps(doubts.accept(page.doubts)), **_layer_columns(page)}


def _layer_columns(page: RenderedPage) -> dict[str, str | None]:
    layer = page.text_layer if page.HasField("text_layer") else None
    return {
        "layer_sha256": layer.sha256 if layer else None,
        "layer_verdict": layer.verdict if layer else None,
        "layer_reason": clean(layer.reason) if layer and layer.HasField("reason") else None,
    }


def _event(cause: Event[Any], data: Message, part: str = "") -> Event[Any]:
    return events.event(cause.id, cause.subject, data, "register", part)


def _page_limit(limit: PageLimit, count: int) -> Failure:
    whose = "its token" if limit.scope.startswith("token ") else "its tenant"
    detail = (
        f"it has {count} pages to read, and {limit.before} of the {limit.most} that {whose} may"
        " have read today (UTC) are used; retry it tomorrow, or have the limit raised"
    )
    return Failure(code=FailureCode.PAGE_LIMIT_REACHED, detail=detail)


def _no_such_pages(file: file_completion.LockedFile, opened: FileOpened) -> Failure:
    asked = f"pages {file.page_selection} were"
    if str(file.page_selection).isdigit():
        asked = f"page {file.page_selection} was"
    there = "1 page" if opened.page_count == 1 else f"{opened.page_count} pages"
    return Failure(
        code=FailureCode.NO_SUCH_PAGES, detail=f"{asked} asked for, but the file has {there}"
    )


def _warning(file: file_completion.LockedFile, opened: FileOpened) -> str | None:
    warnings = [opened.warning] if opened.HasField("warning") else []
    if page_selection.exceeds(file.page_selection, opened.page_count):
        warnings.append(_no_such_pages(file, opened).detail)
    return "; ".join(warnings) or None
