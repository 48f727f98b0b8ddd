"""Every image does its job where a cluster would run it: on a read-only root, as user 65532.

All of them together are a Lector, started as the manifests say, on two kinds of base: Debian's own
Python, and one in /usr/local as the default base has it (tests/support/bases.py). PostgreSQL, NATS,
the object store and whoever is notified are on this machine.
"""

import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import psycopg
import pytest

from lector.domain.functions import FUNCTIONS
from lector.local.process import free_port
from lector.local.tools import checkout
from tests.support import bases, images, languages, manifest_settings, parts, pdfs
from tests.support.bases import Base
from tests.support.images import Container
from tests.support.listener import Listener
from tests.support.manifest_settings import arguments
from tests.support.parts import Parts
from tests.support.rooted import RootedImage

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),  # the first test makes a base and eight images
    pytest.mark.skipif(bool(bases.lacking()), reason=bases.lacking() or "-"),
]
COMMANDS = ("jetstream-sink", "jetstream-source", "postgres-source")
#: Who sends events comes last, as what takes them has to listen.
STARTED = ("tesseract", *FUNCTIONS, *COMMANDS)
IMAGES = (*FUNCTIONS, "bridge", "tesseract")
READERS = checkout() / "knative" / "base" / "readers.yaml"
SUBSCRIPTIONS = checkout() / "lector" / "bridge" / "subscriptions.yaml"
PAGES = (languages.ENGLISH, languages.SPANISH)
_READ_WITHIN_S = 120.0
_ENDS_WITHIN_S = 5.0
_LIBRARIES = r"""
find /app/lib -name '*.so' -not -path '*.libs/*' -o -path '/app/lib/bin/*' -type f |
  while read -r file; do ldd "$file" 2>/dev/null | grep 'not found' | sed "s|^|$file:|"; done
true
"""


class Lector:
    """All images of one base at work, each with the port on which it listens."""

    def __init__(self, base: Base, services: Parts) -> None:
        self.base = base
        self.services = services
        self.hook = Listener()
        self.containers: dict[str, Container] = {}
        self._ports = {name: free_port() for name in STARTED}
        self._images: dict[str, RootedImage] = {}
        self._running = ExitStack()
        self._values = {**manifest_settings.values(services), **self._addresses()}

    def _addresses(self) -> dict[str, str]:
        """What the quickstart has beside addresses; webhooks on this machine are allowed."""
        urls = {name: f"http://127.0.0.1:{port}" for name, port in self._ports.items()}
        takers = [name for name in FUNCTIONS if name != "upload"]
        return {
            "FUNCTION_URLS": ",".join(f"{name}={urls[name]}" for name in takers),
            "K_SINK": f"{urls['jetstream-sink']}/",
            "SWEEP_SINK": f"{urls['register']}/",
            "NOTIFY_SINK": f"{urls['notify']}/",
            "OPENAI_BASE_URL": f"{urls['tesseract']}/v1",
            "TESSERACT_URL": f"{urls['tesseract']}/v1",
            "READER": "tesseract",
            "READERS_SET_UP": "tesseract",
            "TESSERACT_LANGUAGES": "en,es",
            "READERS_FILE": "/etc/lector/readers.yaml",
            "NOTIFY_ALLOW_PRIVATE": "127.0.0.1",
        }

    def image(self, name: str) -> RootedImage:
        """The image in which a process runs, made when it is first asked for."""
        name = name if name in IMAGES else "bridge"
        if name not in self._images:
            self._images[name] = RootedImage.built_on(self.base, name)
            files = {"readers.yaml": READERS, "subscriptions.yaml": SUBSCRIPTIONS}
            self._images[name].mount({n: path.read_text() for n, path in files.items()})
        return self._images[name]

    def start(self) -> None:
        """Start every process, each when the one before is ready."""
        for name in STARTED:
            values = self._values
            if name == "postgres-source":  # its sink is the outbox function
                values = {**values, "K_SINK": f"http://127.0.0.1:{self._ports['outbox']}/"}
            env = manifest_settings.environment(name, values, self.services)
            run = partial(images.running, self.image(name), *arguments(name))
            running = run(env=env, port=self._ports[name])
            self.containers[name] = self._running.enter_context(running)

    def stop(self) -> None:
        """End everything that was started; leave nothing."""
        self._running.close()
        self.hook.stop()
        for image in self._images.values():
            image.remove()

    def ask(self, method: str, path: str, **options: Any) -> httpx2.Response:
        """Call the API as its administrator."""
        headers = {"Authorization": f"Bearer {self._values['ADMIN_TOKEN']}"}
        url = f"{self.containers['upload'].url}{path}"
        return httpx2.request(method, url, headers=headers, timeout=30, **options)

    def read(self, content: bytes, wishes: Mapping[str, str]) -> tuple[dict[str, Any], Any]:
        """Send a file as a form; it and its pages when it is finished."""
        files = {"file": ("ferry.pdf", content, "application/pdf")}
        sent = self.ask("POST", "/v1/files", files=files, data=wishes)
        assert sent.status_code == 202, (sent.text, self.logs())
        file_id = sent.json()["id"]
        deadline = time.monotonic() + _READ_WITHIN_S
        while (file := self.ask("GET", f"/v1/files/{file_id}").json())["status"] in (
            *("announced", "uploaded", "reading"),
        ):
            assert time.monotonic() < deadline, (file, self.logs())
            time.sleep(0.25)
        return file, self.ask("GET", f"/v1/files/{file_id}/pages").json()["pages"]

    def logs(self) -> str:
        """The end of what each process said; pytest shows all of it, not cut, as it is printed."""
        said = {name: container.log() for name, container in self.containers.items()}
        print("\n".join(f"== {name}\n{log}" for name, log in said.items()))  # noqa: T201
        return "\n".join(f"== {name}\n{log[-2000:]}" for name, log in said.items())


