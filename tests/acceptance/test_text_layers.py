"""Pages that carry their text, in a Lector as people have it by default: no model reads them.

What such a page costs, what has the model read it all the same, and what a data folder of an
earlier version, whose pages were never looked at for text, makes of it.
"""

import io
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pymupdf
import pytest
from PIL import Image, ImageDraw

from lector.cli.client import Client
from tests.acceptance.commandline import (
    Up,
    clear,
    environment,
    finished,
    lector,
    up,
    up_with_model,
    wait_until,
)
from tests.support import old_data, pdfs
from tests.support.listener import Listener
from tests.support.marked_pages import Mark
from tests.support.model import ScriptedModel, completion
from tests.support.old_data import Json
from tests.support.page_model import PageModel

pytestmark = [pytest.mark.timeout(240), pytest.mark.slow]

SAMPLES = Path(__file__).parents[1] / "samples"
AUTO = {"TEXT_LAYER": "auto"}
WITHIN_S = 60


@dataclass(frozen=True)
class Stack:
    """A Lector with its defaults, and a model that answers `some text` to whatever it is shown."""

    running: Up
    model: ScriptedModel
    folder: Path

    def read(self, pdf: bytes, **options: str) -> Json:
        """Upload a PDF with these options and wait for its end: the file, with `pages`."""
        path = self.folder / f"{uuid4()}.pdf"
        path.write_bytes(pdf)
        with Client(self.running.url) as client:
            file_id = client.upload(path, None, **options)["id"]
        return self.wait(file_id)

    def wait(self, file_id: str) -> Json:
        """The file and its pages, when nothing more happens to it."""
        file = dict(finished(self.running.url, file_id, WITHIN_S))
        return {**file, "pages": self.get(f"files/{file_id}/pages")["pages"]}

    def get(self, path: str) -> Any:
        url = f"{self.running.url}/v1/{path}"
        return httpx2.get(url, timeout=20).raise_for_status().json()

    def post(self, path: str, body: Mapping[str, object]) -> httpx2.Response:
        return httpx2.post(f"{self.running.url}/v1/{path}", json=body, timeout=20)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("layers")
    with up_with_model(folder, {**AUTO, "MODEL_CHOICES": "*"}) as (started, model):
        yield Stack(started, model, folder)


@pytest.fixture
def stack(running: Stack) -> Stack:
    """The Lector, whose model was asked nothing so far."""
    running.model.reset()
    return running


def printed(*sentences: str) -> tuple[bytes, list[str]]:
    """A PDF with a page of text for each, like no other, and the words of each page."""
    texts = [f"{sentence} {pdfs.sentinel(hash_of(sentence))}" for sentence in sentences]
    return pdfs.text_pdf(texts, 14), texts


def hash_of(sentence: str) -> int:
    return sum(map(ord, sentence)) * 31 % 32_000


def words_of(page: Mapping[str, Any]) -> str:
    return " ".join((page["text"] or "").split())


def provenances(file: Json) -> list[str]:
    return [page["provenance"] for page in file["pages"]]


def with_a_picture(text: str, drawn: str) -> bytes:
    """A page of text, with a picture on a fifth of it that shows other words."""
    with pymupdf.open(stream=pdfs.text_pdf([text], 14), filetype="pdf") as document:
        picture = Image.new("L", (1200, 600), 230)
        draw = ImageDraw.Draw(picture)
        draw.rectangle((20, 20, 1180, 580), outline=0, width=8)
        draw.text((100, 220), drawn, font_size=90, fill=0)
        png = io.BytesIO()
        picture.save(png, "PNG")
        document[0].insert_image(pymupdf.Rect(80, 400, 520, 620), stream=png.getvalue())
        return bytes(document.tobytes())


# --- without anybody saying anything ----------------------------------------------------------


