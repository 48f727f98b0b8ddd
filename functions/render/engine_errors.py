"""What goes wrong in MuPDF: its exceptions, and the memory that it was refused."""

import ctypes
import errno
import re
import sys

import pymupdf

ENGINE_ERRORS = (pymupdf.mupdf.FzErrorBase, RuntimeError, ValueError, ZeroDivisionError)
_NO_MEMORY = re.compile(r"alloc\b.*failed|bad_alloc")

_LINUX = sys.platform == "linux"
if _LINUX:
    _errno_of_thread = ctypes.CDLL(None).__errno_location
    _errno_of_thread.restype = ctypes.POINTER(ctypes.c_int)


def watch_memory() -> None:
    """From here on `raise_if_memory_was_short` looks."""
    if _LINUX:
        _errno_of_thread().contents.value = 0


def raise_if_memory_was_short() -> None:
    """MuPDF ignores some errors, and the page lacks an image: nobody must take it for blank.

    The thread's errno says whether memory was refused. It can be wrong both ways: a later error
    hides the refusal, and a cache that was emptied may have made up for it.
    """
    refused = _LINUX and _errno_of_thread().contents.value == errno.ENOMEM
    if refused and pymupdf.TOOLS.mupdf_warnings():
        raise MemoryError


def is_about_memory(error: Exception) -> bool:
    """Whether an error says that memory was refused."""
    return _NO_MEMORY.search(str(error)) is not None


def raise_if_about_memory(error: Exception) -> None:
    """Turn an error that is about memory into a `MemoryError`."""
    if is_about_memory(error):
        raise MemoryError from error
