"""A server that owns data starts only when the one before it, on the same folder, has ended."""

import sys
import time
from pathlib import Path

from lector.local.process import Child, Part

_ENDS_SLOWLY = (
    "import signal, time; signal.signal(signal.SIGTERM, lambda *_: (time.sleep(1), exit()));"
    "print('up', flush=True); time.sleep(60)"
)


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