def test_a_file_that_carries_its_text_is_read_without_any_model_and_costs_nothing(
    stack: Stack,
) -> None:
    pdf, texts = printed(*pdfs.SENTENCES)
    file = stack.read(pdf)
    assert file["status"] == "completed"
    assert stack.model.requests == []
    assert [words_of(page) for page in file["pages"]] == texts
    assert set(provenances(file)) == {"text_layer"}
    assert {page["model"] for page in file["pages"]} == {None}
    nothing = {"prompt_tokens": None, "completion_tokens": None, "cost_usd": 0.0}
    assert [page["usage"] for page in file["pages"]] == [nothing] * len(texts)
    assert file["usage"]["cost_usd"] == 0


def test_a_scan_beside_it_is_read_by_the_model(stack: Stack) -> None:
    pdf, texts = printed("This letter was printed from its text and never scanned.")
    carrying, scan = stack.read(pdf), stack.read(pdfs.scanned([pdfs.prose(71, 3)]))
    assert (provenances(carrying), words_of(carrying["pages"][0])) == (["text_layer"], texts[0])
    assert provenances(scan) == ["model"]
    assert scan["pages"][0]["text"] == "some text"
    assert len(stack.model.requests) == 1


def test_pages_of_one_file_go_different_ways_and_keep_their_order(stack: Stack) -> None:
    pdf, texts = printed("The first page of three is text.", "And so is the third of them.")
    with (
        pymupdf.open(stream=pdf, filetype="pdf") as document,
        pymupdf.open(stream=pdfs.scanned([pdfs.prose(72, 3)]), filetype="pdf") as scan,
    ):
        document.insert_pdf(scan, start_at=1)
        file = stack.read(bytes(document.tobytes()))
    assert provenances(file) == ["text_layer", "model", "text_layer"]
    assert [words_of(page) for page in file["pages"]] == [texts[0], "some text", texts[1]]
    assert len(stack.model.requests) == 1
    text = httpx2.get(f"{stack.running.url}/v1/files/{file['id']}/text").text
    assert text.index(texts[0][:20]) < text.index("some text") < text.index(texts[1][:20])


def test_a_page_with_a_picture_keeps_its_text_and_has_the_picture_read(stack: Stack) -> None:
    stack.model.otherwise = completion("the harbour in winter")
    file = stack.read(with_a_picture("The picture below was taken in the year of the flood.", "x"))
    [page] = file["pages"]
    assert page["provenance"] == "mixed"
    assert "The picture below was taken in the year of the flood." in words_of(page)
    assert "the harbour in winter" in words_of(page)
    assert stack.model.requests


def test_what_pages_carry_is_found_and_shown_where_it_stands(stack: Stack) -> None:
    pdf, texts = printed("Nobody remembers the quaggamire lighthouse.")
    file = stack.read(pdf)
    hits = stack.get("search?q=quaggamire")["hits"]
    assert [(hit["file_id"], hit["page"]) for hit in hits] == [(file["id"], 1)]
    made = httpx2.get(f"{stack.running.url}/v1/files/{file['id']}/text?format=pdf", timeout=30)
    with pymupdf.open(stream=made.raise_for_status().content, filetype="pdf") as searchable:
        assert searchable[0].search_for("quaggamire")
        assert " ".join(searchable[0].get_text().split()).count(texts[0]) == 1


def test_what_pages_carry_goes_with_the_file(stack: Stack) -> None:
    pdf, _ = printed("This file will be deleted.")
    file = stack.read(pdf)

    def objects() -> set[str]:
        return {k.rpartition(".")[2] for k in stack.running.objects() if file["id"] in k}

    assert objects() == {"pdf", "jpg", "json"}
    assert httpx2.delete(f"{stack.running.url}/v1/files/{file['id']}").status_code == 204
    wait_until(lambda: objects() == set(), WITHIN_S)


@pytest.mark.slow
def test_the_samples_are_read_with_nothing_said_as_make_demo_does_it() -> None:
    """The letter and the report carry their text, the notice is a scan, which Tesseract reads."""
    env = environment()
    del env["TEXT_LAYER"]
    done = lector("ocr", "--temporary", "--format", "json", SAMPLES, env=env)
    assert done.code == 0, done.err
    found = {name: provenances(file) for name, file in done.files.items()}
    assert found == {
        "letter.pdf": ["text_layer"],
        "report.pdf": ["text_layer"] * 3,
        "notice.pdf": ["model"],
    }
    pages = {
        (n, page["number"]): words_of(page) for n, f in done.files.items() for page in f["pages"]
    }
    assert "Of its 212 leaves only nine are torn" in pages["letter.pdf", 1]
    assert "A list that nobody walks along is not a list" in pages["report.pdf", 1]
    assert "Dogs are welcome and pay nothing, but must not steer." in pages["notice.pdf", 1]


