"""The crash table of docs/architecture.md: each process is stopped between two effects, for real.

A fail point is a file in a folder: the process that passes it next dies there, with its group, as
a killed container would, and is started again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from lector.cli.client import Client
from tests.acceptance.commandline import Up, finished, up_with_model, wait_until
from tests.support import pdfs
from tests.support.model import ScriptedModel, error

PAGES = 2
CARRIED = "This page carries its text, and says"


@dataclass(frozen=True)
class Outcome:
    """What became of a file, and what it took. `announced` counts events by type."""

    file: Mapping[str, Any]
    texts: list[str]
    calls: int
    announced: Mapping[str, int]


class Stack:
    """A whole Lector whose processes can be told where to die, and a model that counts."""

    def __init__(self, running: Up, points: Path, folder: Path, model: ScriptedModel) -> None:
        self.running = running
        self.model = model
        self.folder = folder
        self._points = points

    def arm(self, name: str) -> None:
        (self._points / name).touch()

    def fired(self, name: str) -> bool:
        return not (self._points / name).exists()

    def fires(self, name: str) -> None:
        """Wait until a process has died there."""
        wait_until(lambda: self.fired(name), 30)

    def pdf(self, pages: int = PAGES) -> Path:
        """Pages that nobody has read before."""
        path = self.folder / f"{uuid4()}.pdf"
        path.write_bytes(pdfs.drawn_pdf([f"{n} {uuid4()}" for n in range(pages)]))
        return path

    def send(self, path: Path, **options: str) -> str:
        """Announce, store and confirm a file, as `lector ocr` does; its id."""
        with Client(self.running.url) as client:
            return str(client.upload(path, None, **options)["id"])

    def outcome(self, file_id: str, calls_before: int = 0) -> Outcome:
        """How it ended, once it has."""
        file = finished(self.running.url, file_id, 80)
        pages = self.get(f"{file_id}/pages")["pages"]
        return Outcome(
            file=file,
            texts=[page["text"] for page in pages if page["status"] == "read"],
            calls=len(self.model.requests) - calls_before,
            announced=self.announced(file_id),
        )

    def read(self, pages: int = PAGES) -> Outcome:
        """Send a file and wait for its end."""
        calls = len(self.model.requests)
        return self.outcome(self.send(self.pdf(pages)), calls)

    def extract(self) -> Outcome:
        """Send a file whose pages carry their text, have it taken, and wait for its end."""
        path, calls = self.folder / f"{uuid4()}.pdf", len(self.model.requests)
        path.write_bytes(pdfs.text_pdf([f"{CARRIED} {pdfs.sentinel(n)}." for n in range(PAGES)]))
        return self.outcome(self.send(path, text_layer="auto"), calls)

    def get(self, path: str) -> Any:
        return httpx2.get(f"{self.running.url}/v1/files/{path}", timeout=20).json()

    def announced(self, file_id: str) -> Mapping[str, int]:
        with self.running.database() as connection:
            return dict(
                connection.execute(
                    "SELECT type, count(*) FROM outbox WHERE subject = %s GROUP BY type", [file_id]
                ).fetchall()
            )


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("crashes")
    points = folder / "points"
    points.mkdir()
    settings = {
        "FAIL_POINTS": str(points),
        "REMOVAL_AFTER_S": "5",
        "S3_URL_LIFETIME_S": "3",
        "DOORBELL_CHECK_S": "1",
    }
    with up_with_model(folder, settings) as (running, model):
        yield Stack(running, points, folder, model)


@pytest.fixture(autouse=True)
def _obedient(stack: Stack) -> None:
    stack.model.reset()


def is_whole(outcome: Outcome, pages: int = PAGES, texts: Sequence[str] | None = None) -> None:
    """Every page was read, once, and that was said once."""
    assert outcome.file["status"] == "completed"
    assert outcome.texts == (texts or ["some text"] * pages)
    assert outcome.announced["lector.page.read"] == pages
    assert outcome.announced["lector.file.completed"] == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "point",
    [
        "render.stored",
        "register.opened",
        "register.rendered",
        "outbox.published",
        "sink.published",
        "doorbell.heard",
    ],
)
def test_a_file_is_read_once_although_a_process_dies(stack: Stack, point: str) -> None:
    stack.arm(point)
    outcome = stack.read()
    assert stack.fired(point)
    is_whole(outcome)
    assert outcome.calls == PAGES


@pytest.mark.parametrize(
    "point",
    ["render.stored", "register.rendered", "llm.extracted", "outbox.published", "sink.published"],
)
def test_a_file_that_carries_its_text_is_read_once_and_by_no_model_although_a_process_dies(
    stack: Stack, point: str
) -> None:
    stack.arm(point)
    outcome = stack.extract()
    assert stack.fired(point)
    is_whole(outcome, texts=[f"{CARRIED} {pdfs.sentinel(n)}." for n in range(PAGES)])
    assert outcome.calls == 0


def test_llm_dying_with_an_answer_in_hand_costs_that_answer_and_no_more(stack: Stack) -> None:
    stack.arm("llm.answered")
    outcome = stack.read(pages=1)
    assert stack.fired("llm.answered")
    is_whole(outcome, pages=1)
    assert outcome.calls == 2


def test_llm_dying_after_the_commit_costs_nothing(stack: Stack) -> None:
    stack.arm("llm.committed")
    outcome = stack.read(pages=1)
    assert stack.fired("llm.committed")
    is_whole(outcome, pages=1)
    assert outcome.calls == 1


def test_upload_dying_after_the_confirmation_has_confirmed(stack: Stack) -> None:
    stack.arm("upload.confirmed")
    outcome = stack.read()  # the client asks again
    assert stack.fired("upload.confirmed")
    is_whole(outcome)
    assert outcome.announced["lector.file.uploaded"] == 1


@pytest.mark.slow
def test_upload_dying_before_the_confirmation_leaves_what_gc_removes(stack: Stack) -> None:
    stack.arm("upload.stored")
    url = f"{stack.running.url}/v1"
    with suppress(httpx2.TransportError), stack.pdf().open("rb") as content:
        httpx2.post(f"{url}/files", files={"file": content}, timeout=20)
    stack.fires("upload.stored")
    wait_until(lambda: _answers(f"{url}/files"), 30)
    [left] = httpx2.get(f"{url}/files?status=announced").json()["files"]
    found = httpx2.post(f"{url}/gc", json={"older_than_h": 0}).json()
    assert found["unconfirmed"] == [left["id"]]
    wait_until(lambda: not _row(stack, left["id"]), 30)
    assert httpx2.post(f"{url}/gc").json() == {"unconfirmed": [], "orphans": []}


def test_register_dying_after_a_failure_was_entered_shows_it_once(stack: Stack) -> None:
    stack.model.otherwise = error(401)
    stack.arm("register.failed")
    outcome = stack.read()
    assert stack.fired("register.failed")
    assert outcome.file["status"] == "failed"
    assert outcome.announced["lector.page.failed"] == PAGES


@pytest.mark.slow
def test_render_dying_after_a_removal_removes_again_and_leaves_nothing(stack: Stack) -> None:
    file_id = stack.send(stack.pdf())
    stack.outcome(file_id)
    stack.arm("render.removed")
    assert httpx2.delete(f"{stack.running.url}/v1/files/{file_id}").status_code == 204
    stack.fires("render.removed")
    wait_until(lambda: not _row(stack, file_id), 60)
    assert httpx2.post(f"{stack.running.url}/v1/gc").json()["orphans"] == []


def test_listeners_that_are_cut_off_listen_again(stack: Stack) -> None:
    with stack.running.database() as connection:
        cut = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'lector_bridge'"
        ).fetchall()
    assert cut == [(True,), (True,)]  # one listens for the outbox, one for webhooks
    is_whole(stack.read())


@dataclass(frozen=True)
class SourceRows:
    """Files during whose deliveries the source died. What it held comes again after 30 s."""

    answered: Outcome
    replied: Outcome
    dead_lettered: Outcome


@pytest.fixture(scope="module")
def source(stack: Stack) -> SourceRows:
    no_pdf = stack.pdf()
    no_pdf.write_bytes(pdfs.not_a_pdf())
    files = {
        "source.answered": stack.pdf(),
        "source.replied": stack.pdf(),
        "source.dead_lettered": no_pdf,
    }
    sent: dict[str, str] = {}
    for point, path in files.items():
        stack.arm(point)
        sent[point] = stack.send(path)
        stack.fires(point)
    return SourceRows(
        answered=stack.outcome(sent["source.answered"]),
        replied=stack.outcome(sent["source.replied"]),
        dead_lettered=stack.outcome(sent["source.dead_lettered"]),
    )


ROWS: list[Callable[[SourceRows], Outcome]] = [
    lambda rows: rows.answered,
    lambda rows: rows.replied,
]


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=["before its reply is published", "before the ack"])
def test_the_source_dying_delivers_again(
    source: SourceRows, row: Callable[[SourceRows], Outcome]
) -> None:
    is_whole(row(source))


@pytest.mark.slow
def test_the_source_dying_after_a_dead_letter_shows_one_failure(source: SourceRows) -> None:
    outcome = source.dead_lettered
    assert (outcome.file["status"], outcome.file["error_code"]) == ("failed", "not_a_pdf")
    assert outcome.announced["lector.file.failed"] == 1


def _answers(url: str) -> bool:
    try:
        return httpx2.get(url, timeout=5).is_success
    except httpx2.TransportError:
        return False


def _row(stack: Stack, file_id: str) -> bool:
    with stack.running.database() as connection:
        found = connection.execute("SELECT FROM files WHERE id = %s", [file_id]).fetchall()
    return bool(found)
