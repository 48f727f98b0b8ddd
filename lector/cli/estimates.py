"""ocr --estimate: what reading files may cost, after a look at them on this machine."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import click

from lector.cli import output
from lector.cli.answers import Json
from lector.cli.client import Client
from lector.cli.outcome import Document
from lector.domain import cost_estimates, page_selection, reader_catalogue
from lector.domain.cost_estimates import Estimate, Pages
from lector.domain.states import LayerVerdict, TextLayerUse
from lector.runtime import source_tree
from lector.runtime.failures import LectorError

MOST_LOOKED_AT = 60
"""Pages of a file that are looked at for their text; the others are taken to be as those."""


def show(
    server: str | None,
    token: str | None,
    documents: Sequence[Document],
    wishes: Mapping[str, Any],
    *,
    as_json: bool,
) -> None:
    """Print what reading documents may cost: of each, and of all together where there are several.

    The prices are those of the Lector elsewhere, if there is one, else of the readers on this
    machine. Nothing is uploaded or started.

    A document that cannot be read is named, and exits with 1 in the end.

    Raises:
        LectorError: there is no such reader.
        click.UsageError: one is not on this machine, but at a URL.

    """
    if any(document.url for document in documents):
        raise click.UsageError("--estimate looks at files on this machine, not at URLs")
    estimates, failed = [], False
    for document in documents:
        try:
            pages, remarks = _look_at(document, wishes)
        except LectorError as error:
            output.echo(f"{document.name} cannot be read: {_without_code(error)}")
            failed = True
            continue
        found = _estimate(server, token, pages, wishes)
        found["words"] += remarks
        estimates.append((document.name, found))
    if as_json:
        said = [{"name": name, **_to_json(one)} for name, one in estimates]
        output.write_json({"files": said, "about_usd": _sum(said), "words": _total(said)})
    else:
        for name, one in estimates:
            output.write_text(f"{name}: {one['words']}")
        if len(estimates) > 1:
            output.write_text(_total([one for _, one in estimates]))
    if failed:
        sys.exit(1)


def _without_code(error: LectorError) -> str:
    """A failure in words alone, of those that begin with their code."""
    words = str(error)
    code = getattr(error, "code", None)
    return words.removeprefix(f"{code}: ") if code else words


def _look_at(document: Document, wishes: Mapping[str, Any]) -> tuple[Pages, str]:
    """How many pages there are to read, and how many carry their text or are blank.

    Also what else is to be said of them.
    """
    source_tree.import_functions(in_children=True)
    from functions.render import rendering  # noqa: PLC0415 - takes a second
    from lector.runtime import settings  # noqa: PLC0415

    if document.finished:
        raise LectorError(f"{document.name}: {document.file.get('error')}")
    config = settings.load(settings.Rendering)
    count = rendering.inspect(document.path, page_selection.MOST_PAGES, config).page_count
    numbers = page_selection.select(wishes.get("pages"), count)
    sample = numbers[:: max(1, -(-len(numbers) // MOST_LOOKED_AT))]
    coarse = replace(config, render_dpi=50)
    drawn = list(rendering.render(document.path, sample, coarse))
    failed = {number: page for number, page in drawn if isinstance(page, Exception)}
    use = _use(wishes)
    free = sum(_is_free(page, use) for _, page in drawn)
    pages = Pages(len(numbers), round(free * len(numbers) / max(1, len(sample))))
    return pages, _remarks(pages, len(sample), failed)


def _remarks(pages: Pages, looked_at: int, failed: Mapping[int, Exception]) -> str:
    """What else is to be known of an estimate: how few pages were seen, and which will fail."""
    words = ""
    if looked_at < pages.count:
        words += f" ({looked_at} of {pages.count} pages were looked at)"
    if failed:
        number, reason = next(iter(failed.items()))
        count = output.count(len(failed), "page")
        words += f" ({count} cannot be drawn, and will fail at no cost: page {number}, {reason})"
    return words


def _use(wishes: Mapping[str, Any]) -> str:
    """What becomes of text layers: who names how pages are read has all of them read."""
    named = any(wishes.get(name) for name in ("reader", "prompt", "model", "describe"))
    return wishes.get("text_layer") or (TextLayerUse.NEVER if named else TextLayerUse.AUTO)


def _is_free(page: Any, use: str) -> bool:
    if isinstance(page, Exception):
        return True  # it will fail, at no cost
    layer = page.layer
    if page.blank or layer is None or use == TextLayerUse.NEVER:
        return bool(page.blank)
    return use == TextLayerUse.ALWAYS or layer.verdict == LayerVerdict.TRUSTED


def _estimate(
    server: str | None, token: str | None, pages: Pages, wishes: Mapping[str, Any]
) -> Json:
    if server is None:
        return {**vars(_estimate_here(pages, wishes))}
    body = {name: wishes[name] for name in ("reader", "prompt", "model", "describe")}
    said = {name: value for name, value in body.items() if value}
    about = {"pages": pages.count, "text_layer_pages": pages.free, "text_layer": TextLayerUse.AUTO}
    with Client(server, token) as client:
        return client.send("POST", "/v1/estimate", json={**said, **about})


def _estimate_here(pages: Pages, wishes: Mapping[str, Any]) -> Estimate:
    from lector.local.wiring import EMBEDDED, reads_here  # noqa: PLC0415

    catalogue = reader_catalogue.current()
    name = catalogue.name_of(wishes.get("reader"))
    if wishes.get("reader") is None and reads_here():
        name = EMBEDDED
    reader = catalogue.readers.get(name)
    if reader is None:
        raise LectorError(f"there is no reader {name!r}; `lector readers` lists them")
    model = wishes.get("model") or reader.model_name()
    prices = reader.prices_of(model)
    prompt = wishes.get("prompt") or ""
    return cost_estimates.estimate(pages, name, reader, model, prices, prompt)


def _to_json(one: Json) -> Json:
    return {name: one[name] for name in Estimate.__dataclass_fields__}


def _sum(found: Sequence[Json]) -> float | None:
    costs = [one["about_usd"] for one in found]
    return None if None in costs else sum(costs)


def _total(found: Sequence[Json]) -> str:
    about, pages = _sum(found), sum(one["pages"] for one in found)
    if about is None:
        cost = "at a cost that is not known"
    else:
        cost = f"about {cost_estimates.dollars(about)}" if about else "at no cost"
    files = output.count(len(found), "file")
    return f"{files} with {output.count(pages, 'page')}, {cost}"
