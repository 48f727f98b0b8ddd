"""A consumer of one's own: an audit log of who had what read, corrected and deleted.

python audit_log.py audit.jsonl           # goes on until Ctrl-C
python audit_log.py audit.jsonl --once    # writes what is new, and ends

Lector's stream keeps events for seven days, and remembers for `audit-log` which it has taken: a log
that is begun late begins with the events of these days, one that was stopped goes on where it was.

Each event is in the log exactly once. It is acknowledged after it is on the disk, so that it comes
again if this program dies between the two; and one whose id the log has is not written again.
"""

import asyncio
import fcntl
import json
import os
import sys
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

import nats
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig

STREAM, NAME = "LECTOR", "audit-log"
SUBJECTS = [  # an event's type, and the file's id
    "lector.file.uploaded.*",
    "lector.file.completed.*",
    "lector.file.failed.*",
    "lector.file.cancelled.*",
    "lector.file.retried.*",
    "lector.files.deleted.*",
    "lector.page.corrected.*",
    "lector.page.restored.*",
]


class Log:
    """A file that only grows, a line of JSON for each event."""

    def __init__(self, file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # two would write things twice
        file.seek(0)
        content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        file.truncate(len(whole))  # if somebody died in the middle of a line
        self._file = file
        self._ids = {json.loads(line)["id"] for line in whole.splitlines()}

    def add(self, events: list[dict[str, object]]) -> None:
        """Write what is not there yet, and return when the disk has it."""
        for event in events:
            if event["id"] not in self._ids:
                self._file.write(json.dumps(event).encode() + b"\n")
                self._ids.add(event["id"])
        self._file.flush()
        os.fsync(self._file.fileno())


def as_event(message: Msg) -> dict[str, object]:
    """A CloudEvent, whose attributes are headers of a message."""
    headers = (message.headers or {}).items()
    attributes = {name[3:]: unquote(value) for name, value in headers if name.startswith("ce-")}
    kept = {name: attributes[name] for name in ("id", "type", "time", "source", "subject")}
    return {**kept, "data": json.loads(message.data)}


def find_nats() -> str:
    """$NATS_URL, else that of the Lector which runs on this machine."""
    if url := os.environ.get("NATS_URL"):
        return url
    from lector.local import data_folder  # noqa: PLC0415 - where Lector itself is installed

    running = data_folder.DataFolder(data_folder.default()).running()
    if running is None:
        sys.exit("no Lector runs on this machine: start it, or set NATS_URL")
    return running.nats_url


async def has_all(js: JetStreamContext) -> bool:
    """Whether the stream holds nothing more for the log."""
    consumer = await js.consumer_info(STREAM, NAME)
    return not consumer.num_pending and not consumer.num_ack_pending


async def main(log: Log, *, once: bool) -> None:
    """Have the log take what the stream holds, then what comes."""
    async with await nats.connect(find_nats(), max_reconnect_attempts=-1) as client:
        js = client.jetstream()
        wanted = ConsumerConfig(
            durable_name=NAME, filter_subjects=SUBJECTS, ack_policy=AckPolicy.EXPLICIT
        )
        await js.add_consumer(
            STREAM, wanted
        )  # which is there already, unless this is the first time
        subscription = await js.pull_subscribe_bind(NAME, STREAM)
        while True:
            try:
                messages = await subscription.fetch(100, timeout=2)
            except TimeoutError:  # nothing came
                if once and await has_all(js):
                    return
                continue
            log.add([as_event(message) for message in messages])
            for message in messages:
                await message.ack()


if len(sys.argv) < 2:
    sys.exit(__doc__)
try:
    with Path(sys.argv[1]).open("a+b") as opened:
        asyncio.run(main(Log(opened), once="--once" in sys.argv))
except KeyboardInterrupt:
    pass
except BlockingIOError:
    sys.exit(f"another program writes {sys.argv[1]}")
