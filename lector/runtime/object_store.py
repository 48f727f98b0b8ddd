"""The object store (S3): PDFs and page images, under the keys of `lector.domain.object_keys`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import boto3
from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from lector.runtime import settings, warm_up
from lector.runtime.failures import LectorError, TransientFailure
from lector.runtime.once import once
from lector.telemetry import tracing

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

JPEG = "image/jpeg"
JSON = "application/json"
_MOST_PER_REMOVAL = 1000  # as S3 has it
_PIECE_BYTES = 1024 * 1024
# Refusals that are about Lector's key, clock, bucket or connection, not about what it asked for.
_NOT_NOW_CODES = {
    "AuthorizationHeaderMalformed",
    "ExpiredToken",
    "IllegalLocationConstraintException",
    "InvalidToken",
    "RequestTimeout",
    "NoSuchBucket",
    "TokenRefreshRequired",
    # A HEAD has no body to say more, and nothing in it depends on the event but a key.
    "400",
}
_EMPTY_CODES = ("InvalidRange", "416")  # how a range of an empty object is refused
_ADVICE = {
    "AccessDenied": "S3_ACCESS_KEY may not do this",
    "AuthorizationHeaderMalformed": "check S3_REGION",
    "InvalidAccessKeyId": "it does not know S3_ACCESS_KEY",
    "NoSuchBucket": "there is no S3_BUCKET",
    "PermanentRedirect": "the bucket is elsewhere; check S3_ENDPOINT and S3_REGION",
    "RequestTimeTooSkewed": "its clock and the clock here differ",
    "SignatureDoesNotMatch": "S3_SECRET_KEY does not belong to S3_ACCESS_KEY",
}


@dataclass(frozen=True)
class Part:
    """A stored part of an upload: its number from 1, its size in bytes, its ETag."""

    number: int
    size: int
    etag: str


class ObjectMissing(LectorError):
    """There is no object under this key."""


class ObjectStore:
    """One bucket. When the store is away or refuses Lector, `TransientFailure` says why."""

    def __init__(self, config: settings.Objects) -> None:
        self._bucket = config.s3_bucket
        self._lifetime_s = config.s3_url_lifetime_s
        self._client = _client(config, config.s3_endpoint)
        public = config.s3_public_endpoint
        self._signer = _client(config, public) if public else self._client

    def put(self, key: str, body: bytes | IO[bytes], content_type: str) -> None:
        """Store an object, and replace one of the same key."""
        with self._call("PutObject", key):
            self._client.put_object(
                Bucket=self._bucket, Key=key, Body=body, ContentType=content_type
            )

    def get(self, key: str) -> bytes:
        """An object's bytes; `ObjectMissing` if there is none."""
        with self._call("GetObject", key):
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()

    def download(self, key: str, path: Path) -> None:
        """Write an object into a local file; `ObjectMissing` if there is none."""
        with self._call("GetObject", key):
            self._client.download_file(self._bucket, key, str(path))

    def pieces(self, key: str) -> Iterator[bytes]:
        """An object's bytes, a MiB at a time; `ObjectMissing` if there is none."""
        with self._call("GetObject", key):
            body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"]
            yield from body.iter_chunks(_PIECE_BYTES)

    def size(self, key: str) -> int:
        """An object's size in bytes; `ObjectMissing` if there is none."""
        with self._call("HeadObject", key):
            return self._client.head_object(Bucket=self._bucket, Key=key)["ContentLength"]

    def beginning(self, key: str, most_bytes: int) -> tuple[bytes, int]:
        """An object's first bytes, and its size; `ObjectMissing` if there is none."""
        try:
            with self._call("GetObject", key):
                answer = self._client.get_object(
                    Bucket=self._bucket, Key=key, Range=f"bytes=0-{most_bytes - 1}"
                )
                body = answer["Body"].read(most_bytes)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _EMPTY_CODES:
                return b"", 0
            raise
        total = answer.get("ContentRange", "").rpartition("/")[2]
        return body, int(total) if total.isdigit() else answer["ContentLength"]

    def keys(self, prefix: str) -> Iterator[str]:
        """The keys that begin with a prefix, ascending."""
        pages = self._client.get_paginator("list_objects_v2")
        with _translate_errors():
            for page in pages.paginate(Bucket=self._bucket, Prefix=prefix):
                yield from (found["Key"] for found in page.get("Contents", ()))

    def remove(self, keys: Sequence[str]) -> None:
        """Delete objects, those that exist."""
        with self._call("DeleteObjects"):
            for start in range(0, len(keys), _MOST_PER_REMOVAL):
                batch = keys[start : start + _MOST_PER_REMOVAL]
                errors = self._client.delete_objects(
                    Bucket=self._bucket,
                    Delete={"Objects": [{"Key": key} for key in batch], "Quiet": True},
                ).get("Errors")
                if errors:
                    raise TransientFailure(
                        f"{len(errors)} objects could not be deleted: {errors[0].get('Code')}"
                    )

    def presigned_put(self, key: str, size_bytes: int, content_type: str) -> str:
        """A URL to which exactly `size_bytes` may be PUT, once, for `url_lifetime_s`.

        Once, because the signature covers If-None-Match: a confirmed file cannot be replaced.
        """
        return self._signer.generate_presigned_url(
            "put_object",
            Params={
                "Bucket": self._bucket,
                "Key": key,
                "ContentLength": size_bytes,
                "ContentType": content_type,
                "IfNoneMatch": "*",
            },
            ExpiresIn=self._lifetime_s,
        )

    def begin_parts(self, key: str, content_type: str) -> str:
        """Begin an upload in parts; returns its id."""
        with self._call("CreateMultipartUpload", key):
            begun = self._client.create_multipart_upload(
                Bucket=self._bucket, Key=key, ContentType=content_type
            )
            return begun["UploadId"]

    def parts(self, key: str, upload_id: str) -> Iterator[Part]:
        """The parts that are stored, ascending; `ObjectMissing` if there is no such upload."""
        with _translate_errors():
            pages = self._client.get_paginator("list_parts")
            for page in pages.paginate(Bucket=self._bucket, Key=key, UploadId=upload_id):
                for part in page.get("Parts", ()):
                    yield Part(part["PartNumber"], part["Size"], part["ETag"])

    def complete_parts(self, key: str, upload_id: str, parts: Sequence[Part]) -> None:
        """Make one object of the parts."""
        completed: list[CompletedPartTypeDef] = [
            {"PartNumber": part.number, "ETag": part.etag} for part in parts
        ]
        with self._call("CompleteMultipartUpload", key):
            self._client.complete_multipart_upload(
                Bucket=self._bucket,
                Key=key,
                UploadId=upload_id,
                MultipartUpload={"Parts": completed},
            )

    def abort_parts(self, key: str, upload_id: str) -> None:
        """Abort an upload in parts, if there is one."""
        with suppress(ObjectMissing), self._call("AbortMultipartUpload", key):
            self._client.abort_multipart_upload(Bucket=self._bucket, Key=key, UploadId=upload_id)

    def abort_all_parts(self, prefix: str) -> None:
        """Abort every upload in parts whose key begins with a prefix."""
        with _translate_errors():
            pages = self._client.get_paginator("list_multipart_uploads")
            for page in pages.paginate(Bucket=self._bucket, Prefix=prefix):
                for upload in page.get("Uploads", ()):
                    self.abort_parts(upload["Key"], upload["UploadId"])

    def presigned_part(self, key: str, upload_id: str, number: int, size_bytes: int) -> str:
        """A URL to which exactly `size_bytes` of one part may be PUT, for `url_lifetime_s`."""
        return self._signer.generate_presigned_url(
            "upload_part",
            Params={
                "Bucket": self._bucket,
                "Key": key,
                "UploadId": upload_id,
                "PartNumber": number,
                "ContentLength": size_bytes,
            },
            ExpiresIn=self._lifetime_s,
        )

    def presigned_get(self, key: str) -> str:
        """A URL from which an object may be read for `url_lifetime_s`."""
        return self._signer.generate_presigned_url(
            "get_object",
            Params={"Bucket": self._bucket, "Key": key},
            ExpiresIn=self._lifetime_s,
        )

    @contextmanager
    def _call(self, operation: str, key: str | None = None) -> Iterator[None]:
        attributes = {"rpc.system.name": "aws-api", "rpc.method": f"S3/{operation}"}
        attributes["aws.s3.bucket"] = self._bucket
        if key is not None:
            attributes["aws.s3.key"] = key
        with tracing.client_span(f"S3/{operation}", attributes), _translate_errors():
            yield

    @property
    def url_lifetime_s(self) -> int:
        """How long a presigned URL is good for, in seconds."""
        return self._lifetime_s


