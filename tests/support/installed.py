"""Environments with what a requirement names and nothing else, from the packages that are here.

Their files are links to ours, so no package index is asked, and the versions are the locked ones.
"""

import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement

from lector.local.tools import checkout

PROJECT = "lector-ocr"


def project_requirements(*extras: str) -> list[str]:
    """What pyproject.toml says is installed with these extras."""
    project = tomllib.loads((checkout() / "pyproject.toml").read_text())["project"]
    named = [one for extra in extras for one in project["optional-dependencies"][extra]]
    own = [Requirement(one).extras for one in named if one.startswith(f"{PROJECT}[")]
    others = [one for one in named if not one.startswith(f"{PROJECT}[")]
    inner = [project_requirements(extra) for asked in own for extra in asked]
    return [*project["dependencies"], *others, *(one for found in inner for one in found)]


class Environment:
    """A virtual environment, and the packages that were put into it."""

    def __init__(self, folder: Path, requirements: Iterable[str]) -> None:
        command = [sys.executable, "-m", "venv", "--without-pip", str(folder)]
        subprocess.run(command, check=True, capture_output=True)
        self.folder = folder
        self.python = folder / "bin" / "python"
        variables = {"base": str(folder), "platbase": str(folder)}
        self.packages = Path(sysconfig.get_path("purelib", "venv", variables))
        self.names = set(_link_closure(requirements, self.packages))

    def add(self, wheel: Path) -> None:
        """Install a wheel alone, without what it needs."""
        pip = [sys.executable, "-m", "pip", "--python", str(self.python), "install", "--quiet"]
        done = [*pip, "--disable-pip-version-check", "--no-deps", "--no-index", str(wheel)]
        subprocess.run(done, check=True, capture_output=True)

    def distribution(self, name: str) -> Distribution:
        """What is installed there under this name."""
        [found] = distributions(name=name, path=[str(self.packages)])
        return found


def _link_closure(requirements: Iterable[str], packages: Path) -> Iterator[str]:
    """Link what is required, and what that requires; the names of all of it."""
    waiting = [(Requirement(one), "") for one in requirements]
    seen: set[tuple[str, str]] = set()
    while waiting:
        wanted, context = waiting.pop()
        if wanted.marker and not wanted.marker.evaluate({"extra": context}):
            continue
        for extra in {"", *wanted.extras}:
            if (wanted.name.lower(), extra) in seen:
                continue
            seen.add((wanted.name.lower(), extra))
            found = distribution(wanted.name)
            waiting += [(Requirement(one), extra) for one in found.requires or ()]
            if not extra:
                _link_files(found, packages)
                yield found.name


def _link_files(found: Distribution, packages: Path) -> None:
    for file in found.files or ():
        source = Path(str(found.locate_file(file))).resolve()
        target = Path(packages, file).absolute()
        target = Path(*_without_parents(target.parts))
        if source.is_file() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(source)


def _without_parents(parts: Iterable[str]) -> list[str]:
    kept: list[str] = []
    for part in parts:
        if part == "..":
            kept.pop()
        else:
            kept.append(part)
    return kept
