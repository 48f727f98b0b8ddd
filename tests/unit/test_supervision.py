"""How processes are waited for: until they are ready, and until they end."""

import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lector.local.postgres import Postgres
from lector.local.process import Child, Part, StackError, Watch, wait_ready

STARTING = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"


def message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


REFUSAL = message(b"E", STARTING)
WELCOME = message(b"R", struct.pack("!i", 0)) + message(b"Z", b"I")


@contextmanager
def postgres_that_answers(answer: bytes, after_s: float = 0.0) -> Iterator[Postgres]:
    """A server on loopback that answers every connection with these messages."""

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                connection.recv(1024)
                time.sleep(after_s)
                connection.sendall(answer)
                connection.recv(1024)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield Postgres(Path("unused"), server.getsockname()[1], str)
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


@contextmanager
def running(folder: Path, program: str, start_timeout_s: float = 60.0) -> Iterator[Child]:
    (folder / "logs").mkdir()
    command = [sys.executable, "-c", program]
    child = Child(Part("part", command, start_timeout_s=start_timeout_s), folder / "logs")
    try:
        yield child
    finally:
        child.kill()


def test_postgresql_that_is_starting_up_is_not_ready_yet() -> None:
    with postgres_that_answers(REFUSAL) as postgres:
        assert not postgres.ready()


def test_postgresql_is_ready_when_it_takes_connections_however_slowly_it_says_so() -> None:
    with postgres_that_answers(WELCOME, after_s=4) as postgres:
        assert postgres.ready()


def test_postgresql_may_recover_for_a_long_time_while_it_lives() -> None:
    assert Postgres(Path("unused"), 1, str).part().start_timeout_s >= 1800


def test_a_part_is_waited_for_as_long_as_it_may_take(tmp_path: Path) -> None:
    ready_at = time.monotonic() + 0.5
    with running(tmp_path, "import time; time.sleep(60)", start_timeout_s=10) as child:
        wait_ready(child, lambda: time.monotonic() > ready_at)


def test_one_that_takes_longer_is_given_up_with_the_end_of_its_log(tmp_path: Path) -> None:
    program = "import time; print('redo in progress', flush=True); time.sleep(60)"
    with (
        running(tmp_path, program, start_timeout_s=3) as child,
        pytest.raises(StackError, match="part is not ready after 3 s:\nredo in progress"),
    ):
        wait_ready(child, lambda: False)


def test_one_that_has_ended_is_not_waited_for(tmp_path: Path) -> None:
    with (
        running(tmp_path, "raise SystemExit('no room')") as child,
        pytest.raises(StackError, match="ended while starting:\nno room"),
    ):
        wait_ready(child, lambda: False)


def test_whoever_waits_is_told_now_and_then_what_the_part_says(tmp_path: Path) -> None:
    told: list[str] = []
    ready_at = time.monotonic() + 4.5
    program = "import time; print('begin\\nredo in progress', flush=True); time.sleep(60)"
    with running(tmp_path, program) as child:
        wait_ready(
            child, lambda: time.monotonic() > ready_at, report=told.append, report_every_s=1.5
        )
    assert 1 <= len(told) <= 3
    assert told[-1].startswith("part is still starting (")
    assert told[-1].endswith("s): redo in progress")


def test_a_watch_ends_as_soon_as_a_process_does(tmp_path: Path) -> None:
    watch = Watch()
    with running(tmp_path, "import time; time.sleep(0.5)") as child:
        began = time.monotonic()
        watch.wait([child], 30)
        assert time.monotonic() - began < 10
        assert not child.alive()
        watch.wait([child], 30)  # and at once for one that has ended
        assert time.monotonic() - began < 10
    watch.close()


def test_a_watch_can_be_woken_and_then_waits_again(tmp_path: Path) -> None:
    watch = Watch()
    with running(tmp_path, "import time; time.sleep(60)") as child:
        watch.wake()
        began = time.monotonic()
        watch.wait([child], 30)
        assert time.monotonic() - began < 5
        watch.wait([child], 0.3)
        assert time.monotonic() - began >= 0.3
    watch.close()


def test_a_part_gets_no_variable_that_is_withheld_unless_it_is_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "logs").mkdir()
    for name in ("OF_ALL", "KEY_OF_ONE", "KEY_OF_OTHERS"):
        monkeypatch.setenv(name, name.lower())
    program = (
        "import os; print([n for n in os.environ if n.startswith(('OF_', 'KEY_'))], flush=True)"
    )
    part = Part("part", [sys.executable, "-c", program], {"KEY_OF_ONE": "own"})
    child = Child(part, tmp_path / "logs", {"KEY_OF_ONE", "KEY_OF_OTHERS"})
    child.wait_stopped()
    assert sorted(names_in(child.tail())) == ["KEY_OF_ONE", "OF_ALL"]


def names_in(shown: str) -> list[str]:
    return [name for name in ("KEY_OF_ONE", "KEY_OF_OTHERS", "OF_ALL") if f"'{name}'" in shown]
