"""What a model's answers took: tokens, and money where that is known."""

from dataclasses import dataclass, replace
from typing import Any

from lector.runtime import settings

_LARGEST = 2**31 - 1


@dataclass(frozen=True)
class Usage:
    """What answers took, each figure None where nobody knows."""

    prompt_tokens: int | None
    completion_tokens: int | None
    cost_usd: float | None

    def __add__(self, other: "Usage") -> "Usage":
        """Of both; what is not known of one is not known of both."""
        return Usage(
            _sum(self.prompt_tokens, other.prompt_tokens),
            _sum(self.completion_tokens, other.completion_tokens),
            _sum(self.cost_usd, other.cost_usd),
        )


NOTHING, UNKNOWN = Usage(0, 0, 0.0), Usage(None, None, None)


def told(answer: object) -> Usage:
    """What an answer, given as decoded JSON, says it took; `cost` is in USD, as OpenRouter's is."""
    said = answer.get("usage") if isinstance(answer, dict) else None
    said = said if isinstance(said, dict) else {}
    return Usage(
        prompt_tokens=_number(said.get("prompt_tokens"), int),
        completion_tokens=_number(said.get("completion_tokens"), int),
        cost_usd=_number(said.get("cost"), int, float),
    )


def priced(said: Usage, config: settings.Model) -> Usage:
    """With the cost by the configured prices, where the endpoint does not tell it."""
    prices = config.model_prompt_price_usd, config.model_completion_price_usd
    if said.cost_usd is not None or not any(prices):
        return said
    if said.prompt_tokens is None or said.completion_tokens is None:
        return said
    millionths = said.prompt_tokens * prices[0] + said.completion_tokens * prices[1]
    return replace(said, cost_usd=millionths / 1e6)


def _number(value: Any, *kinds: type) -> Any:
    right = isinstance(value, kinds) and not isinstance(value, bool)
    return value if right and 0 <= value <= _LARGEST else None


def _sum(one: Any, other: Any) -> Any:
    return None if one is None or other is None else one + other
