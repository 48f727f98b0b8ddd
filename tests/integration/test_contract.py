"""Every answer of the API against its contract, also to requests that nobody would think of."""

import json
import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from lector.local.tools import checkout
from tests.support.called import Functions
from tests.support.model import ScriptedModel
from tests.support.world import World

# The pool of connections draws numbers in a thread of its own, now and then while a strategy does;
# Hypothesis then takes it for the strategy that did.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")

CONTRACT = json.loads((checkout() / "functions/upload/openapi.json").read_text())
# The same few each time, so that a change is to blame for what fails; CONTRACT_EXAMPLES=200 in the
# environment draws more, and others.
FEW = 15
EXAMPLES = int(os.environ.get("CONTRACT_EXAMPLES", FEW))
METHODS = ("get", "post", "put", "patch", "delete")
OPERATIONS = [
    (path, method)
    for path, item in CONTRACT["paths"].items()
    for method in METHODS
    if method in item
]


CONFIG = schemathesis.Config.from_dict(
    {
        "checks": {
            "positive_data_acceptance": {
                # 415: any bytes fit the contract, and few of them are a document.
                "expected-statuses": ["2xx", 401, 404, 409, 413, 415, 422]
            },
            "negative_data_rejection": {"expected-statuses": ["4xx"]},
        }
    }
)


def is_free(path: str, method: str) -> bool:
    """Whether a request may hold anything of the caller's choice."""
    operation = CONTRACT["paths"][path][method]
    return bool("{" in path or operation.get("parameters") or operation.get("requestBody"))


CASES = [
    (path, method, mode)
    for path, method in OPERATIONS
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or is_free(path, method)
]


@pytest.fixture(autouse=True, scope="module")
def _files_are_kept_afterwards(functions: Functions) -> Iterator[None]:
    """What was set for all new files does not stay for other tests."""
    yield
    answer = functions.clients["upload"].post("/v1/keeping", json={"keep_days": None})
    assert answer.status_code == 200


@pytest.fixture(scope="session")
def contract(functions: Functions, model_server: ScriptedModel) -> Any:
    """The contract as it is served, by an API that holds a file that was read."""
    model_server.reset()
    World.with_pages(functions, 2).read()
    return schemathesis.openapi.from_wsgi("/openapi.json", functions.apps["upload"], config=CONFIG)


@pytest.fixture(autouse=True)
def _no_names_are_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Webhooks lead to hosts out of nowhere; nobody on the network is to be asked for them."""

    look_up = socket.getaddrinfo

    def known(host: Any, *more: Any, **names: Any) -> Any:
        if host not in ("127.0.0.1", "localhost"):
            raise OSError(f"{host} is not looked up in tests")
        return look_up(host, *more, **names)

    monkeypatch.setattr(socket, "getaddrinfo", known)


@pytest.mark.parametrize(("path", "method", "mode"), CASES)
def test_every_answer_is_as_the_contract_says(
    contract: Any, path: str, method: str, mode: GenerationMode
) -> None:
    operation = contract[path][method.upper()]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        derandomize=EXAMPLES == FEW,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def holds(case: Any) -> None:
        # In a form everything is text: true and [] are as good a prompt as any.
        is_form = case.media_type == "multipart/form-data"
        excluded = [negative_data_rejection] if is_form else []
        # To the contract `files` is text; to Lector it is JSON, one object for each file.
        if is_form and isinstance(case.body, dict) and "files" in case.body:
            excluded.append(positive_data_acceptance)
        # Compressed answers are not unpacked by this client; test_compressed_answers reads them.
        case.call_and_validate(excluded_checks=excluded, headers={"Accept-Encoding": "identity"})

    holds()
