"""Where a run takes place: a folder, an environment of its own, and nothing left at the end."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from lector.local.data_folder import DataFolder
from lector.local.process import keep_loopback_direct
from lector.local.stack import Report

# Much longer than an answer takes on a busy machine, as one that comes too late is paid for again.
MODEL_TIMEOUT_S = 8.0
# What a developer's shell may set, and a run must not depend on.
_NOT_INHERITED = (
    "OPENAI_",
    "LECTOR_",
    "S3_",
    "OTEL_",
    "MAX_",
    "MODEL_",
    "RENDER_",
    "SWEEP_",
    "REMOVAL_",
    "VERIFY",
)
# Short enough that a minute shows what these are for. The sweep's is longer than a delivery takes,
# and so is the time after which a deleted file's objects are removed once more.
_SETTINGS = {
    "OPENAI_API_KEY": "none",
    "READER_CHECK": "0",
    "MODEL_TIMEOUT_S": f"{MODEL_TIMEOUT_S:g}",
    "MODEL_BUDGET_S": "20",
    "SWEEP_AFTER_S": "20",
    "DOORBELL_CHECK_S": "1",
    "VERIFY_DEADLINE_S": "6",
    "REMOVAL_AFTER_S": "45",
    "S3_URL_LIFETIME_S": "22",
}


def settle(model_url: str, text_layer: str) -> None:
    """Have the parts that this process starts find these settings, and none of the shell's."""
    for name in [name for name in os.environ if name.startswith(_NOT_INHERITED)]:
        del os.environ[name]
    os.environ.update(_SETTINGS | {"OPENAI_BASE_URL": model_url, "TEXT_LAYER": text_layer})
    keep_loopback_direct()


@contextmanager
def data_folder(keep: Path | None, report: Report) -> Iterator[DataFolder]:
    """A folder for a stack: one that goes at the end, or a new one that is kept."""
    if keep is not None:
        keep.mkdir(parents=True)
    path = keep or Path(tempfile.mkdtemp(prefix="lector-chaos-"))
    folder = DataFolder(path / "data")
    try:
        yield folder
    finally:
        for process in _left_in(folder.path):
            with suppress(psutil.Error):
                report(f"LEFT RUNNING: {process.pid} {' '.join(process.cmdline())}")
                process.kill()
        if keep is None:
            folder.delete()
            shutil.rmtree(path, ignore_errors=True)


def _left_in(folder: Path) -> list[psutil.Process]:
    """The processes that have their temporary files in a folder, as all of a stack's have."""
    inside = f"{folder}{os.sep}"
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get("TMPDIR", "").startswith(inside):
                found.append(process)
    return found
