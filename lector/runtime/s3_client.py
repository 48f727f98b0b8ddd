"""boto3's S3 client, and what its errors mean. Its import costs more than many a function's start.

Only `object_store` imports this, when it needs it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from lector.runtime import settings
from lector.runtime.failures import TransientFailure
from lector.runtime.transfers import CONNECT_TIMEOUT_S, READ_TIMEOUT_S, ObjectMissing, ObjectRefused

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

# Refusals that are about Lector's key, clock, bucket or connection, not about what it asked for.
_NOT_NOW_CODES = {
    "AuthorizationHeaderMalformed",
    "ExpiredToken",
    "IllegalLocationConstraintException",
    "InvalidToken",
    "RequestTimeout",
    "NoSuchBucket",
    "TokenRefreshRequired",
    # An object was replaced between a look at it and its copy.
    "PreconditionFailed",
    # A HEAD has no body to say more. Keys of Lector's own are as S3 wants them, so it is about the
    # request; `refusals_of_one_object` asks further where others name the object.
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


# Refusals of Lector as such, whatever it asks for.
_OF_LECTOR_CODES = _NOT_NOW_CODES - {"400"} | {
    "AccountProblem",
    "InvalidAccessKeyId",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
}


class EmptyObject(Exception):
    """A range was asked of an object that has no bytes."""


def client(config: settings.Objects, endpoint: str, attempts: int = 2) -> "S3Client":
    """A client that makes so many attempts at most."""
    made = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=config.s3_region,
        aws_access_key_id=config.s3_access_key,
        aws_secret_access_key=config.s3_secret_key,
        config=Config(
            signature_version="s3v4",
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=READ_TIMEOUT_S,
            max_pool_connections=64,
            retries={"total_max_attempts": attempts, "mode": "standard"},
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )
    made.meta.events.register("before-call.s3.HeadBucket", _follow_no_redirect)
    return made


def _follow_no_redirect(params: dict[str, Any], **_: object) -> None:
    """Keep botocore from asking for the bucket's region in answer to a redirect of that question.

    It asks by a HeadBucket, whose redirect made it ask again, until Python's stack was full.
    """
    params["context"].setdefault("s3_redirect", {})["redirected"] = True


@contextmanager
def translate_errors() -> Iterator[None]:
    """Raise errors of the client as failures, so that the caller knows which are worth a retry.

    A refusal of Lector itself (a rotated key, a clock that differs, a bucket that moved) is no
    fault of the event: it is "not now" until an operator has done something.
    """
    try:
        yield
    except ClientError as error:
        status, code = _said(error)
        if status >= 500:
            raise TransientFailure("the object store is not available") from error
        if 300 <= status < 400 or status in (403, 429) or code in _NOT_NOW_CODES:
            raise TransientFailure(_refusal(status, code)) from error
        if status == 404:
            raise ObjectMissing(str(error)) from error
        if code in _EMPTY_CODES:
            raise EmptyObject from error
        raise
    except (BotoCoreError, Boto3Error) as error:
        raise TransientFailure("the object store is not available") from error


@contextmanager
def refusals_of_one_object(check: Callable[[], object]) -> Iterator[None]:
    """Raise `ObjectRefused` where a store that serves Lector refuses it one object of others.

    A HEAD says no more than 400 or 403, also where Lector's key is not valid any more. So `check`
    asks then for what Lector itself needs, and if that is refused, too, its error is raised.
    """
    try:
        yield
    except ClientError as error:
        status, code = _said(error)
        if status not in (400, 403) or code in _OF_LECTOR_CODES:
            raise
        check()
        raise ObjectRefused(f"the object store does not give it: {_words(status, code)}") from error


def _said(error: ClientError) -> tuple[int, str]:
    """An error's HTTP status and its code; without a body the code is the status."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status, error.response.get("Error", {}).get("Code", "")


def _refusal(status: int, code: str) -> str:
    advice = _ADVICE.get(code)
    reason = f"{_words(status, code)}{f' ({advice})' if advice else ''}"
    return f"the object store refuses Lector's request: {reason}"


def _words(status: int, code: str) -> str:
    return " ".join(dict.fromkeys((str(status), code)))
