"""A model that reads which page it is shown, and answers with the text that belongs to it.

While it misbehaves, some calls get 429, 500, no answer in time, half an answer, or one that ends
with `finish_reason` "length"; but no page gets more than one of these beside 429, so that none can
be given up for it. Some pages never get another answer than that, and some make the model fail each
time. It can also be away: then it says 503 or 429 to everything.
"""

import base64
import contextlib
import json
import threading
import time
from collections import Counter
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any

from . import papers
from .surroundings import MODEL_TIMEOUT_S

_OUTCOMES = {
    "answered": 70,
    "429": 9,
    "500": 7,
    "late": 4,
    "broken_off": 6,
    "cut_off": 4,
}
_PATIENT = {"answered": 90, "429": 10}
_BAD = {"500": "crashed", "breaks off": "broken_off", "hangs": "hung"}
_LATE_S, _HANGS_S = 1.25 * MODEL_TIMEOUT_S, 4 * MODEL_TIMEOUT_S
_UNKNOWN = (0, 0)

Shown = tuple[int, int]  # the file's number and the page's


@dataclass
class Call:
    """One call: when it came and ended (seconds since 1970), and its number if it was answered."""

    shown: Shown
    began: float
    outcome: str
    number: int = 0
    ended: float | None = None


class Model:
    """The endpoint, in threads of this process. `away_with` is the status it has for everything."""

    def __init__(self, seed: int, *, bad_pages: bool = True, late_s: float = _LATE_S) -> None:
        self.misbehaves = False
        self.away_with: int | None = None
        self._bad_pages = bad_pages
        self._late_s = late_s
        self._calls: list[Call] = []
        self._answered: Counter[Shown] = Counter()
        self._spoilt: Counter[Shown] = Counter()
        self._seed = seed
        self._lock = threading.Lock()
        self._halt = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.05])
        self._thread.start()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    @property
    def calls(self) -> list[Call]:
        """All calls so far, in the order in which they came."""
        with self._lock:
            return list(self._calls)

    @property
    def outcomes(self) -> Counter[str]:
        """How many calls ended how."""
        return Counter(call.outcome for call in self.calls)

    def stop(self) -> None:
        self._halt.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        began = time.time()
        request = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        shown = papers.shown_on(_image(request)) or _UNKNOWN
        with self._lock:
            chance = Random(f"{self._seed} {shown} {len(self._calls_of(shown))}")
            call = Call(shown, began, self._draw(shown, chance))
            self._calls.append(call)
            if call.outcome == "answered":
                self._answered[shown] += 1
                call.number = self._answered[shown]
        self._halt.wait(self._lasts_s(call.outcome, chance))
        try:
            self._send(handler, call, in_seconds=chance.random() < 0.5)
        except (OSError, ValueError):  # whoever asked is gone
            call.outcome = "unheard" if call.outcome == "answered" else call.outcome
        call.ended = time.time()

    def _calls_of(self, shown: Shown) -> list[Call]:
        return [call for call in self._calls if call.shown == shown]

    def _draw(self, shown: Shown, chance: Random) -> str:
        """What becomes of a call."""
        if self.away_with is not None:
            return f"away with {self.away_with}"
        if shown == _UNKNOWN:
            return "unreadable"
        if self._bad_pages and (how := papers.bad(*shown)):
            return _BAD[how]
        outcome = "answered"
        if self.misbehaves:
            outcomes = _PATIENT if self._spoilt[shown] else _OUTCOMES
            [outcome] = chance.choices(list(outcomes), list(outcomes.values()))
        if outcome not in ("answered", "429"):
            self._spoilt[shown] += 1
        if outcome == "answered" and papers.is_hopeless(*shown):
            return "cut_off"
        return outcome

    def _lasts_s(self, outcome: str, chance: Random) -> float:
        if outcome in ("late", "hung"):
            return self._late_s if outcome == "late" else _HANGS_S
        return chance.uniform(0.05, 0.8) if self.misbehaves else 0.1

    def _send(self, handler: BaseHTTPRequestHandler, call: Call, *, in_seconds: bool) -> None:
        outcome = call.outcome
        if outcome in ("late", "hung"):
            handler.close_connection = True
        elif outcome in ("429", "500", "crashed") or outcome.startswith("away"):
            status = 500 if outcome == "crashed" else int(outcome.split()[-1])
            retry = {"Retry-After": "1"} if in_seconds or outcome.startswith("away") else {}
            words = papers.CRASHES if outcome == "crashed" else "no"
            _send(handler, status, {"error": {"message": words}}, retry)
        elif outcome == "unreadable":
            _send(handler, 400, {"error": {"message": "no page can be seen on this image"}}, {})
        else:
            reason = "length" if outcome == "cut_off" else "stop"
            text = papers.answer(*call.shown, call.number)
            _send(handler, 200, _completion(text, reason), {}, outcome == "broken_off")

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
