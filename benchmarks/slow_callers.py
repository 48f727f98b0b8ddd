"""slow_callers_*: how long a good caller waits while others are slow or greedy, beside alone.

The others run in a process of their own, which is this module: `python -m benchmarks.slow_callers`.
They never finish what they begin, send a little of it every ten seconds, and come again half a
minute after they were closed or refused.
"""

import argparse
import asyncio
import http.client
import os
import random
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import psutil

from benchmarks.reporting import Figure, percentile, say
from lector.local import functions as shapes
from lector.local.process import Child, free_port, wait_ready
from lector.local.tools import checkout
from lector.runtime import connections
from tests.support.parts import Parts
from tests.support.slow_callers import Caller

_ADMIN = "only-for-this-benchmark"
_REQUESTS = 150
_PAUSE_S = 0.06  # so that the good caller stays within what a token may ask in a minute
_BEGIN_S = 8.0
_SETTLED_S = 4.0
_COMES_AGAIN_S = 30.0
_DRIP_S = 10.0


@dataclass(frozen=True)
class Attack:
    """So many callers who each `begin` something, from as many addresses, after which they drip."""

    count: int
    addresses: int
    begin: Callable[[Caller, str], Awaitable[None]]
    drip: bytes
    what: str


async def _header(caller: Caller, _: str) -> None:
    await caller.begin_header()


async def _form(caller: Caller, token: str) -> None:
    await caller.begin_form(token)


async def _stream(caller: Caller, token: str) -> None:
    await caller.begin_stream(token)


ATTACKS = {
    "slow_callers_headers": Attack(5000, 50, _header, b"X-A: b\r\n", "unfinished headers"),
    "slow_callers_headers_one_address": Attack(
        5000, 1, _header, b"X-A: b\r\n", "unfinished headers"
    ),
    "slow_callers_bodies": Attack(500, 5, _form, b"x", "dripping forms of another tenant"),
    "slow_callers_bodies_one_address": Attack(
        500, 1, _form, b"x", "dripping forms of another tenant"
    ),
    "slow_callers_streams": Attack(1000, 10, _stream, b"", "event streams of another tenant"),
    "slow_callers_streams_one_address": Attack(
        1000, 1, _stream, b"", "event streams of another tenant"
    ),
}
NAMES = tuple(f"{name}_{figure}" for name in ATTACKS for figure in ("p50", "p95"))


def measure(started: Parts, wanted: Collection[str]) -> Iterator[Figure]:
    """A function `upload` with two tenants, which is asked alone and under each attack, in turn."""
    with _upload(started) as (process, port, greedy, good):
        _answer_times_ms(port, good)
        for name, attack in ATTACKS.items():
            figures = [one for one in NAMES if one.rpartition("_")[0] == name and one in wanted]
            if not figures:
                continue
            alone, alone_share = _measured(process, port, good)
            say(f"{name}: {attack.count} {attack.what}")
            with _attacked(name, port, greedy):
                attacked, share = _measured(process, port, good)
            note = (
                f"ms for a list of files on a new connection, during {attack.count} {attack.what}"
                f" from {attack.addresses} address{'es' if attack.addresses > 1 else ''};"
                " limit: the same alone;"
                f" upload takes {share:.0%} of a core, alone {alone_share:.0%}"
            )
            for figure in figures:
                percent = float(figure.rpartition("_p")[2])
                value, limit = percentile(attacked, percent), percentile(alone, percent)
                yield Figure(figure, value, "ms", limit, note)


@contextmanager
def _upload(started: Parts) -> Iterator[tuple[psutil.Process, int, str, str]]:
    """An `upload`, its port, and a token of each of its tenants: greedy and good."""
    port = free_port()
    database = started.embedded.postgres.url_as("lector_upload")
    env = {**started.settings, "DATABASE_URL": database, "DATABASE_POOL_SIZE": "4"}
    env |= {"API_AUTH": "required", "ADMIN_TOKEN": _ADMIN}
    child = Child(shapes.function("upload", port, env), started.folder.logs)
    try:
        wait_ready(child, shapes.healthy(port))
        tokens = _token(port, "greedy"), _token(port, "good")
        yield psutil.Process(child.pid), port, *tokens
    finally:
        child.kill()
        child.wait_stopped()


