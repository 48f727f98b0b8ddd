"""An endpoint that sends its caller elsewhere gets neither page nor key sent there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.llm import model, readers, start_check
from lector.domain.failure_codes import FailureCode
from lector.runtime import settings
from lector.runtime.failures import PermanentFailure
from tests.support import providers
from tests.support.model import Answer
from tests.support.own_readers import SetVariables, nothing_set
from tests.support.providers import KEY, Provider


@pytest.fixture
def set_variables() -> Iterator[SetVariables]:
    with nothing_set() as set_to:
        yield set_to


@pytest.fixture
def elsewhere() -> Iterator[Provider]:
    with providers.serving(lambda _: None) as server:
        yield server


@pytest.fixture(params=[301, 302, 303, 307, 308])
def endpoint(
    request: pytest.FixtureRequest,
    elsewhere: Provider,
    set_variables: SetVariables,
    tmp_path: Path,
) -> Iterator[Provider]:
    """The default reader, whose key goes in a header of its own, and whose server redirects."""
    to = {"Location": f"{elsewhere.origin}/v1/chat/completions"}
    with providers.serving(lambda _: Answer(request.param, b"", to)) as server:
        own = tmp_path / "readers.yaml"
        own.write_text(
            "default: own\n"
            f"readers: {{own: {{endpoint: '{server.origin}/v1', api_key: OWN_KEY,"
            " key_header: api-key, model: m, prompt: transcribe}}\n"
        )
        set_variables(READERS_FILE=str(own), OWN_KEY=KEY)
        yield server


def test_a_page_and_its_key_go_to_the_endpoint_alone(
    endpoint: Provider, elsewhere: Provider
) -> None:
    with pytest.raises(PermanentFailure) as refused:
        model.transcribe(readers.choose(), b"a page", settings.current(settings.Model))
    assert refused.value.code == FailureCode.MODEL_REFUSED_REQUEST
    assert f"redirects to {elsewhere.origin}/v1/chat/completions" in refused.value.detail
    assert len(endpoint.asked) == 1
    assert not elsewhere.asked


def test_the_check_at_the_start_names_the_address_that_is_meant(
    endpoint: Provider, elsewhere: Provider
) -> None:
    found = start_check.check()
    assert found is not None
    assert found.lasting
    assert f"redirects to {elsewhere.origin}/v1/chat/completions" in found.words
    assert not elsewhere.asked
