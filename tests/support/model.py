"""A model endpoint that answers what a test tells it to: a real HTTP server on loopback."""

import contextlib
import json
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from typing import Any


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    # Between any two bytes of the body.
    pause_s: float = 0.0
    # The connection ends after so many bytes of the body; None: it does not.
    breaks_off_at: int | None = None


def completion(
    text: str | None, finish_reason: str | None = "stop", delay_s: float = 0.0, **changes: Any
) -> Answer:
    """A chat completion with this text; `changes` replace top-level fields."""
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "scripted-1",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text},
                "finish_reason": finish_reason,
            }
        ],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
        **changes,
    }
    headers = {"Content-Type": "application/json"}
    return Answer(body=json.dumps(body).encode(), headers=headers, delay_s=delay_s)


def html(status: int = 200) -> Answer:
    return Answer(status, b"<!DOCTYPE html><h1>Bad gateway</h1>", {"Content-Type": "text/html"})


def error(status: int, message: str = "no", **headers: str) -> Answer:
    body = json.dumps({"error": {"message": message}}).encode()
    return Answer(status, body, {"Content-Type": "application/json", **headers})


class ScriptedModel:
    """Answers with `script`, one after the other, then with `otherwise`; keeps the requests.

    What `refuse` answers to a request goes before all of that.
    """

    def __init__(self) -> None:
        self.script: deque[Answer] = deque()
        self.otherwise = completion("some text")
        self.refuse: Callable[[dict[str, Any]], Answer | None] = lambda _: None
        self.requests: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._halt = threading.Event()
        self._listen(0)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def reset(self) -> None:
        self.script.clear()
        self.requests.clear()
        self.otherwise = completion("some text")
        self.refuse = lambda _: None

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """Nothing listens meanwhile; whatever was connected is not any more."""
        port = self._server.server_port
        self._close()
        yield
        self._listen(port)

    def stop(self) -> None:
        self._halt.set()
        self._close()

    def _listen(self, port: int) -> None:
        self._server = _Server(("127.0.0.1", port), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.05])
        self._thread.start()

    def _close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server.disconnect()

    def _next(self, request: dict[str, Any]) -> Answer:
        with self._lock:
            self.requests.append(request)
            refusal = self.refuse(request)
            if refusal is not None:
                return refusal
            return self.script.popleft() if self.script else self.otherwise

    def _write(self, stream: BufferedIOBase, answer: Answer) -> None:
        body = answer.body[: answer.breaks_off_at]
        if not answer.pause_s:
            stream.write(body)
            return
        for byte in body:
            stream.write(bytes([byte]))
            self._halt.wait(answer.pause_s)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        model = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                answer = model._next(json.loads(self.rfile.read(length)))
                model._halt.wait(answer.delay_s)
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    self._send(answer)

            def _send(self, answer: Answer) -> None:
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                model._write(self.wfile, answer)
                self.close_connection |= answer.breaks_off_at is not None

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # as many may ask at once

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._connected: list[socket.socket] = []

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self._connected.append(connection)
        return connection, address

    def disconnect(self) -> None:
        for connection in self._connected:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
