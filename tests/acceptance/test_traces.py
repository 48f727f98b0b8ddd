"""One trace for each file, across all processes, at a real OTLP receiver."""

import importlib
import pkgutil
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx2
import opentelemetry.semconv._incubating.attributes as conventions
import pytest

from tests.acceptance.commandline import (
    Up,
    clear,
    environment,
    finished,
    lector,
    up,
    up_with_model,
    wait_until,
)
from tests.support import pdfs
from tests.support.model import ScriptedModel, completion, error
from tests.support.otlp import Receiver, Span

pytestmark = pytest.mark.slow

SECRET = "sk-very-secret"
OFTEN = {"OTEL_BSP_SCHEDULE_DELAY": "100", "OTEL_METRIC_EXPORT_INTERVAL": "1000"}
WAY_OF_TWO_PAGES = """
upload · cli INTERNAL
  POST · cli CLIENT
    POST /v1/files · upload SERVER
  POST · cli CLIENT
    POST /v1/files/<file_id>/confirm · upload SERVER
      S3/GetObject · upload CLIENT
      publish lector.file.uploaded · jetstream-sink PRODUCER
        deliver lector.file.uploaded · jetstream-source CONSUMER
          POST · jetstream-source CLIENT
            process lector.file.uploaded · notify CONSUMER
        deliver lector.file.uploaded · jetstream-source CONSUMER
          POST · jetstream-source CLIENT
            process lector.file.uploaded · render CONSUMER
              S3/GetObject · render CLIENT
              S3/PutObject · render CLIENT
              draw page · render INTERNAL
              publish lector.file.opened · jetstream-source PRODUCER
                deliver lector.file.opened · jetstream-source CONSUMER
                  POST · jetstream-source CLIENT
                    process lector.file.opened · register CONSUMER
                      PAGE
                      RANGE
                      relay lector.page.registered · outbox INTERNAL
                      relay lector.pages.requested · outbox INTERNAL
      relay lector.file.uploaded · outbox INTERNAL
  PUT · cli CLIENT
"""
WAY_OF_A_RANGE = """
publish lector.pages.requested · jetstream-sink PRODUCER
  deliver lector.pages.requested · jetstream-source CONSUMER
    POST · jetstream-source CLIENT
      process lector.pages.requested · render CONSUMER
        S3/PutObject · render CLIENT
        draw page · render INTERNAL
        publish lector.pages.rendered · jetstream-source PRODUCER
          deliver lector.pages.rendered · jetstream-source CONSUMER
            POST · jetstream-source CLIENT
              process lector.pages.rendered · register CONSUMER
                PAGE
                relay lector.page.registered · outbox INTERNAL
"""
WAY_OF_A_PAGE = """
publish lector.page.registered · jetstream-sink PRODUCER
  deliver lector.page.registered · jetstream-source CONSUMER
    POST · jetstream-source CLIENT
      process lector.page.registered · llm CONSUMER
        S3/GetObject · llm CLIENT
        chat scripted · llm CLIENT
        publish lector.page.read · jetstream-sink PRODUCER
          deliver lector.page.read · jetstream-source CONSUMER
            POST · jetstream-source CLIENT
              process lector.page.read · notify CONSUMER
        relay lector.page.read · outbox INTERNAL
"""
OF_THE_LAST_PAGE = """
        publish lector.file.completed · jetstream-sink PRODUCER
          deliver lector.file.completed · jetstream-source CONSUMER
            POST · jetstream-source CLIENT
              process lector.file.completed · notify CONSUMER
        relay lector.file.completed · outbox INTERNAL
"""


