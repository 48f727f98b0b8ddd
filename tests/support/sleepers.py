"""Stand-ins that sleep like a Knative Service at zero, in front of real processes."""

import http.client
import threading
import time
from collections.abc import Iterable
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

COLD_START_S = 3.0


def most_at_once(sleepers: Iterable["Sleeper"]) -> int:
    """How many cold starts were under way at the same moment, at most."""
    began = sorted(at for sleeper in sleepers for at in sleeper.cold_starts)
    return max(sum(at <= other < at + COLD_START_S for at in began) for other in began)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever asked has gone, as at the end of a test."""


class Sleeper:
    """Passes requests on; the first one after `sleep`, and all until then, wait for 3 s."""

    def __init__(self, url: str) -> None:
        self._target = urlsplit(url)
        self._lock = threading.Lock()
        self._asleep = False
        self._awake_at = 0.0
        self.cold_starts: list[float] = []
        self.woken_by: list[str] = []
        self.touched_awake = 0
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.05])
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{self._target.path}"

    def sleep(self) -> None:
        self._asleep = True

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _wake(self, path: str) -> None:
        with self._lock:
            if self._asleep:
                self._asleep = False
                self.cold_starts.append(time.monotonic())
                self.woken_by.append(path)
                self._awake_at = self.cold_starts[-1] + COLD_START_S
            elif path.startswith("/health/") and time.monotonic() > self._awake_at:
                self.touched_awake += 1
            wait_s = self._awake_at - time.monotonic()
        time.sleep(max(0.0, wait_s))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        sleeper = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                sleeper._wake(self.path)
                target = sleeper._target
                # Closed also when what is behind goes away: what nobody closes fails some test.
                with closing(
                    http.client.HTTPConnection(target.hostname or "", target.port)
                ) as passed_on:
                    passed_on.request(self.command, self.path, body, dict(self.headers.items()))
                    answer = passed_on.getresponse()
                    content = answer.read()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("connection", "content-length", "date", "server"):
                        self.send_header(name, value)
                if answer.status != 204:
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST  # noqa: N815 - as http.server wants it

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        return Handler
