"""One call of an OpenAI-compatible model, and what its errors mean."""

import base64
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

import httpx2
import openai
from openai import OpenAI
from openai.types.chat import ChatCompletionMessageParam

from functions.llm import model_calls, usage
from functions.llm.answers import Reading, RefusedAnswer, accepted
from functions.llm.prompts import Prompt
from lector.runtime import failures, settings
from lector.runtime.failures import PermanentFailure, TransientFailure

_NOT_NOW = {408, 409, 425, 429}
_LARGEST_BODY = 4 * 1024 * 1024


@dataclass(frozen=True)
class Answered:
    """A reading, how many calls it took, and how many seconds all of them did."""

    reading: Reading
    attempts: int
    read_s: float


def read(client: OpenAI, prompt: Prompt, jpeg: bytes, config: settings.Model) -> Answered:
    """The text on a page image: as many calls as the prompt has temperatures, at the most.

    Tokens and cost are those of all calls, as refused answers are paid for, too.

    Raises:
        TransientFailure: the endpoint cannot be reached, is overloaded, limits the rate, or takes
            longer than a call, or all calls for a page, may.
        PermanentFailure: it refuses the request, or no answer was acceptable.

    """
    began = time.monotonic()
    until = began + config.model_budget_s
    spent = usage.NOTHING
    for attempt, temperature in enumerate(prompt.temperatures, 1):
        deadline = min(until, time.monotonic() + config.model_timeout_s)
        try:
            with model_calls.observed(prompt, temperature, config.openai_base_url) as call:
                call.answer = _asked(client, prompt, temperature, jpeg, deadline)
                call.spent = usage.priced(usage.told(call.answer), config)
                spent += call.spent
                reading = replace(accepted(call.answer, prompt.model), **vars(spent))
            return Answered(reading, attempt, time.monotonic() - began)
        except RefusedAnswer as refused:
            last = refused
            if refused.code == "answer_cut_off":
                prompt = replace(prompt, max_tokens=prompt.max_tokens * 2)
    tries = len(prompt.temperatures)
    raise PermanentFailure(last.code, f"no acceptable answer in {tries} attempts: {last.detail}")


def _asked(
    client: OpenAI, prompt: Prompt, temperature: float, jpeg: bytes, deadline: float
) -> object:
    """One call's answer as decoded JSON."""
    try:
        with client.chat.completions.with_streaming_response.create(
            model=prompt.model,
            messages=_messages(prompt, jpeg),
            max_tokens=prompt.max_tokens,
            temperature=temperature,
            extra_body={"provider": prompt.provider} if prompt.provider else None,
            timeout=max(0.1, deadline - time.monotonic()),
        ) as response:
            return json.loads(_body(response.iter_bytes(), deadline))
    except openai.APIStatusError as error:
        # Without its cause, which a log would show: a provider's words may repeat what it was sent.
        raise _refusal(error, client.api_key) from None
    except (openai.APIConnectionError, httpx2.TransportError) as error:
        raise TransientFailure(f"the model endpoint cannot be reached: {error}") from error
    except (ValueError, RecursionError) as error:
        detail = "the model endpoint's answer is not JSON; check OPENAI_BASE_URL"
        raise RefusedAnswer("not_a_completion", detail) from error


def _body(chunks: Iterable[bytes], deadline: float) -> bytes:
    """A whole body by the deadline: a time-out of the client bounds each read, not their sum."""
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if time.monotonic() > deadline:
            raise TransientFailure("the model did not finish its answer in time")
        if len(body) > _LARGEST_BODY:
            raise RefusedAnswer("answer_too_large", "the answer is larger than any page's text")
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


def _refusal(error: openai.APIStatusError, api_key: str) -> TransientFailure | PermanentFailure:
    status = error.status_code
    if status in _NOT_NOW or status >= 500:
        wait_s = failures.retry_after_s(error.response.headers.get("retry-after"))
        return TransientFailure(f"the model endpoint answered {status}", wait_s)
    if status in (401, 403):
        return PermanentFailure(
            "model_refused_authentication",
            f"the model endpoint refused the credentials ({status}); check OPENAI_API_KEY",
        )
    if status == 402:
        return PermanentFailure("model_wants_payment", "the model provider's account has no credit")
    reason = _reason(error).replace(api_key, "…")[:300]
    return PermanentFailure(
        "model_refused_request", f"the model endpoint answered {status}: {reason}"
    )


def _reason(error: openai.APIStatusError) -> str:
    body = error.body
    message = body.get("message") if isinstance(body, dict) else None
    return str(message or "no reason given; check OPENAI_BASE_URL")
