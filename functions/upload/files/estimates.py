"""What reading may cost, before or while it is done."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from functions.upload.answers import Output
from functions.upload.authentication import READ, Caller
from functions.upload.errors import ApiError, NoSuchFile
from functions.upload.fields import Id, Input, Number
from functions.upload.files import options, reader_choice, reader_costs
from functions.upload.operations import Routes
from functions.upload.problem_codes import ProblemCode
from lector.domain.states import TextLayerUse
from lector.runtime import database, queries

routes = Routes("files")


class Question(Input, frozen=True, kw_only=True):
    """What is to be read, and how: a file that is there, or a number of pages."""

    file_id: Annotated[Id, Meta(description="A file that was opened already.")] | None = None
    pages: (
        Annotated[Number, Meta(description="How many pages there are, without a file.")] | None
    ) = None
    text_layer_pages: (
        Annotated[
            int,
            Meta(
                ge=0,
                le=1_000_000,
                description="How many of them carry text that can be trusted, or are blank;"
                " null: not known.",
            ),
        ]
        | None
    ) = None
    prompt: options.Prompt | None = None
    model: options.Model | None = None
    text_layer: options.TextLayer | None = None
    describe: options.Describe = False
    reader: options.ReaderName | None = None


class Estimate(Output, frozen=True):
    """What reading may cost if each page is asked about once."""

    pages: int
    by_text_layer: Annotated[int, Meta(description="Pages that carry their text, or are blank.")]
    by_reader: Annotated[int, Meta(description="All others; fewer where `layers_known` is false.")]
    layers_known: bool
    reader: str
    model: str | None
    about_usd: Annotated[float | None, Meta(description="Null: nobody knows the reader's prices.")]
    at_most_usd: Annotated[
        float | None, Meta(description="With answers as long as they may be, each asked for once.")
    ]
    about_s: Annotated[
        float | None,
        Meta(
            description="How many seconds its reader needs, as fast as it was with the newest"
            " files; null: it has read none of them."
        ),
    ]
    words: Annotated[str, Meta(description="The cost for people.")]


@dataclass(frozen=True)
class FileToEstimate:
    """How a file is read, and its pages: free ones, and ones of which that is not known yet."""

    reader: str | None
    model: str | None
    prompt: str | None
    describe: bool
    pages: int
    free: int
    unknown: int


_sql = queries.load(__file__)
FILE_TO_ESTIMATE = _sql.rows("file_to_estimate", FileToEstimate)
RECENT_PACE = _sql.scalar("recent_pace", float)


@routes.post("/v1/estimate", READ)
def estimate_cost(caller: Caller, body: Question) -> Estimate:
    """Estimate what reading costs.

    Of a file that was opened, by what is known of its pages: those that carry their text are known
    once they are drawn. A file with `max_cost_usd` 0 is drawn, and what costs nothing is read; then
    the estimate is of what is left. Without a file, of a number of pages.
    """
    from lector.domain import cost_estimates, reader_catalogue  # noqa: PLC0415 - seldom asked for

    _check(body)
    wanted: Question | FileToEstimate = body
    if body.file_id is not None:
        wanted = _file(caller, body.file_id)
        pages = cost_estimates.Pages(wanted.pages, wanted.free, layers_known=not wanted.unknown)
    else:
        free, known = _layers(body)
        pages = cost_estimates.Pages(body.pages or 1, free, layers_known=known)
    reader_choice.check(wanted.reader, wanted)
    catalogue = reader_catalogue.current()
    name = catalogue.name_of(wanted.reader)
    reader = catalogue.readers[name]
    model = wanted.model or reader.model_name()
    prices = None
    if reader_costs.is_known(name, reader, wanted.model):
        prices = reader.prices_of(model)
    question = wanted.prompt or ""
    found = cost_estimates.estimate(pages, name, reader, model, prices, question)
    return Estimate(**vars(found), about_s=_about_s(caller, name, found.by_reader))


def _about_s(caller: Caller, reader: str, pages: int) -> float | None:
    if not pages:
        return 0.0
    with database.transaction() as connection:
        pace = RECENT_PACE.one(connection, tenant=caller.tenant, reader=reader)
    return None if pace is None else round(pages * pace, 1)


def _check(asked: Question) -> None:
    """Refuse what would not be looked at: a file says itself how it is read.

    Raises:
        ApiError: 422.

    """
    about_file = msgspec.structs.replace(asked, file_id=None) != Question()
    if asked.file_id is not None and about_file:
        detail = "an estimate of a file is of its own pages and wishes: leave the others out"
        raise ApiError(422, ProblemCode.CONFLICTING_OPTIONS, detail)
    if (asked.text_layer_pages or 0) > (asked.pages or 1):
        detail = "text_layer_pages are some of pages, so there cannot be more of them"
        raise ApiError(422, ProblemCode.CONFLICTING_OPTIONS, detail)


def _file(caller: Caller, file_id: UUID) -> FileToEstimate:
    with database.transaction() as connection:
        file = FILE_TO_ESTIMATE.one(connection, file_id=file_id, tenant=caller.tenant)
    if file is None:
        raise NoSuchFile(file_id)
    if not file.pages:
        detail = "how many pages the file has is not known before it is opened; ask again then"
        raise ApiError(409, ProblemCode.NOT_OPENED, detail)
    return file


def _layers(asked: Question) -> tuple[int, bool]:
    """How many pages carry their text, and whether that is known; where all are read, none do."""
    named = asked.prompt or asked.model or asked.describe or asked.reader
    use = asked.text_layer or (TextLayerUse.NEVER if named else TextLayerUse.AUTO)
    if use == TextLayerUse.NEVER:
        return 0, True
    return asked.text_layer_pages or 0, asked.text_layer_pages is not None
