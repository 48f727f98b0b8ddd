"""Logs as the third signal beside the lines on stderr, in processes of their own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.support.otlp import Receiver

BEGIN = """
import logging, sys, time
from lector.runtime import settings
from lector.telemetry import exporters, logs, tracing
logs.configure(settings.current(settings.Logging))
exporters.start("render", settings.current(settings.Telemetry))
log = logging.getLogger("lector")
"""
WORK = """
log.info("%s pages", 3, extra={"lector": {"file_id": "01a2", "page": 3, "failed": None}})
with tracing.span("outer", parent={}):
    log.warning("within")
with tracing.span("carried", parent={"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}):
    try:
        raise ValueError("what a page says, and s3cr3t")
    except ValueError:
        log.exception("failed")
"""
STORM = """
began = time.perf_counter()
for number in range(20_000):
    log.info("line %d", number)
print(time.perf_counter() - began)
"""
IMPORTED = 'print([name for name in sys.modules if "opentelemetry.sdk" in name])'


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.stop()


def process(work: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A process that logs and ends well."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("OTEL_", "LECTOR_", "LOG_"))}
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + work],
        env={**clean, "LOG_FORMAT": "json", **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def lines(done: subprocess.CompletedProcess[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_a_record_has_what_its_line_has_and_the_span_that_it_was_written_in(
    receiver: Receiver,
) -> None:
    done = process(WORK, OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url)
    told, within, carried = receiver.records
    assert (told.service, told.logger, told.severity) == ("render", "lector", "INFO")
    assert (told.body, told.trace_id) == ("3 pages", "")
    assert told.attributes == {
        "lector.file_id": "01a2",
        "lector.page": 3,
        "lector.failed": "None",
    }
    [outer] = [span for span in receiver.spans if span.name == "outer"]
    assert (within.severity, within.body) == ("WARN", "within")
    assert (within.trace_id, within.span_id) == (outer.trace_id, outer.span_id)
    assert carried.trace_id == "a" * 32
    written = lines(done)
    assert [line["message"] for line in written] == ["3 pages", "within", "failed"]
    assert [line.get("trace_id", "") for line in written] == [
        record.trace_id for record in receiver.records
    ]


def test_the_trace_is_on_a_record_although_no_spans_are_sent(receiver: Receiver) -> None:
    process(WORK, OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url, OTEL_TRACES_EXPORTER="none")
    assert receiver.spans == []
    assert receiver.records[-1].trace_id == "a" * 32
    assert receiver.records[-1].span_id == "b" * 16


def test_what_an_exception_says_is_not_sent_but_where_it_comes_from(receiver: Receiver) -> None:
    process(WORK, OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url)
    failed = receiver.records[-1]
    assert failed.attributes["exception.type"] == "ValueError"
    assert "in <module>" in failed.attributes["exception.stacktrace"]
    assert "s3cr3t" not in repr(receiver.records)


@pytest.mark.parametrize(
    "variables", [{"OTEL_LOGS_EXPORTER": "none"}, {"OTEL_SDK_DISABLED": "true"}]
)
def test_the_standard_variables_turn_records_off_and_lines_stay(
    receiver: Receiver, variables: dict[str, str]
) -> None:
    done = process(WORK, OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url, **variables)
    assert receiver.records == []
    assert len(lines(done)) == 3


def test_records_have_an_endpoint_of_their_own_if_that_is_set(receiver: Receiver) -> None:
    process(WORK, OTEL_EXPORTER_OTLP_LOGS_ENDPOINT=f"{receiver.url}/v1/logs")
    assert len(receiver.records) == 3
    assert receiver.spans == []


def test_where_no_records_are_wanted_nothing_of_the_sdk_is_imported() -> None:
    assert process(IMPORTED).stdout.strip() == "[]"


def test_a_process_that_writes_no_log_sends_none_and_warns_as_before(receiver: Receiver) -> None:
    silent = BEGIN.replace("logs.configure", "str") + 'log.warning("for a person")'
    done = subprocess.run(
        [sys.executable, "-c", silent],
        env={**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert (done.stderr, receiver.records) == ("for a person\n", [])


def test_a_storm_of_lines_while_nobody_takes_records_slows_nothing_and_loses_no_line() -> None:
    receiver = Receiver(delay_s=60)
    only_logs = {"OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none"}
    began = time.monotonic()
    done = process(STORM, OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url, **only_logs)
    took_s = time.monotonic() - began
    receiver.stop()
    written = [line["message"] for line in lines(done)]
    own = [message for message in written if str(message).startswith("line ")]
    assert own == [f"line {number}" for number in range(20_000)]
    assert len(written) - len(own) <= 1, "complaints of the sender"
    assert float(done.stdout) < 20
    assert took_s < 40


def test_what_the_sender_complains_of_is_not_sent_in_turn(receiver: Receiver) -> None:
    for name in ("opentelemetry.sdk._shared_internal", "urllib3.connectionpool"):
        process(
            f'logging.getLogger("{name}").error("no")', OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url
        )
    assert receiver.records == []
