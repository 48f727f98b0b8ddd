"""What a person writes for a page: a version of its own, that no reader overwrites unasked."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from werkzeug.test import Client, TestResponse

from lector.contracts import PageCorrected, PageRegistered, VerificationRequested
from lector.domain.states import Provenance
from tests.support.called import Functions
from tests.support.model import ScriptedModel, completion, error
from tests.support.parts import Parts
from tests.support.world import World, rows

WRITTEN = "first thinks first"


@pytest.fixture
def read(functions: Functions, model: ScriptedModel) -> World:
    """A file of one page that was read as "frist thinks first", with a doubt."""
    world = World.with_pages(functions, 1)
    model.script.extend([completion("frist thinks first [illegible]")])
    world.read()
    return world


@pytest.fixture
def failed(functions: Functions, model: ScriptedModel) -> World:
    """A file of two pages, both of which failed."""
    world = World.with_pages(functions, 2)
    model.otherwise = error(400, "no such model")
    for event in world.registered():
        functions.call("llm", event)
        fail(world, event.data.page_number)
    model.reset()
    return world


def fail(world: World, number: int) -> None:
    """A page has failed for good, and its file with the last of them."""
    changed = (
        b"UPDATE pages SET status = 'failed', error_code = 'model_refused', error = 'it failed'"
        b" WHERE file_id = %s AND number = %s RETURNING id"
    )
    rows(changed, world.file_id, number)
    finished = (
        b"UPDATE files SET status = 'failed', error = 'all failed' WHERE id = %s RETURNING id"
    )
    rows(finished, world.file_id)


def client(world: World) -> Client:
    return world.functions.clients["upload"]


def path_of(world: World, number: int = 1) -> str:
    return f"/v1/files/{world.file_id}/pages/{number}"


def page(world: World, number: int = 1) -> dict[str, Any]:
    answer = client(world).get(path_of(world, number))
    assert answer.status_code == 200, answer.get_data(as_text=True)
    shown: dict[str, Any] = answer.get_json()
    return shown


def write(
    world: World, text: object = WRITTEN, seen: str | None = '"1"', number: int = 1
) -> TestResponse:
    headers = {} if seen is None else {"If-Match": seen}
    return client(world).put(f"{path_of(world, number)}/text", json={"text": text}, headers=headers)


def code_of(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["code"]


def retry(world: World, **options: object) -> TestResponse:
    return client(world).post(f"/v1/files/{world.file_id}/retry", json=options)


def test_what_a_person_wrote_is_the_text_and_what_was_read_is_kept(read: World) -> None:
    assert page(read)["doubts"]
    answer = write(read)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    shown = page(read)
    assert answer.get_json()["text"] == shown["text"] == WRITTEN
    assert (shown["provenance"], shown["status"]) == (Provenance.PERSON, "read")
    assert (shown["version"], shown["versions"], shown["model"]) == (2, 2, None)
    assert (shown["doubts"], shown["confidence"], shown["read_s"]) == ([], None, None)
    assert shown["usage"] == {"prompt_tokens": None, "completion_tokens": None, "cost_usd": 0}
    listed = client(read).get(f"{path_of(read)}/versions").get_json()["versions"]
    assert [(one["version"], one["provenance"], one["current"]) for one in listed] == [
        (2, "person", True),
        (1, "model", False),
    ]
    assert [bool(one["doubts"]) for one in listed] == [False, True]


def test_a_file_counts_the_pages_that_a_person_has_decided(read: World) -> None:
    assert (read.file()["progress"]["doubted"], read.file()["progress"]["corrected"]) == (1, 0)
    write(read)
    assert (read.file()["progress"]["doubted"], read.file()["progress"]["corrected"]) == (0, 1)


def test_it_is_announced_once_with_its_version(read: World) -> None:
    write(read)
    [event] = read.events(PageCorrected)
    assert (event.data.page_number, event.data.version, event.data.confirmed) == (1, 2, False)


def test_when_it_was_written_is_said_and_nobody_takes_it_for_a_reader_at_work(read: World) -> None:
    """By when pages were finished last, the sweep judges whether their reader is there."""
    old = b"UPDATE pages SET finished_at = now() - interval '1 day' WHERE file_id = %s"
    rows(old + b" RETURNING id", read.file_id)
    before = page(read)["finished_at"]
    write(read)
    write(read, "second thoughts", '"2"')
    shown = page(read)
    assert (shown["finished_at"], shown["read_s"]) == (before, None)
    listed = client(read).get(f"{path_of(read)}/versions").get_json()["versions"]
    second, first, model = (one["read_at"] for one in listed)
    assert second > first > model == before


def test_the_same_text_says_that_it_is_right_as_it_is(read: World) -> None:
    assert write(read, page(read)["text"]).status_code == 200
    shown = page(read)
    assert (shown["provenance"], shown["version"], shown["doubts"]) == ("person", 2, [])
    [event] = read.events(PageCorrected)
    assert event.data.confirmed


def test_what_a_person_wrote_is_found_by_searching(read: World) -> None:
    write(read, "an entirely otherworldly harbour")
    search = f"/v1/search?file={read.file_id}&q="
    assert len(client(read).get(f"{search}otherworldly").get_json()["hits"]) == 1
    assert client(read).get(f"{search}frist").get_json()["hits"] == []


def test_who_does_not_say_what_he_has_seen_is_refused(read: World) -> None:
    assert code_of(write(read, seen=None)) == (428, "version_needed")
    assert page(read)["version"] == 1


def test_the_etag_of_the_page_is_good_for_writing(read: World) -> None:
    for highlight in ("", "?highlight=first"):
        tag = client(read).get(f"{path_of(read)}{highlight}").headers["ETag"]
        assert write(read, f"{WRITTEN} {highlight}", tag).status_code == 200


def test_a_page_that_did_not_change_is_not_sent_again_and_one_that_did_is(read: World) -> None:
    write(read)
    rows(b"UPDATE pages SET image_key = NULL WHERE file_id = %s RETURNING id", read.file_id)
    before = client(read).get(path_of(read)).headers["ETag"]
    same = client(read).get(path_of(read), headers={"If-None-Match": before})
    assert (same.status_code, same.headers["ETag"]) == (304, before)
    write(read, "another", before)
    other = client(read).get(path_of(read), headers={"If-None-Match": before})
    assert other.status_code == 200


@pytest.mark.parametrize("seen", ['"1"', '"1-0123456789abcdef"', 'W/"1-0a"', "1", '"7", "1"', "*"])
def test_a_version_can_be_said_in_each_of_these_ways(read: World, seen: str) -> None:
    assert write(read, seen=seen).status_code == 200


@pytest.mark.parametrize("seen", ['"0"', '"2"', '"one"', "1-", '"1"x', '"99999999999999999"'])
def test_another_version_or_none_is_refused_and_nothing_is_lost(read: World, seen: str) -> None:
    refused = write(read, seen=seen)
    assert code_of(refused) == (412, "version_changed")
    assert refused.headers["ETag"] == '"1"'
    assert page(read)["version"] == 1


def test_of_two_who_write_at_once_the_second_is_told(read: World, services: Parts) -> None:
    with (
        psycopg.connect(services.embedded.postgres.url) as other,
        ThreadPoolExecutor(2) as pool,
    ):
        other.execute("SELECT FROM files WHERE id = %s FOR UPDATE", [read.file_id])
        written = [pool.submit(write, read, text) for text in ("one text", "another text")]
        time.sleep(0.5)
        assert not any(one.done() for one in written)
        other.commit()
        answers = sorted(one.result(60).status_code for one in written)
    assert answers == [200, 412]
    assert page(read)["versions"] == 2


def test_writing_the_same_again_changes_nothing_whatever_was_seen(read: World) -> None:
    """The answer to the first request may have been lost on its way."""
    for _ in range(2):
        assert write(read).get_json()["version"] == 2
    assert len(read.events(PageCorrected)) == 1


def test_a_correction_can_be_corrected(read: World) -> None:
    write(read)
    assert write(read, "second thoughts", '"2"').get_json()["version"] == 3
    listed = client(read).get(f"{path_of(read)}/versions").get_json()["versions"]
    assert [one["text"] for one in listed][:2] == ["second thoughts", WRITTEN]


def test_one_can_go_back_to_what_was_read_and_return(read: World) -> None:
    write(read)
    restored = client(read).post(f"{path_of(read)}/versions/1/restore").get_json()
    assert (restored["provenance"], bool(restored["doubts"])) == ("model", True)
    restored = client(read).post(f"{path_of(read)}/versions/2/restore").get_json()
    assert (restored["provenance"], restored["doubts"]) == ("person", [])


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("a\r\nb\rc\n\n", "a\nb\nc"),
        ("\x00a\x1b[2Jb\x02c\x0cd\x9be", "a[2Jbcde"),
        ("", ""),
        (" \n ", ""),
        ("\n  indented", "  indented"),
        ("<b>& \ue000 \u202e עברית 東京 🦆", "<b>& \ue000 \u202e עברית 東京 🦆"),
    ],
)
def test_a_text_is_kept_without_what_a_terminal_would_execute(
    read: World, text: str, stored: str
) -> None:
    answer = write(read, text)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert page(read)["text"] == stored


def test_half_of_a_character_is_left_out(read: World) -> None:
    body = b'{"text": "a \\ud83e b"}'
    headers = {"If-Match": '"1"', "Content-Type": "application/json"}
    client(read).put(f"{path_of(read)}/text", data=body, headers=headers)
    assert page(read)["text"] == "a  b"


def test_a_text_that_is_longer_than_any_page_is_refused(read: World) -> None:
    assert write(read, "x" * 500_000).status_code == 200
    assert code_of(write(read, "x" * 500_001, '"2"')) == (400, "malformed_text")
    assert code_of(write(read, "x" * 5_000_000, '"2"')) == (413, "body_too_large")


@pytest.mark.parametrize("body", [{}, {"text": None}, {"text": 1}, {"text": "a", "more": 1}])
def test_what_is_no_text_is_refused(read: World, body: dict[str, object]) -> None:
    answer = client(read).put(f"{path_of(read)}/text", json=body, headers={"If-Match": '"1"'})
    assert answer.status_code == 400
    assert page(read)["version"] == 1


def test_a_page_that_is_not_there_is_not_found(read: World) -> None:
    assert code_of(write(read, number=2)) == (404, "no_such_page")


def test_a_page_that_is_being_read_has_to_be_waited_for(read: World) -> None:
    assert retry(read, pages="1").status_code == 202
    refused = write(read)
    assert code_of(refused) == (409, "page_being_read")
    assert "cancel" in refused.get_json()["detail"]
    client(read).post(f"/v1/files/{read.file_id}/cancel")
    assert write(read).status_code == 200


def test_a_failed_page_can_be_written_by_a_person_and_the_file_says_what_is_missing(
    failed: World,
) -> None:
    assert page(failed)["version"] == 0
    assert write(failed, "typed by hand", '"0"').status_code == 200
    shown = page(failed)
    assert (shown["status"], shown["error"], shown["version"]) == ("read", None, 1)
    file = failed.file()
    assert (file["status"], file["error"]) == ("incomplete", "1 of 2 pages could not be read")
    assert write(failed, "the other one", '"0"', 2).status_code == 200
    file = failed.file()
    assert (file["status"], file["error"]) == ("completed", None)


def test_a_retry_leaves_what_a_person_wrote_alone(read: World, model: ScriptedModel) -> None:
    write(read)
    refused = retry(read, pages="1")
    assert code_of(refused) == (409, "only_corrected")
    assert "include_corrected" in refused.get_json()["detail"]
    assert (page(read)["text"], read.file()["generation"]) == (WRITTEN, 1)


def test_a_retry_of_several_pages_reads_only_the_others(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 3)
    world.read()
    write(world, number=2)
    before = len(world.events(PageRegistered))
    assert retry(world, pages="1-3").status_code == 202
    pages = world.pages()
    assert [one["status"] for one in pages] == ["rendered", "read", "rendered"]
    while len(events := world.events(PageRegistered)) > before:
        for event in events[before:]:
            functions.accepts("llm", event)
        before = len(events)
    assert (page(world, 2)["text"], world.file()["status"]) == (WRITTEN, "completed")
    assert [one["version"] for one in world.pages()] == [2, 2, 2]


def test_pages_that_a_person_wrote_can_be_listed_alone_and_so_can_the_others(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 3)
    world.read()
    write(world, number=2)
    listing = f"/v1/files/{world.file_id}/pages?corrected="
    for wanted, numbers in (("true", [2]), ("false", [1, 3])):
        found = client(world).get(f"{listing}{wanted}").get_json()["pages"]
        assert [one["number"] for one in found] == numbers


def test_a_retry_that_means_it_reads_the_page_and_keeps_what_was_written(
    read: World, model: ScriptedModel
) -> None:
    write(read)
    assert retry(read, pages="1", include_corrected=True).status_code == 202
    model.script.extend([completion("read by a better model")])
    read.functions.accepts("llm", read.events(PageRegistered)[-1])
    assert page(read)["text"] == "read by a better model"
    listed = client(read).get(f"{path_of(read)}/versions").get_json()["versions"]
    assert [one["text"] for one in listed][:2] == ["read by a better model", WRITTEN]


def test_what_a_person_wrote_outlives_a_new_reading_that_failed(read: World) -> None:
    """It is asked for once; what comes of that does not ask for more."""
    write(read)
    retry(read, pages="1", include_corrected=True)
    fail(read, 1)
    assert code_of(retry(read)) == (409, "only_corrected")
    assert write(read, WRITTEN, '"2"').status_code == 200
    assert (page(read)["status"], page(read)["text"]) == ("read", WRITTEN)
    assert read.file()["status"] == "completed"


def test_a_late_result_changes_nothing_of_what_a_person_wrote(
    read: World, model: ScriptedModel
) -> None:
    [event] = read.events(PageRegistered)
    write(read)
    before = read.snapshot()
    read.functions.accepts("llm", event)
    assert read.snapshot() == before
    assert page(read)["text"] == WRITTEN


def test_a_late_result_of_a_failed_page_changes_nothing_either(
    failed: World, model: ScriptedModel
) -> None:
    event = failed.events(PageRegistered)[0]
    write(failed, "typed by hand", '"0"', event.data.page_number)
    failed.functions.accepts("llm", event)
    assert page(failed, event.data.page_number)["text"] == "typed by hand"


def places_in_order(shown: dict[str, Any]) -> list[tuple[str, list[float]]]:
    return [(word["text"], word["boxes"][0]) for word in shown["words"]]


def test_words_that_stay_keep_their_places_and_so_do_those_that_come_back(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 1)
    told = [
        [word, n / 10, 0.1, n / 10 + 0.08, 0.13] for n, word in enumerate(["one", "fwo", "three"])
    ]
    model.script.extend([completion("one fwo three", lector={"words": told})])
    world.read()
    write(world, "zero one two three")
    shown = page(world)
    assert [word for word, _ in places_in_order(shown)] == ["one", "two", "three"]
    lefts = [box[0] for _, box in places_in_order(shown)]
    assert lefts == pytest.approx([0, 0.1, 0.2], abs=0.001)
    assert {word["agreement"] for word in shown["words"]} == {None}
    write(world, "one", '"2"')
    shown = page(world)
    assert ([word for word, _ in places_in_order(shown)], shown["missing"]) == (["one"], [])
    write(world, "one two three", '"3"')
    lefts = [box[0] for _, box in places_in_order(page(world))]
    assert lefts == pytest.approx([0, 0.1, 0.2], abs=0.001)


def test_a_text_that_is_right_keeps_the_places_of_its_words(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 1)
    told = [["the", 0.05, 0.1, 0.08, 0.13], ["lamps", 0.1, 0.1, 0.2, 0.13]]
    model.script.extend([completion("# the lamps", lector={"words": told})])
    world.read()
    write(world, "# the lamps")
    [_, (word, box)] = places_in_order(page(world))
    assert word == "lamps"
    assert box == pytest.approx([0.1, 0.1, 0.2, 0.13], abs=0.001)


def test_where_no_place_is_known_none_is_made_up(read: World) -> None:
    write(read)
    assert page(read)["words"] is None


def test_a_verification_that_comes_late_says_nothing_of_what_a_person_wrote(read: World) -> None:
    assert client(read).post(f"/v1/files/{read.file_id}/verify").status_code == 202
    write(read)
    for event in read.events(VerificationRequested):
        read.functions.accepts("llm", event)
    shown = page(read)
    assert (shown["verification"], shown["doubts"], shown["text"]) == (None, [], WRITTEN)
    found = rows(b"SELECT verification_wanted FROM pages WHERE file_id = %s", read.file_id)
    assert found == [(False,)]


def test_however_often_a_page_is_corrected_every_text_of_a_person_is_kept(read: World) -> None:
    for version in range(1, 31):
        assert write(read, f"text {version}", f'"{version}"').status_code == 200
    listed = client(read).get(f"{path_of(read)}/versions").get_json()["versions"]
    assert [one["version"] for one in listed] == list(range(31, 0, -1))


def test_earlier_texts_of_mixed_pages_are_bounded_like_others(read: World, services: Parts) -> None:
    insert = (
        "INSERT INTO page_versions (page_id, version, text, provenance)"
        " SELECT id, n, 'text', 'mixed' FROM pages, generate_series(2, 40) AS n WHERE file_id = %s"
    )
    with psycopg.connect(services.embedded.postgres.url) as owner:
        owner.execute(insert, [read.file_id])
    listed = client(read).get(f"{path_of(read)}/versions").get_json()["versions"]
    assert len(listed) == 20
