"""Tesseract behind an OpenAI-compatible /v1/chat/completions: the model that needs no account.

Run as `python -m lector.tesseract.endpoint`. HOST and PORT say where it listens, READERS how many
pages it reads at once (by default one for each processor). It reads the first image of the
messages, a data URL, and answers with its text. `Prefer: wait=SECONDS` (RFC 7240, 4.3) says how
long the caller waits. When that is less than a page would wait for its turn, and when it has
passed, the answer is 429 with Retry-After, as from hosted models. A page that takes longer than
READING_LIMIT_S is answered with 504, who lacks TESSERACT_API_KEY (if it is set) with 401. Without
the data of English it is 503; /health/readiness is 503, too, with the reason, until it has read a
word (lector/tesseract/readiness.py).

`lector.language` in a request names the languages of the page in BCP 47: `es`, or `es, en`. Without
it they are found out. Beside what every such endpoint answers, there is in `lector`:

- `words`: [word, left, top, right, bottom, confidence] each, in the order of the text. Edges are
  shares of the image from its top left corner, when it stands upright; confidence is 0 to 100.
- `confidence`: the mean of the words' by their lengths; null if there are none.
- `turned_degrees`: the clockwise turn that makes the image upright: 0, 90, 180 or 270.
- `language`: what the page was read in, in BCP 47.
- `print_read`: the share, 0 to 1, of what looks like print that lies within words.
- `blank`: whether nothing was read and nothing looks like print.
- `languages_missing`: Tesseract's codes of what it is in, or was said to be in, without data here.
"""

import asyncio
import base64
import binascii
import hmac
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any
from uuid import uuid4

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from lector.domain import language_codes, language_data
from lector.runtime import settings, uvicorn_server
from lector.telemetry import logs
from lector.tesseract import page_reading, readiness
from lector.tesseract.page_reading import Reading
from lector.tesseract.readiness import Readiness
from lector.tesseract.reading_queue import Busy, Read, ReadingQueue
from lector.tesseract.recognition import ENGINE, BadImage, ReadingTimedOut

NO_TEXT = "[no text]"
_NO_COST = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0, "cost": 0}


# One preference of a Prefer header; its parameters, which RFC 7240 allows, mean nothing here.
_WAIT = re.compile(r'wait\s*=\s*"?([0-9]{1,9})"?\s*(;.*)?', re.IGNORECASE)
_CLIENT_CLOSED_REQUEST = 499  # nobody sees it
_NO_DATA_RETRY_AFTER_S = "10"


def app(read: Read | None = None, try_out: Callable[[], None] = readiness.read_a_word) -> Starlette:
    """The endpoint as an ASGI application; `read` takes the place of Tesseract.

    `try_out` raises NotReady while pages cannot be read.
    """
    routes = [
        Route("/v1/chat/completions", complete, methods=["POST"]),
        Route("/v1/models", _list_models),
        Route("/health/readiness", _answer_readiness),
        Route("/health/{kind}", lambda _: PlainTextResponse("ok\n")),
    ]
    application = Starlette(routes=routes, middleware=[Middleware(_KeyHolders)])
    config = settings.current(settings.Tesseract)
    read = read or partial(page_reading.read, limit_s=config.reading_limit_s)
    queue = ReadingQueue(read, config.readers or os.cpu_count() or 1)
    application.state.queue = queue
    application.state.readiness = Readiness(queue.run_in_thread, try_out)
    return application


