"""How far the durable consumers of a data folder's NATS have come, as the server itself tells."""

import json
from dataclasses import dataclass
from pathlib import Path

import httpx2


@dataclass(frozen=True)
class Consumer:
    """Messages that nobody was given yet, and that somebody was given and has not acked."""

    created: str
    unread: int
    in_hand: int


def consumers(data: Path) -> dict[str, Consumer]:
    """Every durable consumer by its name; NATS must run on the folder."""
    config = json.loads((data / "nats" / "nats.conf").read_text())
    monitor = f"{config['http']}{config['http_base_path']}"
    answer = httpx2.get(f"http://{monitor}/jsz", params={"consumers": "true"}, timeout=5)
    found = [
        consumer
        for account in answer.raise_for_status().json()["account_details"]
        for stream in account["stream_detail"]
        for consumer in stream.get("consumer_detail") or ()
    ]
    return {
        one["name"]: Consumer(one["created"], one["num_pending"], one["num_ack_pending"])
        for one in found
    }
