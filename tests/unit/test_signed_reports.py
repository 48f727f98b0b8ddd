"""A signed report verifies as long as it says what was signed, and only then."""

import base64
import copy
import hashlib
import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lector
from lector.domain import report_keys, signed_reports
from lector.domain.report_keys import KeyUnreadable, SigningKey
from lector.domain.signed_reports import NotAReport, Verdict
from lector.local.tools import checkout

KEY = SigningKey("1f" * 32)
OTHER = SigningKey("2e" * 32)
REPORT = {
    "made_at": "2026-11-27T22:00:00Z",
    "original": {"name": "Ünï – 報告 🙂.pdf", "size_bytes": 1024, "sha256": "ab" * 32},
    "finished": True,
    "warning": None,
    "pages": [
        {"number": 1, "text_sha256": "cd" * 32, "cost_usd": "0.0012", "doubts": []},
        {"number": 2, "text_sha256": None, "doubts": [{"code": "low_confidence", "detail": "x"}]},
    ],
}


def verdict(document: Any, *known: SigningKey) -> Verdict:
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    fingerprints = {key.public.fingerprint for key in known or (KEY,)}
    return signed_reports.verify(raw, fingerprints).verdict


def places(value: Any, *path: Any) -> Iterator[tuple[Any, ...]]:
    """Where every value of a document stands."""
    yield path
    if isinstance(value, dict | list):
        for name, member in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(member, *path, name)


