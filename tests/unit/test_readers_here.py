"""Which reader the functions of one machine are given, by what somebody has set."""

from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, cast

import pytest

from lector.local.wiring import Wiring, reads_here
from lector.runtime import settings


class Database:
    """Takes the place of PostgreSQL."""

    def url_as(self, role: str) -> str:
        return f"postgresql://{role}@127.0.0.1/lector"


@pytest.fixture(autouse=True)
def configure(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    for spec in fields(settings.Readers):
        monkeypatch.delenv(spec.name.upper(), raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    def set_to(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        settings.current.cache_clear()

    settings.current.cache_clear()
    yield set_to
    settings.current.cache_clear()


def environment(name: str = "llm", model_port: int | None = 7) -> dict[str, str]:
    """What a function is started with, or the JetStream source."""
    wiring = Wiring(
        services={"S3_ENDPOINT": "http://127.0.0.1:1", "NATS_URL": "nats://127.0.0.1:5"},
        postgres=cast("Any", Database()),
        function_ports={"llm": 2, "upload": 3},
        sink_port=4,
        model_port=model_port,
        reroute=str,
        secret=lambda name: f"secret of {name}",
        report_key="the key of reports",
    )
    is_source = name == "jetstream-source"
    return wiring.source_environment() if is_source else wiring.function_environment(name)


@pytest.mark.parametrize("model_port", [None, 7])
def test_an_endpoint_of_ones_own_needs_no_key_whether_tesseract_runs_beside_it_or_not(
    configure: Callable[..., None], model_port: int | None
) -> None:
    configure(OPENAI_BASE_URL="http://m/v1")
    assert environment(model_port=model_port)["OPENAI_API_KEY"] == "none"
    configure(OPENAI_API_KEY="a key")
    assert environment(model_port=model_port)["OPENAI_API_KEY"] == "a key"


def test_only_upload_gets_the_key_of_reports() -> None:
    assert environment("upload")["REPORT_KEY"] == "the key of reports"
    for name in ("llm", "render", "register", "outbox", "notify", "jetstream-source"):
        assert "REPORT_KEY" not in environment(name)


def test_tesseract_reads_where_nobody_says_otherwise_and_has_one_model() -> None:
    env = environment()
    assert reads_here()
    assert (env["READER"], env["TESSERACT_URL"]) == ("tesseract", "http://127.0.0.1:7/v1")
    assert env["MODEL_CHOICES"] == ""
    assert environment("upload")["READER"] == "tesseract"


def test_tesseract_reads_where_somebody_names_it(configure: Callable[..., None]) -> None:
    configure(READER="tesseract")
    assert reads_here()
    assert environment()["READER"] == "tesseract"


@pytest.mark.parametrize(
    "variables",
    [{"OPENAI_BASE_URL": "http://m/v1"}, {"READER": "ollama"}, {"MODEL_PROMPT": "openrouter"}],
)
def test_another_reads_where_somebody_says_so(
    configure: Callable[..., None], variables: dict[str, str]
) -> None:
    configure(**variables)
    assert not reads_here()
    env = environment(model_port=None)
    assert env.items() >= variables.items()
    assert env["MODEL_CHOICES"] == "*"


@pytest.mark.parametrize("model_port", [None, 7], ids=["alone", "beside the embedded reader"])
def test_a_model_of_ones_own_needs_no_key(
    configure: Callable[..., None], model_port: int | None
) -> None:
    """Ollama and llama.cpp ask for none, and the embedded reader may be the second reader there."""
    configure(OPENAI_BASE_URL="http://127.0.0.1:9/v1")
    assert environment(model_port=model_port)["OPENAI_API_KEY"] == "none"
    configure(OPENAI_API_KEY="sk-mine")
    assert environment(model_port=model_port)["OPENAI_API_KEY"] == "sk-mine"


def test_a_file_of_readers_decides_only_if_it_has_a_default(
    configure: Callable[..., None], tmp_path: Path
) -> None:
    own = tmp_path / "readers.yaml"
    own.write_text("readers: {mine: {like: ollama}}")
    configure(READERS_FILE=str(own))
    assert reads_here()
    other = tmp_path / "others.yaml"
    other.write_text("default: mine\nreaders: {mine: {like: ollama}}")
    configure(READERS_FILE=str(other))
    assert not reads_here()


def test_keys_that_readers_name_go_to_llm_and_to_nobody_else(
    configure: Callable[..., None],
) -> None:
    configure(READER="mistral", MISTRAL_API_KEY="key", VLLM_MODEL="m", VLLM_URL="http://v/v1")
    env, of_upload = environment(model_port=None), environment("upload", None)
    assert (env["MISTRAL_API_KEY"], env["VLLM_URL"]) == ("key", "http://v/v1")
    assert of_upload["VLLM_MODEL"] == "m"
    assert not {"MISTRAL_API_KEY", "VLLM_URL", "TESSERACT_API_KEY"} & of_upload.keys()


def test_readers_begin_with_as_many_pages_as_they_say(configure: Callable[..., None]) -> None:
    configure(READER="ollama")
    slots = settings.parse_pairs(environment("jetstream-source")["READER_SLOTS"])
    assert (slots["ollama"], slots["default"], slots["vllm"]) == ("1", "1", "16")


def test_upload_is_told_which_readers_are_set_up_and_none_of_their_keys(
    configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENROUTER_API_KEY", "MISTRAL_API_KEY", "AZURE_OPENAI_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    configure(GROQ_API_KEY="of-groq")
    env = environment("upload")
    ready = env["READERS_SET_UP"].split(",")
    assert {"tesseract", "groq", "ollama"} <= set(ready)
    assert not {"mistral", "openrouter", "azure"} & set(ready)
    assert "of-groq" not in env.values()
    assert (env["TESSERACT_LANGUAGES"], bool(env["LECTOR_LANGUAGES"])) == ("here", True)


def test_upload_knows_no_languages_of_a_reader_that_is_not_started(
    configure: Callable[..., None],
) -> None:
    configure(READER="ollama")
    env = environment("upload", model_port=None)
    assert "tesseract" not in env["READERS_SET_UP"].split(",")
    assert "TESSERACT_LANGUAGES" not in env
