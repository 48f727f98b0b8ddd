"""The bridge's parts around a function that answers what a test tells it to."""

import asyncio
import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

import httpx2
import psutil
import pytest
from google.protobuf.message import Message as Contract
from nats.aio.client import Client
from nats.errors import TimeoutError as NatsTimeout
from nats.js import JetStreamContext
from nats.js.api import ConsumerInfo, DiscardPolicy, RawStreamMsg
from nats.js.errors import NotFoundError

from lector.bridge import http_client
from lector.bridge.jetstream import nats_cloudevents, streams
from lector.bridge.jetstream_source.interest import Interest
from lector.bridge.jetstream_source.source import Subscriber
from lector.bridge.subscriptions import Subscription
from lector.contracts import DeliveryFailed, FileUploaded
from lector.local.process import Child, wait_ready
from lector.runtime import events, settings
from lector.runtime.events import Event
from lector.runtime.wakeup import Waker
from tests.support.model import Answer
from tests.support.parts import Parts

Result = TypeVar("Result")

NO_CONTENT = Answer(204)
#: The status of an answer that never comes: the connection is closed instead.
BROKEN_OFF = Answer(0)


def wait_until(true: Callable[[], object], timeout_s: float = 30.0, what: str = "") -> None:
    """Wait for a condition; an `AssertionError` if it does not come.

    What comes costs no more than it takes: the time allows for a slow machine that is busy.
    """
    deadline = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline, what or "waited in vain"
        time.sleep(0.01)


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """These settings, and none that were read before."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in values.items():
            patch.setenv(name, value)
        settings.current.cache_clear()
        yield
    settings.current.cache_clear()


def uploaded(size_bytes: int = 1, name: str = "a.pdf", **attributes: Any) -> Event[FileUploaded]:
    """An event about a file of its own."""
    data = FileUploaded(generation=1, object_key="k", name=name, size_bytes=size_bytes)
    made = events.event(str(uuid4()), uuid4(), data, "test")
    return replace(made, **attributes)


def answer(event: Event[Any]) -> Answer:
    """The HTTP answer that carries an event."""
    headers, body = events.to_http(event)
    return Answer(200, body, headers)


def problem(status: int, code: str = "", detail: str = "no", **headers: str) -> Answer:
    """An HTTP answer with problem details; `retry_after` is the header Retry-After."""
    body = b'{"code": "%s", "detail": "%s"}' % (code.encode(), detail.encode())
    return Answer(status, body, {name.replace("_", "-"): v for name, v in headers.items()})


@dataclass(frozen=True)
class Request:
    """One request that the function got."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float

    @property
    def subject(self) -> str:
        return self.headers["ce-subject"]

    @property
    def event(self) -> Event[Any]:
        return events.from_request(self.headers, self.body)


