"""Who may import whom: lower layers do not import higher ones, and there are no circles."""

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from lector.local.tools import checkout

#: From the bottom to the top. Packages of one layer do not know each other.
LAYERS = [
    {"lector.contracts"},
    {"lector.telemetry"},
    {"lector.runtime"},
    {"lector.domain"},
    {
        "functions.upload",
        "functions.render",
        "functions.register",
        "functions.llm",
        "functions.outbox",
        "functions.notify",
        "lector.bridge",
        "lector.tesseract",
    },
    {"lector.local"},
    {"lector.client"},
    {"lector.agents"},
    {"lector.cli"},
    {"tools", "benchmarks", "tests"},
]
LEVEL = {package: level for level, packages in enumerate(LAYERS) for package in packages}
ROOT = checkout()


def modules() -> dict[str, Path]:
    """Every module of the checkout by its full name; a package by its own."""
    folders = ("lector", "functions", "tools", "benchmarks", "tests")
    found = {}
    for path in sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports(path: Path) -> Iterator[str]:
    """The modules of ours that a module imports, wherever in it that stands."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            named = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (n if n in MODULES else node.module for n in named if node.module in MODULES)


def package(module: str) -> str:
    """The package of the layers that a module belongs to; lector itself and functions to none."""
    return next((name for name in LEVEL if f"{module}.".startswith(f"{name}.")), "")


@cache
def graph() -> dict[str, set[str]]:
    """What each module imports of ours."""
    return {name: set(imports(path)) for name, path in MODULES.items()}


def test_every_module_belongs_to_a_layer() -> None:
    assert [m for m in MODULES if not package(m)] == ["functions", "lector"]


@pytest.mark.parametrize("layer", range(len(LAYERS)))
def test_a_layer_imports_only_itself_and_lower_ones(layer: int) -> None:
    wrong = [
        f"{module} imports {imported}"
        for module in graph()
        if LEVEL.get(package(module)) == layer and layer < len(LAYERS) - 1
        for imported in graph()[module]
        if package(imported) not in ("", package(module)) and LEVEL[package(imported)] >= layer
    ]
    assert wrong == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    try:
        TopologicalSorter(graph()).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def test_nobody_imports_a_main_that_the_framework_loads_by_path() -> None:
    mains = {f"{name}.main" for name in LEVEL if name.startswith("functions.")}
    assert [m for m, imported in graph().items() if imported & mains] == []
