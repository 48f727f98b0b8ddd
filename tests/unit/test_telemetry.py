"""Where traces, metrics and logs go, in processes of their own: a provider can be set once."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping

import pytest

from lector.runtime import settings
from lector.runtime.settings import SettingsError
from tests.support.otlp import Receiver

WORK = """
import sys
from lector.runtime import settings
from lector.telemetry import exporters, tracing
exporters.start("render", settings.current(settings.Telemetry))
with tracing.span("outer", parent={}, attributes={tracing.FILE_ID: "01a2"}) as outer:
    with tracing.client_span("inner", {"db.system.name": "postgresql"}):
        print(tracing.current_headers().get("traceparent", "no trace"))
print([name for name in sys.modules if name.startswith("opentelemetry.sdk")][:1])
"""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.stop()


def work(**environment: str) -> list[str]:
    """What a process says that works within spans and ends."""
    return worked(environment).stdout.splitlines()


def worked(environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """A process that has worked within spans and ended well."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("OTEL_", "LECTOR_"))}
    done = subprocess.run(
        [sys.executable, "-c", WORK],
        env={**clean, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def test_by_default_nothing_is_sent_and_nothing_of_the_sdk_is_imported() -> None:
    assert work() == ["no trace", "[]"]


def test_an_endpoint_is_enough_and_what_is_left_is_sent_at_the_end(receiver: Receiver) -> None:
    traceparent, _ = work(OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url)
    inner, outer = receiver.spans
    assert (outer.name, outer.service, outer.parent_id) == ("outer", "render", "")
    assert inner.parent_id == outer.span_id
    assert traceparent.startswith(f"00-{inner.trace_id}-{inner.span_id}-")


@pytest.mark.parametrize(
    "variables",
    [
        {"OTEL_SDK_DISABLED": "true"},
        {"OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none"},
        {"OTEL_TRACES_SAMPLER": "always_off", "OTEL_METRICS_EXPORTER": "none"},
    ],
)
def test_the_standard_variables_turn_it_off(receiver: Receiver, variables: dict[str, str]) -> None:
    work(OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url, **variables)
    assert receiver.spans == []


def test_the_standard_variables_name_the_service_and_what_it_runs_on(receiver: Receiver) -> None:
    work(OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url, OTEL_SERVICE_NAME="renderer")
    assert {span.service for span in receiver.spans} == {"renderer"}


def test_a_receiver_that_hangs_holds_up_an_end_for_seconds_only() -> None:
    receiver = Receiver(delay_s=60)
    began = time.monotonic()
    work(OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url)
    took_s = time.monotonic() - began
    receiver.stop()
    assert took_s < 15


def test_nobody_at_the_endpoint_is_no_failure_and_is_told_on_one_line() -> None:
    done = worked({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"})
    assert len(done.stdout.splitlines()) == 2
    [line] = done.stderr.splitlines()
    assert line.startswith("traces, metrics or logs are dropped, as nobody takes them: ")


def test_lector_traces_says_that_spans_go_to_x_ray() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.settimeout(5)
        address = f"127.0.0.1:{daemon.getsockname()[1]}"
        work(LECTOR_TRACES="xray", AWS_XRAY_DAEMON_ADDRESS=address)
        inner, outer = daemon.recv(70_000), daemon.recv(70_000)
    assert b'"type": "subsegment"' in inner
    assert b'"lector_file_id": "01a2"' in outer


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "no exporter of traces is called 'zipkin'"),
        ({"LECTOR_TRACES": "x-ray"}, "there are otlp, console, xray, none"),
        ({"OTEL_METRICS_EXPORTER": "prometheus"}, "no exporter of metrics is called 'prometheus'"),
        ({"OTEL_LOGS_EXPORTER": "console"}, "no exporter of logs is called 'console'"),
    ],
)
def test_an_exporter_that_there_is_not_is_an_error_in_words(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], said: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    settings.current.cache_clear()
    with pytest.raises(SettingsError, match=said):
        settings.load(settings.Telemetry)
    settings.current.cache_clear()
