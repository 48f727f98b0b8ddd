"""The paths of programs and folders that the local stack needs."""

import sys
from pathlib import Path

from lector.local.process import StackError


def tool(name: str) -> str:
    """The path of a program that came with the Python dependencies."""
    path = Path(sys.executable).with_name(name)
    if not path.exists():
        raise StackError(f"{name} is missing beside {sys.executable}; install lector[local]")
    return str(path)


def checkout() -> Path:
    """The folder that holds functions/, knative/ and migrations/."""
    root = Path(__file__).parents[2]
    if not (root / "functions").is_dir():
        raise StackError("the local stack runs from a checkout: install with pip install -e")
    return root