@dataclass(frozen=True)
class Traced:
    """A Lector whose processes, and the command line, all send their spans to one receiver."""

    running: Up
    receiver: Receiver
    model: ScriptedModel
    folder: Path

    def file(self, *pages: str, traced: bool = True) -> tuple[str, list[Span]]:
        """A file that was read on the command line: its id, and the spans of its trace."""
        path = self.folder / f"{uuid4()}.pdf"
        path.write_bytes(pdfs.drawn_pdf([f"{page} {uuid4()}" for page in pages]))
        settings = sends_to(self.receiver.url) if traced else {}
        lector("ocr", path, env=environment(self.running.data, settings))
        listed = httpx2.get(f"{self.running.url}/v1/files", params={"name": path.name}).json()
        [file] = listed["files"]
        return file["id"], self.trace_of(file["id"])

    def trace_of(self, file_id: str) -> list[Span]:
        file = finished(self.running.url, file_id)
        self.receiver.until_quiet(1.0)
        return self.receiver.of_trace(file["trace_id"])


def sends_to(url: str) -> dict[str, str]:
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": url, **OFTEN}


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traced]:
    folder = tmp_path_factory.mktemp("traces")
    receiver = Receiver()
    settings = {
        **sends_to(receiver.url),
        "OPENAI_API_KEY": SECRET,
        "OPENAI_MODEL": "scripted",
        "MODEL_PROMPT_PRICE_USD": "1000",
    }
    try:
        with up_with_model(folder, settings) as (running, model):
            yield Traced(running, receiver, model, folder)
    finally:
        receiver.stop()


@pytest.fixture(scope="module")
def two_pages(traced: Traced) -> list[Span]:
    _, spans = traced.file("first", "second")
    return spans


def roots(spans: Sequence[Span]) -> list[Span]:
    known = {span.span_id for span in spans}
    return [span for span in spans if span.parent_id not in known]


def outline(spans: Sequence[Span]) -> list[str]:
    """The tree of spans as indented lines, without the queries; what is alike, in one order."""
    shown = [span for span in spans if "db.system.name" not in span.attributes]

    def below(parent: Span) -> list[str]:
        children = [below(span) for span in shown if span.parent_id == parent.span_id]
        own = f"{parent.name} · {parent.service} {parent.kind}"
        return [own, *(f"  {line}" for child in sorted(children) for line in child)]

    return [line for root in roots(shown) for line in below(root)]


def expected(last_page: int) -> list[str]:
    """The way of two pages, each with its own way put in; the first is drawn with the opening."""
    page = WAY_OF_A_PAGE.strip("\n").splitlines()
    more = OF_THE_LAST_PAGE.strip("\n").splitlines()
    at = next(n for n, line in enumerate(page) if "publish lector.page.read" in line)
    relay = len(page) - 1
    last = [*page[:at], *more[:-1], *page[at:relay], more[-1], page[relay]]
    first, second = (last, page) if last_page == 1 else (page, last)
    requested = put_in(WAY_OF_A_RANGE, PAGE=[second])
    return put_in(WAY_OF_TWO_PAGES, PAGE=[first], RANGE=[requested])


def put_in(outline: str, **ways: list[list[str]]) -> list[str]:
    """An outline with lines of each name in turn in the place of the name."""
    left = {name: iter(of_name) for name, of_name in ways.items()}
    lines = []
    for line in outline.strip("\n").splitlines():
        indent = line[: len(line) - len(line.lstrip())]
        name = line.strip()
        lines += [indent + put for put in next(left[name])] if name in left else [line]
    return lines


def parent(span: Span, spans: Sequence[Span]) -> Span:
    [found] = [other for other in spans if other.span_id == span.parent_id]
    return found


def test_a_files_trace_is_the_whole_of_its_way_and_nothing_else(two_pages: list[Span]) -> None:
    assert outline(two_pages) in (expected(last_page=1), expected(last_page=2))


def test_a_files_trace_has_one_root_and_no_orphan(two_pages: list[Span]) -> None:
    assert [(root.name, root.parent_id) for root in roots(two_pages)] == [("upload", "")]


