"""Which pages are yielded while files are watched, whatever changes between two requests."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lector.cli import watching
from lector.cli.answers import Json
from lector.cli.client import Client
from lector.cli.outcome import Document

_WAITS = {"code": "budget_exceeded", "detail": "the file's ceiling of $0.75 is reached"}


def page(number: int, status: str, waiting: Json | None = None) -> Json:
    return {"number": number, "status": status, "waiting": waiting, "text": "some text"}


class Server(Client):
    """A server whose second page is read just after its pages were first listed."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:1")
        self._second = iter(["rendered"])

    def upload(self, *_: Any, **__: Any) -> Json:
        return {"id": "one", "status": "uploaded"}

    def files(self, ids: Sequence[str]) -> Iterator[Json]:
        progress = {"rendered": 3, "read": 1, "failed": 0, "total": 3}
        for file_id in ids:
            yield {"id": file_id, "status": "reading", "progress": progress, "waiting": _WAITS}

    def pages(self, *_: Any, after: int = 0, **__: Any) -> Iterator[Json]:
        second = page(2, next(self._second, "read"))
        found = [page(1, "read"), second, page(3, "rendered", _WAITS)]
        yield from found[after:]

    def is_out_of_money(self, _: Json) -> bool:
        return True  # by then the second page is read, and the third waits for money


def test_a_page_read_between_two_requests_is_not_left_out_when_the_rest_waits_for_money() -> None:
    document = Document(Path("one.pdf"), "one.pdf")
    with Server() as client:
        yielded = watching.read(client, [document], {}, lambda _: None)
        assert [shown["number"] for _, shown in yielded] == [1, 2]
    assert document.out_of_money
