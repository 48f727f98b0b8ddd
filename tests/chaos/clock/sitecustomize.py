"""A wall clock that a file sets: Python imports this at its start, wherever PYTHONPATH names it.

CHAOS_CLOCK names a file that holds a number of seconds. All that this process, and those that it
starts, asks for the time of day is so much later; what is written there later makes the clock jump.
The monotonic clock goes on as it is. `time` and `datetime` themselves are changed, so that every
type stays what it is for libraries in C.
"""

import ctypes
import datetime
import gc
import os
import time
from collections.abc import Callable
from typing import Any

_PATH = os.environ.get("CHAOS_CLOCK", "")
_LOOK_EVERY_S = 0.1
_TIME, _TIME_NS = time.time, time.time_ns
_NOW, _FROM = datetime.datetime.now, datetime.datetime.fromtimestamp
_MOMENTS = ("gmtime", "localtime", "ctime")

_offset_s = 0.0
_looked_at = float("-inf")


def offset_s() -> float:
    """By how much the clock is wrong now."""
    global _offset_s, _looked_at  # noqa: PLW0603
    now = time.monotonic()
    if now > _looked_at + _LOOK_EVERY_S:
        _looked_at = now
        try:
            with open(_PATH) as file:
                _offset_s = float(file.read() or 0)
        except (OSError, ValueError):
            _offset_s = 0.0
    return _offset_s


def _now(_: type, tz: Any = None) -> Any:
    return _NOW(tz) + datetime.timedelta(seconds=offset_s())


def _utcnow(_: type) -> Any:
    return _now(datetime.datetime, datetime.UTC).replace(tzinfo=None)


def _today(_: type) -> Any:
    return _FROM(_TIME() + offset_s()).date()


class _Function:
    """A function that, as one written in C, makes no method when a class has it as a member."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def __call__(self, *arguments: Any) -> Any:
        return self._function(*arguments)


def _late(of_moment: Callable[..., Any]) -> _Function:
    def late(seconds: Any = None) -> Any:
        return of_moment(time.time() if seconds is None else seconds)

    return _Function(late)


def _strftime(style: str, *moment: Any) -> str:
    return _STRFTIME(style, *(moment or (time.localtime(),)))


_STRFTIME = time.strftime


def _replace(builtin: type, **methods: Any) -> None:
    """Give a type written in C other class methods."""
    [members] = gc.get_referents(builtin.__dict__)
    members.update({name: classmethod(method) for name, method in methods.items()})
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(builtin))


if _PATH:
    time.time = _Function(lambda: _TIME() + offset_s())
    time.time_ns = _Function(lambda: _TIME_NS() + int(offset_s() * 1e9))
    for _name in _MOMENTS:
        setattr(time, _name, _late(getattr(time, _name)))
    time.strftime = _Function(_strftime)
    _replace(datetime.datetime, now=_now, utcnow=_utcnow, today=lambda _: _now(datetime.datetime))
    _replace(datetime.date, today=_today)
