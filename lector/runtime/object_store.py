"""The object store (S3): PDFs and page images, under the keys of `lector.domain.object_keys`.

What every page moves goes by obstore (`transfers`), `signatures` signs URLs, and all else goes by
boto3 (`s3_client`), which is imported when it is first needed.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote

from lector.runtime import settings, warm_up
from lector.runtime.failures import TransientFailure
from lector.runtime.once import once
from lector.runtime.signatures import Signer
from lector.runtime.transfers import ObjectMissing, ObjectRefused, TransferFailed, Transfers
from lector.telemetry import tracing

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef, CopySourceTypeDef

__all__ = [
    "JPEG",
    "JSON",
    "ObjectMissing",
    "ObjectRefused",
    "ObjectStore",
    "ObjectVersion",
    "Part",
    "store",
]

JPEG = "image/jpeg"
JSON = "application/json"
_MOST_PER_REMOVAL = 1000  # as S3 has it
_PIECE_BYTES = 1024 * 1024
# What a slow line carries within obstore's time for one answer; larger bodies go by boto3, whose
# time is that of each write.
_LARGEST_TRANSFER = 8 * 1024 * 1024


@dataclass(frozen=True)
class Part:
    """A stored part of an upload: its number from 1, its size in bytes, its ETag."""

    number: int
    size: int
    etag: str


@dataclass(frozen=True)
class ObjectVersion:
    """An object of another bucket of the store, in one of its versions, or as it is now."""

    bucket: str
    key: str
    version: str | None


@dataclass(frozen=True)
class FoundObject:
    """An object's size in bytes, and its ETag."""

    size: int
    etag: str


