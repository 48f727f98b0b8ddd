"""The container contract, held without containers: each image's app layer, read-only, as nobody.

Nothing is there but the layer (its own locked requirements), PORT and the variables that func.yaml
or the bridge's manifests name. What the variables lead to is real.
"""

import base64
import os
import time
from collections.abc import Iterator, Mapping
from uuid import uuid4

import httpx2
import pymupdf
import pytest
from google.protobuf.message import Message

from lector.contracts import (
    FileOpened,
    FileUploaded,
    OutboxWritten,
    PageImage,
    PageRegistered,
    PagesRequested,
)
from lector.domain import object_keys
from lector.domain.functions import FUNCTIONS
from lector.local.tools import checkout
from lector.runtime import events
from tests.support import images, manifest_settings
from tests.support.images import HalfRequest, Image
from tests.support.manifest_settings import CALLER_SECRET, arguments
from tests.support.parts import Parts
from tests.support.pdfs import text_pdf

COMMANDS = ("jetstream-source", "jetstream-sink", "postgres-source")
#: What a function cannot do without.
REQUIRED = {
    "upload": {"DATABASE_URL", "S3_ENDPOINT", "S3_BUCKET", "S3_ACCESS_KEY", "S3_SECRET_KEY"},
    "render": {"DATABASE_URL", "S3_ENDPOINT", "S3_BUCKET", "S3_ACCESS_KEY", "S3_SECRET_KEY"},
    "register": {"DATABASE_URL"},
    "llm": {"DATABASE_URL", "S3_ENDPOINT", "S3_SECRET_KEY", "OPENAI_BASE_URL", "OPENAI_API_KEY"},
    "outbox": {"DATABASE_URL", "K_SINK"},
    "notify": {"DATABASE_URL"},
    "jetstream-source": {"NATS_URL", "FUNCTION_URLS"},
    "jetstream-sink": {"NATS_URL"},
    "postgres-source": {"LISTEN_DATABASE_URL", "K_SINK", "SWEEP_SINK"},
    "migrate": {"MIGRATIONS", "DATABASE_URLS"},
}
#: The others take their time to install, and are left to make test-all.
QUICK = ("migrate",)


def each(*names: str) -> pytest.MarkDecorator:
    marked = [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in names]
    return pytest.mark.parametrize("name", marked)


class Shelf:
    """Images, each built when it is first asked for."""

    def __init__(self) -> None:
        self._built: dict[str, Image] = {}

    def of(self, name: str) -> Image:
        image = name if name in (*FUNCTIONS, "tesseract") else "bridge"
        if image not in self._built:
            self._built[image] = Image.built(image)
        return self._built[image]

    def clear(self) -> None:
        for image in self._built.values():
            image.remove()


@pytest.fixture(scope="module")
def shelf() -> Iterator[Shelf]:
    shelf = Shelf()
    yield shelf
    shelf.clear()


@pytest.fixture(scope="module")
def values(services: Parts) -> dict[str, str]:
    return manifest_settings.values(services)


def environment(name: str, values: Mapping[str, str], services: Parts) -> dict[str, str]:
    """What the image's manifest names, with this machine's values."""
    env = manifest_settings.environment(name, values, services)
    # On this machine the file lies elsewhere.
    return {key: value for key, value in env.items() if key != "SUBSCRIPTIONS_FILE"}


def request(name: str) -> tuple[dict[str, str], bytes]:
    """An event for which there is nothing to do; for the sink, one to publish."""
    file_id = uuid4()
    key = object_keys.original_key(file_id)
    image = PageImage(object_key="k", sha256="0" * 64, width_px=1, height_px=1)
    data: dict[str, Message] = {
        "render": PagesRequested(generation=1, object_key=key, page_numbers=[1]),
        "register": FileOpened(generation=1, object_key=key, page_count=1),
        "llm": PageRegistered(generation=1, page_number=1, image=image),
        "outbox": OutboxWritten(),
        "notify": FileUploaded(generation=1, object_key=key, name="a", size_bytes=1),
        "jetstream-sink": FileUploaded(generation=1, object_key=key, name="a", size_bytes=1),
    }
    headers, body = events.to_http(events.event(str(file_id), file_id, data[name], "test"))
    return {**headers, "Lector-Caller-Secret": CALLER_SECRET}, body


@each(*FUNCTIONS, *COMMANDS)
def test_it_becomes_ready_and_answers_probes_and_writes_nowhere_but_in_tmp(
    name: str, shelf: Shelf, values: dict[str, str], services: Parts
) -> None:
    image = shelf.of(name)
    before = image.files()
    with images.running(image, *arguments(name), env=environment(name, values, services)) as it:
        assert it.health("liveness") == 200
        assert it.health("readiness") == 200
        assert it.terminate() == 0, it.log()
    assert image.files() == before


