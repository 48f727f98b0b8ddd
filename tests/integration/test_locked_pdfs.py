"""A locked PDF is read with its password, which is used once and kept nowhere."""

import asyncio
import json
import logging
from pathlib import Path
from uuid import UUID

import pymupdf
import pytest
from click.testing import CliRunner
from PIL import Image
from werkzeug.test import TestResponse

from lector import AsyncDocument, AsyncLector, Invalid, Lector
from lector.cli.__main__ import cli
from lector.contracts import FilesDeleted, FileUploaded
from lector.domain import object_keys, originals
from lector.runtime import object_store
from tests.support import pdfs
from tests.support.api_server import Server
from tests.support.called import Functions
from tests.support.languages import png
from tests.support.world import World, rows

GREY = Image.new("L", (8, 8))
PASSWORD = "user-secret"  # of pdfs.password_protected()


def announced(functions: Functions, pdf: bytes) -> UUID:
    """A file whose bytes are stored, and not confirmed yet."""
    body = {"name": "locked.pdf", "size_bytes": len(pdf), "verify": "never"}
    created = functions.clients["upload"].post("/v1/files", json=body).get_json()
    file_id = UUID(created["id"])
    object_store.store().put(object_keys.original_key(file_id), pdf, originals.PDF.media_type)
    return file_id


def confirm(functions: Functions, file_id: UUID, password: str) -> TestResponse:
    path = f"/v1/files/{file_id}/confirm"
    return functions.clients["upload"].post(path, json={"password": password})


def retry(world: World, password: str) -> TestResponse:
    path = f"/v1/files/{world.file_id}/retry"
    return world.functions.clients["upload"].post(path, json={"password": password})


def get(world: World, path: str) -> TestResponse:
    return world.functions.clients["upload"].get(f"/v1/files/{world.file_id}/{path}", buffered=True)


def stored(file_id: UUID) -> list[str]:
    return list(object_store.store().keys(object_keys.folder(file_id)))


def failed(functions: Functions) -> World:
    """A locked file that was refused, as it is known before anybody tells its password."""
    world = World.with_file(functions, pdfs.password_protected())
    refused = functions.call("render", world.uploaded())
    assert refused.get_json()["code"] == "password_protected"
    rows(
        b"UPDATE files SET status = 'failed', error_code = 'password_protected', error = 'locked',"
        b" finished_at = now() WHERE id = %s RETURNING id",
        world.file_id,
    )
    return world


@pytest.fixture
def unlocked(functions: Functions) -> World:
    """A locked file that was confirmed with its password, and read."""
    file_id = announced(functions, pdfs.password_protected())
    assert confirm(functions, file_id, PASSWORD).status_code == 202
    world = World(functions, file_id)
    world.read()
    return world


def test_a_locked_pdf_is_read_when_it_is_confirmed_with_its_password(unlocked: World) -> None:
    assert unlocked.file()["status"] == "completed"


def test_the_original_stays_locked_and_the_searchable_pdf_is_not(unlocked: World) -> None:
    assert pymupdf.open(stream=get(unlocked, "original").get_data()).needs_pass
    searchable = get(unlocked, "text?format=pdf")
    assert searchable.status_code == 200, searchable.get_data(as_text=True)
    assert not pymupdf.open(stream=searchable.get_data()).needs_pass


def test_a_file_that_failed_as_it_is_locked_is_read_when_it_is_retried_with_its_password(
    functions: Functions,
) -> None:
    world = failed(functions)
    answer = retry(world, PASSWORD)
    assert answer.status_code == 202, answer.get_data(as_text=True)
    functions.accepts("register", functions.reply("render", world.events(FileUploaded)[-1]))
    assert world.file()["status"] == "reading"


def test_a_wrong_password_is_refused_and_another_one_may_be_tried(functions: Functions) -> None:
    file_id = announced(functions, pdfs.password_protected())
    refused = confirm(functions, file_id, "guessed")
    assert (refused.status_code, refused.get_json()["code"]) == (422, "wrong_password")
    assert stored(file_id) == [object_keys.original_key(file_id)]
    world = World(functions, file_id)
    assert world.file()["status"] == "announced"
    assert confirm(functions, file_id, PASSWORD).status_code == 202


@pytest.mark.parametrize("password", ["\ud800", "half a \udfff character"])
def test_a_password_that_nobody_can_type_is_refused(functions: Functions, password: str) -> None:
    file_id = announced(functions, pdfs.password_protected())
    refused = confirm(functions, file_id, password)
    assert (refused.status_code, refused.get_json()["code"]) == (422, "malformed_password")
    refused = retry(failed(functions), password)
    assert (refused.status_code, refused.get_json()["code"]) == (422, "malformed_password")


def test_confirming_a_file_that_failed_as_it_is_locked_says_to_retry_it(
    functions: Functions,
) -> None:
    world = failed(functions)
    refused = confirm(functions, world.file_id, PASSWORD)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "password_protected")
    assert "retry" in refused.get_json()["detail"]
    assert stored(world.file_id) == [object_keys.original_key(world.file_id)]


def test_a_wrong_password_retries_nothing(functions: Functions) -> None:
    world = failed(functions)
    assert retry(world, "guessed").get_json()["code"] == "wrong_password"
    assert world.file()["status"] == "failed"


