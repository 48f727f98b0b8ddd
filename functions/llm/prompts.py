"""Named prompts from prompts.yaml."""

import json
from dataclasses import asdict, dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from lector import settings
from lector.failures import LectorError


class UnknownPrompt(LectorError):
    """MODEL_PROMPT names a prompt that prompts.yaml does not have."""


@dataclass(frozen=True)
class Prompt:
    """What is asked of which model, and with what patience."""

    model: str
    system: str
    user: str
    max_tokens: int
    temperatures: tuple[float, ...]
    provider: dict[str, Any] | None = None

    @property
    def version(self) -> str:
        """Changes with every word and parameter but the model: a hash, in hexadecimal."""
        return _digest({**asdict(self), "model": None})

    def cache_key(self, image_sha256: str) -> str:
        """Under which an accepted answer to this prompt about this image is kept."""
        return _digest([image_sha256, self.model, self.version])


def load(path: Path, name: str, model: str = "") -> Prompt:
    """The prompt of this name, with its model replaced if `model` is given."""
    entries = yaml.safe_load(path.read_text())
    if name not in entries:
        raise UnknownPrompt(f"MODEL_PROMPT is {name!r}; prompts.yaml has {', '.join(entries)}")
    entry = entries[name]
    prompt = Prompt(**{**entry, "temperatures": tuple(entry["temperatures"])})
    return replace(prompt, model=model) if model else prompt


@cache
def current() -> Prompt:
    """The prompt that this process was told to use."""
    config = settings.current(settings.Model)
    return load(Path(__file__).with_name("prompts.yaml"), config.model_prompt, config.openai_model)


def _digest(value: object) -> str:
    return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
