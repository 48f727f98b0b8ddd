"""One trace from the upload to the last page read, through HTTP, NATS and the outbox."""

import asyncio
import io
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from uuid import UUID

import nats
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from werkzeug.serving import make_server

from lector.bridge.jetstream import streams
from lector.bridge.jetstream_source import source
from lector.bridge.postgres_source import doorbell
from lector.runtime import object_store, settings
from lector.runtime.object_store import ObjectMissing, ObjectVersion
from tests.support.called import Functions
from tests.support.model import ScriptedModel
from tests.support.parts import Parts
from tests.support.pdfs import drawn_pdf
from tests.support.world import announced, rows

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE_ID}-00f067aa0ba902b7-01"


@pytest.fixture(scope="module")
def spans() -> Iterator[InMemorySpanExporter]:
    """Spans of this process; OpenTelemetry lets a provider be set once."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    yield exporter
    provider.shutdown()


@contextmanager
def served(functions: Functions) -> Iterator[dict[str, str]]:
    """The functions behind sockets, in threads of this process; their URLs."""
    servers = {
        name: make_server("127.0.0.1", 0, app, threaded=True)
        for name, app in functions.apps.items()
    }
    threads = [threading.Thread(target=s.serve_forever, args=[0.05]) for s in servers.values()]
    for thread in threads:
        thread.start()
    yield {name: f"http://127.0.0.1:{server.server_port}" for name, server in servers.items()}
    for server in servers.values():
        server.shutdown()
        server.server_close()
    for thread in threads:
        thread.join()


@contextmanager
def bridged(
    services: Parts, urls: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """jetstream-source and postgres-source in a thread of this process."""
    monkeypatch.setenv("FUNCTION_URLS", ",".join(f"{name}={url}" for name, url in urls.items()))
    monkeypatch.setenv("LISTEN_DATABASE_URL", services.embedded.postgres.url)
    doorbell_config = settings.Doorbell(
        services.embedded.postgres.url, f"{urls['outbox']}/", f"{urls['register']}/"
    )
    stop = asyncio.Event()

    async def bridge() -> None:
        await asyncio.gather(source.run(stop), doorbell.run(stop, config=doorbell_config))

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=lambda: loop.run_until_complete(bridge()))
    thread.start()
    yield
    loop.call_soon_threadsafe(stop.set)
    thread.join()
    loop.close()


def forget_other_files(services: Parts) -> None:
    """What other tests have announced, hostile PDFs among it, is not to be waited for."""
    rows(b"WITH gone AS (DELETE FROM outbox) SELECT 1")

    async def purge() -> None:
        client = await nats.connect(services.settings["NATS_URL"])
        await client.jetstream().purge_stream(streams.LECTOR)
        await client.close()

    asyncio.run(purge())


def until_finished(functions: Functions, file_id: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        shown = functions.clients["upload"].get(f"/v1/files/{file_id}").get_json()
        if shown["status"] == "completed":
            return
        time.sleep(0.05)
    pytest.fail(f"the file is still {shown['status']}")


@pytest.fixture(scope="module")
def uploaded(
    functions: Functions,
    services: Parts,
    model_server: ScriptedModel,
    spans: InMemorySpanExporter,
) -> str:
    """The id of a file of three pages that went all the way, uploaded inside a known trace."""
    model_server.reset()
    forget_other_files(services)
    with ExitStack() as running:
        patch = running.enter_context(pytest.MonkeyPatch.context())
        urls = running.enter_context(served(functions))
        running.enter_context(bridged(services, urls, patch))
        answer = functions.clients["upload"].post(
            "/v1/files",
            data={"file": (io.BytesIO(drawn_pdf(["a", "b", "c"])), "t.pdf")},
            headers={"traceparent": TRACEPARENT, "tracestate": "vendor=1"},
        )
        file_id = str(answer.get_json()["id"])
        until_finished(functions, file_id)
        time.sleep(0.2)
    return file_id


def of_file(spans: InMemorySpanExporter, file_id: str) -> list[ReadableSpan]:
    return [
        span
        for span in spans.get_finished_spans()
        if (span.attributes or {}).get("lector.file.id") == file_id
        and not span.name.startswith("GET ")  # to look is nothing done for it
    ]


def test_everything_done_for_a_file_is_in_the_trace_of_its_upload(
    uploaded: str, spans: InMemorySpanExporter
) -> None:
    handled = of_file(spans, uploaded)
    assert {format(s.context.trace_id, "032x") for s in handled if s.context} == {TRACE_ID}


def test_the_trace_reaches_every_step_to_the_last_page(
    uploaded: str, spans: InMemorySpanExporter
) -> None:
    names = [span.name for span in of_file(spans, uploaded)]
    assert names.count("process lector.file.uploaded") >= 1
    assert names.count("process lector.file.opened") >= 1
    assert names.count("process lector.pages.requested") >= 1
    assert names.count("process lector.pages.rendered") >= 1
    assert names.count("process lector.page.registered") >= 3


def test_every_span_of_the_trace_has_its_parent_in_the_trace(
    uploaded: str, spans: InMemorySpanExporter
) -> None:
    in_trace = [
        span
        for span in spans.get_finished_spans()
        if span.context and format(span.context.trace_id, "032x") == TRACE_ID
    ]
    known = {span.context.span_id for span in in_trace if span.context}
    caller = int(TRACEPARENT.split("-")[2], 16)
    orphans = [s.name for s in in_trace if not s.parent or s.parent.span_id not in known | {caller}]
    assert orphans == []


def test_the_outbox_carries_the_trace(uploaded: str) -> None:
    carried = {event.trace["traceparent"].split("-")[1] for event in announced(UUID(uploaded))}
    assert carried == {TRACE_ID}


def test_spans_tell_no_keys_of_other_buckets(
    functions: Functions, spans: InMemorySpanExporter
) -> None:
    """They may hold a person's name; Lector's own are made of ids."""
    wanted = ObjectVersion("scans", "Jane Doe.pdf", None)
    with (
        trace.get_tracer("test").start_as_current_span("request") as request,
        suppress(ObjectMissing),
    ):
        object_store.store().look_up(wanted)
    told = [
        dict(span.attributes or {})
        for span in spans.get_finished_spans()
        if span.parent and span.parent.span_id == request.get_span_context().span_id
    ]
    assert [(one["rpc.method"], one["aws.s3.bucket"]) for one in told] == [
        ("S3/HeadObject", "scans")
    ]
    assert "Jane Doe" not in str(told)