class ScriptedFunction:
    """A real HTTP server: answers with `script`, one after the other, then with `otherwise`."""

    def __init__(self, port: int = 0) -> None:
        self.script: deque[Answer] = deque()
        #: What some requests are always answered; None for those that go by the script.
        self.rule: Callable[[Request], Answer | None] = lambda _: None
        self.otherwise = NO_CONTENT
        self.requests: list[Request] = []
        self.health_requests: list[str] = []
        self.health_delay_s = 0.0
        self.busy = 0
        self.most_busy = 0
        #: How many requests are served at once; beyond, the answer is 429.
        self.ceiling = 1_000_000
        self.refused = 0
        #: While it is cleared, requests are taken and not answered.
        self.answering = threading.Event()
        self.answering.set()
        self._lock = threading.Lock()
        self._halt = threading.Event()
        self._server = _Server(("127.0.0.1", port), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.02])
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def answers(self, *script: Answer, otherwise: Answer = NO_CONTENT) -> None:
        self.script.extend(script)
        self.otherwise = otherwise

    def got(self, count: int, timeout_s: float = 30.0) -> list[Request]:
        """Wait for that many requests; exactly so many may have come."""
        wait_until(
            lambda: len(self.requests) >= count, timeout_s, f"{len(self.requests)} of {count}"
        )
        assert len(self.requests) == count
        return list(self.requests)

    def has(self, count: int) -> bool:
        """Whether so many requests have come."""
        return len(self.requests) >= count

    def about(self, event: Event[Any]) -> list[Request]:
        """The requests about an event so far."""
        return [request for request in self.requests if request.headers.get("ce-id") == event.id]

    def stop(self) -> None:
        self._halt.set()
        self.answering.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _next(self, request: Request) -> Answer:
        with self._lock:
            self.requests.append(request)
            self.busy += 1
            self.most_busy = max(self.busy, self.most_busy)
            if self.busy > self.ceiling:
                self.refused += 1
                return problem(429)
            if (ruled := self.rule(request)) is not None:
                return ruled
            return self.script.popleft() if self.script else self.otherwise

    def _done(self) -> None:
        with self._lock:
            self.busy -= 1

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        function = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                given = function._next(Request(self.path, headers, body, time.monotonic()))
                function.answering.wait()
                function._halt.wait(given.delay_s)
                function._done()
                if given == BROKEN_OFF:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.send_response(given.status)
                for name, value in given.headers.items():
                    self.send_header(name, value)
                if given.status != 204:
                    self.send_header("Content-Length", str(len(given.body)))
                self.end_headers()
                self.wfile.write(given.body)

            def do_GET(self) -> None:
                function.health_requests.append(self.path)
                function._halt.wait(function.health_delay_s)
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever asked has gone; that is often what a test is about."""


class Loop:
    """An asyncio loop in a thread, so that a test reads from top to bottom.

    Whatever a task of the product lets escape is an error of the test.
    """

    def __init__(self) -> None:
        self.escaped: list[dict[str, Any]] = []
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda _, context: self.escaped.append(context))
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, Result], timeout_s: float = 30.0) -> Result:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout_s)

    def begin(self, coroutine: Coroutine[Any, Any, Result]) -> "asyncio.Task[Result]":
        async def begun() -> "asyncio.Task[Result]":
            return asyncio.create_task(coroutine)

        return self.run(begun())

    def end(self, task: "asyncio.Task[Any]") -> None:
        """Cancel a task and wait for its end."""

        async def ended() -> None:
            task.cancel()
            await asyncio.wait([task])

        self.run(ended())

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Nats:
    """A look at the streams of the real NATS from outside."""

    def __init__(self, loop: Loop, services: Parts) -> None:
        self._services = services
        self._loop = loop
        self.client: Client = loop.run(streams.connect("test"))
        self.js: JetStreamContext = self.client.jetstream()
        loop.run(streams.ensure(self.js))

    def close(self) -> None:
        self._loop.run(self.client.close())

    def publish(self, subject: str, body: bytes, headers: dict[str, str] | None = None) -> None:
        self._loop.run(self.js.publish(subject, body, headers=headers))

    def publish_raw(self, subject: str, headers: Mapping[str, str], body: bytes) -> None:
        """Publish past every check that a client makes, as somebody else's client might."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        block = f"NATS/1.0\r\n{lines}\r\n".encode()
        url = urlsplit(self._services.settings["NATS_URL"])
        login = json.dumps({"user": url.username, "pass": url.password, "headers": True})
        command = f"CONNECT {login}\r\nHPUB {subject} {len(block)} {len(block) + len(body)}\r\n"
        with socket.create_connection((url.hostname, url.port), 5) as connection:
            connection.sendall(command.encode() + block + body + b"\r\nPING\r\n")
            received = b""
            while b"PONG" not in received:
                received += connection.recv(4096)
                assert b"-ERR" not in received, received

    def stored(self, subject: str, stream: str = streams.LECTOR) -> list[RawStreamMsg]:
        """Every message of a stream under a subject, in order."""

        async def found() -> list[RawStreamMsg]:
            messages: list[RawStreamMsg] = []
            seq = 1
            with suppress(NotFoundError):
                while True:
                    message = await self.js.get_msg(stream, seq, subject=subject, next=True)
                    messages.append(message)
                    seq = (message.seq or 0) + 1
            return messages

        return self._loop.run(found())

    def published(self, event: Event[Any]) -> list[RawStreamMsg]:
        """The messages that an event became."""
        return self.stored(f"{event.type}.{event.subject}")

    def last_sequence(self, stream: str) -> int:
        return self._loop.run(self.js.stream_info(stream)).state.last_seq

    def purge(self, stream: str) -> None:
        """Take every message out of a stream."""
        self._loop.run(self.js.purge_stream(stream))

    def limit_message_size(self, max_bytes: int, stream: str = streams.LECTOR) -> None:
        """Have a stream refuse larger messages; -1 lifts that."""
        config = self._loop.run(self.js.stream_info(stream)).config
        self._loop.run(self.js.update_stream(config.evolve(max_msg_size=max_bytes)))

    @contextmanager
    def without_room(self, stream: str = streams.LECTOR) -> Iterator[None]:
        """A stream that refuses whatever is new; at the end it has room again."""
        info = self._loop.run(self.js.stream_info(stream))
        full = info.config.evolve(max_bytes=max(1, info.state.bytes), discard=DiscardPolicy.NEW)
        self._loop.run(self.js.update_stream(full))
        try:
            yield
        finally:
            self._loop.run(self.js.update_stream(info.config))

    @contextmanager
    def disk_full(self) -> Iterator[None]:
        """A server that cannot write a file. Its stream stays closed until it is started again."""
        forever = psutil.RLIM_INFINITY
        psutil.Process(self.server.pid).rlimit(psutil.RLIMIT_FSIZE, (1, forever))
        try:
            yield
        finally:
            with self.down():
                pass

    @contextmanager
    def halted(self) -> Iterator[None]:
        """A server that answers nothing, and goes on at the end."""
        psutil.Process(self.server.pid).suspend()
        try:
            yield
        finally:
            psutil.Process(self.server.pid).resume()

    @property
    def server(self) -> Child:
        return self._services.children["nats"]

    @contextmanager
    def down(self) -> Iterator[None]:
        """A killed NATS server, started again at the end, with the sink connected again."""
        self.server.kill()
        try:
            yield
        finally:
            self.server.start()
            wait_ready(self.server, self._services.embedded.nats.ready)
            wait_until(self._sink_publishes, 30)
            wait_until(lambda: self.client.is_connected)

    def _sink_publishes(self) -> bool:
        return post(self._services, uploaded()).status_code == 202


