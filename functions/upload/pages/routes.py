"""Operations on pages: listed, shown, corrected, compared."""

from typing import Annotated, cast
from uuid import UUID

from msgspec import Meta
from starlette.responses import Response

from functions.upload.answers import Output
from functions.upload.authentication import READ, WRITE, Caller
from functions.upload.fields import AN_ID, Cursor, Id, Input, Limit, Next, Number, Rule, SearchQuery
from functions.upload.files import uploads
from functions.upload.files.file_model import StoredFile
from functions.upload.operations import Answer, Routes
from functions.upload.pages import (
    corrections,
    doubted,
    page_model,
    regions,
    small_images,
    versions,
    whole_page,
)
from functions.upload.pages.corrections import NewText, SeenVersion
from functions.upload.pages.doubted import DoubtedPage
from functions.upload.pages.page_model import Page, StoredPage, to_answer
from functions.upload.pages.regions import RegionText
from functions.upload.pages.versions import Change, Version
from functions.upload.pages.whole_page import WholePage
from functions.upload.problem_codes import ProblemCode
from lector.domain import word_places
from lector.domain.states import PageStatus
from lector.runtime import database

routes = Routes("pages")


class ListPages(Input, frozen=True):
    """Which of a file's pages are wanted."""

    limit: Limit = 50
    after: Annotated[
        int, Meta(ge=0, le=1_000_000, description="Continue behind this page number.")
    ] = 0
    status: Annotated[PageStatus, Rule("one of " + ", ".join(PageStatus))] | None = None
    doubted: (
        Annotated[
            bool,
            Meta(description="true: only pages whose text has a doubt. false: only the others."),
        ]
        | None
    ) = None
    corrected: (
        Annotated[
            bool,
            Meta(
                description="true: only pages whose text a person wrote, or found right. false:"
                " only the others."
            ),
        ]
        | None
    ) = None
    text: Annotated[bool, Meta(description="Whether to include the text.")] = True


class PageList(Output, frozen=True):
    """Pages, ascending. `next` is the value for `after`."""

    pages: list[Page]
    next: int | None


class Highlight(Input, frozen=True):
    """What is to be shown on a page."""

    highlight: (
        Annotated[
            SearchQuery,
            Meta(description="A search query; where it hits, `highlights` and `words` say."),
        ]
        | None
    ) = None


class ListDoubted(Input, frozen=True):
    """Which pages to look at are wanted."""

    file: (
        Annotated[
            UUID, Meta(description="Only of this file."), Rule(AN_ID, ProblemCode.MALFORMED_ID)
        ]
        | None
    ) = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    cursor: Cursor | None = None


class DoubtedPageList(Output, frozen=True):
    """Pages to look at, those first against which most speaks."""

    pages: list[DoubtedPage]
    count: Annotated[
        int,
        Meta(description=f"How many there are in all; {doubted.MOST_COUNTED} if that or more."),
    ]
    next: Next


PartOfPage = Annotated[
    str,
    Meta(description=f"It is {regions.EXPECTED}; the page stands upright."),
    Rule(regions.EXPECTED, then=regions.parse),
]


class Region(Input, frozen=True):
    """Which part of a page is wanted."""

    region: PartOfPage


class SmallImage(Input, frozen=True):
    """How large a picture is wanted, and of which part."""

    region: PartOfPage | None = None

    width: Annotated[
        int,
        Meta(
            ge=small_images.SMALLEST_PX,
            le=small_images.LARGEST_PX,
            description="In pixels; a smaller image stays as small as it is.",
        ),
    ] = small_images.USUAL_PX
    version: Annotated[
        str,
        Meta(
            max_length=64,
            description="What changes when the page is read again, such as its `finished_at`: so"
            " that a cache keeps the picture of before apart.",
        ),
    ] = ""


class VersionList(Output, frozen=True):
    """The newest first."""

    versions: list[Version]


class Compare(Input, frozen=True, rename={"from_": "from"}):
    """Which versions are to be compared."""

    from_: Number
    to: Number


class Comparison(Output, frozen=True, rename={"from_": "from"}):
    """Pieces in reading order; `same` and `removed` together are the text before."""

    from_: int
    to: int
    changes: list[Change]


@routes.get("/v1/files/{file_id}/pages", READ)
def list_pages(caller: Caller, file_id: Id, query: ListPages) -> PageList:
    """List a file's pages."""
    file = uploads.find(caller.tenant, file_id)
    with database.transaction() as connection:
        pages = page_model.PAGES_OF_FILE.all(
            connection,
            file_id=file.id,
            after=query.after,
            limit=query.limit + 1,
            status=query.status,
            doubted=query.doubted,
            corrected=query.corrected,
            with_text=query.text,
        )
    more = pages[query.limit - 1].number if len(pages) > query.limit else None
    return PageList([to_answer(page) for page in pages[: query.limit]], more)


