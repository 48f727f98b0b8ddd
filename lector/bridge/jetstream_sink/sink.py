"""jetstream-sink: takes CloudEvents by HTTP, one or a batch, and publishes them to JetStream.

202 is said only after every PubAck; 400 for what is not a CloudEvent, 413 for too much at once,
503 when JetStream does not answer, or has no room, and to whoever lacks the shared secret. Asleep
at zero, it is woken by the next request. It lives without NATS, but is ready only with it.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import MaxPayloadError
from nats.js import JetStreamContext
from opentelemetry.trace import SpanKind
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from lector.bridge.jetstream import nats_cloudevents, streams
from lector.runtime import callers, cloudevents, failpoints, settings
from lector.runtime.failures import MalformedEvent, ProtocolCode
from lector.telemetry import tracing

log = logging.getLogger("lector")

MAX_REQUEST_BYTES = 16 * 1024 * 1024


class _TooLarge(Exception):
    pass


class _Connection:
    """The connection and the streams, which may come later than the first request."""

    def __init__(self) -> None:
        self._prepared: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
        self._preparing = asyncio.create_task(self._prepare())

    @property
    def is_ready(self) -> bool:
        return self._prepared.done() and self._prepared.result().is_connected

    async def context(self) -> JetStreamContext:
        """JetStream, once it is prepared; `TimeoutError` if that takes too long."""
        nats = await asyncio.wait_for(asyncio.shield(self._prepared), streams.PUBACK_S)
        return nats.jetstream()

    async def close(self) -> None:
        self._preparing.cancel()
        if self._prepared.done():
            await streams.disconnect(self._prepared.result())

    async def _prepare(self) -> None:
        nats = await streams.connect("jetstream-sink")
        while not self._prepared.done():
            try:
                await streams.ensure(nats.jetstream())
                self._prepared.set_result(nats)
            except (NatsError, TimeoutError) as error:
                log.warning("cannot reach JetStream, retrying: %s", error)
                await asyncio.sleep(0.5)


def app() -> Starlette:
    """The sink as an ASGI application."""
    routes = [
        Route("/", receive, methods=["POST"]),
        Route("/health/liveness", lambda _: PlainTextResponse("ok\n")),
        Route("/health/readiness", readiness),
    ]
    return Starlette(routes=routes, lifespan=_lifespan)


@contextlib.asynccontextmanager
async def _lifespan(application: Starlette) -> AsyncIterator[None]:
    settings.current(settings.Jetstream)  # fails now, if one is missing
    application.state.jetstream = _Connection()
    yield
    await application.state.jetstream.close()


async def readiness(request: Request) -> Response:
    """Whether an event would be taken now."""
    ready = request.app.state.jetstream.is_ready
    return PlainTextResponse("ok\n" if ready else "NATS is away\n", 200 if ready else 503)


async def receive(request: Request) -> Response:
    """Publish the event or events of one request, if its caller is known."""
    refusal = callers.refusal(request.headers.get(callers.HEADER))
    if refusal:
        return _problem(refusal.status, refusal.code, refusal.detail)
    about = {"http.request.method": "POST", "url.path": "/", "http.route": "/"}
    carried = cloudevents.trace_context(request.headers)
    with tracing.span("POST /", SpanKind.SERVER, carried, about) as span:
        answer = await _publish(request)
        span.set_attribute("http.response.status_code", answer.status_code)
        if answer.status_code >= 500:
            tracing.mark_failed(span, str(answer.status_code))
        return answer


async def _publish(request: Request) -> Response:
    try:
        messages = nats_cloudevents.from_request(request.headers, await _read_body(request))
        if any(len(message.body) > nats_cloudevents.MAX_EVENT_BYTES for message in messages):
            raise _TooLarge
        js = await request.app.state.jetstream.context()
        await asyncio.gather(*(streams.publish(js, message) for message in messages))
        failpoints.passed("sink.published")
    except MalformedEvent as error:
        return _problem(400, ProtocolCode.MALFORMED_EVENT, str(error))
    except (_TooLarge, MaxPayloadError):
        return _problem(413, ProtocolCode.TOO_LARGE, ProtocolCode.TOO_LARGE.sentence)
    except (NatsError, TimeoutError) as error:
        return _problem(503, ProtocolCode.NOT_NOW, f"JetStream takes nothing: {error or 'timeout'}")
    return Response(status_code=202)


async def _read_body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_REQUEST_BYTES:
            raise _TooLarge
    return bytes(body)


def _problem(status: int, code: str, detail: str) -> Response:
    body = {"title": code, "status": status, "detail": detail, "code": code}
    return JSONResponse(body, status, media_type="application/problem+json")
