"""What notify sends by HTTP, to servers that are real."""

import httpcore2
import pytest

from functions.notify import http_post
from tests.support.listener import Listener


def test_certificates_are_read_once_for_all_posts(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[bool] = []
    read_them = httpcore2.default_ssl_context

    def counted(**how: bool) -> object:
        read.append(True)
        return read_them(**how)

    monkeypatch.setattr(httpcore2, "default_ssl_context", counted)
    told = Listener()
    try:
        outcomes = [http_post.post(told.url, {}, b"{}", 10.0) for _ in range(3)]
    finally:
        told.stop()
    assert [one.delivered for one in outcomes] == [True, True, True]
    assert len(read) <= 1