class ObjectStore:
    """One bucket. When the store is away or refuses Lector, `TransientFailure` says why."""

    def __init__(self, config: settings.Objects) -> None:
        self._bucket = config.s3_bucket
        self._lifetime_s = config.s3_url_lifetime_s
        self._transfers = Transfers(config)
        endpoint = config.s3_endpoint
        self._public = (config.s3_public_endpoint or endpoint).rstrip("/")
        self._signer = Signer(config.s3_access_key, config.s3_secret_key, config.s3_region)
        self._client: once[S3Client] = once(lambda: _boto().client(config, endpoint))
        self._last_attempt: once[S3Client] = once(lambda: _boto().client(config, endpoint, 1))

    def put(self, key: str, body: bytes | IO[bytes], content_type: str) -> None:
        """Store an object, and replace one of the same key."""
        with self._span("PutObject", key):
            if not isinstance(body, bytes) or len(body) > _LARGEST_TRANSFER:
                self._put(self._client, key, body, content_type)
                return
            try:
                self._transfers.put(key, body, content_type)
            except TransferFailed:
                self._put(self._last_attempt, key, body, content_type)

    def _put(
        self, client: "once[S3Client]", key: str, body: bytes | IO[bytes], content_type: str
    ) -> None:
        with _translate_errors():
            client().put_object(Bucket=self._bucket, Key=key, Body=body, ContentType=content_type)

    def get(self, key: str) -> bytes:
        """An object's bytes; `ObjectMissing` if there is none."""
        with self._span("GetObject", key):
            try:
                return self._transfers.get(key)
            except TransferFailed:
                with _translate_errors():
                    found = self._last_attempt().get_object(Bucket=self._bucket, Key=key)
                    return found["Body"].read()

    def download(self, key: str, path: Path) -> None:
        """Write an object into a local file; `ObjectMissing` if there is none."""
        with self._span("GetObject", key):
            try:
                self._transfers.download(key, path)
            except TransferFailed:
                with _translate_errors():
                    self._last_attempt().download_file(self._bucket, key, str(path))

    def pieces(self, key: str) -> Iterator[bytes]:
        """An object's bytes, a MiB at a time; `ObjectMissing` if there is none."""
        with self._call("GetObject", key) as client:
            body = client.get_object(Bucket=self._bucket, Key=key)["Body"]
            yield from body.iter_chunks(_PIECE_BYTES)

    def open(self, key: str) -> tuple[int, Iterator[bytes]]:
        """An object's size in bytes, and its bytes, a MiB at a time as they are taken.

        The iterator may be advanced by any thread; `ObjectMissing` if there is no such object.
        """
        with self._call("GetObject", key) as client:
            found = client.get_object(Bucket=self._bucket, Key=key)
        return found["ContentLength"], _pieces(found["Body"])

    def size(self, key: str) -> int:
        """An object's size in bytes; `ObjectMissing` if there is none."""
        with self._call("HeadObject", key) as client:
            return client.head_object(Bucket=self._bucket, Key=key)["ContentLength"]

    def look_up(self, wanted: ObjectVersion) -> FoundObject:
        """An object of another bucket.

        Raises:
            ObjectMissing: there is none.
            ObjectRefused: the store does not give this one.

        """
        version: Any = {"VersionId": wanted.version} if wanted.version else {}
        with (
            self._call("HeadObject", bucket=wanted.bucket) as client,
            _boto().refusals_of_one_object(lambda: client.head_bucket(Bucket=self._bucket)),
        ):
            found = client.head_object(Bucket=wanted.bucket, Key=wanted.key, **version)
        return FoundObject(found["ContentLength"], found["ETag"])

    def copy_from(self, wanted: ObjectVersion, etag: str, key: str, content_type: str) -> None:
        """Copy an object of another bucket, within the store, as long as it has this ETag.

        Raises:
            ObjectMissing: there is none any more.
            ObjectRefused: the store does not give this one.

        """
        source: CopySourceTypeDef = {"Bucket": wanted.bucket, "Key": wanted.key}
        if wanted.version:
            source["VersionId"] = wanted.version
        with (
            self._call("CopyObject", key) as client,
            _boto().refusals_of_one_object(lambda: self._check_writing(client, key)),
        ):
            client.copy_object(
                Bucket=self._bucket,
                Key=key,
                CopySource=source,
                CopySourceIfMatch=etag,
                ContentType=content_type,
                MetadataDirective="REPLACE",
            )

    def _check_writing(self, client: "S3Client", key: str) -> None:
        """Do what Lector may do only if it may write an object, and write none."""
        begun = client.create_multipart_upload(Bucket=self._bucket, Key=key)
        client.abort_multipart_upload(Bucket=self._bucket, Key=key, UploadId=begun["UploadId"])

    def beginning(self, key: str, most_bytes: int) -> tuple[bytes, int]:
        """An object's first bytes, and its size; `ObjectMissing` if there is none."""
        with self._span("GetObject", key):
            try:
                return self._transfers.beginning(key, most_bytes)
            except TransferFailed:
                return self._beginning(key, most_bytes)

    def _beginning(self, key: str, most_bytes: int) -> tuple[bytes, int]:
        try:
            with _translate_errors():
                answer = self._last_attempt().get_object(
                    Bucket=self._bucket, Key=key, Range=f"bytes=0-{most_bytes - 1}"
                )
                body = answer["Body"].read(most_bytes)
        except _boto().EmptyObject:
            return b"", 0
        total = answer.get("ContentRange", "").rpartition("/")[2]
        return body, int(total) if total.isdigit() else answer["ContentLength"]

    def keys(self, prefix: str) -> Iterator[str]:
        """The keys that begin with a prefix, ascending."""
        with _translate_errors():
            pages = self._client().get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self._bucket, Prefix=prefix):
                yield from (found["Key"] for found in page.get("Contents", ()))

    def remove(self, keys: Sequence[str]) -> None:
        """Delete objects, those that exist."""
        with self._call("DeleteObjects") as client:
            for start in range(0, len(keys), _MOST_PER_REMOVAL):
                batch = keys[start : start + _MOST_PER_REMOVAL]
                errors = client.delete_objects(
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
        headers = {"Content-Length": str(size_bytes), "Content-Type": content_type}
        return self._signed_url("PUT", key, {**headers, "If-None-Match": "*"})

    def begin_parts(self, key: str, content_type: str) -> str:
        """Begin an upload in parts; returns its id."""
        with self._call("CreateMultipartUpload", key) as client:
            begun = client.create_multipart_upload(
                Bucket=self._bucket, Key=key, ContentType=content_type
            )
            return begun["UploadId"]

    def parts(self, key: str, upload_id: str) -> Iterator[Part]:
        """The parts that are stored, ascending; `ObjectMissing` if there is no such upload."""
        with _translate_errors():
            pages = self._client().get_paginator("list_parts")
            for page in pages.paginate(Bucket=self._bucket, Key=key, UploadId=upload_id):
                for part in page.get("Parts", ()):
                    yield Part(part["PartNumber"], part["Size"], part["ETag"])

    def complete_parts(self, key: str, upload_id: str, parts: Sequence[Part]) -> None:
        """Make one object of the parts."""
        completed: list[CompletedPartTypeDef] = [
            {"PartNumber": part.number, "ETag": part.etag} for part in parts
        ]
        with self._call("CompleteMultipartUpload", key) as client:
            client.complete_multipart_upload(
                Bucket=self._bucket,
                Key=key,
                UploadId=upload_id,
                MultipartUpload={"Parts": completed},
            )

    def abort_parts(self, key: str, upload_id: str) -> None:
        """Abort an upload in parts, if there is one."""
        with suppress(ObjectMissing), self._call("AbortMultipartUpload", key) as client:
            client.abort_multipart_upload(Bucket=self._bucket, Key=key, UploadId=upload_id)

    def abort_all_parts(self, prefix: str) -> None:
        """Abort every upload in parts whose key begins with a prefix."""
        with _translate_errors():
            pages = self._client().get_paginator("list_multipart_uploads")
            for page in pages.paginate(Bucket=self._bucket, Prefix=prefix):
                for upload in page.get("Uploads", ()):
                    self.abort_parts(upload["Key"], upload["UploadId"])

    def presigned_part(self, key: str, upload_id: str, number: int, size_bytes: int) -> str:
        """A URL to which exactly `size_bytes` of one part may be PUT, for `url_lifetime_s`."""
        headers = {"Content-Length": str(size_bytes)}
        query = {"uploadId": upload_id, "partNumber": str(number)}
        return self._signed_url("PUT", key, headers, query)

    def presigned_get(self, key: str) -> str:
        """A URL from which an object may be read for `url_lifetime_s`."""
        return self._signed_url("GET", key)

    def _signed_url(
        self,
        method: str,
        key: str,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> str:
        url = f"{self._public}/{quote(self._bucket)}/{quote(key)}"
        return self._signer.url(method, url, self._lifetime_s, headers, query)

    @contextmanager
    def _call(
        self, operation: str, key: str | None = None, bucket: str | None = None
    ) -> Iterator["S3Client"]:
        """Boto3's client, in a span and with its errors translated."""
        with self._span(operation, key, bucket), _translate_errors():
            yield self._client()

    def _span(
        self, operation: str, key: str | None = None, bucket: str | None = None
    ) -> AbstractContextManager[object]:
        """A span with a key of Lector's own; those of other buckets may hold a person's name."""
        attributes = {"rpc.system.name": "aws-api", "rpc.method": f"S3/{operation}"}
        attributes["aws.s3.bucket"] = bucket or self._bucket
        if key is not None:
            attributes["aws.s3.key"] = key
        return tracing.client_span(f"S3/{operation}", attributes)

    @property
    def url_lifetime_s(self) -> int:
        """How long a presigned URL is good for, in seconds."""
        return self._lifetime_s


@once
def store() -> ObjectStore:
    """The process's object store, made at first use and kept."""
    return ObjectStore(settings.current(settings.Objects))


warm_up.process.register(store)


def _pieces(body: "StreamingBody") -> Iterator[bytes]:
    with closing(body):
        yield from body.iter_chunks(_PIECE_BYTES)


def _translate_errors() -> AbstractContextManager[None]:
    translated: AbstractContextManager[None] = _boto().translate_errors()
    return translated


def _boto() -> Any:
    """The module of boto3's client, imported at first use."""
    from lector.runtime import s3_client  # noqa: PLC0415 - boto3 costs more than many a start

    return s3_client
