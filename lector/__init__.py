"""Lector: documents to text; a program begins with `from lector import Lector`.

Names of the client are imported when they are asked for: functions import this package, too, and
need none of it. `__init__.pyi` tells type checkers of them.
"""

from importlib import import_module

__version__ = "0.1.0"

_HOMES = {
    "client.blocking": ("Lector", "Document"),
    "client.asynchronous": ("AsyncLector", "AsyncDocument"),
    "client.models": ("Chunk", "Doubt", "Hit", "Page", "Word"),
    "runtime.failures": ("LectorError",),
    "client.errors": (
        "ServerError",
        "Unreachable",
        "Refused",
        "NotAllowed",
        "NotFound",
        "Conflict",
        "Invalid",
        "NotNow",
        "ReadingError",
        "FileFailed",
        "PagesFailed",
        "OutOfMoney",
        "StillReading",
    ),
}
_MODULES = {name: f"lector.{module}" for module, names in _HOMES.items() for name in names}
__all__ = sorted(_MODULES)  # noqa: PLE0605 - names that are found when they are asked for


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULES])