# --- what people say --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "provenance", "calls"),
    [
        ({"text_layer": "never"}, "model", 1),
        ({"text_layer": "auto"}, "text_layer", 0),
        ({"text_layer": "always"}, "text_layer", 0),
        ({"prompt": "Read this page backwards."}, "model", 1),
        ({"reader": "openrouter"}, "model", 1),
        ({"model": "another"}, "model", 1),
        ({"language": "en"}, "text_layer", 0),
    ],
    ids=lambda given: "-".join(given) if isinstance(given, dict) else "",
)
def test_what_a_person_says_of_a_file_decides_whether_the_model_reads_it(
    stack: Stack, options: dict[str, str], provenance: str, calls: int
) -> None:
    pdf, texts = printed(f"Said of this file: {options}.")
    stack.model.otherwise = completion(texts[0])
    file = stack.read(pdf, **options)
    assert (provenances(file), len(stack.model.requests)) == ([provenance], calls)
    assert words_of(file["pages"][0]) == texts[0]


@pytest.mark.parametrize(
    ("use", "provenance", "calls"), [("never", "model", 1), ("always", "text_layer", 0)]
)
def test_lector_ocr_takes_the_same_word(
    stack: Stack, tmp_path: Path, use: str, provenance: str, calls: int
) -> None:
    pdf, texts = printed(f"On the command line: {use}.")
    (tmp_path / "said.pdf").write_bytes(pdf)
    stack.model.otherwise = completion(texts[0])
    done = stack.running.ocr(tmp_path / "said.pdf", "--text-layer", use, "--format", "json")
    assert done.code == 0, done.err
    [page] = done.files["said.pdf"]["pages"]
    assert (page["provenance"], words_of(page)) == (provenance, texts[0])
    assert len(stack.model.requests) == calls


def test_a_retry_of_a_page_that_carries_its_text_has_the_model_read_it(stack: Stack) -> None:
    pdf, texts = printed("Page one of two.", "Page two of two, which somebody has read again.")
    file = stack.read(pdf)
    stack.model.otherwise = completion(f"{texts[1]} Seen.")
    assert stack.post(f"files/{file['id']}/retry", {"pages": "2"}).status_code == 202
    again = stack.wait(file["id"])
    assert provenances(again) == ["text_layer", "model"]
    assert words_of(again["pages"][1]) == f"{texts[1]} Seen."
    assert len(stack.model.requests) == 1
    versions = stack.get(f"files/{file['id']}/pages/2/versions")["versions"]
    assert [one["provenance"] for one in versions] == ["model", "text_layer"]


# --- an earlier version's data folder ---------------------------------------------------------

NAME = "2026-11-27"
DESCRIPTION = old_data.description(NAME)
UNDER_WAY = [
    file
    for file in DESCRIPTION["files"]
    if file["state"] in ("uploaded", "reading") and file["becomes"] == "completed"
]


