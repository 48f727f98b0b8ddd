"""Where no Lector is, a command says why in words that say what to look at."""

import errno
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import pytest

from lector.cli.answers import ServerError
from lector.cli.client import Client
from lector.client import unreachable
from lector.local.process import free_port
from tests.support import certificates, listener
from tests.support.listener import Listener


def refusal(url: str) -> str:
    with Client(url) as asked, pytest.raises(ServerError) as caught:
        asked.send("GET", "/v1/files", retry_for_s=0)
    assert str(caught.value).startswith(f"{url} cannot be reached: ")
    return str(caught.value).removeprefix(f"{url} cannot be reached: ")


@contextmanager
def server(answer: Callable[[socket.socket], object]) -> Iterator[int]:
    """Somebody who takes one connection, and does this with it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, suppress(OSError):  # of a handshake that the client breaks off
                answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(5)


def test_where_nothing_listens_it_says_what_starts_a_lector() -> None:
    assert refusal(f"http://127.0.0.1:{free_port()}") == (
        "nothing listens there; is Lector running? `lector up` starts one on a machine"
    )


def test_a_host_that_is_none_is_named() -> None:
    assert refusal("http://no-such-host.invalid:8080") == (
        "no host no-such-host.invalid was found; check the address, and whether you are online"
    )


def test_an_address_without_its_scheme_is_told_what_it_lacks() -> None:
    assert refusal("lector.example") == "its address must begin with http:// or https://"


def test_a_server_without_https_is_told_apart() -> None:
    def answer(it: socket.socket) -> None:
        it.recv(100)
        it.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with server(answer) as port:
        assert refusal(f"https://127.0.0.1:{port}") == "it does not speak HTTPS there; try http://"


def test_who_hangs_up_may_be_no_lector() -> None:
    with server(lambda it: it.recv(100)) as port:
        assert refusal(f"http://127.0.0.1:{port}") == (
            "the connection was broken off; is that a Lector, and does it still run?"
        )


def test_a_certificate_that_is_not_accepted_has_the_clock_looked_at(tmp_path: Path) -> None:
    _, context = certificates.self_signed(tmp_path)
    with server(lambda it: context.wrap_socket(it, server_side=True)) as port:
        said = refusal(f"https://localhost:{port}")
    assert said.startswith("its certificate is not accepted (self-signed certificate")
    assert said.endswith("; check this machine's clock, too")


def test_a_server_that_says_nothing_is_given_up_with_a_reason() -> None:
    said = unreachable.describe("it", "http://lector.example", httpx2.ReadTimeout("timed out"))
    assert said == (
        "it cannot be reached: it does not answer in time; check the address and the network"
    )


def test_a_machine_without_a_network_is_called_offline() -> None:
    error = httpx2.ConnectError("[Errno 101]")
    error.__cause__ = OSError(errno.ENETUNREACH, "Network is unreachable")
    said = unreachable.describe("it", "http://lector.example", error)
    assert said == "it cannot be reached: no network leads there; check whether you are online"


@pytest.mark.parametrize(
    ("path", "words"), [("/docs", ": leave out what stands behind the host"), ("", "")]
)
def test_a_server_that_knows_nothing_of_files_is_no_lector(path: str, words: str) -> None:
    there = Listener()
    there.otherwise = listener.answers(404, body=b'{"code": "not_found", "detail": "nothing"}')
    try:
        url = f"http://127.0.0.1:{there.port}{path}"
        with Client(url) as asked, pytest.raises(ServerError) as caught:
            asked.check()
        assert str(caught.value) == f"{url} is not the address of a Lector{words}"
    finally:
        there.stop()
