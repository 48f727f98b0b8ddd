"""docs/learn, all eight pages, followed one after the other on one Lector."""

import json
import re
from collections.abc import Iterator

import pytest

from lector.local.process import free_port
from lector.local.tools import checkout
from tests.acceptance.followed_pages import Followed, copy_of_the_checkout

pytestmark = pytest.mark.slow

PAGES = ["README.md", *sorted(p.name for p in (checkout() / "docs/learn").glob("[1-8]-*.md"))]


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Followed]:
    parent = tmp_path_factory.mktemp("learning")
    replaced = {
        "$HOME/lector-learn": str(parent / "lector" / "data"),
        "9009": str(free_port()),
        "9010": str(free_port()),
    }
    with copy_of_the_checkout(parent, replaced) as copy:
        for page in PAGES:
            copy.follow(f"learn/{page}")
        yield copy


@pytest.mark.timeout(400)
def test_a_file_that_was_not_put_there_cannot_be_confirmed(followed: Followed) -> None:
    assert '"status":409' in followed.after("/confirm").replace(" ", "")


def test_a_file_that_was_put_there_by_hand_is_read(followed: Followed) -> None:
    assert len(followed.after("get letter.pdf").split()) > 20


def test_without_its_relay_an_event_waits_in_the_outbox_and_nowhere_else(
    followed: Followed,
) -> None:
    assert "lector." not in followed.after("events --file notice.pdf")
    assert "uploaded" in followed.after("events --file notice.pdf")
    assert re.search(r"^waits: lector\.file\.uploaded", followed.after("END"), re.MULTILINE)


def test_the_relay_publishes_what_waited_once_it_goes_on(followed: Followed) -> None:
    assert "lector.file.completed" in followed.after("--file notice.pdf\n.venv/bin/lector ls")


def test_without_its_source_an_event_stays_in_the_stream(followed: Followed) -> None:
    [event] = followed.after("events --file @last").split("lector.")[1:]
    assert event.startswith("file.uploaded")


def test_a_function_answers_with_an_event_of_its_own_whoever_sends_one(followed: Followed) -> None:
    assert json.loads(followed.after("call render event.json"))["type"] == "lector.file.opened"


def test_an_event_that_is_sent_twice_changes_nothing(followed: Followed) -> None:
    before, after = followed.after("lector ls @last").split("page\t")[1:]
    assert before == after
    assert "read" in before


def test_an_event_of_a_stranger_is_not_taken(followed: Followed) -> None:
    assert followed.after('"$port"') == "503\n"


def test_thirty_pages_take_turns_of_two_seconds_side_by_side(followed: Followed) -> None:
    trace = followed.after("trace thirty.pdf")
    assert len(re.findall(r"page \d+ .* read$", trace, re.MULTILINE)) == 30
    bars = re.findall(r"── read +\+([\d.]+) s +([\d.]+) s", trace)
    times = [(float(begin), float(begin) + float(length)) for begin, length in bars]
    assert len(times) == 30
    assert max(sum(begin <= at < end for begin, end in times) for at, _ in times) >= 4


def test_pages_wait_for_a_model_that_is_gone_and_are_read_when_it_is_back(
    followed: Followed,
) -> None:
    listed = followed.after("'cannot be reached'; do sleep 1; done\n.venv/bin/lector ls")
    waiting = next(line for line in listed.splitlines() if "0 of 6" in line)
    assert "cannot be reached" in waiting
    assert "6 of 6" in followed.after("break; sleep 1; done\n.venv/bin/lector ls")


def test_a_broken_document_fails_with_exit_code_1(followed: Followed) -> None:
    assert followed.after('"exit code $?"') == "exit code 1\n"


def test_the_spans_of_all_functions_are_one_trace(followed: Followed) -> None:
    spans = [line.split()[:2] for line in followed.after("spans.txt").splitlines()]
    assert len({trace for trace, _ in spans}) == 1
    assert {"upload", "render", "register", "llm"} <= {process for _, process in spans}


def test_nothing_is_left_in_the_end(followed: Followed) -> None:
    assert not (followed.folder / "data").exists()
