"""A client of the HTTP API."""

import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
from opentelemetry.trace import Span

from lector.cli.answers import Json, Refused, ServerError, Target, printable
from lector.runtime import failures
from lector.telemetry import tracing

_IDS_PER_REQUEST = 50
_FILES_PER_REQUEST = 200
_NO_CONTENT = 204
_NOT_NOW = (429, 503)
_HINTS = {
    "token_needed": "; put it into LECTOR_TOKEN or a file that --token-file names",
    "too_many_requests": "; try again in a minute",
}
_STORED_ALREADY = 412  # an earlier PUT arrived, only its answer was lost
_RETRY_FOR_S, _RETRY_EVERY_S = 20.0, 0.5
_LONGEST_RETRY_AFTER_S = 600.0  # such as until tomorrow: nobody waits for that
# Until anything answers at all: long enough for a restart, short for a mistyped address.
_CONNECT_FOR_S = 3.0
_TIMEOUT = httpx2.Timeout(30.0, write=300.0)
_TEXT_TIMEOUT = httpx2.Timeout(30.0, read=300.0)  # making a searchable PDF takes long


def _span(method: str, url: str) -> AbstractContextManager[Span]:
    """A request's span, within that of an upload; without the query, which may be a signature."""
    attributes = {"http.request.method": method, "url.full": url.partition("?")[0]}
    return tracing.client_span(method, {**attributes, **tracing.server_attributes(url)})


