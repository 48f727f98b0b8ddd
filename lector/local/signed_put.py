"""One signed PUT to the embedded S3, by the standard library.

boto3 would stay in the memory of `lector up` for as long as it runs, 25 MiB, to be used once.
"""

import http.client
from urllib.parse import quote, urlsplit

from lector.runtime.signatures import Signer

_REGION = "us-east-1"


def put(
    endpoint: str, key: str, body: bytes, *, access_key: str, secret_key: str, timeout_s: float
) -> int:
    """Store an object at `bucket/name`; the status of the answer.

    Raises:
        OSError, http.client.HTTPException: there was none.

    """
    path = quote(f"/{key}")
    headers = Signer(access_key, secret_key, _REGION).headers("PUT", f"{endpoint}{path}", body)
    connection = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=timeout_s)
    try:
        connection.request("PUT", path, body, headers)
        return connection.getresponse().status
    finally:
        connection.close()
