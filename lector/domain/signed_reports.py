"""A signed report: what exactly is signed, and whether a report still is what was signed.

    {"report": {…}, "signature": {"protected": "…", "signature": "…"}}

The signature is a JWS (RFC 7515, flattened, EdDSA, with its payload detached) over the report's
canonical form (RFC 8785), so that a report may be indented, sorted or stored as a database stores
JSON and still verifies. The public key is in the protected header: whether it is the right one, a
person must know from elsewhere. Why it is done so: docs/decisions/0032-signed-reports.md.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lector.domain.report_keys import (
    KeyUnreadable,
    PublicKey,
    SigningKey,
    decode_base64,
    encode_base64,
    parse_jwk,
)
from lector.runtime.failures import LectorError

Json = dict[str, Any]

LARGEST_BYTES = 64 * 1024 * 1024
"""No report is larger: 2,000 pages take some 3 MB."""
_LARGEST_NUMBER = 2**53 - 1  # as RFC 8785 has it
_MEMBERS = {"report", "signature"}
_SIGNATURE_MEMBERS = {"protected", "signature"}
_HEADER_MEMBERS = {"alg", "jwk", "kid"}
_ALGORITHM = "EdDSA"


class NotAReport(LectorError):
    """A file holds no report of Lector's; the message says why."""


class Verdict(StrEnum):
    """What became of a signature."""

    VALID = "valid"
    """The report is as a key that is known has signed it."""
    ALTERED = "altered"
    """It is not what was signed."""
    OTHER_KEY = "other_key"
    """It is as it was signed, but the key is none of those that are known."""
    UNSIGNED = "unsigned"
    """There is no signature."""


@dataclass(frozen=True)
class Verification:
    """A report whose signature was looked at; `fingerprint` is that of the key that it names."""

    verdict: Verdict
    report: Json
    fingerprint: str | None = None


def canonical(value: object) -> bytes:
    """The only way to write a report down (RFC 8785), in UTF-8.

    A report has no fractions, which are the hard part of that: a cost is a text.

    Raises:
        ValueError: it holds what no report may hold.

    """
    _check(value)
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.encode()


def _check(value: object) -> None:
    members: Iterable[object] = ()
    if isinstance(value, dict):
        # Names that are ASCII sort alike by code points and by UTF-16.
        if not all(isinstance(name, str) and name.isascii() for name in value):
            raise ValueError("the name of a member is not ASCII")
        members = value.values()
    elif isinstance(value, list):
        members = value
    elif isinstance(value, int) and abs(value) > _LARGEST_NUMBER:
        raise ValueError("a number is too large")
    elif not isinstance(value, int | str | None):
        raise ValueError(f"a report holds no {type(value).__name__}")
    for member in members:
        _check(member)


def sign(report: Json, key: SigningKey) -> Json:
    """A report with its signature."""
    public = key.public
    jwk = {name: text for name, text in public.to_jwk().items() if name in ("crv", "kty", "x")}
    header = {"alg": _ALGORITHM, "jwk": jwk, "kid": public.fingerprint}
    protected = encode_base64(canonical(header))
    signature = encode_base64(key.sign(_signed_bytes(protected, report)))
    return {"report": report, "signature": {"protected": protected, "signature": signature}}


def verify(document: bytes, known: Collection[str]) -> Verification:
    """Whether a report is as one of the keys with these fingerprints has signed it.

    Raises:
        NotAReport: it is no JSON, or has not the form of a report.

    """
    parsed = _parse(document)
    if not isinstance(parsed, dict) or parsed.keys() != _MEMBERS:
        raise NotAReport("this is no report of Lector's: it needs a report and its signature")
    report, signature = parsed["report"], parsed["signature"]
    if not isinstance(report, dict):
        raise NotAReport("this is no report of Lector's")
    if signature is None:
        return Verification(Verdict.UNSIGNED, report)
    key = _signer(report, signature)
    if key is None:
        return Verification(Verdict.ALTERED, report)
    verdict = Verdict.VALID if key.fingerprint in known else Verdict.OTHER_KEY
    return Verification(verdict, report, key.fingerprint)


def _signer(report: Json, signature: object) -> PublicKey | None:
    """The key that has signed a report as it is; None if none has."""
    if not isinstance(signature, dict) or signature.keys() != _SIGNATURE_MEMBERS:
        return None
    header, raw = decode_base64(signature["protected"]), decode_base64(signature["signature"])
    if header is None or raw is None:
        return None
    key = _key_of(header)
    if key is None or not key.accepts(raw, _signed_bytes(signature["protected"], report)):
        return None
    return key


def _key_of(header: bytes) -> PublicKey | None:
    """The key that a protected header names, if it says just what Lector writes there."""
    try:
        said = _parse(header)
    except NotAReport:
        return None
    if not isinstance(said, dict) or said.keys() != _HEADER_MEMBERS or said["alg"] != _ALGORITHM:
        return None
    try:
        key = parse_jwk(said["jwk"])
    except KeyUnreadable:
        return None
    return key if key.fingerprint == said["kid"] else None


def _signed_bytes(protected: str, report: Json) -> bytes:
    return f"{protected}.{encode_base64(canonical(report))}".encode()


def _parse(document: bytes) -> object:
    """JSON as reports have it: no member twice, no fractions, nothing that RFC 8785 has not."""
    try:
        parsed: object = json.loads(
            document,
            object_pairs_hook=_members_once,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
        )
        canonical(parsed)
    except (ValueError, RecursionError) as error:
        raise NotAReport(f"this is no report of Lector's: {error}") from error
    return parsed


def _members_once(pairs: list[tuple[str, Any]]) -> Json:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a member is there twice")
    return members


def _refuse_number(text: str) -> object:
    raise ValueError(f"a report holds no number such as {text}")
