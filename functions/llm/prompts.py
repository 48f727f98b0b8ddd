"""Named prompts from prompts.yaml."""

import json
from dataclasses import asdict, dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from lector.domain.failure_codes import FailureCode
from lector.runtime import settings
from lector.runtime.failures import LectorError, PermanentFailure


class UnknownPrompt(LectorError):
    """MODEL_PROMPT names a prompt that prompts.yaml does not have."""


@dataclass(frozen=True)
class Prompt:
    """What is asked of which model, and how often: once for each temperature.

    `describe` is what `user` gets where pictures and charts are wanted in words.
    """

    model: str
    system: str
    user: str
    max_tokens: int
    temperatures: tuple[float, ...]
    provider: dict[str, Any] | None = None
    describe: str = ""

    @property
    def version(self) -> str:
        """Changes with every word and parameter that is sent but the model: a hash, in hex."""
        return _digest({**asdict(self), "model": None, "describe": None})

    def cache_key(self, image_sha256: str, tenant: str) -> str:
        """The key under which a tenant's accepted answer about this image is kept."""
        return _digest([image_sha256, self.model, self.version, tenant])


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
    """The prompt that this process is configured to use."""
    config = settings.current(settings.Model)
    return load(Path(__file__).with_name("prompts.yaml"), config.model_prompt, config.openai_model)


def choose(
    instructions: str | None = None,
    model: str | None = None,
    language: str | None = None,
    *,
    describe: bool = False,
) -> Prompt:
    """The current prompt, changed as somebody wants it for a page.

    `instructions` replace the prompt's own; `language` (BCP 47) is added to them, and with
    `describe` that pictures and charts are wanted in words, marked as [Picture: …] and [Chart: …].

    Raises:
        PermanentFailure: the model is not among those that may be chosen.

    """
    prompt = current()
    if model and model != prompt.model:
        _check_model(model)
        prompt = replace(prompt, model=model)
    if instructions:
        prompt = replace(prompt, user=instructions)
    if describe:
        prompt = replace(prompt, user=f"{prompt.user}\n{prompt.describe}".rstrip())
    if language:
        user = f"{prompt.user}\nThe language of the page is {language} (BCP 47)."
        prompt = replace(prompt, user=user)
    return prompt


def _check_model(model: str) -> None:
    choices = settings.current(settings.Model).model_choices.split(",")
    if "*" not in choices and model not in choices:
        detail = f"the model {model} may not be chosen here; MODEL_CHOICES lists those that may"
        raise PermanentFailure(FailureCode.MODEL_NOT_ALLOWED, detail)


def _digest(value: object) -> str:
    return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
