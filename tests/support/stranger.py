"""What somebody gets who has no secret of a Lector, but reaches its ports and sockets.

`tries` runs this file's text as another user of the machine where it may (as root), so it stands on
the standard library alone.
"""

import encodings.idna  # noqa: F401 - sockets look for it later, when this folder may be closed
import json
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

NOBODY = 65534
TIMEOUT_S = 2.0
# Whether a process is well, anybody may know, as long as the answer says no more than that.
HEALTH = ("/health/readiness", "/health/liveness", "/healthz", "/status")
PATHS = (
    *HEALTH,
    "/",
    "/ui/index.html",
    "/metrics",
    "/debug/pprof/",
    "/dir/status",
    "/dir/assign",
    "/dir/lookup?volumeId=1",
    "/vol/status",
    "/col/delete?collection=lector",
    "/cluster/status",
    "/1,01637037d6",
    "/buckets/lector/files/?limit=10",
    "/lector?list-type=2",
    "/lector/ready",
    "/varz",
    "/connz",
    "/jsz?consumers=true",
    "/v1/models",
    "/openapi.json",
)
EVENT = {
    "specversion": "1.0",
    "type": "lector.outbox.written",
    "source": "/stranger",
    "id": "1",
    "subject": "outbox",
    "data": {},
}
CALLERS = (
    {"Host": "127.0.0.1"},
    {"Host": "evil.example", "Origin": "https://evil.example"},
    {"Host": "127.0.0.1", "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
)
HTTP2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
_STARTUP = b"\x00\x03\x00\x00user\x00lector\x00database\x00lector\x00\x00"
POSTGRES = (len(_STARTUP) + 4).to_bytes(4, "big") + _STARTUP
NATS = b'CONNECT {"verbose":true,"pedantic":false}\r\nPING\r\n'


def requests() -> Iterator[tuple[str, bytes]]:
    """Everything that is tried at a port, with a name for each."""
    body = json.dumps(EVENT).encode()
    for caller in CALLERS:
        for path in PATHS:
            yield f"GET {path} {caller}", request("GET", path, caller)
        yield f"PUT {caller}", request("PUT", "/buckets/lector/planted", caller, b"planted")
        yield f"DELETE {caller}", request("DELETE", "/buckets/lector/planted", caller)
        event = {**caller, "Content-Type": "application/cloudevents+json"}
        yield f"event {caller}", request("POST", "/", event, body)
    yield "HTTP/2", HTTP2
    yield "PostgreSQL", POSTGRES
    yield "NATS", NATS


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """A request of HTTP/1.1."""
    fields = {**headers, "Connection": "close", "Content-Length": str(len(body))}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def answer(port: int, opening: bytes, *, encrypted: bool) -> bytes:
    """What a port answers, as far as it comes in time."""
    received = b""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S) as plain:
            connection = plain
            if encrypted:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
                if opening == HTTP2:
                    context.set_alpn_protocols(["h2"])
                connection = context.wrap_socket(plain)
            connection.sendall(opening)
            while len(received) < 100_000 and (chunk := connection.recv(65536)):
                received += chunk
                if opening in (HTTP2, POSTGRES) or b"PONG" in received:
                    break
    except OSError:
        pass  # refused, or closed
    return received


def lets_in(name: str, received: bytes) -> bool:
    """Whether an answer is more than a refusal."""
    match name:
        case "HTTP/2":  # a frame with settings: the connection is accepted
            return received[3:4] == b"\x04"
        case "PostgreSQL":  # authentication is not asked for
            return received[:1] == b"R" and received[5:9] == b"\x00\x00\x00\x00"
        case "NATS":
            return b"PONG" in received or b"+OK" in received
    return received.startswith(b"HTTP/1.") and not _is_refusal(name, received)


def _is_refusal(name: str, received: bytes) -> bool:
    """Whether an answer of HTTP says no, or no more than that a process is well."""
    head, _, body = received.partition(b"\r\n\r\n")
    if name.startswith("GET ") and name.split()[1] in HEALTH and body.strip() in (b"", b"ok"):
        return True
    return int(head.split()[1]) >= 400


def try_port(port: int) -> list[str]:
    """What a port lets a stranger do."""
    return [
        f"{'TLS ' if encrypted else ''}{name}: {received[:80]!r}"
        for encrypted in (False, True)
        for name, opening in requests()
        if lets_in(name, received := answer(port, opening, encrypted=encrypted))
    ]


def try_socket(path: str) -> list[str]:
    """Whether a stranger gets through to a socket in the file system."""
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(path)
        except OSError:
            return []
    return ["connected"]


def tries(ports: Sequence[int], sockets: Sequence[str]) -> dict[str, list[str]]:
    """What each port and socket lets another user do; nothing, if all is well.

    Without the rights to become another user, sockets are not tried.
    """
    tried = {"ports": list(ports), "sockets": list(sockets) if os.geteuid() == 0 else []}
    done = subprocess.run(
        [sys.executable, "-I", "-c", Path(__file__).read_text(), json.dumps(tried)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


def main() -> None:
    """Try what the argument lists, and write what was let in."""
    tried = json.loads(sys.argv[1])
    if os.geteuid() == 0:  # only now, as the interpreter may be in a folder of root's
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    with ThreadPoolExecutor(8) as pool:
        ports = dict(zip(map(str, tried["ports"]), pool.map(try_port, tried["ports"]), strict=True))
    found = {**ports, **{path: try_socket(path) for path in tried["sockets"]}}
    json.dump({where: what for where, what in found.items() if what}, sys.stdout)


if __name__ == "__main__":
    main()
