"""What a report says: numbers that are no whole ones are texts, so that it can be signed."""

from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from functions.upload.answers import Doubt, Output, Time, TurnedDegrees
from functions.upload.files.file_model import FileStatus
from lector.domain.states import LayerVerdict, OnDoubt, PageStatus, TextLayerUse, VerifyUse

Sha256 = Annotated[str, Meta(description="Of the bytes, in lower-case hexadecimal.")]
TextSha256 = Annotated[
    str | None, Meta(description="Of the text in UTF-8, as the API gives it; null: there is none.")
]
Decimal = Annotated[str | None, Meta(description="A decimal number; null where nobody knows.")]


class Statement(Output, frozen=True):
    """What the report proves, and what it does not."""

    proves: str
    does_not_prove: str


class Signer(Output, frozen=True):
    """Who made the report."""

    version: Annotated[str, Meta(description="Of Lector.")]
    key: Annotated[
        str | None,
        Meta(description="The fingerprint (RFC 7638) of the key; null: this Lector has none."),
    ]


class Wishes(Output, frozen=True):
    """What was asked for."""

    pages: Annotated[str | None, Meta(description="Null: all.")]
    reader: str | None
    model: str | None
    prompt_sha256: Annotated[str | None, Meta(description="Of the person's own prompt in UTF-8.")]
    language: str | None
    text_layer: TextLayerUse | None
    describe: bool
    verify: VerifyUse | None
    on_doubt: OnDoubt | None


class ReportedFile(Output, frozen=True, kw_only=True):
    """The original, and what became of it."""

    id: UUID
    name: str
    media_type: str | None
    size_bytes: int
    sha256: Sha256
    page_count: Annotated[int | None, Meta(description="Of the original; null: it did not open.")]
    status: FileStatus
    finished: Annotated[bool, Meta(description="false: some of what follows may still change.")]
    generation: int
    wishes: Wishes
    warning: str | None
    error_code: str | None
    error: str | None
    created_at: Time
    uploaded_at: Time | None
    begun_at: Time | None
    opened_at: Time | None
    finished_at: Time | None


class ReadWith(Output, frozen=True):
    """By what a text was read."""

    reader: Annotated[str | None, Meta(description="Null where that was not noted.")]
    model: str | None
    request_sha256: Annotated[
        str | None,
        Meta(description="Of the prompt and all parameters but the model, as they were sent."),
    ]
    prompt_sha256: Annotated[str | None, Meta(description="Of the person's own prompt in UTF-8.")]
    version: Annotated[str | None, Meta(description="Of the Lector that has read it.")]


class DifferentNumber(Output, frozen=True):
    """A number that a second reader has not read so."""

    text: str | None
    other: str | None


class PageVerification(Output, frozen=True, kw_only=True):
    """What a second, independent reader says of the text."""

    status: str
    reason: str | None
    anchor: Annotated[str | None, Meta(description="Who the second reader is.")]
    anchor_confidence: Decimal
    agreement: Annotated[Decimal, Meta(description="The share of words on which both agree.")]
    words: int | None
    only_in_answer: int | None
    only_in_anchor: int | None
    numbers: Annotated[list[DifferentNumber], Meta(description="Those that differ; at most 50.")]


class EarlierVersion(Output, frozen=True, kw_only=True):
    """A text that a page had before, or that was not chosen."""

    version: int
    provenance: str
    model: str | None
    reader: str | None
    text_sha256: TextSha256
    characters: int
    agreement: Decimal
    cost_usd: Decimal
    read_at: Time | None


class ReportedPage(Output, frozen=True, kw_only=True):
    """A page, and how its text came about."""

    number: int
    status: PageStatus
    text_sha256: TextSha256
    characters: Annotated[int | None, Meta(description="Unicode code points of the text.")]
    provenance: Annotated[
        str | None, Meta(description="A Provenance; person: somebody has corrected it.")
    ]
    read_with: ReadWith | None
    verification: PageVerification | None
    doubts: list[Doubt]
    confidence: Annotated[Decimal, Meta(description="How sure the reader is, 0 to 100.")]
    turned_degrees: TurnedDegrees
    text_layer: Annotated[LayerVerdict | None, Meta(description="Of the text that it carries.")]
    image_sha256: str | None
    version: int
    versions: int
    earlier: Annotated[
        list[EarlierVersion], Meta(description="The newest first; at most 50 of them.")
    ]
    attempts: int | None
    prompt_tokens: int | None
    completion_tokens: int | None
    cost_usd: Decimal
    rendered_at: Time | None
    reading_at: Time | None
    finished_at: Time | None
    error_code: str | None
    error: str | None


class ProvenanceCount(Output, frozen=True):
    """How many pages have their text from where."""

    provenance: str
    pages: int


class Totals(Output, frozen=True, kw_only=True):
    """What the pages come to."""

    pages: int
    read: int
    failed: int
    waiting: int
    doubted: int
    verified: Annotated[int, Meta(description="How many a second reader was held against.")]
    corrected: int
    characters: int
    provenances: list[ProvenanceCount]
    prompt_tokens: int
    completion_tokens: int
    cost_usd: Annotated[
        Decimal, Meta(description="Of the present texts, if that of each is known.")
    ]


class Report(Output, frozen=True, kw_only=True):
    """What was read of a file, how, by what, and how sure that is."""

    format: Literal["lector.report.v1"]
    made_at: Time
    statement: Statement
    lector: Signer
    file: ReportedFile
    totals: Totals
    pages: Annotated[list[ReportedPage], Meta(description="All of the ledger, ascending.")]


class Signature(Output, frozen=True):
    """A JWS (RFC 7515) over the report's canonical form (RFC 8785), which is not repeated in it."""

    protected: str
    signature: str


class SignedReport(Output, frozen=True):
    """A report with its signature; null: this Lector has no key."""

    report: Report
    signature: Signature | None
