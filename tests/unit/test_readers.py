"""The readers of readers.yaml, and what each is asked about a page."""

import dataclasses
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.llm import readers
from functions.llm.abilities import NOTHING_KNOWN
from lector.domain import former_prompts, reader_catalogue
from lector.runtime import settings
from lector.runtime.failures import PermanentFailure
from lector.runtime.settings import SettingsError
from tests.support.own_readers import nothing_set
from tests.support.sent import sent_body

Configure = Callable[..., None]
NAMES = [
    "openrouter", "openai", "mistral", "groq", "azure", "vllm", "ollama", "lmstudio", "llamacpp",
    "litellm", "tesseract",
]  # fmt: skip


@pytest.fixture(autouse=True)
def configure(tmp_path: Path) -> Iterator[Configure]:
    """Set variables, and perhaps a file of readers; those of this machine do not count."""
    with nothing_set() as set_variables:

        def set_to(file: str | None = None, **variables: str) -> None:
            if file is not None:
                (tmp_path / "own.yaml").write_text(file)
                variables["READERS_FILE"] = str(tmp_path / "own.yaml")
            set_variables(**variables)

        set_variables(OPENROUTER_API_KEY="of-openrouter")
        yield set_to


def test_the_default_reader_is_the_one_that_lector_has_always_had() -> None:
    request = readers.choose()
    assert request.endpoint.base_url == "https://openrouter.ai/api/v1"
    assert request.model == "qwen/qwen3-vl-8b-instruct"
    assert request.provider == {"data_collection": "deny", "allow_fallbacks": True}


def test_an_answer_that_was_kept_before_there_were_readers_is_still_found(
    configure: Configure,
) -> None:
    configure(OPENAI_BASE_URL="https://openrouter.ai/api/v1", OPENAI_API_KEY="key")
    key = readers.choose().cache_key("a" * 64, "default")
    assert key == "d46c797e4594848deafb33d5cbc1e93661625a0a037f94535707c81bdcb92ab4"


@pytest.mark.parametrize("name", NAMES)
def test_each_ready_reader_can_be_chosen(name: str, configure: Configure) -> None:
    configure(
        AZURE_OPENAI_ENDPOINT="https://a.example",
        AZURE_OPENAI_DEPLOYMENT="gpt-4o",
        TESSERACT_URL="http://127.0.0.1:9/v1",
        **{f"{one}_API_KEY": "key" for one in ("OPENAI", "MISTRAL", "GROQ", "AZURE_OPENAI")},
    )
    request = readers.choose(name)
    assert request.model
    assert "$" not in request.model + request.endpoint.base_url


def test_a_reader_that_is_not_set_up_names_what_to_set() -> None:
    with pytest.raises(PermanentFailure, match="set the environment variable AZURE_OPENAI_"):
        readers.choose("azure")


def test_no_page_goes_to_somebody_for_whom_there_is_no_key() -> None:
    with pytest.raises(PermanentFailure, match="set the environment variable MISTRAL_API_KEY"):
        readers.choose("mistral")
    assert readers.choose("ollama").endpoint.api_key == "none"


@pytest.mark.parametrize(
    ("name", "verify", "asked"),
    [
        ("tesseract", "never", True),
        ("openrouter", "never", False),
        ("openrouter", "auto", True),
        ("openrouter", "always", True),
        ("escalating", "never", True),
        ("falling-back", "never", True),
        ("trusted", "always", False),
        ("one-that-there-is-not", "never", False),
    ],
)
def test_the_embedded_reader_is_asked_where_it_reads_or_verifies_or_comes_after(
    configure: Configure, name: str, verify: str, *, asked: bool
) -> None:
    configure(
        "readers:\n"
        "  escalating: {like: openrouter, escalate: tesseract}\n"
        "  falling-back: {like: openrouter, fallback: tesseract}\n"
        "  trusted: {like: openrouter, verify: never}\n"
    )
    assert reader_catalogue.current().asks_embedded(name, verify) is asked


def test_there_is_no_reader_of_an_unknown_name() -> None:
    with pytest.raises(PermanentFailure, match="poetry") as refused:
        readers.choose("poetry")
    assert refused.value.code == "reader_unknown"


