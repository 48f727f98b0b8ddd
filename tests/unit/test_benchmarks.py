"""Benchmarks that would be noticed as broken only when somebody runs them."""

from pathlib import Path

import pymupdf
import pytest

from benchmarks import samples
from benchmarks.first_events import first_event
from benchmarks.full_stack import check_provenance
from lector.domain.functions import FUNCTIONS
from lector.domain.states import Provenance
from lector.local import functions


def test_the_start_of_every_function_is_measured() -> None:
    assert sorted(FUNCTIONS) == functions.names()


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name != "upload"])
def test_every_function_that_is_woken_by_events_has_one_to_begin_with(name: str) -> None:
    assert first_event(name).type.startswith("lector.")


def test_pages_that_a_model_is_to_read_carry_no_text(tmp_path: Path) -> None:
    text, drawn = samples.text_pdf(tmp_path / "t", 1), samples.drawn_pdf(tmp_path / "d", 1)
    with pymupdf.open(text) as printed, pymupdf.open(drawn) as pictures:
        assert len(printed[0].get_text().split()) == 500
        assert pictures[0].get_text() == ""
        assert not pictures[0].get_pixmap().is_unicolor


@pytest.mark.parametrize(
    "counts",
    [{"text_layer": 2}, {"model": 255, "text_layer": 1}, {"model": 255, "cache": 1}, {}],
)
def test_there_is_no_figure_if_the_model_did_not_read_every_page(counts: dict[str, int]) -> None:
    check_provenance({"model": 256}, Provenance.MODEL)
    with pytest.raises(RuntimeError, match="to be read by model"):
        check_provenance(counts, Provenance.MODEL)
