"""Who is next: of each file a share is announced, and the next range when one is done."""

import random
from collections.abc import Iterator
from uuid import uuid4

import pytest

from lector.contracts import (
    DeliveryFailed,
    Failure,
    FileOpened,
    LedgerStalled,
    PageImage,
    PageRegistered,
    PagesExtracted,
    PagesRendered,
    PagesRequested,
    RenderedPage,
)
from lector.runtime import settings
from lector.runtime.events import Event, to_http
from tests.support.called import Functions, event
from tests.support.model import ScriptedModel, error
from tests.support.world import World, carried, rows

AFTER_S = 600.0


@pytest.fixture(autouse=True)
def alone(
    functions: Functions, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """No other test's files take part, and files may be long."""
    monkeypatch.setenv("MAX_PAGES", "2000")
    monkeypatch.delenv("PAGES_IN_FLIGHT")
    settings.current.cache_clear()
    assert settings.current(settings.Ledger).pages_in_flight == 128
    rows(b"WITH gone AS (DELETE FROM files) SELECT 1")
    yield
    settings.current.cache_clear()


def limit(most: int, patch: pytest.MonkeyPatch) -> None:
    """So many pages may be in flight in all."""
    patch.setenv("PAGES_IN_FLIGHT", str(most))
    settings.current.cache_clear()


class Book:
    """A file with a ledger of so many pages, whose images only the test's word is taken for."""

    def __init__(self, functions: Functions, count: int, tenant: str = "default") -> None:
        insert = (
            b"INSERT INTO files (tenant, name, size_bytes, status, uploaded_at, begun_at)"
            b" VALUES (%s, 'book', 1, 'uploaded', now(), now()) RETURNING id"
        )
        [(file_id,)] = rows(insert, tenant)
        self.functions = functions
        self.count = count
        self.world = World(functions, file_id)
        key = f"files/{file_id}/original.pdf"
        opened = FileOpened(generation=1, object_key=key, page_count=count)
        functions.accepts("register", event("opened", file_id, opened))

    def asked(self) -> list[list[int]]:
        """The ranges that were announced, in order."""
        return [list(one.data.page_numbers) for one in self.world.events(PagesRequested)]

    def numbers(self, since: int = 0) -> list[int]:
        """The pages of those ranges that were announced after so many others."""
        return [number for one in self.asked()[since:] for number in one]

    def in_flight(self) -> int:
        [(count,)] = rows(
            b"SELECT count(*) FROM pages WHERE file_id = %s AND announced_at IS NOT NULL"
            b" AND finished_at IS NULL",
            self.world.file_id,
        )
        return int(count)

    def finish(self, *numbers: int, generation: int = 1) -> None:
        """The pages turn out to be blank, so they are read at once."""
        pages = [RenderedPage(page_number=n, image=self._blank(n)) for n in numbers]
        self._rendered(pages, generation)

    def _blank(self, number: int) -> PageImage:
        key = f"files/{self.world.file_id}/pages/{number:05d}.jpg"
        return PageImage(object_key=key, sha256="0" * 64, width_px=9, height_px=9, blank=True)

    def fail(self, *numbers: int) -> None:
        """The pages turn out to be missing."""
        failure = Failure(code="page_missing", detail="it is missing")
        self._rendered([RenderedPage(page_number=n, failure=failure) for n in numbers], 1)

    def _rendered(self, pages: list[RenderedPage], generation: int) -> None:
        rendered = PagesRendered(generation=generation, pages=pages)
        cause = f"{generation} {[page.page_number for page in pages]}"
        self.functions.accepts("register", event(cause, self.world.file_id, rendered))


def ranges(*ends: int) -> list[list[int]]:
    """Ranges that end with these pages, each beginning where the one before ended."""
    starts = [0, *ends[:-1]]
    return [list(range(start + 1, end + 1)) for start, end in zip(starts, ends, strict=True)]


# By hand: 1, 2, 4, and then eights: with fifteen of them 127 pages are in flight, and an eighth
# more would be 135.
OF_128 = ranges(1, 3, 7, 15, 23, 31, 39, 47, 55, 63, 71, 79, 87, 95, 103, 111, 119, 127)


def test_a_file_alone_is_announced_in_growing_ranges_as_far_as_its_share_goes(
    functions: Functions,
) -> None:
    assert Book(functions, 300).asked() == OF_128


@pytest.mark.parametrize(
    ("count", "asked"),
    [
        (1, ranges(1)),
        (2, ranges(1, 2)),
        (3, ranges(1, 3)),
        (7, ranges(1, 3, 7)),
        (20, ranges(1, 3, 7, 15, 20)),
        (127, OF_128),
    ],
)
def test_a_short_file_is_announced_wholly(
    functions: Functions, count: int, asked: list[list[int]]
) -> None:
    assert Book(functions, count).asked() == asked


def test_the_next_range_is_announced_when_there_is_room_for_it(functions: Functions) -> None:
    book = Book(functions, 300)
    book.finish(1)
    book.finish(2, 3)
    assert book.asked() == OF_128
    book.finish(4, 5, 6, 7)
    assert book.asked() == [*OF_128, list(range(128, 136))]
    book.finish(*range(8, 16))
    assert book.asked()[-1] == list(range(136, 144))
    assert book.in_flight() == 128


def test_the_next_range_is_announced_in_the_transaction_in_which_a_page_finished(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(1, monkeypatch)
    book = Book(functions, 3)
    book.finish(1)
    assert book.asked() == [[1], [2, 3]]
    of_page = b"SELECT xmin::text FROM pages WHERE file_id = %s AND number = 1"
    of_event = (
        b"SELECT xmin::text FROM outbox WHERE subject = %s AND type = 'lector.pages.requested'"
        b" ORDER BY position DESC LIMIT 1"
    )
    assert rows(of_page, book.world.file_id) == rows(of_event, str(book.world.file_id))


def test_a_page_that_its_reader_finishes_makes_room_as_well(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(1, monkeypatch)
    world = World.with_pages(functions, 4)
    done: list[list[int]] = []
    world.requested()
    while requests := world.events(PagesRequested)[len(done) :]:
        [request] = requests
        done.append(list(request.data.page_numbers))
        functions.accepts("register", functions.reply("render", request))
        for registered in world.events(PageRegistered)[-len(done[-1]) :]:
            functions.accepts("llm", registered)
    assert done == [[1], [2, 3], [4]]
    assert world.file()["status"] == "completed"


def test_pages_whose_text_is_taken_make_room_for_the_next_range_as_well(
    functions: Functions, monkeypatch: pytest.MonkeyPatch, model: ScriptedModel
) -> None:
    limit(1, monkeypatch)
    world = World.with_text(functions, 20)
    done: list[list[int]] = []
    world.requested()
    while requests := world.events(PagesRequested)[len(done) :]:
        [request] = requests
        done.append(list(request.data.page_numbers))
        rendered = functions.reply("render", request)
        for page in rendered.data.pages:
            world.carry(page, carried(page.page_number))
        functions.accepts("register", rendered)
        extracted = world.events(PagesExtracted)[-1]
        assert list(extracted.data.page_numbers) == done[-1]
        functions.accepts("llm", extracted)
    assert done == ranges(1, 3, 7, 15, 20)
    assert world.file()["status"] == "completed"
    assert model.requests == []


def test_never_less_than_one_range_is_in_flight(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(1, monkeypatch)
    book = Book(functions, 40)
    for numbers in ranges(1, 3, 7, 15, 23, 31, 39, 40):
        for number in numbers:
            assert book.asked()[-1] == numbers
            book.finish(number)
    assert book.world.file()["status"] == "completed"


def test_tenants_share_first_and_then_the_files_of_each(functions: Functions) -> None:
    Book(functions, 300, "one")
    # By hand: two tenants, so 64: 1 + 2 + 4 + 7 x 8 = 63.
    assert Book(functions, 300, "two").asked() == ranges(1, 3, 7, 15, 23, 31, 39, 47, 55, 63)
    # Of these 64 a half: 1 + 2 + 4 + 3 x 8 = 31. Of the other tenant's as well.
    assert Book(functions, 300, "two").asked() == ranges(1, 3, 7, 15, 23, 31)
    assert Book(functions, 300, "one").asked() == ranges(1, 3, 7, 15, 23, 31)
    # A third tenant gets a third, 42: 1 + 2 + 4 + 4 x 8 = 39.
    assert Book(functions, 300, "three").asked() == ranges(1, 3, 7, 15, 23, 31, 39)


def test_a_file_that_had_everything_goes_back_to_its_share_when_another_comes(
    functions: Functions,
) -> None:
    book = Book(functions, 300, "one")
    Book(functions, 300, "two")
    for numbers in OF_128:
        if book.in_flight() <= 64:
            break
        book.finish(*numbers)
        assert book.in_flight() <= max(64, 127 - numbers[-1])
    assert book.in_flight() == 64


def test_a_file_gets_more_when_another_is_done(functions: Functions) -> None:
    other = Book(functions, 3)
    book = Book(functions, 300, "two")
    assert book.in_flight() == 63
    other.finish(1, 2, 3)
    assert other.world.file()["status"] == "completed"
    book.finish(*range(8, 16))
    # By hand: 55 are left in flight, and nine ranges of eight more make 127.
    assert book.in_flight() == 127
    assert book.asked()[-9:] == ranges(63, 71, 79, 87, 95, 103, 111, 119, 127, 135)[1:]


def age(world: World, seconds: float = AFTER_S + 1) -> None:
    """Let time pass for a file: everything about it happened that much earlier."""
    rows(
        b"UPDATE files SET created_at = created_at - p, uploaded_at = uploaded_at - p,"
        b" opened_at = opened_at - p, look_at = now(), announced_again_at = announced_again_at - p"
        b" FROM (SELECT make_interval(secs => %s) AS p) AS past WHERE id = %s RETURNING 1",
        seconds,
        world.file_id,
    )
    rows(
        b"UPDATE pages SET created_at = created_at - p, rendered_at = rendered_at - p,"
        b" announced_at = announced_at - p, finished_at = finished_at - p,"
        b" refused_at = refused_at - p"
        b" FROM (SELECT make_interval(secs => %s) AS p) AS past WHERE file_id = %s RETURNING 1",
        seconds,
        world.file_id,
    )


def sweep(functions: Functions) -> None:
    functions.accepts("register", event(str(uuid4()), "ledger", LedgerStalled()))


def test_the_sweep_announces_what_is_in_flight_and_nothing_that_waits_in_line(
    functions: Functions,
) -> None:
    book = Book(functions, 300)
    book.finish(1, 2, 3)
    age(book.world)
    sweep(functions)
    assert book.numbers(len(OF_128)) == list(range(4, 128))
    assert all(len(numbers) <= 8 for numbers in book.asked())


def test_the_sweep_leaves_alone_what_was_refused_lately(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 3)
    first, second, third = world.registered()
    model.script.extend([error(429), error(500)])
    assert functions.call("llm", first).status_code == 503
    age(world)
    assert functions.call("llm", second).status_code == 503
    other = World.with_pages(functions, 1)
    other.read()
    sweep(functions)
    again = [one.data.page_number for one in world.events(PageRegistered)[3:]]
    assert again == [first.data.page_number, third.data.page_number]


def test_while_the_model_is_away_pages_in_line_do_not_have_others_announced_again(
    functions: Functions, monkeypatch: pytest.MonkeyPatch, model: ScriptedModel
) -> None:
    limit(1, monkeypatch)
    world = World.with_pages(functions, 3)
    [page] = world.registered()
    model.otherwise = error(429)
    age(world)
    assert functions.call("llm", page).status_code == 503
    sweep(functions)
    assert rows(b"SELECT announced_again FROM files WHERE id = %s", world.file_id) == [(0,)]


def test_pages_in_line_do_not_fail_with_those_in_flight_that_stand_still(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(1, monkeypatch)
    book = Book(functions, 3)
    rows(
        b"UPDATE files SET announced_again = 8, announced_again_at = now() WHERE id = %s"
        b" RETURNING 1",
        book.world.file_id,
    )
    age(book.world, AFTER_S * 2**8 + 1)
    sweep(functions)
    assert [page["status"] for page in book.world.pages()] == ["failed", "pending", "pending"]
    assert book.asked() == [[1], [2, 3]]


def retry(book: Book, pages: str | None = None) -> None:
    client = book.functions.clients["upload"]
    body = {} if pages is None else {"pages": pages}
    answer = client.post(f"/v1/files/{book.world.file_id}/retry", json=body)
    assert answer.status_code == 202, answer.get_data(as_text=True)


def test_a_retry_announces_the_pages_that_failed_in_growing_ranges(functions: Functions) -> None:
    book = Book(functions, 30)
    failed = {2, 5, 9, 20}
    book.finish(*sorted(set(range(1, 31)) - failed))
    book.fail(*sorted(failed))
    before = len(book.asked())
    retry(book)
    assert book.asked()[before:] == [[2], [5, 9], [20]]
    book.finish(*failed, generation=2)
    assert book.world.file()["status"] == "completed"


def test_a_retry_of_pages_that_were_read_announces_these_for_reading(functions: Functions) -> None:
    book = Book(functions, 30)
    book.finish(*range(1, 31))
    before = len(book.asked())
    retry(book, "4-6,11")
    again = book.world.events(PageRegistered)
    assert [one.data.page_number for one in again] == [4, 5, 6, 11]
    assert len(book.asked()) == before


def test_a_retry_while_pages_wait_in_line_carries_these_on(functions: Functions) -> None:
    book = Book(functions, 200)
    book.fail(1)
    before = len(book.asked())
    retry(book)
    # Everything that is not finished belongs to the new generation.
    assert book.asked()[before:] == OF_128
    assert {one.data.generation for one in book.world.events(PagesRequested)[before:]} == {2}


def test_a_cancelled_file_announces_nothing_more(functions: Functions) -> None:
    book = Book(functions, 300)
    book.functions.clients["upload"].post(f"/v1/files/{book.world.file_id}/cancel")
    for numbers in OF_128:
        book.finish(*numbers)
    assert book.asked() == OF_128


@pytest.mark.parametrize("how", ["blank", "failed", "given up"])
def test_a_file_goes_on_however_a_range_ends(
    functions: Functions, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    limit(1, monkeypatch)
    book = Book(functions, 7)
    for numbers in ranges(1, 3, 7):
        assert book.asked()[-1] == numbers
        if how == "blank":
            book.finish(*numbers)
        elif how == "failed":
            book.fail(*numbers)
        else:
            give_up(functions, book.world.events(PagesRequested)[-1])
    assert book.world.file()["status"] == ("completed" if how == "blank" else "failed")


def give_up(functions: Functions, undelivered: Event[PagesRequested]) -> None:
    headers, body = to_http(undelivered)
    failure = Failure(code="broken_off", detail="the function did not answer")
    letter = DeliveryFailed(
        function="render", failure=failure, attempts=8, headers=headers, body=body
    )
    functions.accepts("register", event(undelivered.id, undelivered.subject, letter))


def test_each_page_is_announced_once_in_whatever_order_pages_finish(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(16, monkeypatch)
    book = Book(functions, 100)
    chance = random.Random(15)
    under_way = book.numbers()
    while under_way:
        number = under_way.pop(chance.randrange(len(under_way)))
        known = len(book.asked())
        book.finish(number)
        book.finish(number)
        under_way += book.numbers(known)
        assert book.in_flight() <= 16
    assert sorted(book.numbers()) == list(range(1, 101))
    assert book.world.file()["status"] == "completed"
