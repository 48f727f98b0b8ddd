"""A client of the HTTP API for commands: `lector.client.api`, without coroutines."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lector.cli.answers import Json, Refused, ServerError, Target
from lector.client.api import FILES_PER_REQUEST, Api
from lector.client.errors import NotFound
from lector.client.http import BlockingHttp, iterate, run
from lector.client.options import CONNECT_FOR_S
from lector.client.sources import SmallFile, Source

_HINTS = {
    "token_needed": "; put it into LECTOR_TOKEN or a file that --token-file names",
    "too_many_requests": "; try again in a minute",
    "not_now": "; `lector doctor`, on the machine where Lector runs, looks for the reason",
}


class Client:
    """A Lector at a URL.

    `keeps_folders`: it is known, by `check_options`, that it takes the folder of a file.
    """

    def __init__(self, url: str, token: str | None = None) -> None:
        self._api = Api(BlockingHttp, url, token or os.environ.get("LECTOR_TOKEN"), _HINTS)
        self.url = url
        self.keeps_folders = False

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        run(self._api.close())

    def check(self) -> None:
        """Raise ServerError unless a Lector answers at the URL."""
        try:
            self.send("GET", "/v1/files", retry_for_s=CONNECT_FOR_S, params={"limit": 1})
        except NotFound as error:
            more = ": leave out what stands behind the host" if urlsplit(self.url).path else ""
            raise ServerError(f"{self.url} is not the address of a Lector{more}") from error

    def upload(
        self,
        path: Path,
        pages: str | None = None,
        name: str | None = None,
        **reading_options: str | float | bool | None,
    ) -> Json:
        """Announce a file, PUT its bytes and confirm; the file as the server shows it.

        It is called `name`, or as its path. `reading_options` may hold reader, prompt, model,
        language, text_layer, describe, max_cost_usd and keep_days; the file's folder; and `again`,
        False: a file of before is the answer where the same bytes were read in the same way, and
        has `found`.
        """
        return run(self._api.upload(Source(path, name), {"pages": pages, **reading_options}))

    def upload_from(self, url: str, **reading_options: str | float | bool | None) -> Json:
        """Have the server fetch the file at a URL, as `Api.fetch` does."""
        return run(self._api.fetch(url, None, reading_options))

    def upload_many(
        self,
        files: Sequence[SmallFile],
        **reading_options: str | float | bool | None,
    ) -> list[Json | Refused]:
        """Send small files, as `Api.upload_many` does."""
        return run(self._api.upload_many(files, reading_options))

    def check_options(self, **reading_options: str | float | bool | None) -> None:
        """Find out whether files could be read so, as `Api.check_options` does."""
        self.keeps_folders = run(self._api.check_options(reading_options))

    def is_out_of_money(self, file: Json) -> bool:
        """Whether all that is left of a file waits for money, as `Api.is_out_of_money` does."""
        return run(self._api.is_out_of_money(file))

    def files(self, ids: Sequence[str]) -> Iterator[Json]:
        """These files with their progress."""
        return iterate(self._api.files(ids))

    def list_files(self, per_request: int = FILES_PER_REQUEST, **filters: Any) -> Iterator[Json]:
        """All files, or those that filters of GET /v1/files choose, in the order of its `sort`."""
        return iterate(self._api.list_files(filters, per_request))

    def pages(
        self,
        file_id: str,
        after: int = 0,
        *,
        doubted: bool = False,
        corrected: bool = False,
        text: bool = True,
    ) -> Iterator[Json]:
        """A file's pages, as `Api.pages` has them."""
        only = {"doubted": doubted, "corrected": corrected, "text": text}
        return iterate(self._api.pages(file_id, after, **only))

    def fetch(self, file_id: str, style: str, target: Target, *, words: bool = False) -> None:
        """Write a file's text in a format of `formats` into something open.

        With `words`, JSON has each word and where it stands.
        """
        query = {"format": style, **({"words": "true"} if words else {})}
        self.copy(f"/v1/files/{file_id}/text", query, target)

    def copy(self, path: str, query: dict[str, str], target: Target) -> None:
        """Write an answer that is no JSON into something open."""
        run(self._api.copy(path, query, target))

    def watch(self) -> Iterator[Json]:
        """What happens from now on, as `Api.watch` has it."""
        return iterate(self._api.watch())

    def download_object(self, url: str, target: Target) -> None:
        """Write what an address of the object store leads to into something open."""
        run(self._api.download_object(url, target))

    def send(
        self, method: str, path: str, retry_for_s: float | None = None, **options: Any
    ) -> Json:
        """An answer's JSON, as `Api.send` has it."""
        return run(self._api.send(method, path, retry_for_s, **options))
