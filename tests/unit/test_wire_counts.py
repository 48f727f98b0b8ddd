"""What counting proxies read from bytes, in whatever pieces these come."""

from collections import Counter

from tests.support.wire_counts import (
    EMPTY,
    ROUND_TRIPS,
    STATEMENTS,
    TRANSACTIONS,
    HttpConnection,
    PostgresConnection,
)


def message(kind: bytes, body: bytes = b"") -> bytes:
    return kind + (len(body) + 4).to_bytes(4, "big") + body


STARTUP = message(b"", (196608).to_bytes(4, "big") + b"user\0lector\0\0")
READY, IN_TRANSACTION = message(b"Z", b"I"), message(b"Z", b"T")


def statement(text: bytes) -> bytes:
    parse = message(b"P", b"\0" + text + b"\0\0\0")
    return parse + message(b"B", b"\0\0\0\0\0\0\0\0") + message(b"E", b"\0\0\0\0\0") + message(b"S")


def counted(*said: tuple[str, bytes], by: int) -> Counter[str]:
    """What is counted of a connection of which so many bytes come at once."""
    counts: Counter[str] = Counter()

    def count(what: str) -> None:
        counts[what] += 1

    connection = PostgresConnection(count)
    for who, data in said:
        say = connection.from_client if who == "client" else connection.from_server
        for start in range(0, len(data), by):
            say(data[start : start + by])
    return counts


def test_statements_round_trips_and_transactions_are_counted_in_whatever_pieces_they_come() -> None:
    for by in (1, 7, 10_000):
        counts = counted(
            ("client", STARTUP),
            ("server", message(b"R", bytes(4)) + READY),
            ("client", message(b"Q", b"BEGIN\0")),
            ("server", message(b"C", b"BEGIN\0") + IN_TRANSACTION),
            ("client", statement(b"-- why\nSELECT 1") + statement(b"SELECT 2")),
            ("server", IN_TRANSACTION + IN_TRANSACTION),
            ("client", message(b"Q", b"COMMIT\0")),
            ("server", message(b"C", b"COMMIT\0") + READY),
            ("client", message(b"Q", b"\0")),
            ("server", message(b"I") + READY),
            by=by,
        )
        assert counts[STATEMENTS] == 3
        assert counts[EMPTY] == 1
        assert counts[ROUND_TRIPS] == 4
        assert counts[TRANSACTIONS] == 2
        assert counts["statement: SELECT 1"] == 1


def test_a_client_that_first_asks_for_encryption_is_understood() -> None:
    counts = counted(
        ("client", message(b"", (80877103).to_bytes(4, "big"))),
        ("server", b"N"),
        ("client", STARTUP),
        ("server", READY),
        ("client", message(b"Q", b"SELECT 1\0")),
        ("server", READY),
        by=3,
    )
    assert counts[STATEMENTS] == counts[ROUND_TRIPS] == counts[TRANSACTIONS] == 1


def test_requests_are_counted_by_method_and_event_however_their_bodies_are_framed() -> None:
    body = b"POST / HTTP/1.1\r\n\r\n"  # which looks like a request
    length = b"Content-Length: %d\r\n\r\n" % len(body)
    chunk = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    sent = (
        b"POST / HTTP/1.1\r\nCE-Type: lector.page.read\r\n" + length + body
        + b"PUT /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk
        + b"GET /b HTTP/1.1\r\n\r\n"
    )  # fmt: skip
    for by in (1, 7, 10_000):
        counts: Counter[str] = Counter()
        connection = HttpConnection(lambda what, counts=counts: counts.update([what]))  # type: ignore[misc]
        for start in range(0, len(sent), by):
            connection.from_client(sent[start : start + by])
        assert counts == {"POST": 1, "POST lector.page.read": 1, "PUT": 1, "GET": 1}
