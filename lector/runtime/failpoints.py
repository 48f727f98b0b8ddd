"""Places between two effects at which a test can have the process stop, as a crash would.

Each is named after what has just happened; `docs/architecture.md` has a row for each. They are off,
and cost a comparison, unless FAIL_POINTS names a folder. There, a file arms the point of its name.
"""

import os
import signal
from pathlib import Path

from lector.runtime import settings


def passed(name: str) -> None:
    """Kill this process and its group if the point is armed; the arming is used up by that."""
    folder = settings.current(settings.FailPoints).fail_points
    if folder and _disarmed(Path(folder, name)):
        os.killpg(0, signal.SIGKILL)


def _disarmed(armed: Path) -> bool:
    try:
        armed.unlink()
    except FileNotFoundError:
        return False
    return True
