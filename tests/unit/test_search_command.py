"""`lector search`: what is asked of a server, and what is said of its answer."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lector.cli.__main__ import cli
from lector.cli.client import Client

HIT = {
    "file_id": "1",
    "file_name": "a.pdf",
    "page": 3,
    "rank": 0.1,
    "snippet": [{"text": "light", "hit": True}],
    "doubts": [],
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was asked; the answers are in `answer`."""
    asked: list[dict[str, Any]] = []

    def send(_: Client, __: str, path: str, **about: Any) -> dict[str, Any]:
        if path == "/v1/search":
            asked.append(about["params"])
        return answer

    monkeypatch.setattr(Client, "send", send)
    answer.clear()
    answer.update({"hits": [HIT], "next": None, "ranked_newest": None, "did_you_mean": None})
    return asked


answer: dict[str, Any] = {}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["search", "--server", "http://127.0.0.1:1", *arguments])


def test_filters_are_asked_for(asked: list[dict[str, Any]]) -> None:
    found = run("lamp*", "--language", "es", "--since", "2026-01-02", "--until", "2026-02-03")
    assert found.exit_code == 0, found.output
    filters = {"language": "es", "since": "2026-01-02", "until": "2026-02-03"}
    assert asked == [{"q": "lamp*", "limit": 20, **filters}]


def test_a_day_that_is_none_is_refused(asked: list[dict[str, Any]]) -> None:
    assert (run("lamp", "--since", "yesterday").exit_code, asked) == (2, [])


@pytest.mark.usefixtures("asked")
def test_that_only_the_newest_matches_are_ranked_is_said() -> None:
    assert "newest" not in run("lamp").stderr
    answer["ranked_newest"] = 2000
    found = run("lamp")
    assert "the best of the newest 2,000" in found.stderr
    assert "newest" not in found.stdout


@pytest.mark.usefixtures("asked")
def test_what_may_have_been_meant_is_said() -> None:
    answer.update({"hits": [], "did_you_mean": "li\x1bght"})
    found = run("lihgt")
    assert "nothing was found for lihgt" in found.stderr
    assert "did you mean: li" in found.stderr
    assert "\x1b" not in found.stderr
    document = json.loads(run("lihgt", "--json").stdout)
    assert document == {"hits": [], "ranked_newest": None, "did_you_mean": "li\x1bght"}


@pytest.mark.usefixtures("asked")
def test_a_server_of_before_says_neither() -> None:
    del answer["ranked_newest"], answer["did_you_mean"]
    assert run("lamp").exit_code == 0
