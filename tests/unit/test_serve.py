"""How the process of a function serves, and ends."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import psutil
import pytest

from lector.local.process import free_port

_FUNCTION = """
import os, pathlib, time
import functions_framework

@functions_framework.http
def slow(request):
    if begun := request.args.get("begun"):
        pathlib.Path(begun).touch()
    time.sleep(float(request.args.get("seconds", "0")))
    return str(os.getpid())
"""
Start = Callable[..., tuple[subprocess.Popen[bytes], str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a function that takes as long as it is told and says which process it is."""
    source = tmp_path / "main.py"
    source.write_text(_FUNCTION)
    started: list[subprocess.Popen[bytes]] = []

    def begin(**env: str) -> tuple[subprocess.Popen[bytes], str]:
        port = free_port()
        command = ["-m", "lector.runtime.serve", "--target", "slow", "--source", str(source)]
        address = {"HOST": "127.0.0.1", "PORT": str(port), "THREADS": "4"}
        process = subprocess.Popen([sys.executable, *command], env={**address, **env})
        started.append(process)
        url = f"http://127.0.0.1:{port}/"
        deadline = time.monotonic() + 60
        while not _answers(url):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return process, url

    yield begin
    for process in started:
        process.kill()
        process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx2.get(url).is_success
    except httpx2.TransportError:
        return False


def in_flight(url: str, seconds: float, begun: Path) -> Callable[[], int | None]:
    """Ask for what takes so long, and wait for the file that says that it has begun.

    The answer's status; None if it was broken off.
    """
    statuses: list[int | None] = []
    params: dict[str, str | float] = {"seconds": seconds, "begun": str(begun)}

    def ask() -> None:
        try:
            statuses.append(httpx2.get(url, params=params, timeout=60).status_code)
        except httpx2.TransportError:
            statuses.append(None)

    asking = threading.Thread(target=ask)
    asking.start()
    deadline = time.monotonic() + 20
    while not begun.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)

    def answer() -> int | None:
        asking.join()
        return statuses[0]

    return answer


def test_a_function_with_one_worker_is_one_process(start: Start) -> None:
    process, url = start(WORKERS="1")
    assert httpx2.get(url).text == str(process.pid)
    assert not psutil.Process(process.pid).children()


def test_one_with_several_workers_has_a_process_that_watches_them(start: Start) -> None:
    process, url = start(WORKERS="2")
    deadline = time.monotonic() + 20
    while len(children := psutil.Process(process.pid).children()) < 2:  # the first answers already
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert len(children) == 2
    assert httpx2.get(url).text in {str(child.pid) for child in children}


def test_what_is_in_flight_when_it_is_to_stop_is_answered(start: Start, tmp_path: Path) -> None:
    process, url = start(WORKERS="1")
    answer = in_flight(url, 1.5, tmp_path / "begun")
    process.send_signal(signal.SIGTERM)
    assert answer() == 200
    assert process.wait(20) == 0


def test_what_takes_longer_than_the_grace_period_is_broken_off(
    start: Start, tmp_path: Path
) -> None:
    process, url = start(WORKERS="1", GRACE_S="1")
    answer = in_flight(url, 30, tmp_path / "begun")
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert answer() is None
