"""Which Lector agents are led to, and what they may do there."""

import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError

from lector.client.api import Api
from lector.client.async_http import AsyncHttp
from lector.client.options import CONNECT_FOR_S
from lector.client.sources import is_url
from lector.runtime.failures import LectorError

Call = Context[Any, Any]
_BEARER = "bearer "


@dataclass(frozen=True)
class Permissions:
    """What whoever starts `lector mcp` lets agents do, beside searching and reading.

    A document may hold words that are meant to lead an agent astray, and an agent may follow them.
    So nothing that takes files off this machine, calls other servers or costs money is there
    unless somebody has said so.
    """

    folders: tuple[Path, ...] = ()
    """From which files may be added, and from folders below them."""
    urls: bool = False
    """Whether Lector may be told to fetch files from addresses."""
    read_again: bool = False
    """Whether pages may be read once more."""

    @property
    def add(self) -> bool:
        """Whether files may be added from anywhere."""
        return self.urls or bool(self.folders)

    def find(self, source: str) -> str | Path:
        """What is to be added: a URL, or a file in one of the folders, wherever links lead.

        A relative path is one from the working folder, or from one of the folders.

        Raises:
            ToolError: it may not be added, or there is no such file.

        """
        if is_url(source):
            if not self.urls:
                raise ToolError("files from URLs may not be added here (--add-urls)")
            return source
        allowed = [path for path in self._meant(source) if self._may_add(path)]
        if not allowed:
            raise ToolError(f"{source} may not be added; {self.describe()}")
        for path in allowed:
            if os.path.isfile(path):  # of a name that is too long, Path raises
                return path
        raise ToolError(f"there is no file {source}")

    def _meant(self, source: str) -> list[Path]:
        """Which files may be meant: a name alone may be one in any of the folders."""
        try:
            path = Path(source).expanduser()
            return [(folder / path).resolve() for folder in (Path(), *self.folders)]
        except (RuntimeError, ValueError):  # ~ and nobody's name, a NUL, links in a ring
            return []

    def _may_add(self, path: Path) -> bool:
        return any(folder.resolve() in path.parents for folder in self.folders)

    def describe(self) -> str:
        """From where files may be added, in words."""
        folders = ", ".join(map(str, self.folders))
        ways = [f"files in {folders} and below" if folders else "", "URLs" if self.urls else ""]
        return f"what may be added: {' and '.join(filter(None, ways))}"


class Access(Protocol):
    """How a call of a tool gets to the API."""

    def api(self, call: Call) -> contextlib.AbstractAsyncContextManager[Api]:
        """The API as the caller may use it; a failure of Lector's becomes one of the tool."""


class OwnAccess:
    """For an agent on standard input: one connection, with the token of whoever started us."""

    def __init__(self, url: str, token: str | None) -> None:
        hints = {"token_needed": "; put it into LECTOR_TOKEN, or a file that --token-file names"}
        own_token = token or os.environ.get("LECTOR_TOKEN")
        self._api = Api(AsyncHttp, url, own_token, hints, CONNECT_FOR_S)

    @asynccontextmanager
    async def api(self, call: Call) -> AsyncIterator[Api]:  # noqa: ARG002 - all calls are one's own
        """The API, with the token of whoever started us."""
        with _in_plain_words():
            yield self._api

    async def close(self) -> None:
        """Close all connections."""
        await self._api.close()


class CallersAccess:
    """For agents over HTTP: each has its own token, which Lector itself looks at.

    What listens on a port can be asked by every user of the machine, so it has no token to lend.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    @asynccontextmanager
    async def api(self, call: Call) -> AsyncIterator[Api]:
        """The API, with the token that the call itself has."""
        said = (call.headers or {}).get("authorization", "")
        token = said[len(_BEARER) :].strip() if said.lower().startswith(_BEARER) else None
        with _in_plain_words():
            api = Api(AsyncHttp, self._url, token, {}, CONNECT_FOR_S)
            try:
                yield api
            finally:
                await api.close()


@contextlib.contextmanager
def _in_plain_words() -> Iterator[None]:
    """Hand an agent the sentence that a failure of Lector's has."""
    try:
        yield
    except LectorError as error:
        raise ToolError(str(error)) from error
    except OSError as error:
        raise ToolError(f"the file cannot be read: {error.strerror or error}") from error