def altered(value: Any) -> Any:
    """Another value of the same kind, else of another."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return value[:-1] + ("A" if value[-1:] != "A" else "B")
    if isinstance(value, list):
        return [*value, 1]
    return {**value, "more": 1} if isinstance(value, dict) else "something"


SIGNED = signed_reports.sign(REPORT, KEY)
IN_REPORT = [path for path in places(REPORT, "report") if path]


def with_change(path: tuple[Any, ...], change: Any) -> Any:
    document = copy.deepcopy(SIGNED)
    place = document
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = change(place[path[-1]])
    return document


def test_a_report_is_valid_as_it_was_signed() -> None:
    assert verdict(SIGNED) is Verdict.VALID


@pytest.mark.parametrize("indent", [None, 1, 4])
def test_it_stays_so_however_its_json_is_written(indent: int | None) -> None:
    for ascii_only in (True, False):
        text = json.dumps(SIGNED, indent=indent, ensure_ascii=ascii_only, sort_keys=bool(indent))
        assert verdict(text.encode()) is Verdict.VALID


@pytest.mark.parametrize("path", IN_REPORT, ids=lambda path: ".".join(map(str, path)))
def test_whatever_is_altered_in_it_shows(path: tuple[Any, ...]) -> None:
    assert verdict(with_change(path, altered)) is Verdict.ALTERED


@pytest.mark.parametrize("name", ["made_at", "original", "warning", "pages"])
def test_so_does_a_member_that_is_left_out(name: str) -> None:
    document = copy.deepcopy(SIGNED)
    del document["report"][name]
    assert verdict(document) is Verdict.ALTERED


def test_so_do_a_page_that_is_left_out_and_two_that_changed_places() -> None:
    fewer, turned = copy.deepcopy(SIGNED), copy.deepcopy(SIGNED)
    del fewer["report"]["pages"][1]
    turned["report"]["pages"].reverse()
    assert (verdict(fewer), verdict(turned)) == (Verdict.ALTERED, Verdict.ALTERED)


def test_so_does_each_character_of_the_signature_and_of_its_header() -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for member, text in SIGNED["signature"].items():
        for at, character in enumerate(text):
            other = alphabet[(alphabet.index(character) + 1) % 64]
            changed = text[:at] + other + text[at + 1 :]
            document = {**SIGNED, "signature": {**SIGNED["signature"], member: changed}}
            assert verdict(document) is Verdict.ALTERED, (member, at)


@pytest.mark.parametrize(
    "signature",
    [
        {},
        "none",
        {"protected": "", "signature": ""},
        {**SIGNED["signature"], "header": {}},
        {**SIGNED["signature"], "signature": SIGNED["signature"]["signature"] + "="},
        {**SIGNED["signature"], "signature": 1},
        {**SIGNED["signature"], "protected": "é"},
    ],
)
def test_so_does_a_signature_that_is_none(signature: Any) -> None:
    assert verdict({**SIGNED, "signature": signature}) is Verdict.ALTERED


@pytest.mark.parametrize(
    "change",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"crit": ["b64"], "b64": False},
        {"kid": OTHER.public.fingerprint},
        {"jwk": {"kty": "oct", "k": "AA"}},
        {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "AA"}},
    ],
)
def test_a_header_that_says_anything_else_is_not_believed_though_it_is_signed(change: Any) -> None:
    header = json.loads(report_keys.decode_base64(SIGNED["signature"]["protected"]) or b"")
    protected = report_keys.encode_base64(json.dumps({**header, **change}).encode())
    payload = report_keys.encode_base64(signed_reports.canonical(REPORT))
    signature = report_keys.encode_base64(KEY.sign(f"{protected}.{payload}".encode()))
    document = {**SIGNED, "signature": {"protected": protected, "signature": signature}}
    assert verdict(document) is Verdict.ALTERED


def test_who_alters_it_and_signs_it_anew_has_another_key() -> None:
    forged = signed_reports.sign({**REPORT, "finished": False}, OTHER)
    assert verdict(forged) is Verdict.OTHER_KEY
    assert verdict(forged, OTHER) is Verdict.VALID
    assert verdict(SIGNED, OTHER) is Verdict.OTHER_KEY
    assert verdict(SIGNED, OTHER, KEY) is Verdict.VALID


def test_the_signature_of_another_report_does_not_fit() -> None:
    other = signed_reports.sign({**REPORT, "finished": False}, KEY)
    assert verdict({**SIGNED, "signature": other["signature"]}) is Verdict.ALTERED


def test_one_without_a_signature_says_so() -> None:
    assert verdict({"report": REPORT, "signature": None}) is Verdict.UNSIGNED


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"\xff",
        b"[]",
        b'{"report": {}}',
        b'{"report": [], "signature": null}',
        b'{"report": {}, "signature": null, "more": 1}',
        b'{"report": {}, "report": {}, "signature": null}',
        b'{"report": {"a": 1.5}, "signature": null}',
        b'{"report": {"a": NaN}, "signature": null}',
        b'{"report": {"a": 9007199254740992}, "signature": null}',
        b'{"report": {"\xc3\xa9": 1}, "signature": null}',
        b'{"report": {"a": "\\ud800"}, "signature": null}',
        b"[" * 100_000,
        b'{"report": {"a": ' + b"9" * 5000 + b'}, "signature": null}',
    ],
    ids=range(14),
)
def test_what_is_no_report_is_refused_with_the_reason(document: bytes) -> None:
    with pytest.raises(NotAReport, match="no report of Lector's"):
        verdict(document)


def test_the_canonical_form_is_that_of_rfc_8785() -> None:
    value = {"b": [True, None, 0, -7], "a": '€$\x0f\nA\'B"\\\\"/\u2028\u007f😀', "A": {}}
    expected = (
        '{"A":{},"a":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/\u2028\u007f😀","b":[true,null,0,-7]}'.encode()
    )
    assert signed_reports.canonical(value) == expected


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["", "a", "b c", "Z\n"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from("abcd"), JSON_VALUES))
def test_any_report_that_may_be_signed_verifies_after_it_was_written_and_read(
    report: dict[str, Any],
) -> None:
    document = json.loads(json.dumps(signed_reports.sign(report, KEY), indent=2))
    assert verdict(document) is Verdict.VALID


def test_any_library_of_jose_verifies_it_with_the_canonical_form_as_its_payload() -> None:
    header = json.loads(base64.urlsafe_b64decode(SIGNED["signature"]["protected"] + "=="))
    assert header["alg"] == "EdDSA"
    x = base64.urlsafe_b64decode(header["jwk"]["x"] + "=")
    payload = base64.urlsafe_b64encode(signed_reports.canonical(REPORT)).rstrip(b"=")
    message = SIGNED["signature"]["protected"].encode() + b"." + payload
    signature = base64.urlsafe_b64decode(SIGNED["signature"]["signature"] + "==")
    Ed25519PublicKey.from_public_bytes(x).verify(signature, message)


def test_the_few_lines_of_python_that_the_documentation_has_verify_it() -> None:
    page = (checkout() / "docs" / "reports.md").read_text("utf-8")
    [code] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - it is what people are to run
    x = KEY.public.to_jwk()["x"]
    names["verify"](json.loads(json.dumps(SIGNED)), x)
    with pytest.raises(InvalidSignature):
        names["verify"]({**SIGNED, "report": {**REPORT, "finished": False}}, x)


def test_the_version_that_reports_name_is_that_of_the_package() -> None:
    project = tomllib.loads((checkout() / "pyproject.toml").read_text())["project"]
    assert lector.__version__ == project["version"]


def test_a_fingerprint_is_the_thumbprint_of_rfc_8037() -> None:
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    expected = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    assert report_keys.parse_jwk(jwk).fingerprint == expected


def test_a_key_is_named_by_its_fingerprint_itself_a_jwk_a_set_or_pem() -> None:
    public = KEY.public
    raw = Ed25519PublicKey.from_public_bytes(public.raw)
    pem = raw.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()
    for text in (
        public.fingerprint,
        public.to_jwk()["x"],
        json.dumps(public.to_jwk()),
        json.dumps({"keys": [OTHER.public.to_jwk(), public.to_jwk()]}),
        f"\n{pem}\n",
    ):
        assert public.fingerprint in report_keys.parse_known(text), text


@pytest.mark.parametrize(
    "text",
    [
        *("", "a", "{}", "{", '{"keys": [1]}', '{"keys": 1}', "-----BEGIN X-----", "é" * 43),
        *('{"kty": "RSA", "n": "AQAB"}', "A" * 44, '{"keys": [{"kty":"OKP","crv":"Ed25519"}]}'),
    ],
)
def test_what_names_no_key_is_refused(text: str) -> None:
    with pytest.raises(KeyUnreadable):
        report_keys.parse_known(text)


def test_a_private_key_is_never_taken_for_a_public_one() -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    for text in (pem.decode(), "1f" * 32):
        with pytest.raises(KeyUnreadable):
            report_keys.parse_known(text)


def test_a_drawn_key_signs_and_nothing_quotes_one_that_is_malformed() -> None:
    text = report_keys.draw()
    assert text not in repr(SigningKey(text))
    assert len(SigningKey(text).sign(b"")) == 64
    with pytest.raises(ValueError, match="64 hexadecimal") as raised:
        SigningKey("not the secret itself")
    assert "secret" not in str(raised.value)


def test_the_same_key_is_the_same_fingerprint_and_another_another() -> None:
    assert SigningKey("1F" * 32).public.fingerprint == KEY.public.fingerprint
    assert KEY.public.fingerprint != OTHER.public.fingerprint
    digest = hashlib.sha256(
        json.dumps(
            {"crv": "Ed25519", "kty": "OKP", "x": KEY.public.to_jwk()["x"]},
            separators=(",", ":"),
        ).encode()
    ).digest()
    assert report_keys.decode_base64(KEY.public.fingerprint) == digest
