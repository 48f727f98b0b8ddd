"""The paths of programs and folders that the local stack needs."""

import os
import sys
from pathlib import Path

from lector.local.process import StackError
from lector.runtime import source_tree


def tool(name: str) -> str:
    """The path of a program that came with the Python dependencies."""
    path = Path(sys.executable).with_name(name)
    if not path.exists():
        raise StackError(
            f"{name} is missing beside {sys.executable}; pip install 'lector-ocr[local]' brings it"
        )
    return str(path)


def checkout() -> Path:
    """The folder that holds functions/ and migrations/: a checkout, or its part in a wheel."""
    root = source_tree.root()
    if not (root / "functions").is_dir():
        raise StackError(f"there are no functions in {root}; pip install 'lector-ocr[local]'")
    return root


def functions_on_path() -> dict[str, str]:
    """The environment with which a process imports `functions`; a checkout needs none."""
    if not source_tree.is_installed():
        return {}
    paths = [str(checkout()), os.environ.get("PYTHONPATH")]
    return {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
