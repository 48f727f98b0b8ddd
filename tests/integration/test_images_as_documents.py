"""Images from upload to text, and what is refused because Lector does not read it."""

import io
import zipfile
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pikepdf
import pymupdf
import pytest
from PIL import Image
from werkzeug.test import Client

from lector.contracts import FileFailed, FileUploaded
from lector.domain import object_keys, unsupported
from lector.runtime import object_store
from tests.support import pdfs, pictures
from tests.support.called import Functions
from tests.support.model import ScriptedModel, completion
from tests.support.world import World, announced

WORDS = {"words": [["lamp", 0.1, 0.1, 0.3, 0.15]]}


def word_document() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        for name in ("[Content_Types].xml", "word/document.xml"):
            packed.writestr(name, f"<x>{uuid4()}</x>")
    return target.getvalue()


NOT_READ = {
    "letter.docx": (word_document, unsupported.WORD),
    "letter.pdf": (word_document, unsupported.WORD),
    "page.html": (pdfs.html_named_pdf, unsupported.HTML),
    "notes.txt": (lambda: b"some words\n", unsupported.TEXT),
}


@pytest.fixture(autouse=True)
def _model(model: ScriptedModel) -> None:
    """A model that answers."""


@pytest.fixture
def api(functions: Functions) -> Client:
    return functions.clients["upload"]


def stored(api: Client, content: bytes, name: str = "a.pdf") -> dict[str, Any]:
    """A file that was announced, and whose bytes were put where they belong."""
    file: dict[str, Any] = api.post(
        "/v1/files", json={"name": name, "size_bytes": len(content)}
    ).get_json()
    target = file["upload"]
    httpx2.put(target["url"], content=content, headers=target["headers"]).raise_for_status()
    return file


def send(api: Client, *files: tuple[str, bytes]) -> Any:
    path = "/v1/files" if len(files) == 1 else "/v1/files/batch"
    form = {"file": [(io.BytesIO(content), name) for name, content in files]}
    return api.post(path, data=form)


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [
        ("JPEG in colour", "image/jpeg"),
        ("PNG on nothing", "image/png"),
        ("fax with low lines", "image/tiff"),
        ("WebP", "image/webp"),
        ("GIF", "image/gif"),
        ("BMP", "image/bmp"),
    ],
)
def test_an_image_is_read_as_a_page(functions: Functions, kind: str, media_type: str) -> None:
    world = World.with_file(functions, pictures.READABLE[kind]())
    assert world.file()["media_type"] == media_type
    world.read()
    file, [page] = world.file(), world.pages()
    assert (file["status"], file["page_count"], file["media_type"]) == ("completed", 1, media_type)
    assert (page["status"], page["doubts"]) == ("read", [])
    assert page["provenance"] in ("model", "cache")  # another kind may have the same pixels


def test_a_heic_image_is_read_as_a_page(functions: Functions) -> None:
    world = World.with_file(functions, pictures.heic())
    world.read()
    assert (world.file()["status"], world.file()["media_type"]) == ("completed", "image/heic")


def test_every_page_of_a_tiff_is_read(functions: Functions, model: ScriptedModel) -> None:
    pages = [pictures.page(n) for n in range(10, 13)]
    world = World.with_file(functions, pictures.fax(*pages), pages="1,3")
    world.read()
    assert world.file()["page_count"] == 3
    assert [page["number"] for page in world.pages()] == [1, 3]
    assert len(model.requests) == 2


def test_a_pdf_says_that_it_is_one(functions: Functions) -> None:
    world = World.with_file(functions, pdfs.text_pdf(["some words"]))
    assert world.file()["media_type"] == "application/pdf"


def test_what_nobody_knows_is_opened_before_anything_is_said_of_it(functions: Functions) -> None:
    world = World.with_file(functions, pdfs.not_a_pdf())
    assert world.file()["media_type"] is None
    answer = functions.call("render", world.uploaded())
    assert (answer.status_code, answer.get_json()["code"]) == (422, "not_a_pdf")
    assert "neither a PDF nor an image" in answer.get_json()["detail"]


def test_a_damaged_image_is_read_with_a_doubt(functions: Functions) -> None:
    content = pictures.without(pictures.READABLE["JPEG in grey"](), 0.4)
    world = World.with_file(functions, content)
    world.read()
    [page] = world.pages()
    assert page["status"] == "read"
    assert [doubt["code"] for doubt in page["doubts"]] == ["damaged_content"]


def test_an_image_of_which_nothing_is_left_is_a_visible_failure(functions: Functions) -> None:
    whole = pictures.READABLE["JPEG in grey"]()
    world = World.with_file(functions, whole[: whole.index(b"\xff\xda") + 10])
    world.registered()
    [page] = world.pages()
    assert (page["status"], page["error_code"]) == ("failed", "page_undecodable")


def test_an_animated_image_is_read_with_a_warning(functions: Functions) -> None:
    world = World.with_file(functions, pictures.animated("GIF"))
    world.read()
    assert "only its first picture is read" in world.file()["warning"]
    assert [one["code"] for one in world.file()["warnings"]] == ["animated"]


