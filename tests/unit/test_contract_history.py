"""Events as earlier versions wrote them: understood for as long as they may lie in a stream."""

import json
from pathlib import Path
from typing import Any

import pytest

from lector.local.tools import checkout
from lector.runtime import events
from lector.runtime.failures import PermanentFailure

SAMPLES = Path(__file__).parents[1] / "samples" / "events"
RELEASED = json.loads((checkout() / "contracts" / "released.json").read_text())
V1: list[dict[str, Any]] = json.loads((SAMPLES / "v1.json").read_text())


def headers(event_type: str, schema: str) -> dict[str, str]:
    return {
        "ce-specversion": "1.0",
        "ce-id": "0c2d5c5e-0000-5000-8000-000000000001",
        "ce-source": "/lector/test",
        "ce-type": event_type,
        "ce-subject": "0190f3a0-0000-7000-8000-000000000001",
        "ce-dataschema": schema,
        "content-type": "application/json",
    }


def delivered(event_type: str, data: Any, schema: str | None = None) -> events.Event[Any]:
    schema = schema or events.dataschema(event_type)
    return events.from_request(headers(event_type, schema), json.dumps(data).encode())


@pytest.mark.parametrize("sample", V1, ids=lambda sample: str(sample["type"]))
def test_an_event_of_version_1_is_understood_and_nothing_of_it_is_lost(
    sample: dict[str, Any],
) -> None:
    event = delivered(sample["type"], sample["data"])
    assert json.loads(events.to_json(event.data)) == sample["data"]


def test_there_is_a_sample_of_every_event_that_was_released() -> None:
    [contract] = [file for file in RELEASED["file"] if file["package"] == "lector.v1"]
    released = {message["name"] for message in contract["messageType"]}
    known = {kind.DESCRIPTOR.name: name for name, kind in events.MESSAGES.items()}
    expected = {known[name] for name in released if name in known}
    assert {sample["type"] for sample in V1} >= expected


@pytest.mark.parametrize("version", ["v0", "v2"])
def test_an_event_of_another_contract_is_refused_by_name(version: str) -> None:
    schema = f"urn:lector:contract:lector.{version}.FileUploaded"
    with pytest.raises(PermanentFailure, match=f"lector.{version}.FileUploaded") as refused:
        delivered("lector.file.uploaded", V1[0]["data"], schema)
    assert refused.value.code == "unknown_contract"


def test_an_event_of_a_type_that_is_gone_is_refused_by_name() -> None:
    schema = "urn:lector:contract:lector.v1.FileScanned"
    with pytest.raises(PermanentFailure, match=r"lector\.file\.scanned"):
        delivered("lector.file.scanned", {}, schema)


def test_a_field_of_a_later_version_is_passed_over() -> None:
    event = delivered("lector.file.uploaded", {**V1[0]["data"], "language": "en"})
    assert event.data.name == "report.pdf"


def test_a_schema_that_is_not_ours_to_judge_is_passed_over() -> None:
    event = delivered("lector.file.uploaded", V1[0]["data"], "https://example.org/schema")
    assert event.data.name == "report.pdf"
