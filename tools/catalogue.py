"""The catalogue of events: docs/asyncapi.yaml and the tables of docs/events.md.

Made from the contracts (contracts/events.proto, comments included) and the subscriptions table: who
produces and who consumes what. `python -m tools.catalogue DIR` writes both under DIR, the prose
of docs/events.md kept as it is; `make generate` does so for docs/, and `make check` compares.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from google.protobuf.message import Message

from lector.runtime import events
from tools.contract_schemas import comments, example, schema

ROOT = Path(__file__).resolve().parents[1]
TABLE = yaml.safe_load((ROOT / "lector/bridge/subscriptions.yaml").read_text())
_FOR_NOTIFY = ("lector.digest", "lector.notification")
HOW = {
    "outbox": "in the transaction that makes it true",
    "reply": "as its reply",
    "ring": "as a doorbell, straight to the function",
    "webhook": "to a webhook only",
}


def producers(event_type: str) -> Iterator[tuple[str, str]]:
    """Who produces an event, and how: names of functions and of the bridge's commands."""
    for how, names in TABLE["producers"][event_type].items():
        for name in names:
            yield name, how


def consumers(event_type: str) -> list[str]:
    """Who consumes it, by subscription or because it is rung."""
    rung = TABLE["rings"].get(event_type, [])
    return [*rung, *(r["function"] for r in TABLE["subscriptions"] if r["type"] == event_type)]


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3.0 document (https://www.asyncapi.com/docs/reference/specification/v3.0.0)."""
    told = comments()
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    for event_type, kind in events.MESSAGES.items():
        name = kind.DESCRIPTOR.name
        messages[name] = _message(event_type, kind, told)
        channels[name] = _channel(event_type, name)
        operations.update(_operations(event_type, name))
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Lector",
            "version": "1.0.0",
            "description": "Every event of Lector: CloudEvents 1.0, in NATS JetStream and by HTTP.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"jetstream": {"host": "nats:4222", "protocol": "nats"}},
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages},
    }


def _message(event_type: str, kind: type[Message], told: dict[str, str]) -> dict[str, Any]:
    attributes = {
        "ce-specversion": {"const": "1.0"},
        "ce-id": {
            "type": "string",
            "description": "Derived from its cause: the same when repeated.",
        },
        "ce-source": {"type": "string", "examples": ["/lector/render"]},
        "ce-type": {"const": event_type},
        "ce-subject": {"type": "string", "description": "The file's id."},
        "ce-time": {"type": "string", "format": "date-time"},
        "ce-dataschema": {"const": events.dataschema(event_type)},
        "traceparent": {"type": "string", "description": "W3C Trace Context."},
    }
    return {
        "name": event_type,
        "title": kind.DESCRIPTOR.name,
        "summary": told.get(kind.DESCRIPTOR.full_name, ""),
        "contentType": "application/json",
        "headers": {"type": "object", "properties": attributes},
        "payload": schema(kind.DESCRIPTOR, told),
        "examples": [{"name": "example", "payload": example(kind)}],
    }


def _operations(event_type: str, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    senders = [("send", producer) for producer, _ in producers(event_type)]
    receivers = [("receive", consumer) for consumer in consumers(event_type)]
    for action, who in senders + receivers:
        yield (
            f"{who}.{action}.{name}",
            {
                "action": action,
                "channel": {"$ref": f"#/channels/{name}"},
                "title": f"{who} {action}s {event_type}",
            },
        )


def _channel(event_type: str, name: str) -> dict[str, Any]:
    ways = {how for _, how in producers(event_type)}
    message = {"messages": {name: {"$ref": f"#/components/messages/{name}"}}}
    if ways <= {"ring", "webhook"}:
        way = ", ".join(HOW[how] for how in sorted(ways))
        return {"address": None, "description": f"Not in a stream: it goes {way}.", **message}
    dead = event_type == "lector.delivery.failed"
    address = "dead.{undelivered}" if dead else f"{event_type}.{{fileId}}"
    stream = "LECTOR_DEAD, kept 30 days" if dead else "LECTOR, kept 7 days"
    parameter = {"undelivered": {"description": "The subject of the event that was given up."}}
    return {
        "address": address,
        "description": f"In the stream {stream}.",
        "servers": [{"$ref": "#/servers/jetstream"}],
        "parameters": parameter if dead else {"fileId": {"description": "The file's id."}},
        **message,
    }


def picture() -> str:
    """Who tells whom what, for Mermaid; of what notify hears, only what is meant for it."""
    arrows = [
        f"  {producer} -- {event_type.removeprefix('lector.')} --> {consumer}"
        for event_type in events.MESSAGES
        for producer, _ in producers(event_type)
        for consumer in consumers(event_type)
        if consumer != "notify" or event_type.startswith(_FOR_NOTIFY)
    ]
    return "\n".join(["```mermaid", "flowchart LR", *arrows, "```"])


def table() -> str:
    """Every event with its producers, its consumers and its meaning."""
    told = comments()
    lines = ["| event | from | to | what it says |", "|---|---|---|---|"]
    for event_type, kind in events.MESSAGES.items():
        made = ", ".join(f"{name} ({how})" for name, how in producers(event_type))
        heard = ", ".join(consumers(event_type)) or "whoever wants to"
        says = told.get(kind.DESCRIPTOR.full_name, "").partition(". ")[0].rstrip(".:")
        lines.append(f"| `{event_type}` | {made} | {heard} | {says} |")
    return "\n".join(lines)


def _put(page: str, name: str, made: str) -> str:
    """A page with what stands behind a mark made anew."""
    before, mark, rest = page.partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition("\n<!-- end -->")
    return f"{before}{mark}{made}{end}{after}"


def main(folder: Path) -> None:
    """Write the document, and the page with its generated parts made anew."""
    header = "# Generated by tools/catalogue.py; `make generate` writes it anew.\n"
    text = yaml.safe_dump(asyncapi(), sort_keys=False, allow_unicode=True, width=100)
    (folder / "asyncapi.yaml").write_text(header + text)
    page = (ROOT / "docs/events.md").read_text()
    page = _put(_put(page, "picture", picture()), "table", table())
    (folder / "events.md").write_text(page)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
