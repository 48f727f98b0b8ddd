"""The embedded OCR model tells where the words stand that it reads, and that they cost nothing."""

import base64
import io
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from PIL import Image
from starlette.testclient import TestClient

from functions.render import engine
from lector.runtime.settings import Rendering
from lector.tesseract.endpoint import NO_TEXT, app
from tests.support import pdfs

SAMPLES = Path(__file__).parents[1] / "samples"
CONFIG = Rendering()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[TestClient]:
    with TestClient(app()) as client:
        yield client


def complete(endpoint: TestClient, jpeg: bytes) -> dict[str, Any]:
    """The answer to a page's image."""
    url = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
    part = {"type": "image_url", "image_url": {"url": url}}
    body = {"messages": [{"role": "user", "content": [part]}]}
    answer = endpoint.post("/v1/chat/completions", json=body)
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


def content(answer: dict[str, Any]) -> str:
    text: str = answer["choices"][0]["message"]["content"]
    return text


def images(name: str) -> Iterator[bytes]:
    """A sample's pages, as the render function makes them."""
    document = engine.open_document(SAMPLES / name)
    for number in range(1, document.pdf.page_count + 1):
        yield engine.draw(document, number, CONFIG).encoded


def opened(pdf: bytes) -> engine.Document:
    return engine.Document(pymupdf.open(stream=pdf, filetype="pdf"), wrong_count=None)


@pytest.mark.parametrize("name", ["letter.pdf", "notice.pdf", "report.pdf"])
def test_the_words_are_those_of_the_text_in_its_order(endpoint: TestClient, name: str) -> None:
    """The report has ruled tables and a chart, which Tesseract visits as words of their own."""
    for jpeg in images(name):
        answer = complete(endpoint, jpeg)
        assert [word[0] for word in answer["lector"]["words"]] == content(answer).split()
        for _, left, top, right, bottom, _ in answer["lector"]["words"]:
            assert 0 <= left < right <= 1
            assert 0 <= top < bottom <= 1


def test_a_word_stands_where_it_was_printed(endpoint: TestClient) -> None:
    document = opened(pdfs.text_pdf([pdfs.prose(3, 4)], 14))
    page = document.pdf[0]
    jpeg = engine.draw(document, 1, CONFIG).encoded
    printed = [word for word in page.get_text("words") if word[4].isalpha()]
    read = {word[0]: word[1:5] for word in complete(endpoint, jpeg)["lector"]["words"]}
    once = [word for word in printed if [w[4] for w in printed].count(word[4]) == 1]
    assert len(once) > 20
    for left, top, right, bottom, text, *_ in once:
        assert read[text][0] == pytest.approx(left / page.rect.width, abs=0.005)
        assert read[text][2] == pytest.approx(right / page.rect.width, abs=0.005)
        # Ink is lower than a line, from descender to ascender.
        assert top / page.rect.height < read[text][1] < read[text][3] < bottom / page.rect.height


def test_words_come_in_the_order_of_columns(endpoint: TestClient) -> None:
    document = opened(pdfs.two_columns(pdfs.prose(1, 5), pdfs.prose(2, 5)))
    answer = complete(endpoint, engine.draw(document, 1, CONFIG).encoded)
    columns = [word[1] > 0.5 for word in answer["lector"]["words"]]
    assert [one for one, other in pairwise(columns) if one != other] == [False]


def test_a_page_without_text_has_no_words(endpoint: TestClient) -> None:
    jpeg = io.BytesIO()
    Image.new("L", (400, 500), 255).save(jpeg, "JPEG")
    answer = complete(endpoint, jpeg.getvalue())
    assert answer["lector"]["words"] == []
    assert answer["lector"]["confidence"] is None
    assert content(answer) == NO_TEXT


def test_it_costs_nothing(endpoint: TestClient) -> None:
    [jpeg] = images("notice.pdf")
    nothing = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0, "cost": 0}
    assert complete(endpoint, jpeg)["usage"] == nothing
