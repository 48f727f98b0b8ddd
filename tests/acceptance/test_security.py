"""What docs/security.md promises of a whole Lector on one machine."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx2
import psutil
import pytest

from lector.contracts import FileUploaded
from lector.runtime import events
from tests.acceptance.commandline import Up, finished
from tests.acceptance.conftest import API_KEY
from tests.support import pdfs
from tests.support.model import ScriptedModel, completion, error

CONFIDENTIAL = f"confidential {uuid4()}"
KEY = re.compile(
    r"files/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/(original\.pdf|pages/\d{5}\.(jpg|json))"
)
HOSTILE_NAME = "../../../etc/cron.d/../$(reboot);'\"<script>.pdf"


@dataclass(frozen=True)
class Stack:
    """A Lector that has read a confidential page, and failed on another."""

    running: Up
    file_id: str


@pytest.fixture(scope="module")
def stack(lector_with_model: tuple[Up, ScriptedModel]) -> Stack:
    running, model = lector_with_model
    model.reset()
    model.script.extend([error(400, CONFIDENTIAL), completion("")])
    model.otherwise = completion(CONFIDENTIAL)
    pdf = pdfs.drawn_pdf([f"{n} {uuid4()}" for n in range(4)])
    sent = httpx2.post(f"{running.url}/v1/files", files={"file": (HOSTILE_NAME, pdf)}, timeout=20)
    file_id = sent.raise_for_status().json()["id"]
    finished(running.url, file_id)
    model.reset()
    return Stack(running, file_id)


def listening(process: psutil.Process) -> list[tuple[str, int]]:
    """Addresses and ports at which a process takes connections."""
    found = process.net_connections("inet")
    return [(c.laddr.ip, c.laddr.port) for c in found if c.status == psutil.CONN_LISTEN]


def test_every_process_listens_on_loopback_only(stack: Stack) -> None:
    found = [address for process in stack.running.processes() for address in listening(process)]
    assert len(found) > 10
    assert {address for address, _ in found} == {"127.0.0.1"}


def test_no_log_carries_a_secret(stack: Stack) -> None:
    data = stack.running.data
    secrets = [API_KEY, *json.loads((data / "secrets.json").read_text()).values()]
    logs = {log.name: log.read_text(errors="replace") for log in (data / "logs").iterdir()}
    assert len(logs) > 8
    assert [(name, s) for name, text in logs.items() for s in secrets if s in text] == []


def test_no_log_carries_the_text_of_a_page(stack: Stack) -> None:
    text = httpx2.get(f"{stack.running.url}/v1/files/{stack.file_id}/text").text
    assert CONFIDENTIAL in text
    logs = [log.read_text(errors="replace") for log in (stack.running.data / "logs").iterdir()]
    assert not any(CONFIDENTIAL in log for log in logs)


def test_a_file_name_never_becomes_a_path(stack: Stack) -> None:
    shown = httpx2.get(f"{stack.running.url}/v1/files/{stack.file_id}").json()
    assert "/" not in shown["name"]
    assert "script" in shown["name"]
    keys = stack.running.objects()
    pages = [f"files/{stack.file_id}/pages/{number:05d}.jpg" for number in range(1, 5)]
    of_the_file = {key for key in keys if stack.file_id in key}
    assert of_the_file == {f"files/{stack.file_id}/original.pdf", *pages}
    # Nor does that of any other file: keys are made of ids and numbers alone.
    assert [key for key in keys if not KEY.fullmatch(key)] == []


@pytest.mark.parametrize("name", ["render", "register", "llm", "outbox", "notify"])
def test_a_function_refuses_a_web_page(stack: Stack, name: str) -> None:
    part = stack.running.part("--target", name)
    [port] = {port for _, port in listening(part)}
    data = FileUploaded(generation=1, object_key="k", name="a", size_bytes=1)
    headers, body = events.to_http(events.event("c", uuid4(), data, "test"))
    answer = httpx2.post(
        f"http://127.0.0.1:{port}/",
        headers={**headers, "Origin": "https://example.com"},
        content=body,
    )
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}]
)
def test_a_web_page_of_another_site_does_not_get_in(stack: Stack, headers: dict[str, str]) -> None:
    url = f"{stack.running.url}/v1/files/{stack.file_id}"
    assert httpx2.get(url, headers=headers).status_code == 403
    assert httpx2.delete(url, headers=headers).status_code == 403
    assert httpx2.get(url, headers={"Origin": stack.running.url}).status_code == 200


def test_only_the_function_that_asks_the_model_has_the_key(stack: Stack) -> None:
    knowing = [
        process.cmdline()
        for process in stack.running.processes()
        if process.environ().get("OPENAI_API_KEY") == API_KEY
    ]
    assert knowing
    assert all("llm" in command for command in knowing)


def test_the_data_folder_is_private_to_its_owner(stack: Stack) -> None:
    data: Path = stack.running.data
    assert data.stat().st_mode & 0o077 == 0
    assert (data / "secrets.json").stat().st_mode & 0o077 == 0


def test_no_process_sees_a_password_on_a_command_line(stack: Stack) -> None:
    secrets = [API_KEY, *json.loads((stack.running.data / "secrets.json").read_text()).values()]
    commands = [" ".join(process.cmdline()) for process in stack.running.processes()]
    assert [command for command in commands for secret in secrets if secret in command] == []