@pytest.mark.parametrize("content", [pdfs.many_pages(1), pdfs.owner_password_only(), png(GREY)])
def test_what_needs_no_password_is_taken_with_one_and_not_copied(
    functions: Functions, content: bytes
) -> None:
    file_id = announced(functions, content)
    assert confirm(functions, file_id, "for nothing").status_code == 202
    assert stored(file_id) == [object_keys.original_key(file_id)]


def test_bytes_that_have_not_come_are_not_unlocked(functions: Functions) -> None:
    file_id = announced(functions, pdfs.password_protected())
    object_store.store().remove([object_keys.original_key(file_id)])
    assert confirm(functions, file_id, PASSWORD).get_json()["code"] == "not_uploaded"


def test_the_password_is_kept_nowhere(
    functions: Functions, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    file_id = announced(functions, pdfs.password_protected())
    confirm(functions, file_id, PASSWORD)
    World(functions, file_id).read()
    retry(failed(functions), PASSWORD)
    tables = rows(
        b"SELECT table_name::text FROM information_schema.tables"
        b" WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
    )
    assert len(tables) > 10
    for (table,) in tables:
        found = rows(
            f"SELECT t::text FROM {table} AS t WHERE t::text LIKE %s".encode(), f"%{PASSWORD}%"
        )
        assert found == [], table
    assert PASSWORD not in caplog.text


def test_the_copy_goes_with_its_file(unlocked: World) -> None:
    assert object_keys.unlocked_key(unlocked.file_id) in stored(unlocked.file_id)
    unlocked.functions.clients["upload"].delete(f"/v1/files/{unlocked.file_id}")
    [deleted] = unlocked.events(FilesDeleted)
    unlocked.functions.reply("render", deleted)
    assert stored(unlocked.file_id) == []


def test_the_command_line_asks_for_the_password_and_does_not_show_it(
    functions: Functions, server: Server
) -> None:
    world = failed(functions)
    words = ["retry", str(world.file_id), "--server", server.url, "--json", "--password"]
    done = CliRunner().invoke(cli, words, input=f"{PASSWORD}\n")
    assert (done.exit_code, PASSWORD in done.output) == (0, False), done.output
    assert json.loads(done.stdout)
    assert "Password of the PDF" in done.stderr
    assert world.file()["generation"] == 2


def test_the_command_line_reads_the_password_from_standard_input(
    functions: Functions, server: Server
) -> None:
    world = failed(functions)
    words = ["retry", str(world.file_id), "--password", "-", "--server", server.url]
    done = CliRunner().invoke(cli, words, input=f"{PASSWORD}\r\n")
    assert (done.exit_code, PASSWORD in done.output) == (0, False), done.output
    assert world.file()["generation"] == 2


def test_a_program_reads_a_locked_pdf_and_others_with_the_password(
    functions: Functions, server: Server
) -> None:
    with Lector(server.url) as lector:
        alone = lector.read(pdfs.password_protected(), password=PASSWORD)
        many = list(lector.read_many([pdfs.password_protected(), png(GREY)], password=PASSWORD))
    for document, is_locked in ((alone, True), *zip(many, (True, False), strict=True)):
        assert document.status == "uploaded"
        copy = object_keys.unlocked_key(UUID(document.id))
        assert (copy in stored(UUID(document.id))) == is_locked


def test_a_program_in_asyncio_reads_a_locked_pdf(functions: Functions, server: Server) -> None:
    async def read() -> AsyncDocument:
        async with AsyncLector(server.url) as lector:
            return await lector.read(pdfs.password_protected(), password=PASSWORD)

    document = asyncio.run(read())
    assert object_keys.unlocked_key(UUID(document.id)) in stored(UUID(document.id))


def test_of_a_wrong_password_a_program_is_told_and_no_file_is_left(
    functions: Functions, server: Server
) -> None:
    with Lector(server.url) as lector:
        before = {document.id for document in lector.files()}
        with pytest.raises(Invalid, match="this password does not open the PDF") as raised:
            lector.read(pdfs.password_protected(), password="guessed")
        assert raised.value.code == "wrong_password"
        assert {document.id for document in lector.files()} == before


def test_no_password_is_taken_for_what_the_server_fetches(server: Server) -> None:
    with Lector(server.url) as lector, pytest.raises(ValueError, match="retry"):
        lector.read("https://www.example.org/a.pdf", password=PASSWORD)
    assert server.requests == []


def test_the_command_line_says_of_which_file_the_password_is_wrong(
    functions: Functions, server: Server, tmp_path: Path
) -> None:
    names = ("locked at sea.pdf", "locked ashore.pdf")  # of no other test of this database
    for name in names:
        (tmp_path / name).write_bytes(pdfs.password_protected() + name.encode())
    words = ["ocr", str(tmp_path), "--server", server.url, "--password", "guessed"]
    done = CliRunner().invoke(cli, words)
    assert (done.exit_code, "guessed" in done.output) == (1, False)
    for name in names:
        assert f"{name} failed: this password does not open the PDF" in done.stderr
    with Lector(server.url) as lector:
        assert [one for one in lector.files() if one.name in names] == []
