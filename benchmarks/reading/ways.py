"""Ways of reading the same pages: a Lector, and what is asked of it."""

import argparse
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks.reading import lectors
from benchmarks.reading.lectors import Lector
from benchmarks.reporting import say

LAYER, DRAWN = "text layer", "embedded reader"
BEFORE = "before: "


@dataclass(frozen=True)
class Way:
    """A way of reading; `only_layers`: those pages of which there is a file with its text."""

    name: str
    lector: Lector
    options: Mapping[str, str | None]
    only_layers: bool = False


def start(asked: argparse.Namespace, cleanup: ExitStack) -> Iterator[Way]:
    """The ways that were asked for; Lectors run until `cleanup` ends them."""
    language = "page" if asked.tell_language else None
    layer = {"text_layer": "auto"}
    drawn = {"text_layer": "never", "language": language}
    say("starting Lector")
    if not asked.endpoint or asked.embedded:
        own = cleanup.enter_context(lectors.running(asked.lector, {"OPENAI_BASE_URL": ""}))
        yield Way(LAYER, own, layer, only_layers=True)
        yield Way(DRAWN, own, drawn)
        if asked.reader:
            yield Way(asked.reader, own, {**drawn, "reader": asked.reader})
    if asked.against and asked.against.is_dir():
        say("starting the Lector of before")
        other = cleanup.enter_context(lectors.running(asked.against, {"OPENAI_BASE_URL": ""}))
        yield Way(f"{BEFORE}{LAYER}", other, layer, only_layers=True)
        yield Way(f"{BEFORE}{DRAWN}", other, drawn)
    if asked.endpoint:
        named = {"OPENAI_BASE_URL": asked.endpoint, "OPENAI_MODEL": asked.model}
        remote = cleanup.enter_context(lectors.running(asked.lector, named))
        yield Way(asked.model, remote, drawn)
