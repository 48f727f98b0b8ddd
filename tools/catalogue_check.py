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


def main() -> None:
    """Refuse a document that is none, and say where and why."""
    validator = jsonschema.Draft7Validator(json.loads(SCHEMA.read_text()))
    document = yaml.safe_load(DOCUMENT.read_text())
    fault = jsonschema.exceptions.best_match(validator.iter_errors(document))
    if fault:
        where, why = fault.json_path, fault.message[:200]
        sys.exit(f"{DOCUMENT.name} is not AsyncAPI 3.0: {where}: {why}")


if __name__ == "__main__":
    main()