def post(services: Parts, event: Event[Any]) -> httpx2.Response:
    """POST an event to the sink, in binary mode."""
    headers, body = events.to_http(event)
    return httpx2.post(services.settings["K_SINK"], content=body, headers=headers, timeout=20)


async def _http_client() -> http_client.Client:
    """One that belongs to the loop that runs this."""
    return http_client.Client()


class Delivering:
    """One subscription of the JetStream source, at work on the real NATS."""

    def __init__(
        self,
        loop: Loop,
        nats: Nats,
        subscription: Subscription,
        urls: Mapping[str, str],
        interest: Interest | None = None,
    ) -> None:
        self._loop = loop
        self._nats = nats
        self.subscription = subscription
        self._http = loop.run(_http_client())
        self.subscriber = Subscriber(
            nats.client, self._http, subscription, urls, Waker(60), interest
        )
        self._task = loop.begin(self.subscriber.run())
        wait_until(self._is_bound)

    def _is_bound(self) -> bool:
        try:
            return bool(self.consumer())
        except NotFoundError:
            return False

    def subject(self, event: Event[Any]) -> str:
        return f"{self.subscription.type}.{event.subject}"

    def publish(self, *published: Event[Any]) -> None:
        """Put events where only this subscription reads."""

        async def together() -> None:
            await asyncio.gather(*(self._publish(event) for event in published))

        self._loop.run(together())

    async def _publish(self, event: Event[Any]) -> None:
        [message] = nats_cloudevents.from_request(*events.to_http(event))
        await self._nats.js.publish(self.subject(event), message.body, headers=message.headers)

    def consumer(self) -> ConsumerInfo:
        row = self.subscription
        found: ConsumerInfo = self._loop.run(self._nats.js.consumer_info(row.stream, row.durable))
        return found

    def deliveries(self) -> int:
        """How often a message was sent to a source, this one or another."""
        delivered = self.consumer().delivered
        return delivered.consumer_seq if delivered else 0

    def is_settled(self) -> bool:
        """Whether every message was acked or taken away."""
        state = self.consumer()
        return not state.num_pending and not state.num_ack_pending

    def settled(self, timeout_s: float = 30.0) -> None:
        wait_until(self.is_settled, timeout_s, "a message is still under way")

    def letters(self, event: Event[Any]) -> list[Event[DeliveryFailed]]:
        """The dead letters about an event."""
        found = self._nats.stored(f"dead.{self.subject(event)}", streams.DEAD)
        return [as_event(message) for message in found]

    def letter(self, event: Event[Any]) -> DeliveryFailed:
        """The one dead letter about an event, once it is there and the message is gone."""
        wait_until(lambda: self.letters(event), what="there is no dead letter")
        self.settled()
        [letter] = self.letters(event)
        return letter.data

    def forget(self) -> None:
        """Delete the durable consumer, so that a new one starts with the first message."""
        row = self.subscription
        self._loop.run(self._nats.js.delete_consumer(row.stream, row.durable))

    def stop_asking(self) -> None:
        """Ask for nothing more; what was asked for may still come."""
        self._loop.end(self._task)

    def pause(self) -> None:
        """Take nothing more, as the source does when it is asked to end."""
        self.stop_asking()
        self._loop.run(self.subscriber.return_unstarted())

    def finish(self) -> None:
        """Wait for the deliveries under way, as the source does at its end."""
        self._loop.run(self.subscriber.finish())

    def resume(self) -> None:
        self._task = self._loop.begin(self.subscriber.run())

    def end(self) -> None:
        self.pause()
        self.finish()
        # Its name is nobody else's, so it may stay where a reconnect has lost the answer.
        with suppress(NotFoundError, NatsTimeout):
            self.forget()
        self._loop.run(self._http.close())


