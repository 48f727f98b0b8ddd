"""Options of reading are found out before anything is uploaded, from whatever server there is."""

from typing import Any

import click
import pytest

from lector.cli.answers import Refused
from lector.cli.client import Client
from lector.cli.uploading import check_options


class Server(Client):
    """Refuses the options that it does not know, or all of them."""

    def __init__(self, unknown: str = "", refusal: Refused | None = None) -> None:
        super().__init__("http://127.0.0.1:1")
        self._unknown, self._refuses_with = unknown, refusal
        self.asked = 0

    def check_options(self, **reading_options: Any) -> None:
        self.asked += 1
        if self._refuses_with:
            raise self._refuses_with
        if reading_options.get(self._unknown) is not None:
            raise Refused(f"unknown option {self._unknown}", "unknown_option", 400)


def check(server: Server, **said: Any) -> dict[str, Any]:
    with server:
        return check_options(server, said)


def test_options_that_the_server_takes_stay_as_they_are() -> None:
    server = Server()
    said = {"language": "es", "again": False, "prompt": None}
    assert check(server, **said) == said
    assert server.asked == 1


def test_a_server_of_before_reads_everything_anew() -> None:
    assert check(Server("again"), language="es", again=False) == {"language": "es", "again": None}


@pytest.mark.parametrize("again", [None, False])
def test_a_server_that_cannot_be_asked_is_sent_the_files(*, again: bool | None) -> None:
    server = Server(refusal=Refused("not found", "", 404))
    assert check(server, language="es", again=again) == {"language": "es", "again": None}


@pytest.mark.parametrize("again", [None, False])
def test_an_option_that_a_server_of_before_does_not_know_is_wrong_usage(
    *, again: bool | None
) -> None:
    with pytest.raises(click.UsageError, match="unknown option verify"):
        check(Server("verify"), verify="never", again=again)


def test_options_that_are_refused_are_wrong_usage() -> None:
    refusal = Refused("there is no reader nosuch", "reader_unknown", 422)
    with pytest.raises(click.UsageError, match="no reader nosuch"):
        check(Server(refusal=refusal), reader="nosuch", again=False)


def test_a_server_that_refuses_for_another_reason_is_no_wrong_usage() -> None:
    refusal = Refused("a token is needed", "token_needed", 401)
    with pytest.raises(Refused, match="a token is needed"):
        check(Server(refusal=refusal), again=False)
