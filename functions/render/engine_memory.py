"""How much memory the process may have while it works on a file, and whether it was enough."""

import ctypes
import errno
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_LINUX = sys.platform == "linux"  # elsewhere the kernel knows RLIMIT_AS but does not hold it
if _LINUX:
    _errno_of_thread = ctypes.CDLL(None).__errno_location
    _errno_of_thread.restype = ctypes.POINTER(ctypes.c_int)


@contextmanager
def limited(size_bytes: int) -> Iterator[None]:
    """Have allocations fail that would take the process's address space beyond a size."""
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    if _LINUX:
        resource.setrlimit(resource.RLIMIT_AS, (size_bytes, most))
    try:
        yield
    finally:
        if _LINUX:
            resource.setrlimit(resource.RLIMIT_AS, (most, most))


def forget_failed_allocations() -> None:
    """From here on `an_allocation_failed` looks."""
    if _LINUX:
        _errno_of_thread().contents.value = 0


def an_allocation_failed() -> bool:
    """Whether this thread was refused memory; a C library may have kept quiet about it.

    It can be wrong both ways: a later error hides the refusal, and a cache that was emptied may
    have made up for it.
    """
    return _LINUX and _errno_of_thread().contents.value == errno.ENOMEM
