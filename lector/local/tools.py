"""The paths of programs and folders that the local stack needs."""

import sys
from pathlib import Path

from lector.local.process import StackError
from lector.runtime import source_tree


def tool(name: str) -> str:
    """The path of a program that came with the Python dependencies."""
    path = Path(sys.executable).with_name(name)
    if not path.exists():
        raise StackError(
            f"{name} is missing beside {sys.executable}; {source_tree.install()} brings it"
        )
    return str(path)


def checkout() -> Path:
    """The folder that holds functions/ and migrations/: a checkout, or its part in a wheel."""
    root = source_tree.root()
    if not (root / "functions").is_dir():
        raise StackError(f"there are no functions in {root}; {source_tree.install()}")
    return root
