"""What a process does that `pdf_process` runs: its work, within the limits that it is told."""

import resource
import sys
from collections.abc import Callable
from pathlib import Path

import pikepdf

from functions.upload.pdf_process import PROTECTED, TOO_LARGE, UNREADABLE


def carry_out(work: Callable[..., None]) -> int:
    """Do a work on files; how it went, as an exit code."""
    memory, cpu_s, result, *paths = sys.argv[1:]
    for limit, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, result),
        (resource.RLIMIT_CORE, "0"),
    ):
        resource.setrlimit(limit, (int(value), int(value)))
    try:
        work(*map(Path, paths))
    except pikepdf.PasswordError:
        return PROTECTED
    except (MemoryError, OSError):
        return TOO_LARGE
    except Exception as error:
        return TOO_LARGE if "alloc" in str(error) else UNREADABLE
    return 0
