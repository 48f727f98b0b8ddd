"""pipeline, concurrency, text_layer: the whole stack, with a model that answers or is not asked."""

from collections.abc import Collection, Iterator
from pathlib import Path

from benchmarks import bare_rendering, full_stack, samples
from benchmarks.reporting import Figure, say
from lector.domain.states import Provenance

NAMES = ("pipeline", "concurrency", "text_layer")

_WITHIN_S = 90.0
_FILES = 16
_PIPELINE_PAGES = 16
_CONCURRENCY_PAGES = 32
_SLOTS = 64
_MODEL_S = 2.0
_PIPELINE_NOTE = (
    "{pages} pages of {files} files, text as pictures, first upload to last page read, every"
    " process on this machine, a model that answers at once; limit: bare PyMuPDF + Pillow loops on"
    " every core and nothing else running; ratio = value/limit"
)
_TEXT_LAYER_NOTE = (
    "{pages} text pages of {files} files, as in pipeline, but their text is taken from the PDF and"
    " no model is asked; limit: the same as pictures, which the model reads, on a stack of their"
    " own before; ratio = value/limit"
)
_CONCURRENCY_NOTE = (
    "a model that takes {delay:.0f} s, {slots} slots; {count} pages, first upload to last page"
    " read, while the slots grow, too; limit: slots / latency, computed; ratio = value/limit"
)
_STEADY_NOTE = (
    "of these, {count} pages in the steady state, after the slots have grown and before the last"
    " round; limit: slots / latency, computed; ratio = value/limit"
)


def measure(folder: Path, wanted: Collection[str]) -> Iterator[Figure]:
    """Each on a stack of its own, so that slots and caches begin anew."""
    if "pipeline" in wanted:
        yield _pipeline(folder)
    if "concurrency" in wanted:
        yield from _concurrency(folder)
    if "text_layer" in wanted:
        yield _text_layer(folder)


def _pipeline(folder: Path) -> Figure:
    pages = _FILES * _PIPELINE_PAGES
    paths = full_stack.pdfs(folder / "pipeline-pdfs", _FILES, _PIPELINE_PAGES)
    say("pipeline: the bare loop on every core")
    limit = bare_rendering.pages_per_s_of_the_machine(paths[0], _PIPELINE_PAGES, rounds=8)
    [warm_up] = full_stack.pdfs(folder / "pipeline-warm-up", 1, 40)
    with full_stack.running(folder / "pipeline", model_delay_s=0.0) as stack:
        full_stack.read(stack, [warm_up], 40, _WITHIN_S)
        say(f"pipeline: {pages} pages")
        finished = full_stack.read(stack, paths, pages, _WITHIN_S)
    note = _PIPELINE_NOTE.format(pages=pages, files=_FILES)
    return Figure("pipeline", pages / finished[-1], "pages/s", limit, note)


def _concurrency(folder: Path) -> Iterator[Figure]:
    pages = _FILES * _CONCURRENCY_PAGES
    paths = full_stack.pdfs(folder / "concurrency-pdfs", _FILES, _CONCURRENCY_PAGES)
    with full_stack.running(folder / "concurrency", _MODEL_S) as stack:
        say(f"concurrency: {pages} pages")
        finished = full_stack.read(stack, paths, pages, _WITHIN_S)
    limit = _SLOTS / _MODEL_S
    note = _CONCURRENCY_NOTE.format(delay=_MODEL_S, slots=_SLOTS, count=pages)
    yield Figure("concurrency", pages / finished[-1], "pages/s", limit, note)
    steady = finished[2 * _SLOTS : -_SLOTS]
    count = len(steady) - 1
    value, note = count / (steady[-1] - steady[0]), _STEADY_NOTE.format(count=count)
    yield Figure("concurrency_steady", value, "pages/s", limit, note)


def _text_layer(folder: Path) -> Figure:
    pages = _FILES * _PIPELINE_PAGES
    rates: dict[Provenance, float] = {}
    makers = {Provenance.MODEL: samples.drawn_pdf, Provenance.TEXT_LAYER: samples.text_pdf}
    for provenance, make in makers.items():
        name = f"text_layer-{provenance}"
        paths = full_stack.pdfs(folder / f"{name}-pdfs", _FILES, _PIPELINE_PAGES, make)
        [warm_up] = full_stack.pdfs(folder / f"{name}-warm-up", 1, 40, make)
        with full_stack.running(folder / name, 0.0, settings={"TEXT_LAYER": "auto"}) as stack:
            full_stack.read(stack, [warm_up], 40, _WITHIN_S, provenance)
            say(f"text_layer: {pages} pages to be read by {provenance}")
            finished = full_stack.read(stack, paths, pages, _WITHIN_S, provenance)
        rates[provenance] = pages / finished[-1]
    note = _TEXT_LAYER_NOTE.format(pages=pages, files=_FILES)
    value, limit = rates[Provenance.TEXT_LAYER], rates[Provenance.MODEL]
    return Figure("text_layer", value, "pages/s", limit, note)