def test_every_process_but_the_doorbell_is_in_the_trace(two_pages: list[Span]) -> None:
    functions = {"upload", "outbox", "render", "register", "llm", "notify"}
    assert {span.service for span in two_pages} == {
        "cli",
        "jetstream-sink",
        "jetstream-source",
        *functions,
    }


def test_the_relays_batch_is_linked_to_each_files_trace_and_was_rung_for(
    traced: Traced, two_pages: list[Span]
) -> None:
    trace_id = two_pages[0].trace_id
    batches = [span for span in traced.receiver.spans if span.name == "send outbox"]
    [uploaded, *_] = [b for b in batches if trace_id in {linked for linked, _ in b.links}]
    wake_up = traced.receiver.of_trace(uploaded.trace_id)
    [root] = roots(wake_up)
    assert (root.service, root.kind) == ("postgres-source", "PRODUCER")
    assert parent(uploaded, wake_up).name == "process lector.outbox.written"
    relayed = [span for span in two_pages if span.name.startswith("relay ")]
    assert {linked for span in relayed for linked, _ in span.links} <= {b.trace_id for b in batches}


def test_queries_are_client_spans_within_the_function_that_asks(two_pages: list[Span]) -> None:
    queries = [span for span in two_pages if "db.system.name" in span.attributes]
    assert {"confirm_files", "expect_pages", "store_text"} <= {query.name for query in queries}
    for query in queries:
        assert query.kind == "CLIENT"
        assert query.attributes["db.query.summary"] == query.name
        assert parent(query, two_pages).service == query.service


def test_a_child_does_not_begin_before_its_parent(two_pages: list[Span]) -> None:
    for span in two_pages:
        if span.parent_id and not span.name.startswith("relay "):
            assert span.began >= parent(span, two_pages).began - 0.001, span.name


def test_the_models_call_tells_tokens_and_cost(two_pages: list[Span]) -> None:
    calls = [span for span in two_pages if span.name == "chat scripted"]
    assert len(calls) == 2
    for call in calls:
        told = call.attributes
        assert told["gen_ai.operation.name"] == "chat"
        assert told["gen_ai.request.model"] == "scripted"
        assert told["gen_ai.response.model"] == "scripted-1"
        assert told["gen_ai.response.finish_reasons"] == ["stop"]
        assert (told["gen_ai.usage.input_tokens"], told["gen_ai.usage.output_tokens"]) == (11, 7)
        assert told["lector.cost_usd"] == pytest.approx(0.011)


def test_spans_of_a_page_tell_its_number_and_all_of_handling_the_file(
    traced: Traced, two_pages: list[Span]
) -> None:
    handled = [span for span in two_pages if span.name.startswith("process ")]
    assert len({span.attributes["lector.file.id"] for span in handled}) == 1
    pages = [s for s in two_pages if s.name in ("draw page", "process lector.page.registered")]
    assert sorted(span.attributes["lector.page.number"] for span in pages) == [1, 1, 2, 2]


def test_the_first_event_of_a_process_is_marked_as_its_cold_start(traced: Traced) -> None:
    cold = [s for s in list(traced.receiver.spans) if s.attributes.get("faas.coldstart")]
    assert sorted(span.service for span in cold) == [
        "llm",
        "notify",
        "outbox",
        "register",
        "render",
    ]


def test_attributes_are_named_by_the_conventions_or_begin_with_lector(
    traced: Traced, two_pages: list[Span]
) -> None:
    modules = [
        importlib.import_module(f"{conventions.__name__}.{module.name}")
        for module in pkgutil.iter_modules(conventions.__path__)
    ]
    known = {v for m in modules for v in vars(m).values() if isinstance(v, str)}
    used = {name for span in list(traced.receiver.spans) for name in span.attributes}
    assert {name for name in used - known if not name.startswith("lector.")} == set()


