"""Pages of docs/ that a person follows step by step, followed in a copy of the checkout.

A step is a file to write, whose name stands on a line of its own before its content, or a block of
commands for a shell. All commands are typed into one shell: what is set or exported stays. A block
after a comment such as `<!-- not run: needs Docker -->` is left out.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from lector.local.tools import checkout
from tests.acceptance.commandline import clear, environment

_NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv*", ".*_cache", ".hypothesis", "node_modules", "__pycache__", "secrets"
)
_STEPS = re.compile(
    r"^(?:`(?P<file>[\w/.]+)`:\n\n```\w+\n(?P<content>.*?)^```|```sh\n(?P<commands>.*?)^```)",
    re.MULTILINE | re.DOTALL,
)
# What the page says right before a block that is not followed, and whoever reads it does not see.
MARK = re.compile(r"<!-- (not run|run by)[: ]([^>]+) -->\s*\Z")
_LONGEST_BLOCK_S = 100
_USUAL_ADDRESS = "http://127.0.0.1:8080"


class Followed:
    """A copy of the checkout in which pages are followed, and what their blocks printed."""

    def __init__(
        self, folder: Path, replaced: Mapping[str, str], settings: Mapping[str, str]
    ) -> None:
        """What the pages name is `replaced` where only one of it can be on a machine.

        `settings` are what whoever follows them has in the environment.
        """
        self.folder = folder
        self._replaced = replaced
        self._blocks: list[tuple[str, str]] = []
        self._env = {**environment(folder / "data"), "PYTHONPATH": str(folder), **settings}
        # Whoever follows it has the default, and samples that carry text.
        del self._env["TEXT_LAYER"]

    def follow(self, page: str) -> None:
        """Do all that a page of docs/ says, in order; a failing command is an AssertionError."""
        text = (checkout() / "docs" / page).read_text()
        for step in _STEPS.finditer(text):
            if MARK.search(text, 0, step.start()):
                continue
            if step["file"]:
                path = self.folder / step["file"]
                path.parent.mkdir(exist_ok=True)
                path.write_text(self._here(step["content"]))
            else:
                self.run(step["commands"])

    def after(self, command: str) -> str:
        """What the block that ends with this command printed, the first time."""
        return next(said for said, block in self._blocks if block.rstrip().endswith(command))

    def _here(self, text: str) -> str:
        for written, meant in self._replaced.items():
            text = text.replace(written, meant)
        state = self.folder / "data" / "stack.json"
        if state.exists():
            text = text.replace(_USUAL_ADDRESS, json.loads(state.read_text())["url"])
        return text

    def run(self, commands: str) -> None:
        """Type these into the shell; one that fails is an AssertionError."""
        before = ". ./.exported\n" if (self.folder / ".exported").exists() else ""
        script = f"{before}set -aeu\n{self._here(commands)}\nset +a\nexport -p > .exported\n"
        done = subprocess.run(
            ["/bin/sh", "-c", script],
            cwd=self.folder,
            env=self._env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_LONGEST_BLOCK_S,
            check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        self._blocks.append((done.stdout, commands))


@contextmanager
def copy_of_the_checkout(
    parent: Path, replaced: Mapping[str, str] = {}, settings: Mapping[str, str] = {}
) -> Iterator[Followed]:
    """A copy with the environment of this process; whatever uses it has ended in the end."""
    folder = parent / "lector"
    shutil.copytree(checkout(), folder, ignore=_NOT_COPIED)
    (folder / ".venv").symlink_to(sys.prefix)
    try:
        yield Followed(folder, replaced, settings)
    finally:
        clear(folder)
        shutil.rmtree(folder)
