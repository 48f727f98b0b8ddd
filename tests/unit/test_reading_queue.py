"""Which pages the embedded reader reads, in which order, and what it keeps of them."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

import pytest

from lector.tesseract.page_reading import Reading
from lector.tesseract.reading_queue import FAILURE_KEPT_S, USUAL_WAIT_S, Busy, ReadingQueue
from lector.tesseract.recognition import ReadingTimedOut


class Reader:
    """Reads an image as the text that its bytes are; it holds still between `hold` and `release`.

    Each page takes `page_s` of the reader's own clock.
    """

    def __init__(self) -> None:
        self.read: list[bytes] = []
        self.now = 0.0
        self.page_s = 0.0
        self.error: Exception | None = None
        self._free = threading.Event()
        self._free.set()

    def __call__(self, image: bytes, _: Sequence[str]) -> Reading:
        self.read.append(image)
        assert self._free.wait(20)
        self.now += self.page_s
        if self.error:
            raise self.error
        return Reading(image.decode(), [])

    def hold(self) -> None:
        self._free.clear()

    def release(self) -> None:
        self._free.set()

    def queue(self, readers: int = 1) -> ReadingQueue:
        return ReadingQueue(self, readers, lambda: self.now)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.005)


async def begin(reader: Reader, queue: ReadingQueue, image: bytes) -> asyncio.Task[Reading]:
    """A page that is being read, by a reader that holds still."""
    reader.hold()
    task = asyncio.create_task(queue.read(image))
    await until(lambda: image in reader.read)
    return task


async def refusal(reading: Awaitable[Reading]) -> Busy:
    with pytest.raises(Busy) as caught:
        await reading
    return caught.value


def in_loop(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    def run() -> None:
        asyncio.run(test())

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


@in_loop
async def test_a_page_whose_caller_goes_before_its_turn_is_not_read() -> None:
    reader = Reader()
    queue = reader.queue()
    first = await begin(reader, queue, b"first")
    gone = asyncio.create_task(queue.read(b"gone"))
    stays = asyncio.create_task(queue.read(b"stays"))
    await asyncio.sleep(0)
    gone.cancel()
    reader.release()
    await asyncio.gather(first, stays)
    assert reader.read == [b"first", b"stays"]


@in_loop
async def test_a_page_whose_turn_does_not_come_in_time_is_not_read() -> None:
    reader = Reader()
    reader.page_s = 0.01
    queue = reader.queue()
    await queue.read(b"measured")
    first = await begin(reader, queue, b"first")
    busy = await refusal(queue.read(b"late", wait_s=0.05))
    assert str(busy) == "busy: the page's turn did not come in time"
    reader.release()
    await first
    assert (await queue.read(b"next")).text == "next"
    assert reader.read == [b"measured", b"first", b"next"]


@in_loop
async def test_a_reading_whose_caller_has_gone_is_kept_for_the_next_try() -> None:
    reader = Reader()
    queue = reader.queue()
    gone = await begin(reader, queue, b"page")
    gone.cancel()
    reader.release()
    assert (await queue.read(b"page")).text == "page"
    assert (await queue.read(b"page")).text == "page"
    assert reader.read == [b"page"]


@in_loop
async def test_a_caller_whose_time_passes_while_its_page_is_read_is_told_to_ask_again() -> None:
    reader = Reader()
    queue = reader.queue()
    first = await begin(reader, queue, b"page")
    reader.now += 70
    busy = await refusal(queue.read(b"page", wait_s=0.05))
    assert str(busy) == "busy: reading the page takes 70 s so far; ask again for its text"
    assert busy.retry_after_s == 1
    reader.release()
    await first
    assert (await queue.read(b"page", wait_s=0.05)).text == "page"
    assert reader.read == [b"page"]


@in_loop
async def test_requests_with_the_same_image_share_one_reading() -> None:
    reader = Reader()
    queue = reader.queue(readers=2)
    first = await begin(reader, queue, b"page")
    others = [asyncio.create_task(queue.read(b"page")) for _ in range(3)]
    await asyncio.sleep(0.05)
    reader.release()
    assert {reading.text for reading in await asyncio.gather(first, *others)} == {"page"}
    assert reader.read == [b"page"]


@in_loop
async def test_a_page_that_waits_for_two_callers_is_read_when_one_of_them_goes() -> None:
    reader = Reader()
    queue = reader.queue()
    first = await begin(reader, queue, b"first")
    gone, stays = (asyncio.create_task(queue.read(b"shared")) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    reader.release()
    await first
    assert (await stays).text == "shared"


async def fill(reader: Reader, queue: ReadingQueue, wait_s: float) -> list[asyncio.Task[Reading]]:
    """As many pages that wait behind one that is being read as are taken."""
    tasks = [await begin(reader, queue, b"first")]
    while True:
        task = asyncio.create_task(queue.read(b"%d" % len(tasks), wait_s))
        await asyncio.sleep(0.02)
        if task.done():
            assert isinstance(task.exception(), Busy)
            return tasks
        tasks.append(task)


@in_loop
async def test_a_page_is_refused_when_it_would_wait_longer_than_its_caller() -> None:
    """Each takes 10 s: the first waits at most 10 s for its turn, the fourth 40 s."""
    reader = Reader()
    reader.page_s = 10
    queue = reader.queue()
    await queue.read(b"measured")
    tasks = await fill(reader, queue, wait_s=35)
    assert len(tasks) == 1 + 3
    busy = await refusal(queue.read(b"another", wait_s=35))
    assert str(busy) == "busy: 3 pages wait, about 40 s"
    assert busy.retry_after_s == 5
    reader.release()
    await asyncio.gather(*tasks)
    assert b"another" not in reader.read
    assert (await queue.read(b"another", wait_s=35)).text == "another"


@in_loop
async def test_with_two_readers_pages_wait_half_as_long() -> None:
    reader = Reader()
    reader.page_s = 10
    queue = reader.queue(readers=2)
    await queue.read(b"measured")
    second = await begin(reader, queue, b"second")
    tasks = await fill(reader, queue, wait_s=35)
    assert len(tasks) == 1 + 7
    reader.release()
    await asyncio.gather(second, *tasks)


@in_loop
async def test_a_caller_that_says_nothing_is_taken_to_wait_for_half_a_minute() -> None:
    assert USUAL_WAIT_S == 30
    reader = Reader()
    reader.page_s = 20
    queue = reader.queue()
    await queue.read(b"measured")
    first = await begin(reader, queue, b"first")
    second = asyncio.create_task(queue.read(b"second"))
    await asyncio.sleep(0)
    busy = await refusal(queue.read(b"third"))
    assert str(busy) == "busy: 1 page waits, about 40 s"
    assert busy.retry_after_s == 10
    reader.release()
    await asyncio.gather(first, second)


@in_loop
async def test_an_idle_reader_takes_a_page_however_long_the_last_ones_took() -> None:
    reader = Reader()
    reader.page_s = 200
    queue = reader.queue()
    await queue.read(b"long")
    assert (await queue.read(b"next", wait_s=5)).text == "next"


@in_loop
async def test_what_pages_take_follows_the_latest_ones() -> None:
    reader = Reader()
    reader.page_s = 100
    queue = reader.queue()
    await queue.read(b"slow")
    reader.page_s = 1
    for number in range(20):
        await queue.read(b"quick %d" % number)
    tasks = await fill(reader, queue, wait_s=10)
    assert len(tasks) > 3
    reader.release()
    await asyncio.gather(*tasks)


@in_loop
async def test_a_page_that_timed_out_fails_at_once_for_a_while() -> None:
    """Or the tries of one page, each with the whole limit, would hold the reader meanwhile."""
    reader = Reader()
    queue = reader.queue()
    reader.error = ReadingTimedOut("too slow")
    for _ in range(3):
        with pytest.raises(ReadingTimedOut, match="too slow"):
            await queue.read(b"monster")
    assert reader.read == [b"monster"]
    reader.error = None
    reader.now += FAILURE_KEPT_S
    assert (await queue.read(b"monster")).text == "monster"


@in_loop
async def test_a_time_out_that_no_caller_waits_for_is_kept_as_well() -> None:
    reader = Reader()
    queue = reader.queue()
    reader.error = ReadingTimedOut("too slow")
    gone = await begin(reader, queue, b"monster")
    gone.cancel()
    reader.release()
    for _ in range(2):
        with pytest.raises(ReadingTimedOut):
            await queue.read(b"monster")
    assert reader.read == [b"monster"]


@in_loop
async def test_a_reader_that_fails_unexpectedly_is_asked_again() -> None:
    reader = Reader()
    queue = reader.queue()
    reader.error = RuntimeError("out of order")
    with pytest.raises(RuntimeError, match="out of order"):
        await queue.read(b"page")
    reader.error = None
    assert (await queue.read(b"page")).text == "page"


@in_loop
async def test_the_latest_64_texts_are_kept() -> None:
    reader = Reader()
    queue = reader.queue()
    pages = [b"%d" % number for number in range(65)]
    for page in pages[:64]:
        await queue.read(page)
    await queue.read(pages[0])
    assert len(reader.read) == 64
    await queue.read(pages[64])  # in the place of the second, as the first was asked for later
    await queue.read(pages[0])
    assert len(reader.read) == 65
    await queue.read(pages[1])
    assert reader.read[65:] == [pages[1]]


@in_loop
async def test_few_texts_are_kept_when_they_are_large() -> None:
    reader = Reader()
    queue = reader.queue()
    pages = [letter * 6_000_000 for letter in (b"a", b"b", b"c")]
    for page in pages:
        await queue.read(page)
    await queue.read(pages[2])
    await queue.read(pages[1])
    assert len(reader.read) == 3
    await queue.read(pages[0])
    assert len(reader.read) == 4


@in_loop
async def test_a_text_that_is_larger_than_all_that_is_kept_is_there_for_the_next_try() -> None:
    reader = Reader()
    queue = reader.queue()
    for _ in range(2):
        await queue.read(b"a" * 20_000_000)
    assert len(reader.read) == 1


@in_loop
async def test_the_same_image_in_another_language_is_another_page() -> None:
    reader = Reader()
    queue = reader.queue()
    for languages in ([], ["spa"], ["spa", "eng"], ["spa"]):
        await queue.read(b"page", languages=languages)
    assert len(reader.read) == 3


@in_loop
async def test_what_was_read_is_not_kept_when_another_language_has_come() -> None:
    reader = Reader()
    queue = reader.queue()
    for there in (["eng"], ["eng"], ["eng", "spa"], ["eng", "spa"]):
        await queue.read(b"page", there=there)
    assert len(reader.read) == 2
