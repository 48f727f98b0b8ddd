"""A file at a URL, fetched for whoever names it, and then as if it had been sent as a form.

Whoever names a URL has us look for it from inside our network, and can read what is found (SSRF).
So each address is checked, also that of each redirect, and the request goes to the address that was
checked. The server may do anything: what it sends is bounded in bytes, and in time as a whole.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import BinaryIO, cast
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

import anyio

# httpx2 would import it with its first client: two threads at once leave it half imported for good.
import httpcore2  # noqa: F401
import httpx2
from starlette.concurrency import run_in_threadpool
from werkzeug.http import parse_options_header

from functions.upload import bodies, fields
from functions.upload.authentication import Caller
from functions.upload.bodies import Form, SentFile
from functions.upload.errors import ApiError
from functions.upload.problem_codes import ProblemCode
from functions.upload.spool import Spool
from lector.domain.failure_codes import FailureCode
from lector.runtime import safe_urls, settings
from lector.runtime.once import once

_MOST_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_HEADERS = {"User-Agent": "Lector (+files)", "Accept": "*/*", "Accept-Encoding": "identity"}
_CHUNK_BYTES = 64 * 1024


@asynccontextmanager
async def form(url: str, caller: Caller) -> AsyncIterator[Form]:
    """The file at a URL, which lies in a temporary file for the duration of the block.

    Raises:
        ApiError: the URL may not be fetched, or there is no file within the limits (413, 422), or
            the caller has too many under way (429).
        TransientFailure: so much is being received that the disk could overflow.

    """
    spool = Spool()
    async with bodies.room_on_disk(caller):
        try:
            yield Form({}, [await _fetch(url, spool)])
        finally:
            spool.close()


async def _fetch(url: str, spool: Spool) -> SentFile:
    limit_s = settings.current(settings.Fetching).fetch_timeout_s
    if not limit_s:
        detail = "files at URLs are not fetched here (FETCH_TIMEOUT_S is 0); send the file"
        raise ApiError(422, ProblemCode.URL_NOT_ALLOWED, detail)
    host = _parsed(url).hostname
    try:
        async with asyncio.timeout(limit_s):
            return await _follow(url, spool)
    except TimeoutError:
        detail = f"the file at {host} did not arrive within {limit_s:g} s; send the file itself"
        raise ApiError(422, ProblemCode.URL_TOO_SLOW, detail) from None
    except httpx2.HTTPError as error:
        raise _failed(f"{host} could not be asked for it: {type(error).__name__}") from None


async def _follow(url: str, spool: Spool) -> SentFile:
    for _ in range(_MOST_REDIRECTS + 1):
        request = await _checked(url)
        async with httpx2.AsyncClient(timeout=None, trust_env=False, verify=_trusted()) as http:
            answer = await http.send(request, stream=True)
            if answer.status_code not in _REDIRECTS:
                return await _take(url, answer, spool)
            url = _redirected(url, answer.headers.get("Location", ""))
    raise _failed(f"it was redirected more than {_MOST_REDIRECTS} times")


async def _checked(url: str) -> httpx2.Request:
    """The request for a URL, to an address that may be asked; `ApiError` if there is none."""
    parts = _parsed(url)
    host, port = str(parts.hostname), safe_urls.port_of(parts)
    try:
        addresses = await anyio.to_thread.run_sync(
            safe_urls.resolve_public, host, port, "FETCH_ALLOW_PRIVATE", abandon_on_cancel=True
        )
    except safe_urls.NotAllowed as error:
        raise ApiError(422, ProblemCode.URL_NOT_ALLOWED, str(error)) from None
    except OSError:
        raise _failed("its host is not known") from None
    target = httpx2.URL(url)
    return httpx2.Request(
        "GET",
        target.copy_with(host=addresses[0]),
        headers={**_HEADERS, "Host": target.netloc.decode()},
        extensions={"sni_hostname": host},
    )


def _parsed(url: str) -> SplitResult:
    try:
        return safe_urls.parse_url(url)
    except safe_urls.NotAllowed as error:
        raise ApiError(422, ProblemCode.URL_NOT_ALLOWED, str(error)) from None


def _redirected(url: str, location: str) -> str:
    """Where a redirect leads; never from a connection that is encrypted to one that is not."""
    try:
        there = urljoin(url, location)
    except ValueError:
        raise _failed("it was redirected to what is no URL") from None
    if url.startswith("https:") and not there.startswith("https:"):
        raise _failed("it was redirected to a URL that does not begin with https://")
    return there


async def _take(url: str, answer: httpx2.Response, spool: Spool) -> SentFile:
    host = urlsplit(url).hostname
    if answer.status_code != 200:
        raise _failed(f"{host} answered {answer.status_code}")
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise _failed(f"{host} sends it in an encoding that was not asked for")
    limit = settings.current(settings.Limits).max_file_bytes
    too_large = ApiError(413, FailureCode.FILE_TOO_LARGE, f"the limit for a file is {limit} bytes")
    if fields.whole_number(answer.headers.get("Content-Length", "0"), limit + 1) > limit:
        raise too_large
    section = spool.begin()
    async for chunk in answer.aiter_raw(_CHUNK_BYTES):
        if section.size + len(chunk) > limit:
            raise too_large
        await run_in_threadpool(spool.write, section, chunk)
    return SentFile("file", _name(url, answer), cast(BinaryIO, section))


def _name(url: str, answer: httpx2.Response) -> str:
    """What the server calls the file, else the end of the URL."""
    _, said = parse_options_header(answer.headers.get("Content-Disposition", ""))
    return said.get("filename") or unquote(urlsplit(url).path.rpartition("/")[2])


def _failed(why: str) -> ApiError:
    return ApiError(422, ProblemCode.URL_NOT_FETCHED, f"the file could not be fetched: {why}")


@once
def _trusted() -> ssl.SSLContext:
    """Whom a client trusts; to read the certificates takes 27 ms of a processor."""
    return httpx2.create_ssl_context(trust_env=False)