class _KeyHolders:
    """Lets those through who have the key, and everybody to health."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._key = settings.current(settings.Tesseract).tesseract_api_key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._key and not self._may_pass(Request(scope)):
            refusal = _error(401, "this is not the key", {"WWW-Authenticate": "Bearer"})
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _may_pass(self, request: Request) -> bool:
        given = request.headers.get("Authorization", "").encode()
        expected = f"Bearer {self._key}".encode()
        return hmac.compare_digest(given, expected) or request.url.path.startswith("/health/")


async def complete(request: Request) -> Response:
    """Answer one chat completion: the text in the first image."""
    wait_s = _parse_wait(request.headers.getlist("Prefer"))
    arrived = time.monotonic()
    try:
        body = await request.json()
        image, languages = _find_image(body), _find_languages(body)
        if wait_s is not None:
            wait_s = max(0.0, wait_s - (time.monotonic() - arrived))
        there = language_data.languages()
        reading = await _until_disconnect(
            request, request.app.state.queue.read(image, wait_s, languages, there)
        )
    except (ValueError, RecursionError) as error:
        return _error(400, str(error), {})
    except Busy as busy:
        return _error(429, str(busy), {"Retry-After": str(busy.retry_after_s)})
    except ReadingTimedOut as error:
        return _error(504, str(error), {})
    except FileNotFoundError as error:
        return _error(503, str(error), {"Retry-After": _NO_DATA_RETRY_AFTER_S})
    except ClientDisconnect:
        return Response(status_code=_CLIENT_CLOSED_REQUEST)
    return JSONResponse(_completion(reading))


def _parse_wait(headers: list[str]) -> float | None:
    """The seconds of the first `wait` in Prefer headers; None if they have none that is valid."""
    for preference in ",".join(headers).split(","):
        if match := _WAIT.fullmatch(preference.strip()):
            return float(match[1])
    return None


async def _until_disconnect(request: Request, answer: Coroutine[Any, Any, Reading]) -> Reading:
    """What `answer` returns; it is cancelled, and ClientDisconnect raised, if the caller goes."""
    reading = asyncio.create_task(answer)
    # After the body, nothing but the disconnect is received.
    disconnect = asyncio.ensure_future(request.receive())
    try:
        await asyncio.wait({reading, disconnect}, return_when=asyncio.FIRST_COMPLETED)
        if not reading.done():
            raise ClientDisconnect
        return reading.result()
    finally:
        reading.cancel()
        disconnect.cancel()


def _completion(reading: Reading) -> dict[str, Any]:
    message = {"role": "assistant", "content": reading.text or NO_TEXT}
    return {
        "id": f"chatcmpl-{uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": ENGINE,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": _NO_COST,
        "lector": {
            "words": reading.words,
            "confidence": reading.confidence,
            "turned_degrees": reading.turned_degrees,
            "print_read": reading.print_read,
            "blank": reading.blank,
            "language": ", ".join(map(language_codes.tag, reading.languages)),
            "languages_missing": reading.languages_missing,
        },
    }


def _find_image(body: Any) -> bytes:
    """The bytes of the first image in the messages of a request."""
    try:
        parts = [
            p for m in body["messages"] if isinstance(m["content"], list) for p in m["content"]
        ]
        url = next(part["image_url"]["url"] for part in parts if part["type"] == "image_url")
        return base64.b64decode(url.partition("base64,")[2], validate=True)
    except (KeyError, TypeError, AttributeError, StopIteration):
        raise BadImage("send the page as a part of type image_url") from None
    except binascii.Error:
        raise BadImage("the image_url must be a data URL with an image in base64") from None


def _find_languages(body: Any) -> Sequence[str]:
    """Tesseract's codes of the languages that a request names."""
    wishes = body.get("lector") or {}
    languages = wishes.get("language") if isinstance(wishes, dict) else wishes
    if languages is None:
        return ()
    if not isinstance(languages, str):
        raise language_codes.InvalidLanguage("lector.language is a text, such as es")
    return language_codes.parse(languages) if languages.strip() else ()


async def _answer_readiness(request: Request) -> Response:
    reason = await request.app.state.readiness.reason()
    return PlainTextResponse(f"{reason or 'ok'}\n", 503 if reason else 200)


def _list_models(_: Request) -> Response:
    try:
        languages = [language_codes.tag(code) for code in language_data.languages()]
    except FileNotFoundError as error:
        return _error(503, str(error), {"Retry-After": _NO_DATA_RETRY_AFTER_S})
    model = {"id": ENGINE, "object": "model", "lector": {"languages": languages}}
    return JSONResponse({"object": "list", "data": [model]})


def _error(status: int, message: str, headers: dict[str, str]) -> Response:
    return JSONResponse({"error": {"message": message, "code": status}}, status, headers)


if __name__ == "__main__":
    logs.configure(settings.current(settings.Logging))
    address = settings.current(settings.Address)
    # When all is answered, uvicorn raises the signal once more, which is no failure of ours.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn_server.run(
        app(),
        host=address.host,
        port=address.port,
        log_level="warning",
        timeout_graceful_shutdown=25,
    )
