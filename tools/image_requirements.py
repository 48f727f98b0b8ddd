"""What an image is to hold, as requirements: `python -m tools.image_requirements NAME`.

It is the extra of that name alone. A resolver that is told of the extra adds what the command line
stands on, which no function needs.
"""

import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

Extras = Mapping[str, Sequence[str]]


def requirements(name: str, extras: Extras, project: str) -> Iterator[str]:
    """The requirements of an extra, and of those of the project's own extras that it names.

    Raises:
        KeyError: there is no such extra.

    """
    for requirement in extras[name]:
        own = re.fullmatch(rf"{re.escape(project)}\[([\w,-]+)\]", requirement)
        if own is None:
            yield requirement
            continue
        for other in own[1].split(","):
            yield from requirements(other, extras, project)


def main(name: str) -> None:
    """Write them to stdout, each once."""
    project = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]
    found = requirements(name, project["optional-dependencies"], project["name"])
    sys.stdout.writelines(f"{line}\n" for line in sorted(set(found)))


if __name__ == "__main__":
    main(*sys.argv[1:])
