"""Marks by folder, and the fixtures that start real parts once for a test process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lector.runtime import database, settings
from tests.support import called, parts
from tests.support.called import Functions
from tests.support.model import ScriptedModel
from tests.support.parts import Parts

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.relative_to(HERE).parts[0]
        item.add_marker(folder)


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """PostgreSQL (migrated), NATS, S3 and the sink, with this process's environment set to them."""
    with parts.running(tmp_path_factory.mktemp("parts")) as started:
        yield started


@pytest.fixture(scope="session")
def model_server() -> Iterator[ScriptedModel]:
    server = ScriptedModel()
    yield server
    server.stop()


@pytest.fixture
def model(model_server: ScriptedModel) -> ScriptedModel:
    """The model endpoint, with an empty script."""
    model_server.reset()
    return model_server


@pytest.fixture(scope="session")
def functions(services: Parts, model_server: ScriptedModel) -> Iterator[Functions]:
    """Every function in this process, on the real parts and the scripted model."""
    environment = {
        **services.settings,
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
        "MAX_PAGES": "50",
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
