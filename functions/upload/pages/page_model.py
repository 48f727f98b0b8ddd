"""Pages as they are kept, and as the API shows them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar
from uuid import UUID

from msgspec import Meta

from functions.upload.answers import (
    Confidence,
    Doubt,
    Output,
    Time,
    TurnedDegrees,
    Usage,
    Waiting,
    doubts_of,
    from_row,
    usage_of,
    waiting_of,
)
from functions.upload.errors import ApiError
from functions.upload.pages.verifications import HeldAgainst, verification_of
from functions.upload.problem_codes import ProblemCode
from lector.domain.states import LayerVerdict, PageStatus, Provenance
from lector.runtime import object_store, queries
from lector.runtime.database import Connection


@dataclass(frozen=True)
class StoredPage:
    """A page with what became of it."""

    id: UUID
    number: int
    status: str
    text: str | None
    error_code: str | None
    error: str | None
    waiting_for: str | None
    waiting_code: str | None
    waiting_since: datetime | None
    attempts: int | None
    generation: int
    provenance: str | None
    doubts: dict[str, str]
    turned_degrees: int
    confidence: float | None
    verification: dict[str, Any] | None
    being_verified: bool
    layer_verdict: str | None
    layer_reason: str | None
    model: str | None
    prompt: str | None
    version: int
    versions: int
    prompt_tokens: int | None
    completion_tokens: int | None
    cost_usd: float | None
    image_key: str | None
    image_width_px: int | None
    image_height_px: int | None
    created_at: datetime
    rendered_at: datetime | None
    reading_at: datetime | None
    finished_at: datetime | None
    render_s: float | None


PAGES_OF_FILE = queries.load(__file__).rows("pages_of_file", StoredPage)


class PageImage(Output, frozen=True):
    """Where a page's image is for a short while."""

    url: str
    expires_at: Time
    width_px: int
    height_px: int


class PageLayer(Output, frozen=True):
    """The text that a page carries itself."""

    verdict: Annotated[
        LayerVerdict, Meta(description="mixed: trusted, and the page has pictures to read.")
    ]
    reason: Annotated[str | None, Meta(description="Why it is refused, for people.")]


class Page(Output, frozen=True, kw_only=True):
    """A page."""

    number: int
    status: PageStatus
    text: Annotated[
        str | None, Meta(description="The present text; it stays while the page is read once more.")
    ]
    error: str | None
    error_code: Annotated[
        str | None,
        Meta(description="A FailureCode, a ProtocolCode, or one of a function of somebody's own."),
    ]
    waiting_for: str | None
    waiting: Annotated[Waiting | None, Meta(description="The same with its code, and since when.")]
    attempts: Annotated[int | None, Meta(description="Calls of the model, or deliveries.")]
    generation: int
    provenance: Annotated[Provenance | None, Meta(description="Where the text came from.")]
    doubts: Annotated[list[Doubt], Meta(description="What speaks against the present text.")]
    turned_degrees: TurnedDegrees
    confidence: Confidence
    verification: HeldAgainst
    being_verified: Annotated[
        bool, Meta(description="Whether somebody wants it verified, and that is not over yet.")
    ]
    text_layer: Annotated[
        PageLayer | None, Meta(description="Of the text that the page carries; null: it has none.")
    ]
    model: Annotated[str | None, Meta(description="Which model answered.")]
    prompt: Annotated[str | None, Meta(description="The prompt, if it was not Lector's own.")]
    version: Annotated[int, Meta(description="Which version the text is; 0 while there is none.")]
    versions: Annotated[int, Meta(description="How many versions there are.")]
    usage: Usage
    image: PageImage | None
    created_at: Annotated[Time, Meta(description="Since then it is expected.")]
    rendered_at: Time | None
    reading_at: Annotated[
        Time | None,
        Meta(description="When the model was asked; of a person's text, when it was written."),
    ]
    finished_at: Time | None
    render_s: Annotated[float | None, Meta(description="How long drawing it took.")]
    read_s: Annotated[float | None, Meta(description="How long the model took.")]


AnyPage = TypeVar("AnyPage", bound=Page)


def find(connection: Connection, file_id: UUID, number: int) -> StoredPage:
    """A page of a file; 404 if there is none."""
    pages = PAGES_OF_FILE.all(
        connection,
        file_id=file_id,
        after=number - 1,
        limit=1,
        status=None,
        doubted=None,
        corrected=None,
        with_text=True,
    )
    if not pages or pages[0].number != number:
        raise ApiError(404, ProblemCode.NO_SUCH_PAGE, f"the file has no page {number}, as yet")
    return pages[0]


def to_answer(page: StoredPage, kind: type[AnyPage] = Page, **more: object) -> AnyPage:  # type: ignore[assignment]
    """A page as the API shows it."""
    return from_row(
        kind,
        page,
        waiting=waiting_of(page),
        usage=usage_of(page),
        image=_image(page),
        doubts=doubts_of(page.doubts),
        verification=verification_of(page.verification),
        text_layer=_layer(page),
        read_s=_read_s(page),
        **more,
    )


def _image(page: StoredPage) -> PageImage | None:
    width_px, height_px = page.image_width_px, page.image_height_px
    if page.image_key is None or width_px is None or height_px is None:
        return None
    store = object_store.store()
    return PageImage(
        store.presigned_get(page.image_key),
        datetime.now(UTC) + timedelta(seconds=store.url_lifetime_s),
        width_px,
        height_px,
    )


def _layer(page: StoredPage) -> PageLayer | None:
    if page.layer_verdict is None:
        return None
    return PageLayer(LayerVerdict(page.layer_verdict), page.layer_reason)


def _read_s(page: StoredPage) -> float | None:
    if page.status != "read" or page.provenance == Provenance.PERSON:
        return None
    if page.reading_at is None or page.finished_at is None:
        return None
    return max(0.0, (page.finished_at - page.reading_at).total_seconds())
