"""compose.yaml as Docker Compose reads it: with the values of a .env in it."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from lector.local.tools import checkout

FILE = checkout() / "compose.yaml"
DRAW = checkout() / "tools" / "compose_env.sh"
Service = dict[str, Any]
# An innermost one: what it falls back to may hold another.
_VARIABLE = re.compile(r"\$\{(\w+)(?:(:?)([-?])([^${}]*))?\}")


class Unset(Exception):
    """A variable that must be set; the message is what a person is told."""


def drawn(file: Path) -> dict[str, str]:
    """The secrets as the script draws them into a file."""
    subprocess.run([DRAW, file], check=True, capture_output=True)
    return dict(line.split("=", 1) for line in file.read_text().splitlines())


def loaded(values: Mapping[str, str]) -> dict[str, Any]:
    """The file with these values for its variables; raises `Unset`."""
    found = _interpolated(yaml.safe_load(FILE.read_text()), values)
    assert isinstance(found, dict)
    return found


def services(values: Mapping[str, str]) -> dict[str, Service]:
    """The services by name."""
    found = loaded(values)["services"]
    assert isinstance(found, dict)
    return found


def required() -> set[str]:
    """The variables without which nothing starts."""
    return set(re.findall(r"\$\{(\w+):\?", FILE.read_text()))


def in_order(services: Mapping[str, Service]) -> list[str]:
    """Their names, each after those that it waits for."""
    order: list[str] = []

    def add(name: str, above: tuple[str, ...] = ()) -> None:
        assert name not in above, f"{name} waits for itself by way of {above}"
        for other in services[name].get("depends_on", {}):
            add(other, (*above, name))
        if name not in order:
            order.append(name)

    for name in services:
        add(name)
    return order


def _interpolated(value: object, values: Mapping[str, str]) -> object:
    if isinstance(value, dict):
        return {key: _interpolated(one, values) for key, one in value.items()}
    if isinstance(value, list):
        return [_interpolated(one, values) for one in value]
    if not isinstance(value, str):
        return value
    while (found := _VARIABLE.search(value)) is not None:
        value = value[: found.start()] + _value(found, values) + value[found.end() :]
    return value


def _value(found: re.Match[str], values: Mapping[str, str]) -> str:
    name, empty_too, kind, rest = found.groups()
    value = values.get(name)
    if value or (value is not None and not empty_too):
        return value
    if kind == "?":
        raise Unset(f"{name}: {rest}")
    return rest or ""
