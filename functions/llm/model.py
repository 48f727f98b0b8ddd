"""One call of an OpenAI-compatible model."""

import json
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, replace

import httpx2

from functions.llm import (
    abilities,
    chat_requests,
    model_calls,
    model_errors,
    openai_client,
    readers,
)
from functions.llm.abilities import NOTHING_KNOWN, Abilities
from functions.llm.budgets import NoMoneyLeft
from functions.llm.model_calls import Pay, Spent, count_nothing
from functions.llm.model_errors import RefusedRequest, RequestFailed
from functions.llm.readers import Endpoint, Request
from functions.llm.readings import Reading, RefusedAnswer
from lector.domain.doubts import DoubtCode
from lector.domain.failure_codes import FailureCode
from lector.runtime import settings
from lector.runtime.failures import CodedFailure, PermanentFailure, TransientFailure

_LARGEST_BODY = 4 * 1024 * 1024

Check = Callable[[str], str | None]
"""What speaks against a text, for people; None if nothing does."""


@dataclass(frozen=True)
class Transcription:
    """A reading, how many calls it took, and how many seconds all of them took."""

    reading: Reading
    attempts: int
    read_s: float

    @property
    def spent(self) -> Spent:
        """What all of its calls took."""
        tokens = self.reading.prompt_tokens, self.reading.completion_tokens
        return Spent(model_calls.Usage(*tokens, self.reading.cost_usd), self.attempts, self.read_s)


class NoAcceptableAnswer(PermanentFailure):
    """Every answer about an image was refused; `spent` is what they took."""

    def __init__(self, last: CodedFailure, spent: Spent) -> None:
        tries = f"{spent.attempts} attempt{'' if spent.attempts == 1 else 's'}"
        super().__init__(last.code, f"no acceptable answer in {tries}: {last.detail}")
        self.spent = spent
        self.reason = last.detail

    def locate(self, number: int, count: int) -> None:
        """Say about which piece of an image it was, if there are several."""
        if count > 1:
            self.detail = f"piece {number} of {count}: {self.detail}"
            self.reason = f"piece {number} of {count}: {self.reason}"


def transcribe(
    request: Request,
    image: bytes,
    config: settings.Model,
    check: Check | None = None,
    until: float | None = None,
    pay: Pay = count_nothing,
) -> Transcription:
    """Have the model read an image: an answer for each of the request's temperatures at most.

    An answer that `check` has something against is refused. `until` is when the calls end, of the
    monotonic clock. Tokens and cost are those of all calls, as refused answers are paid for, too;
    each is made in `pay`.
    A call that the endpoint refuses for a parameter is made again without it (`abilities`).

    Raises:
        TransientFailure: nothing listens at the endpoint, or it limits the rate; its code says so.
        RequestFailed: the endpoint fails, breaks off, or takes longer than a call, or all calls
            for a page, may.
        NoAcceptableAnswer: none of the answers was.
        PermanentFailure: the endpoint refuses the request.
        NoMoneyLeft: `pay` has refused a call.

    """
    began = time.monotonic()
    until = began + config.model_budget_s if until is None else until
    calls = _Calls(request, image, pay)
    last = RefusedAnswer(FailureCode.EMPTY_ANSWER)
    for temperature in request.temperatures:
        deadline = min(until, time.monotonic() + config.model_timeout_s)
        try:
            reading = calls.read(temperature, deadline, check)
            return Transcription(reading, calls.count, time.monotonic() - began)
        except RefusedAnswer as refused:
            last = refused
            if refused.code == FailureCode.ANSWER_CUT_OFF:
                calls.ask_for_more()
        except (CodedFailure, TransientFailure, NoMoneyLeft):
            # What the page carries is at hand: nobody waits, or pays, to have the same said again.
            if last.code != DoubtCode.DIFFERS_FROM_LAYER:
                raise
            break
    raise NoAcceptableAnswer(last, Spent(calls.usage, calls.count, time.monotonic() - began))