def _token(port: int, tenant: str) -> str:
    answer = httpx2.post(
        f"http://127.0.0.1:{port}/v1/tokens",
        headers={"Authorization": f"Bearer {_ADMIN}"},
        json={"name": "bench", "tenant": tenant},
        timeout=30,
    )
    return str(answer.raise_for_status().json()["token"])


def _measured(process: psutil.Process, port: int, token: str) -> tuple[list[float], float]:
    """Answer times in ms, and the share of a core that the process took meanwhile."""
    began, before = time.monotonic(), process.cpu_times()
    times = _answer_times_ms(port, token)
    after = process.cpu_times()
    used_s = after.user + after.system - before.user - before.system
    return times, used_s / (time.monotonic() - began)


def _answer_times_ms(port: int, token: str) -> list[float]:
    """How long each of some requests takes, from connecting to the last byte."""
    headers = {"Authorization": f"Bearer {token}"}
    times = []
    for _ in range(_REQUESTS):
        began = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/v1/files", headers=headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        times.append((time.perf_counter() - began) * 1000)
        if answer.status != 200:
            raise RuntimeError(f"a good caller was answered with {answer.status}")
        time.sleep(_PAUSE_S)
    return times


@contextmanager
def _attacked(name: str, port: int, token: str) -> Iterator[None]:
    """While the others are at it; they have begun, and been refused, when the block begins."""
    command = [sys.executable, "-m", "benchmarks.slow_callers", name, str(port)]
    attacker = subprocess.Popen(
        command,
        env={**os.environ, "TOKEN": token},
        cwd=Path(checkout()),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert attacker.stdout is not None
        begun = attacker.stdout.readline()
        if not begun:
            raise RuntimeError("the slow callers could not begin")
        say(begun.strip())
        time.sleep(_SETTLED_S)
        yield
    finally:
        attacker.terminate()
        attacker.wait()


async def _run(attack: Attack, port: int, token: str) -> None:
    """Begin everything within some seconds, say so, and go on for ever."""
    begun = asyncio.Semaphore(0)
    tasks = [
        asyncio.create_task(
            _one(attack, port, token, f"127.0.1.{number % attack.addresses + 1}", begun)
        )
        for number in range(attack.count)
    ]
    for _ in tasks:
        await begun.acquire()
    print(f"{attack.count} have begun", flush=True)
    await asyncio.gather(*tasks)


async def _one(
    attack: Attack, port: int, token: str, source: str, begun: asyncio.Semaphore
) -> None:
    await asyncio.sleep(random.uniform(0, _BEGIN_S))
    while True:
        try:
            caller = await Caller.connect(port, source)
            await attack.begin(caller, token)
            begun.release()
            await _hold(caller, attack.drip)
            await caller.close()
        except OSError:
            begun.release()
        await asyncio.sleep(random.uniform(0.5, 1) * _COMES_AGAIN_S)


async def _hold(caller: Caller, drip: bytes) -> None:
    """Drip until the server has closed the connection, or has refused."""
    answered = asyncio.create_task(_refused(caller))
    while not answered.done():
        await asyncio.wait([answered], timeout=random.uniform(0.5, 1) * _DRIP_S)
        if drip and not answered.done():
            await caller.send(drip)


async def _refused(caller: Caller) -> None:
    if await caller.status() == 200:
        await caller.wait_closed()


def main() -> None:
    """Be the slow callers of one attack."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.slow_callers", description=__doc__)
    parser.add_argument("name", choices=ATTACKS)
    parser.add_argument("port", type=int)
    said = parser.parse_args()
    connections.raise_file_limit()
    asyncio.run(_run(ATTACKS[said.name], said.port, os.environ["TOKEN"]))


if __name__ == "__main__":
    main()
