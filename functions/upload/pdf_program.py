"""What a process does that `pdf_process` runs: its work, within the limits that it is told."""

import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf

from functions.upload.pdf_process import PROTECTED, TOO_LARGE, UNREADABLE

_ALLOCATION = "alloc"  # as in std::bad_alloc


def save(pdf: pikepdf.Pdf, target: Path, **how: Any) -> None:
    """Write a PDF, whole or not at all.

    qpdf cuts a stream off where there is no memory to decrypt or unpack it, and only warns of it.

    Raises:
        MemoryError: there was no memory for a stream.

    """
    pdf.save(target, **how)
    if any(_ALLOCATION in str(warning) for warning in pdf.get_warnings()):
        target.unlink()
        raise MemoryError


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
        return TOO_LARGE if _ALLOCATION in str(error) else UNREADABLE
    return 0
