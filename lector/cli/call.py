"""call: hand an event to a function, as the bridge does."""

import json
from pathlib import Path

import click
import httpx2

from lector.cli import options, output, session
from lector.cli.answers import Json
from lector.cli.output import echo
from lector.client import unreachable
from lector.local.data_folder import DataFolder
from lector.local.wiring import CALLER_SECRET
from lector.runtime import callers
from lector.runtime.failures import LectorError

_STRUCTURED = "application/cloudevents+json"
_TIMEOUT_S = 300.0  # as long as a function's request may last


def _read_event(_: click.Context, __: click.Parameter, path: Path) -> Json:
    try:
        with click.open_file(str(path), encoding="utf-8") as file:
            event = json.load(file)
    except (OSError, ValueError) as error:
        raise click.BadParameter(f"{path} cannot be read: {error}") from error
    if not isinstance(event, dict):
        raise click.BadParameter(f"{path} holds no event: an object as `lector events --json` has")
    return event


@click.command()
@click.argument("function")
@click.argument(
    "event",
    metavar="EVENT.json",
    callback=_read_event,
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
)
@options.data_folder
def call(function: str, event: Json, *, data: Path) -> None:
    """Hand a function an event, and print the event that it replies, if any.

    EVENT.json holds one CloudEvent, as a line of `lector events --json` does; - reads it from
    stdin. The reply is not published. Exits with 1 when the function refuses the event.
    """
    urls = session.find_function_urls(data)
    if function not in urls:
        raise click.BadParameter(f"no function {function}; there are {', '.join(sorted(urls))}")
    answer = _post(urls[function], event, DataFolder(data).secret(CALLER_SECRET))
    if answer.status_code == 200:
        output.write_json(_decode_reply(answer))
        echo(f"{function} replied")
    elif answer.is_success:
        echo(f"{function} took it, and replied nothing")
    else:
        raise LectorError(f"{function} answered {answer.status_code}: {_reason(answer)}")


def _post(url: str, event: Json, secret: str) -> httpx2.Response:
    headers = {"Content-Type": _STRUCTURED, callers.HEADER: secret}
    try:
        return httpx2.post(url, content=json.dumps(event), headers=headers, timeout=_TIMEOUT_S)
    except httpx2.TransportError as error:
        raise LectorError(unreachable.describe(url, url, error)) from error


def _decode_reply(answer: httpx2.Response) -> Json:
    """The event of an answer, as a structured CloudEvent."""
    from lector.runtime import cloudevents  # noqa: PLC0415 - other commands need not wait for it

    reply = cloudevents.decode(answer.headers, answer.content)
    decoded: Json = json.loads(cloudevents.encode_batch([reply])[1])
    return decoded


def _reason(answer: httpx2.Response) -> str:
    try:
        problem = answer.json()
        return f"{problem['detail']} ({problem['code']})"
    except (ValueError, KeyError, TypeError):
        return answer.text[:200]
