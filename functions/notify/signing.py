"""Signatures by which whoever is told knows that it was us (https://www.standardwebhooks.com).

The receiver computes the same HMAC, and refuses what is older than a few minutes.
"""

import base64
import hashlib
import hmac
import time

PREFIX = "whsec_"


def headers(secret: str, message_id: str, body: bytes, at: float | None = None) -> dict[str, str]:
    """The headers of a signed message; `at` is seconds since 1970, now by default."""
    timestamp = str(int(time.time() if at is None else at))
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    signature = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{signature}",
    }
