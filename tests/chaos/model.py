"""A model that reads which page it is shown, and answers with the text that belongs to it.

While it misbehaves, some calls get 429, 500, no answer in time, half an answer, or one that ends
with `finish_reason` "length"; some pages never get another answer than that.
"""

import base64
import contextlib
import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any

from .papers import is_hopeless, shown_on, text_of

_OUTCOMES = {
    "answered": 70,
    "429": 9,
    "500": 7,
    "late": 4,
    "broken_off": 6,
    "cut_off": 4,
}
_LATE_S = 5.0


class Model:
    """The endpoint, in threads of this process; `calls` counts by outcome."""

    def __init__(self, seed: int) -> None:
        self.misbehaves = False
        self.calls: Counter[str] = Counter()
        self.answered: Counter[tuple[int, int]] = Counter()
        self.overlapping = 0
        self._asked: Counter[tuple[int, int]] = Counter()
        self._chance = Random(seed)
        self._lock = threading.Lock()
        self._halt = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.05])
        self._thread.start()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    @property
    def answered_again(self) -> int:
        """Answers beyond the first for a page."""
        with self._lock:
            return sum(self.answered.values()) - len(self.answered)

    def stop(self) -> None:
        self._halt.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        request = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        shown = shown_on(_image(request))
        with self._lock:
            outcome, delay_s, in_seconds = self._drawn(known=shown is not None)
            if outcome == "answered" and shown and is_hopeless(*shown):
                outcome = "cut_off"
            self.calls[outcome] += 1
            if outcome == "answered" and shown is not None:
                self._note_answer(shown)
            self._asked[shown or (0, 0)] += 1
        self._halt.wait(_LATE_S if outcome == "late" else delay_s)
        with self._lock:
            self._asked[shown or (0, 0)] -= 1
        if outcome == "late":
            handler.close_connection = True
        elif outcome in ("429", "500"):
            retry = {"Retry-After": "1"} if in_seconds else {}
            _send(handler, int(outcome), {"error": {"message": "no"}}, retry)
        elif outcome == "unreadable" or shown is None:
            _send(handler, 400, {"error": {"message": "no page can be seen on this image"}}, {})
        else:
            reason = "length" if outcome == "cut_off" else "stop"
            _send(handler, 200, _completion(text_of(*shown), reason), {}, outcome == "broken_off")

    def _note_answer(self, shown: tuple[int, int]) -> None:
        if shown in self.answered and self._asked[shown]:
            self.overlapping += 1
        self.answered[shown] += 1

    def _drawn(self, *, known: bool) -> tuple[str, float, bool]:
        """What becomes of a call, how long that takes, and whether a refusal says for how long."""
        if not known:
            return "unreadable", 0.0, False
        if not self.misbehaves:
            return "answered", 0.1, False
        [outcome] = self._chance.choices(list(_OUTCOMES), list(_OUTCOMES.values()))
        return outcome, self._chance.uniform(0.05, 0.8), self._chance.random() < 0.5

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        model = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                with contextlib.suppress(OSError, ValueError):  # whoever asked is gone
                    model._answer(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """Connections end in the middle all the time here."""


def _image(request: Any) -> bytes:
    parts = request["messages"][1]["content"]
    url: str = next(p["image_url"]["url"] for p in parts if p["type"] == "image_url")
    return base64.b64decode(url.partition("base64,")[2])


def _completion(text: str, finish_reason: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    return {
        "id": "chatcmpl-chaos",
        "object": "chat.completion",
        "created": 1,
        "model": "chaos-1",
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
    }


def _send(
    handler: BaseHTTPRequestHandler,
    status: int,
    body: dict[str, Any],
    headers: dict[str, str],
    break_off: bool = False,  # noqa: FBT001, FBT002
) -> None:
    content = json.dumps(body).encode()
    handler.send_response(status)
    for name, value in {"Content-Type": "application/json", **headers}.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content[: len(content) // 2] if break_off else content)
    if break_off:
        handler.close_connection = True
