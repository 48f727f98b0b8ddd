"""What one JetStream source delivers, and what an event takes in JetStream.

`python -m benchmarks.scaling.source_rate` prints a JSON line for each figure. The source is the
real one in its own process, pinned to one core; NATS and a server that answers 204 at once have the
others.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
from nats.js import JetStreamContext

from benchmarks import outbox_events
from benchmarks.reporting import say
from lector.contracts import (
    PageImage,
    PageRead,
    PagesRendered,
    PagesRequested,
    RenderedPage,
)
from lector.domain import object_keys
from lector.local import functions
from lector.local.process import Child, free_port
from lector.runtime import events
from tests.support import parts

_NAMES = ("render", "register", "llm", "outbox", "notify")
_DURABLE = "llm-lector-page-registered"
_SAMPLE = 200
_WITHIN_S = 120.0


def main(arguments: list[str]) -> int:
    """Measure sizes, then rates with few slots and with many."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scaling.source_rate", description=__doc__
    )
    parser.add_argument("--events", type=int, default=12_000, help="deliveries each time (12000)")
    parser.add_argument("--slots", type=int, nargs="+", default=[64, 640], help="(64 640)")
    given = parser.parse_args(arguments)
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        parser.error("two cores are needed: one for the source, one for all others")
    os.sched_setaffinity(0, cores[1:])
    with (
        tempfile.TemporaryDirectory(prefix="lector-bench-") as folder,
        parts.running(Path(folder, "parts")) as started,
    ):
        asyncio.run(_measured(started, cores[0], given.events, given.slots))
    return 0


async def _measured(started: parts.Parts, core: int, count: int, slots: Sequence[int]) -> None:
    connection, js = await outbox_events.connected(started.embedded.nats.url)
    print(json.dumps(await _sizes(js)), flush=True)
    for most in slots:
        say(f"{count} deliveries with up to {most} slots")
        print(json.dumps(await _rate(js, started, core, count, most)), flush=True)
    await connection.close()


async def _sizes(js: JetStreamContext) -> dict[str, Any]:
    """Bytes in the stream of an event of each type, headers and what the file adds included."""
    found: dict[str, Any] = {"figure": "stored_bytes"}
    for event in _one_of_each():
        before = (await js.stream_info("LECTOR")).state.bytes
        for number in range(_SAMPLE):
            message = outbox_events.as_message(event)
            headers = {**message.headers, "Nats-Msg-Id": f"{event.id}{number:04}"[4:]}
            await js.publish(message.subject, message.body, headers=headers)
        after = (await js.stream_info("LECTOR")).state.bytes
        found[event.type] = round((after - before) / _SAMPLE)
    await js.purge_stream("LECTOR")
    return found


def _one_of_each() -> Iterator[events.Event[Any]]:
    file_id = uuid4()
    yield outbox_events.registered(file_id, 1)[0]
    read = PageRead(generation=1, page_number=1, provenance="model", model="some-model-name")
    read.prompt_tokens, read.completion_tokens = 1700, 700
    yield events.event(str(uuid4()), file_id, read, "llm")
    key = object_keys.original_key(file_id)
    asked = PagesRequested(generation=1, object_key=key, page_numbers=range(101, 109))
    yield events.event(str(uuid4()), file_id, asked, "register")
    images = [
        PageImage(
            object_key=object_keys.image_key(file_id, number),
            sha256=f"{number:064x}",
            width_px=1108,
            height_px=1568,
        )
        for number in range(101, 109)
    ]
    pages = [RenderedPage(page_number=101 + n, image=image) for n, image in enumerate(images)]
    rendered = PagesRendered(generation=1, pages=pages)
    yield events.event(str(uuid4()), file_id, rendered, "render")


async def _published(js: JetStreamContext, count: int) -> None:
    messages = [outbox_events.as_message(e) for e in outbox_events.registered(uuid4(), count)]
    for first in range(0, count, 1000):
        some = messages[first : first + 1000]
        await asyncio.gather(*(outbox_events.publish(js, message) for message in some))


async def _rate(
    js: JetStreamContext, started: parts.Parts, core: int, count: int, most: int
) -> dict[str, Any]:
    await _published(js, count)
    answered = _Answered(count)
    port = free_port()
    server = await asyncio.get_running_loop().create_server(
        lambda: _NoContent(answered), "127.0.0.1", port, backlog=1024
    )
    with _source(started, core, port, most) as source:
        # The first fifth is for the start and for the slots to open.
        begin = await answered.reached(count // 5)
        cpu_s = _cpu_s(source)
        end = await answered.reached(count - most)
        cpu_s = _cpu_s(source) - cpu_s
        rss_mib = round(psutil.Process(source.pid).memory_info().rss / 2**20)
    server.close()
    deliveries = count - most - count // 5
    await js.purge_stream("LECTOR")
    await js.delete_consumer("LECTOR", _DURABLE)
    return {
        "figure": "source",
        "slots": most,
        "deliveries_per_s": round(deliveries / (end - begin)),
        "cpu_ms_per_delivery": round(1000 * cpu_s / deliveries, 2),
        "rss_mib": rss_mib,
    }


class _Answered:
    """How many requests were answered, and when."""

    def __init__(self, count: int) -> None:
        self.at: list[float] = []
        self._count = count

    async def reached(self, count: int) -> float:
        deadline = time.monotonic() + _WITHIN_S
        while len(self.at) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(self.at)} of {self._count} deliveries")
            await asyncio.sleep(0.01)
        return self.at[count - 1]


class _NoContent(asyncio.Protocol):
    """An HTTP server of one answer: whole requests in, 204 out."""

    def __init__(self, answered: _Answered) -> None:
        self._answered = answered
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, blank, body = self._buffer.partition(b"\r\n\r\n")
        if not blank or len(body) < _content_length(head):
            return
        self._buffer = b""
        if not head.startswith(b"GET"):
            self._answered.at.append(time.monotonic())
        assert isinstance(self._transport, asyncio.WriteTransport)
        self._transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


@contextmanager
def _source(started: parts.Parts, core: int, port: int, most: int) -> Iterator[Child]:
    """The source on a core of its own, with every function behind one port."""
    url = f"http://127.0.0.1:{port}/"
    settings = {
        **started.settings,
        "FUNCTION_URLS": ",".join(f"{name}={url}" for name in _NAMES),
        "FUNCTION_CAPACITY": f"llm={most}",
    }
    part = functions.bridge("jetstream-source", settings, free_port())
    others = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        child = Child(part, started.folder.logs)
    finally:
        os.sched_setaffinity(0, others)
    try:
        yield child
    finally:
        child.ask_to_stop()
        child.wait_stopped()


def _cpu_s(child: Child) -> float:
    times = psutil.Process(child.pid).cpu_times()
    return times.user + times.system


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
