"""What a model endpoint's errors mean, whether in its status, in a 200, or on the way.

A server's own words are kept, wherever in its answer they are, without the key that they may quote.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, TypeVar

import httpx2

from functions.llm.openai_client import APIConnectionError, APIStatusError, APITimeoutError
from functions.llm.readers import Endpoint
from functions.llm.readings import RefusedAnswer
from lector.domain.failure_codes import FailureCode
from lector.runtime import failures, settings
from lector.runtime.failures import CodedFailure, PermanentFailure, TransientFailure

Failed = TypeVar("Failed", bound=Exception)

# Of this request, and not of what is wrong in it (RFC 9110, 15.5; RFC 8470, 5.2).
_FAILED = {408, 409, 425}
_LONGEST_REASON = 300
_LONGEST_BODY = 20_000
_NAMES_OF_REASONS = (
    *("message", "msg", "error", "detail", "errors", "error_message", "error_description"),
    *("description", "reason", "title"),
)
_NAMES_OF_STATUSES = (
    "code",
    "status",
    "status_code",
    "statusCode",
    "http_code",
    "error_code",
    "type",
)
_DEEPEST = 8
# Errors by name, as the status that says the same.
_STATUSES = {
    "rate_limit": 429, "rate_limit_error": 429, "rate_limit_exceeded": 429,
    "too_many_requests": 429, "resource_exhausted": 429, "throttling": 429,
    "throttlingexception": 429,
    "authentication_error": 401, "invalid_api_key": 401, "unauthenticated": 401,
    "unauthorized": 401, "permission_error": 403, "permission_denied": 403, "forbidden": 403,
    "insufficient_quota": 402, "insufficient_credits": 402, "billing_error": 402,
    "payment_required": 402, "invalid_request_error": 400, "invalid_argument": 400,
    "bad_request": 400, "badrequesterror": 400, "context_length_exceeded": 400,
    "not_found_error": 404, "not_found": 404, "notfounderror": 404, "model_not_found": 404,
    "request_too_large": 413, "overloaded_error": 529, "overloaded": 529, "unavailable": 503,
    "service_unavailable": 503, "api_error": 500, "server_error": 500, "internal": 500,
    "internal_error": 500, "internal_server_error": 500, "internalservererror": 500,
    "timeout": 504, "timeout_error": 504, "deadline_exceeded": 504, "bad_gateway": 502,
}  # fmt: skip


class RequestFailed(CodedFailure):
    """A request went wrong on the way or at the endpoint; others may go well."""

    body: object = None


class RefusedRequest(PermanentFailure):
    """The endpoint does not take a request as it is."""

    body: object = None
    status: int = 400


def body_of(refused: RequestFailed | RefusedRequest) -> object:
    """What the endpoint said when it refused a request: decoded JSON, or text; None for nothing."""
    return refused.body


def check_error_inside(answer: object, headers: Mapping[str, str], endpoint: Endpoint) -> None:
    """Raise what an error inside a 200 means: by its own code, of all of the answer or its choice.

    Raises:
        TransientFailure, RequestFailed, PermanentFailure: as the code says.
        RefusedAnswer: it has none.

    """
    if isinstance(answer, list) and len(answer) == 1:
        # Google's errors come in a list.
        answer = answer[0]
    if not isinstance(answer, dict):
        return
    error = _error_inside(answer)
    if error is None:
        return
    words = _shorten(find_reason(error, find_reason(answer, endpoint.no_reason)), endpoint)
    status = _status_in(error) or _status_beside(answer)
    if status is not None:
        told = f"{endpoint} answered 200 with error {status}: {words}"
        raise _with_body(_failure(status, told, _wait_s(headers, error), endpoint), error)
    if error == "error":
        detail = f"{endpoint} ended its answer with an error"
        raise RequestFailed(FailureCode.MODEL_FAILED, detail)
    if answer.get("error"):
        detail = f"{endpoint} answered 200 with an error: {words}"
        raise RefusedAnswer(FailureCode.MODEL_FAILED, detail)
    detail = f"{FailureCode.NOT_A_COMPLETION.sentence}; it says: {words}"
    raise RefusedAnswer(FailureCode.NOT_A_COMPLETION, detail)


def _error_inside(answer: dict[str, Any]) -> object:
    """What says that an answer is an error; None if nothing does."""
    choices = answer.get("choices")
    if not choices:
        has_words = "choices" not in answer and find_reason(answer, "")
        return answer.get("error") or (answer if has_words else None)
    choice = choices[0] if isinstance(choices, list) else None
    if not isinstance(choice, dict):
        return None
    is_failed = str(choice.get("finish_reason")).lower() == "error"
    error = choice.get("error") or (answer.get("error") if is_failed else None)
    return error or ("error" if is_failed else None)


def _status_in(error: object) -> int | None:
    """The HTTP status that an error names, as a number or by its name."""
    if not isinstance(error, dict):
        return None
    for name in _NAMES_OF_STATUSES:
        value = error.get(name)
        if isinstance(value, bool):
            continue
        if isinstance(value, int) or (isinstance(value, str) and value.isdecimal()):
            status = int(value) if len(str(value)) == 3 else 0
        else:
            status = _STATUSES.get(str(value).lower(), 0)
        if 400 <= status < 600:
            return status
    inner = error.get("error")
    return _status_in(inner) if isinstance(inner, dict) else None


def _status_beside(answer: dict[str, Any]) -> int | None:
    """The HTTP status that an answer names beside an error that is words only."""
    if not answer.get("error"):
        return None
    return _status_in({name: answer.get(name) for name in _NAMES_OF_STATUSES})


def classify_status(
    error: APIStatusError, endpoint: Endpoint
) -> TransientFailure | RequestFailed | PermanentFailure:
    """What an answer with a status of 300 or more means; redirects are not followed."""
    to = error.response.headers.get("location")
    if to and 300 <= error.status_code < 400:
        reason = f"it redirects to {to}; if that is meant, put it into {endpoint.url_name}"
    else:
        reason = find_reason(error.body, endpoint.no_reason)
    reason = _shorten(reason, endpoint)
    words = f"{endpoint} answered {error.status_code}: {reason}"
    wait_s = _wait_s(error.response.headers, error.body)
    return _with_body(_failure(error.status_code, words, wait_s, endpoint), error.body)


def _with_body(failure: Failed, body: object) -> Failed:
    if isinstance(failure, RequestFailed | RefusedRequest):
        failure.body = body
    return failure


def _failure(
    status: int, words: str, wait_s: float | None, endpoint: Endpoint
) -> TransientFailure | RequestFailed | PermanentFailure:
    if status == 429 or (wait_s is not None and status >= 500):
        return TransientFailure(words, wait_s, code=FailureCode.MODEL_LIMITS_RATE)
    if status in _FAILED or status >= 500:
        return RequestFailed(FailureCode.MODEL_FAILED, words)
    if status in (401, 403):
        return RefusedRequest(
            FailureCode.MODEL_REFUSED_AUTHENTICATION, f"{words}; {endpoint.key_advice}"
        )
    if status == 402:
        return PermanentFailure(FailureCode.MODEL_WANTS_PAYMENT, words)
    refused = RefusedRequest(FailureCode.MODEL_REFUSED_REQUEST, words)
    refused.status = status
    return refused


def _wait_s(headers: Mapping[str, str], error: object) -> float | None:
    """Seconds until the next try, as a server asks for in headers or in its error."""
    milliseconds = failures.retry_after_s(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    wait_s = failures.retry_after_s(headers.get("retry-after"))
    if wait_s is None and isinstance(error, dict):
        asked = error.get("retry_after") or error.get("retry_after_seconds")
        return failures.retry_after_s(str(asked)) if asked else None
    return wait_s


def find_reason(body: object, otherwise: str = "no reason given; check OPENAI_BASE_URL") -> str:
    """A server's own words, wherever its body has them, on one line."""
    return " ".join(_words_in(body, _DEEPEST).split()) or otherwise


