"""What agents do by `lector mcp`, with the protocol's own client, against a Lector that runs."""

import asyncio
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from mcp import MCPError

from lector import Lector
from lector.local.tools import checkout
from tests.acceptance.agent_client import agent, agent_at, listening
from tests.acceptance.commandline import LECTOR, Up, environment
from tests.support import pdfs
from tests.support.model import Answer, ScriptedModel, completion
from tests.support.pdfs import text_pdf

pytestmark = pytest.mark.slow
SAMPLES = checkout() / "tests" / "samples"
EXAMPLE = checkout() / "examples" / "agent.py"
TEXT = "Marlow & Finch\n\nThe {} is in the cellar"
EVERYWHERE = {"left": 0, "top": 0, "right": 1, "bottom": 1}
EMPTY = {"left": 0.5, "top": 0.5, "right": 0.5, "bottom": 0.6}
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "a test", "version": "1"},
    },
}
READING = {
    "search_documents",
    "list_files",
    "get_file",
    "read_pages",
    "read_page",
    "read_region",
    "see_page",
    "list_doubts",
    "list_readers",
}


def printed_letter() -> bytes:
    """A letter unlike any other, as what a model has said of a page once is kept."""
    return text_pdf([f"Marlow & Finch Bookbinders of London, to the owner of ledger {uuid4()}"])


@pytest.fixture
def model(lector_with_model: tuple[Up, ScriptedModel]) -> Iterator[ScriptedModel]:
    _, model = lector_with_model
    model.reset()
    yield model
    model.reset()


@pytest.fixture
def running(lector_with_model: tuple[Up, ScriptedModel], model: ScriptedModel) -> Up:
    return lector_with_model[0]


def test_an_agent_adds_a_document_finds_it_and_reads_what_stands_where(
    running: Up, model: ScriptedModel, tmp_path: Path
) -> None:
    word = f"quillwort{uuid4().hex[:8]}"
    model.otherwise = completion(TEXT.format(word))
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(printed_letter())

    async def walk() -> None:
        async with agent(running, "--add-from", tmp_path) as one:
            added = await one.use("add_file", source=str(letter), folder="post", wait_s=60)
            assert (added["name"], added["status"]) == ("letter.pdf", "completed")
            assert (added["pages"], added["pages_read"]) == (1, 1)
            file_id = added["file_id"]
            again = await one.use("add_file", source=str(letter), folder="post")
            assert again["file_id"] == file_id

            hits = (await one.use("search_documents", query=word))["hits"]
            # Others may be read just now, too: the model has one answer for all.
            [hit] = [hit for hit in hits if hit["file_id"] == file_id]
            assert (hit["page"], hit["folder"]) == (1, "post")
            assert word in hit["snippet"]
            listed = await one.use("list_files", folder="post", name="letter")
            assert file_id in {file["file_id"] for file in listed["files"]}

            read = await one.use("read_pages", file_id=file_id)
            assert read["next_page"] is None
            [page] = read["pages"]
            assert (page["page"], page["status"], page["source"]) == (1, "read", "model")
            assert page["text"] == TEXT.format(word)
            placed = await one.use("read_page", file_id=file_id, page=1, words="all")
            assert placed["words"] is None
            said = await one.refused("read_region", file_id=file_id, page=1, **EVERYWHERE)
            assert "it is not known where the words of this page stand" in said

            text = await one.attached(f"lector://files/{file_id}")
            assert text == f"# letter.pdf\n\n## Page 1\n\n{TEXT.format(word)}\n"
            text = await one.attached(f"lector://files/{file_id}/pages/1")
            assert text == TEXT.format(word)

    asyncio.run(walk())


def test_an_agent_sees_where_on_a_page_a_word_stands_that_a_second_reader_has_otherwise(
    running: Up, model: ScriptedModel
) -> None:
    with Lector(running.url) as client:
        letter = printed_letter()
        printed = client.read(letter, name="letter.pdf", text_layer="always").text.strip()
        model.otherwise = completion(printed.replace("Bookbinders", "Tailors"))
        read = client.read(letter, name="letter.pdf", verify="always", on_doubt="keep")
        file_id = read.wait().id

    async def walk() -> None:
        async with agent(running) as one:
            placed = await one.use("read_page", file_id=file_id, page=1, find="tailor")
            [found] = placed["words"]
            [[left, top, right, bottom]] = found["boxes"]
            assert (found["text"], found["other"]) == ("Tailors", "Bookbinders")
            assert 0 < left < right < 1
            assert 0 < top < bottom < 0.2
            place = {"left": left, "top": top, "right": right, "bottom": bottom}
            region = await one.use("read_region", file_id=file_id, page=1, **place)
            assert region["text"] == "Tailors"

            whole = await one.picture(file_id=file_id, page=1)
            part = await one.picture(file_id=file_id, page=1, region=[left, top, right, bottom])
            across, down = part.width / (right - left), part.height / (bottom - top)
            assert whole.width == 1000
            assert across / down == pytest.approx(whole.width / whole.height, rel=0.1)
            assert min(part.convert("L").tobytes()) < 100  # there is ink
            every = await one.use("read_page", file_id=file_id, page=1, words="all")
            assert [word["text"] for word in every["words"]][:3] == ["Marlow", "Finch", "Tailors"]

    asyncio.run(walk())


