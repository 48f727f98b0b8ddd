"""The steps of a page as `lector trace` draws them, by where its text is from."""

from lector.cli import trace
from lector.cli.answers import Json

AT = "2026-11-27T14:00:0{}Z".format
FILE = {
    "name": "a.pdf",
    "status": "completed",
    "error": None,
    "created_at": AT(0),
    "uploaded_at": AT(1),
    "opened_at": AT(2),
    "finished_at": AT(6),
}


def page(**changes: object) -> Json:
    """A page that a model read at once."""
    usage = {"prompt_tokens": 11, "completion_tokens": 7, "cost_usd": None}
    return {
        "number": 1,
        "status": "read",
        "error": None,
        "provenance": "model",
        "doubts": [],
        "model": "small",
        "attempts": 1,
        "usage": usage,
        "waiting": None,
        "render_s": 0.5,
        "created_at": AT(2),
        "rendered_at": AT(3),
        "reading_at": AT(4),
        "finished_at": AT(5),
        **changes,
    }


def step(shown: Json) -> trace.Step:
    """The page's step within its file's."""
    return trace.file_steps(FILE, [shown]).steps[-1]


def test_a_page_that_a_model_read_waited_for_it() -> None:
    names = [one.name for one in step(page()).steps]
    assert names == ["wait for its image", "draw", "wait for the model", "read"]


def test_a_page_whose_text_was_taken_from_it_waited_for_no_model() -> None:
    taken = step(page(provenance="text_layer", model=None, attempts=None))
    assert [one.name for one in taken.steps][2:] == ["wait for its text"]
    assert taken.note == "read (text_layer)"


def test_a_page_whose_text_was_taken_after_answers_were_refused_waited_for_the_model() -> None:
    taken = step(page(provenance="text_layer", attempts=8))
    assert [one.name for one in taken.steps][2:] == ["wait for the model", "read"]


def test_a_page_that_a_person_wrote_days_later_was_not_read_for_days() -> None:
    shown = page(provenance="person", attempts=None, reading_at="2026-11-30T09:00:00Z")
    written = step(shown)
    assert [one.name for one in written.steps][2:] == ["wait for its text"]
    assert written.note == "read (person)"


def test_a_page_to_look_at_says_why() -> None:
    doubts = [
        {"code": "damaged_content", "detail": "half of it is missing"},
        {"code": "parts_illegible", "detail": "two places"},
    ]
    assert step(page(provenance="cache", doubts=doubts)).note == (
        "read (cache), to look at: half of it is missing; two places"
    )


def test_a_page_of_a_server_of_before_has_no_doubts() -> None:
    shown = page()
    del shown["doubts"]
    assert step(shown).note == "read"
