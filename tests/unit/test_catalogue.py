"""The catalogue of events: whole, true to the contracts, and with examples that work."""

import json
from typing import Any

import jsonschema
import pytest
import yaml

from lector.local import functions
from lector.local.tools import checkout
from lector.runtime import events
from tools import catalogue

DOCUMENT: dict[str, Any] = yaml.load(
    (checkout() / "docs/asyncapi.yaml").read_text(), yaml.CSafeLoader
)
MESSAGES: dict[str, Any] = DOCUMENT["components"]["messages"]
BRIDGE = {"jetstream-source", "postgres-source"}


def test_every_event_of_the_contract_is_in_it_with_who_produces_it() -> None:
    assert {message["name"] for message in MESSAGES.values()} == set(events.MESSAGES)
    assert set(catalogue.TABLE["producers"]) == set(events.MESSAGES)
    known = {*functions.names(), *BRIDGE}
    for event_type in events.MESSAGES:
        made = {name for name, _ in catalogue.producers(event_type)}
        assert made
        assert made <= known


def test_every_event_is_consumed_but_what_only_webhooks_are_told() -> None:
    unheard = {kind for kind in events.MESSAGES if not catalogue.consumers(kind)}
    assert unheard == {"lector.webhook.tested"}


@pytest.mark.parametrize("name", MESSAGES)
def test_an_example_is_as_its_schema_says_and_is_understood_by_a_function(name: str) -> None:
    message = MESSAGES[name]
    [example] = message["examples"]
    jsonschema.validate(example["payload"], message["payload"])
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "1",
        "ce-source": "/lector/test",
        "ce-type": message["name"],
        "ce-subject": "01a213a9-6cfe-75c2-8ffa-118885c43b33",
        "content-type": "application/json",
    }
    received = events.from_request(headers, json.dumps(example["payload"]).encode())
    assert type(received.data).__name__ == name


@pytest.mark.parametrize("name", MESSAGES)
def test_what_a_function_needs_is_required_by_the_schema(name: str) -> None:
    kind = events.MESSAGES[MESSAGES[name]["name"]]
    needed = {
        field.json_name
        for field in kind.DESCRIPTOR.fields
        if field.name in set(events.missing_fields(kind()))
    }
    assert needed == set(MESSAGES[name]["payload"].get("required", ()))


def test_every_reference_leads_somewhere() -> None:
    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [found for value in node.values() for found in references(value)]
        return (
            [found for item in node for found in references(item)] if isinstance(node, list) else []
        )

    found = references(DOCUMENT)
    assert len(found) > 50
    for reference in found:
        target: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]
        assert target


def test_every_field_and_message_is_explained_or_explains_itself() -> None:
    assert all(message["summary"] for message in MESSAGES.values())
