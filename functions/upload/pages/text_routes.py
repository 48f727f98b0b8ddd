"""Operations on texts: that of a file in each form, and the search in all of them."""

import os
from collections.abc import AsyncIterator, Mapping
from typing import IO, Annotated, Literal
from uuid import UUID

import anyio
import msgspec
from msgspec import Meta
from starlette.responses import Response, StreamingResponse

from functions.upload import fields, file_names
from functions.upload.answers import Output
from functions.upload.authentication import READ, Caller
from functions.upload.fields import AN_ID, Cursor, Id, Input, Next, Rule, SearchQuery
from functions.upload.files import uploads
from functions.upload.files.file_model import StoredFile
from functions.upload.folders import InFolder
from functions.upload.operations import Routes
from functions.upload.pages import chunks, search, texts
from functions.upload.pages.search import Hit
from functions.upload.pages.texts import WholeText
from functions.upload.problem_codes import ProblemCode
from functions.upload.word_formats import word_files
from lector.domain import originals

_CHUNK_BYTES = 256 * 1024
routes = Routes("text")


class GetText(Input, frozen=True):
    """The form of a text."""

    format: Annotated[
        Literal["text", "plain", "markdown", "json", "chunks", "pdf", "hocr", "alto"],
        Meta(
            description="text: pages parted by form feeds, each as it was read, which may be in"
            " Markdown. plain: the same without marks of Markdown and HTML, cells parted by tabs."
            " markdown: a heading for each page. json:"
            " the whole text, and of each page where it stands in it, where it is from and what"
            " speaks against it. chunks: pieces of at most `size` characters, a line of JSON each,"
            " with page, heading and the boxes they stand in; paragraphs and tables are whole where"
            " they fit (docs/programs.md). pdf: the original, or of an image a PDF of its pages,"
            " with the text laid invisibly over it, so that it can be searched. hocr, alto: words"
            " in lines, with their places on each page's upright image, in pixels (hOCR 1.2, ALTO"
            " 4.4). In these three a word whose place is not known stands beside its neighbours."
        ),
    ] = "text"
    words: Annotated[
        bool,
        Meta(description="With json: each word, with where it stands and what is known of it."),
    ] = False
    size: Annotated[
        int,
        Meta(
            ge=chunks.FEWEST_CHARACTERS,
            le=chunks.MOST_CHARACTERS,
            description="With chunks: how many characters one has at most.",
        ),
    ] = chunks.USUAL_CHARACTERS


class Search(Input, frozen=True):
    """What to search for, and where."""

    q: Annotated[
        SearchQuery,
        Meta(
            description='Words; "a phrase"; or; -not; begin*. Words are found in all their forms in'
            " the page's language; a phrase as it stands, but for its case."
        ),
    ]
    file: (
        Annotated[
            UUID, Meta(description="Only in this file."), Rule(AN_ID, ProblemCode.MALFORMED_ID)
        ]
        | None
    ) = None
    language: (
        Annotated[
            str,
            Meta(
                pattern=f"^({'|'.join(search.LANGUAGES)})$",
                description="Only pages in this language. other: those in none of these.",
            ),
            Rule(f"one of {', '.join(search.LANGUAGES)}"),
        ]
        | None
    ) = None
    folder: InFolder | None = None
    since: fields.Since | None = None
    until: fields.Until | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    cursor: Cursor | None = None


class HitList(Output, frozen=True):
    """Pages, the best first."""

    hits: list[Hit]
    next: Next
    ranked_newest: Annotated[
        int | None,
        Meta(
            description="More pages match than are ranked: so many, those of the newest files, are."
            " null: all are."
        ),
    ]
    did_you_mean: Annotated[
        str | None, Meta(description="A query that finds something, where this one finds nothing.")
    ]


@routes.get(
    "/v1/files/{file_id}/text",
    READ,
    content={
        "text/plain": str,
        "text/markdown": str,
        "application/json": WholeText,
        originals.PDF.media_type: bytes,
        chunks.MEDIA_TYPE: str,
        word_files.HOCR.media_type: str,
        word_files.ALTO.media_type: str,
    },
)
def get_text(caller: Caller, file_id: Id, query: GetText) -> Response:
    """All text read so far.

    Under a file name made of the original's.
    """
    file = uploads.find(caller.tenant, file_id)
    match query.format:
        case "pdf":
            return _searchable_pdf(file)
        case "hocr" | "alto":
            kind = word_files.KINDS[query.format]
            pieces = word_files.write(file, kind)
            return StreamingResponse(pieces, 200, _named(file, kind.extension), kind.media_type)
        case "json":
            content = msgspec.json.encode(texts.whole(file, with_words=query.words))
            return Response(content, 200, _named(file, "json"), "application/json")
        case "chunks":
            lines = chunks.write(file, query.size)
            return StreamingResponse(lines, 200, _named(file, chunks.EXTENSION), chunks.MEDIA_TYPE)
        case "markdown":
            text = texts.markdown(file, texts.pages_of(file))
            return Response(text, 200, _named(file, "md"), "text/markdown")
        case _:
            write = texts.without_marks if query.format == "plain" else texts.plain
            text = write(file, texts.pages_of(file))
            return Response(text, 200, _named(file, "txt"), "text/plain")


@routes.get("/v1/search", READ)
def search_texts(caller: Caller, query: Search) -> HitList:
    """Search all text.

    Of very many matches the newest are ranked, which `ranked_newest` says. 503 with
    `search_too_slow` if it takes too long all the same.
    """
    wanted = search.Wanted(
        caller.tenant, query.q, query.file, query.language, query.since, query.until, query.folder
    )
    found = search.search(wanted, query.cursor, query.limit)
    hits = [search.to_answer(hit, query.q) for hit in found.hits]
    return HitList(hits, found.next, found.ranked_newest, found.did_you_mean)


def _searchable_pdf(file: StoredFile) -> Response:
    from functions.upload.searchable_pdf import of_file  # noqa: PLC0415 - seldom asked for

    content = of_file.make(file, of_file.fetch_pages(file))
    headers = {
        **_named(file, "searchable.pdf"),
        "Content-Length": str(os.fstat(content.fileno()).st_size),
    }
    return StreamingResponse(_chunks(content), 200, headers, originals.PDF.media_type)


async def _chunks(content: IO[bytes]) -> AsyncIterator[bytes]:
    """A file piece by piece, as fast as it is taken; it is closed after that."""
    async with anyio.wrap_file(content) as file:
        while chunk := await file.read(_CHUNK_BYTES):
            yield chunk


def _named(file: StoredFile, extension: str) -> Mapping[str, str]:
    """What gives an answer a name made of the file's."""
    return file_names.shown(originals.renamed(file.name, extension))