@routes.get("/v1/doubted-pages", READ)
def list_doubted_pages(caller: Caller, query: ListDoubted) -> DoubtedPageList:
    """List pages to look at.

    Of all files, or of one; those first against whose text most speaks. A page that a person
    writes, or finds right, is in this list no more.
    """
    found, more = doubted.find(caller.tenant, query.file, query.cursor, query.limit)
    pages = [doubted.to_answer(page) for page in found]
    return DoubtedPageList(pages, doubted.count(caller.tenant, query.file), more)


@routes.get("/v1/files/{file_id}/pages/{number}", READ, answers={200: WholePage})
def get_page(caller: Caller, file_id: Id, number: Number, query: Highlight) -> Answer:
    """A page.

    With its text, where its words stand, and what a second reader says of them, if that is known.
    Its ETag is good for If-Match when its text is written.
    """
    _, page = _page(caller, file_id, number)
    return _with_tag(page, query.highlight)


@routes.get("/v1/files/{file_id}/pages/{number}/image", READ, content={"image/jpeg": bytes})
def get_small_image(caller: Caller, file_id: Id, number: Number, query: SmallImage) -> Response:
    """A small picture of a page, or of a part of it.

    A JPEG, upright. `image` of the page is where the large one is. Browsers may keep the picture of
    a page that is read for a week, if the request names a version.
    """
    _, page = _page(caller, file_id, number)
    region = cast("word_places.Box | None", query.region)
    content = small_images.of_page(caller, page, query.width, region)
    headers = {"Cache-Control": small_images.keeping(page, query.version)}
    return Response(content, headers=headers, media_type="image/jpeg")


@routes.get("/v1/files/{file_id}/pages/{number}/text", READ)
def get_region_text(caller: Caller, file_id: Id, number: Number, query: Region) -> RegionText:
    """The text in a part of a page.

    That of the words whose middle lies in it; 409 if it is not known where the words stand.
    """
    _, page = _page(caller, file_id, number)
    return regions.text_in(page, cast(word_places.Box, query.region))


@routes.put(
    "/v1/files/{file_id}/pages/{number}/text",
    WRITE,
    answers={200: WholePage},
    json_bytes=corrections.BODY_BYTES,
)
def correct_page(
    caller: Caller, file_id: Id, number: Number, headers: SeenVersion, body: NewText
) -> Answer:
    """Write a page's text.

    What was read is kept as a version. The text is a person's then: nothing speaks against it, and
    a retry leaves it alone unless it is asked not to. The same text as before says that it is right
    as it is. Pages that failed can be written, too, but none that is being read (409). Writing the
    same again changes nothing.
    """
    file = uploads.find(caller.tenant, file_id)
    corrections.correct(caller.tenant, file.id, number, body.text, headers.if_match)
    _, page = _page(caller, file_id, number)
    return _with_tag(page, None)


@routes.get("/v1/files/{file_id}/pages/{number}/versions", READ)
def list_versions(caller: Caller, file_id: Id, number: Number) -> VersionList:
    """What was read on a page, each time it was read."""
    _, page = _page(caller, file_id, number)
    return VersionList([versions.to_answer(version) for version in versions.of_page(page)])


@routes.get("/v1/files/{file_id}/pages/{number}/versions/compare", READ)
def compare_versions(caller: Caller, file_id: Id, number: Number, query: Compare) -> Comparison:
    """What changed between two versions, word by word."""
    _, page = _page(caller, file_id, number)
    changes = versions.compare(page, query.from_, query.to)
    return Comparison(query.from_, query.to, changes)


@routes.post("/v1/files/{file_id}/pages/{number}/versions/{version}/restore", WRITE)
def restore_version(caller: Caller, file_id: Id, number: Number, version: Number) -> WholePage:
    """Go back to a version.

    The other versions stay, so one can return.
    """
    file, page = _page(caller, file_id, number)
    versions.restore(caller.tenant, file.id, page, version)
    _, page = _page(caller, file_id, number)
    return whole_page.to_answer(page, None)


def _with_tag(page: StoredPage, query: str | None) -> Answer:
    """A page with the ETag of its version."""
    tag = {"ETag": corrections.tag_of(page.version)}
    return Answer(whole_page.to_answer(page, query), 200, tag)


def _page(caller: Caller, file_id: UUID, number: int) -> tuple[StoredFile, StoredPage]:
    file = uploads.find(caller.tenant, file_id)
    with database.transaction() as connection:
        return file, page_model.find(connection, file.id, number)