def _words_in(body: object, depth: int) -> str:
    if not depth or body is None or isinstance(body, bool):
        return ""
    if isinstance(body, dict):
        return _words_of_object(body, depth)
    if isinstance(body, list):
        found = (_words_in(item, depth - 1) for item in body[:3])
        return "; ".join(filter(None, found))
    return _plain(body) if isinstance(body, str) else ""


def _words_of_object(body: dict[str, Any], depth: int) -> str:
    found = (_words_in(body.get(name), depth - 1) for name in _NAMES_OF_REASONS)
    words = next(filter(None, found), "")
    place, metadata = body.get("loc"), body.get("metadata")
    if words and isinstance(place, list):
        # FastAPI: which field of the request it is about.
        return f"{'.'.join(map(str, place))}: {words}"
    if isinstance(metadata, dict) and metadata.get("raw"):
        # OpenRouter: what its provider said.
        return f"{words}: {_raw_words(metadata['raw'], depth)}"
    return words


def _raw_words(raw: object, depth: int) -> str:
    if isinstance(raw, str):
        try:
            raw = json.loads(raw)
        except (ValueError, RecursionError):
            return _plain(str(raw))
    return _words_in(raw, depth - 1)


def _plain(text: str) -> str:
    """Words of a body that is no JSON: the title of a page of HTML, else all of it without tags."""
    text = text[:_LONGEST_BODY]
    if not re.match(r"\s*<(?:!doctype|html|head|body|h1|title|\?xml)", text, re.IGNORECASE):
        return text
    title = re.search(r"<title[^>]*>([^<]+)", text, re.IGNORECASE)
    return title[1] if title else re.sub(r"<[^<>]*>", " ", text)


def _shorten(words: str, endpoint: Endpoint) -> str:
    return endpoint.hide_secrets(words)[:_LONGEST_REASON]


def classify_transport(error: Exception, endpoint: Endpoint) -> TransientFailure | RequestFailed:
    """What no answer means: nothing listens, it took too long, or it was broken off."""
    cause = error.__cause__ if isinstance(error, APIConnectionError) else error
    words = _shorten(str(cause or error) or type(cause or error).__name__, endpoint)
    if isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.UnsupportedProtocol):
        code = FailureCode.MODEL_UNREACHABLE
        return TransientFailure(f"{endpoint} cannot be reached: {words}", code=code)
    if isinstance(cause, httpx2.TimeoutException) or isinstance(error, APITimeoutError):
        return timed_out(endpoint)
    return RequestFailed(FailureCode.ANSWER_BROKEN_OFF, f"{endpoint} broke its answer off: {words}")


def timed_out(endpoint: Endpoint) -> RequestFailed:
    """The failure of a call that took too long."""
    config = settings.current(settings.Model)
    return RequestFailed(
        FailureCode.MODEL_TIMED_OUT,
        f"{endpoint} took longer than the {config.model_timeout_s:g} s of a call, or the"
        f" {config.model_budget_s:g} s of all calls for a page;"
        " MODEL_TIMEOUT_S and MODEL_BUDGET_S raise them",
    )
