"""A model that reads nothing: any chat completion is answered after DELAY_S seconds, in 500 words.

It also takes traces and metrics by OTLP, and keeps none.

Run as `python -m benchmarks.model_server` with PORT and DELAY_S; ANSWER_WORDS makes it fewer words.
"""

import asyncio
import json
import os

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from benchmarks import samples


def _answer() -> str:
    words = samples.page_text().split()
    return " ".join(words[: int(os.environ.get("ANSWER_WORDS", len(words)))])


_COMPLETION = {
    "id": "chatcmpl-bench",
    "object": "chat.completion",
    "created": 1,
    "model": "bench-1",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": _answer()},
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 1500, "completion_tokens": 500, "total_tokens": 2000},
}


def app(delay_s: float) -> Starlette:
    """The endpoint as an ASGI application."""

    answer = json.dumps(_COMPLETION).encode()

    async def complete(request: Request) -> Response:
        await request.body()
        await asyncio.sleep(delay_s)
        return Response(answer, media_type="application/json")

    async def take(request: Request) -> Response:
        await request.body()
        return Response()

    return Starlette(
        routes=[
            Route("/v1/traces", take, methods=["POST"]),
            Route("/v1/metrics", take, methods=["POST"]),
            Route("/v1/chat/completions", complete, methods=["POST"]),
            Route("/health/{kind}", lambda _: PlainTextResponse("ok\n")),
        ]
    )


if __name__ == "__main__":
    delay = float(os.environ["DELAY_S"])
    uvicorn.run(app(delay), host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
