"""Files of prompts as they were before there were readers (prompts.yaml): still understood."""

from pathlib import Path
from typing import Any

#: Where such a file lay in a checkout.
PLACE = Path(__file__).parents[2] / "functions" / "llm" / "prompts.yaml"

_REQUIRED = {"model", "user", "temperatures"}
_KNOWN = {*_REQUIRED, "system", "describe", "max_tokens", "provider"}


def is_one(said: object) -> bool:
    """Whether this is a mapping of names to prompts with their models."""
    return (
        isinstance(said, dict)
        and bool(said)
        and all(isinstance(entry, dict) and entry.keys() >= _REQUIRED for entry in said.values())
    )


def as_readers(said: dict[str, dict[str, Any]], default: str) -> dict[str, Any]:
    """The same as a file of readers, whose `default` is the reader that is the default so far."""
    named = {default if name == "default" else name: entry for name, entry in said.items()}
    return {"readers": {name: _reader(entry, default) for name, entry in named.items()}}


def _reader(entry: dict[str, Any], default: str) -> dict[str, Any]:
    prompt = {name: entry[name] for name in ("system", "user", "describe") if name in entry}
    rest = {name: value for name, value in entry.items() if name not in _KNOWN}
    numbers = ("model", "max_tokens", "temperatures")
    kept: dict[str, Any] = {name: entry[name] for name in numbers if name in entry}
    provider = entry.get("provider")
    return {
        "like": default,
        **kept,
        "prompt": prompt,
        "parameters": {"provider": provider} if provider else {},
        **rest,
    }
