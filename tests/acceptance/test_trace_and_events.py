"""What people see of a file's way on one machine: `lector trace` and `lector events`."""

import json
import re
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from lector.cli.client import Client
from tests.acceptance.commandline import (
    Done,
    Up,
    environment,
    finished,
    lector,
    start_lector,
    wait_until,
)
from tests.support import pdfs
from tests.support.model import ScriptedModel, completion, error
from tools import catalogue

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Stack:
    running: Up
    model: ScriptedModel
    folder: Path

    def lector(self, *words: str | Path) -> Done:
        return lector(*words, data=self.running.data)

    def read(self, pages: int = 1) -> str:
        """The id of a file that went all the way."""
        path = self.folder / f"{uuid4()}.pdf"
        path.write_bytes(pdfs.drawn_pdf([f"{n} {uuid4()}" for n in range(pages)]))
        with Client(self.running.url) as client:
            file_id = str(client.upload(path, None)["id"])
        finished(self.running.url, file_id)
        return file_id

    def events(self, *words: str) -> list[dict[str, Any]]:
        done = self.lector("events", "--json", *words)
        assert done.code == 0, done.err
        return [json.loads(line) for line in done.out.splitlines()]


@pytest.fixture(scope="module")
def stack(
    lector_with_model: tuple[Up, ScriptedModel], tmp_path_factory: pytest.TempPathFactory
) -> Stack:
    running, model = lector_with_model
    model.reset()
    return Stack(running, model, tmp_path_factory.mktemp("trace"))


def test_trace_shows_the_steps_of_each_page_as_a_tree(stack: Stack) -> None:
    stack.model.otherwise = completion("some text", delay_s=0.3)
    done = stack.lector("trace", stack.read(pages=2))
    stack.model.reset()
    assert done.code == 0, done.err
    names = [re.split(r"\s+\+\d", line.lstrip("│├└─ "))[0] for line in done.out.splitlines()]
    page = ["wait for its image", "draw", "wait for the model", "read"]
    assert names[1:] == ["upload", "open", "page 1", *page, "page 2", *page]
    reads = [line for line in done.out.splitlines() if "── read " in line]
    assert [float(re.findall(r"([\d.]+) s", line)[1]) >= 0.3 for line in reads] == [True, True]
    assert all("scripted-1, 11 + 7 tokens" in line for line in reads)


def test_trace_says_why_a_page_failed(stack: Stack) -> None:
    stack.model.otherwise = error(400, "no such model")
    done = stack.lector("trace", stack.read())
    stack.model.reset()
    [page] = [line for line in done.out.splitlines() if "── page 1" in line]
    assert re.search(
        r"failed: the model endpoint 127\.0\.0\.1:\d+ answered 400: no such model", page
    )


def test_trace_as_json_holds_the_same_steps_with_their_times(stack: Stack) -> None:
    done = stack.lector("trace", "--json", stack.read())
    trace = json.loads(done.out)
    assert [step["name"] for step in trace["steps"]] == ["upload", "open", "page 1"]
    assert trace["trace_id"] is None
    [*_, read] = trace["steps"][2]["steps"]
    assert read["began_at"] <= read["ended_at"] <= trace["ended_at"]


def test_trace_of_a_file_that_there_is_not_is_an_error_in_one_line(stack: Stack) -> None:
    done = stack.lector("trace", str(uuid4()))
    assert (done.code, done.out) == (1, "")
    assert "there is no file" in done.err


def test_events_of_a_file_are_its_way_in_order_its_first_page_was_drawn_at_once(
    stack: Stack,
) -> None:
    file_id = stack.read()
    # It is over for the database a moment before that is published.
    last = ("--file", file_id, "--type", "file.completed")
    wait_until(lambda: stack.events(*last) != [], 60)
    assert [event["type"] for event in stack.events("--file", file_id)] == [
        "lector.file.uploaded",
        "lector.file.opened",
        "lector.page.registered",
        "lector.page.read",
        "lector.file.completed",
    ]


def test_events_can_be_chosen_by_type_and_age(stack: Stack) -> None:
    file_id = stack.read()
    chosen = stack.events("--file", file_id, "--type", "page.*", "--type", "lector.file.opened")
    assert [event["type"] for event in chosen] == [
        "lector.file.opened",
        "lector.page.registered",
        "lector.page.read",
    ]
    assert {event["subject"] for event in stack.events("--since", "1h")} >= {file_id}


def test_dead_letters_are_among_the_events(stack: Stack) -> None:
    stack.model.otherwise = error(400, "no such model")
    file_id = stack.read()
    stack.model.reset()
    [letter] = stack.events("--file", file_id, "--type", "delivery.failed")
    assert letter["data"]["failure"]["code"] == "model_refused_request"


def test_an_event_can_be_handed_to_a_function_again(stack: Stack, tmp_path: Path) -> None:
    file_id = stack.read()
    [opened] = stack.events("--file", file_id, "--type", "file.opened")
    path = tmp_path / "event.json"
    path.write_text(json.dumps(opened))
    done = stack.lector("call", "register", path)
    assert (done.code, done.out) == (0, ""), done.err
    assert "register took it" in done.err


def test_a_call_that_fails_says_why(stack: Stack, tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    path.write_text('{"specversion": "1.0"}')
    refused = stack.lector("call", "render", path)
    assert (refused.code, refused.out) == (1, "")
    assert "malformed_event" in refused.err
    unknown = stack.lector("call", "upload", path)
    assert unknown.code == 2
    assert "no function upload" in unknown.err
    path.write_text("[")
    assert stack.lector("call", "render", path).code == 2


def test_every_event_comes_from_one_whom_the_catalogue_names_as_its_producer(stack: Stack) -> None:
    stack.read(pages=2)
    stack.model.otherwise = error(400, "no such model")
    failed = stack.read()
    stack.model.reset()
    assert stack.lector("retry", failed).code == 0
    assert stack.lector("rm", "--yes", failed).code == 0
    published = {
        (event["type"], event["source"].removeprefix("/lector/")) for event in stack.events()
    }
    table = catalogue.TABLE["producers"]
    named = {(kind, name) for kind in table for name, _ in catalogue.producers(kind)}
    assert published <= named, published - named
    assert len({kind for kind, _ in published}) >= 10


def test_events_are_followed_as_they_come_and_nobody_misses_one(stack: Stack) -> None:
    env = environment(stack.running.data)
    with start_lector("events", "--follow", "--json", "--since", "1m", env=env) as following:
        assert following.stdout
        file_id = stack.read()
        lines = iter(following.stdout.readline, "")
        types = []
        for line in lines:
            event = json.loads(line)
            if event["subject"] == file_id:
                types.append(event["type"])
            if types[-1:] == ["lector.file.completed"]:
                break
        following.send_signal(signal.SIGINT)
        assert following.wait(60) == 130
    assert types[0] == "lector.file.uploaded"
    assert len(types) == 5


def test_an_age_that_is_none_and_a_nats_that_is_not_there_are_errors_in_words(stack: Stack) -> None:
    odd = stack.lector("events", "--since", "soon")
    assert (odd.code, "is no length of time such as 90s" in odd.err) == (2, True)
    away = stack.lector("events", "--nats", "nats://127.0.0.1:9")
    assert (away.code, "NATS cannot be reached" in away.err) == (1, True)
