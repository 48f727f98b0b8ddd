"""The bytes of objects as every page moves them (originals, images, text layers), by obstore.

It costs a fifth of boto3's CPU, and its import a tenth. It makes one attempt, and what it
says of an error is words only: whoever has `TransferFailed` asks boto3, which is the second attempt
and knows the store's codes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from lector.runtime import settings
from lector.runtime.failures import LectorError

if TYPE_CHECKING:
    from obstore import GetOptions, GetResult
    from obstore.store import ClientConfig, S3Credential

CONNECT_TIMEOUT_S, READ_TIMEOUT_S = 5, 30
_PIECE_BYTES = 1024 * 1024
# How long bytes of any size may take that keep coming: those of a whole original, too.
_LONGEST = timedelta(hours=1)
_IDLE = timedelta(seconds=30)


class ObjectMissing(LectorError):
    """There is no object under this key."""


class ObjectRefused(LectorError):
    """The store does not give this object, and gives others; the words say why as far as it did."""


class TransferFailed(Exception):
    """Something else is wrong than that the object is missing; boto3 can say what."""


class Transfers:
    """Reads and writes of whole objects of one bucket, each one attempt."""

    def __init__(self, config: settings.Objects) -> None:
        _check_endpoint(config.s3_endpoint)
        self._is_possible = _fits_a_request(config)
        key: S3Credential = {
            "access_key_id": config.s3_access_key,
            "secret_access_key": config.s3_secret_key,
            "expires_at": None,
        }
        # Whatever the environment says to AWS's own tools would count, too, where it is not said
        # here: another endpoint, no signature, the token of another key.
        self._store = S3Store(
            config.s3_bucket,
            endpoint=config.s3_endpoint,
            aws_endpoint_url_s3=config.s3_endpoint,
            region=config.s3_region,
            virtual_hosted_style_request=False,
            skip_signature=False,
            unsigned_payload=False,
            s3_express=False,
            request_payer=False,
            client_options=_client_options(config.s3_endpoint),
            retry_config={"max_retries": 0},
            credential_provider=lambda: key,
        )

    def get(self, key: str) -> bytes:
        """An object's bytes.

        Raises:
            ObjectMissing, TransferFailed: as they say.

        """
        with self._one_attempt():
            return self._find(key).bytes().to_bytes()

    def beginning(self, key: str, most_bytes: int) -> tuple[bytes, int]:
        """An object's first bytes, and its size; raises as `get`."""
        with self._one_attempt():
            found = self._find(key, {"range": (0, most_bytes)})
            return found.bytes().to_bytes(), found.meta["size"]

    def download(self, key: str, path: Path) -> None:
        """Write an object into a local file; raises as `get`."""
        with self._one_attempt():
            pieces = self._find(key).stream(min_chunk_size=_PIECE_BYTES)
            with path.open("wb") as file:
                for piece in pieces:
                    file.write(piece)

    def put(self, key: str, body: bytes, content_type: str) -> None:
        """Store an object, and replace one of the same key; raises `TransferFailed`."""
        with self._one_attempt():
            attributes = {"Content-Type": content_type}
            obstore.put(self._store, key, body, attributes=attributes, use_multipart=False)

    def _find(self, key: str, options: "GetOptions | None" = None) -> "GetResult":
        """The object's answer; a page of somebody to whom the store redirects is none."""
        found = obstore.get(self._store, key, options=options)
        if not found.meta.get("e_tag"):
            raise TransferFailed
        return found

    @contextmanager
    def _one_attempt(self) -> Iterator[None]:
        if not self._is_possible:
            raise TransferFailed
        try:
            yield
        except FileNotFoundError as error:
            # A bucket that is missing is told by the same error.
            if "<Code>NoSuchKey</Code>" in str(error):
                raise ObjectMissing("there is no such object") from error
            raise TransferFailed from error
        except (BaseError, ValueError) as error:
            raise TransferFailed from error


def _check_endpoint(endpoint: str) -> None:
    """Refuse what boto3 refuses, too, when its client is made."""
    address = urlsplit(endpoint)
    _ = address.port  # a ValueError where it is no number
    if not address.hostname:
        raise ValueError(f"Invalid endpoint: {endpoint}")


def _fits_a_request(config: settings.Objects) -> bool:
    """Whether an address and a header can be made of it; obstore panics where they cannot.

    A secret of Kubernetes that ends with a line feed is such a case.
    """
    parts = (config.s3_endpoint, config.s3_bucket, config.s3_region, config.s3_access_key)
    return all(part.isprintable() and part.isascii() and " " not in part for part in parts)


def _client_options(endpoint: str) -> "ClientConfig":
    options: ClientConfig = {
        "allow_http": True,
        "connect_timeout": timedelta(seconds=CONNECT_TIMEOUT_S),
        "read_timeout": timedelta(seconds=READ_TIMEOUT_S),
        "timeout": _LONGEST,
        "pool_idle_timeout": _IDLE,
    }
    if urlsplit(endpoint).scheme == "https":
        options["root_certificate"] = _trusted()
    return options


def _trusted() -> bytes:
    """The certificates that boto3 trusts: those that the environment names, else certifi's."""
    import certifi  # noqa: PLC0415 - most clusters have their store behind plain HTTP

    named = settings.variable("AWS_CA_BUNDLE") or settings.variable("REQUESTS_CA_BUNDLE")
    path = Path(named or certifi.where())
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    return b"\n".join(file.read_bytes() for file in files)
