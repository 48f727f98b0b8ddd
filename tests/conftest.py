"""Marks by folder, and the fixtures that start real parts once for a test process."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling

from functions.llm import abilities
from lector.runtime import database, settings
from tests.support import called, parts, without_model
from tests.support.api_server import Server
from tests.support.called import Functions
from tests.support.model import ScriptedModel
from tests.support.parts import Parts

HERE = Path(__file__).parent
# Tests count what a model is asked: it is not asked at the start whether it can be.
os.environ["READER_CHECK"] = "0"
# Their models say what no page shows, which a second reader beside them would doubt.
os.environ["VERIFY"] = "never"
# How long an example takes says more of the machine than of Lector: benchmarks measure speed.
hypothesis.settings.register_profile("lector", deadline=None)
hypothesis.settings.load_profile("lector")
# Modules that share a running Lector, by the fixture that starts it.
SHARING = {
    "tests/acceptance/test_agents.py": "lector_with_model",
    "tests/acceptance/test_doubts_told.py": "lector_with_model",
    "tests/acceptance/test_examples.py": "lector_with_model",
    "tests/acceptance/test_library.py": "lector_with_model",
    "tests/acceptance/test_manage.py": "lector_with_model",
    "tests/acceptance/test_report.py": "lector_with_model",
    "tests/acceptance/test_security.py": "lector_with_model",
    "tests/acceptance/test_trace_and_events.py": "lector_with_model",
    "tests/acceptance/test_typescript_client.py": "lector_with_model",
    "tests/acceptance/test_written_by_people.py": "lector_with_model",
    "tests/acceptance/test_closed_doors.py": "lector_that_reads",
    "tests/acceptance/test_doctor.py": "lector_that_reads",
    "tests/acceptance/test_ocr_command.py": "lector_that_reads",
    "tests/acceptance/test_reading.py": "lector_that_reads",
}
assert all((HERE.parent / module).is_file() for module in SHARING)


class ByLector(LoadScopeScheduling):  # type: ignore[misc]
    """A module's tests run in one process, and so do those of modules that share a Lector."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return SHARING.get(module, module)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    return ByLector(config, log) if config.getoption("dist") == "loadscope" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.relative_to(HERE).parts[0]
        item.add_marker(folder)
        if folder == "unit" and "services" in getattr(item, "fixturenames", ()):
            raise pytest.UsageError(f"{item.nodeid} needs services: it is no unit test")


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """PostgreSQL (migrated), NATS, S3 and the sink, with this process's environment set to them."""
    with parts.running(tmp_path_factory.mktemp("parts")) as started:
        yield started


@pytest.fixture(scope="session")
def _pages_seen_without_model() -> set[str]:
    return set()


@pytest.fixture(autouse=True)
def _the_model_was_asked(
    request: pytest.FixtureRequest, _pages_seen_without_model: set[str]
) -> Iterator[None]:
    """A test of functions fails if pages were read without its model, unless it is about that."""
    yield
    if "functions" not in request.fixturenames:
        return
    with database.transaction() as connection:
        found = without_model.pages_without_model(connection)
    new = [page for page_id, page in found.items() if page_id not in _pages_seen_without_model]
    _pages_seen_without_model.update(found)
    if "text_layers_taken" not in request.fixturenames:
        assert new == [], "pages were read without the model"


@pytest.fixture
def text_layers_taken(functions: Functions) -> Iterator[None]:
    """Functions as people have them by default: they take the text that pages carry."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEXT_LAYER", "auto")
        settings.current.cache_clear()
        yield
    settings.current.cache_clear()


@pytest.fixture(scope="session")
def model_server() -> Iterator[ScriptedModel]:
    server = ScriptedModel()
    yield server
    server.stop()


@pytest.fixture
def model(model_server: ScriptedModel) -> ScriptedModel:
    """The model endpoint, with an empty script, of which nobody has learnt anything yet."""
    model_server.reset()
    abilities.MEMORY.forget()
    return model_server


@pytest.fixture(scope="session")
def functions(services: Parts, model_server: ScriptedModel) -> Iterator[Functions]:
    """Every function in this process, on the real parts and the scripted model."""
    environment = {
        **services.settings,
        **without_model.ASKING,
        "HOST": "127.0.0.1",
        "MODEL_CHOICES": "*",
        "REQUESTS_PER_MINUTE": "0",
        "EVENTS_POLL_S": "0.05",
        "EVENTS_STREAM_S": "0.3",
        "NOTIFY_ALLOW_PRIVATE": "127.0.0.1",
        "WEBHOOK_TIMEOUT_S": "1",
        "OPENAI_BASE_URL": model_server.base_url,
        "OPENAI_API_KEY": "secret-key",
        "OPENAI_MODEL": "scripted",
        "MODEL_TIMEOUT_S": "2",
        "VERIFY": "auto",
        "MAX_PAGES": "50",
        # Files that other tests left unfinished have shares, too: no test's file waits for them.
        "PAGES_IN_FLIGHT": "1000000",
        "MAX_FILE_BYTES": str(5 * 1024 * 1024),
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        settings.current.cache_clear()
        yield called.Functions()
        database.pool().close()
        database.pool.forget()
        settings.current.cache_clear()


@pytest.fixture
def server(functions: Functions) -> Iterator[Server]:
    """The API of this process on a port."""
    started = Server(functions.apps["upload"])
    yield started
    started.stop()
