"""What Lector measures, seen at a real OTLP receiver; the alerts and the dashboard rest on it."""

import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import uuid4

import httpx2
import promql_parser
import psycopg
import pytest
import yaml

from lector.local.tools import checkout
from tests.acceptance.commandline import Up, finished, lector, up_with_model, wait_until
from tests.support import pdfs, promql
from tests.support.listener import Listener
from tests.support.model import ScriptedModel, completion, error
from tests.support.otlp import Point, Receiver

pytestmark = pytest.mark.slow  # a Lector of its own, which is brought into every trouble that rings

OBSERVABILITY = checkout() / "knative" / "observability"
RULES = {
    rule["alert"]: rule
    for group in yaml.safe_load((OBSERVABILITY / "alerts.yaml").read_text())["groups"]
    for rule in group["rules"]
}


# Of Knative's autoscaler, by its page "Serving metrics" (1.22): there is none on one machine.
KNATIVE = {
    "kn_revision_pods_count": {
        "k8s_namespace_name",
        "kn_service_name",
        "kn_configuration_name",
        "kn_revision_name",
    }
}


@dataclass(frozen=True)
class Measured:
    """A Lector whose processes send their metrics to one receiver, once a second."""

    running: Up
    receiver: Receiver
    model: ScriptedModel

    def upload(self, pages: int = 1) -> str:
        pdf = pdfs.drawn_pdf([f"{n} {uuid4()}" for n in range(pages)])
        answer = httpx2.post(f"{self.running.url}/v1/files", files={"file": ("a.pdf", pdf)})
        return str(answer.raise_for_status().json()["id"])

    def read(self, pages: int = 1) -> str:
        file_id = self.upload(pages)
        finished(self.running.url, file_id)
        return file_id

    def alerts(self) -> set[str]:
        """The alerts whose condition holds now."""
        store, now = promql.Store.of(self.points()), time.time()
        return {name for name, rule in RULES.items() if store.evaluate(rule["expr"], now)}

    def points(self) -> list[Point]:
        return list(self.receiver.points)

    def settled(self, name: str, **labels: str) -> float:
        """The last value, once all of what happened so far was sent."""
        since = time.monotonic()
        value = self.latest(name, **labels)
        while time.monotonic() < since + 1.5:  # three times as long as from one sending to the next
            time.sleep(0.1)
            if self.latest(name, **labels) != value:
                since, value = time.monotonic(), self.latest(name, **labels)
        return value

    def latest(self, name: str, **labels: str) -> float:
        """The last value of a metric, of all its series that have these labels in all."""
        series = {
            (point.instance, repr(sorted(point.labels.items()))): point
            for point in self.points()
            if point.name == name
            and all(point.labels.get(k.replace("__", ".")) == v for k, v in labels.items())
        }
        return sum(point.count or point.value for point in series.values())


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Measured]:
    folder = tmp_path_factory.mktemp("metrics")
    receiver = Receiver()
    settings = {
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": f"{receiver.url}/v1/metrics",
        "OTEL_METRIC_EXPORT_INTERVAL": "500",
        "DOORBELL_CHECK_S": "0.5",
        "RELAY_SINK_TIMEOUT_S": "2",
        "OPENAI_MODEL": "scripted",
        "MODEL_PROMPT_PRICE_USD": "1000",
        "NOTIFY_ALLOW_PRIVATE": "127.0.0.1",
    }
    try:
        with up_with_model(folder, settings) as (running, model):
            yield Measured(running, receiver, model)
    finally:
        receiver.stop()


@pytest.fixture
def hook() -> Iterator[Listener]:
    hook = Listener()
    yield hook
    hook.stop()


@contextmanager
def stopped(measured: Measured, part: str) -> Iterator[None]:
    """A process that stands still for as long as the block lasts."""
    process = measured.running.part(part)
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def fires(measured: Measured, alert: str) -> None:
    wait_until(lambda: alert in measured.alerts(), 60)


def ends(measured: Measured, alert: str) -> None:
    wait_until(lambda: alert not in measured.alerts(), 60)


def test_while_all_is_well_no_alert_fires(measured: Measured) -> None:
    measured.read(pages=2)
    wait_until(lambda: measured.latest("lector.deliveries") >= 6, 60)
    wait_until(lambda: any(p.name == "lector.stalled" for p in measured.points()), 60)
    assert measured.alerts() == set()


def test_events_are_counted_by_type_and_outcome_and_their_waits_are_measured(
    measured: Measured,
) -> None:
    page = {"messaging__destination__name": "lector.page.registered"}
    before = measured.settled("lector.deliveries", **page, lector__outcome="done")
    measured.model.script.append(error(429))
    measured.read(pages=3)
    done = {**page, "lector__outcome": "done"}
    wait_until(lambda: measured.latest("lector.deliveries", **done) == before + 3, 60)
    assert measured.latest("lector.deliveries", **page, lector__outcome="not_now") == 1
    assert measured.latest("lector.redeliveries", **page) == 1
    assert measured.latest("lector.queue.duration", **page) == before + 3
    handled = {**page, "faas__name": "llm"}
    expected = before + 3 + 1
    wait_until(lambda: measured.latest("messaging.process.duration", **handled) == expected, 60)
    read = {"messaging__destination__name": "lector.page.read"}
    assert measured.latest("lector.events.announced", **read) == before + 3


def test_each_function_counts_one_cold_start_for_its_process(
    measured: Measured, hook: Listener
) -> None:
    # Where nobody wants to be told, notify is not asked.
    assert lector("notify", "add", hook.url, data=measured.running.data).code == 0
    measured.read()
    functions = ("render", "register", "llm", "outbox", "notify")
    wait_until(lambda: measured.latest("faas.coldstarts") == len(functions), 60)
    for name in functions:
        assert measured.latest("faas.coldstarts", faas__name=name) == 1


