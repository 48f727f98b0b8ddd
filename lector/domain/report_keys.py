"""Keys of signed reports: Ed25519, as JSON Web Keys (RFC 8037), known by their thumbprints.

A thumbprint (RFC 7638) is what people compare: it is printed on reports, and follows from the
public key.
"""

import base64
import binascii
import hashlib
import json
import re
import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lector.runtime.failures import LectorError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

JWK = dict[str, Any]

KEY_WORDS = "64 hexadecimal digits: 32 random bytes"
_PRIVATE = re.compile(r"[0-9a-fA-F]{64}")
_KEY_BYTES = 32


class KeyUnreadable(LectorError):
    """What was given as a public key is none."""


@dataclass(frozen=True)
class PublicKey:
    """A public key."""

    raw: bytes

    @property
    def fingerprint(self) -> str:
        """Its thumbprint: the SHA-256 of its JWK, in base64url."""
        canonical = json.dumps(self._members(), sort_keys=True, separators=(",", ":"))
        return encode_base64(hashlib.sha256(canonical.encode()).digest())

    def to_jwk(self) -> JWK:
        """As a JWK without a private part."""
        return {**self._members(), "kid": self.fingerprint, "use": "sig", "alg": "EdDSA"}

    def accepts(self, signature: bytes, message: bytes) -> bool:
        """Whether the owner of the key has signed a message."""
        # Imported here, as few commands and requests verify anything.
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
            Ed25519PublicKey,
        )

        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    def _members(self) -> JWK:
        return {"crv": "Ed25519", "kty": "OKP", "x": encode_base64(self.raw)}


class SigningKey:
    """A private key; nothing shows what it is."""

    def __init__(self, text: str) -> None:
        """Read a key as REPORT_KEY holds it; ValueError, which does not quote it, if it is none."""
        if not is_private_key(text):
            raise ValueError(f"the key of reports is not {KEY_WORDS}")
        self._text = text

    def sign(self, message: bytes) -> bytes:
        """The signature of a message, 64 bytes."""
        return self._key().sign(message)

    @property
    def public(self) -> PublicKey:
        """The key that verifies what this one signs."""
        return PublicKey(self._key().public_key().public_bytes_raw())

    def _key(self) -> "Ed25519PrivateKey":
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
            Ed25519PrivateKey,
        )

        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(self._text))


def draw() -> str:
    """A new private key, as REPORT_KEY holds it."""
    return secrets.token_hex(_KEY_BYTES)


def is_private_key(text: str) -> bool:
    """Whether a text is what REPORT_KEY holds."""
    return _PRIVATE.fullmatch(text) is not None


def parse_jwk(jwk: object) -> PublicKey:
    """The key that a JWK holds.

    Raises:
        KeyUnreadable: it is none of Ed25519, or none at all.

    """
    if not isinstance(jwk, dict) or (jwk.get("kty"), jwk.get("crv")) != ("OKP", "Ed25519"):
        raise KeyUnreadable("this is no JWK of an Ed25519 key")
    return PublicKey(_key_bytes(jwk.get("x")))


def parse_known(text: str) -> Collection[str]:
    """The fingerprints of the keys that a person names.

    Args:
        text: a set of JWKs, as a Lector lists its keys; one JWK; a public key in PEM; or in
            base64url, a fingerprint or a public key.

    Raises:
        KeyUnreadable: it is nothing of that.

    """
    text = text.strip()
    if text.startswith("{"):
        return set(_of_json(text))
    if text.startswith("-----BEGIN"):
        return {_of_pem(text).fingerprint}
    # A fingerprint looks like a key. Nobody can have the private key of what is a fingerprint.
    return {text, PublicKey(_key_bytes(text)).fingerprint}


def _of_json(text: str) -> Iterator[str]:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise KeyUnreadable(f"the key is no JSON: {error}") from error
    keys = parsed.get("keys", [parsed])
    for key in keys if isinstance(keys, list) else [keys]:
        yield parse_jwk(key).fingerprint


def _of_pem(text: str) -> PublicKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
        Ed25519PublicKey,
    )
    from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415

    try:
        key = load_pem_public_key(text.encode())
    except ValueError as error:
        raise KeyUnreadable("this is no public key in PEM") from error
    if not isinstance(key, Ed25519PublicKey):
        raise KeyUnreadable("this is no Ed25519 key")
    return PublicKey(key.public_bytes_raw())


def _key_bytes(text: object) -> bytes:
    raw = decode_base64(text)
    if raw is None or len(raw) != _KEY_BYTES:
        raise KeyUnreadable(
            "this is no key: a fingerprint, a public key in base64url or PEM, or JWKs"
        )
    return raw


def encode_base64(raw: bytes) -> str:
    """Bytes in base64url without padding, as JOSE has it."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode_base64(text: object) -> bytes | None:
    """The bytes of such a text; None if they are not written in just that way."""
    if not isinstance(text, str) or not text.isascii():
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        return None
    return raw if encode_base64(raw) == text else None
