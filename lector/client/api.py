"""The operations of the HTTP API, each tried again as the API says.

Clients in programs and the command line stand on them. All of it is coroutines, which
`lector.client.http` also runs without asyncio.
"""

import json
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from typing import Any
from uuid import uuid4

import httpx2
from httpx2 import Response, ServerSentEvent

from lector.client import unreachable
from lector.client.errors import Refused, ServerError, Unreachable, refusal
from lector.client.http import Http
from lector.client.models import Json
from lector.client.sources import SmallFile, Source, Target, printable
from lector.client.storage import RETRY_FOR_S, Storage, span
from lector.domain.failure_codes import FailureCode
from lector.domain.states import PageStatus
from lector.runtime import failures
from lector.telemetry import tracing

FILES_PER_REQUEST = 200
_RETRY_EVERY_S = 0.5
_LONGEST_RETRY_AFTER_S = 600.0  # such as until tomorrow: nobody waits for that
_IDS_PER_REQUEST = 50
_NO_CONTENT = 204
_ALREADY_UPLOADED = "already_uploaded"
_WRONG_PASSWORD = "wrong_password"  # noqa: S105 - a code
_NOT_NOW = (429, 503)
_WHOLE_BYTES = 8 * 1024 * 1024
"""A larger file goes up in parts, so that an interruption costs no more than one of them."""
_TIMEOUT = httpx2.Timeout(30.0, write=300.0)
_WATCH_TIMEOUT = httpx2.Timeout(30.0, read=60.0)  # a stream says every 15 s that it is there
_WATCH_AGAIN_S = 0.5
_RETRY_CONFIRM_FOR_S = 180.0  # one locked PDF is opened after the other, each for up to a minute
# Making a searchable PDF takes long, and so may the server from which a file is fetched.
_LONG_TIMEOUT = httpx2.Timeout(30.0, read=300.0)

Options = Mapping[str, str | float | bool | None]
"""How pages are to be read: pages, reader, prompt, model, language, text_layer, describe, verify,
on_doubt and max_cost_usd, each left out or None for the default; the folder that a file is in; and
the password that opens it, where it is sent alone."""


def _said(options: Options) -> Json:
    """What a file is announced with; its password is said when its bytes are there."""
    said = {name: value for name, value in options.items() if value is not None}
    said.pop("password", None)
    return said


def _said_of(file: SmallFile) -> Json:
    folder = {} if file.folder is None else {"folder": file.folder}
    return {"name": printable(file.name), **folder}


