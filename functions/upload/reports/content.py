"""A report made of what the database holds, all of it as it was in one moment."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

import lector
from functions.upload.answers import doubts_of, from_row
from functions.upload.errors import NoSuchFile
from functions.upload.files.file_model import FILES_BY_ID, StoredFile
from functions.upload.reports.report_model import (
    DifferentNumber,
    EarlierVersion,
    PageVerification,
    ProvenanceCount,
    ReadWith,
    Report,
    ReportedFile,
    ReportedPage,
    Signer,
    Statement,
    Totals,
    Wishes,
)
from functions.upload.reports.words import ENGLISH
from lector.domain.states import FileStatus, PageStatus, Provenance
from lector.domain.verification import Status
from lector.runtime import database, queries
from lector.runtime.database import Connection

_FINISHED = (
    FileStatus.COMPLETED,
    FileStatus.INCOMPLETE,
    FileStatus.FAILED,
    FileStatus.CANCELLED,
)
_AT_ONCE = 200
_MOST_NUMBERS = 50
_LONGEST_WORD = 200


@dataclass(frozen=True)
class StoredPage:
    """A page with all that a report says of it."""

    id: UUID
    number: int
    status: str
    text_sha256: str | None
    characters: int | None
    provenance: str | None
    model: str | None
    prompt_sha256: str | None
    read_with: dict[str, Any] | None
    doubts: dict[str, str]
    verification: dict[str, Any] | None
    confidence: float | None
    turned_degrees: int
    layer_verdict: str | None
    image_sha256: str | None
    version: int
    versions: int
    attempts: int | None
    prompt_tokens: int | None
    completion_tokens: int | None
    cost_usd: float | None
    rendered_at: datetime | None
    reading_at: datetime | None
    finished_at: datetime | None
    error_code: str | None
    error: str | None


@dataclass(frozen=True)
class StoredVersion:
    """A text that a page had before."""

    page_id: UUID
    version: int
    text_sha256: str
    characters: int
    provenance: str
    model: str | None
    read_with: dict[str, Any] | None
    verification: dict[str, Any] | None
    cost_usd: float | None
    read_at: datetime | None


_sql = queries.load(__file__)
PAGES_TO_REPORT = _sql.rows("pages_to_report", StoredPage)
VERSIONS_TO_REPORT = _sql.rows("versions_to_report", StoredVersion)


def report(tenant: str, file_id: UUID, digest: str, key: str | None) -> Report:
    """The report about a tenant's file whose bytes have this SHA-256, by the owner of a key.

    A file of 2,000 pages takes some 10 MB of memory, and no text is among it.
    """
    with database.snapshot() as connection:
        files = FILES_BY_ID.all(connection, ids=[file_id], tenant=tenant)
        if not files:
            raise NoSuchFile(file_id)
        pages = list(_pages(connection, file_id))
    words = ENGLISH.signed if key else ENGLISH.unsigned
    return Report(
        format="lector.report.v1",
        made_at=datetime.now(UTC),
        statement=Statement(words.proves, words.does_not_prove),
        lector=Signer(lector.__version__, key),
        file=_file(files[0], digest),
        totals=_totals(pages),
        pages=pages,
    )


def _pages(connection: Connection, file_id: UUID) -> Iterator[ReportedPage]:
    after = 0
    while True:
        found = PAGES_TO_REPORT.all(connection, file_id=file_id, after=after, limit=_AT_ONCE)
        ids = [page.id for page in found if page.versions > 1]
        earlier: dict[UUID, list[StoredVersion]] = {}
        for version in VERSIONS_TO_REPORT.all(connection, page_ids=ids) if ids else ():
            earlier.setdefault(version.page_id, []).append(version)
        yield from (_page(page, earlier.get(page.id, ())) for page in found)
        if len(found) < _AT_ONCE:
            return
        after = found[-1].number


def _file(file: StoredFile, digest: str) -> ReportedFile:
    wishes = from_row(
        Wishes,
        file,
        pages=file.page_selection,
        prompt_sha256=sha256(file.prompt.encode()).hexdigest() if file.prompt else None,
    )
    return from_row(
        ReportedFile, file, sha256=digest, finished=file.status in _FINISHED, wishes=wishes
    )


def _page(page: StoredPage, earlier: Sequence[StoredVersion]) -> ReportedPage:
    return from_row(
        ReportedPage,
        page,
        doubts=doubts_of(page.doubts if page.text_sha256 else {}),
        read_with=_read_with(page),
        verification=_verification(page.verification) if page.text_sha256 else None,
        confidence=decimal(page.confidence),
        text_layer=page.layer_verdict,
        cost_usd=decimal(page.cost_usd),
        earlier=[_version(version) for version in earlier],
    )


def _read_with(page: StoredPage) -> ReadWith | None:
    """By what the present text was read; None if there is none, or a person wrote it."""
    if page.text_sha256 is None or page.provenance == Provenance.PERSON:
        return None
    noted = page.read_with or {}
    return ReadWith(
        reader=_text(noted.get("reader")),
        model=page.model,
        request_sha256=_text(noted.get("request")),
        prompt_sha256=page.prompt_sha256,
        version=_text(noted.get("lector")),
    )


def _version(version: StoredVersion) -> EarlierVersion:
    noted = version.read_with or {}
    checked = _verification(version.verification)
    return from_row(
        EarlierVersion,
        version,
        reader=None if version.provenance == Provenance.PERSON else _text(noted.get("reader")),
        agreement=checked.agreement if checked else None,
        cost_usd=decimal(version.cost_usd),
    )


def _verification(noted: object) -> PageVerification | None:
    """What is noted of a verification; what is not known there, or not as expected, is left out."""
    if not isinstance(noted, dict) or not isinstance(noted.get("status"), str):
        return None
    numbers = noted.get("numbers")
    pairs = numbers[:_MOST_NUMBERS] if isinstance(numbers, list) else []
    return PageVerification(
        status=noted["status"][:_LONGEST_WORD],
        reason=_text(noted.get("reason")),
        anchor=_text(noted.get("anchor")),
        anchor_confidence=decimal(noted.get("anchor_confidence")),
        agreement=decimal(noted.get("agreement")),
        words=_count(noted.get("words")),
        only_in_answer=_count(noted.get("only_in_answer")),
        only_in_anchor=_count(noted.get("only_in_anchor")),
        numbers=[
            DifferentNumber(_text(pair.get("text")), _text(pair.get("other")))
            for pair in pairs
            if isinstance(pair, dict)
        ],
    )


def _text(value: object) -> str | None:
    return value[:_LONGEST_WORD] if isinstance(value, str) else None


def _count(value: object) -> int | None:
    if isinstance(value, list):
        return len(value)
    return int(value) if isinstance(value, int | float) else None


def decimal(number: object) -> str | None:
    """A number as it is read best, without an exponent; None for what is none."""
    if isinstance(number, bool) or not isinstance(number, int | float):
        return None
    exact = Decimal(repr(number))
    return format(exact.normalize() if exact else Decimal(0), "f") if exact.is_finite() else None


def _totals(pages: Sequence[ReportedPage]) -> Totals:
    statuses = Counter(page.status for page in pages)
    provenances = Counter(page.provenance for page in pages if page.text_sha256)
    with_text = [page for page in pages if page.text_sha256]
    costs = [Decimal(page.cost_usd) for page in with_text if page.cost_usd is not None]
    whole = len(costs) == len(with_text)
    return Totals(
        pages=len(pages),
        read=statuses[PageStatus.READ],
        failed=statuses[PageStatus.FAILED],
        waiting=statuses[PageStatus.PENDING] + statuses[PageStatus.RENDERED],
        doubted=sum(bool(page.doubts) for page in pages),
        verified=sum(
            p.verification is not None and p.verification.status == Status.VERIFIED for p in pages
        ),
        corrected=provenances[Provenance.PERSON],
        characters=sum(page.characters or 0 for page in pages),
        provenances=[
            ProvenanceCount(name, count)
            for name, count in sorted(provenances.items(), key=str)
            if name is not None
        ],
        prompt_tokens=sum(page.prompt_tokens or 0 for page in pages),
        completion_tokens=sum(page.completion_tokens or 0 for page in pages),
        cost_usd=decimal(float(sum(costs, Decimal(0)))) if whole else None,
    )
