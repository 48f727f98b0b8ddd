"""jetstream-sink: takes CloudEvents by HTTP, one or a batch, and publishes them to JetStream.

202 is said only after every PubAck; 400 for what is not a CloudEvent, 413 for too much at once,
503 when JetStream does not answer. Asleep at zero, it is woken by the next request.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from nats.errors import Error as NatsError
from nats.errors import MaxPayloadError
from nats.js import JetStreamContext
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

import streams
import wire
from lector.failures import MalformedEvent

log = logging.getLogger("lector")

MAX_REQUEST_BYTES = 16 * 1024 * 1024
_PUBACK_S = 5.0


class _TooLarge(Exception):
    pass


def app() -> Starlette:
    """The sink as an ASGI application."""
    routes = [
        Route("/", receive, methods=["POST"]),
        Route("/health/{kind}", lambda _: PlainTextResponse("ok\n")),
    ]
    return Starlette(routes=routes, lifespan=_connected)


@contextlib.asynccontextmanager
async def _connected(application: Starlette) -> AsyncIterator[None]:
    nats = await streams.connect("jetstream-sink")
    application.state.js = nats.jetstream()
    application.state.ready = asyncio.Event()
    preparing = asyncio.create_task(_prepare(application))
    yield
    preparing.cancel()
    await nats.close()


async def _prepare(application: Starlette) -> None:
    while not application.state.ready.is_set():
        try:
            await streams.ensure(application.state.js)
            application.state.ready.set()
        except (NatsError, TimeoutError) as error:
            log.warning("JetStream is not ready: %s", error)
            await asyncio.sleep(0.5)


async def receive(request: Request) -> Response:
    """Publish the event or events of one request."""
    try:
        messages = wire.from_request(request.headers, await _body(request))
        if any(len(message.body) > wire.MAX_EVENT_BYTES for message in messages):
            raise _TooLarge
        await asyncio.wait_for(request.app.state.ready.wait(), _PUBACK_S)
        js: JetStreamContext = request.app.state.js
        await asyncio.gather(*(_publish(js, message) for message in messages))
    except MalformedEvent as error:
        return _problem(400, "malformed_event", str(error))
    except (_TooLarge, MaxPayloadError):
        return _problem(413, "too_large", "the event or batch is larger than JetStream takes")
    except (NatsError, TimeoutError) as error:
        return _problem(503, "not_now", f"JetStream does not answer: {error or 'timeout'}")
    return Response(status_code=202)


async def _publish(js: JetStreamContext, message: wire.Message) -> None:
    await js.publish(message.subject, message.body, timeout=_PUBACK_S, headers=message.headers)


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_REQUEST_BYTES:
            raise _TooLarge
    return bytes(body)


def _problem(status: int, code: str, detail: str) -> Response:
    body = {"title": code, "status": status, "detail": detail, "code": code}
    return JSONResponse(body, status, media_type="application/problem+json")