def test_the_environment_changes_the_default_reader_and_no_other(configure: Configure) -> None:
    configure(
        OPENAI_BASE_URL="http://models.example/v1",
        OPENAI_MODEL="mine",
        OPENAI_API_KEY="secret",
        MODEL_CHOICES="small,large",
        MODEL_PROMPT_PRICE_USD="2",
    )
    default, named, other = readers.choose(), readers.choose("openrouter"), readers.choose("vllm")
    assert default == named
    assert (default.endpoint.base_url, default.endpoint.api_key) == (
        "http://models.example/v1",
        "secret",
    )
    assert default.prices is not None
    assert (default.model, default.prices.prompt) == ("mine", 2.0)
    assert readers.choose(model="large").model == "large"
    assert (other.endpoint.base_url, other.endpoint.api_key) == ("http://127.0.0.1:8000/v1", "none")


def test_the_key_of_openai_is_sent_to_no_other_endpoint(configure: Configure) -> None:
    configure(OPENAI_API_KEY="secret", READER="vllm")
    assert readers.choose().endpoint.api_key == "none"
    assert readers.choose("openai").endpoint.api_key == "secret"


def test_a_key_is_in_no_text_about_its_endpoint(configure: Configure) -> None:
    configure(OPENAI_API_KEY="secret")
    assert "secret" not in repr(readers.choose("openai"))


def test_a_file_of_ones_own_is_laid_over_lectors(configure: Configure) -> None:
    configure(
        """
default: mine
prompts:
  short: {user: Read.}
readers:
  mine: {like: vllm, endpoint: "http://gpu:8000/v1", model: own, prompt: short}
  ollama: {like: ollama, model: other}
"""
    )
    request = readers.choose()
    assert (request.model, request.user, request.system) == ("own", "Read.", "")
    assert readers.choose("ollama").model == "other"
    assert readers.choose("openrouter").model == "qwen/qwen3-vl-8b-instruct"


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("readrs: {}", "unknown field `readrs`"),
        ("readers: {a: {like: vllm, modle: x}}", "unknown field `modle`; "),
        ("readers: {a: {like: vllm, modle: x}}", "is `model` meant? - at `readers.a`"),
        ("readers: {a: {like: vllm, parameters: {temprature: 1}}}", "is `temperature` meant?"),
        ("readers: {a: {like: vllm, xyz: 1}}", "docs/models.md shows all of them"),
        ("readers: {My Own: {like: vllm}}", "a reader's name has small letters, digits"),
        ("readers: {a: {like: vllm, image: {dpi: 9}}}", ">= 50 - at `readers.a.image.dpi`"),
        ("readers: {a: {like: vllm, image: {dpi: 99, longest_side_px: 999}}}", "not both"),
        ("readers: {a: {like: vllm, image: {format: gif}}}", "'gif' - at `readers.a.image.format`"),
        (
            "readers: {a: {like: vllm, parameters: {top_p: 1}}}",
            "unknown field `top_p`; docs/models.md shows all of them - at `readers.a.param",
        ),
        ("readers: {a: {like: vllm, temperatures: []}}", "length >= 1 - at `readers.a.temp"),
        ("readers: {a: {like: vllm, languages: [Spanish!]}}", "at `readers.a.languages[0]`"),
        ("readers: {a: {like: vllm, prompt: odd}}", "no prompt 'odd', but olmocr, transcribe"),
        ("readers: {a: {like: vllm, fallback: a}}", "at `readers.a.fallback`"),
        ("readers: {a: {like: vllm, fallback: b}}", "'b' is no other reader"),
        ("readers: {a: {like: vllm, escalate: a}}", "at `readers.a.escalate`"),
        ("readers: {a: {like: vllm, escalate: b}}", "'b' is no other reader"),
        ("readers: {a: {like: vllm, verify: sometimes}}", "at `readers.a.verify`"),
        ("readers: {a: {like: vllm, on_doubt: panic}}", "at `readers.a.on_doubt`"),
        ("readers: {a: {like: b}}", "at `readers.a.like`"),
        ("readers: {a: {like: a}}", "at `readers.a.like`"),
        ("readers: {a: {endpoint: 'http://a'}}", "required field `model` - at `readers.a`"),
        ("readers: {default: {like: vllm}}", "at `readers.default`"),
        ("default: mine", "there is no reader 'mine'"),
        ("readers: [", "is not YAML"),
        ("- 1", "Expected `object`"),
    ],
)
def test_what_no_reader_has_is_an_error_that_names_the_key_and_the_file(
    file: str, said: str, configure: Configure
) -> None:
    configure(file)
    with pytest.raises(SettingsError) as refused:
        reader_catalogue.current()
    assert said in str(refused.value)
    assert "own.yaml" in str(refused.value)


