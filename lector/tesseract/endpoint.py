"""Tesseract behind an OpenAI-compatible /v1/chat/completions: the model that needs no account.

Run as `python -m lector.tesseract.endpoint`. HOST and PORT say where it listens, READERS how many
pages it reads at once (by default one for each processor). It reads the first image of the
messages, a data URL, and answers with its text. When more pages wait than it could read soon, it
answers 429 with Retry-After, as hosted models do.

Beside what every such endpoint answers, `lector.words` gives the place of each word of the text, as
[word, left, top, right, bottom] in shares of the image, from its top left corner.
"""

import asyncio
import base64
import binascii
import io
import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import uvicorn
from PIL import Image, UnidentifiedImageError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from lector.runtime import settings
from lector.tesseract import recognition
from lector.tesseract.recognition import ENGINE, Reading

NO_TEXT = "[no text]"
_WAITING_PER_READER = 8
_NO_COST = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0, "cost": 0}


class _BadImage(Exception):
    """The request carries no image that can be read; the message says what is wrong."""


def app() -> Starlette:
    """The endpoint as an ASGI application."""
    routes = [
        Route("/v1/chat/completions", complete, methods=["POST"]),
        Route("/v1/models", _list_models),
        Route("/health/{kind}", lambda _: PlainTextResponse("ok\n")),
    ]
    application = Starlette(routes=routes)
    readers = settings.current(settings.Tesseract).readers or os.cpu_count() or 1
    application.state.readers = ThreadPoolExecutor(readers)
    application.state.most_waiting = _WAITING_PER_READER * readers
    application.state.waiting = 0
    return application


async def complete(request: Request) -> Response:
    """Answer one chat completion: the text in the first image."""
    state = request.app.state
    if state.waiting >= state.most_waiting:
        return _error(429, "too many pages are waiting", {"Retry-After": "1"})
    state.waiting += 1
    try:
        image = _decode_image(await request.json())
        reading = await asyncio.get_running_loop().run_in_executor(
            state.readers, recognition.read, image
        )
    except (_BadImage, ValueError) as error:
        return _error(400, str(error), {})
    finally:
        state.waiting -= 1
    return JSONResponse(_completion(reading))


def _completion(reading: Reading) -> dict[str, Any]:
    message = {"role": "assistant", "content": reading.text or NO_TEXT}
    return {
        "id": f"chatcmpl-{uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": ENGINE,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": _NO_COST,
        "lector": {"words": reading.words},
    }


def _decode_image(body: Any) -> Image.Image:
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


def _list_models(_: Request) -> Response:
    return JSONResponse({"object": "list", "data": [{"id": ENGINE, "object": "model"}]})


def _error(status: int, message: str, headers: dict[str, str]) -> Response:
    return JSONResponse({"error": {"message": message, "code": status}}, status, headers)


if __name__ == "__main__":
    recognition.data_folder()  # a reader without it would answer nothing
    address = settings.current(settings.Address)
    uvicorn.run(
        app(),
        host=address.host,
        port=address.port,
        log_level="warning",
        timeout_graceful_shutdown=25,
    )
