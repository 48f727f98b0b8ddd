"""What is started after another has ended finds nothing of it left."""

import sys
import time
from pathlib import Path

import psutil

from lector.local.process import Child, Part

_ENDS_SLOWLY = (
    "import signal, time; signal.signal(signal.SIGTERM, lambda *_: (time.sleep(1), exit()));"
    "print('up', flush=True); time.sleep(60)"
)
_STARTS_ANOTHER = (
    "import subprocess, sys, time;"
    "command = [sys.executable, '-c', 'import time; time.sleep(60)'];"
    "print(subprocess.Popen(command).pid, flush=True);"
    "time.sleep(60)"
)


def test_what_a_killed_leader_had_started_ends_before_it_is_started_again(tmp_path: Path) -> None:
    child = Child(Part("leader", [sys.executable, "-c", _STARTS_ANOTHER]), tmp_path)
    while not child.tail():
        time.sleep(0.02)
    follower = psutil.Process(int(child.tail()))
    psutil.Process(child.pid).kill()
    while child.alive():
        time.sleep(0.02)
    gone, _ = psutil.wait_procs([follower], 5)
    assert gone == [follower]


def test_what_a_leader_had_started_ends_when_the_leader_stops_without_it(tmp_path: Path) -> None:
    child = Child(Part("leader", [sys.executable, "-c", _STARTS_ANOTHER]), tmp_path)
    while not child.tail():
        time.sleep(0.02)
    follower = psutil.Process(int(child.tail()))
    child.ask_to_stop()
    child.wait_stopped()
    gone, _ = psutil.wait_procs([follower], 5)
    assert gone == [follower]


def test_a_server_waits_until_its_predecessor_has_ended(tmp_path: Path) -> None:
    part = Part("server", [sys.executable, "-c", _ENDS_SLOWLY], owns_data=True)
    first = Child(part, tmp_path)
    while "up" not in first.tail():
        time.sleep(0.02)
    first.ask_to_stop()
    second = Child(part, tmp_path)
    try:
        assert not first.alive()
    finally:
        second.kill()
        first.wait_stopped()