@once
def store() -> ObjectStore:
    """The process's object store, made at first use and kept."""
    return ObjectStore(settings.current(settings.Objects))


warm_up.process.register(store)


def _client(config: settings.Objects, endpoint: str) -> "S3Client":
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=config.s3_region,
        aws_access_key_id=config.s3_access_key,
        aws_secret_access_key=config.s3_secret_key,
        config=Config(
            signature_version="s3v4",
            connect_timeout=5,
            read_timeout=30,
            max_pool_connections=64,
            retries={"total_max_attempts": 2, "mode": "standard"},
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )
    client.meta.events.register("before-call.s3.HeadBucket", _follow_no_redirect)
    return client


def _follow_no_redirect(params: dict[str, Any], **_: object) -> None:
    """Keep botocore from asking for the bucket's region in answer to a redirect of that question.

    It asks by a HeadBucket, whose redirect made it ask again, until Python's stack was full.
    """
    params["context"].setdefault("s3_redirect", {})["redirected"] = True


@contextmanager
def _translate_errors() -> Iterator[None]:
    """Raise errors of the client as failures, so that the caller knows which are worth a retry.

    A refusal of Lector itself (a rotated key, a clock that differs, a bucket that moved) is no
    fault of the event: it is "not now" until an operator has done something.
    """
    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        code = error.response.get("Error", {}).get("Code", "")
        if status >= 500:
            raise TransientFailure("the object store is not available") from error
        if 300 <= status < 400 or status in (403, 429) or code in _NOT_NOW_CODES:
            raise TransientFailure(_refusal(status, code)) from error
        if status == 404:
            raise ObjectMissing(str(error)) from error
        raise
    except (BotoCoreError, Boto3Error) as error:
        raise TransientFailure("the object store is not available") from error


def _refusal(status: int, code: str) -> str:
    reason = " ".join(dict.fromkeys((str(status), code)))
    advice = _ADVICE.get(code)
    return f"the object store refuses Lector's request: {reason}{f' ({advice})' if advice else ''}"
