"""docs/asyncapi.yaml against AsyncAPI's own JSON Schema; `make check` calls it.

The schema comes with the npm package @asyncapi/specs, which web/package.json names.
"""

import json
import sys
from pathlib import Path

import jsonschema
import yaml

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs/asyncapi.yaml"
SCHEMA = ROOT / "web/node_modules/@asyncapi/specs/schemas/3.0.0.json"


def faults(document: object) -> list[str]:
    """Where a document is not AsyncAPI 3.0, and why; nothing, if it is."""
    validator = jsonschema.Draft7Validator(json.loads(SCHEMA.read_text()))
    found = [jsonschema.exceptions.best_match([error]) for error in validator.iter_errors(document)]
    return [f"{error.json_path}: {error.message[:200]}" for error in found]


def main() -> None:
    """Refuse a document that is none."""
    if found := faults(yaml.safe_load(DOCUMENT.read_text())):
        sys.exit("\n".join([f"{DOCUMENT.name} is not AsyncAPI 3.0:", *found]))


if __name__ == "__main__":
    main()
