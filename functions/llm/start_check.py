"""Whether a reader can be asked at all, found out with one small request before any page waits.

What is wrong is said in words that name what to change: the address, the key, the model.
`python -m functions.llm.start_check [READER]` prints it as JSON, or null.
"""

import json
import re
import socket
import ssl
import struct
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from urllib.parse import urlsplit

import httpx2

from functions.llm import model, model_errors, readers
from functions.llm.model_errors import RefusedRequest, RequestFailed
from functions.llm.readers import Request
from lector.domain.failure_codes import FailureCode
from lector.runtime import settings
from lector.runtime.failures import CodedFailure, LectorError, PermanentFailure, TransientFailure

TIMEOUT_S = 10.0
_TOKENS = 64
_SIDE_PX = 64
_LONGEST_WORDS = 300

_NO_MODEL = re.compile(
    r"model[^.]{0,80}(?:not (?:be )?(?:found|exist|loaded|available|valid|supported)|not a valid"
    r"|does ?n[o']t exist|unknown|no longer)|(?:no such|unknown|invalid|unsupported) model"
    r"|try pulling it|no models? (?:is |are )?loaded|deployment[^.]{0,60}not (?:exist|found)"
    r"|model_not_found|is not a valid model",
    re.IGNORECASE,
)
_NO_IMAGE = re.compile(
    r"(?:image|vision|multimodal|mmproj)[^.]{0,80}(?:not|n't|no|only|unsupported|invalid)\b"
    r"|(?:not|n't|no|unsupported|unknown|invalid)\b[^.]{0,60}(?:image|vision|multimodal|mmproj)"
    r"|content must be a string|content[^.]{0,40}should be a valid string",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Problem:
    """What is wrong with a reader; `lasting`: until somebody changes something.

    Where something `answered`, pages fail soon, each with its words; else they wait.
    """

    words: str
    lasting: bool
    answered: bool = False


def check(name: str | None = None) -> Problem | None:
    """Ask a reader, by default the default one, about a small white image; None if it answers."""
    try:
        request = readers.choose(name)
    except PermanentFailure as failure:
        return Problem(failure.detail, lasting=True)
    small = replace(
        request,
        max_tokens=min(_TOKENS, request.max_tokens),
        temperatures=request.temperatures[:1],
    )
    config = settings.current(settings.Model)
    try:
        model.transcribe(small, _white_image(), config, until=time.monotonic() + TIMEOUT_S)
    except model.NoAcceptableAnswer as refused:
        found = _of_answer(request, refused)
        return replace(found, answered=True) if found else None
    except CodedFailure as failure:
        return replace(_of_failure(request, failure), answered=True)
    except TransientFailure as refusal:
        return _of_refusal(request, refusal)
    return None


def check_in_background(say: Callable[[Problem], None]) -> None:
    """Check the default reader meanwhile."""

    def run() -> None:
        problem = _check(None)
        if problem is not None:
            say(problem)

    threading.Thread(target=run, name="reader check", daemon=True).start()


def _check(name: str | None) -> Problem | None:
    try:
        return check(name)
    except LectorError as error:
        return Problem(str(error), lasting=True)


def _of_answer(request: Request, refused: model.NoAcceptableAnswer) -> Problem | None:
    """An answer about a white image may be anything, but it has to be one."""
    if refused.code != FailureCode.NOT_A_COMPLETION:
        return None
    return Problem(f"{_address(request)} speaks no OpenAI API: {refused.reason}", lasting=True)


def _of_failure(request: Request, failure: CodedFailure) -> Problem:
    """What a refusal of the request, or its failure, comes of."""
    body = (
        model_errors.body_of(failure)
        if isinstance(failure, RefusedRequest | RequestFailed)
        else None
    )
    endpoint = request.endpoint
    words = endpoint.hide_secrets(model_errors.find_reason(body, ""))[:_LONGEST_WORDS]
    if failure.code == FailureCode.MODEL_TIMED_OUT:
        words = f"{endpoint} has not answered within {TIMEOUT_S:g} s; a model may have to be loaded"
        return Problem(words, lasting=False)
    if failure.code == FailureCode.MODEL_REFUSED_AUTHENTICATION:
        return Problem(f"{endpoint} refuses the key; {endpoint.key_advice}: {words}", lasting=True)
    if _NO_IMAGE.search(words) and not re.search(r"image (?:is )?too|invalid image", words):
        return Problem(f"the model {request.model} takes no images: {words}", lasting=True)
    if _NO_MODEL.search(words):
        return Problem(f"{endpoint} has no model {request.model}: {words}", lasting=True)
    if isinstance(failure, RefusedRequest) and failure.status in (404, 405):
        return Problem(_without_path(request, words), lasting=True)
    return Problem(failure.detail, lasting=isinstance(failure, PermanentFailure))


def _without_path(request: Request, words: str) -> str:
    path = urlsplit(request.endpoint.base_url).path.rstrip("/")
    missing = "" if "/v1" in path else "; /v1 is missing at its end"
    detail = f": {words}" if words else ""
    return f"{_address(request)} is no OpenAI API{missing}{detail}"


def _of_refusal(request: Request, refusal: TransientFailure) -> Problem | None:
    """Why nothing answers; a server that only limits the rate is there."""
    if refusal.code == FailureCode.MODEL_LIMITS_RATE:
        return None
    for cause in _causes(refusal):
        words = _unreachable(request, cause)
        if words:
            return Problem(words, lasting=True)
    return Problem(refusal.detail, lasting=False)


def _unreachable(request: Request, cause: BaseException) -> str | None:
    """What an error of the connection comes of, in words that name what to change."""
    address = urlsplit(request.endpoint.base_url)
    host = address.hostname
    match cause:
        case socket.gaierror():
            return f"there is no host {host}; check {_where(request)}"
        case ConnectionRefusedError():
            port = address.port or (443 if address.scheme == "https" else 80)
            return f"nothing listens at {host}:{port}; is it running?"
        case ssl.SSLCertVerificationError():
            words = f"the certificate of {host} cannot be trusted: {cause.verify_message}"
            return f"{words}; SSL_CERT_FILE names one more to trust"
        case ssl.SSLError():
            return f"{host} does not speak HTTPS here: {cause.reason}"
        case httpx2.UnsupportedProtocol():
            return f"{_address(request)} begins with neither http:// nor https://"
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _address(request: Request) -> str:
    """Its address without a password, and where it is from."""
    address = urlsplit(request.endpoint.base_url)
    shown = address._replace(netloc=address.netloc.rpartition("@")[2]).geturl()
    return f"{shown} ({_where(request)})"


def _where(request: Request) -> str:
    return request.endpoint.url_name


def _white_image() -> bytes:
    """A grey PNG of nothing."""
    rows = (b"\0" + b"\xff" * _SIDE_PX) * _SIDE_PX
    header = struct.pack(">IIBBBBB", _SIDE_PX, _SIDE_PX, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    encoded = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + encoded


if __name__ == "__main__":
    found = _check(sys.argv[1] if sys.argv[1:] else None)
    sys.stdout.write(json.dumps(found and asdict(found)) + "\n")
