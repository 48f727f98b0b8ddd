"""POSTs of events to functions, over connections that are kept.

By aiohttp: what a request costs it does not grow with the number of connections.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import aiohttp

from lector.runtime import callers

# An event's attributes are headers, of up to 64 KiB in all.
_LONGEST_HEADER = 100 * 1024


class RequestError(Exception):
    """A request got no answer; whether it arrived is not known."""


class UnreachableError(RequestError):
    """Nobody could be connected to: nothing was sent."""


@dataclass(frozen=True)
class Response:
    """An answer, with all of its body."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        """The body as text, whatever is wrong with it."""
        return self.content.decode(errors="replace")

    def json(self) -> Any:
        """The body as JSON; `ValueError` if it is none."""
        return json.loads(self.content)


class Client:
    """Connections to functions. It belongs to the event loop that it is made in.

    It follows no redirects, keeps no cookies, and uses no proxy. A time limit is the caller's.
    """

    def __init__(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=callers.IDLE_S),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent"),
            max_line_size=_LONGEST_HEADER,
            max_field_size=_LONGEST_HEADER,
        )

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close its connections."""
        await self._session.close()

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Response:
        """The answer to a POST.

        Raises:
            UnreachableError: nobody listens at the address.
            RequestError: the answer did not come, or is not HTTP.
            ValueError: the URL or a header is none.

        """
        try:
            async with self._session.post(
                url, data=content, headers=headers, allow_redirects=False
            ) as answer:
                return Response(answer.status, answer.headers, await answer.read())
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError) as error:
            raise ValueError(f"{url!r} is no address") from error
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise UnreachableError(_words(error)) from error
        except (aiohttp.ClientError, OSError) as error:
            raise RequestError(_words(error)) from error


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
