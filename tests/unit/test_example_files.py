"""Examples: each is named where people look, and locks what it installs in Lector's versions."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lector.local.tools import checkout

ROOT = checkout()
LOCKS = sorted(ROOT.glob("examples/*/requirements.lock"))


def versions(lock: Path) -> dict[str, set[str]]:
    """The versions of each package; more than one where Pythons differ."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==(\S+)", lock.read_text(), re.MULTILINE):
        found.setdefault(name, set()).add(version)
    return found


def test_every_example_is_named_in_their_readme() -> None:
    folder = ROOT / "examples"
    named = set(re.findall(r"\]\(([\w/]+\.\w+)\)", (folder / "README.md").read_text()))
    kinds = ("*.py", "*.sh", "*.ts", "*/*.py")
    there = {str(path.relative_to(folder)) for kind in kinds for path in folder.glob(kind)}
    assert there - {"run.sh"} == named


@pytest.mark.parametrize("name", ["invoices.py", "archive.py", "audit_log.py"])
def test_an_example_that_is_called_without_words_says_how_it_is_called(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(ROOT / "examples" / name)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert f"python {name} " in done.stderr
    assert "Traceback" not in done.stderr


def test_both_frameworks_have_a_lock() -> None:
    assert [lock.parent.name for lock in LOCKS] == ["langchain", "llamaindex"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.parent.name)
def test_a_lock_has_a_hash_for_every_package_and_names_no_index(lock: Path) -> None:
    text = lock.read_text()
    blocks = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)
    assert all("--hash=sha256:" in block for block in blocks if block)
    assert "://" not in text


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.parent.name)
def test_an_example_has_the_versions_with_which_lector_is_tested(lock: Path) -> None:
    own, locked = versions(lock), versions(ROOT / "requirements.lock")
    assert {"httpx2", "click", "rich"} <= own.keys() & locked.keys()
    differ = {name for name in own.keys() & locked.keys() if not own[name] <= locked[name]}
    assert differ == set()
