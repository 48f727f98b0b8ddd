"""What a call of the model takes (tokens, money), and what is seen of it: its span and metrics.

Spans and metrics are named as OpenTelemetry's conventions for generative AI have it.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from functions.llm.readers import Request
from lector.domain.reader_catalogue import Prices
from lector.runtime.database import LARGEST_INTEGER
from lector.telemetry import metrics, tracing

_LONGEST_TEXT = 200


@dataclass(frozen=True)
class Usage:
    """What answers took, each figure None where nobody knows."""

    prompt_tokens: int | None
    completion_tokens: int | None
    cost_usd: float | None

    def __add__(self, other: "Usage") -> "Usage":
        """Of both; what is not known of one is not known of both."""
        return Usage(
            _add(self.prompt_tokens, other.prompt_tokens),
            _add(self.completion_tokens, other.completion_tokens),
            _add(self.cost_usd, other.cost_usd),
        )


NO_USAGE, UNKNOWN_USAGE = Usage(0, 0, 0.0), Usage(None, None, None)


@dataclass(frozen=True)
class Spent:
    """What reading took: its usage, how many calls, and how many seconds all of them took."""

    usage: Usage = NO_USAGE
    attempts: int = 0
    read_s: float = 0.0

    def __add__(self, other: "Spent") -> "Spent":
        """Of both."""
        return Spent(
            self.usage + other.usage,
            self.attempts + other.attempts,
            self.read_s + other.read_s,
        )


def parse_usage(answer: object) -> Usage:
    """The usage in an answer, given as decoded JSON; `cost` is in USD, as OpenRouter's is."""
    members = answer.get("usage") if isinstance(answer, dict) else None
    members = members if isinstance(members, dict) else {}
    return Usage(
        prompt_tokens=_number(members.get("prompt_tokens"), int),
        completion_tokens=_number(members.get("completion_tokens"), int),
        cost_usd=_number(members.get("cost"), int, float),
    )


def add_cost(usage: Usage, prices: Prices | None) -> Usage:
    """The usage with its cost by the reader's prices, where the endpoint did not give one."""
    if usage.cost_usd is not None or prices is None:
        return usage
    if prices.is_free:
        return replace(usage, cost_usd=0.0)
    if usage.prompt_tokens is None or usage.completion_tokens is None:
        return usage
    millionths = usage.prompt_tokens * prices.prompt + usage.completion_tokens * prices.completion
    return replace(usage, cost_usd=millionths / 1e6)


def _number(value: Any, *kinds: type) -> Any:
    valid = isinstance(value, kinds) and not isinstance(value, bool)
    return value if valid and 0 <= value <= LARGEST_INTEGER else None


def _add(one: Any, other: Any) -> Any:
    return None if one is None or other is None else one + other


@dataclass
class Call:
    """A call under way: its answer as decoded JSON and its usage, once they are known."""

    answer: object = None
    usage: Usage = UNKNOWN_USAGE


Pay = Callable[[Request, int], AbstractContextManager[Call]]
"""What a call is made in, of a request with so many tokens at most: told of its usage, it counts
what the call costs, and it may refuse it."""


@contextmanager
def count_nothing(_: Request, __: int) -> Iterator[Call]:
    """A call of which nobody counts what it costs."""
    yield Call()


@contextmanager
def trace_call(request: Request, temperature: float, max_tokens: int) -> Iterator[Call]:
    """Record a call as a span and in metrics; an error raised in the block is its outcome."""
    call, began = Call(), time.perf_counter()
    labels = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": request.model,
        **tracing.server_attributes(request.endpoint.base_url),
    }
    parameters = {
        "gen_ai.request.temperature": temperature,
        "gen_ai.request.max_tokens": max_tokens,
    }
    with tracing.client_span(f"chat {request.model}", {**labels, **parameters}) as span:
        try:
            yield call
        except Exception as error:
            labels["error.type"] = tracing.error_code(error)
            raise
        finally:
            span.set_attributes(span_attributes(call))
            metrics.MODEL_CALLS.record(time.perf_counter() - began, labels)
            _count(call.usage, request.model)


def span_attributes(call: Call) -> dict[str, str | float | list[str]]:
    """What a span says of a call's answer and usage, as far as they are known."""
    answer = call.answer if isinstance(call.answer, dict) else {}
    attributes: dict[str, str | float | None] = {
        "gen_ai.response.id": _short_text(answer.get("id")),
        "gen_ai.response.model": _short_text(answer.get("model")),
        "gen_ai.usage.input_tokens": call.usage.prompt_tokens,
        "gen_ai.usage.output_tokens": call.usage.completion_tokens,
        "lector.cost_usd": call.usage.cost_usd,
    }
    return {
        **{name: value for name, value in attributes.items() if value is not None},
        "gen_ai.response.finish_reasons": list(_finish_reasons(answer)),
    }


def _finish_reasons(answer: dict[str, object]) -> Iterator[str]:
    choices = answer.get("choices")
    for choice in choices if isinstance(choices, list) else []:
        reason = _short_text(choice.get("finish_reason")) if isinstance(choice, dict) else None
        if reason:
            yield reason


def _short_text(value: object) -> str | None:
    """A text of the answer's, cut; None for any other value, as an endpoint may send anything."""
    return value[:_LONGEST_TEXT] if isinstance(value, str) else None


def _count(usage: Usage, model: str) -> None:
    labels = {"gen_ai.request.model": model}
    for kind, tokens in (("input", usage.prompt_tokens), ("output", usage.completion_tokens)):
        if tokens is not None:
            metrics.TOKENS.record(tokens, {**labels, "gen_ai.token.type": kind})
    if usage.cost_usd is not None:
        metrics.COST.add(usage.cost_usd, labels)