class Source:
    """Makes subscriptions with names of their own and short times."""

    def __init__(self, loop: Loop, nats: Nats, function: ScriptedFunction) -> None:
        self.loop = loop
        self.nats = nats
        self._function = function
        self._begun: list[Delivering] = []

    def serves(
        self,
        urls: Mapping[str, str] | None = None,
        interest: Callable[[Subscription], Interest] | None = None,
        **changes: Any,
    ) -> Delivering:
        """A subscription to events of its own, POSTed to the scripted function."""
        row = self._row(changes)
        begun = Delivering(
            self.loop,
            self.nats,
            row,
            {row.function: self._function.url, **(urls or {})},
            interest(row) if interest else None,
        )
        self._begun.append(begun)
        return begun

    def _row(self, changes: Mapping[str, Any]) -> Subscription:
        name = f"test{uuid4().hex[:12]}"
        row = Subscription(
            function=name,
            type=f"lector.{name}",
            slots_at_start=4,
            slots_at_most=8,
            wakes=(),
            post_timeout_s=5,
            deadline_s=10,
            ack_wait_s=1,
            attempts=3,
            patience_h=24,
            pause_at_most_s=60,
        )
        return replace(row, **changes)

    def end(self) -> None:
        for begun in self._begun:
            begun.end()


def as_event(message: RawStreamMsg) -> Event[Any]:
    """The event in a stored message."""
    return events.from_request(
        nats_cloudevents.to_request(message.headers or {}), message.data or b""
    )


def event_of(data: Contract) -> Event[Any]:
    """An event with this data, about a file of its own."""
    return events.event(str(uuid4()), uuid4(), data, "test")


def delays(requests: Sequence[Request]) -> list[float]:
    """The seconds between requests."""
    return [after.at - before.at for before, after in pairwise(requests)]