def test_an_agent_lists_doubts_and_has_the_page_read_again(
    running: Up, model: ScriptedModel
) -> None:
    model.otherwise = completion("Marlow & Finch, tailors of London")
    with Lector(running.url) as client:
        content = printed_letter()
        letter = client.read(content, name="letter.pdf", verify="always", on_doubt="keep").wait()
        doubts = {doubt.code: doubt.detail for doubt in letter.doubts}
        differs = doubts["differs_from_layer"]
        printed = client.read(content, name="letter.pdf", text_layer="always").text.strip()
    model.otherwise = completion(printed)

    async def walk() -> None:
        async with agent(running, "--read-again") as one:
            doubted = await one.use("list_doubts", file_id=letter.id)
            [page] = doubted["pages"]
            assert (page["file_name"], page["page"], doubted["count"]) == ("letter.pdf", 1, 1)
            assert page["doubts"] == list(doubts.values())
            file = await one.use("get_file", file_id=letter.id)
            assert file["pages_to_check"] == 1
            readers = (await one.use("list_readers"))["readers"]
            [default] = [reader["name"] for reader in readers if reader["default"]]
            how = {"pages": "1", "reader": default, "language": "en"}
            again = await one.use("read_again", file_id=letter.id, **how)
            assert (again["status"], again["pages_read"]) == ("completed", 1)
            [page] = (await one.use("read_pages", file_id=letter.id))["pages"]
            assert (page["text"], page["source"]) == (printed, "model")
            assert differs not in page["doubts"]

    asyncio.run(walk())


def test_an_agent_reads_a_long_document_a_part_at_a_time(running: Up, model: ScriptedModel) -> None:
    with Lector(running.url) as client:
        file_id = client.read(pdfs.drawn_pdf([str(uuid4()) for _ in range(3)])).wait().id
    size = len("some text")

    async def walk() -> None:
        async with agent(running) as one:

            async def numbers(**how: int) -> tuple[list[int], int | None]:
                read = await one.use("read_pages", file_id=file_id, **how)
                return [page["page"] for page in read["pages"]], read["next_page"]

            assert await numbers() == ([1, 2, 3], None)
            assert await numbers(most_characters=2 * size) == ([1, 2], 3)
            assert await numbers(most_characters=1) == ([1], 2)
            assert await numbers(first_page=3) == ([3], None)
            assert await numbers(first_page=2, last_page=2) == ([2], None)

    asyncio.run(walk())


def test_an_agent_can_change_nothing_unless_somebody_has_said_so(
    running: Up, tmp_path: Path
) -> None:
    allowed, other = tmp_path / "allowed", tmp_path / "other"
    allowed.mkdir()
    other.mkdir()
    (other / "secret.pdf").write_bytes((SAMPLES / "letter.pdf").read_bytes())
    (allowed / "link.pdf").symlink_to(other / "secret.pdf")

    async def walk() -> None:
        async with agent(running) as one:
            tools = (await one.client.list_tools()).tools
            assert {tool.name for tool in tools} == READING
            assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools)
        async with agent(running, "--add-from", allowed) as one:
            for source in (other / "secret.pdf", allowed / "link.pdf", allowed / "../other/a.pdf"):
                said = await one.refused("add_file", source=str(source))
                assert f"may not be added; what may be added: files in {allowed}" in said
            said = await one.refused("add_file", source="https://example.org/a.pdf")
            assert "files from URLs may not be added here" in said
            said = await one.refused("add_file", source=str(allowed / "none.pdf"))
            assert f"there is no file {allowed / 'none.pdf'}" in said
        async with agent(running, "--add-urls") as one:
            said = await one.refused("add_file", source="http://127.0.0.1:1/a.pdf")
            assert "127.0.0.1" in said

    asyncio.run(walk())


