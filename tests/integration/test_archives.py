"""Several files as one zip: all that can be had of them, and what is left out is said."""

import asyncio
import io
import struct
import tracemalloc
import zipfile
import zlib
from typing import Any
from uuid import uuid4

import pytest
from starlette.responses import StreamingResponse
from starlette.types import Message
from werkzeug.test import TestResponse

from functions.upload import archives
from functions.upload.archives import Archive
from functions.upload.authentication import DEFAULT_TENANT, READ, Caller
from functions.upload.errors import ApiError
from functions.upload.files.file_model import FILES_BY_ID
from lector.domain import object_keys
from lector.runtime import database, object_store, settings
from lector.runtime.failures import TransientFailure
from tests.support.called import Functions
from tests.support.model import ScriptedModel, completion
from tests.support.pdfs import many_pages
from tests.support.world import World


@pytest.fixture(autouse=True)
def read_by_a_model(model: ScriptedModel) -> None:
    model.otherwise = completion("what the model says of each page")


def asked(functions: Functions, *, buffered: bool = True, **body: Any) -> TestResponse:
    return functions.clients["upload"].post("/v1/files/zip", json=body, buffered=buffered)


def archive(functions: Functions, *worlds: World, **more: Any) -> dict[str, bytes]:
    answer = asked(functions, ids=[str(world.file_id) for world in worlds], **more)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.headers["Content-Type"] == "application/zip"
    assert "attachment" in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.get_data())) as found:
        assert found.testzip() is None
        return {one.filename: found.read(one) for one in found.infolist()}


def unpacked_forwards(archive: bytes) -> dict[str, bytes]:
    """The files of an archive for one who sees it once, from its beginning: no list at its end."""
    found: dict[str, bytes] = {}
    while archive.startswith(b"PK\x03\x04"):
        flags, method, _, _, packed, _, name, extra = struct.unpack("<6xHH4sIIIHH", archive[:30])
        called = archive[30 : 30 + name].decode()
        archive = archive[30 + name + extra :]
        if not flags & 8:  # its size is told before it
            found[called], archive = _inflated(archive[:packed], method), archive[packed:]
            continue
        assert method == zipfile.ZIP_DEFLATED  # else nothing says where it ends
        decoder = zlib.decompressobj(-zlib.MAX_WBITS)
        found[called] = decoder.decompress(archive)
        assert decoder.eof
        archive = decoder.unused_data[16:]
    return found


def _inflated(packed: bytes, method: int) -> bytes:
    is_packed = method == zipfile.ZIP_DEFLATED
    return zlib.decompress(packed, -zlib.MAX_WBITS) if is_packed else packed


def away(*_: object) -> object:
    raise TransientFailure("the store is away")


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


@pytest.mark.parametrize("form", ["text", "pdf", "original"])
def test_a_zip_can_be_unpacked_by_one_who_sees_it_once(functions: Functions, form: str) -> None:
    worlds = [read_file(functions, name="a.pdf"), World.with_pages(functions, 1, name="b.pdf")]
    ids = [str(world.file_id) for world in worlds]
    content = asked(functions, ids=ids, format=form).get_data()
    with zipfile.ZipFile(io.BytesIO(content)) as whole:
        assert unpacked_forwards(content) == {name: whole.read(name) for name in whole.namelist()}
        assert len(whole.namelist()) == 2


def test_files_of_one_name_all_have_their_place_in_a_zip(functions: Functions) -> None:
    names = ["a.pdf", "A.pdf", "a (2).pdf", "a.pdf", "..", "missing.txt"]
    worlds = [World.with_file(functions, many_pages(1), name=name) for name in names]
    worlds.append(World.with_pages(functions, 1, name="gone.pdf"))
    object_store.store().remove([object_keys.original_key(worlds[-1].file_id)])
    found = list(archive(functions, *worlds, format="original"))
    assert found[:4] == ["a.pdf", "A (2).pdf", "a (2) (2).pdf", "a (3).pdf"]
    assert found[4:] == [str(worlds[4].file_id), "missing.txt", "missing (2).txt"]


def test_what_cannot_be_had_is_left_out_of_a_zip_and_said(functions: Functions) -> None:
    unread = World.with_pages(functions, 1, name="unread.pdf", folder="new")
    bill = read_file(functions, name="bill.pdf")
    nobody = World(functions, uuid4())
    found = archive(functions, unread, bill, nobody)
    assert sorted(found) == ["bill.txt", "missing.txt"]
    assert found["missing.txt"].decode() == (
        f"{nobody.file_id}: there is no such file\n"
        "new/unread.pdf: no page of this file is read yet\n"
    )


