"""OpenAI's client without the types of all of its API, which nobody here needs.

`import openai` takes longer than all the rest of `llm`'s start: it imports some 460 modules of
types. The client and its errors need none of them. So its packages are put in place without being
run; each is run when it is first asked for a name that is no module of it. A version of it that
cannot be imported so is imported as usual. Nor does it import aiohttp, where that is there, or look
through all that is installed for plugins of pydantic.
"""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any

__all__ = [
    "APIConnectionError",
    "APIStatusError",
    "APITimeoutError",
    "HttpClient",
    "Omit",
    "OpenAI",
]

# Those that import the types when they are run.
_COSTLY = ("openai", "openai.types", "openai.lib")
_OVER_AIOHTTP = "openai._vendor.httpx_aiohttp"
_NO_PLUGINS = "PYDANTIC_DISABLE_PLUGINS"
# One for all of them, as each may need another.
_running = threading.RLock()
_IS_RUN = "_lector_has_begun_to_run_it"


class _NotYetRun(ModuleType):
    """A package that is there, so that modules of it can be imported, and has not been run."""

    def __getattr__(self, name: str) -> Any:
        full_name = f"{self.__name__}.{name}"
        if name.startswith("__") or find_spec(full_name):
            raise AttributeError(name)  # the import of that module sets it
        with _running:  # others wait until it was run; whoever runs it sees what is there so far
            if _IS_RUN not in vars(self):
                vars(self)[_IS_RUN] = True
                assert self.__spec__ is not None and self.__spec__.loader is not None  # noqa: S101, PT018
                self.__spec__.loader.exec_module(self)
                self.__class__ = ModuleType  # type: ignore[assignment] # now like any other
            return ModuleType.__getattribute__(self, name)


def _place_packages() -> None:
    for name in _COSTLY:
        spec = find_spec(name)
        if spec is None:
            raise ImportError(name)
        package = module_from_spec(spec)
        package.__class__ = _NotYetRun
        sys.modules[name] = package
        parent, _, own_name = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], own_name, package)


@contextmanager
def _without_extras() -> Iterator[None]:
    """Import it as if what it can do without were not there."""
    sys.modules[_OVER_AIOHTTP] = None  # type: ignore[assignment] # so Python says: not found
    before = os.environ.get(_NO_PLUGINS)
    os.environ[_NO_PLUGINS] = "__all__"
    try:
        yield
    finally:
        del sys.modules[_OVER_AIOHTTP]
        if before is None:
            del os.environ[_NO_PLUGINS]
        else:
            os.environ[_NO_PLUGINS] = before


def _remove_packages() -> None:
    for name in [one for one in sys.modules if one.partition(".")[0] == "openai"]:
        del sys.modules[name]


if TYPE_CHECKING or "openai" in sys.modules:
    from openai import APIConnectionError, APIStatusError, APITimeoutError, Omit, OpenAI
    from openai import DefaultHttpxClient as HttpClient
else:
    try:
        _place_packages()
        with _without_extras():
            from openai._base_client import DefaultHttpxClient as HttpClient
            from openai._client import OpenAI
            from openai._exceptions import APIConnectionError, APIStatusError, APITimeoutError
            from openai._types import Omit
            from openai._utils._logs import setup_logging

        setup_logging()  # as its package does when it is run: OPENAI_LOG
    except (ImportError, AttributeError):
        _remove_packages()
        from openai import APIConnectionError, APIStatusError, APITimeoutError, Omit, OpenAI
        from openai import DefaultHttpxClient as HttpClient
