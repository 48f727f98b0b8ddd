"""Several files as one zip: all that can be had of them, and what is left out is said."""

import io
import tracemalloc
import zipfile
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from functions.upload import archives
from functions.upload.files.file_model import FILES_BY_ID
from lector.domain import object_keys
from lector.runtime import database, object_store
from tests.support.called import Functions
from tests.support.model import ScriptedModel, completion
from tests.support.pdfs import many_pages
from tests.support.world import World


@pytest.fixture(autouse=True)
def read_by_a_model(model: ScriptedModel) -> None:
    model.otherwise = completion("what the model says of each page")


def asked(functions: Functions, **body: Any) -> TestResponse:
    return functions.clients["upload"].post("/v1/files/zip", json=body, buffered=True)


def archive(functions: Functions, *worlds: World, **more: Any) -> dict[str, bytes]:
    answer = asked(functions, ids=[str(world.file_id) for world in worlds], **more)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.headers["Content-Type"] == "application/zip"
    assert "attachment" in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.get_data())) as found:
        assert found.testzip() is None
        return {one.filename: found.read(one) for one in found.infolist()}


def read_file(functions: Functions, **options: Any) -> World:
    world = World.with_pages(functions, 1, **options)
    world.read()
    return world


def test_texts_of_files_come_as_one_zip_each_in_its_folder(functions: Functions) -> None:
    letter = read_file(functions, name="letter.pdf", folder="letters/2026")
    bill = read_file(functions, name="bill.pdf")
    text = b"what the model says of each page\n"
    assert archive(functions, letter, bill) == {"letters/2026/letter.txt": text, "bill.txt": text}
    shown = archive(functions, bill, format="markdown")
    assert shown == {"bill.md": b"# bill.pdf\n\n## Page 1\n\n" + text}
    [pdf] = archive(functions, bill, format="pdf").values()
    assert pdf.startswith(b"%PDF")


def test_originals_in_a_zip_are_what_was_uploaded_byte_by_byte(functions: Functions) -> None:
    large = many_pages(2) + b"%" * 3_000_000
    worlds = [World.with_file(functions, pdf, name="a.pdf") for pdf in (large, many_pages(1))]
    found = archive(functions, *worlds, format="original")
    assert found["a.pdf"] == large
    assert list(found) == ["a.pdf", "a (2).pdf"]


def test_files_of_one_name_all_have_their_place_in_a_zip(functions: Functions) -> None:
    names = ["a.pdf", "A.pdf", "a (2).pdf", "a.pdf", "..", "left-out.txt"]
    worlds = [World.with_file(functions, many_pages(1), name=name) for name in names]
    worlds.append(World.with_pages(functions, 1, name="gone.pdf"))
    object_store.store().remove([object_keys.original_key(worlds[-1].file_id)])
    found = list(archive(functions, *worlds, format="original"))
    assert found[:4] == ["a.pdf", "A (2).pdf", "a (2) (2).pdf", "a (3).pdf"]
    assert found[4:] == [str(worlds[4].file_id), "left-out.txt", "left-out (2).txt"]


def test_what_cannot_be_had_is_left_out_of_a_zip_and_said(functions: Functions) -> None:
    unread = World.with_pages(functions, 1, name="unread.pdf", folder="new")
    bill = read_file(functions, name="bill.pdf")
    nobody = World(functions, uuid4())
    found = archive(functions, unread, bill, nobody)
    assert sorted(found) == ["bill.txt", "left-out.txt"]
    assert found["left-out.txt"].decode() == (
        f"{nobody.file_id}: there is no such file\n"
        "new/unread.pdf: no page of this file is read yet\n"
    )


def test_a_zip_of_no_file_that_is_there_is_refused(functions: Functions) -> None:
    answer = asked(functions, ids=[str(uuid4())])
    assert (answer.status_code, answer.get_json()["code"]) == (404, "no_such_file")
    for ids in ([], [str(uuid4())] * 1001, ["x"]):
        assert asked(functions, ids=ids).get_json()["code"] == "malformed_id"
    assert asked(functions, ids=[str(uuid4())] * 1000).status_code == 404


def test_a_zip_holds_no_more_in_memory_than_is_on_its_way(functions: Functions) -> None:
    pdf = many_pages(1) + b"%" * 4_000_000
    world = World.with_file(functions, pdf, name="a.pdf")
    with database.transaction() as connection:
        [file] = FILES_BY_ID.all(connection, ids=[world.file_id], tenant=None)
    tracemalloc.start()
    taken = sum(map(len, archives.write([file] * 5, [], "original")))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken > 20_000_000
    assert most < 4_000_000
