"""The image with all of Lector: its command with its environment, as a process of this machine.

The stage installs the wheel from a lock; test_installed.py holds what a wheel does. No container
engine runs here.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from lector.local.data_folder import DataFolder, Running
from lector.local.process import free_port
from lector.local.tools import checkout
from tests.acceptance.commandline import environment, lector

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
LETTER = checkout() / "tests" / "samples" / "letter.pdf"
#: Another address of this machine than the one that Lector takes by itself: Linux has all of 127/8.
OTHER = "127.0.0.2"
_READY_WITHIN_S = 90.0


def stage() -> str:
    """The lines of the Dockerfile that make the image."""
    text = (checkout() / "Dockerfile").read_text().replace("\\\n", " ")
    [lines] = re.findall(r"^FROM \S+ AS all-in-one\n(.*?)^FROM", text, re.MULTILINE | re.DOTALL)
    return str(lines)


def instruction(name: str) -> str:
    [found] = re.findall(rf"^{name} (.*)$", stage(), re.MULTILINE)
    return str(found)


@pytest.fixture(scope="module")
def objects_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, objects_port: int) -> Iterator[Running]:
    data = tmp_path_factory.mktemp("all in one") / "data"
    of_image = dict(word.split("=", 1) for word in instruction("ENV").split())
    words = json.loads(instruction("CMD"))
    here = {"8080": str(free_port()), "8333": str(objects_port)}
    words = [here.get(word, word) for word in words]
    env = {**environment(data), **of_image, "LECTOR_DATA": str(data), "HOME": os.environ["HOME"]}
    del env["LECTOR_LANGUAGES"]  # those of this machine
    process = subprocess.Popen(
        [sys.executable, "-m", "lector.cli", *words], env=env, cwd=checkout(), text=True
    )
    try:
        deadline = time.monotonic() + _READY_WITHIN_S
        while (found := DataFolder(data).running()) is None:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.2)
        yield found
    finally:
        process.send_signal(signal.SIGTERM)  # as `docker stop` does
        assert process.wait(60) == 0


def test_it_asks_for_a_token_on_every_address_of_the_container(running: Running) -> None:
    port = running.url.rpartition(":")[2]
    for host in ("127.0.0.1", OTHER):
        headers = {"Host": f"127.0.0.1:{port}"}
        answer = httpx2.get(f"http://{host}:{port}/v1/files", headers=headers, timeout=30)
        assert answer.status_code == 401, host


def test_functions_events_and_database_stay_on_loopback(running: Running) -> None:
    inner = [*running.function_urls.values(), running.nats_url, running.services["DATABASE_URL"]]
    for url in inner:
        port = int(re.findall(r":(\d+)(?:/|$)", url)[-1])
        with pytest.raises(httpx2.ConnectError):
            httpx2.get(f"http://{OTHER}:{port}/", timeout=5)


def test_a_pdf_is_read_and_its_image_is_had_at_the_published_port(
    running: Running, objects_port: int
) -> None:
    env = {**environment(), "LECTOR_TOKEN": running.token}
    read = lector("ocr", LETTER, "--text-layer", "never", "--server", running.url, env=env)
    assert read.code == 0, read.err
    assert "Bookbinders" in read.out
    headers = {"Authorization": f"Bearer {running.token}"}
    [file] = httpx2.get(f"{running.url}/v1/files", headers=headers, timeout=30).json()["files"]
    pages = httpx2.get(f"{running.url}/v1/files/{file['id']}/pages", headers=headers, timeout=30)
    url = pages.json()["pages"][0]["image"]["url"]
    assert url.startswith(f"http://127.0.0.1:{objects_port}/")
    assert httpx2.get(url, timeout=30).status_code == 200


def test_others_are_let_in_with_a_token_alone(tmp_path: Path) -> None:
    done = lector("up", "--host", "0.0.0.0", data=tmp_path / "data")  # noqa: S104
    assert done.code == 2
    assert "--auth is needed, too" in done.err


def test_the_image_runs_as_a_user_that_every_base_knows_on_a_volume() -> None:
    assert instruction("USER") == "65534:65534"
    assert instruction("VOLUME") == "/data"
    assert instruction("EXPOSE") == "8080 8333"
    assert instruction("ENTRYPOINT") == '["lector"]'
    assert json.loads(instruction("CMD"))[0] == "up"
