"""make chaos finds what it looks for: each of its counts sees a fault that is planted."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from lector.domain import object_keys
from lector.local.tools import checkout
from tests.chaos import papers, patience, payments, quiet
from tests.chaos.evidence import Evidence
from tests.chaos.model import Call
from tests.chaos.patience import NoVerdict
from tests.chaos.people import Action
from tests.chaos.quiet import Look
from tests.chaos.schedule import KINDS, disturbances
from tests.chaos.timeline import Timeline
from tests.chaos.uploads import Accepted
from tests.chaos.verdict import FAULTS, judge

ID, OTHER_ID = "01a21cd0-5332-717d-8072-4f266081d576", "01a21cd0-c2be-7624-9bfd-abdf01eb6b40"
NUMBER, PAGES = 2, 3
HOPELESS, BAD = 10, 1  # files whose third and fourth page nobody can read
NOISE_OVER = 1000.0
CALM = NOISE_OVER + 100
FILE = Accepted(ID, NUMBER)
ORIGINAL = object_keys.original_key(UUID(ID))


def page(number: int, **changes: Any) -> dict[str, Any]:
    text = papers.answer(NUMBER, number, 1)
    read = {"number": number, "status": "read", "text": text, "provenance": "model"}
    read |= {"doubts": [], "verification": {"status": "verified", "reason": None}}
    return {**read, "waiting_for": None, "error": None, "error_code": None, **changes}


def failed_page(number: int, code: str, error: str | None) -> dict[str, Any]:
    nothing = {"text": None, "provenance": None}
    return page(number, status="failed", error_code=code, error=error, **nothing)


def call(number: int, began: float, nth: int = 1, outcome: str = "answered") -> Call:
    return Call((NUMBER, number), began, outcome, nth, began + 1)


def action(kind: str, began: float, **changes: Any) -> Action:
    return Action(kind, FILE, began, **{"ended": began + 1, "done": True, **changes})


def good() -> Evidence:
    """A file of three pages that were read, once each, after the noise."""
    timeline = Timeline()
    timeline.over_at = NOISE_OVER
    keys = {ORIGINAL, *(object_keys.image_key(UUID(ID), n) for n in range(1, PAGES + 1))}
    return Evidence(
        pages_per_file=PAGES,
        bad_pages=True,
        with_text=frozenset({NUMBER}),
        takes_text=False,
        calls=[call(n, CALM + n) for n in range(1, PAGES + 1)],
        actions=[],
        accepted=[FILE],
        timeline=timeline,
        files={ID: {"id": ID, "name": "0002.pdf", "status": "completed"}},
        pages={ID: [page(n) for n in range(1, PAGES + 1)]},
        confirmed={ID},
        statuses={ID: "completed"},
        readings={ID: [(n, CALM + n + 1.1) for n in range(1, PAGES + 1)]},
        living_keys=keys,
        stored_keys=keys,
    )


def text_taken(found: Evidence, number: int = NUMBER) -> None:
    """Make the file one whose pages carry their text, and have it taken from there."""
    found.with_text, found.takes_text = frozenset({number}), True
    found.calls = []
    for read in found.pages[ID]:
        read |= {"provenance": "text_layer", "text": papers.text_of(number, read["number"])}


def renumber(found: Evidence, number: int, pages: int) -> None:
    """Make the file another one, all of whose pages were read."""
    found.accepted = [Accepted(ID, number)]
    found.files[ID]["name"] = f"{number:04}.pdf"
    found.pages_per_file = pages
    found.calls = [Call((number, n), CALM, "answered", 1, CALM) for n in range(1, pages + 1)]
    texts = {n: papers.answer(number, n, 1) for n in range(1, pages + 1)}
    found.pages[ID] = [page(n, text=text) for n, text in texts.items()]


def test_a_run_in_which_nothing_happened_has_no_fault() -> None:
    verdict = judge(good())
    assert verdict.good, verdict.told
    assert (verdict.files, verdict.pages, verdict.read) == (1, PAGES, PAGES)


def test_a_run_in_which_pages_carried_their_text_has_no_fault() -> None:
    found = good()
    text_taken(found)
    verdict = judge(found)
    assert verdict.good, verdict.told
    assert (verdict.read, verdict.extracted) == (PAGES, PAGES)


def test_whoever_names_a_page_that_carries_its_text_has_the_model_read_it() -> None:
    found = good()
    text_taken(found)
    found.actions = [action("retry pages", CALM + 20, pages=frozenset({2}))]
    found.calls = [call(2, CALM + 21)]
    found.pages[ID][1] = page(2)
    verdict = judge(found)
    assert verdict.good, verdict.told
    assert (verdict.read, verdict.extracted) == (PAGES, PAGES - 1)


def test_half_of_the_files_carry_their_text_and_pages_that_nobody_can_read_never_do() -> None:
    half = papers.some_with_text(20, seed=7)
    assert len(half) == 10
    assert half == papers.some_with_text(20, seed=7)
    assert half != papers.some_with_text(20, seed=8)
    assert papers.carries_text(2, 1, {2})
    assert not papers.carries_text(3, 1, {2})
    assert not papers.carries_text(HOPELESS, 3, {HOPELESS})
    assert not papers.carries_text(BAD, 4, {BAD})
    assert not papers.carries_text(5, 2, {5}), "it is blank"


def leave_unfinished(found: Evidence) -> None:
    found.files[ID]["status"] = "reading"


def leave_a_tombstone(found: Evidence) -> None:
    found.statuses[OTHER_ID] = "deleted"


def lose_a_row(found: Evidence) -> None:
    del found.pages[ID][1]


def leave_a_page(found: Evidence) -> None:
    found.pages[ID][1] = page(2, status="rendered", text=None)


def fail_a_page_without_a_reason(found: Evidence) -> None:
    found.pages[ID][1] = failed_page(2, "", None)


def lose_a_file(found: Evidence) -> None:
    found.files.clear()


def refuse_an_upload(found: Evidence) -> None:
    found.refused_uploads = ["0004.pdf"]


def keep_a_deleted_file(found: Evidence) -> None:
    found.actions = [action("delete", CALM - 50)]
    found.calls = [call(n, CALM - 60 + n) for n in range(1, PAGES + 1)]
    found.readings = {}


def cancel_unasked(found: Evidence) -> None:
    found.files[ID]["status"] = "cancelled"


def ignore_a_retry(found: Evidence) -> None:
    found.actions = [action("retry pages", CALM + 20, pages=frozenset({2}))]


def never_publish(found: Evidence) -> None:
    found.unpublished = [{"type": "lector.page.read", "subject": ID, "refusal": None}]


def repeat_a_row(found: Evidence) -> None:
    found.pages[ID].append(page(2))


def add_a_row(found: Evidence) -> None:
    found.pages[ID].append(page(PAGES + 1))


def announce_twice(found: Evidence) -> None:
    found.announced_twice = [{"subject": ID, "page": "2", "times": 2}]


def swap_texts(found: Evidence) -> None:
    found.pages[ID][1] = page(2, text=papers.answer(NUMBER, 3, 1))


def make_a_text_up(found: Evidence) -> None:
    found.pages[ID][1] = page(2, text=papers.answer(NUMBER, 2, 2))


def say_blank(found: Evidence) -> None:
    found.pages[ID][1] = page(2, text="")


def ask_for_what_was_read(found: Evidence) -> None:
    found.calls = [*found.calls, call(2, CALM + 30, 2)]


def ask_for_what_was_read_in_the_noise(found: Evidence) -> None:
    found.calls = [call(n, NOISE_OVER - 90, 1) for n in (1, 2, 3)]
    found.calls.append(call(2, NOISE_OVER - 50, 2))
    found.readings = {ID: [(n, NOISE_OVER - 89) for n in (1, 2, 3)]}
    found.timeline = Timeline()
    found.timeline.over_at = NOISE_OVER


def ask_for_what_was_answered(found: Evidence) -> None:
    found.calls = [*found.calls, call(2, CALM + 2.5, 2)]


def ask_twice_at_once(found: Evidence) -> None:
    """The noise is over for long, and was before the upload."""
    found.calls = [*found.calls, call(2, CALM + 2.1, 2)]


def retry_a_file_and_read_all_of_it(found: Evidence) -> None:
    found.actions = [action("retry file", CALM + 20)]
    found.calls = [*found.calls, call(2, CALM + 30, 2)]


def fail_a_good_page(found: Evidence) -> None:
    found.pages[ID][1] = failed_page(2, "unexpected_answer", "the function answered 500")


def fail_a_good_file(found: Evidence) -> None:
    found.files[ID] |= {"status": "failed", "error": "it is no PDF", "error_code": "not_a_pdf"}
    found.pages[ID] = []
    found.readings = {}


def cancel_a_page_unasked(found: Evidence) -> None:
    found.pages[ID][1] = failed_page(2, "cancelled", "cancelled before it was read")


def fail_without_the_servers_words(found: Evidence) -> None:
    renumber(found, BAD, 4)
    found.pages[ID][3] = failed_page(4, "stalled", "nothing happened for too long")


def remove_an_image(found: Evidence) -> None:
    found.stored_keys = set(found.stored_keys) - {object_keys.image_key(UUID(ID), 2)}


def remove_an_original(found: Evidence) -> None:
    found.stored_keys = set(found.stored_keys) - {ORIGINAL}


def leave_an_object(found: Evidence) -> None:
    found.stored_keys = {*found.stored_keys, object_keys.image_key(UUID(OTHER_ID), 1)}


def leave_an_object_of_nobody(found: Evidence) -> None:
    found.stored_keys = {*found.stored_keys, "files/no-id/original.pdf"}


def read_a_page_of_a_cancelled_file(found: Evidence) -> None:
    found.read_late = [{"id": ID, "name": "0002.pdf", "number": 2}]


def cancelled(found: Evidence, at: float) -> None:
    found.files[ID]["status"] = "cancelled"
    found.actions = [action("cancel", at, status="cancelled")]


def ask_after_a_cancel(found: Evidence) -> None:
    cancelled(found, CALM - 50)
    found.readings = {}
    found.calls = [call(1, CALM - 60), call(2, CALM - 60), call(3, CALM)]


def ask_after_a_deletion(found: Evidence) -> None:
    found.files.clear()
    found.confirmed = set()
    found.actions = [action("delete", CALM - 50)]
    found.readings = {}
    found.calls = [call(1, CALM)]


def go_on_after_a_cancel(found: Evidence) -> None:
    cancelled(found, CALM + 20)
    found.files[ID]["status"] = "completed"


def leave_events(found: Evidence) -> None:
    found.undelivered = {"llm-lector-page-registered": 1}


def read_a_page_without_the_model(found: Evidence) -> None:
    found.pages[ID][1] = page(2, provenance="text_layer", text=papers.text_of(NUMBER, 2))


def read_a_part_of_a_page_without_the_model(found: Evidence) -> None:
    found.pages[ID][1] = page(2, provenance="mixed")


def take_text_from_a_picture(found: Evidence) -> None:
    text_taken(found)
    found.with_text = frozenset()


def swap_texts_that_are_taken(found: Evidence) -> None:
    text_taken(found)
    found.pages[ID][1]["text"] = papers.text_of(NUMBER, 3)


def take_half_of_a_text(found: Evidence) -> None:
    text_taken(found)
    found.pages[ID][1]["text"] = papers.text_of(NUMBER, 2)[:40]


def ask_about_a_page_that_carries_its_text(found: Evidence) -> None:
    text_taken(found)
    found.calls = [call(2, CALM)]


def ask_about_a_page_before_somebody_names_it(found: Evidence) -> None:
    text_taken(found)
    found.actions = [action("retry pages", CALM + 20, pages=frozenset({2}))]
    found.calls = [call(2, CALM, outcome="500", nth=0), call(2, CALM + 21)]
    found.pages[ID][1] = page(2)


def ask_about_another_page_than_was_named(found: Evidence) -> None:
    text_taken(found)
    found.actions = [action("retry pages", CALM + 20, pages=frozenset({2}))]
    found.calls = [call(2, CALM + 21), call(3, CALM + 21)]
    found.pages[ID][1] = page(2)


def keep_the_text_that_was_taken_after_a_retry(found: Evidence) -> None:
    text_taken(found)
    found.actions = [action("retry pages", CALM + 20, pages=frozenset({2}))]


def remove_a_layer(found: Evidence) -> None:
    text_taken(found)
    found.living_keys = {*found.living_keys, object_keys.layer_key(UUID(ID), 2)}


def doubt_what_is_right(found: Evidence) -> None:
    found.pages[ID][1]["doubts"] = [{"code": "numbers_differ", "detail": "1 number differs"}]


def say_nothing_of_the_second_reader(found: Evidence) -> None:
    found.pages[ID][1]["verification"] = None


def say_that_the_second_reader_is_switched_off(found: Evidence) -> None:
    said = {"status": "not_verified", "reason": "switched_off"}
    found.pages[ID][1]["verification"] = said


PLANTED: list[tuple[str, Callable[[Evidence], None]]] = [
    ("unfinished", leave_unfinished),
    ("unfinished", leave_a_tombstone),
    ("lost", lose_a_row),
    ("lost", leave_a_page),
    ("lost", fail_a_page_without_a_reason),
    ("lost", lose_a_file),
    ("lost", refuse_an_upload),
    ("lost", keep_a_deleted_file),
    ("lost", cancel_unasked),
    ("lost", ignore_a_retry),
    ("lost", never_publish),
    ("duplicated", repeat_a_row),
    ("duplicated", add_a_row),
    ("duplicated", announce_twice),
    ("misplaced", swap_texts),
    ("misplaced", make_a_text_up),
    ("misplaced", say_blank),
    ("paid_twice", ask_for_what_was_read),
    ("paid_twice", ask_for_what_was_read_in_the_noise),
    ("paid_twice", ask_for_what_was_answered),
    ("paid_twice", ask_twice_at_once),
    ("paid_twice", retry_a_file_and_read_all_of_it),
    ("good_failed", fail_a_good_page),
    ("good_failed", fail_a_good_file),
    ("good_failed", cancel_a_page_unasked),
    ("unexplained", fail_without_the_servers_words),
    ("living_removed", remove_an_image),
    ("living_removed", remove_an_original),
    ("objects_left", leave_an_object),
    ("objects_left", leave_an_object_of_nobody),
    ("read_after_cancel", read_a_page_of_a_cancelled_file),
    ("read_after_cancel", ask_after_a_cancel),
    ("read_after_cancel", ask_after_a_deletion),
    ("read_after_cancel", go_on_after_a_cancel),
    ("unsettled", leave_events),
    ("without_model", read_a_page_without_the_model),
    ("without_model", read_a_part_of_a_page_without_the_model),
    ("without_model", take_text_from_a_picture),
    ("misplaced", swap_texts_that_are_taken),
    ("misplaced", take_half_of_a_text),
    ("paid_for_nothing", ask_about_a_page_that_carries_its_text),
    ("paid_for_nothing", ask_about_a_page_before_somebody_names_it),
    ("paid_for_nothing", ask_about_another_page_than_was_named),
    ("lost", keep_the_text_that_was_taken_after_a_retry),
    ("living_removed", remove_a_layer),
    ("misjudged", doubt_what_is_right),
    ("misjudged", say_nothing_of_the_second_reader),
    ("misjudged", say_that_the_second_reader_is_switched_off),
]


@pytest.mark.parametrize(("fault", "plant"), PLANTED, ids=[plant.__name__ for _, plant in PLANTED])
def test_a_planted_fault_is_counted_and_nothing_else(
    fault: str, plant: Callable[[Evidence], None]
) -> None:
    found = good()
    plant(found)
    verdict = judge(found)
    assert not verdict.good
    counts = {name for name in FAULTS if verdict.counts()[name]}
    assert counts == {fault}, verdict.told
    assert verdict.told


@pytest.mark.parametrize("reason", ["anchor_failed", "no_anchor_in_time"])
def test_a_page_that_the_second_reader_could_not_look_at_is_no_fault(reason: str) -> None:
    found = good()
    found.pages[ID][1]["verification"] = {"status": "not_verified", "reason": reason}
    verdict = judge(found)
    assert verdict.good, verdict.told
    assert (verdict.verified, verdict.not_verified) == (PAGES - 1, 1)


def test_every_count_has_a_planted_fault() -> None:
    assert {fault for fault, _ in PLANTED} == set(FAULTS)


def test_pages_that_nobody_can_read_may_fail_with_the_servers_words() -> None:
    found = good()
    renumber(found, HOPELESS, 4)
    found.pages[ID][2] = failed_page(3, "answer_cut_off", "the answer was cut off")
    verdict = judge(found)
    assert (verdict.good, verdict.failed_visible) == (True, 1), verdict.told
    renumber(found, BAD, 4)
    found.pages[ID][3] = failed_page(4, "reader_failed", f"500: {papers.CRASHES}")
    verdict = judge(found)
    assert (verdict.good, verdict.failed_visible) == (True, 1), verdict.told


def test_without_bad_pages_each_of_them_must_be_read() -> None:
    found = good()
    renumber(found, BAD, 4)
    found.pages[ID][3] = failed_page(4, "reader_failed", f"500: {papers.CRASHES}")
    found.bad_pages = False
    assert judge(found).good_failed == 1


def disturb(found: Evidence) -> None:
    found.timeline.disturbed = lambda *_: True  # type: ignore[method-assign]


def somebody_retries_the_page(found: Evidence) -> None:
    found.actions = [action("retry pages", CALM + 2, pages=frozenset({2}))]


@pytest.mark.parametrize("excuse", [disturb, somebody_retries_the_page])
def test_a_page_that_is_asked_for_again_for_a_reason_is_not_paid_twice(
    excuse: Callable[[Evidence], None],
) -> None:
    found = good()
    found.readings[ID] = [(1, CALM + 2), (2, CALM + 5), (3, CALM + 5)]
    ask_for_what_was_answered(found)
    found.pages[ID][1] = page(2, text=papers.answer(NUMBER, 2, 2))
    assert judge(found).paid_twice == 1
    excuse(found)
    verdict = judge(found)
    assert verdict.good, verdict.told


def test_an_event_that_comes_twice_is_explained_by_noise_before_unless_the_file_is_newer() -> None:
    found = good()
    ask_twice_at_once(found)
    noise = CALM - 20
    found.timeline.disturbed = lambda begin, end: begin <= noise <= end  # type: ignore[method-assign]
    assert judge(found).paid_twice == 0
    found.accepted = [Accepted(ID, NUMBER, began=CALM - 1)]
    assert judge(found).paid_twice == 1


def test_a_retry_of_named_pages_explains_a_new_call_of_these_only() -> None:
    found = good()
    found.actions = [action("retry pages", CALM + 20, pages=frozenset({2}))]
    found.calls = [*found.calls, call(2, CALM + 30, 2)]
    found.pages[ID][1] = page(2, text=papers.answer(NUMBER, 2, 2))
    verdict = judge(found)
    assert verdict.good, verdict.told
    found.calls = [*found.calls, call(3, CALM + 30, 2)]
    assert judge(found).paid_twice == 1


def test_whoever_was_on_the_way_when_a_cancel_was_settled_may_still_ask() -> None:
    found = good()
    cancelled(found, CALM - 1)
    found.calls = [call(n, CALM + 2) for n in range(1, PAGES + 1)]
    assert list(payments.read_after_cancel(found)) == []


def test_a_cancel_whose_file_somebody_retries_does_not_hold() -> None:
    found = good()
    cancelled(found, CALM - 50)
    found.files[ID]["status"] = "completed"
    found.actions = [*found.actions, action("retry file", CALM - 40)]
    verdict = judge(found)
    assert verdict.good, verdict.told


def test_a_file_that_was_uploaded_twice_is_not_judged_by_its_calls() -> None:
    found = good()
    found.accepted = [FILE, Accepted(OTHER_ID, NUMBER)]
    found.calls = [*found.calls, call(2, CALM + 30, 2)]
    assert list(payments.paid_twice(found)) == []


def test_the_wait_goes_on_while_there_is_progress_and_ends_when_nothing_is_left() -> None:
    looks = iter([*(Look("pages", progress) for progress in range(50)), Look("")])
    assert quiet.wait_for_quiet(lambda: next(looks), print, pause_s=0, still_at_most=2)


@pytest.mark.parametrize(
    "progress",
    [
        pytest.param(lambda _: 1, id="nothing"),
        pytest.param(lambda number: number % 2, id="a circle"),
        pytest.param(lambda _: None, id="no answer"),
    ],
)
def test_the_wait_ends_after_so_many_looks_without_progress(
    progress: Callable[[int], int | None],
) -> None:
    looks: list[int] = []
    told: list[str] = []

    def look() -> Look:
        return Look("one page", progress(len(looks)))

    assert not quiet.wait_for_quiet(look, told.append, looks.append, 0, still_at_most=5)
    assert len(looks) <= 7
    assert "one page" in told[-1]


def test_the_wait_ends_though_something_new_happens_for_ever() -> None:
    looks: list[int] = []

    def look() -> Look:
        return Look("one page", len(looks))

    assert not quiet.wait_for_quiet(look, print, looks.append, 0, looks_at_most=20)
    assert len(looks) == 20


def test_a_call_of_the_harness_is_retried_and_then_there_is_no_verdict() -> None:
    tries: list[int] = []

    def call_in_vain() -> None:
        tries.append(1)
        raise TimeoutError("slow")

    with pytest.raises(NoVerdict, match=r"asking failed 3 times.*slow"):
        patience.retry("asking", call_in_vain, TimeoutError, tries=3, first_pause_s=0)
    assert len(tries) == 3


def test_the_same_seed_makes_the_same_noise_and_leaving_some_out_changes_nothing_else() -> None:
    everything = list(disturbances(5, 90))
    assert everything == list(disturbances(5, 90))
    some = list(disturbances(5, 90, {"person", "clock"}))
    assert some == [one for one in everything if one.kind not in ("person", "clock")]
    assert {one.kind for one in everything} <= set(KINDS)
    assert len({(one.kind, one.target) for one in everything if one.kind == "person"}) == 4


def test_an_error_of_the_harness_is_no_verdict_and_has_an_exit_code_of_its_own() -> None:
    """The folder to keep is there already, so that nothing can begin."""
    arguments = ["--seconds", "1", "--files", "1", "--seed", "1", "--keep", "."]
    command = [sys.executable, "-m", "tests.chaos", *arguments]
    done = subprocess.run(command, cwd=checkout(), capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stderr
    assert '"no_verdict": "FileExistsError' in done.stdout
