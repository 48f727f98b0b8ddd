"""What others are told, and how it is signed."""

import base64
import hashlib
import hmac
from uuid import uuid4

from functions.notify import digest, telegram, webhooks
from functions.notify.digest import Finished


def finished(
    name: str = "a.pdf", status: str = "completed", read: int = 3, **more: object
) -> Finished:
    about = {"pages_failed": 0, "pages_doubted": 0, "reason": None, **more}
    return Finished(uuid4(), 1, "default", name, status, read, **about)  # type: ignore[arg-type]


def test_a_signature_is_as_standard_webhooks_has_it() -> None:
    key = bytes(range(32))
    secret = "whsec_" + base64.b64encode(key).decode()
    headers = webhooks.sign(secret, "msg_1", b'{"a": 1}', at=1_700_000_000.9)
    expected = hmac.new(key, b'msg_1.1700000000.{"a": 1}', hashlib.sha256).digest()
    assert headers == {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1700000000",
        "webhook-signature": "v1," + base64.b64encode(expected).decode(),
    }


def test_a_file_alone_is_told_of_in_a_line() -> None:
    assert digest.summarize([finished()]) == "a.pdf: 3 pages read"


def test_one_page_is_counted_as_one() -> None:
    assert digest.summarize([finished(read=1)]) == "a.pdf: 1 page read"
    torn = finished("torn.pdf", "incomplete", 1, pages_failed=1)
    assert digest.summarize([torn]) == "torn.pdf: incomplete, 1 page read, 1 failed"


def test_a_pile_is_told_of_in_one_message_that_names_what_is_amiss() -> None:
    pile = [
        *(finished(f"{n}.pdf") for n in range(198)),
        finished("torn.pdf", "incomplete", 2, pages_failed=1, reason="page 3: too dark"),
        finished("not.pdf", "failed", 0, reason="it is no PDF"),
    ]
    assert digest.summarize(pile).splitlines() == [
        "200 files finished, 198 of them whole; 596 pages read",
        "torn.pdf: incomplete, 2 pages read, 1 failed (page 3: too dark)",
        "not.pdf: failed, 0 pages read, 0 failed (it is no PDF)",
    ]


def test_a_file_alone_is_told_of_with_the_pages_that_should_be_looked_at() -> None:
    assert (
        digest.summarize([finished(pages_doubted=2)]) == "a.pdf: 3 pages read, 2 pages to look at"
    )
    torn = finished("torn.pdf", "incomplete", 2, pages_failed=1, pages_doubted=1, reason="too dark")
    assert digest.summarize([torn]) == (
        "torn.pdf: incomplete, 2 pages read, 1 failed, 1 page to look at (too dark)"
    )


def test_of_a_pile_whole_files_with_pages_to_look_at_are_named_after_those_that_are_not_whole() -> (
    None
):
    pile = [
        finished("faint.pdf", pages_doubted=2),
        finished("fine.pdf"),
        finished("not.pdf", "failed", 0, reason="it is no PDF"),
    ]
    assert digest.summarize(pile).splitlines() == [
        "3 files finished, 2 of them whole; 6 pages read, 2 pages to look at",
        "not.pdf: failed, 0 pages read, 0 failed (it is no PDF)",
        "faint.pdf: 3 pages read, 2 pages to look at",
    ]


def test_of_very_many_that_are_amiss_some_are_named() -> None:
    told = digest.summarize([finished(f"{n}.pdf", "failed", 0) for n in range(500)])
    assert len(telegram.message(told).text) <= 4096
    assert told.splitlines()[-1] == "… and 480 more that are not whole"
    faint = [finished(f"{n}.pdf", pages_doubted=1) for n in range(500)]
    assert digest.summarize([*faint, finished("0.pdf", "failed", 0)]).splitlines()[-1] == (
        "… and 481 more that are not whole or have pages to look at"
    )


def test_a_hostile_name_is_one_short_line() -> None:
    told = digest.summarize([finished("x\n\u202eevil\x1b[31m" + "y" * 500)])
    assert "\n" not in told
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert len(told) < 100
