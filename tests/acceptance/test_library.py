"""What programs do with `from lector import Lector`, against a Lector that runs."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

import lector
from lector import AsyncLector, FileFailed, Lector, PagesFailed, StillReading
from lector.local.tools import checkout
from tests.acceptance.commandline import Up, finished
from tests.acceptance.commandline import lector as lector_command
from tests.support import pdfs
from tests.support.model import ScriptedModel, completion, error

pytestmark = pytest.mark.slow
SAMPLE = checkout() / "tests" / "samples" / "letter.pdf"


def drawn(pages: int) -> bytes:
    """A document that was never read before, without text of its own."""
    return pdfs.drawn_pdf([f"{n} {uuid4()}" for n in range(pages)])


@pytest.fixture
def running(lector_with_model: tuple[Up, ScriptedModel]) -> Iterator[Up]:
    up, model = lector_with_model
    model.reset()
    yield up
    model.reset()


@pytest.fixture
def model(lector_with_model: tuple[Up, ScriptedModel]) -> ScriptedModel:
    return lector_with_model[1]


@pytest.fixture
def client(running: Up) -> Iterator[Lector]:
    with Lector(running.url) as connected:
        yield connected


def test_a_document_is_read_and_has_its_text(client: Lector, tmp_path: Path) -> None:
    path = tmp_path / "a report.pdf"
    path.write_bytes(drawn(2))
    document = client.read(path)
    assert document.name == "a report.pdf"
    assert document.text == "some text\n\fsome text\n"
    assert "## Page 2\n\nsome text" in document.markdown
    assert document.plain == document.text
    assert [(page.number, page.text, page.model) for page in document.pages] == [
        (1, "some text", "scripted-1"),
        (2, "some text", "scripted-1"),
    ]
    assert document.status == "completed"
    assert document.cost is None
    assert client.document(document.id).text == document.text
    document.save(tmp_path / "made.pdf", "pdf")
    assert (tmp_path / "made.pdf").read_bytes().startswith(b"%PDF")
    document.save(tmp_path / "again.pdf", "original")
    assert (tmp_path / "again.pdf").read_bytes() == path.read_bytes()
    assert {file.name for file in tmp_path.iterdir()} == {path.name, "made.pdf", "again.pdf"}


def test_the_same_bytes_are_not_read_twice_for_who_asks_for_that(client: Lector) -> None:
    content = drawn(1)
    first = client.read(content, name="first.pdf").wait()
    again = client.read(content, name="second.pdf", again=False)
    assert (again.id, again.name, again.text) == (first.id, "first.pdf", "some text\n")
    assert client.read(content, name="third.pdf").id != first.id


def test_words_stand_where_they_stand_and_doubts_say_of_which_page_they_are(
    client: Lector, model: ScriptedModel
) -> None:
    model.otherwise = completion("Marlow & Finch, tailors of London")
    document = client.read(SAMPLE, verify="always", on_doubt="keep")
    [placed, *_] = document.words
    assert (placed.page, placed.text) == (1, "Marlow")
    [(left, top, right, bottom)] = placed.boxes
    assert 0 < left < right < 1
    assert 0 < top < bottom < 1
    assert "differs_from_layer" in {doubt.code for doubt in document.doubts}
    assert {doubt.page for doubt in document.doubts} == {1}


def test_a_document_has_chunks_with_their_places(client: Lector, running: Up) -> None:
    document = client.read(SAMPLE, text_layer="always")
    first, *others = document.chunks(400)
    assert others
    assert (first.number, first.page, first.heading) == (1, 1, "Marlow & Finch")
    assert first.text.startswith("# Marlow & Finch")
    assert first.boxes is not None
    [(left, top, right, bottom), *_] = first.boxes
    assert 0 < left < right < 1
    assert 0 < top < bottom < others[-1].boxes[-1][3] < 1  # type: ignore[index]
    assert max(len(chunk.text) for chunk in others) <= 400
    usual = [chunk.raw for chunk in document.chunks()]
    assert [chunk["chunk"] for chunk in usual] == list(range(1, len(usual) + 1))
    again = lector_command("get", document.id, "--format", "chunks", "-o", "-", data=running.data)
    assert list(map(json.loads, again.out.splitlines())) == usual
    read = running.ocr(SAMPLE, SAMPLE, "--text-layer", "always", "--format", "chunks")
    assert read.code == 0
    printed = [json.loads(line)["text"] for line in read.out.splitlines()]
    assert printed == 2 * [chunk["text"] for chunk in usual]


def test_pages_come_as_they_are_read_and_again_from_the_beginning(
    client: Lector, model: ScriptedModel
) -> None:
    document = client.read(drawn(3), name="three.pdf")
    seen = [(page.number, document.status) for page in document]
    assert [number for number, _ in seen] == [1, 2, 3]
    assert [page.number for page in document] == [1, 2, 3]


def test_a_document_with_failed_pages_has_a_text_only_for_who_wants_a_part(
    client: Lector, model: ScriptedModel
) -> None:
    model.script.append(error(400, "no such model"))
    document = client.read(drawn(2), name="two.pdf")
    with pytest.raises(PagesFailed, match=r"two\.pdf: 1 of 2 failed; page \d: ") as raised:
        document.wait()
    assert document.status == "incomplete"
    [failed] = raised.value.pages
    assert failed.failed
    assert failed.text is None
    assert sum(page.failed for page in document) == 1
    assert client.document(document.id, partial=True).text == "some text\n"
    assert document.retry().text == "some text\n\fsome text\n"


def test_a_document_none_of_whose_pages_was_read_says_why(
    client: Lector, model: ScriptedModel
) -> None:
    model.otherwise = error(400, "no such model")
    document = client.read(drawn(1), name="one.pdf", partial=True)
    with pytest.raises(PagesFailed, match=r"one\.pdf: 1 of 1 failed; page 1: .*no such model"):
        document.text  # noqa: B018
    [page] = document.pages
    assert "no such model" in str(page.error)


def test_what_is_not_read_in_time_goes_on_and_is_cancelled_where_its_block_ends_badly(
    client: Lector, model: ScriptedModel, running: Up
) -> None:
    model.otherwise = completion("late", delay_s=30)
    document = client.read(drawn(1), name="slow.pdf", timeout_s=1)
    with pytest.raises(StillReading, match=r"slow\.pdf is not finished in time: 0 of "):
        list(document)
    assert document.status in ("uploaded", "reading")
    with pytest.raises(KeyboardInterrupt), document:
        raise KeyboardInterrupt
    assert finished(running.url, document.id)["status"] == "cancelled"
    with pytest.raises(FileFailed, match="cancelled") as raised:
        client.document(document.id).wait()
    assert raised.value.code == "cancelled"


def test_of_many_documents_one_that_is_refused_holds_up_no_other(client: Lector) -> None:
    sources: list[str | bytes] = [drawn(1), b"no document", "/there/is/no.pdf", drawn(1)]
    ends: list[str | type[Exception]] = []
    for document in client.read_many(sources, ahead=2):
        try:
            ends.append(document.text)
        except (lector.LectorError, OSError) as raised:
            ends.append(type(raised))
    assert ends == ["some text\n", lector.Invalid, FileNotFoundError, "some text\n"]


def test_documents_are_listed_found_and_deleted(client: Lector, model: ScriptedModel) -> None:
    word = f"w{uuid4().hex}"
    model.otherwise = completion(f"{word} here")
    name = f"{uuid4()}.pdf"
    document = client.read(drawn(1), name=name).wait()
    [hit] = client.search(word)
    assert (hit.file_id, hit.page, hit.snippet) == (document.id, 1, f"{word} here")
    assert [one.id for one in client.files(name=name, status="completed")] == [document.id]
    client.delete(document.id)
    assert list(client.files(name=name)) == []
    with pytest.raises(lector.NotFound, match=document.id):
        client.document(document.id)


def test_the_same_goes_with_asyncio(running: Up) -> None:
    async def read() -> None:
        async with AsyncLector(running.url) as client:
            both = await asyncio.gather(*(client.read(drawn(n), name=f"{n}.pdf") for n in (1, 2)))
            assert [page.number async for page in both[1]] == [1, 2]
            assert await both[0].text == "some text\n"
            assert [page.text for page in await both[1].pages] == ["some text"] * 2
            assert await both[0].doubts == []
            [again] = [one async for one in client.files(name="2.pdf", status="completed")][:1]
            assert await (await client.document(again.id)).text == await again.text
            found = [one.name async for one in client.read_many([drawn(1), b"none"])]
            assert found == ["document", "document"]
            await client.delete(both[0].id)
            with pytest.raises(lector.NotFound):
                await client.document(both[0].id)

    asyncio.run(read())


def run_example(name: str, *words: str | Path, url: str) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(
        [sys.executable, "-W", "error", str(checkout() / "examples" / name), *map(str, words)],
        env={**os.environ, "LECTOR_SERVER": url, "PYTHONPATH": str(checkout())},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    return done


def test_examples_do_what_they_say(running: Up, model: ScriptedModel, tmp_path: Path) -> None:
    for n in range(2):
        (tmp_path / f"{n}.pdf").write_bytes(drawn(1))
    (tmp_path / "3.pdf").write_bytes(b"no document")
    done = run_example("quickstart.py", tmp_path / "0.pdf", url=running.url)
    assert done.stdout == "some text\n\n"
    done = run_example("many_documents.py", tmp_path, url=running.url)
    assert sorted(done.stdout.splitlines()) == [
        "0.pdf: 1 pages, 10 characters",
        "1.pdf: 1 pages, 10 characters",
    ]
    assert done.stderr.startswith("3.pdf: ")
    names = [tmp_path / "0.pdf", tmp_path / "1.pdf"]
    done = run_example("pages_as_they_come.py", *names, url=running.url)
    assert len(done.stdout.splitlines()) == 2


def test_the_example_for_a_shell_reads_a_document(running: Up, tmp_path: Path) -> None:
    path = tmp_path / "one.pdf"
    path.write_bytes(drawn(1))
    done = subprocess.run(
        ["/bin/sh", str(checkout() / "examples" / "quickstart.sh"), str(path)],
        env={"PATH": os.environ["PATH"], "LECTOR_SERVER": running.url},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert (done.returncode, done.stdout) == (0, "some text\n"), done.stderr


def test_a_program_on_one_machine_needs_nothing_that_runs_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    done = run_example("on_this_machine.py", SAMPLE, url="")
    assert "Bookbinders and restorers of paper" in done.stdout
    assert done.stderr == ""


def test_the_lector_that_runs_on_a_folder_is_used_and_goes_on(running: Up) -> None:
    with Lector.local(running.data) as client:
        document = client.read(drawn(1)).wait()
    assert finished(running.url, document.id)["status"] == "completed"
