"""Operations on reports: one about a file, and the keys with which they are verified."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from functions.upload import file_names
from functions.upload.authentication import READ, Caller
from functions.upload.fields import Id, Input
from functions.upload.files import uploads
from functions.upload.operations import Routes
from functions.upload.reports import content, original, own_key, page, words
from functions.upload.reports.report_model import Report, Signature, SignedReport
from lector.domain import originals, signed_reports
from lector.domain.report_keys import SigningKey

routes = Routes("files")
key_routes = Routes("keys")


class GetReport(Input, frozen=True):
    """The form of a report."""

    format: Annotated[
        Literal["json", "html"],
        Meta(description="json: with its signature. html: a page to print, which is not signed."),
    ] = "json"
    language: (
        Annotated[
            Literal["en", "es"],
            Meta(description="Of the page; else the one that Accept-Language likes best."),
        ]
        | None
    ) = None


class ReportHeaders(Input, frozen=True, rename={"accept_language": "Accept-Language"}):
    """What a browser says of whoever looks."""

    accept_language: str | None = None


@routes.get(
    "/v1/files/{file_id}/report",
    READ,
    content={"application/json": SignedReport, "text/html": str},
)
def get_report(caller: Caller, file_id: Id, query: GetReport, headers: ReportHeaders) -> Response:
    """What was read of a file, how, by what, and how sure that is.

    Signed with this Lector's own key; `/.well-known/jwks.json` lists the public ones, also those of
    before, and `lector report --verify` verifies. It holds no text, but the SHA-256 of each. Of a
    file that is not finished it tells how things stand (`finished` is false); of one whose bytes
    have not come there is none (409).
    """
    file = uploads.find(caller.tenant, file_id)
    digest = original.digest(file)
    key = own_key.signing_key()
    fingerprint = key.public.fingerprint if key else None
    report = content.report(caller.tenant, file_id, digest, fingerprint)
    signed = SignedReport(report, _sign(report, key))
    named = file_names.shown(originals.renamed(file.name, f"report.{query.format}"))
    if query.format == "json":
        document = msgspec.json.format(msgspec.json.encode(signed), indent=1)
        return Response(document, headers=named, media_type="application/json")
    html = page.page(signed, words.choose(query.language, headers.accept_language))
    answer = Response(html, headers=named, media_type="text/html")
    answer.headers["Content-Security-Policy"] = page.POLICY
    answer.headers["Vary"] = "Accept-Language"
    return answer


@key_routes.get("/.well-known/jwks.json", None)
def get_keys(_: Request) -> Response:
    """The public keys of reports as JWKs (RFC 7517), the present one first; for anybody."""
    keys = msgspec.json.encode({"keys": own_key.listed()})
    return Response(keys, media_type="application/json")


def _sign(report: Report, key: SigningKey | None) -> Signature | None:
    if key is None:
        return None
    signed = signed_reports.sign(msgspec.to_builtins(report), key)
    return msgspec.convert(signed["signature"], Signature)
