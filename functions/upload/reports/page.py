"""A report as a page to print: A4, no scripts, nothing from elsewhere, all quotes escaped.

It is a view of the report: what is signed is its JSON.
"""

import base64
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import ROUND_FLOOR, Decimal
from html import escape

from functions.upload.answers import Doubt
from functions.upload.reports.report_model import (
    PageVerification,
    Report,
    ReportedPage,
    SignedReport,
)
from functions.upload.reports.words import Words
from lector.domain.states import Provenance
from lector.domain.verification import Status
from lector.telemetry.plain_text import remove_controls

_STYLE = """
@page { size: A4; margin: 16mm 14mm }
:root { color-scheme: light }
body { font: 10pt/1.4 system-ui, sans-serif; color: #111; background: #fff; max-width: 182mm;
  margin: 8mm auto; padding: 0 4mm }
h1 { font-size: 18pt; margin: 0 }
h2 { font-size: 12pt; margin: 6mm 0 2mm; break-after: avoid }
p { margin: 1mm 0 2mm }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .5mm 6mm; margin: 0 }
dt { color: #555 }
dd { margin: 0; overflow-wrap: anywhere }
code { font: 8pt/1.3 ui-monospace, monospace; overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100%; font-size: 9pt }
thead { display: table-header-group }
th { text-align: left; border-bottom: 1pt solid #111; padding: 1mm 2mm 1mm 0 }
td { vertical-align: top; padding: 1mm 2mm 0 0; overflow-wrap: anywhere }
tbody { border-bottom: .5pt solid #bbb; break-inside: avoid }
ul { margin: 0; padding-left: 4mm }
.note { border: 1pt solid #111; padding: 2mm 3mm; margin: 3mm 0 }
.number { white-space: nowrap }
@media print { body { margin: 0; padding: 0; max-width: none } }
"""

_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'; sandbox"
)
"""The Content-Security-Policy with which it is sent; it also stands in it, for whoever keeps it."""
_IN_PAGE = POLICY.partition(" frame-ancestors")[0]  # what a meta element may say


def page(signed: SignedReport, words: Words) -> bytes:
    """A report in words, as HTML in UTF-8."""
    return "".join(_page(signed.report, words)).encode()


def _page(report: Report, words: Words) -> Iterator[str]:
    name = _quoted(report.file.name)
    yield (
        f'<!doctype html>\n<html lang="{words.language}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_IN_PAGE)}">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{words.title}: {name}</title><style>{_STYLE}</style></head>\n<body>"
        f"<h1>{words.title}</h1><p><bdi>{name}</bdi></p>\n"
    )
    if not report.file.finished:
        yield f'<p class="note">{words.unfinished}</p>\n'
    yield from _claims(report, words)
    yield from _file(report, words)
    yield from _totals(report, words)
    yield f"<h2>{words.each}</h2>\n<table><thead><tr>"
    columns = (words.page, words.origin, words.checked, words.when, words.cost)
    yield "".join(f'<th scope="col">{column}</th>' for column in columns)
    yield "</tr></thead>\n"
    for one in report.pages:
        yield from _row(one, words)
    yield "</table>\n</body></html>\n"


def _claims(report: Report, words: Words) -> Iterator[str]:
    key = report.lector.key
    claims = words.signed if key else words.unsigned
    yield f"<h2>{words.made}</h2>\n<dl>"
    yield _term(words.made_at, _time(report.made_at))
    yield _term(words.version, escape(report.lector.version))
    yield _term(words.key, f"<code>{escape(key)}</code>" if key else words.no_key)
    yield _term(words.proves, claims.proves)
    yield _term(words.does_not_prove, claims.does_not_prove)
    yield "</dl>\n"
    if key:
        yield f"<p>{words.not_signed_page} {escape(words.how_to_check)}</p>\n"


def _file(report: Report, words: Words) -> Iterator[str]:
    file = report.file
    count = words.unknown if file.page_count is None else str(file.page_count)
    yield f"<h2>{words.file}</h2>\n<dl>"
    yield _term(words.name, f"<bdi>{_quoted(file.name)}</bdi>")
    yield _term("SHA-256", f"<code>{file.sha256}</code>")
    yield _term(words.size, words.size_bytes(file.size_bytes))
    yield _term(words.media_type, escape(file.media_type or words.unknown))
    yield _term(words.pages, count)
    if file.wishes.pages:
        yield _term(words.selection, _quoted(file.wishes.pages))
    yield _term(words.status, words.statuses.get(file.status, file.status))
    for name, time in (
        (words.uploaded, file.uploaded_at),
        (words.opened, file.opened_at),
        (words.finished, file.finished_at),
    ):
        if time is not None:
            yield _term(name, _time(time))
    for name, sentence in ((words.warning, file.warning), (words.error, file.error)):
        if sentence:
            yield _term(name, _english(sentence))
    yield "</dl>\n"


