"""A function's start looks for no garbage, as its imports make none."""

import subprocess
import sys

from lector.local.tools import checkout

# What was found is said when the server is to listen, instead of listening.
_START = """
import gc, sys
from gunicorn import sock
from lector.runtime import serve

def listen(*_):
    print(collections, gc.isenabled(), gc.get_freeze_count() > 20_000)
    sys.exit()

collections = 0
def count(phase, _):
    global collections
    collections += phase == "start" and gc.get_freeze_count() < 20_000
gc.callbacks.append(count)
sock.create_sockets = listen
sys.argv[1:] = ["--target", "register", "--source", {source!r}]
serve.main()
"""


def test_a_start_collects_nothing_and_later_collections_leave_out_what_it_made() -> None:
    source = str(checkout() / "functions" / "register" / "main.py")
    shown = subprocess.run(
        [sys.executable, "-c", _START.format(source=source)],
        env={"DATABASE_URL": "postgresql://127.0.0.1:9/none", "WORKERS": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert shown.stdout.split() == ["0", "True", "True"]
