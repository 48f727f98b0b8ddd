"""A server on loopback that is told things, and misbehaves in every way a test wants."""

import json
import socket
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from typing import Any

Act = Callable[[socket.socket, threading.Event], None]


@dataclass(frozen=True)
class Told:
    """A request that came."""

    path: str
    headers: Message
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def answers(status: int, *headers: str, body: bytes = b"") -> Act:
    def act(connection: socket.socket, _: threading.Event) -> None:
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close"]
        connection.sendall("\r\n".join([*lines, *headers, "", ""]).encode() + body)

    return act


def says_nothing(_: socket.socket, halt: threading.Event) -> None:
    halt.wait(30)


def drips_headers(connection: socket.socket, halt: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while not halt.wait(0.2):
        connection.sendall(b"X-More: 1\r\n")


def drips_a_body(connection: socket.socket, halt: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not halt.wait(0.2):
        connection.sendall(b"1\r\nx\r\n")


def hangs_up(connection: socket.socket, _: threading.Event) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def talks_nonsense(connection: socket.socket, _: threading.Event) -> None:
    connection.sendall(b"220 smtp.example.org ESMTP\r\n")


def floods(connection: socket.socket, halt: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
    while not halt.is_set():
        connection.sendall(b"x" * 65536)


class Listener:
    """Does with each request what `script` says next, then what `otherwise` does."""

    def __init__(self) -> None:
        self.script: deque[Act] = deque()
        self.otherwise: Act = answers(204)
        self.told: list[Told] = []
        self._halt = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()

    def of_type(self, event_type: str) -> list[Told]:
        return [told for told in list(self.told) if told.headers["ce-type"] == event_type]

    def stop(self) -> None:
        self._halt.set()
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for thread in [self._accepting, *self._threads]:
            thread.join()

    def _accept(self) -> None:
        while not self._halt.is_set():
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=[connection])
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(5)
            try:
                told = _request(connection)
                self.told.append(told)
                act = self.script.popleft() if self.script else self.otherwise
                act(connection, self._halt)
            except OSError:
                pass  # whoever asked has gone


def _request(connection: socket.socket) -> Told:
    stream = connection.makefile("rb")
    path = stream.readline().split()[1].decode()
    headers = Message()
    while line := stream.readline().strip().decode():
        name, _, value = line.partition(":")
        headers[name] = value.strip()
    body = stream.read(int(headers.get("Content-Length", "0")))
    stream.close()
    return Told(path, headers, body)
