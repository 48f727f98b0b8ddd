"""An interrupt while a process is started leaves none behind that nobody knows of."""

import signal
import threading
import time
from collections.abc import Iterator

import pytest

from lector.local.starter import Starter


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C is what it is at first, whatever tests before have made of it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_a_process_whose_start_is_interrupted_is_known_all_the_same() -> None:
    starter, interrupted, known = Starter(), threading.Event(), list[str]()

    def begin() -> str:
        # A signal between Python's last look for one and the wait for a lock wakes nobody.
        time.sleep(0.5)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        assert interrupted.wait(10)
        return "a process"

    with pytest.raises(KeyboardInterrupt):
        starter.start(begin, known.append)
    interrupted.set()
    starter.wait()
    assert known == ["a process"]
    starter.close()


def test_what_refuses_to_start_is_told_and_is_not_known() -> None:
    starter, known = Starter(), list[str]()

    def begin() -> str:
        raise FileNotFoundError("no such program")

    with pytest.raises(FileNotFoundError, match="no such program"):
        starter.start(begin, known.append)
    assert known == []
    starter.close()


def test_processes_are_started_in_one_thread_that_stays() -> None:
    starter, known = Starter(), list[threading.Thread]()
    first, second = (starter.start(threading.current_thread, known.append) for _ in range(2))
    assert first is second is not threading.main_thread()
    assert first.is_alive()
    starter.close()
