"""One call of an OpenAI-compatible model."""

import base64
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import httpx2
import openai
from openai import OpenAI
from openai.types.chat import ChatCompletionMessageParam

from functions.llm import model_calls, model_errors
from functions.llm.answers import Reading, RefusedAnswer, parse_answer
from functions.llm.model_calls import Spent
from functions.llm.prompts import Prompt
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
    client: OpenAI,
    prompt: Prompt,
    jpeg: bytes,
    config: settings.Model,
    check: Check | None = None,
    until: float | None = None,
) -> Transcription:
    """Have the model read an image; at most one call for each of the prompt's temperatures.

    An answer that `check` has something against is refused. `until` is when the calls end, of the
    monotonic clock. Tokens and cost are those of all calls, as refused answers are paid for, too.

    Raises:
        TransientFailure: nothing listens at the endpoint, or it limits the rate; its code says so.
        RequestFailed: the endpoint fails, breaks off, or takes longer than a call, or all calls
            for a page, may.
        NoAcceptableAnswer: none of the answers was.
        PermanentFailure: the endpoint refuses the request.

    """
    began = time.monotonic()
    until = began + config.model_budget_s if until is None else until
    usage, last, attempt = model_calls.NO_USAGE, RefusedAnswer(FailureCode.EMPTY_ANSWER), 0
    for attempt, temperature in enumerate(prompt.temperatures, 1):
        deadline = min(until, time.monotonic() + config.model_timeout_s)
        try:
            with model_calls.trace_call(prompt, temperature, config.openai_base_url) as call:
                call.answer = request_completion(client, prompt, temperature, jpeg, deadline)
                call.usage = model_calls.add_cost(model_calls.parse_usage(call.answer), config)
                usage += call.usage
                reading = replace(parse_answer(call.answer, prompt.model), **vars(usage))
                _compare(reading, check)
            return Transcription(reading, attempt, time.monotonic() - began)
        except RefusedAnswer as refused:
            last = refused
            if refused.code == FailureCode.ANSWER_CUT_OFF:
                prompt = replace(prompt, max_tokens=prompt.max_tokens * 2)
        except (CodedFailure, TransientFailure):
            # What the page carries is at hand: nobody waits, or pays, to have the same said again.
            if last.code != DoubtCode.DIFFERS_FROM_LAYER:
                raise
            break
    raise NoAcceptableAnswer(last, Spent(usage, attempt, time.monotonic() - began))


def _compare(reading: Reading, check: Check | None) -> None:
    if check and (reason := check(reading.text)):
        code = DoubtCode.DIFFERS_FROM_LAYER
        raise RefusedAnswer(code, f"{code.sentence}: {reason}")


def request_completion(
    client: OpenAI, prompt: Prompt, temperature: float, jpeg: bytes, deadline: float
) -> object:
    """Make one call, and return its answer as decoded JSON; `deadline` is of the monotonic clock.

    Raises:
        TransientFailure, RequestFailed, PermanentFailure: as `transcribe`.
        RefusedAnswer: it is not JSON, too large, or an error without a code.

    """
    timeout_s = max(0.1, deadline - time.monotonic())
    try:
        with client.chat.completions.with_streaming_response.create(
            model=prompt.model,
            messages=_messages(prompt, jpeg),
            max_tokens=prompt.max_tokens,
            temperature=temperature,
            extra_body={"provider": prompt.provider} if prompt.provider else None,
            timeout=timeout_s,
            # RFC 7240, 4.3: the embedded reader begins nothing that nobody waits for, and says so
            # before the time is over.
            extra_headers={"Prefer": f"wait={max(1, int(timeout_s) - 2)}"},
        ) as response:
            body = _read_body(response.iter_bytes(), deadline)
            headers = response.headers
    except openai.APIStatusError as error:
        # Without its cause, which a log would show: a provider may quote what it was sent.
        raise model_errors.classify_status(error, client.api_key) from None
    except (openai.APIConnectionError, httpx2.TransportError) as error:
        raise model_errors.classify_transport(error) from error
    answer = _decode(body)
    model_errors.check_error_inside(answer, headers, client.api_key)
    return answer


def _decode(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        words = model_errors.find_reason(body[:2000].decode(errors="replace"), "it is empty")
        detail = f"the model endpoint's answer is not JSON; check OPENAI_BASE_URL: {words[:200]}"
        raise RefusedAnswer(FailureCode.NOT_A_COMPLETION, detail) from error


def _read_body(chunks: Iterable[bytes], deadline: float) -> bytes:
    """A whole body by the deadline: the client's timeout bounds each read, not their sum."""
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if time.monotonic() > deadline:
            raise model_errors.timed_out()
        if len(body) > _LARGEST_BODY:
            raise RefusedAnswer(FailureCode.ANSWER_TOO_LARGE)
    return bytes(body)


def _messages(prompt: Prompt, jpeg: bytes) -> list[ChatCompletionMessageParam]:
    image_url = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
    return [
        {"role": "system", "content": prompt.system},
        {
            "role": "user",
            "content": [
                {"type": "image_url", "image_url": {"url": image_url}},
                {"type": "text", "text": prompt.user},
            ],
        },
    ]