def test_tokens_and_cost_are_counted_by_model(measured: Measured) -> None:
    model = {"gen_ai__request__model": "scripted"}
    measured.read()
    calls = measured.settled("gen_ai.client.operation.duration", **model)
    cost = measured.latest("lector.model.cost", **model)
    measured.read(pages=2)
    wait_until(
        lambda: measured.latest("gen_ai.client.operation.duration", **model) == calls + 2, 60
    )
    assert measured.latest("lector.model.cost", **model) == pytest.approx(cost + 2 * 0.011)
    tokens = [p for p in measured.points() if p.name == "gen_ai.client.token.usage"]
    assert {p.labels["gen_ai.token.type"]: p.value / p.count for p in tokens} == {
        "input": 11,
        "output": 7,
    }


def test_slots_in_use_and_their_limit_are_told_for_each_subscription(measured: Measured) -> None:
    measured.model.otherwise = completion("slowly", delay_s=5)
    measured.upload()
    page = {"messaging__destination__name": "lector.page.registered"}
    wait_until(lambda: measured.latest("lector.slots.used", **page) == 1, 60)
    assert measured.latest("lector.slots.limit", **page) >= 1
    wait_until(lambda: measured.latest("lector.slots.used", **page) == 0, 60)
    measured.model.reset()


def test_what_waits_is_told_by_its_state_and_an_alert_fires_when_nothing_is_read(
    measured: Measured,
) -> None:
    measured.model.otherwise = error(429)
    with measured.running.database() as database:
        measured.upload(pages=2)
        wait_until(lambda: measured.latest("lector.waiting", lector__state="rendered") == 2, 60)
        assert "LectorNothingRead" not in measured.alerts()
        database.execute("UPDATE pages SET finished_at = finished_at - interval '1 hour'")
        database.execute("UPDATE pages SET created_at = now() - interval '11 minutes'")
        fires(measured, "LectorNothingRead")
    measured.model.reset()
    ends(measured, "LectorNothingRead")
    wait_until(lambda: measured.latest("lector.waiting", lector__state="rendered") == 0, 60)


def test_an_alert_fires_when_an_announcement_is_not_published(measured: Measured) -> None:
    with stopped(measured, "jetstream-sink"), measured.running.database() as database:
        file_id = measured.upload()
        wait_until(lambda: measured.latest("lector.outbox.unpublished") >= 1, 60)
        assert "LectorOutboxStuck" not in measured.alerts()
        database.execute("SET lock_timeout = '1s'")
        age = "UPDATE outbox SET created_at = now() - interval '31 s' WHERE published_at IS NULL"
        wait_until(lambda: _aged(database, age), 45)
        fires(measured, "LectorOutboxStuck")
    ends(measured, "LectorOutboxStuck")
    assert finished(measured.running.url, file_id)["status"] == "completed"


def _aged(database: psycopg.Connection[Any], statement: LiteralString) -> bool:
    """Whether rows could be changed: the relay holds those it is about to publish."""
    try:
        return bool(database.execute(statement).rowcount)
    except psycopg.errors.LockNotAvailable:
        return False


def test_an_alert_fires_at_a_dead_letter(measured: Measured) -> None:
    assert "LectorDeadLetters" not in measured.alerts()
    measured.model.otherwise = error(400, "no such model")
    measured.read()
    measured.model.reset()
    fires(measured, "LectorDeadLetters")


def test_an_alert_fires_when_the_model_gives_errors(measured: Measured) -> None:
    measured.model.otherwise = error(400, "no such model")
    for _ in range(3):
        measured.read(pages=4)
    measured.model.reset()
    fires(measured, "LectorModelErrors")


def test_an_alert_fires_when_an_hour_costs_too_much(measured: Measured) -> None:
    assert "LectorCostPerHour" not in measured.alerts()
    usage = {"prompt_tokens": 11_000, "completion_tokens": 1}
    measured.model.otherwise = completion("dear", usage=usage)
    measured.read()
    measured.model.reset()
    fires(measured, "LectorCostPerHour")


def test_dashboard_and_alerts_name_only_metrics_and_labels_that_there_are(
    measured: Measured,
) -> None:
    wait_until(lambda: measured.latest("lector.dead_letters") > 0, 60)
    known = {name: set(labels) for name, labels in KNATIVE.items()}
    for point in measured.points():
        labels = {"job", "instance", *(name.replace(".", "_") for name in point.labels)}
        for name in promql.names(point.name, point.unit, point.type):
            known.setdefault(name, set()).update(labels)
    dashboard = json.loads((OBSERVABILITY / "dashboard.json").read_text())
    queries = [t["expr"] for panel in dashboard["panels"] for t in panel.get("targets", ())]
    assert len(queries) > 15
    for query in [*queries, *(rule["expr"] for rule in RULES.values())]:
        for name, labels in promql.selectors(query):
            assert name in known, query
            assert labels <= known[name], query
            assert _grouped(query) <= {*known[name], "le"}, query


def _grouped(query: str) -> set[str]:
    found: set[str] = set()

    def visit(node: object) -> None:
        if isinstance(node, promql_parser.AggregateExpr) and node.modifier:
            found.update(node.modifier.labels)
        for name in ("lhs", "rhs", "expr"):
            if child := getattr(node, name, None):
                visit(child)
        for child in getattr(node, "args", None) or ():
            visit(child)

    visit(promql_parser.parse(query))
    return found