@dataclass(frozen=True)
class Upgraded:
    """An earlier version's folder, under a Lector that takes text layers."""

    http: httpx2.Client
    model: PageModel
    folder: Path

    def get(self, path: str) -> Any:
        return self.http.get(path).raise_for_status().json()

    def upload(self, pdf: bytes) -> Json:
        """Upload a file and wait for its end, as the API shows it."""
        sent = self.http.post("files", files={"file": ("new.pdf", pdf, "application/pdf")})
        file_id = sent.raise_for_status().json()["id"]
        self.wait(file_id)
        return {**self.get(f"files/{file_id}"), "pages": self.pages(file_id)}

    def pages(self, file_id: str) -> list[Json]:
        found: list[Json] = self.get(f"files/{file_id}/pages")["pages"]
        return found

    def wait(self, file_id: str) -> None:
        wait_until(lambda: self.get(f"files/{file_id}")["status"] == "completed", WITHIN_S)


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upgraded]:
    folder = tmp_path_factory.mktemp("layers-upgrade")
    marks: dict[Mark, str] = {
        (page["shows"][0], page["shows"][1]): page["text"]
        for file in DESCRIPTION["files"]
        for page in file["pages"]
        if page["shows"]
    }
    model, hook = PageModel(marks), Listener()
    settings = {**AUTO, **old_data.settings_of(DESCRIPTION, model.base_url)}
    token = old_data.token_of(DESCRIPTION)
    try:
        old_data.unpack(NAME, folder)
        old_data.wake(folder / "data", DESCRIPTION["stopped_at"], hook.url)
        with (
            up(folder / "data", settings=settings) as running,
            httpx2.Client(base_url=f"{running.url}/v1", headers=token, timeout=20) as http,
        ):
            upgraded = Upgraded(http, model, folder)
            for file in UNDER_WAY:
                with suppress(AssertionError):  # what is not finished by then, the tests tell
                    upgraded.wait(file["id"])
            yield upgraded
    finally:
        model.stop()
        hook.stop()
        clear(folder)
        shutil.rmtree(folder)


@pytest.mark.slow
@pytest.mark.parametrize("file", UNDER_WAY, ids=lambda file: str(file["name"]))
def test_what_an_earlier_version_left_in_mid_work_ends_and_its_model_reads_it(
    upgraded: Upgraded, file: Json
) -> None:
    assert upgraded.get(f"files/{file['id']}")["status"] == "completed"
    pages = upgraded.pages(file["id"])
    assert [page["text"] for page in pages] == [page["text"] for page in file["pages"]]
    assert {page["provenance"] for page in pages} <= {"model", "cache", "blank"}


@pytest.mark.slow
def test_words_of_before_and_since_are_found_and_shown_where_they_stand(
    upgraded: Upgraded,
) -> None:
    assert upgraded.get("search?q=bibliotecas")["hits"]
    new = upgraded.upload(printed("Since the upgrade the heliograph has been silent.")[0])
    assert provenances(new) == ["text_layer"]
    assert [hit["file_id"] for hit in upgraded.get("search?q=heliograph")["hits"]] == [new["id"]]
    made = upgraded.http.get(f"files/{new['id']}/text?format=pdf").raise_for_status().content
    with pymupdf.open(stream=made, filetype="pdf") as searchable:
        assert searchable[0].search_for("heliograph")


@pytest.mark.slow
def test_a_page_of_before_that_is_tried_again_is_read_by_the_model(upgraded: Upgraded) -> None:
    [file] = [one for one in DESCRIPTION["files"] if one["name"] == "minutes.pdf"]
    mark = tuple(file["pages"][0]["shows"])
    asked = upgraded.model.asked[mark]
    answer = upgraded.http.post(f"files/{file['id']}/retry", json={"pages": "1"})
    assert answer.status_code == 202, answer.text
    upgraded.wait(file["id"])
    assert upgraded.pages(file["id"])[0]["provenance"] == "model"
    assert upgraded.model.asked[mark] == asked + 1


# --- that a test's own Lector looks after itself ----------------------------------------------


@pytest.mark.slow
def test_a_lector_of_tests_finds_pages_that_were_read_without_its_model(
    lector_with_model: tuple[Up, ScriptedModel],
) -> None:
    running, model = lector_with_model
    model.reset()
    path = running.data.with_name("found-out.pdf")
    path.write_bytes(pdfs.drawn_pdf([str(uuid4())]))
    with Client(running.url) as client:
        file_id = client.upload(path, None)["id"]
    finished(running.url, file_id)
    running.check_its_model_was_asked()
    with running.database() as rows:
        forged = "UPDATE pages SET provenance = 'text_layer', attempts = NULL WHERE file_id = %s"
        rows.execute(forged, [file_id])
        try:
            with pytest.raises(AssertionError, match=r"found-out\.pdf"):
                running.check_its_model_was_asked()
        finally:
            rows.execute("DELETE FROM files WHERE id = %s", [file_id])
