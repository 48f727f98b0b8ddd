"""Long answers of the API go compressed to whoever takes that, and say the same."""

import gzip

import pytest
from werkzeug.test import Client, TestResponse

from tests.support.called import Functions


@pytest.fixture
def api(functions: Functions) -> Client:
    return functions.clients["upload"]


def got(api: Client, path: str, encodings: str | None) -> TestResponse:
    headers = {} if encodings is None else {"Accept-Encoding": encodings}
    return api.get(path, headers=headers, buffered=True)


def test_a_long_answer_goes_compressed_to_whoever_takes_that(api: Client) -> None:
    plain, compressed = got(api, "/openapi.json", None), got(api, "/openapi.json", "br, gzip")
    assert compressed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in compressed.headers["Vary"]
    assert gzip.decompress(compressed.get_data()) == plain.get_data()
    assert len(compressed.get_data()) < len(plain.get_data()) / 5
    assert compressed.headers["ETag"] == plain.headers["ETag"]


@pytest.mark.parametrize("encodings", [None, "br", "gzip;q=0"])
def test_whoever_takes_no_gzip_gets_a_long_answer_as_it_is(
    api: Client, encodings: str | None
) -> None:
    assert "Content-Encoding" not in got(api, "/openapi.json", encodings).headers


def test_a_short_answer_is_not_worth_it(api: Client) -> None:
    assert "Content-Encoding" not in got(api, "/v1/me", "gzip").headers


def test_who_has_a_compressed_answer_is_told_that_it_is_the_same(api: Client) -> None:
    known = got(api, "/openapi.json", "gzip").headers["ETag"]
    headers = {"Accept-Encoding": "gzip", "If-None-Match": known}
    again = api.get("/openapi.json", headers=headers, buffered=True)
    assert (again.status_code, again.get_data()) == (304, b"")
