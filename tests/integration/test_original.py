"""What was uploaded is had back as it was, under its name, and never shown in Lector's place."""

from email.message import Message
from uuid import uuid4

import pytest
from PIL import Image
from werkzeug.http import parse_options_header
from werkzeug.test import TestResponse

from lector.domain import object_keys
from lector.runtime import object_store
from tests.support.called import Functions
from tests.support.languages import png
from tests.support.pdfs import many_pages
from tests.support.world import World

LARGE = 3 * 1024 * 1024 + 17


def original(world: World) -> TestResponse:
    path = f"/v1/files/{world.file_id}/original"
    return world.functions.clients["upload"].get(path, buffered=True)


def test_the_original_is_what_was_uploaded(functions: Functions) -> None:
    pdf = many_pages(3) + b"%" * LARGE
    answer = original(World.with_file(functions, pdf))
    assert answer.status_code == 200
    assert answer.get_data() == pdf
    assert answer.headers["Content-Length"] == str(len(pdf))
    assert answer.headers["Content-Type"] == "application/pdf"


def test_the_original_has_the_type_of_its_content_whatever_its_name(functions: Functions) -> None:
    answer = original(World.with_file(functions, png(Image.new("L", (40, 40))), name="page.html"))
    assert answer.headers["Content-Type"] == "image/png"


HOSTILE = {
    'a"; filename="evil.html': 'a"; filename="evil.html',
    "a\r\nSet-Cookie: a=b.pdf": "aSet-Cookie: a=b.pdf",
    "../../etc/passwd": "passwd",
    "invoice\u202efdp.exe": "invoicefdp.exe",
    "año 🙂; 100%.pdf": "año 🙂; 100%.pdf",
    "back\\slash.pdf": "slash.pdf",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_an_original_is_an_attachment_under_its_name_however_hostile(
    functions: Functions, name: str
) -> None:
    answer = original(World.with_file(functions, many_pages(1), name=name))
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers
    said = answer.headers["Content-Disposition"]
    assert said.isascii()
    kind, options = parse_options_header(said)
    assert (kind, options["filename"]) == ("attachment", HOSTILE[name])


def test_programs_that_know_no_encoding_find_a_plain_name(functions: Functions) -> None:
    answer = original(World.with_file(functions, many_pages(1), name='año "1".pdf'))
    header = Message()
    header["Content-Disposition"] = answer.headers["Content-Disposition"].partition("; filename*")[
        0
    ]
    assert header.get_filename() == "a_o _1_.pdf"


def test_of_a_file_whose_bytes_have_not_come_there_is_no_original(functions: Functions) -> None:
    client = functions.clients["upload"]
    created = client.post("/v1/files", json={"name": "a.pdf", "size_bytes": 5}).get_json()
    answer = client.get(f"/v1/files/{created['id']}/original")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "not_uploaded")


def test_of_a_file_that_is_no_longer_stored_the_answer_says_so(functions: Functions) -> None:
    world = World.with_file(functions, many_pages(1))
    object_store.store().remove([object_keys.original_key(world.file_id)])
    answer = original(world)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "file_missing")


def test_there_is_no_original_of_a_file_that_was_deleted(functions: Functions) -> None:
    world = World.with_file(functions, many_pages(1))
    functions.clients["upload"].delete(f"/v1/files/{world.file_id}")
    assert original(world).status_code == 404
    never = functions.clients["upload"].get(f"/v1/files/{uuid4()}/original")
    assert never.get_json()["code"] == "no_such_file"
