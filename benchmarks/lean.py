"""lean_text, lean_pictures: what a page costs the processor, beside its bare parts in the same run.

A page cannot be read without drawing and encoding it, storing and fetching its image, asking the
model, two transactions and two events. Each is done by itself here, by the leanest client at hand.
"""

import asyncio
import base64
import http.client
import json
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pymupdf

from benchmarks import bare_rendering, in_process, outbox_events, samples
from benchmarks.against import checkouts, work
from benchmarks.against.command import NEVER, model
from benchmarks.footprint import ProcessTree
from benchmarks.reporting import Figure, say
from lector.runtime import object_store
from lector.runtime.settings import Rendering
from tests.support import parts
from tests.support.parts import Parts

NAMES = ("lean_text", "lean_pictures")
LONGEST_S = 900

_MAKERS = {"lean_text": samples.read_pdf, "lean_pictures": samples.drawn_pdf}
_PAGES, _FILES = 192, 12
_AT_ONCE = 32
_WORDS = 500
_JPEG, _JSON = "image/jpeg", MappingProxyType({"Content-Type": "application/json"})
_QUESTION = (
    b'{"model":"bench-1","messages":[{"role":"user","content":['
    b'{"type":"text","text":"Read this page."},'
    b'{"type":"image_url","image_url":{"url":"data:image/jpeg;base64,IMAGE"}}]}]}'
)
_NOTE = (
    "pages for a second of a processor, {pages} pages of 500 words, a model that answers at once;"
    " all processes: {costs_ms:.1f} ms a page; limit: {lean_ms:.1f} ms for the parts by themselves,"
    " servers included ({parts}); ratio = value/limit"
)
_TABLES = """
    CREATE TABLE lean_pages (
        id uuid PRIMARY KEY, status text, image_key text, content text, search tsvector
    );
    CREATE INDEX ON lean_pages USING gin (search);
    CREATE TABLE lean_outbox (position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, data text)
"""
_RENDERED = """
    WITH page AS (INSERT INTO lean_pages VALUES (%s, 'rendered', %s))
    INSERT INTO lean_outbox (data) VALUES (%s)
"""
_READ = """
    WITH page AS (
        UPDATE lean_pages
        SET status = 'read', content = %s, search = to_tsvector('english', %s)
        WHERE id = %s
    )
    INSERT INTO lean_outbox (data) VALUES (%s)
"""


class _Meter:
    """Processor time of a page: that of this process, and of the servers that are named."""

    def __init__(self, started: Parts) -> None:
        self._children = started.children

    def ms(self, do: Callable[[], object], *servers: str) -> float:
        """Milliseconds that it takes for each page."""
        trees = [ProcessTree(self._children[name].pid) for name in servers]
        began = time.process_time() + sum(tree.cpu_s() for tree in trees)
        do()
        ended = time.process_time() + sum(tree.cpu_s() for tree in trees)
        return 1000 * (ended - began) / _PAGES


