"""One signed PUT to the embedded S3, by the standard library.

boto3 would stay in the memory of `lector up` for as long as it runs, 25 MiB, to be used once.
"""

import hashlib
import hmac
import http.client
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

_REGION, _SERVICE, _REQUEST = "us-east-1", "s3", "aws4_request"
_METHOD = "AWS4-HMAC-SHA256"


def put(
    endpoint: str, key: str, body: bytes, *, access_key: str, secret_key: str, timeout_s: float
) -> int:
    """Store an object at `bucket/name`; the status of the answer.

    Raises:
        OSError, http.client.HTTPException: there was none.

    """
    host, path = urlsplit(endpoint).netloc, quote(f"/{key}")
    headers = _sign(host, path, body, access_key, secret_key)
    connection = http.client.HTTPConnection(host, timeout=timeout_s)
    try:
        connection.request("PUT", path, body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def _sign(host: str, path: str, body: bytes, access_key: str, secret_key: str) -> dict[str, str]:
    """The headers that Signature Version 4 asks for."""
    now = datetime.now(UTC)
    day, moment = f"{now:%Y%m%d}", f"{now:%Y%m%dT%H%M%SZ}"
    content = hashlib.sha256(body).hexdigest()
    signed = {"host": host, "x-amz-content-sha256": content, "x-amz-date": moment}
    names = ";".join(signed)
    lines = [f"{name}:{value}" for name, value in signed.items()]
    request = "\n".join(["PUT", path, "", *lines, "", names, content])
    scope = f"{day}/{_REGION}/{_SERVICE}/{_REQUEST}"
    digest = hashlib.sha256(request.encode()).hexdigest()
    key = f"AWS4{secret_key}".encode()
    for part in (day, _REGION, _SERVICE, _REQUEST):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, "\n".join([_METHOD, moment, scope, digest]).encode(), "sha256")
    credential = f"Credential={access_key}/{scope}"
    words = f"{_METHOD} {credential}, SignedHeaders={names}, Signature={signature.hex()}"
    return {**signed, "Authorization": words}