def test_no_page_text_no_file_name_and_no_secret_is_in_a_span(traced: Traced) -> None:
    traced.model.otherwise = completion("the text that the model read")
    file_id, spans = traced.file("confidential words")
    traced.model.reset()
    name = httpx2.get(f"{traced.running.url}/v1/files/{file_id}").json()["name"]
    told = repr(spans)
    assert len(spans) > 20
    for hidden in ("the text that", "confidential", name, SECRET, "X-Amz", "password"):
        assert hidden not in told


def test_what_was_not_now_is_an_event_of_its_delivery_and_the_next_one_succeeds(
    traced: Traced,
) -> None:
    traced.model.script.append(error(503))
    _, spans = traced.file("once more")
    first, second = [s for s in spans if s.name == "deliver lector.page.registered"]
    [(name, about)] = first.events
    assert (name, about["error.type"], first.failed) == ("retry", "model_failed", True)
    assert about["lector.retry.delay_s"] > 0
    assert (second.events, second.failed) == ((), False)
    assert second.attributes["lector.delivery.attempt"] == 2
    assert second.parent_id == first.parent_id
    calls = [span for span in spans if span.name == "chat scripted"]
    assert [call.failed for call in calls] == [True, False]


def test_a_dead_letter_is_an_event_of_its_delivery_and_what_follows_is_in_the_trace(
    traced: Traced,
) -> None:
    traced.model.otherwise = error(400, "no such model")
    _, spans = traced.file("never")
    traced.model.reset()
    [given_up] = [span for span in spans if span.name == "deliver lector.page.registered"]
    [(name, about)] = given_up.events
    assert (name, about["error.type"]) == ("dead_letter", "model_refused_request")
    [letter] = [span for span in spans if span.name == "publish lector.delivery.failed"]
    assert letter.parent_id == given_up.span_id
    [shown] = [span for span in spans if span.name == "process lector.delivery.failed"]
    assert shown.service == "register"
    assert len(roots(spans)) == 1


def test_without_a_traced_client_the_trace_begins_at_the_request_that_announces_the_file(
    traced: Traced,
) -> None:
    file_id, spans = traced.file("from a client that traces nothing", traced=False)
    [root] = roots(spans)
    assert (root.name, root.service, root.kind) == ("POST /v1/files", "upload", "SERVER")
    assert root.attributes["lector.file.id"] == file_id
    confirmations = [
        span
        for span in list(traced.receiver.spans)
        if span.name == "POST /v1/files/<file_id>/confirm"
        and span.attributes["lector.file.id"] == file_id
    ]
    [went_on] = [span for span in spans if span.name == "go on"]
    [confirmed] = confirmations
    assert went_on.links == ((confirmed.trace_id, confirmed.span_id),)


def test_files_announced_together_have_a_trace_each(traced: Traced) -> None:
    forms = [
        ("file", (f"{n}.pdf", pdfs.drawn_pdf([f"together {uuid4()}"]), "application/pdf"))
        for n in range(3)
    ]
    answer = httpx2.post(f"{traced.running.url}/v1/files/batch", files=forms)
    results = answer.raise_for_status().json()["results"]
    ids = [result["file"]["id"] for result in results]
    traces = [traced.trace_of(file_id) for file_id in ids]
    assert len({spans[0].trace_id for spans in traces}) == 3
    for spans in traces:
        assert [root.name for root in roots(spans)] == ["announce"]
        assert [s.name for s in spans].count("publish lector.file.completed") == 1


@pytest.mark.slow
def test_a_receiver_that_hangs_costs_no_page_and_no_long_stop(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("hangs")
    receiver = Receiver(delay_s=300)
    try:
        with up(folder / "data", settings=sends_to(receiver.url)) as running:
            path = folder / "two.pdf"
            path.write_bytes(pdfs.drawn_pdf(["first", "second"]))
            assert running.ocr(path).code == 0
            wait_until(lambda: receiver.requests > 0, 60)
            processes = running.processes()
            assert running.interrupt() < 20
            assert not [process for process in processes if process.is_running()]
    finally:
        receiver.stop()
        clear(folder)
        shutil.rmtree(folder)