@pytest.fixture(scope="module", params=bases.KINDS)
def base(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Base:
    # Below a folder that everybody may enter, as the image's user does.
    return bases.make(request.param, tmp_path_factory.mktemp("base") / request.param)


@pytest.fixture(scope="module")
def lector(base: Base, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lector]:
    languages.data_of("spa")
    with parts.running(tmp_path_factory.mktemp("parts")) as services:
        lector = Lector(base, services)
        try:
            lector.start()
            yield lector
        finally:
            lector.stop()


@pytest.fixture(scope="module")
def read(lector: Lector) -> tuple[dict[str, Any], Any]:
    """A file of an English and a Spanish page that all of them have read, told to a webhook."""
    added = lector.ask("POST", "/v1/webhooks", json={"url": lector.hook.url})
    assert added.status_code == 201, added.text
    return lector.read(pdfs.text_pdf(PAGES, 14), {"text_layer": "never"})


def test_upload_takes_a_file_and_serves_the_page(
    lector: Lector, read: tuple[dict[str, Any], Any]
) -> None:
    file, _ = read
    assert (file["name"], file["status"]) == ("ferry.pdf", "completed"), (file, lector.logs())
    page = lector.ask("GET", "/")
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/")


def test_register_counts_the_pages_and_render_draws_them_into_the_object_store(
    lector: Lector, read: tuple[dict[str, Any], Any]
) -> None:
    file, pages = read
    assert file["page_count"] == 2
    for page in pages:
        drawn = httpx2.get(page["image"]["url"], timeout=30)
        assert drawn.status_code == 200, lector.logs()
        assert drawn.content[:3] == b"\xff\xd8\xff" or drawn.content[:4] == b"\x89PNG"


def test_llm_has_tesseract_read_a_page_in_each_of_two_languages(
    lector: Lector, read: tuple[dict[str, Any], Any]
) -> None:
    _, pages = read
    for page, printed in zip(pages, PAGES, strict=True):
        assert page["status"] == "read", lector.logs()
        assert languages.recall(printed, page["text"]) > 0.95
    assert {page["provenance"] for page in pages} == {"model"}


def test_outbox_has_published_everything_and_notify_posts_it_to_a_webhook(
    lector: Lector, read: tuple[dict[str, Any], Any]
) -> None:
    file, _ = read
    deadline = time.monotonic() + 30
    while not (told := lector.hook.of_type("lector.file.completed")):
        assert time.monotonic() < deadline, lector.logs()
        time.sleep(0.25)
    assert told[0].headers["ce-subject"] == file["id"]
    waiting = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
    with psycopg.connect(lector.services.embedded.postgres.url) as connection:
        assert connection.execute(waiting).fetchone() == (0,)


def test_no_log_has_a_traceback_or_a_warning_of_python(
    lector: Lector, read: tuple[dict[str, Any], Any]
) -> None:
    for name, container in lector.containers.items():
        log = container.log()
        assert "Traceback" not in log, (name, log)
        assert "Warning:" not in log, (name, log)


@pytest.mark.parametrize("name", STARTED)
def test_it_ends_soon_and_with_status_0_at_sigterm(lector: Lector, name: str) -> None:
    """The last test that needs them all."""
    container = lector.containers[name]
    began = time.monotonic()
    assert container.terminate() == 0, container.log()
    assert time.monotonic() - began < _ENDS_WITHIN_S, container.log()


@pytest.mark.parametrize("name", IMAGES)
def test_no_wheel_needs_a_library_that_the_base_lacks(lector: Lector, name: str) -> None:
    command = lector.image(name).run_command("sh", "-c", _LIBRARIES)
    done = subprocess.run(
        command, env=lector.image(name).environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == ""


@pytest.mark.parametrize("name", IMAGES)
def test_it_is_nobody_and_writes_nowhere_but_in_tmp(lector: Lector, name: str) -> None:
    words = """
    test "$(id -u):$(id -g)" = 65532:65532
    ! grep -q 65532 /etc/passwd
    for place in / /app /app/lib /etc /etc/lector /usr/local /var/tmp; do ! touch $place/x; done
    touch /tmp/x
    """
    done = subprocess.run(
        lector.image(name).run_command("sh", "-ec", words),
        env=lector.image(name).environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def migrations() -> list[Path]:
    return sorted((checkout() / "migrations").glob("*.sql"))


def test_migrate_brings_an_empty_database_up_and_its_dbmate_takes_it_down(lector: Lector) -> None:
    image, postgres = lector.image("bridge"), lector.services.embedded.postgres
    database = urlsplit(postgres.url)._replace(path="/afresh").geturl()
    roles = {name: postgres.url_as(f"lector_{name}") for name in (*FUNCTIONS, "bridge")}
    image.mount({f"migrations/{path.name}": path.read_text() for path in migrations()})
    image.mount({f"database/{name}": url for name, url in {**roles, "owner": database}.items()})
    env = {"MIGRATIONS": "/etc/lector/migrations", "DATABASE_URLS": "/etc/lector/database"}
    ended = image.ran(*arguments("migrate"), env=env)
    assert ended.returncode == 0, ended.stderr
    assert applied(database) == len(migrations())
    dbmate = ["/app/lib/bin/dbmate", "--migrations-dir", "/etc/lector/migrations"]
    for _ in migrations():
        down = image.run_command(*dbmate, "--no-dump-schema", "rollback")
        env = {**image.environment, "DATABASE_URL": database}
        ended = subprocess.run(down, env=env, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr + ended.stdout
    assert applied(database) == 0


def applied(database: str) -> int:
    with psycopg.connect(database) as connection:
        counted = connection.execute("SELECT count(*) FROM schema_migrations").fetchone()
    assert counted
    return int(counted[0])
