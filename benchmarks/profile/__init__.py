"""Where the processor time of a page goes, by process and by part: `make bench-profile`."""

from pathlib import Path


def hook_folder() -> Path:
    """What PYTHONPATH has to begin with, so that a process says where its time goes."""
    return Path(__file__).parent / "hook"
