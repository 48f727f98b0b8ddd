"""Every operation of the contract has an example, which is as the contract says."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from functions.upload.examples import EXAMPLES
from lector.local.tools import checkout

CONTRACT = json.loads((checkout() / "functions/upload/openapi.json").read_text())
OPERATIONS = {
    operation["operationId"]: operation
    for item in CONTRACT["paths"].values()
    for operation in item.values()
}


def check(value: Any, schema: dict[str, Any]) -> None:
    """AssertionError if a value is not as its schema says."""
    validator = Draft202012Validator({**schema, "components": CONTRACT["components"]})
    assert [error.message for error in validator.iter_errors(value)] == []


def bodies(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], list[Any]]]:
    """Of each form of a body: its media type, its schema, and its examples."""
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        examples = [one["value"] for one in content.get("examples", {}).values()]
        examples += [content["example"]] if "example" in content else []
        yield media_type, content["schema"], examples


def test_examples_are_of_operations_that_there_are() -> None:
    assert EXAMPLES.keys() == OPERATIONS.keys()


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_says_an_example_of_all_that_it_must_be_told(name: str) -> None:
    operation = OPERATIONS[name]
    parameters = operation.get("parameters", [])
    assert [p["name"] for p in parameters if p.get("required") and "example" not in p] == []
    shown = {p["name"] for p in parameters if "example" in p}
    assert shown == EXAMPLES[name].parameters.keys()
    assert [kind for kind, _, examples in bodies(operation) if not examples] == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_example_is_as_its_schema_says(name: str) -> None:
    for parameter in OPERATIONS[name].get("parameters", []):
        if "example" in parameter:
            check(parameter["example"], parameter["schema"])
    for _, schema, examples in bodies(OPERATIONS[name]):
        for example in examples:
            check(example, schema)