class _Calls:
    """The calls about one image: how many there were, and what their answers took."""

    def __init__(self, request: Request, image: bytes, pay: Pay) -> None:
        self.count, self.usage = 0, model_calls.NO_USAGE
        self._request, self._image, self._pay = request, image, pay
        self._limit_holds = True

    def ask_for_more(self) -> None:
        """Have the next answer be twice as long, where the endpoint takes that.

        How many tokens it takes may have been learnt of a larger image: it is asked once more.
        """
        self._request = replace(self._request, max_tokens=self._request.max_tokens * 2)
        self._limit_holds = False

    def read(self, temperature: float, deadline: float, check: Check | None) -> Reading:
        """An acceptable answer, with the usage of all calls so far; raises as `transcribe`."""
        known = abilities.MEMORY.of(self._request)
        if not self._limit_holds:
            known = replace(known, most_tokens=None)
        while True:
            sent = chat_requests.sent_with(self._request, known)
            self.count += 1
            try:
                return self._call(temperature, deadline, known, check)
            except (RefusedRequest, RequestFailed) as refused:
                # Each time something is given up that was sent, so this ends.
                learnt = abilities.adapt(self._request, known, sent, model_errors.body_of(refused))
                if learnt is None:
                    raise
                known = learnt
            except NoMoneyLeft:
                self.count -= 1  # it was not made
                raise

    def _call(
        self, temperature: float, deadline: float, known: Abilities, check: Check | None
    ) -> Reading:
        request = self._request
        tokens = known.tokens(request)
        with (
            self._pay(request, tokens) as paid,
            model_calls.trace_call(request, temperature, tokens) as call,
        ):
            call.answer = request_completion(request, temperature, self._image, deadline, known)
            call.usage = model_calls.add_cost(model_calls.parse_usage(call.answer), request.prices)
            paid.usage = call.usage
            self.usage += call.usage
            from functions.llm.answers import parse_answer  # noqa: PLC0415 - as `checks` says

            reading = replace(parse_answer(call.answer, request.model, tokens), **vars(self.usage))
            _compare(reading, check)
        return reading


def _compare(reading: Reading, check: Check | None) -> None:
    if check and (reason := check(reading.text)):
        code = DoubtCode.DIFFERS_FROM_LAYER
        raise RefusedAnswer(code, f"{code.sentence}: {reason}")


def request_completion(
    request: Request,
    temperature: float,
    image: bytes,
    deadline: float,
    known: Abilities = NOTHING_KNOWN,
) -> object:
    """Make one call, and return its answer as decoded JSON; `deadline` is of the monotonic clock.

    Raises:
        TransientFailure, RequestFailed, PermanentFailure: as `transcribe`.
        RefusedAnswer: it is not JSON, too large, or an error without a code.

    """
    timeout_s = max(0.1, deadline - time.monotonic())
    endpoint = request.endpoint
    client = readers.client(endpoint)
    try:
        with closing(
            client.post(
                "/chat/completions",
                content=chat_requests.body(request, temperature, image, known),
                cast_to=httpx2.Response,
                options={"headers": _headers(endpoint, timeout_s), "timeout": timeout_s},
            )
        ) as response:
            body = _read_body(response.iter_bytes(), deadline, endpoint)
            headers = response.headers
    except openai_client.APIStatusError as error:
        # Without its cause, which a log would show: a provider may quote what it was sent.
        raise model_errors.classify_status(error, endpoint) from None
    except (openai_client.APIConnectionError, httpx2.TransportError) as error:
        raise model_errors.classify_transport(error, endpoint) from error
    answer = _decode(body, endpoint)
    model_errors.check_error_inside(answer, headers, endpoint)
    return answer


def _headers(endpoint: Endpoint, timeout_s: float) -> dict[str, str | openai_client.Omit]:
    # RFC 7240, 4.3: the embedded reader begins nothing that nobody waits for, and says so before
    # the time is over.
    headers: dict[str, str | openai_client.Omit] = {"Prefer": f"wait={max(1, int(timeout_s) - 2)}"}
    if not endpoint.takes_bearer:
        headers["Authorization"] = openai_client.Omit()
    # How the client is told to leave the answer's body to be read by whoever asked.
    return {**headers, "X-Stainless-Raw-Response": "stream"}


def _decode(body: bytes, endpoint: Endpoint) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        said = model_errors.find_reason(body[:2000].decode(errors="replace"), "it is empty")
        words = endpoint.hide_secrets(said)[:200]
        address = endpoint.url_name
        detail = f"the model endpoint's answer is not JSON; check {address}: {words}"
        raise RefusedAnswer(FailureCode.NOT_A_COMPLETION, detail) from error


def _read_body(chunks: Iterable[bytes], deadline: float, endpoint: Endpoint) -> bytes:
    """A whole body by the deadline: the client's timeout bounds each read, not their sum."""
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if time.monotonic() > deadline:
            raise model_errors.timed_out(endpoint)
        if len(body) > _LARGEST_BODY:
            raise RefusedAnswer(FailureCode.ANSWER_TOO_LARGE)
    return bytes(body)