# --- what is not read -------------------------------------------------------------------------


@pytest.mark.parametrize("name", NOT_READ)
def test_a_form_with_what_lector_does_not_read_is_refused_and_makes_nothing(
    api: Client, name: str
) -> None:
    make, kind = NOT_READ[name]
    before = api.get("/v1/files").get_json()["files"]
    answer = send(api, (name, make()))
    problem = answer.get_json()
    assert (answer.status_code, problem["code"]) == (415, "unsupported_type")
    assert kind.words in problem["detail"]
    assert kind.advice in problem["detail"]
    assert api.get("/v1/files").get_json()["files"] == before


def test_of_several_files_only_what_is_not_read_is_refused(api: Client) -> None:
    scan = pictures.READABLE["JPEG in grey"]()
    answer = send(api, ("scan.jpg", scan), ("letter.docx", word_document()), ("b.png", scan))
    first, second, third = answer.get_json()["results"]
    assert [first["file"]["media_type"], third["file"]["media_type"]] == ["image/jpeg"] * 2
    assert (second["error"]["status"], second["error"]["code"]) == (415, "unsupported_type")


@pytest.mark.parametrize("name", NOT_READ)
def test_what_lector_does_not_read_fails_when_it_is_confirmed(api: Client, name: str) -> None:
    make, kind = NOT_READ[name]
    file = stored(api, make(), name)
    for _ in range(2):
        answer = api.post(f"/v1/files/{file['id']}/confirm")
        problem = answer.get_json()
        assert (answer.status_code, problem["code"]) == (415, "unsupported_type")
        assert problem["detail"] == kind.sentence()
    shown = api.get(f"/v1/files/{file['id']}").get_json()
    assert (shown["status"], shown["error_code"]) == ("failed", "unsupported_type")
    assert (shown["error"], shown["uploaded_at"]) == (kind.sentence(), None)


def test_nothing_is_kept_or_begun_of_what_is_refused(functions: Functions) -> None:
    api = functions.clients["upload"]
    file_id = UUID(stored(api, word_document())["id"])
    api.post(f"/v1/files/{file_id}/confirm")
    with pytest.raises(object_store.ObjectMissing):
        object_store.store().size(object_keys.original_key(file_id))
    [event] = announced(file_id)
    assert isinstance(event.data, FileFailed)
    assert event.data.failure.code == "unsupported_type"
    retried = api.post(f"/v1/files/{file_id}/retry", json={})
    assert (retried.status_code, retried.get_json()["code"]) == (409, "not_uploaded")
    assert api.delete(f"/v1/files/{file_id}").status_code == 204


def test_a_part_of_a_film_is_enough_to_refuse_it(api: Client) -> None:
    film = b"\0\0\0\x18ftypisom\0\0\0\0isomiso2" + bytes(200_000)
    answer = send(api, ("scan.pdf", film))
    assert (answer.status_code, answer.get_json()["code"]) == (415, "unsupported_type")


def test_what_reaches_render_all_the_same_is_refused_there(functions: Functions) -> None:
    world = World.with_file(functions, pdfs.text_pdf(["some words"]))
    key = object_keys.original_key(world.file_id)
    object_store.store().put(key, word_document(), "application/pdf")
    answer = functions.call("render", world.uploaded())
    assert (answer.status_code, answer.get_json()["code"]) == (422, "unsupported_type")
    assert "Word document" in answer.get_json()["detail"]
    assert len(world.events(FileUploaded)) == 1


# --- downloads --------------------------------------------------------------------------------


def test_texts_of_an_image_are_named_after_it(functions: Functions) -> None:
    api = functions.clients["upload"]
    [file] = [send(api, ("fax 1.TIF", pictures.fax())).get_json()]
    answer = api.get(f"/v1/files/{file['id']}/text")
    assert answer.headers["Content-Disposition"] == "inline; filename*=UTF-8''fax%201.txt"


def test_a_searchable_pdf_of_an_image_has_its_pages_and_words(
    functions: Functions, model: ScriptedModel
) -> None:
    model.otherwise = completion("lamp", lector=WORDS)
    pages = [pictures.page(n) for n in range(3)]
    world = World.with_file(functions, pictures.tiff(pages), pages="2-3")
    world.read()
    answer = functions.clients["upload"].get(f"/v1/files/{world.file_id}/text?format=pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    content = answer.get_data()
    with pikepdf.open(io.BytesIO(content)) as checked:
        assert len(checked.pages) == 2
    with pymupdf.open(stream=content) as document:
        for page, picture in zip(document, pages[1:], strict=True):
            [found] = page.search_for("lamp")
            assert found.x0 == pytest.approx(0.1 * page.rect.width, abs=2)
            drawn = page.get_pixmap(colorspace=pymupdf.csGRAY)
            shown = Image.frombytes("L", (drawn.width, drawn.height), drawn.samples)
            assert abs(darkness(shown) - darkness(picture)) < 0.02


def darkness(image: Image.Image) -> float:
    """The share of ink."""
    histogram = image.convert("L").histogram()
    return sum(count * (255 - value) for value, count in enumerate(histogram)) / (
        255 * image.width * image.height
    )
