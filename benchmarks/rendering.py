"""render_text, render_scan, find_text: the render function against a bare loop over its pages."""

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from uuid import uuid4

import pymupdf
from flask.testing import FlaskClient

from benchmarks import bare_rendering, in_process, samples
from benchmarks.reporting import Figure, say
from functions.render import engine, page_text
from functions.render.page_content import PageContent
from lector.contracts import PagesRequested, RenderedPage
from lector.domain import object_keys, originals, page_selection
from lector.runtime import database, events, object_store, settings
from lector.runtime.settings import Ledger
from tests.support.parts import Parts

NAMES = ("render_text", "render_scan", "find_text")

_ROUNDS = 5
_PAGES = {"render_text": 48, "render_scan": 16}
_TEXT_PAGES = 48
_MAKERS = {"render_text": samples.text_pdf, "render_scan": samples.scan_pdf}
_FILE = b"INSERT INTO files (id, name, size_bytes, status) VALUES (%s, 'bench.pdf', %s, 'reading')"
_LEDGER = (
    b"INSERT INTO pages (id, file_id, number, generation)"
    b" SELECT gen_random_uuid(), %s, number, 1 FROM generate_series(1, %s) AS number"
)
_NOTE = (
    "{pages} pages in ranges of {size}, stored in S3, one range at a time, its pages on all cores;"
    " {layers} of them carry text, which is extracted; CPU of a page: {engine_ms:.1f} ms in the"
    " engine, {bare_ms:.1f} ms in the loop; limit: bare PyMuPDF + Pillow loops on as many cores, no"
    " S3, no text; ratio = value/limit"
)


def measure(parts: Parts, wanted: Collection[str]) -> Iterator[Figure]:
    """Pages a second through the function, and through the loop."""
    if "find_text" in wanted:
        yield _find_text(samples.text_pdf(parts.folder.path / "find_text.pdf", _TEXT_PAGES))
    client = in_process.function("render")
    for name, pages in _PAGES.items():
        if name in wanted:
            path = _MAKERS[name](parts.folder.path / f"{name}.pdf", pages)
            yield _figure(name, client, path, pages)


def _figure(name: str, client: FlaskClient, path: Path, pages: int) -> Figure:
    _render(client, _requests(path, pages)[:1])
    bare, through, drawn = [], [], list[RenderedPage]()
    for turn in range(_ROUNDS):
        say(f"{name}: round {turn + 1} of {_ROUNDS}")
        bare.append(bare_rendering.pages_per_s_of_the_machine(path, pages, rounds=1))
        took_s, drawn = _render(client, _requests(path, pages))
        through.append(took_s)
    note = _NOTE.format(
        pages=pages,
        size=Ledger.pages_per_range,
        layers=sum(page.HasField("text_layer") for page in drawn),
        engine_ms=_cpu_ms(_draw, path) / pages,
        bare_ms=_cpu_ms(bare_rendering.seconds, path) / pages,
    )
    return Figure(name, pages / median(through), "pages/s", median(bare), note)


def _find_text(path: Path) -> Figure:
    with pymupdf.open(path) as document:

        def cpu_ms(work: Callable[[pymupdf.Page], object]) -> float:
            return _cpu_ms(lambda _: [work(page) for page in document], path) / _TEXT_PAGES

        found_ms = cpu_ms(lambda page: page_text.find(PageContent(page)))
        limit_ms = cpu_ms(pymupdf.Page.get_text)
    note = "CPU of a page of 500 words, in this process; limit: PyMuPDF's get_text, no judgement"
    return Figure("find_text", found_ms, "ms", limit_ms, note)


def _cpu_ms(work: Callable[[Path], object], path: Path) -> float:
    """Processor time of some work on a file, in this process: the median of some rounds."""
    took = []
    for _ in range(_ROUNDS):
        started = process_time()
        work(path)
        took.append(process_time() - started)
    return 1000 * median(took)


def _draw(path: Path) -> None:
    """Draw and encode each page and extract its text, as the function's processes do."""
    document, config = engine.open_document(path), settings.current(settings.Rendering)
    for number in range(1, engine.inspect(document, settings.Limits.max_pages).page_count + 1):
        engine.draw(document, number, config)
    document.close()


def _requests(path: Path, pages: int) -> list[events.Event[PagesRequested]]:
    """All ranges of a new file: from one that was drawn before the engine keeps decoded images."""
    file_id = uuid4()
    key = object_keys.original_key(file_id)
    object_store.store().put(key, path.read_bytes(), originals.PDF.media_type)
    with database.transaction() as connection:
        connection.execute(_FILE, [file_id, path.stat().st_size])
        connection.execute(_LEDGER, [file_id, pages])
    ranges = page_selection.batches(list(range(1, pages + 1)), Ledger.pages_per_range)
    requests = [PagesRequested(generation=1, object_key=key, page_numbers=some) for some in ranges]
    return [events.event(str(file_id), file_id, r, "bench", str(i)) for i, r in enumerate(requests)]


def _render(
    client: FlaskClient, sent: list[events.Event[PagesRequested]]
) -> tuple[float, list[RenderedPage]]:
    started = perf_counter()
    replies = [in_process.handled(client, event, 200) for event in sent]
    took_s = perf_counter() - started
    pages = [page for reply in replies if reply for page in reply.data.pages]
    if not pages or not all(page.HasField("image") for page in pages):
        raise RuntimeError("a page could not be rendered")
    return took_s, pages
