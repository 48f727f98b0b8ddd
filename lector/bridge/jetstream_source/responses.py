"""What a function's HTTP answer means for the message: the one table of the JetStream source.

| answer                                | the message                                       |
|---------------------------------------|---------------------------------------------------|
| 200 with a CloudEvent                 | reply published, PubAck awaited, then acked       |
| 202 or 204, empty body                | acked                                             |
| 400, 422 and other 4xx                | dead-lettered (PubAck awaited), then terminated   |
| 404, 408, 409, 425, 429, 503          | back with a delay; not a failure                  |
| 503 with `scope` "event"              | the same, and no fewer slots for others           |
| nothing listens at the address        | back with a delay; not a failure                  |
| other 5xx, time-out, broken off, else | back with a delay; dead-lettered at the limit     |
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from lector.bridge.http_client import RequestError, UnreachableError
from lector.bridge.jetstream import nats_cloudevents
from lector.domain.failure_codes import FailureCode
from lector.runtime import cloudevents, failures
from lector.runtime.failures import MalformedEvent, clean

NOT_NOW = {404, 408, 409, 425, 429, 503}
_LONGEST_WAIT_S = 60.0


class Verdict(enum.Enum):
    """What becomes of a delivered message."""

    DONE = "done"
    PERMANENT = "permanent"
    NOT_NOW = "not now"
    NOT_THIS_NOW = "not this now"
    FAILED = "failed"


@dataclass(frozen=True)
class Answer:
    """A verdict with what it rests on. `code` and `detail` as in a failure."""

    verdict: Verdict
    code: str = ""
    detail: str = ""
    retry_after_s: float = 0.0
    replies: tuple[nats_cloudevents.Message, ...] = ()


class Response(Protocol):
    """An HTTP answer; names of headers are found in upper and lower case."""

    @property
    def status_code(self) -> int:
        """Its status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Its headers."""

    @property
    def content(self) -> bytes:
        """Its body."""

    def json(self) -> Any:
        """Its body as JSON; `ValueError` if it is none."""


def classify_response(response: Response) -> Answer:
    """The meaning of a response."""
    status = response.status_code
    if status == 200 and cloudevents.is_event(response.headers):
        return _parse_reply(response)
    if status in (202, 204) and not response.content:
        return Answer(Verdict.DONE)
    code, detail, scope = _parse_problem(response)
    if status in NOT_NOW:
        verdict = Verdict.NOT_THIS_NOW if scope == "event" else Verdict.NOT_NOW
        return Answer(verdict, code, detail, _retry_after_s(response))
    if 400 <= status < 500:
        return Answer(Verdict.PERMANENT, code, detail)
    return Answer(Verdict.FAILED, code, detail)


def classify_error(error: RequestError) -> Answer:
    """The meaning of no response: before the request was sent, or after."""
    if isinstance(error, UnreachableError):
        return Answer(Verdict.NOT_NOW, FailureCode.UNREACHABLE, str(error))
    return request_failed(str(error))


def request_failed(detail: str) -> Answer:
    """The meaning of a request that was sent and got no answer: it may have been at fault."""
    return Answer(Verdict.FAILED, FailureCode.BROKEN_OFF, f"the function did not answer ({detail})")


def _parse_reply(response: Response) -> Answer:
    try:
        replies = nats_cloudevents.from_request(response.headers, response.content)
    except MalformedEvent as error:
        return Answer(Verdict.FAILED, FailureCode.MALFORMED_REPLY, str(error))
    if any(len(reply.body) > nats_cloudevents.MAX_EVENT_BYTES for reply in replies):
        code = FailureCode.REPLY_TOO_LARGE
        return Answer(Verdict.FAILED, code, code.sentence)
    return Answer(Verdict.DONE, replies=tuple(replies))


def _parse_problem(response: Response) -> tuple[str, str, str]:
    """The code, detail and scope of a problem document; what they lack has a default."""
    try:
        body = response.json()
        code, detail = clean(str(body["code"])), clean(str(body["detail"]))
        scope = str(body.get("scope", ""))
    except (ValueError, KeyError, TypeError):
        code, detail, scope = "", "", ""
    default = f"the function answered {response.status_code}"
    return code or FailureCode.UNEXPECTED_ANSWER, detail or default, scope


def _retry_after_s(response: Response) -> float:
    wait_s = failures.retry_after_s(response.headers.get("retry-after"))
    return min(wait_s or 0.0, _LONGEST_WAIT_S)
