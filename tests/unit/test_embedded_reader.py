"""The embedded reader answers who has its key, where it has one."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from lector.runtime import settings
from lector.tesseract import endpoint

KEY = "a key"


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setenv("TESSERACT_API_KEY", KEY)
    settings.current.cache_clear()
    yield TestClient(endpoint.app())
    settings.current.cache_clear()


@pytest.mark.parametrize("sent", [None, "", KEY, f"Basic {KEY}", f"Bearer {KEY}x", "Bearer"])
@pytest.mark.parametrize(("method", "path"), [("POST", "chat/completions"), ("GET", "models")])
def test_who_lacks_the_key_is_refused(
    reader: TestClient, method: str, path: str, sent: str | None
) -> None:
    headers = {} if sent is None else {"Authorization": sent}
    answer = reader.request(method, f"/v1/{path}", headers=headers)
    assert answer.status_code == 401
    assert KEY not in answer.text


def test_who_has_the_key_is_answered(reader: TestClient) -> None:
    answer = reader.get("/v1/models", headers={"Authorization": f"Bearer {KEY}"})
    assert answer.status_code == 200


def test_health_needs_no_key(reader: TestClient) -> None:
    assert reader.get("/health/readiness").status_code == 200


def test_a_reader_without_a_key_asks_for_none() -> None:
    assert TestClient(endpoint.app()).get("/v1/models").status_code == 200
