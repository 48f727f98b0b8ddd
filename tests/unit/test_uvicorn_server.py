"""The server of ASGI applications: it sleeps while nothing happens, and ends when it is told to."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from pathlib import Path

from lector.local.process import free_port, http_status

_PROGRAM = """
import sys
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from lector.runtime import uvicorn_server

app = Starlette(routes=[Route("/", lambda _: PlainTextResponse("ok"))])
uvicorn_server.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
"""


@contextmanager
def server() -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", _PROGRAM, str(port)])
    try:
        while http_status(port, "/", 2) != 200:
            assert process.poll() is None
            time.sleep(0.05)
        yield process, port
    finally:
        process.kill()
        process.wait()


def voluntary_switches(pid: int) -> int:
    """How often its main thread has gone to sleep."""
    lines = Path(f"/proc/{pid}/task/{pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("voluntary_ctxt")))


def test_it_wakes_up_no_more_than_twice_a_second_while_nothing_happens() -> None:
    rates = []
    with server() as (process, _):
        for _ in range(2):  # the machine may be busy
            time.sleep(0.5)
            began, before = time.monotonic(), voluntary_switches(process.pid)
            time.sleep(3)
            switches = voluntary_switches(process.pid) - before
            rates.append(switches / (time.monotonic() - began))
    assert min(rates) <= 2


def test_it_ends_soon_after_a_signal() -> None:
    took_s = []
    for _ in range(3):  # the machine may be busy
        with server() as (process, _):
            time.sleep(0.3)  # in the middle of its sleep
            began = time.monotonic()
            os.kill(process.pid, signal.SIGTERM)
            process.wait(10)
            took_s.append(time.monotonic() - began)
    assert min(took_s) < 0.6


def test_its_answers_name_the_time() -> None:
    with server() as (_, port):
        time.sleep(2)
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", "/")
        date = parsedate_to_datetime(connection.getresponse().headers["Date"])
        connection.close()
    assert abs(date.timestamp() - time.time()) < 3


def test_a_port_that_is_taken_ends_it_with_a_status_of_its_own() -> None:
    with server() as (_, port):
        second = subprocess.run(
            [sys.executable, "-c", _PROGRAM, str(port)], stderr=subprocess.DEVNULL, check=False
        )
    assert second.returncode not in (0, -9)
