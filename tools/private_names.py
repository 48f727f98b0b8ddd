"""Refuses tests that use private names of what they test: `python -m tools.private_names`.

A test that takes its expectation from a private name of its subject passes when both are wrong.
Expectations come from the contract, from a public name, or are written by hand.
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeGuard

ROOT = Path(__file__).parents[1]
PRODUCT = ("lector", "functions", "tools", "benchmarks")
# Names of others that begin with an underscore and may be used all the same, and why.
OF_OTHERS: Mapping[str, str] = {
    "_replace": "a public method of named tuples",
    "_asdict": "a public method of named tuples",
    "_fields": "a public attribute of named tuples",
}
# Calls that are given a name as a string, such as `patch.setattr("module._name", value)`.
_BY_STRING = ("getattr", "hasattr", "setattr", "delattr", "patch", "object", "attrgetter")
_OWN = ("self", "cls")


@dataclass(frozen=True)
class Use:
    """A private name in a test, and the line on which it is used."""

    line: int
    name: str


@dataclass
class _Names:
    """What a file imports from the product, and the private names that it defines itself."""

    imported: set[str] = field(default_factory=set)
    own: set[str] = field(default_factory=set)


def is_private(name: str) -> bool:
    """Whether a name, dotted or not, ends in one with a leading underscore that is not magic."""
    last = name.rpartition(".")[2]
    return last.startswith("_") and not last.endswith("__") and last.strip("_") != ""


def uses(source: str) -> list[Use]:
    """The private names of others that the source of a test uses, by line."""
    tree = ast.parse(source)
    names = _names(tree)
    found = [use for node in ast.walk(tree) for use in _uses_in(node, names)]
    return sorted(found, key=lambda use: (use.line, use.name))


def _names(tree: ast.Module) -> _Names:
    names = _Names()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names.imported.update(_bound_from_product(node))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.own.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.own.add(node.id)
        elif _is_set_on_self(node):
            names.own.add(node.attr)
    return names


def _is_set_on_self(node: ast.AST) -> TypeGuard[ast.Attribute]:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id in _OWN
    )


def _bound_from_product(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    for alias in node.names:
        module = node.module if isinstance(node, ast.ImportFrom) else alias.name
        if _is_product(module):
            yield alias.asname or alias.name.partition(".")[0]


def _is_product(module: str | None) -> bool:
    return (module or "").partition(".")[0] in PRODUCT


def _uses_in(node: ast.AST, names: _Names) -> Iterator[Use]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from _imports(node)
    elif isinstance(node, ast.Attribute) and is_private(node.attr):
        if not _is_allowed(node, names):
            yield Use(node.lineno, node.attr)
    elif isinstance(node, ast.Call):
        yield from _by_string(node)


def _imports(node: ast.Import | ast.ImportFrom) -> Iterator[Use]:
    for alias in node.names:
        module = node.module if isinstance(node, ast.ImportFrom) else alias.name
        parts = [*(module or "").split("."), alias.name]
        if _is_product(module) and any(map(is_private, parts)):
            yield Use(node.lineno, alias.name)


def _is_allowed(node: ast.Attribute, names: _Names) -> bool:
    if node.attr in OF_OTHERS:
        return True
    if _root(node.value) in names.imported:
        return False
    if isinstance(node.value, ast.Name) and node.value.id in _OWN:
        return True
    return node.attr in names.own


def _root(node: ast.expr) -> str | None:
    """The name that a chain of attributes, calls and indexes begins with."""
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript | ast.Await):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def _by_string(node: ast.Call) -> Iterator[Use]:
    called = node.func.attr if isinstance(node.func, ast.Attribute) else _root(node.func)
    if called not in _BY_STRING:
        return
    given = [each.value for each in node.args[:2] if isinstance(each, ast.Constant)]
    for name in given:
        if isinstance(name, str) and is_private(name) and name not in OF_OTHERS:
            yield Use(node.lineno, name)


def main() -> int:
    """Print every use in the tests; 1 if there is one."""
    found = [
        f"{name}:{use.line}: {use.name} is private\n"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for name in [path.relative_to(ROOT).as_posix()]
        for use in uses(path.read_text())
    ]
    sys.stderr.write("".join([*found, __doc__ or ""] if found else []))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
