"""One POST to a server that may do anything: bounded as a whole, and to a checked address."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

# httpx2 would import it with its first client: two threads at once leave it half imported for good.
import httpcore2  # noqa: F401
import httpx2

from lector.runtime.once import once

_USER_AGENT = "Lector (+webhooks)"
_MOST_READ = 4096  # bytes of an answer; what it says does not matter


@dataclass(frozen=True)
class Outcome:
    """What came of it: the status, if there was an answer, and words for the log."""

    status: int | None
    words: str

    @property
    def delivered(self) -> bool:
        """Whether it was accepted."""
        return self.status is not None and 200 <= self.status < 300


def post(
    url: str, headers: Mapping[str, str], body: bytes, timeout_s: float, address: str | None = None
) -> Outcome:
    """POST, within so many seconds from beginning to end; redirects are not followed.

    `address` is the one to connect to, in place of a look-up of the URL's host.
    """
    try:
        return asyncio.run(_post(url, headers, body, timeout_s, address))
    except TimeoutError:
        return Outcome(None, f"timed out after {timeout_s:g} s")
    except httpx2.HTTPError as error:
        # Without the URL, which may hold a secret.
        return Outcome(None, f"failed: {type(error).__name__}")


async def _post(
    url: str, headers: Mapping[str, str], body: bytes, timeout_s: float, address: str | None
) -> Outcome:
    host = urlsplit(url).hostname or ""
    target = httpx2.URL(url)
    extensions: dict[str, str] = {}
    sent = {**headers, "User-Agent": _USER_AGENT, "Host": target.netloc.decode()}
    if address is not None:
        target = target.copy_with(host=address)
        extensions = {"sni_hostname": host}
    async with (
        asyncio.timeout(timeout_s),
        httpx2.AsyncClient(timeout=None, trust_env=False, verify=_trusted()) as http,
        http.stream("POST", target, content=body, headers=sent, extensions=extensions) as answer,
    ):
        await _read_some(answer)
        return Outcome(answer.status_code, f"answered {answer.status_code}")


@once
def _trusted() -> ssl.SSLContext:
    """Whom a client trusts.

    Each POST makes a client, and to read the certificates takes 27 ms of a processor.
    """
    return httpx2.create_ssl_context(trust_env=False)


async def _read_some(answer: httpx2.Response) -> None:
    read = 0
    async for chunk in answer.aiter_raw():
        read += len(chunk)
        if read > _MOST_READ:
            return
