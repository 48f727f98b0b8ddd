"""Whoever wants to know is told: by the whole stack, with listeners that are real servers."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from lector.domain.functions import FUNCTIONS
from lector.local.tools import checkout
from tests.acceptance.commandline import (
    Done,
    Up,
    environment,
    lector,
    start_lector,
    unused_port,
    up_with_model,
    wait_until,
)
from tests.support import listener, pdfs
from tests.support.listener import Listener

pytestmark = pytest.mark.slow
MODULES = checkout() / "web" / "node_modules"
# Node's own server, in front of what knows requests of the web alone.
SERVER = """
import { createServer } from 'node:http'
import { receiver } from './webhook_receiver.js'
const [secret, port] = process.argv.slice(2)
const answer = receiver(secret, (type, data) => console.log(type, JSON.stringify(data)))
createServer(async (incoming, outgoing) => {
  const pieces = []
  for await (const piece of incoming) pieces.push(piece)
  const request = { method: 'POST', headers: incoming.headers, body: Buffer.concat(pieces) }
  outgoing.writeHead((await answer(new Request('http://here/', request))).status).end()
}).listen(Number(port), '127.0.0.1')
"""


@dataclass(frozen=True)
class Telling:
    """A Lector with a bot, whose Telegram is on this machine."""

    running: Up
    telegram: Listener
    folder: Path

    def lector(self, *words: str) -> Done:
        return lector(*words, data=self.running.data)

    def read(self, files: int = 1) -> Done:
        """Files of a page each, read on the command line."""
        pile = self.folder / str(uuid4())
        pile.mkdir()
        for n in range(files):
            (pile / f"{n}.pdf").write_bytes(pdfs.drawn_pdf([str(uuid4())]))
        return self.running.ocr(pile)

    def texts(self) -> list[str]:
        return [told.json()["text"] for told in list(self.telegram.told)]


@pytest.fixture(scope="module")
def telling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telling]:
    folder = tmp_path_factory.mktemp("telling")
    telegram = Listener()
    settings = {
        "NOTIFY_ALLOW_PRIVATE": "127.0.0.1",
        "TELEGRAM_API": f"http://127.0.0.1:{telegram.port}",
        "TELEGRAM_BOT_TOKEN": "123:secret-token",
        "TELEGRAM_CHAT_ID": "-42",
        "DIGEST_QUIET_S": "8",  # longer than a busy machine takes from one file to the next
        "DOORBELL_CHECK_S": "0.5",
    }
    try:
        with up_with_model(folder, settings) as (running, _):
            yield Telling(running, telegram, folder)
    finally:
        telegram.stop()


@pytest.fixture
def hook() -> Iterator[Listener]:
    hook = Listener()
    yield hook
    hook.stop()


def test_a_webhook_is_told_of_each_step_of_a_file_once(telling: Telling, hook: Listener) -> None:
    added = telling.lector("notify", "add", hook.url)
    assert added.code == 0, added.err
    assert added.out.startswith("whsec_")
    telling.read()
    wait_until(lambda: len(hook.of_type("lector.file.completed")) == 1, 60)
    wait_until(lambda: len(hook.told) >= 3, 60)
    assert sorted(told.headers["ce-type"] for told in hook.told) == [
        "lector.file.completed",
        "lector.file.uploaded",
        "lector.page.read",
    ]


def test_whoever_listens_sees_what_happens_while_it_happens(telling: Telling) -> None:
    listening = start_lector(
        *("notify", "listen", "-n", "1", "--json", "--type", "lector.file.completed"),
        env=environment(telling.running.data),
    )
    try:
        for _ in range(5):  # it takes a moment until it listens
            telling.read()
            if listening.poll() is not None:
                break
        out, err = listening.communicate(timeout=60)
    finally:
        listening.kill()
    assert listening.returncode == 0, err
    [event] = map(json.loads, out.splitlines())
    assert (event["type"], event["specversion"]) == ("lector.file.completed", "1.0")
    assert event["data"]["pagesRead"] == 1
    assert "listening to" in err


def test_a_webhook_that_fails_at_first_is_told_later_and_delays_nobody_else(
    telling: Telling, hook: Listener
) -> None:
    other = Listener()
    hook.script.extend([listener.answers(500), listener.hangs_up])
    telling.lector("notify", "add", hook.url, "--type", "lector.file.completed")
    telling.lector("notify", "add", other.url, "--type", "lector.file.completed")
    telling.read()
    wait_until(lambda: len(other.told) == 1, 60)
    wait_until(lambda: len(hook.told) == 3, 60)
    assert len({told.headers["webhook-id"] for told in hook.told}) == 1
    assert len(other.told) == 1
    other.stop()


@pytest.mark.slow
def test_a_pile_of_files_makes_one_message(telling: Telling) -> None:
    with telling.running.database() as database:
        noted = "SELECT count(*) FROM finished_files"
        wait_until(lambda: database.execute(noted).fetchall() == [(0,)], 60)
    time.sleep(1)  # what was asked for by then is told
    before = len(telling.texts())
    assert telling.read(files=10).code == 0
    wait_until(lambda: len(telling.texts()) > before, 60)
    told = telling.texts()[before:]
    assert told == ["10 files finished, 10 of them whole; 10 pages read"]


def test_a_test_says_whether_it_was_taken(telling: Telling, hook: Listener) -> None:
    done = telling.lector("notify", "test")
    assert (done.code, "telegram took it: answered 204" in done.err) == (0, True)
    telling.lector("notify", "add", hook.url)
    webhook_id = telling.lector("notify", "ls").out.splitlines()[-1].split("\t")[0]
    hook.otherwise = listener.answers(403)
    refused = telling.lector("notify", "test", webhook_id)
    assert refused.code == 1
    assert f"{webhook_id} did not take it: answered 403" in refused.err
    [row, *_] = telling.lector("notify", "log", webhook_id).out.splitlines()[1:]
    assert row.split("\t")[1:] == ["lector.webhook.tested", "no", "answered 403"]
    removed = telling.lector("notify", "rm", webhook_id)
    assert (removed.code, "is removed" in removed.err) == (0, True)


def test_a_url_into_a_private_network_is_an_error_in_words(telling: Telling) -> None:
    done = telling.lector("notify", "add", "http://169.254.169.254/latest")
    assert (done.code, done.out) == (1, "")
    assert "no public address; NOTIFY_ALLOW_PRIVATE may allow it" in done.err


def test_no_log_holds_the_bots_token_and_no_other_process_knows_it(telling: Telling) -> None:
    logs = "".join(path.read_text() for path in (telling.running.data / "logs").iterdir())
    assert "secret-token" not in logs
    knowing = {
        word
        for process in telling.running.processes()
        if "TELEGRAM_BOT_TOKEN" in process.environ()
        for word in process.cmdline()
        if word in (*FUNCTIONS, "jetstream-source")
    }
    assert knowing == {"notify"}


def told_example(telling: Telling, *command: str, port: int, secret_in: str | None) -> str:
    """What a receiver prints that is told of a file, by the secret of its webhook; and no other."""
    url = f"http://127.0.0.1:{port}/"
    added = telling.lector("notify", "add", url, "--type", "lector.file.completed")
    secret = added.out.strip()
    words = [*command, secret, str(port)] if secret_in is None else [*command, str(port)]
    env = {**os.environ, **({secret_in: secret} if secret_in else {})}
    with running_program(words, env) as process:
        wait_until(lambda: is_refused(url), 60)
        telling.read()
        assert process.stdout is not None
        return process.stdout.readline()


@contextmanager
def running_program(words: list[str], env: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(words, env=env, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def is_refused(url: str) -> bool:
    """Whether a receiver takes requests, and believes nobody without a signature."""
    try:
        return httpx2.post(url, content=b"{}").status_code == 401
    except httpx2.TransportError:  # it does not listen yet
        return False


def test_the_receiver_in_python_prints_what_lector_has_signed(telling: Telling) -> None:
    receiver = [sys.executable, str(checkout() / "examples" / "webhook_receiver.py")]
    printed = told_example(telling, *receiver, port=unused_port(), secret_in="WEBHOOK_SECRET")
    assert printed.startswith("lector.file.completed ")
    assert "'pagesRead': 1" in printed


@pytest.mark.skipif(
    not (shutil.which("node") and (MODULES / ".bin" / "tsc").exists()),
    reason="Node and the page's dependencies are not there; `make web` installs these",
)
def test_the_receiver_in_typescript_is_told_what_lector_has_signed(
    telling: Telling, tmp_path: Path
) -> None:
    (tmp_path / "node_modules").symlink_to(MODULES)
    shutil.copy(checkout() / "examples" / "webhook_receiver.ts", tmp_path)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "run.js").write_text(SERVER)
    tsc = str(MODULES / ".bin" / "tsc")
    options = ["--strict", "--target", "es2023", "--module", "nodenext", "--skipLibCheck"]
    subprocess.run([tsc, *options, "webhook_receiver.ts"], cwd=tmp_path, check=True)
    node = [str(shutil.which("node")), str(tmp_path / "run.js")]
    printed = told_example(telling, *node, port=unused_port(), secret_in=None)
    event, _, data = printed.partition(" ")
    assert (event, json.loads(data)["pagesRead"]) == ("lector.file.completed", 1)
