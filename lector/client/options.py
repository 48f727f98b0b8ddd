"""What a program says of how pages are to be read, and of where Lector is."""

import os
from collections.abc import Callable, Mapping
from typing import Literal, TypedDict

from lector.client.api import Api
from lector.client.errors import ServerError
from lector.client.http import Http
from lector.client.models import Json

Format = Literal["text", "plain", "markdown", "json", "chunks", "pdf", "hocr", "alto", "original"]
"""pdf is what was uploaded, made searchable, original is that as it was; hocr and alto hold words
with their places, chunks is a line of JSON for each piece of the text."""

USUAL_CHUNK = 1500
"""Characters that a chunk has at most, unless somebody says otherwise."""

CONNECT_FOR_S = 3.0
"""Until anything answers at all: long enough for a restart, short for a mistyped address."""
_HINTS = {
    "token_needed": "; give it to Lector(url, token), or put it into LECTOR_TOKEN",
    "too_many_requests": "; try again in a minute",
}
_NO_URL = (
    "say where Lector is: Lector('https://…'), or LECTOR_SERVER; Lector.local() uses this machine"
)


class RetryOptions(TypedDict, total=False):
    """How pages are to be read once more; what is left out stays as it was."""

    pages: str
    """Numbers and ranges, such as 1-3,7; without them those that failed."""
    prompt: str
    model: str
    text_layer: Literal["auto", "never", "always"]
    describe: bool
    reader: str
    language: str
    """Of the pages, such as en or de-AT."""
    include_corrected: bool
    verify: Literal["auto", "never", "always"]
    on_doubt: Literal["keep", "retry", "escalate"]
    password: str
    """Of a locked PDF; it is used once and kept nowhere."""


class ReadingOptions(TypedDict, total=False):
    """How a document is to be read; what is left out is as usual there (docs/models.md)."""

    pages: str
    """Numbers and ranges, such as 1-3,7; without them all."""
    prompt: str
    model: str
    language: str
    """Of the pages, such as en or de-AT."""
    text_layer: Literal["auto", "never", "always"]
    """What becomes of the text that pages carry themselves."""
    describe: bool
    """Whether charts and pictures are described in words, too."""
    reader: str
    """One of those that `lector readers` lists."""
    verify: Literal["auto", "never", "always"]
    """Whether what is read is held against a second reader."""
    on_doubt: Literal["keep", "retry", "escalate"]
    again: bool
    """False: where the same bytes were read in the same way, that document is the answer."""
    max_cost_usd: float
    """What it may cost at most; pages that no money is left for wait."""
    folder: str
    """Where it is kept for people, such as letters/2026; `files` and `search` find it by that."""
    password: str
    """Of a locked PDF that is uploaded; it is used once and kept nowhere."""
    keep_days: int
    """After how many days it is deleted; without it as the tenant has it, or never."""


def connect(http: Callable[..., Http], url: str | None, token: str | None) -> Api:
    """The API at a URL, else at $LECTOR_SERVER, with a token, else with $LECTOR_TOKEN.

    Raises:
        ServerError: neither says a URL, or what it says is none.

    """
    where = url or os.environ.get("LECTOR_SERVER")
    if not where:
        raise ServerError(_NO_URL)
    own_token = token or os.environ.get("LECTOR_TOKEN")
    return Api(http, where, own_token, _HINTS, CONNECT_FOR_S)


def query(chosen: Mapping[str, str | bool]) -> Json:
    """Options of a list as a URL has them."""
    return {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in chosen.items()
    }
