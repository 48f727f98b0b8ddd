"""Short ids, as lists show them on a terminal."""

from collections.abc import Iterator
from typing import Any

import pytest

from lector.cli.client import Client
from lector.cli.file_names import find, is_id, shorten
from lector.runtime.failures import LectorError

LETTER = "01a222af-1852-79b6-b4ba-553da9548a5b"
NOTICE = "01a222af-1852-7f09-a1a9-1cde3fa6bc12"


def test_a_file_has_the_same_short_id_whatever_is_listed_beside_it() -> None:
    assert shorten([LETTER, NOTICE]) == ["01a222af-1852-79b6", "01a222af-1852-7f09"]
    assert shorten([NOTICE]) == ["01a222af-1852-7f09"]
    assert shorten([]) == []


def test_short_ids_are_longer_where_two_could_not_be_told_apart() -> None:
    twin = "01a222af-1852-79b6-b4c0-000000000000"
    assert shorten([LETTER, twin]) == ["01a222af-1852-79b6-b4b", "01a222af-1852-79b6-b4c"]


def test_a_whole_id_is_told_from_its_beginning() -> None:
    assert is_id(LETTER)
    assert not is_id(LETTER[:-1])
    assert not is_id("letter.pdf")


class Empty(Client):
    """Of a Lector without files."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:1")

    def send(self, *_: Any, **__: Any) -> Any:
        return {"files": []}

    def list_files(self, per_request: int = 50, **filters: Any) -> Iterator[dict[str, Any]]:
        del per_request, filters
        return iter(())


@pytest.mark.parametrize(
    ("said", "begins"),
    [
        ("01a", "the beginning of an id is known by four characters at least"),
        ("01a2", "no id begins so"),
        ("to", "no id begins so"),
    ],
)
def test_who_says_too_little_of_an_id_is_not_told_that_none_begins_so(
    said: str, begins: str
) -> None:
    words = f"no file is called {said}, and {begins}; `lector ls` lists the files"
    with Empty() as client, pytest.raises(LectorError, match=f"^{words}$"):
        find(client, said)
