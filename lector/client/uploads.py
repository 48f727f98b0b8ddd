"""Documents on their way: uploaded, or fetched by the server, one alone or many."""

from collections import deque
from collections.abc import AsyncGenerator, Iterable, Sequence
from itertools import islice
from typing import cast

from lector.client.api import Api, Options
from lector.client.batches import ONE_BY_ONE, batches
from lector.client.errors import Refused, ServerError
from lector.client.options import ReadingOptions
from lector.client.reading import Reading, Refusal
from lector.client.sources import Readable, SmallFile, Source, is_url


async def begin(
    api: Api,
    what: Readable,
    name: str | None,
    options: ReadingOptions,
    *,
    partial: bool,
) -> Reading:
    """A document that is uploaded, or fetched by the server, and on its way.

    Raises:
        ValueError: the server fetches it, and has no password for that.

    """
    how = cast("Options", options)
    if is_url(what):
        if options.get("password") is not None:
            raise ValueError(
                "a password goes with what is uploaded; of a file at a URL, retry takes it"
            )
        file = await api.fetch(cast("str", what), name, how)
    else:
        file = await api.upload(Source(what, name), how)
    return Reading(api, file, partial=partial)


async def begin_many(
    api: Api,
    sources: Iterable[Readable],
    ahead: int,
    options: ReadingOptions,
    *,
    partial: bool,
) -> AsyncGenerator[Reading, None]:
    """Documents in their order, each when up to `ahead` of the next are uploaded, too.

    Others are uploaded when half of those are left, so that many small ones go up together.
    """
    begun: deque[Reading] = deque()
    left = iter(sources)
    while True:
        if len(begun) <= ahead // 2:
            some = list(islice(left, ahead + 1 - len(begun)))
            begun.extend(await _begin_some(api, some, options, partial=partial))
        if not begun:
            return
        yield begun.popleft()


async def _begin_some(
    api: Api, some: Sequence[Readable], options: ReadingOptions, *, partial: bool
) -> list[Reading]:
    """Each on its way, or why it is not; in their order."""
    begun: dict[int, Reading] = {}
    # A password is said of each alone, as if nobody knew how large it is.
    sizes = [None if options.get("password") else _size(one) for one in some]
    for places in batches(range(len(some)), sizes.__getitem__):
        if len(places) > 1:
            together = [some[place] for place in places]
            found = await _begin_together(api, together, options, partial=partial)
        else:
            found = [await _begin_alone(api, some[places[0]], options, partial=partial)]
        begun |= dict(zip(places, found, strict=True))
    return [begun[place] for place in range(len(some))]


async def _begin_alone(
    api: Api, what: Readable, options: ReadingOptions, *, partial: bool
) -> Reading:
    try:
        return await begin(api, what, None, options, partial=partial)
    except (ServerError, OSError) as error:
        return Refusal(api, Source(what).name, error)


async def _begin_together(
    api: Api, some: Sequence[Readable], options: ReadingOptions, *, partial: bool
) -> list[Reading]:
    """Small files in one request; one by one where a server takes no many at once."""
    said = cast("Options", options)
    folder = options.get("folder")
    common = {name: value for name, value in said.items() if name != "folder"}
    try:
        files = [SmallFile(one.name, one.read(), folder) for one in map(Source, some)]
        outcomes = await api.upload_many(files, common)
    except (ServerError, OSError) as error:
        if isinstance(error, OSError) or getattr(error, "status", None) in ONE_BY_ONE:
            return [await _begin_alone(api, one, options, partial=partial) for one in some]
        return [Refusal(api, Source(one).name, error) for one in some]
    return [
        Refusal(api, file.name, outcome)
        if isinstance(outcome, Refused)
        else Reading(api, outcome, partial=partial)
        for file, outcome in zip(files, outcomes, strict=True)
    ]


def _size(what: Readable) -> int | None:
    """How many bytes it has; None of what is elsewhere, or nowhere."""
    if is_url(what):
        return None
    try:
        return Source(what).size_bytes()
    except OSError:  # said when it is to be sent
        return None
