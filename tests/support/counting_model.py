"""A model that allows so many calls at once, answers 429 beyond, and counts: real, on loopback."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_ANSWER = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "counting-1",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "some text"},
            "finish_reason": "stop",
        }
    ],
}


class CountingModel:
    """Each call takes `delay_s`; the counts are of calls answered and of calls refused."""

    def __init__(self, at_once: int, delay_s: float) -> None:
        self.answered = 0
        self.refused = 0
        self.busy_s = 0.0
        self._at_once = at_once
        self._delay_s = delay_s
        self._busy = 0
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.05])
        self._thread.start()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _enter(self) -> bool:
        with self._lock:
            if self._busy >= self._at_once:
                self.refused += 1
                return False
            self._busy += 1
            return True

    def _leave(self) -> None:
        with self._lock:
            self._busy -= 1
            self.answered += 1

    def _called(self) -> tuple[int, bytes]:
        if not self._enter():
            return 429, b'{"error": {"message": "too many at once"}}'
        time.sleep(self._delay_s)
        self._leave()
        return 200, json.dumps(_ANSWER).encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        model = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                status, body = model._called()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever asked was stopped; that is what the test is about."""