class Api:
    """The API of a Lector at a URL.

    `hints` are words behind a refusal, by its code: what its reader can do about it. Until anything
    answers, requests are tried again for `connect_for_s` seconds, after that for `RETRY_FOR_S`.
    """

    def __init__(
        self,
        http: Callable[..., Http],
        url: str,
        token: str | None,
        hints: Mapping[str, str],
        connect_for_s: float = RETRY_FOR_S,
    ) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            self.http = http(base_url=url.rstrip("/"), timeout=_TIMEOUT, headers=headers)
        except httpx2.InvalidURL as error:
            raise ServerError(f"{url} is not a URL: {error}") from error
        # What is signed gets no token: it is for another server.
        self._storage = Storage(http(timeout=_TIMEOUT))
        self._hints = hints
        self._retry_for_s = connect_for_s
        self.url = url

    async def close(self) -> None:
        """Close all connections."""
        await self.http.close()
        await self._storage.close()

    async def send(
        self, method: str, path: str, retry_for_s: float | None = None, **options: Any
    ) -> Json:
        """An answer's JSON, {} for none; while the server restarts or says "not now", try again.

        Raises:
            ServerError: it refuses, or cannot be reached within `retry_for_s` seconds.

        """
        retry_for_s = self._retry_for_s if retry_for_s is None else retry_for_s
        deadline = time.monotonic() + retry_for_s
        while True:
            try:
                with span(method, f"{self.url}{path}") as its_span:
                    headers = {**options.get("headers", {}), **tracing.current_headers()}
                    answer = await self.http.request(
                        method, path, **{**options, "headers": headers}
                    )
                    its_span.set_attribute("http.response.status_code", answer.status_code)
                self._retry_for_s = RETRY_FOR_S
                if answer.status_code not in _NOT_NOW or time.monotonic() > deadline:
                    return self._decode(answer)
                retry_after_s = failures.retry_after_s(answer.headers.get("Retry-After")) or 0.0
                if retry_after_s > _LONGEST_RETRY_AFTER_S:
                    return self._decode(answer)
                await self.http.sleep(min(retry_after_s, max(0.0, deadline - time.monotonic())))
            except httpx2.TransportError as error:
                if time.monotonic() > deadline:
                    raise self._unreachable(error) from error
            await self.http.sleep(_RETRY_EVERY_S)

    async def upload(self, source: Source, options: Options) -> Json:
        """Announce a file, PUT its bytes and confirm; the file as the server shows it.

        With the option `again`, False, a file of before is the answer where the same bytes were
        read in the same way; it has `found`.
        """
        body: Json = {"name": source.name, "size_bytes": source.size_bytes()}
        body |= _said(options)
        if body.get("again") is False:
            body["sha256"] = source.sha256()
        # A request that is sent again, because its answer was lost, makes no second file.
        headers = {"Idempotency-Key": str(uuid4())}
        with tracing.span("upload", parent={}) as span:
            file = await self.send("POST", "/v1/files", json=body, headers=headers)
            span.set_attribute(tracing.FILE_ID, file["id"])
            if "upload" not in file:
                return {**file, "found": True}
            await self._store(source, file)
            return await self._confirm(file["id"], options.get("password"))

    async def _confirm(self, file_id: str, password: object) -> Json:
        """Have a file read whose bytes are stored; one that its password does not open goes.

        After any other refusal it stays: it was not the password.
        """
        path = f"/v1/files/{file_id}/confirm"
        if password is None:
            return await self.send("POST", path)
        try:
            return await self.send(
                "POST",
                path,
                _RETRY_CONFIRM_FOR_S,
                json={"password": password},
                timeout=_LONG_TIMEOUT,
            )
        except Refused as refused:
            if refused.code == _WRONG_PASSWORD:
                with suppress(ServerError):
                    await self.delete([file_id])
            raise

    async def fetch(self, url: str, name: str | None, options: Options) -> Json:
        """Have the server fetch the file at a URL; the file as the server shows it.

        `name` is what it is called, else as it is there. `again` is as for `upload`.
        """
        body = {"url": url, **_said({"name": name, **options})}
        headers = {"Idempotency-Key": str(uuid4())}
        with tracing.span("upload", parent={}) as span:
            file = await self.send(
                "POST", "/v1/files", json=body, headers=headers, timeout=_LONG_TIMEOUT
            )
            span.set_attribute(tracing.FILE_ID, file["id"])
        return file

    async def upload_many(
        self, files: Sequence[SmallFile], options: Options
    ) -> list[Json | Refused]:
        """Send small files in one request.

        Returns:
            Each as the server shows it, or why it refused it, in this order; `found` is true of
            one of before.

        Raises:
            Refused: all of them together, and none was made.

        """
        texts = {
            name: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in options.items()
            if value is not None
        }
        texts["files"] = json.dumps([_said_of(file) for file in files])
        # What they are called stands in the texts, as it is: a form has no way to say any name.
        parts = [("file", (f"{n}", file.content)) for n, file in enumerate(files)]
        headers = {"Idempotency-Key": str(uuid4())}
        path = "/v1/files/batch"
        with tracing.span("upload", parent={}):
            answer = await self.send("POST", path, data=texts, files=parts, headers=headers)
        return [
            {**one["file"], "found": one.get("found", False)}
            if one.get("file")
            else self._refusal(one["error"], one["error"]["status"])
            for one in answer["results"]
        ]

    async def check_options(self, options: Options) -> bool:
        """Find out whether files could be read so, without one.

        Returns:
            Whether a file may say its folder; to a server of before it may not.

        Raises:
            Refused: they could not; 404 or 405 from a server of before that cannot be asked.

        """
        said = _said(options)
        # Common options are looked at before the files, and one without a name is made into none.
        body = {"files": [{"folder": "a folder"}], **said}
        [refused] = (await self.send("POST", "/v1/files/batch", json=body))["results"]
        return bool(refused["error"]["code"] != "unknown_option")

    async def _store(self, source: Source, file: Json) -> None:
        """PUT a file's bytes: a large one in parts, of which only the missing ones are sent."""
        if source.size_bytes() > _WHOLE_BYTES:
            try:
                return await self._storage.put_parts(
                    source, lambda: self.send("POST", f"/v1/files/{file['id']}/parts")
                )
            except Refused as refused:
                if refused.code == _ALREADY_UPLOADED:
                    return None
                raise
        return await self._storage.put(source, file["upload"])

    async def files(self, ids: Sequence[str]) -> AsyncGenerator[Json, None]:
        """These files with their progress."""
        for start in range(0, len(ids), _IDS_PER_REQUEST):
            some = ids[start : start + _IDS_PER_REQUEST]
            query: Any = [("limit", len(some)), *(("id", file_id) for file_id in some)]
            for file in (await self.send("GET", "/v1/files", params=query))["files"]:
                yield file

    def list_files(
        self, filters: Json, per_request: int = FILES_PER_REQUEST
    ) -> AsyncGenerator[Json, None]:
        """All files, or those that filters of GET /v1/files choose, in the order of its `sort`."""
        return self.listed("/v1/files", "files", {"limit": per_request, **filters})

    async def listed(self, path: str, items: str, query: Json) -> AsyncGenerator[Json, None]:
        """The items of a list, from one page of it to the next."""
        cursor: Json = {}
        while True:
            answer = await self.send("GET", path, params={**query, **cursor})
            for item in answer[items]:
                yield item
            if answer["next"] is None:
                return
            cursor = {"cursor": answer["next"]}

    async def pages(
        self,
        file_id: str,
        after: int = 0,
        *,
        doubted: bool = False,
        corrected: bool = False,
        text: bool = True,
    ) -> AsyncGenerator[Json, None]:
        """A file's pages with a number above `after`, ascending.

        Or only those to look at, only those that a person wrote; with or without their text.
        """
        only: dict[str, Any] = {"doubted": "true"} if doubted else {}
        only |= {"corrected": "true"} if corrected else {}
        only |= {} if text else {"text": "false"}
        while True:
            query = {"after": after, "limit": 100, **only}
            answer = await self.send("GET", f"/v1/files/{file_id}/pages", params=query)
            for page in answer["pages"]:
                yield page
            if answer["next"] is None:
                return
            after = answer["next"]

    async def delete(self, ids: Sequence[str]) -> None:
        """Delete files with all that was made of them; those that are gone are no error."""
        for start in range(0, len(ids), _IDS_PER_REQUEST):
            some = [("id", file_id) for file_id in ids[start : start + _IDS_PER_REQUEST]]
            await self.send("DELETE", "/v1/files", params=some)

    async def is_out_of_money(self, file: Json) -> bool:
        """Whether all pages that are left wait for somebody to let them cost more."""
        if (file.get("waiting") or {}).get("code") != FailureCode.BUDGET_EXCEEDED:
            return False
        codes = set()
        async with aclosing(self.pages(file["id"])) as pages:
            async for page in pages:
                if page["status"] not in (PageStatus.READ, PageStatus.FAILED):
                    codes.add((page["waiting"] or {}).get("code"))
        return codes == {FailureCode.BUDGET_EXCEEDED}

    async def copy(self, path: str, query: Mapping[str, str], target: Target) -> None:
        """Write an answer that is no JSON into something open."""
        try:
            async with self.http.stream("GET", path, params=query, timeout=_LONG_TIMEOUT) as answer:
                if not answer.is_success:
                    await self.http.read(answer)
                    self._decode(answer)
                async for chunk in self.http.chunks(answer):
                    target.write(chunk)
        except httpx2.TransportError as error:
            raise self._unreachable(error) from error
        target.flush()

    async def watch(self) -> AsyncGenerator[Json, None]:
        """What happens to files from now on, as CloudEvents; it goes on where a stream ended.

        Raises:
            ServerError: the server refuses, or can no longer be reached.

        """
        place: str | None = None
        while True:
            query = {} if place is None else {"after": place}
            headers = {"Accept": "text/event-stream"}
            async with aclosing(self._streamed("/v1/events", query, headers)) as events:
                async for event in events:
                    place = event.id or place
                    if event.event == "message" and event.data:  # not only `retry`
                        told: Json = json.loads(event.data)
                        yield told
            await self.http.sleep(_WATCH_AGAIN_S)

    async def _streamed(
        self, path: str, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> AsyncGenerator[ServerSentEvent, None]:
        """The events of one stream, until it ends or breaks off."""
        try:
            async with self.http.stream(
                "GET", path, params=query, headers=headers, timeout=_WATCH_TIMEOUT
            ) as answer:
                if not answer.is_success:
                    await self.http.read(answer)
                    self._decode(answer)
                async for event in self.http.events(answer):
                    yield event
        except (httpx2.ReadError, httpx2.ReadTimeout, httpx2.RemoteProtocolError):
            return
        except httpx2.TransportError as error:
            raise self._unreachable(error) from error

    async def download_object(self, url: str, target: Target) -> None:
        """Write what an address of the object store leads to into something open."""
        await self._storage.get(url, target)

    def _decode(self, answer: Response) -> Json:
        """The JSON of an answer, {} for none; ServerError if it is a refusal, or no JSON."""
        if answer.status_code == _NO_CONTENT:
            return {}
        try:
            body: Json = answer.json()
        except ValueError:
            detail = f"{self.url} answered {answer.status_code}, but not as Lector does"
            if answer.is_client_error:
                raise refusal(detail, "", answer.status_code) from None
            raise ServerError(detail) from None
        if not answer.is_success:
            raise self._refusal(body, answer.status_code)
        return body

    def _refusal(self, problem: Json, status: int) -> Refused:
        detail = str(problem.get("detail", f"{self.url} answered {status}"))
        code = str(problem.get("code", ""))
        return refusal(f"{detail}{self._hints.get(code, '')}", code, status)

    def _unreachable(self, error: httpx2.TransportError) -> Unreachable:
        return Unreachable(unreachable.describe(self.url, self.url, error))
