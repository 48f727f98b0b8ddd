"""What the page is made of goes to browsers compressed, if they take that, and is kept for ever."""

import gzip
import re

import pytest
from werkzeug.test import Client, TestResponse

from tests.acceptance.browsing import STATIC
from tests.support.called import Functions


@pytest.fixture
def api(functions: Functions) -> Client:
    return functions.clients["upload"]


@pytest.fixture(params=["start-*.js", "docs-*.css"])
def asset(request: pytest.FixtureRequest) -> str:
    """The path of a script or a style of the page."""
    found = sorted((STATIC.parent / "assets").glob(request.param))
    if not found:
        pytest.skip("the page is not built; `make web` builds it")
    return f"/assets/{found[0].name}"


def got(api: Client, path: str, encodings: str | None) -> TestResponse:
    headers = {} if encodings is None else {"Accept-Encoding": encodings}
    answer = api.get(path, headers=headers, buffered=True)
    assert answer.status_code == 200
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert re.match(r"text/(javascript|css)", answer.headers["Content-Type"])
    return answer


@pytest.mark.parametrize("encodings", ["gzip", "gzip, deflate, br, zstd", "br, GZIP;q=0.5"])
def test_browsers_get_what_they_take_compressed(api: Client, asset: str, encodings: str) -> None:
    answer, plain = got(api, asset, encodings), got(api, asset, None)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.get_data()) == plain.get_data()
    assert len(answer.get_data()) < len(plain.get_data())


@pytest.mark.parametrize("encodings", [None, "", "br", "gzip;q=0", "gzip; q=0.0, br", "x-gzipped"])
def test_who_takes_no_gzip_gets_none(api: Client, asset: str, encodings: str | None) -> None:
    answer = got(api, asset, encodings)
    assert "Content-Encoding" not in answer.headers


def test_the_page_starts_with_few_scripts_and_waits_for_no_style(api: Client) -> None:
    if not STATIC.is_file():
        pytest.skip("the page is not built; `make web` builds it")
    page = api.get("/", buffered=True).text
    assert len(re.findall(r"<script|modulepreload", page)) <= 3
    assert 'rel="stylesheet"' not in page


def test_the_contract_for_people_fetches_nothing_of_the_page(api: Client) -> None:
    if not STATIC.is_file():
        pytest.skip("the page is not built; `make web` builds it")
    assert "/assets/start-" not in api.get("/docs", buffered=True).text
