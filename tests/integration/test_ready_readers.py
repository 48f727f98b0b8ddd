"""Each reader that comes with Lector, asked at a server that refuses what the real one refuses."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from functions.llm import model, readers
from lector.runtime import settings
from tests.support import providers
from tests.support.own_readers import SetVariables, nothing_set
from tests.support.providers import KEY, Asked, Provider, Rule

IMAGE = b"\xff\xd8\xff\xe0 an image"


@dataclass(frozen=True)
class Case:
    """A server, what is set so that the reader asks it, and how many calls a first page takes.

    `prefix` is the path of the address; `variable` what names it, else the entry is laid over.
    """

    refuses: Rule
    key_name: str
    calls: int = 1
    prefix: str = "/v1"
    variable: str | None = None
    more: tuple[tuple[str, str], ...] = ()


CASES = {
    "openrouter": Case(providers.openrouter, "OPENROUTER_API_KEY", prefix="/api/v1"),
    "openai": Case(providers.openai, "OPENAI_API_KEY"),
    "mistral": Case(providers.mistral, "MISTRAL_API_KEY"),
    "groq": Case(providers.groq, "GROQ_API_KEY", prefix="/openai/v1"),
    "azure": Case(
        providers.azure,
        "AZURE_OPENAI_API_KEY",
        prefix="",
        variable="AZURE_OPENAI_ENDPOINT",
        more=(("AZURE_OPENAI_DEPLOYMENT", "my-gpt"),),
    ),
    "vllm": Case(
        providers.vllm,
        "VLLM_API_KEY",
        calls=3,  # without the system role, then with less room
        variable="VLLM_URL",
        more=(("VLLM_MODEL", "google/gemma-3-4b-it"),),
    ),
    "ollama": Case(providers.ollama, "OLLAMA_API_KEY", variable="OLLAMA_URL"),
    "lmstudio": Case(providers.lmstudio, "LMSTUDIO_API_KEY", variable="LMSTUDIO_URL"),
    "llamacpp": Case(providers.llamacpp, "LLAMACPP_API_KEY", calls=2, variable="LLAMACPP_URL"),
    "litellm": Case(providers.litellm, "LITELLM_API_KEY", calls=2, variable="LITELLM_URL"),
    "tesseract": Case(providers.tesseract, "TESSERACT_API_KEY", variable="TESSERACT_URL"),
}
each = pytest.mark.parametrize("name", CASES)


@pytest.fixture(autouse=True)
def configure() -> Iterator[SetVariables]:
    """Set variables; what this machine or another test has set does not count."""
    with nothing_set() as set_variables:
        yield set_variables


@pytest.fixture
def server(name: str, configure: SetVariables, tmp_path: Path) -> Iterator[Provider]:
    case = CASES[name]
    with providers.serving(case.refuses) as started:
        address = started.origin + case.prefix
        variables = {case.key_name: KEY, **dict(case.more)}
        if case.variable:
            variables[case.variable] = address
        else:
            own = tmp_path / "readers.yaml"
            own.write_text(f"readers: {{{name}: {{like: {name}, endpoint: '{address}'}}}}")
            variables["READERS_FILE"] = str(own)
        configure(**variables)
        yield started


def read(name: str, **wishes: Any) -> str:
    request = readers.choose(name, **wishes)
    transcription = model.transcribe(request, IMAGE, settings.current(settings.Model))
    return transcription.reading.text


def sent(server: Provider) -> Asked:
    """What was sent at last."""
    return server.asked[-1]


@each
def test_it_is_asked_as_its_server_wants_it(name: str, server: Provider) -> None:
    assert read(name) == "what the page says"
    assert len(server.asked) == CASES[name].calls


@each
def test_once_its_server_is_known_a_page_takes_one_call(name: str, server: Provider) -> None:
    read(name)
    server.asked.clear()
    read(name)
    assert len(server.asked) == 1


@each
def test_its_key_goes_where_its_server_looks_for_it(name: str, server: Provider) -> None:
    read(name)
    where = "api-key" if name == "azure" else "authorization"
    assert KEY in sent(server).headers[where]


@each
def test_a_language_is_told_in_the_way_that_it_understands(name: str, server: Provider) -> None:
    read(name, language="es")
    if name == "tesseract":
        assert sent(server).body["lector"] == {"language": "es"}
    else:
        [text] = [part["text"] for part in sent(server).body["messages"][-1]["content"][1:]]
        assert text.endswith("The language of the page is es (BCP 47).")