def test_what_lector_refuses_an_agent_is_told_in_a_sentence(running: Up) -> None:
    async def walk() -> None:
        async with agent(running) as one:
            nobodys = str(uuid4())
            said = await one.refused("get_file", file_id=nobodys)
            assert said == f"Error executing tool get_file: there is no file {nobodys}"
            said = await one.refused("read_region", file_id=nobodys, page=1, **EMPTY)
            assert "it has no width or height" in said
            said = await one.refused("search_documents", query="")
            assert "q" in said
            with pytest.raises(MCPError, match=f"there is no file {nobodys}"):
                await one.client.read_resource(f"lector://files/{nobodys}")

    asyncio.run(walk())


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_what_waits_for_an_agent(
    running: Up, number: signal.Signals, code: int
) -> None:
    waiting = subprocess.Popen(
        [*LECTOR, "mcp", "--data", str(running.data)],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert waiting.stdin is not None
    assert waiting.stdout is not None
    waiting.stdin.write(json.dumps(INITIALIZE).encode() + b"\n")
    waiting.stdin.flush()
    assert json.loads(waiting.stdout.readline())["result"]["serverInfo"]["name"] == "lector"
    waiting.send_signal(number)
    assert waiting.wait(60) == code
    waiting.stdin.close()
    waiting.stdout.close()


def test_agents_of_this_machine_find_it_over_http_and_pages_of_browsers_do_not(
    running: Up,
) -> None:
    with Lector(running.url) as client:
        file_id = client.read(SAMPLES / "letter.pdf", text_layer="always").wait().id

    async def walk(url: str) -> None:
        async with agent_at(url) as one, agent_at(url) as other:
            assert {tool.name for tool in (await one.client.list_tools()).tools} == READING
            [page] = (await other.use("read_pages", file_id=file_id))["pages"]
            assert page["text"].startswith("# Marlow & Finch")
            assert "there is no file" in await one.refused("get_file", file_id=str(uuid4()))

    with listening(running) as url:
        asyncio.run(walk(url))
        accepted = {"Accept": "application/json, text/event-stream"}
        for status, headers in (
            (200, {}),
            (403, {"Origin": "https://example.org"}),
            (403, {"Origin": url.removesuffix("/mcp")}),
            (403, {"Origin": "null"}),
            (421, {"Host": "example.org"}),
            (421, {"Host": "127.0.0.1.example.org"}),
        ):
            answer = httpx2.post(url, json=INITIALIZE, headers={**accepted, **headers})
            assert answer.status_code == status, (headers, answer.text)


def playing(request: dict[str, Any]) -> Answer:
    """A model that searches, reads, uses a tool that it was not offered, and answers."""
    last = request["messages"][-1]
    told = [message["content"] for message in request["messages"] if message["role"] == "tool"]
    if last["role"] == "user":
        return calling("search_documents", {"query": last["content"]})
    if len(told) == 1:
        file_id = json.loads(told[0])["hits"][0]["file_id"]
        return calling("read_pages", {"file_id": file_id})
    if len(told) == 2:
        return calling("add_file", {"source": "letter.pdf"})
    [page] = json.loads(told[1])["pages"]
    return completion(f"It says: {page['text']}, and of the tool: {told[2]}")


def calling(tool: str, arguments: dict[str, Any]) -> Answer:
    """A model's wish to use a tool."""
    function = {"name": tool, "arguments": json.dumps(arguments)}
    call = {"id": f"call-{uuid4()}", "type": "function", "function": function}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    return completion(None, choices=[choice])


def test_the_example_answers_from_a_document_and_has_no_tool_that_changes_anything(
    running: Up, model: ScriptedModel, tmp_path: Path
) -> None:
    word = f"quillwort{uuid4().hex[:8]}"
    model.otherwise = completion(f"The {word} costs 860 pounds")
    (tmp_path / "letter.pdf").write_bytes(pdfs.drawn_pdf([word]))
    (tmp_path / "broken.pdf").write_bytes(b"no document")
    player = ScriptedModel()
    player.refuse = playing
    try:
        done = subprocess.run(
            [sys.executable, "-W", "error", EXAMPLE, tmp_path, word],
            env={
                **environment(running.data),
                "PYTHONPATH": str(checkout()),
                "OPENAI_BASE_URL": player.base_url,
                "OPENAI_API_KEY": "test",
            },
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
    finally:
        player.stop()
    assert done.returncode == 0, done.stderr
    assert f"It says: The {word} costs 860 pounds, and of the tool: " in done.stdout
    assert "there is no tool add_file" in done.stdout
    assert "letter.pdf: is there" in done.stderr
    assert re.search(r"broken\.pdf: .*plain text file", done.stderr)
    offered = {tool["function"]["name"] for tool in player.requests[0]["tools"]}
    assert offered == READING
