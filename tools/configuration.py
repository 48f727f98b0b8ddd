"""docs/configuration.md: every environment variable that Lector reads.

`python -m tools.configuration DIR` writes it into DIR; `make generate` and `make check` call it.
"""

import ast
import inspect
import sys
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from lector.runtime import settings

_UNITS = {
    "_bytes_per_s": "bytes a second",
    "_s": "seconds",
    "_h": "hours",
    "_days": "days",
    "_bytes": "bytes",
    "_px": "pixels",
    "_dpi": "dots per inch",
    "_usd": "USD for a million tokens",
    "_interval": "milliseconds",
    "_per_minute": "a minute",
}
_HEAD = """# Configuration

Made from [`lector/runtime/settings.py`](../lector/runtime/settings.py), the only reader of the
environment, by `make generate`. A variable without a default must be set where it is read; a
process that lacks one refuses to start and names it. What is secret stays out of logs. Which
function reads which variables, its `func.yaml` says.
"""
_TAIL = """## Beside these

- `LECTOR_DATA`, `LECTOR_SERVER`, `LECTOR_TOKEN`: the defaults of the command line's `--data`,
  `--server` and `--token-file`.
- OpenTelemetry's SDK reads its other variables by itself, such as `OTEL_TRACES_SAMPLER`,
  `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_EXPORTER_OTLP_HEADERS`
  (opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables).
- `WORKERS`: processes of a function, as functions-framework has it; `upload` is always one.
- `THREADS`: for all functions but `upload` 4 for each processor, unless set.
"""


def concerns() -> Iterator[type]:
    """The dataclasses of settings, in the order of the file; that of the tests left out."""
    for kind in vars(settings).values():
        if isinstance(kind, type) and is_dataclass(kind) and kind is not settings.FailPoints:
            yield kind


def section(kind: type) -> str:
    """A concern with its variables."""
    about = descriptions(inspect.getsource(kind))
    lines = [f"## {kind.__name__}", "", inspect.getdoc(kind) or "", ""]
    lines += ["| variable | default | unit | what it says |", "|---|---|---|---|"]
    lines += [_row(spec, about[spec.name]) for spec in fields(kind)]
    return "\n".join(lines)


def descriptions(source: str) -> dict[str, str]:
    """What the text below each field of a class says, on one line."""
    found = {}
    for declaration, below in pairwise(ast.walk(ast.parse(source))):
        match declaration, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=text)):
                found[name] = " ".join(str(text).split())
    return found


def _row(spec: Field[Any], about: str) -> str:
    secret = "" if spec.repr else " (secret)"
    return f"| `{spec.name.upper()}`{secret} | {_default(spec)} | {_unit(spec)} | {about} |"


def _default(spec: Field[Any]) -> str:
    if spec.default is MISSING:
        return "must be set"
    return f"`{spec.default}`" if spec.default != "" else "empty"


def _unit(spec: Field[Any]) -> str:
    found = [unit for ending, unit in _UNITS.items() if spec.name.endswith(ending)]
    if found:
        return found[0]
    return "text" if spec.type is str else "number"


def main(folder: Path) -> None:
    """Write the page."""
    page = "\n\n".join([_HEAD.strip(), *map(section, concerns()), _TAIL.strip()])
    (folder / "configuration.md").write_text(page + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
