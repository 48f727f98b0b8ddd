"""An ASGI application as a WSGI one, so that it is called without a socket like all the others.

Its event loop runs in a thread of its own until the process ends; answers come as they are sent.
"""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote_to_bytes

import anyio
from anyio.from_thread import BlockingPortal, start_blocking_portal
from starlette.types import ASGIApp, Message

StartResponse = Callable[..., Any]


class AsgiToWsgi:
    """Calls an ASGI application for each request of a WSGI server or client."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._portal = _Loop().portal

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        answer = _Answer(self._app, environ)
        future = self._portal.start_task_soon(answer.run)
        status, headers = answer.begin(future)
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return _Body(answer, self._portal)


class _Loop:
    """An event loop in a thread that nobody waits for at the end."""

    def __init__(self) -> None:
        ready: queue.Queue[BlockingPortal] = queue.Queue()

        def run() -> None:
            with start_blocking_portal() as portal:
                ready.put(portal)
                threading.Event().wait()

        threading.Thread(target=run, daemon=True).start()
        self.portal = ready.get()


class _Answer:
    """A request under way; `messages` are what the application has sent, None at the end."""

    def __init__(self, app: ASGIApp, environ: dict[str, Any]) -> None:
        self._app = app
        self._scope = _scope_of(environ)
        length = environ.get("CONTENT_LENGTH")
        self._body = environ["wsgi.input"].read(int(length)) if length else b""
        self._gone: anyio.Event | None = None
        self._ended = False
        self.messages: queue.Queue[Message | None] = queue.Queue()

    async def run(self) -> None:
        self._gone = gone = anyio.Event()
        sent = [{"type": "http.request", "body": self._body, "more_body": False}]

        async def receive() -> Message:
            if sent:
                return sent.pop()
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            self.messages.put(message)

        try:
            await self._app(self._scope, receive, send)
        finally:
            self.messages.put(None)

    def begin(self, future: Any) -> tuple[int, list[tuple[str, str]]]:
        message = self.messages.get()
        if message is None:
            future.result()  # raises what the application did
            raise RuntimeError("the application sent nothing")
        headers = [(name.decode(), value.decode("latin-1")) for name, value in message["headers"]]
        return message["status"], headers

    async def leave(self) -> None:
        """The client is gone."""
        if self._gone:
            self._gone.set()

    def parts(self) -> Iterator[bytes]:
        """The pieces of the body, as they come."""
        while not self._ended:
            message = self.messages.get()
            if message is None:
                self._ended = True
            elif message.get("body"):
                yield message["body"]


class _Body:
    """The body of an answer, as it comes."""

    def __init__(self, answer: _Answer, portal: BlockingPortal) -> None:
        self._answer = answer
        self._portal = portal

    def __iter__(self) -> Iterator[bytes]:
        return self._answer.parts()

    def close(self) -> None:
        with suppress(RuntimeError):
            self._portal.call(self._answer.leave)
        for _ in self._answer.parts():
            pass


def _scope_of(environ: dict[str, Any]) -> dict[str, Any]:
    headers = [
        (name.removeprefix("HTTP_").replace("_", "-").lower().encode(), value.encode("latin-1"))
        for name, value in environ.items()
        if name.startswith("HTTP_") or (name in ("CONTENT_TYPE", "CONTENT_LENGTH") and value)
    ]
    path = environ.get("PATH_INFO", "").encode("latin-1")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": environ["REQUEST_METHOD"],
        "scheme": "http",
        "path": path.decode(errors="replace"),
        "raw_path": unquote_to_bytes(path),
        "root_path": "",
        "query_string": environ.get("QUERY_STRING", "").encode("latin-1"),
        "headers": headers,
        "client": (environ.get("REMOTE_ADDR") or "127.0.0.1", 50000),
        "server": ("localhost", 80),
        "state": {},
    }
