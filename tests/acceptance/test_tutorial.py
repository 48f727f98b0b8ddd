"""docs/tutorial.md, followed step by step in a copy of the checkout."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from lector.local.tools import checkout
from tests.acceptance.commandline import clear, environment

NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", ".*_cache", ".hypothesis", "node_modules", "__pycache__", "secrets"
)
PAGE = (checkout() / "docs" / "tutorial.md").read_text()
# A file to write: its name on a line of its own, then its content; or commands for a shell.
STEPS = re.compile(
    r"^(?:`(?P<file>[\w/.]+)`:\n\n```\w+\n(?P<content>.*?)^```|```sh\n(?P<commands>.*?)^```)",
    re.MULTILINE | re.DOTALL,
)


pytestmark = pytest.mark.slow


@dataclass
class Followed:
    """A copy of the checkout in which the page was followed to its end, and what that printed."""

    folder: Path

    def after(self, command: str) -> str:
        """What the block that ends with this command printed, the first time."""
        return next(said for said, block in self._blocks if block.rstrip().endswith(command))

    def __post_init__(self) -> None:
        self._blocks: list[tuple[str, str]] = []

    def follow(self) -> None:
        env = {**environment(self.folder / "data"), "PYTHONPATH": str(self.folder)}
        del env["TEXT_LAYER"]  # whoever follows it has the default, and samples that carry text
        for step in STEPS.finditer(PAGE):
            if step["file"]:
                path = self.folder / step["file"]
                path.parent.mkdir(exist_ok=True)
                path.write_text(step["content"])
                continue
            # A person types all of it into one shell: what is exported stays.
            script = f"set -eu\n{step['commands']}\nexport -p > .exported\n"
            before = ". ./.exported\n" if (self.folder / ".exported").exists() else ""
            self._blocks.append((self._ran(before + script, env), step["commands"]))

    def _ran(self, script: str, env: dict[str, str]) -> str:
        done = subprocess.run(
            ["/bin/sh", "-c", script],
            cwd=self.folder,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def written(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "audit.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Followed]:
    folder = tmp_path_factory.mktemp("tutorial") / "lector"
    shutil.copytree(checkout(), folder, ignore=NOT_COPIED)
    (folder / ".venv").mkdir()
    (folder / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    try:
        copy = Followed(folder)
        copy.follow()
        yield copy
    finally:
        clear(folder)
        shutil.rmtree(folder)


@pytest.mark.timeout(240)
def test_the_page_can_be_followed_to_its_end(followed: Followed) -> None:
    assert "lector.file.uploaded" in followed.after("--type file.uploaded --json")


def test_what_was_uploaded_before_there_was_a_listener_is_written_down(followed: Followed) -> None:
    [line] = followed.after("sleep 5\ncat audit.jsonl").splitlines()
    told = json.loads(line)
    size = os.path.getsize(checkout() / "tests" / "samples" / "letter.pdf")
    assert (told["who"], told["file"], told["bytes"]) == ("default", "letter.pdf", size)


def test_what_is_uploaded_later_is_added_and_nothing_twice(followed: Followed) -> None:
    assert [line["file"] for line in followed.written()] == ["letter.pdf", "notice.pdf"]


def test_on_a_cluster_it_is_a_service_like_the_others_and_known_to_the_source(
    followed: Followed,
) -> None:
    manifests = list(
        yaml.safe_load_all((followed.folder / "knative/functions/functions.yaml").read_text())
    )
    [audit] = [m for m in manifests if m and m["metadata"]["name"] == "audit"]
    [container] = audit["spec"]["template"]["spec"]["containers"]
    names = {variable["name"] for variable in container["env"]}
    assert not names & {"DATABASE_URL", "K_SINK"}
    addresses = yaml.safe_load((followed.folder / "knative/functions/addresses.yaml").read_text())
    assert "audit=http://audit." in addresses["data"]["FUNCTION_URLS"]
