"""jetstream-sink: takes CloudEvents by HTTP, one or a batch, and publishes them to JetStream.

202 is said only after every PubAck; 400 for what is not a CloudEvent, 413 for too much at once,
503 when JetStream does not answer, or has no room, and to whoever lacks the shared secret. Asleep
at zero, it is woken by the next request. It lives without NATS, but is ready only with it.

By aiohttp, as the sources: a request takes less than behind uvicorn and Starlette (decision 43).
"""

import asyncio
import contextlib
import logging
import signal

from aiohttp import web
from aiohttp.typedefs import Handler
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import MaxPayloadError
from nats.js import JetStreamContext
from opentelemetry.trace import SpanKind

from lector.bridge.jetstream import nats_cloudevents, streams
from lector.runtime import callers, cloudevents, failpoints, settings
from lector.runtime.failures import MalformedEvent, ProtocolCode
from lector.telemetry import tracing

log = logging.getLogger("lector")

MAX_REQUEST_BYTES = 16 * 1024 * 1024

_GRACE_S, _CLOSE_S = 25.0, 1.0  # for what is under way, then for connections
# An event's attributes are headers, of up to 64 KiB in all.
_LONGEST_HEADER = 100 * 1024


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


class _UnderWay:
    """The requests that have begun and are not answered."""

    def __init__(self) -> None:
        self._count = 0
        self._changed = asyncio.Event()

        @web.middleware
        async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
            self._count += 1
            try:
                return await handler(request)
            finally:
                self._count -= 1
                self._changed.set()

        self.count = count

    async def wait_none(self, for_s: float) -> None:
        """Until there is none, for so many seconds at most."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(for_s):
                while self._count:
                    self._changed.clear()
                    await self._changed.wait()


_JETSTREAM = web.AppKey("jetstream", _Connection)


async def run() -> None:
    """Serve on HOST:PORT until SIGTERM or SIGINT, then finish what is under way."""
    settings.current(settings.Jetstream)  # fails now, if one is missing
    address, stop = settings.current(settings.Address), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    jetstream, under_way = _Connection(), _UnderWay()
    runner = web.AppRunner(
        _app(jetstream, under_way),
        access_log=None,
        keepalive_timeout=callers.ANSWERING_IDLE_S,
        shutdown_timeout=_CLOSE_S,
        max_line_size=_LONGEST_HEADER,
        max_field_size=_LONGEST_HEADER,
    )
    await runner.setup()
    site = web.TCPSite(runner, address.host, address.port)
    await site.start()
    await stop.wait()
    await site.stop()
    # aiohttp reads nothing more once it cleans up: what comes of a request by halves would be lost.
    await under_way.wait_none(_GRACE_S)
    await runner.cleanup()
    await jetstream.close()


def _app(jetstream: _Connection, under_way: _UnderWay) -> web.Application:
    app = web.Application(middlewares=[under_way.count])
    app[_JETSTREAM] = jetstream
    app.router.add_post("/", receive)
    app.router.add_get("/health/liveness", liveness)
    app.router.add_get("/health/readiness", readiness)
    return app


async def liveness(_: web.Request) -> web.Response:
    """That it runs."""
    return web.Response(text="ok\n")


async def readiness(request: web.Request) -> web.Response:
    """Whether an event would be taken now."""
    ready = request.app[_JETSTREAM].is_ready
    return web.Response(text="ok\n" if ready else "NATS is away\n", status=200 if ready else 503)


async def receive(request: web.Request) -> web.Response:
    """Publish the event or events of one request, if its caller is known."""
    refusal = callers.refusal(request.headers.get(callers.HEADER))
    if refusal:
        return _problem(refusal.status, refusal.code, refusal.detail)
    about = {"http.request.method": "POST", "url.path": "/", "http.route": "/"}
    carried = cloudevents.trace_context(request.headers)
    with tracing.span("POST /", SpanKind.SERVER, carried, about) as span:
        answer = await _publish(request)
        span.set_attribute("http.response.status_code", answer.status)
        if answer.status >= 500:
            tracing.mark_failed(span, str(answer.status))
        return answer


async def _publish(request: web.Request) -> web.Response:
    try:
        messages = nats_cloudevents.from_request(request.headers, await _read_body(request))
        if any(len(message.body) > nats_cloudevents.MAX_EVENT_BYTES for message in messages):
            raise _TooLarge
        js = await request.app[_JETSTREAM].context()
        await asyncio.gather(*(streams.publish(js, message) for message in messages))
        failpoints.passed("sink.published")
    except MalformedEvent as error:
        return _problem(400, ProtocolCode.MALFORMED_EVENT, str(error))
    except (_TooLarge, MaxPayloadError):
        return _problem(413, ProtocolCode.TOO_LARGE, ProtocolCode.TOO_LARGE.sentence)
    except (NatsError, TimeoutError) as error:
        return _problem(503, ProtocolCode.NOT_NOW, f"JetStream takes nothing: {error or 'timeout'}")
    return web.Response(status=202)


async def _read_body(request: web.Request) -> bytes:
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > MAX_REQUEST_BYTES:
            raise _TooLarge
    return bytes(body)


def _problem(status: int, code: str, detail: str) -> web.Response:
    body = {"title": code, "status": status, "detail": detail, "code": code}
    return web.json_response(body, status=status, content_type="application/problem+json")