class Client:
    """A Lector at a URL."""

    def __init__(self, url: str, token: str | None = None) -> None:
        token = token or os.environ.get("LECTOR_TOKEN")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            self._http = httpx2.Client(base_url=url.rstrip("/"), timeout=_TIMEOUT, headers=headers)
        except httpx2.InvalidURL as error:
            raise ServerError(f"{url} is not a URL: {error}") from error
        self._storage = httpx2.Client(timeout=_TIMEOUT)
        self.url = url

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()
        self._storage.close()

    def check(self) -> None:
        """Raise ServerError unless a Lector answers at the URL."""
        self.send("GET", "/v1/files", retry_for_s=_CONNECT_FOR_S, params={"limit": 1})

    def upload(
        self,
        path: Path,
        pages: str | None = None,
        name: str | None = None,
        **reading_options: str | float | bool | None,
    ) -> Json:
        """Announce a file, PUT its bytes and confirm; the file as the server shows it.

        It is called `name`, or as its path. `reading_options` may hold reader, prompt, model,
        language, text_layer, describe and max_cost_usd.
        """
        body = {
            "name": printable(name or path.name),
            "size_bytes": path.stat().st_size,
            "pages": pages,
        }
        body |= {name: value for name, value in reading_options.items() if value is not None}
        # A request that is sent again, because its answer was lost, makes no second file.
        headers = {"Idempotency-Key": str(uuid4())}
        with tracing.span("upload", parent={}) as span:
            file = self.send("POST", "/v1/files", json=body, headers=headers)
            span.set_attribute(tracing.FILE_ID, file["id"])
            self._store(path, file["upload"])
            return self.send("POST", f"/v1/files/{file['id']}/confirm")

    def upload_many(
        self,
        files: Sequence[tuple[str, bytes]],
        **reading_options: str | float | bool | None,
    ) -> list[Json | Refused]:
        """Send small files, each a name and its bytes, in one request.

        Returns:
            Each as the server shows it, or why it refused it, in this order.

        Raises:
            Refused: all of them together, and none was made.

        """
        texts = {
            name: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in reading_options.items()
            if value is not None
        }
        texts["files"] = json.dumps([{"name": printable(name)} for name, _ in files])
        # What they are called stands in the texts, as it is: a form has no way to say any name.
        parts = [("file", (f"{n}", content)) for n, (_, content) in enumerate(files)]
        headers = {"Idempotency-Key": str(uuid4())}
        path = "/v1/files/batch"
        with tracing.span("upload", parent={}):
            answer = self.send("POST", path, data=texts, files=parts, headers=headers)
        return [
            one["file"] if one.get("file") else self._refusal(one["error"], one["error"]["status"])
            for one in answer["results"]
        ]

    def _store(self, path: Path, target: Json) -> None:
        """PUT a file's bytes; while the object store restarts, try again."""
        deadline = time.monotonic() + _RETRY_FOR_S
        while True:
            try:
                with path.open("rb") as content, _span("PUT", target["url"]) as span:
                    put = self._storage.put(
                        target["url"], content=content, headers=target["headers"]
                    )
                    span.set_attribute("http.response.status_code", put.status_code)
                if put.is_success or put.status_code == _STORED_ALREADY:
                    return
                if put.status_code < 500 or time.monotonic() > deadline:
                    raise ServerError(f"the object store answered {put.status_code} to the upload")
            except httpx2.TransportError as error:
                if time.monotonic() > deadline:
                    raise ServerError(f"the object store cannot be reached: {error}") from error
            time.sleep(_RETRY_EVERY_S)

    def files(self, ids: Sequence[str]) -> Iterator[Json]:
        """These files with their progress."""
        for start in range(0, len(ids), _IDS_PER_REQUEST):
            some = ids[start : start + _IDS_PER_REQUEST]
            query: Any = [("limit", len(some)), *(("id", file_id) for file_id in some)]
            yield from self.send("GET", "/v1/files", params=query)["files"]

    def list_files(self, per_request: int = _FILES_PER_REQUEST, **filters: Any) -> Iterator[Json]:
        """All files, or those that filters of GET /v1/files choose, in the order of its `sort`."""
        query = {"limit": per_request, **filters}
        while True:
            answer = self.send("GET", "/v1/files", params=query)
            yield from answer["files"]
            if answer["next"] is None:
                return
            query["cursor"] = answer["next"]

    def pages(
        self,
        file_id: str,
        after: int = 0,
        *,
        doubted: bool = False,
        corrected: bool = False,
        text: bool = True,
    ) -> Iterator[Json]:
        """A file's pages with a number above `after`, ascending.

        Or only those to look at, only those that a person wrote; with or without their text.
        """
        only: dict[str, Any] = {"doubted": "true"} if doubted else {}
        only |= {"corrected": "true"} if corrected else {}
        only |= {} if text else {"text": "false"}
        while True:
            query = {"after": after, "limit": 100, **only}
            answer = self.send("GET", f"/v1/files/{file_id}/pages", params=query)
            yield from answer["pages"]
            if answer["next"] is None:
                return
            after = answer["next"]

    def fetch(self, file_id: str, style: str, target: Target, *, words: bool = False) -> None:
        """Write a file's text in a format of `formats` into something open.

        With `words`, JSON has each word and where it stands.
        """
        query = {"format": style, **({"words": "true"} if words else {})}
        self.copy(f"/v1/files/{file_id}/text", query, target)

    def copy(self, path: str, query: dict[str, str], target: Target) -> None:
        """Write an answer that is no JSON into something open."""
        try:
            with self._http.stream("GET", path, params=query, timeout=_TEXT_TIMEOUT) as answer:
                if not answer.is_success:
                    answer.read()
                    self._decode(answer)
                for chunk in answer.iter_bytes():
                    target.write(chunk)
        except httpx2.TransportError as error:
            raise ServerError(f"{self.url} cannot be reached: {error}") from error
        target.flush()

    def download_object(self, url: str, target: Target) -> None:
        """Write what an address of the object store leads to into something open."""
        try:
            with _span("GET", url), self._storage.stream("GET", url) as answer:
                if not answer.is_success:
                    detail = f"the object store answered {answer.status_code} to the download"
                    raise ServerError(detail)
                for chunk in answer.iter_bytes():
                    target.write(chunk)
        except httpx2.TransportError as error:
            raise ServerError(f"the object store cannot be reached: {error}") from error
        target.flush()

    def send(
        self, method: str, path: str, retry_for_s: float = _RETRY_FOR_S, **options: Any
    ) -> Json:
        """An answer's JSON, {} for none; while the server restarts or says "not now", try again.

        Raises:
            ServerError: it refuses, or cannot be reached within `retry_for_s` seconds.

        """
        deadline = time.monotonic() + retry_for_s
        while True:
            try:
                with _span(method, f"{self.url}{path}") as span:
                    headers = {**options.get("headers", {}), **tracing.current_headers()}
                    answer = self._http.request(method, path, **{**options, "headers": headers})
                    span.set_attribute("http.response.status_code", answer.status_code)
                if answer.status_code not in _NOT_NOW or time.monotonic() > deadline:
                    return self._decode(answer)
                retry_after_s = failures.retry_after_s(answer.headers.get("Retry-After")) or 0.0
                if retry_after_s > _LONGEST_RETRY_AFTER_S:
                    return self._decode(answer)
                time.sleep(min(retry_after_s, max(0.0, deadline - time.monotonic())))
            except httpx2.TransportError as error:
                if time.monotonic() > deadline:
                    raise ServerError(f"{self.url} cannot be reached: {error}") from error
            time.sleep(_RETRY_EVERY_S)

    def _decode(self, answer: httpx2.Response) -> Json:
        """The JSON of an answer, {} for none; ServerError if it is a refusal, or no JSON."""
        if answer.status_code == _NO_CONTENT:
            return {}
        try:
            body: Json = answer.json()
        except ValueError:
            detail = f"{self.url} answered {answer.status_code}, but not as Lector does"
            if answer.is_client_error:
                raise Refused(detail, "", answer.status_code) from None
            raise ServerError(detail) from None
        if not answer.is_success:
            raise self._refusal(body, answer.status_code)
        return body

    def _refusal(self, problem: Json, status: int) -> Refused:
        detail = str(problem.get("detail", f"{self.url} answered {status}"))
        code = str(problem.get("code", ""))
        return Refused(f"{detail}{_HINTS.get(code, '')}", code, status)
