"""What is seen of a call of the model: its span and metrics, named as conventions for GenAI do."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from functions.llm import usage
from functions.llm.prompts import Prompt
from functions.llm.usage import Usage
from lector.telemetry import metrics, tracing

_LONGEST = 200


@dataclass
class Call:
    """A call under way: its answer as decoded JSON, and what it took, once they are known."""

    answer: object = None
    spent: Usage = usage.UNKNOWN


@contextmanager
def observed(prompt: Prompt, temperature: float, base_url: str) -> Iterator[Call]:
    """One call, and whether its answer was acceptable: what refuses it is raised in the block."""
    call, began = Call(), time.perf_counter()
    labels = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": prompt.model,
        **tracing.server(base_url),
    }
    asked = {
        "gen_ai.request.temperature": temperature,
        "gen_ai.request.max_tokens": prompt.max_tokens,
    }
    with tracing.call(f"chat {prompt.model}", {**labels, **asked}) as span:
        try:
            yield call
        except Exception as error:
            labels["error.type"] = tracing.code_of(error)
            raise
        finally:
            span.set_attributes(_told(call))
            metrics.MODEL_CALLS.record(time.perf_counter() - began, labels)
            _count(call.spent, prompt.model)


def _told(call: Call) -> dict[str, str | float | list[str]]:
    answer = call.answer if isinstance(call.answer, dict) else {}
    known: dict[str, str | float | None] = {
        "gen_ai.response.id": _text(answer.get("id")),
        "gen_ai.response.model": _text(answer.get("model")),
        "gen_ai.usage.input_tokens": call.spent.prompt_tokens,
        "gen_ai.usage.output_tokens": call.spent.completion_tokens,
        "lector.cost_usd": call.spent.cost_usd,
    }
    return {
        **{name: value for name, value in known.items() if value is not None},
        "gen_ai.response.finish_reasons": list(_finish_reasons(answer)),
    }


def _finish_reasons(answer: dict[str, object]) -> Iterator[str]:
    choices = answer.get("choices")
    for choice in choices if isinstance(choices, list) else []:
        reason = _text(choice.get("finish_reason")) if isinstance(choice, dict) else None
        if reason:
            yield reason


def _text(value: object) -> str | None:
    """What a model says of itself, which may be anything, as long as it is a short text."""
    return value[:_LONGEST] if isinstance(value, str) else None


def _count(spent: Usage, model: str) -> None:
    labels = {"gen_ai.request.model": model}
    for kind, tokens in (("input", spent.prompt_tokens), ("output", spent.completion_tokens)):
        if tokens is not None:
            metrics.TOKENS.record(tokens, {**labels, "gen_ai.token.type": kind})
    if spent.cost_usd is not None:
        metrics.COST.add(spent.cost_usd, labels)