def measure(folder: Path, wanted: Collection[str]) -> Iterator[Figure]:
    """The parts by themselves, then Lector on the same pages."""
    [name] = wanted
    where = folder / name
    where.mkdir()
    make = _MAKERS[name]
    say(f"{name}: the parts by themselves")
    lean_ms = _lean_ms(where, make(where / "lean.pdf", _PAGES, f"{name} lean"))
    files = [make(where / f"{n}.pdf", _PAGES // _FILES, f"{name} {n}") for n in range(_FILES)]
    say(f"{name}: Lector")
    costs_ms = _lector_ms(where, make(where / "warm-up.pdf", 40, f"{name} warm-up"), files)
    total_ms = sum(lean_ms.values())
    note = _NOTE.format(
        pages=_PAGES,
        costs_ms=costs_ms,
        lean_ms=total_ms,
        parts=", ".join(f"{part} {ms:.1f}" for part, ms in lean_ms.items()),
    )
    yield Figure(name, 1000 / costs_ms, "pages/CPU s", 1000 / total_ms, note)


def _lector_ms(folder: Path, warm_up: Path, files: Sequence[Path]) -> float:
    with (
        model(folder) as address,
        checkouts.running(checkouts.this_one(), {**address, **NEVER}) as lector,
        work.client_of(lector) as client,
    ):
        client.read([warm_up])
        return work.of_a_page(lector, client, files, _PAGES)[0]


def _lean_ms(folder: Path, path: Path) -> dict[str, float]:
    with (
        parts.running(folder / "parts") as started,
        in_process.settled(started.settings),
        model(folder) as address,
    ):
        images: list[bytes] = []
        services, meter = started.embedded, _Meter(started)
        drawing_ms = meter.ms(lambda: images.extend(_jpegs(path)))
        signed = _signed(images)
        with psycopg.connect(services.postgres.url, autocommit=True) as connection:
            connection.execute(_TABLES)
            return {
                "draw and encode": drawing_ms,
                "two S3 calls": meter.ms(
                    lambda: _store_and_fetch(images, signed), services.objects.name
                ),
                "model call": meter.ms(lambda: _ask(images, address["OPENAI_BASE_URL"])),
                "two transactions": meter.ms(
                    lambda: _commit(connection, len(images)), services.postgres.name
                ),
                "two events": meter.ms(
                    lambda: asyncio.run(_send(services.nats.url, len(images))), services.nats.name
                ),
            }


def _jpegs(path: Path) -> Iterator[bytes]:
    with pymupdf.open(path) as document:
        for page in document:
            yield bare_rendering.jpeg(
                page, Rendering.render_longest_side_px, Rendering.render_max_dpi
            )


def _signed(images: Sequence[bytes]) -> list[tuple[str, str]]:
    """Where each image is put, and fetched."""
    store = object_store.store()
    return [
        (store.presigned_put(key, len(image), _JPEG), store.presigned_get(key))
        for key, image in ((f"lean/{n}.jpg", image) for n, image in enumerate(images))
    ]


def _store_and_fetch(images: Sequence[bytes], signed: Sequence[tuple[str, str]]) -> None:
    """Each image, on one connection, by addresses that were signed before."""
    connection = http.client.HTTPConnection(urlsplit(signed[0][0]).netloc)
    for image, (put_url, get_url) in zip(images, signed, strict=True):
        _request(connection, "PUT", put_url, image, {"Content-Type": _JPEG, "If-None-Match": "*"})
        if _request(connection, "GET", get_url) != image:
            raise RuntimeError("another image was fetched")
    connection.close()


def _ask(images: Sequence[bytes], base_url: str) -> None:
    """A question is bytes around an image in base64, and its answer is parsed."""
    connection = http.client.HTTPConnection(urlsplit(base_url).netloc)
    before, after = _QUESTION.split(b"IMAGE")
    for image in images:
        body = b"".join((before, base64.b64encode(image), after))
        answer = json.loads(
            _request(connection, "POST", f"{base_url}/chat/completions", body, _JSON)
        )
        if len(answer["choices"][0]["message"]["content"].split()) < _WORDS:
            raise RuntimeError("the model said less")
    connection.close()


def _request(
    connection: http.client.HTTPConnection,
    method: str,
    url: str,
    body: bytes | None = None,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    parts = urlsplit(url)
    connection.request(method, f"{parts.path}?{parts.query}", body, dict(headers))
    answer = connection.getresponse()
    found = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{method} {parts.path}: {answer.status} {found[:200]!r}")
    return found


def _commit(connection: psycopg.Connection, pages: int) -> None:
    """A statement for each transaction, which writes the page and its event."""
    text = samples.page_text()
    event = json.dumps(outbox_events.as_message(_event()).headers)
    for _ in range(pages):
        page = uuid4()
        connection.execute(_RENDERED, [page, f"images/{page}.jpg", event], prepare=True)
        connection.execute(_READ, [text, text, page, event], prepare=True)


async def _send(url: str, pages: int) -> None:
    """Two events of each page are published, delivered and acknowledged."""
    connection, js = await outbox_events.connected(url)
    messages = [
        outbox_events.as_message(event) for event in outbox_events.registered(uuid4(), 2 * pages)
    ]
    subscription = await js.pull_subscribe(messages[0].subject.rpartition(".")[0] + ".*", "lean")
    for first in range(0, len(messages), _AT_ONCE):
        some = messages[first : first + _AT_ONCE]
        await asyncio.gather(*(outbox_events.publish(js, message) for message in some))
        left = len(some)
        while left:
            for message in await subscription.fetch(left, timeout=10):
                await message.ack()
                left -= 1
    await connection.close()


def _event() -> outbox_events.Announced:
    return outbox_events.registered(uuid4(), 1)[0]
