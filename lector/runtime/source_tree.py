"""Where functions/, migrations/ and web/ are: beside lector/ in a checkout, below it in a wheel."""

import importlib
import os
import sys
from pathlib import Path

from lector import __version__

_PACKAGE = Path(__file__).parents[1]
# Where pyproject.toml has the wheel put them; a checkout has no such folder.
_IN_WHEEL = _PACKAGE / "_tree"


def is_installed() -> bool:
    """Whether this Lector came as a wheel."""
    return _IN_WHEEL.is_dir()


def root() -> Path:
    """The folder that holds functions/, migrations/ and web/, as far as they came along."""
    return _IN_WHEEL if is_installed() else _PACKAGE.parent


def install(extra: str = "local") -> str:
    """The line that installs an extra, where the wheel lies: an index does not have it yet.

    Nor must anybody be sent there for a name that somebody else could take until then.
    """
    return f"pip install 'lector_ocr-{__version__}-py3-none-any.whl[{extra}]'"


def is_foreign(error: ModuleNotFoundError) -> bool:
    """Whether a package is missing, as an extra is, and not a module of Lector's own."""
    return str(error.name).partition(".")[0] not in ("lector", "functions")


def environment() -> dict[str, str]:
    """The variables with which a process imports `functions`; in a checkout none are needed."""
    if not is_installed():
        return {}
    paths = [str(root()), os.environ.get("PYTHONPATH")]
    return {"PYTHONPATH": os.pathsep.join(filter(None, paths))}


def import_functions(*, in_children: bool = False) -> None:
    """Let this process import what is in `functions`; an installed Lector has that on no path.

    A package that was imported finds its modules by itself, so nothing stays on the path. With
    `in_children` processes that this one starts can import them, too.
    """
    if in_children:
        os.environ.update(environment())
    folder = str(root())
    sys.path.insert(0, folder)
    try:
        importlib.import_module("functions")
    finally:
        sys.path.remove(folder)