def test_a_key_in_place_of_its_variables_name_is_refused_and_not_shown(
    configure: Configure,
) -> None:
    configure("readers: {a: {like: vllm, api_key: sk-secret}}")
    with pytest.raises(SettingsError, match="name of an environment variable") as refused:
        reader_catalogue.current()
    assert "sk-secret" not in str(refused.value)


def test_a_default_that_the_environment_names_is_not_blamed_on_a_file(
    configure: Configure,
) -> None:
    configure(READER="nope")
    with pytest.raises(SettingsError, match=r"^READER: there is no reader 'nope', but azure, groq"):
        reader_catalogue.current()


def test_a_file_that_is_not_there_is_named(configure: Configure) -> None:
    configure(READERS_FILE="/nowhere/readers.yaml")
    with pytest.raises(SettingsError, match="/nowhere/readers\\.yaml cannot be read"):
        reader_catalogue.current()


FORMER = """
default: {model: m1, user: Read, system: You read., temperatures: [0.3], max_tokens: 9}
poems: {model: m2, user: Sing, temperatures: [0, 1], provider: {sort: price}}
"""


def test_prompts_of_before_are_readers_still_with_a_word_in_the_log(
    configure: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    configure(FORMER, MODEL_PROMPT="poems", OPENAI_BASE_URL="http://m/v1", OPENAI_API_KEY="k")
    with caplog.at_level(logging.WARNING):
        request = readers.choose()
    assert (request.model, request.user, request.system) == ("m2", "Sing", "")
    assert (request.temperatures, request.provider) == ((0.0, 1.0), {"sort": "price"})
    assert request.endpoint.base_url == "http://m/v1"
    assert "own.yaml has prompts as before" in caplog.text
    assert "MODEL_PROMPT" in caplog.text


def test_the_default_prompt_of_before_is_that_of_the_default_reader(configure: Configure) -> None:
    configure(FORMER)
    request = readers.choose()
    assert (request.model, request.max_tokens, request.provider) == ("m1", 9, None)


def test_prompts_that_somebody_has_edited_in_a_checkout_are_found(
    configure: Configure, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "prompts.yaml").write_text(FORMER)
    monkeypatch.setattr(former_prompts, "PLACE", tmp_path / "prompts.yaml")
    configure(MODEL_CHOICES=str(tmp_path))  # of no other test, as a catalogue is read once
    assert readers.choose().model == "m1"


def test_a_prompt_of_before_with_a_key_that_it_never_had_is_refused(configure: Configure) -> None:
    configure("default: {model: m, user: R, temperatures: [0], modle: x}")
    with pytest.raises(SettingsError, match="modle"):
        reader_catalogue.current()


def test_pictures_are_described_on_request_only() -> None:
    plain, described = readers.choose(), readers.choose(describe=True)
    assert described.user.startswith(plain.user)
    assert "[Picture: " in described.user
    assert "[Chart: " in described.user
    assert "[Picture" not in plain.user


def test_a_described_page_is_another_cache_entry() -> None:
    plain, described = readers.choose(), readers.choose(describe=True)
    assert plain.version != described.version
    assert plain.cache_key("a", "default") != described.cache_key("a", "default")


def test_own_instructions_and_a_language_are_described_too() -> None:
    request = readers.choose(None, "Read it.", None, "es", describe=True)
    assert request.user.startswith("Read it.\n")
    assert "[Picture: " in request.user
    assert request.user.endswith("The language of the page is es (BCP 47).")


def test_how_a_description_would_be_asked_for_changes_no_other_answer() -> None:
    request = readers.choose()
    assert dataclasses.replace(request, describe="Draw it.").version == request.version


def test_another_model_image_wording_language_or_endpoint_is_another_cache_entry() -> None:
    request = readers.choose()
    changes: list[dict[str, Any]] = [
        {"model": "other"},
        {"user": "Read."},
        {"language": "es"},
        {"kept_for": "http://b"},
    ]
    keys = {
        request.cache_key("a", "default"),
        request.cache_key("b", "default"),
        request.cache_key("a", "another"),
        *(dataclasses.replace(request, **c).cache_key("a", "default") for c in changes),
    }
    assert len(keys) == 7


def test_an_image_is_sent_as_what_it_is() -> None:
    request = readers.choose()
    for image, kind in ((b"\xff\xd8\xff", "jpeg"), (b"\x89PNG\r\n", "png")):
        sent = sent_body(request, 0.0, image, NOTHING_KNOWN)
        url = sent["messages"][1]["content"][0]["image_url"]["url"]
        assert url.startswith(f"data:image/{kind};base64,")


def test_the_embedded_reader_gets_the_language_as_a_field_and_no_prompt(
    configure: Configure,
) -> None:
    configure(TESSERACT_URL="http://127.0.0.1:9/v1")
    request = readers.choose("tesseract", "Sing.", None, "es-MX", describe=True)
    sent = sent_body(request, 0.0, b"", NOTHING_KNOWN)
    assert sent["lector"] == {"language": "es-MX"}
    [message] = sent["messages"]
    assert [part["type"] for part in message["content"]] == ["image_url"]


def test_a_reader_without_languages_has_any_and_another_has_its_own_in_every_region(
    configure: Configure,
) -> None:
    configure("readers: {a: {like: vllm, languages: [de, pt-BR]}}")
    catalogue = reader_catalogue.current()
    assert catalogue.readers["vllm"].has_language("xx")
    has = catalogue.readers["a"].has_language
    assert [has(one) for one in ("de", "DE-at", "pt-br", "pt", "es")] == [
        True,
        True,
        True,
        False,
        False,
    ]


def test_an_image_is_drawn_as_configured_but_for_what_its_reader_says() -> None:
    config = settings.Rendering(render_max_dpi=150, render_format="png")
    fine = reader_catalogue.Image(dpi=400, colour=True).drawn_by(config)
    assert (fine.render_dpi, fine.render_max_dpi) == (400, 400)
    assert (fine.render_colours, fine.render_format) == ("colour", "png")
    assert reader_catalogue.Image().drawn_by(config) == config


def test_a_longest_side_goes_before_a_configured_dpi() -> None:
    config = settings.Rendering(render_dpi=300)
    drawn = reader_catalogue.Image(longest_side_px=900).drawn_by(config)
    assert (drawn.render_dpi, drawn.render_longest_side_px) == (0, 900)


def test_an_ordinary_page_is_read_whole_at_the_size_that_its_reader_wants() -> None:
    image = reader_catalogue.Image
    assert image().whole_up_to(1800) == 1800
    assert image(longest_side_px=1288).whole_up_to(1800) == 1800
    assert image(longest_side_px=2400).whole_up_to(1800) == 2400
    assert image(dpi=300).whole_up_to(1800) == 4200
    assert image(dpi=300, pieces_above_px=1500).whole_up_to(1800) == 1500


def test_nothing_secret_of_an_endpoint_is_in_its_texts_or_repeated(configure: Configure) -> None:
    file = """
readers:
  own:
    endpoint: https://user:in-the-address@models.example/v1
    api_key: OWN_KEY
    model: m
    query: {key: "${OWN_QUERY}", api-version: "${OWN_VERSION:-2024-10-21}"}
    headers: {X-Token: "${OWN_HEADER}"}
"""
    configure(file, OWN_KEY="in-the-key", OWN_QUERY="in-the-query", OWN_HEADER="in-the-header")
    endpoint = readers.choose("own").endpoint
    secrets = ["in-the-address", "in-the-key", "in-the-query", "in-the-header"]
    shown = f"{endpoint!r} {endpoint} {endpoint.hide_secrets(' '.join(secrets))}"
    assert not [secret for secret in secrets if secret in shown]
    assert endpoint.hide_secrets("no version 2024-10-21") == "no version 2024-10-21"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("endpoint: 'http://models.example:port/v1'", "is the port a number"),
        ("endpoint: 'http://m/v1', headers: {X-Token: '${OWN_KEY}'}", "the header X-Token has a"),
        ("endpoint: 'http://m/v1', api_key: OWN_KEY", "OWN_KEY has a letter"),
    ],
)
def test_what_no_request_can_be_made_with_is_named_and_not_shown(
    configure: Configure, entry: str, said: str
) -> None:
    configure(f"readers: {{own: {{model: m, {entry}}}}}", OWN_KEY="schlüssel")
    with pytest.raises(PermanentFailure, match=said) as refused:
        readers.choose("own")
    assert "schlüssel" not in str(refused.value)


def test_the_embedded_reader_gets_pages_that_are_finer() -> None:
    """Faint photographs that were shrunk to 1,568 px it lost."""
    image = reader_catalogue.current().readers["tesseract"].image
    drawn = image.drawn_by(settings.load(settings.Rendering))
    assert (drawn.render_longest_side_px, drawn.render_jpeg_quality) == (2000, 80)
    assert image.whole_up_to(1800) == 32_000