def _totals(report: Report, words: Words) -> Iterator[str]:
    totals = report.totals
    yield f"<h2>{words.totals}</h2>\n<dl>"
    counts = (
        (words.pages, totals.pages),
        (words.read, totals.read),
        (words.failed, totals.failed),
        (words.waiting, totals.waiting),
        (words.doubted, totals.doubted),
        (words.verified, totals.verified),
        (words.corrected, totals.corrected),
        (words.tokens, totals.prompt_tokens + totals.completion_tokens),
    )
    for name, count in counts:
        yield _term(name, str(count))
    yield _term(words.cost, _cost(totals.cost_usd, words))
    yield "</dl>\n"


def _row(page: ReportedPage, words: Words) -> Iterator[str]:
    """A page in two rows: the figures, then the hash of its text and what there is to say of it."""
    cells = (
        f'<td class="number">{page.number}</td>',
        f"<td>{_origin(page, words)}</td>",
        f"<td>{_checked(page.verification, words)}</td>",
        f'<td class="number">{_when(page)}</td>',
        f'<td class="number">{_cost(page.cost_usd, words) if page.text_sha256 else ""}</td>',
    )
    yield f"<tbody><tr>{''.join(cells)}</tr>"
    yield f'<tr><td></td><td colspan="4">{"".join(_remarks(page, words))}</td></tr></tbody>\n'


def _when(page: ReportedPage) -> str:
    """When a page's text was read, or written by a person."""
    at = page.reading_at if page.provenance == Provenance.PERSON else page.finished_at
    return _time(at) if at else ""


def _origin(page: ReportedPage, words: Words) -> str:
    if page.text_sha256 is None:
        return words.page_failed if page.status == "failed" else words.page_waiting
    provenance = page.provenance or ""
    said = [words.provenances.get(provenance, _quoted(provenance))]
    if page.read_with is not None:
        said += [_quoted(one) for one in (page.read_with.reader, page.read_with.model) if one]
    return ", ".join(said)


def _checked(verification: PageVerification | None, words: Words) -> str:
    if verification is None:
        return ""
    status = verification.status
    if status == Status.VERIFIED and verification.agreement is not None:
        return words.agreement(_percent(verification.agreement))
    said = words.verifications.get(status, _quoted(status))
    reason = verification.reason
    return f"{said}: {words.reasons.get(reason, _quoted(reason))}" if reason else said


def _percent(share: str) -> str:
    """A share in hundredths with one digit; only what is whole is 100 %."""
    tenths = (Decimal(share) * 1000).to_integral_value(ROUND_FLOOR)
    return format(tenths / 10, "f")


def _remarks(page: ReportedPage, words: Words) -> Iterator[str]:
    if page.text_sha256:
        yield f"{words.text_hash}: <code>{page.text_sha256}</code>"
    if page.error:
        yield f"<p>{words.error}: {_english(page.error)}</p>"
    if page.doubts:
        yield f"<ul>{''.join(_doubt(doubt, words) for doubt in page.doubts)}</ul>"
    if page.verification and page.verification.numbers:
        pairs = (
            f"{_quoted(pair.text or '–')} / {_quoted(pair.other or '–')}"
            for pair in page.verification.numbers
        )
        yield f"<p>{words.numbers}: {'; '.join(pairs)}</p>"
    for one in page.earlier:
        said = words.provenances.get(one.provenance, _quoted(one.provenance))
        model = f", {_quoted(one.model)}" if one.model else ""
        yield (
            f"<p>{words.earlier}: {words.earlier_version(one.version)}, {said}{model},"
            f" <code>{one.text_sha256}</code></p>"
        )


def _doubt(doubt: Doubt, words: Words) -> str:
    known = words.doubts.get(doubt.code)
    return (
        f"<li>{known} {_english(doubt.detail)}</li>"
        if known
        else f"<li>{_english(doubt.detail)}</li>"
    )


def _term(name: str, value: str) -> str:
    """A term with what is said of it, which is HTML already."""
    return f"<dt>{name}</dt><dd>{value}</dd>"


def _english(sentence: str) -> str:
    return f'<span lang="en">{_quoted(sentence)}</span>'


def _quoted(text: str) -> str:
    """Words of somebody else, without what would reorder the words around them."""
    return escape(remove_controls(text))


def _cost(dollars: str | None, words: Words) -> str:
    return words.unknown if dollars is None else f"${escape(dollars)}"


def _time(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
