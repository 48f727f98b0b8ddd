"""Ceilings in money and estimates, as people meet them on the command line."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.acceptance.commandline import Up, environment, finished, lector, up_with_model
from tests.support import pdfs
from tests.support.model import ScriptedModel, completion

# A whole Lector for these alone.
pytestmark = pytest.mark.slow

PRICES = {"MODEL_PROMPT_PRICE_USD": "1", "MODEL_COMPLETION_PRICE_USD": "100"}


@pytest.fixture(scope="module")
def priced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Up, ScriptedModel]]:
    """A Lector whose model asks for some 41 cents a call at most, and a cent for an answer."""
    folder = tmp_path_factory.mktemp("priced")
    with up_with_model(folder, {"OPENAI_API_KEY": "secret", **PRICES}) as (running, model):
        model.otherwise = completion("some text", usage={"cost": 0.3})
        yield running, model


def three_pages(folder: Path) -> Path:
    path = folder / f"{uuid4()}.pdf"
    path.write_bytes(pdfs.drawn_pdf([f"{n} {uuid4()}" for n in range(3)]))
    return path


def test_ocr_ends_at_a_ceiling_with_what_was_read_and_budget_has_it_go_on(
    priced: tuple[Up, ScriptedModel], tmp_path: Path
) -> None:
    running, _ = priced
    done = running.ocr(three_pages(tmp_path), "--max-cost", "0.75")
    assert done.code == 1
    assert done.out.count("some text") == 2
    assert "the file's ceiling of $0.75 is reached" in done.err
    assert "2 pages read" in done.err
    [row, *_] = lector("ls", data=running.data).out.splitlines()[1:]
    file_id, _, status, read, _, cost, reason, _, _ = row.split("\t")
    assert (status, read, cost) == ("reading", "2 of 3", "$0.6 of $0.75")
    assert "the file's ceiling" in reason
    shown = lector("budget", file_id, data=running.data)
    assert shown.out.startswith("$0.6 spent, $0.75 at most; waits since ")
    raised = lector("budget", file_id, "2", data=running.data)
    assert raised.out == "$0.6 spent, $2 at most\n"
    assert finished(running.url, file_id)["status"] == "completed"
    shown = lector("budget", file_id, "none", data=running.data)
    assert shown.out == "$0.9 spent, no ceiling\n"
    assert lector("budget", file_id, "much", data=running.data).code == 2
    assert lector("budget", data=running.data).out == "$0.9 spent today (UTC)\n"


def test_an_estimate_uploads_nothing_and_says_how_pages_are_read(
    priced: tuple[Up, ScriptedModel], tmp_path: Path
) -> None:
    running, model = priced
    asked = len(model.requests)
    files = len(lector("ls", data=running.data).out.splitlines())
    text = tmp_path / "letter.pdf"
    text.write_bytes(pdfs.text_pdf(["It carries what it says in words that can be trusted."] * 2))
    here = {**environment(running.data), "OPENAI_BASE_URL": model.base_url, **PRICES}
    words = ("ocr", "--estimate", str(three_pages(tmp_path)), str(text))
    done = lector(*words, data=running.data, env=here)
    elsewhere = lector(*words, "--server", running.url, data=running.data)
    for said in (done, elsewhere):
        assert said.code == 0, said.err
        first, second, total = said.out.splitlines()
        assert first.partition(": ")[2].startswith("3 pages, 3 by ")
        assert "about $0.2" in first
        assert second.startswith("letter.pdf: 2 pages, 2 need no reader")
        assert total.startswith("2 files with 5 pages, about $0.2")
    assert len(lector("ls", data=running.data).out.splitlines()) == files
    assert len(model.requests) == asked


def test_an_estimate_names_what_cannot_be_read_and_goes_on(
    priced: tuple[Up, ScriptedModel], tmp_path: Path
) -> None:
    broken, blank = tmp_path / "broken.pdf", tmp_path / "white.pdf"
    broken.write_bytes(pdfs.not_a_pdf())
    blank.write_bytes(pdfs.blank_page_pdf())
    done = lector("ocr", "--estimate", broken, blank, data=priced[0].data)
    assert done.code == 1
    assert "lector: broken.pdf cannot be read: the file is neither a PDF" in done.err
    assert done.out == "white.pdf: 1 page, 1 needs no reader, at no cost\n"
