"""Connections of an ASGI server: a slow client is closed before it costs others anything.

uvicorn itself waits for ever for the end of a header, and for a client that does not read. Here a
header has a deadline, and so has each piece of an answer. What waits for its header is bounded, for
each address and in all: beyond the bound the oldest is closed, as somebody with good intentions has
sent a header long before.
"""

import asyncio
import resource
from collections import OrderedDict, defaultdict
from contextlib import suppress
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from lector.runtime.settings import Connections

_MOST_FILES = 65_536
_OTHER_FILES = 256  # for the database, the object store, files on the disk


def raise_file_limit() -> int:
    """Allow this process as many open files as its hard limit does, at most 65,536; how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(ValueError, OSError):  # the kernel may have a limit of its own, as on macOS
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            soft = most
    return most if soft == resource.RLIM_INFINITY else soft


def most_connections(files: int) -> int:
    """How many of so many files may be connections."""
    return max(files - _OTHER_FILES, files // 2)


def protocol(config: Connections, files: int) -> type[asyncio.Protocol]:
    """The protocol of one server, whose process may open so many files."""
    waiting = _Waiting(config, most_connections(files))

    class Protocol(_BoundedProtocol):
        """Shares what the server counts."""

        def __init__(self, *arguments: Any, **more: Any) -> None:
            super().__init__(*arguments, **more)
            self.waiting = waiting
            self.limits = config

    return Protocol


class _BoundedProtocol(H11Protocol):
    """HTTP/1.1 on one connection, which is closed when its client takes too long."""

    waiting: "_Waiting"
    limits: Connections
    _header_timer: asyncio.TimerHandle | None = None
    _answer_timer: asyncio.TimerHandle | None = None

    @property
    def address(self) -> str:
        """Of the client."""
        return self.client[0] if self.client else ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait_for_header()
        self.waiting.bound(len(self.connections))

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._update()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        # A next request may have come already; if not, uvicorn closes the connection after a while.
        if self._is_answering():
            self._stop_waiting()
        else:
            self.waiting.add_idle(self)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stop_waiting()
        self.resume_writing()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._answer_timer = self.loop.call_later(self.limits.answer_timeout_s, self.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._answer_timer:
            self._answer_timer.cancel()
            self._answer_timer = None

    def abort(self) -> None:
        """Close it at once, whatever was still to be sent."""
        self._stop_waiting()
        self.transport.abort()

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _update(self) -> None:
        if self._is_answering() or self.transport.is_closing():
            self._stop_waiting()
        else:  # also where the rest of a body comes that nobody wants any more
            self._wait_for_header()

    def _wait_for_header(self) -> None:
        if self._header_timer is None:
            self._header_timer = self.loop.call_later(self.limits.header_timeout_s, self.abort)
            self.waiting.add(self)

    def _stop_waiting(self) -> None:
        self.waiting.remove(self)
        if self._header_timer:
            self._header_timer.cancel()
            self._header_timer = None


class _Waiting:
    """The connections of a server without a request under way, the oldest first.

    Those that wait for their header are bounded for each address and in all. Those that are idle
    between two requests count only when the process has no more files for connections.
    """

    def __init__(self, config: Connections, most: int) -> None:
        self._config = config
        self._most = most
        self._quiet: OrderedDict[_BoundedProtocol, None] = OrderedDict()
        self._unfinished: OrderedDict[_BoundedProtocol, None] = OrderedDict()
        self._of_address: defaultdict[str, OrderedDict[_BoundedProtocol, None]] = defaultdict(
            OrderedDict
        )

    def add(self, connection: _BoundedProtocol) -> None:
        """It waits for a header; another may be closed for it."""
        of_address = self._of_address[connection.address]
        for group in (self._quiet, self._unfinished, of_address):
            group.pop(connection, None)
            group[connection] = None
        if 0 < self._config.headers_per_address < len(of_address):
            next(iter(of_address)).abort()
        if len(self._unfinished) > self._config.headers_at_once:
            next(iter(self._unfinished)).abort()

    def add_idle(self, connection: _BoundedProtocol) -> None:
        """It has been answered, and may send another request."""
        self.remove(connection)
        if not connection.transport.is_closing():
            self._quiet[connection] = None

    def remove(self, connection: _BoundedProtocol) -> None:
        """It has sent its header, or is gone."""
        self._quiet.pop(connection, None)
        self._unfinished.pop(connection, None)
        of_address = self._of_address.get(connection.address)
        if of_address is not None:
            of_address.pop(connection, None)
            if not of_address:
                del self._of_address[connection.address]

    def bound(self, connections: int) -> None:
        """Close the oldest if there are more connections than there may be."""
        if connections > self._most and self._quiet:
            next(iter(self._quiet)).abort()