@each("render", "register", "llm", "outbox", "notify", "jetstream-sink")
def test_it_handles_an_event(
    name: str, shelf: Shelf, values: dict[str, str], services: Parts
) -> None:
    env = environment(name, values, services)
    with images.running(shelf.of(name), *arguments(name), env=env) as it:
        half = HalfRequest(it.port, *request(name))
        assert half.finished() == (202 if name == "jetstream-sink" else 204), it.log()


@each("upload")
def test_upload_takes_an_announcement(
    name: str, shelf: Shelf, values: dict[str, str], services: Parts
) -> None:
    env = environment(name, values, services)
    body = b'{"name": "a.pdf", "size_bytes": 1}'
    with images.running(shelf.of(name), *arguments(name), env=env) as it:
        headers = {"Content-Type": "application/json"}
        assert HalfRequest(it.port, headers, body, "/v1/files").finished() == 401, it.log()
        headers["Authorization"] = f"Bearer {values['ADMIN_TOKEN']}"
        assert HalfRequest(it.port, headers, body, "/v1/files").finished() == 201, it.log()


@each("render", "register", "llm", "outbox", "notify", "jetstream-sink")
def test_what_is_in_flight_at_sigterm_is_answered_before_it_ends(
    name: str, shelf: Shelf, values: dict[str, str], services: Parts
) -> None:
    env = environment(name, values, services)
    with images.running(shelf.of(name), *arguments(name), env=env) as it:
        half = HalfRequest(it.port, *request(name))
        time.sleep(0.5)  # until a thread waits for the second half; nobody can see that from here
        it.process.terminate()
        time.sleep(0.5)
        assert it.process.poll() is None, it.log()
        assert half.finished() == (202 if name == "jetstream-sink" else 204), it.log()
        assert it.process.wait(30) == 0, it.log()


@each("tesseract")
def test_the_embedded_reader_reads_a_page(name: str, shelf: Shelf) -> None:
    with pymupdf.open(stream=text_pdf(["The harbour lamps were lit at six."], 20)) as document:
        image = base64.b64encode(document[0].get_pixmap(dpi=150).tobytes("png")).decode()
    url = {"url": f"data:image/png;base64,{image}"}
    message = {"role": "user", "content": [{"type": "image_url", "image_url": url}]}
    with images.running(shelf.of(name), "-m", "lector.tesseract.endpoint", env={}) as it:
        body = {"model": "tesseract", "messages": [message]}
        answer = httpx2.post(f"{it.url}/v1/chat/completions", json=body, timeout=60)
        assert answer.status_code == 200, it.log()
    text = answer.json()["choices"][0]["message"]["content"]
    assert text == "The harbour lamps were lit at six."


@each(*FUNCTIONS, *COMMANDS, "migrate")
def test_without_its_variables_it_refuses_to_start_and_names_them(name: str, shelf: Shelf) -> None:
    ended = shelf.of(name).ran(*arguments(name), env={"PORT": "1"})
    assert ended.returncode != 0
    assert "Traceback" not in ended.stderr
    assert not {name for name in REQUIRED[name] if name not in ended.stderr}, ended.stderr


@each("llm")
def test_a_setting_with_a_value_that_is_none_is_refused_at_the_start(
    name: str, shelf: Shelf, values: dict[str, str], services: Parts
) -> None:
    env = {**environment(name, values, services), "VERIFY": "perhaps", "PORT": "1"}
    ended = shelf.of(name).ran(*arguments(name), env=env)
    assert ended.returncode != 0
    assert "VERIFY is auto, never or always, not 'perhaps'" in ended.stderr
    assert "Traceback" not in ended.stderr


@each("migrate")
def test_the_job_brings_a_database_up_to_date_and_lets_each_role_log_in(
    name: str, shelf: Shelf, services: Parts
) -> None:
    image = shelf.of(name)
    urls = image.root / "urls"
    urls.mkdir(exist_ok=True)
    postgres = services.embedded.postgres
    (urls / "owner").write_text(postgres.url)
    for role in (*FUNCTIONS, "bridge"):
        (urls / role).write_text(postgres.url_as(f"lector_{role}"))
    env = {"MIGRATIONS": str(checkout() / "migrations"), "DATABASE_URLS": str(urls)}
    for _ in range(2):  # also when there is nothing to do
        ended = image.ran(*arguments(name), env=env)
        assert ended.returncode == 0, ended.stderr
    assert "outbox" in ended.stderr


@each(*FUNCTIONS)
def test_a_function_holds_no_package_of_the_bridge_and_no_tool_of_one_machine(
    name: str, shelf: Shelf
) -> None:
    there = set(os.listdir(shelf.of(name).root / "app" / "lib"))
    assert not there & {"nats", "dbmate", "pytest", "mypy", "pip", "psutil", "rich", "tesserocr"}
    assert not (shelf.of(name).root / "app" / "lib" / "lector" / "local").exists()
