"""events: the events that are kept in JetStream, and those that come; nothing is acknowledged."""

import asyncio
import fnmatch
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import click
import nats
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from lector.cli import file_names, options, output, session
from lector.cli.answers import Json
from lector.cli.event_lines import LineWriter
from lector.runtime.failures import LectorError

_STREAMS = {"LECTOR": "lector", "LECTOR_DEAD": "dead.lector"}
_LONGEST_KEPT = timedelta(days=30)
_CONNECT_TIMEOUT_S, _SILENCE_S = 5.0, 2.0
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _parse_since(_: click.Context, __: click.Parameter, text: str | None) -> timedelta | None:
    try:
        return parse_age(text) if text else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@click.option(
    "--file", "file_id", metavar="FILE", type=options.FILE, help="Only events of this file."
)
@click.option(
    "--type",
    "types",
    multiple=True,
    metavar="PATTERN",
    help="Only these types, such as page.read or 'page.*'; may be repeated.",
)
@click.option("-f", "--follow", is_flag=True, help="Go on with events as they come, until Ctrl-C.")
@click.option(
    "--since",
    metavar="AGE",
    callback=_parse_since,
    help="From so long ago: 90s, 30m, 2h, 7d.  [default: all that is kept; with --follow: now]",
)
@click.option("--json", "as_json", is_flag=True, help="A CloudEvent in JSON on each line.")
@click.option(
    "--nats",
    "nats_url",
    metavar="URL",
    envvar="NATS_URL",
    help="A NATS elsewhere.  [default: $NATS_URL, else that of the data folder]",
)
@options.data_folder
def events(
    file_id: str | None,
    *,
    types: tuple[str, ...],
    follow: bool,
    since: timedelta | None,
    as_json: bool,
    nats_url: str | None,
    data: Path,
) -> None:
    """Show the events of the last days, or follow them; nothing is taken from anybody.

    They are kept for 7 days, dead letters for 30. On a cluster, forward the port of NATS.
    """
    if file_id is not None and not file_names.is_id(file_id):
        with session.connect(None, None, data) as client:
            file_id = options.find_file(client, file_id)
    age = since or (None if follow else _LONGEST_KEPT)
    selection = Selection(file_id, types, datetime.now(UTC) - age if age else None)
    url = nats_url or session.find_nats_url(data)
    write = _write_json_line if as_json else LineWriter().write
    if follow:
        asyncio.run(_follow(url, selection, write))
        return
    for event in asyncio.run(read_kept(url, selection)):
        write(event)


async def _follow(url: str, selection: "Selection", write: Callable[[Json], None]) -> None:
    async for event in follow_events(url, selection):
        write(event)


def _write_json_line(event: Json) -> None:
    click.echo(output.format_json(event, indent=None))


@dataclass(frozen=True)
class Selection:
    """Which events: of a file, of types (patterns such as lector.page.*), not before a moment."""

    file_id: str | None
    types: Sequence[str]
    since: datetime | None

    def includes(self, event: Json) -> bool:
        """Whether an event is of one of the types."""
        patterns = [pattern.removeprefix("lector.") for pattern in self.types] or ["*"]
        event_type = event["type"].removeprefix("lector.")
        return any(fnmatch.fnmatchcase(event_type, pattern) for pattern in patterns)


async def read_kept(url: str, selection: Selection) -> list[Json]:
    """The events that are kept, in the order of their times; each as a structured CloudEvent."""
    async with await _connect(url) as client:
        streams = [_read_stream(client.jetstream(), name, selection) for name in _STREAMS]
        found = [event for events in await asyncio.gather(*streams) for event in events]
    return sorted(found, key=lambda event: str(event["time"]))


async def follow_events(url: str, selection: Selection) -> AsyncIterator[Json]:
    """Events as they come, after those that are kept since `selection.since`, if that is set."""
    arrived: asyncio.Queue[Msg] = asyncio.Queue()
    async with await _connect(url) as client:
        for name in _STREAMS:
            await _subscribe(client.jetstream(), name, selection, arrived)
        while True:
            event = decode_message(await arrived.get())
            if selection.includes(event):
                yield event


async def _connect(url: str) -> Any:
    try:
        async with asyncio.timeout(_CONNECT_TIMEOUT_S):
            return await nats.connect(
                url, name="lector events", allow_reconnect=False, error_cb=_ignore_error
            )
    except (NatsError, OSError, TimeoutError) as error:
        raise LectorError(f"NATS cannot be reached: {error or type(error).__name__}") from error


async def _ignore_error(_: Exception) -> None:
    """Errors are raised where a call fails; nats-py would print them as well."""


async def _read_stream(js: JetStreamContext, stream: str, selection: Selection) -> list[Json]:
    arrived: asyncio.Queue[Msg] = asyncio.Queue()
    left = await _subscribe(js, stream, selection, arrived)
    found = []
    while left > 0:
        try:
            message = await asyncio.wait_for(arrived.get(), _SILENCE_S)
        except TimeoutError:
            break  # some were dropped by age meanwhile
        left = message.metadata.num_pending
        event = decode_message(message)
        if selection.includes(event):
            found.append(event)
    return found


async def _subscribe(
    js: JetStreamContext, stream: str, selection: Selection, arrived: "asyncio.Queue[Msg]"
) -> int:
    """Have messages put into a queue; how many are in the stream already.

    An ordered consumer acknowledges nothing, is used by nobody else, and ends with the connection.
    """
    policy = DeliverPolicy.BY_START_TIME if selection.since else DeliverPolicy.NEW
    start = selection.since.astimezone(UTC).isoformat() if selection.since else None
    config = ConsumerConfig(deliver_policy=policy, opt_start_time=start)  # type: ignore[arg-type]
    subject = f"{_STREAMS[stream]}.*.*.{selection.file_id or '*'}"
    try:
        subscription = await js.subscribe(
            subject, stream=stream, ordered_consumer=True, config=config, cb=arrived.put
        )
        consumer = await subscription.consumer_info()
    except (NotFoundError, NatsTimeoutError):
        return 0  # nothing was ever published
    delivered = consumer.delivered.consumer_seq if consumer.delivered else 0
    return delivered + (consumer.num_pending or 0)


def decode_message(message: Msg) -> Json:
    """A message as a structured CloudEvent; data that does not parse is shown as it is."""
    headers = message.headers or {}
    attributes = {n[3:]: unquote(v) for n, v in headers.items() if n.startswith("ce-")}
    data = _decode_data(message.data)
    return {"specversion": "1.0", "type": "", "time": "", **attributes, "data": data}


def _decode_data(body: bytes) -> object:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body.decode(errors="replace")


def parse_age(text: str) -> timedelta:
    """A length of time such as 90s, 30m, 2h or 7d; ValueError if it is none."""
    unit = _UNITS.get(text[-1:])
    if unit is None or not text[:-1].isdecimal():
        raise ValueError(f"{text!r} is no length of time such as 90s, 30m, 2h or 7d")
    return timedelta(**{unit: int(text[:-1])})