def test_of_a_file_that_is_half_read_a_zip_has_what_there_is_and_says_so(
    functions: Functions,
) -> None:
    world = World.with_pages(functions, 3, name="half.pdf")
    _, *others = world.registered()
    functions.accepts("llm", others[0])
    for form, name in (("text", "half.txt"), ("pdf", "half.searchable.pdf")):
        found = archive(functions, world, format=form)
        assert list(found) == [name, "missing.txt"]
        assert found["missing.txt"] == b"half.pdf: 2 of 3 pages are not read\n"
    assert list(archive(functions, world, format="original")) == ["half.pdf"]
    functions.accepts("llm", others[1])
    assert archive(functions, world)["missing.txt"] == b"half.pdf: 1 of 3 pages is not read\n"


def test_a_file_stands_in_a_zip_as_it_is_at_its_turn(functions: Functions) -> None:
    worlds = [World.with_pages(functions, 2, name=name) for name in ("half.pdf", "gone.pdf")]
    with database.transaction() as connection:
        ids = [world.file_id for world in worlds]
        files = FILES_BY_ID.all(connection, ids=ids, tenant=None)
    functions.accepts("llm", worlds[0].registered()[0])
    functions.clients["upload"].delete(f"/v1/files/{ids[1]}")
    with zipfile.ZipFile(io.BytesIO(b"".join(archives.write(files, [], "text")))) as found:
        assert found.namelist() == ["half.txt", "missing.txt"]
        assert set(found.read("missing.txt").decode().splitlines()) == {
            "half.pdf: 1 of 2 pages is not read",
            "gone.pdf: it was deleted",
        }


def test_a_file_that_is_being_read_again_has_its_texts_in_a_zip(functions: Functions) -> None:
    world = read_file(functions, name="bill.pdf")
    retried = functions.clients["upload"].post(
        f"/v1/files/{world.file_id}/retry", json={"pages": "1"}
    )
    assert retried.status_code == 202
    assert archive(functions, world) == {"bill.txt": b"what the model says of each page\n"}


@pytest.mark.slow  # it waits as long as the API does before it gives up
def test_a_zip_is_refused_or_breaks_off_where_the_store_is_away(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    worlds = [World.with_file(functions, many_pages(1), name="a.pdf") for _ in range(2)]
    with database.transaction() as connection:
        ids = [world.file_id for world in worlds]
        files = FILES_BY_ID.all(connection, ids=ids, tenant=None)
    pieces = archives.write(files, [], "original")
    begun = next(pieces)
    monkeypatch.setattr(object_store.ObjectStore, "open", away)
    with pytest.raises(TransientFailure):
        begun += b"".join(pieces)
    assert not zipfile.is_zipfile(io.BytesIO(begun))
    refused = asked(functions, ids=[str(file_id) for file_id in ids], format="original")
    assert (refused.status_code, refused.get_json()["code"]) == (503, "not_now")


def test_what_is_away_for_a_moment_is_in_a_zip_all_the_same(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World.with_file(functions, many_pages(1), name="a.pdf")
    with monkeypatch.context() as patch:
        real = object_store.ObjectStore.open

        def once_away(*_: object) -> object:
            patch.setattr(object_store.ObjectStore, "open", real)
            raise TransientFailure("the store restarts")

        patch.setattr(object_store.ObjectStore, "open", once_away)
        assert list(archive(functions, world, format="original")) == ["a.pdf"]


def test_a_zip_counts_as_a_request_for_every_ten_files(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_PER_MINUTE", "12")
    settings.current.cache_clear()
    from_there, body = {"REMOTE_ADDR": "10.9.0.3"}, {"ids": [str(uuid4()) for _ in range(41)]}
    statuses = [
        functions.clients["upload"]
        .post("/v1/files/zip", json=body, environ_base=from_there)
        .status_code
        for _ in range(3)
    ]
    assert statuses == [404, 404, 429]
    monkeypatch.undo()
    settings.current.cache_clear()


def test_few_zips_of_pdfs_are_made_at_once(functions: Functions) -> None:
    wanted = Archive(ids=[World.with_pages(functions, 1).file_id], format="pdf")
    caller = Caller("somebody", DEFAULT_TENANT, frozenset({READ}), "10.9.0.4")
    under_way = [archives.get_archive(caller, wanted) for _ in range(2)]
    with pytest.raises(ApiError) as refused:
        archives.get_archive(caller, wanted)
    assert refused.value.problem.status == 429
    assert int(refused.value.problem.headers["Retry-After"]) > 0
    for one in under_way:
        asyncio.run(taken(one))
    asyncio.run(taken(archives.get_archive(caller, wanted)))


async def taken(answer: StreamingResponse) -> None:
    async def receive() -> Message:
        await asyncio.Event().wait()  # the client stays
        raise AssertionError

    async def send(message: Message) -> None:
        pass

    await answer({"type": "http", "method": "POST"}, receive, send)


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
    size = sum(map(len, archives.write([file] * 5, [], "original")))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 20_000_000
    assert most < 4_000_000
