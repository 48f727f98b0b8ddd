"""What README, CONTRIBUTING and docs name is there: links, paths, modules, targets of make."""

import importlib
import os
import re
from pathlib import Path

import pytest

from lector.local.tools import checkout
from lector.runtime import events

ROOT = checkout()
ANY = "benchmarks|contracts|docs|examples|functions|knative|lector|migrations|tests|tools|web"
GLOBS = (
    "*.md",
    "benchmarks/*.md",
    "examples/**/*.md",
    "web/*.md",
    "docs/*.md",
    "docs/learn/*.md",
    "docs/decisions/*.md",
)
PAGES = sorted(page for glob in GLOBS for page in ROOT.glob(glob))
# Built, drawn, or written by whoever follows the pages.
NOT_IN_GIT = re.compile(
    r"functions/(upload/static|audit)|docs/site|.*/secrets/$|lector\.yaml|event\.json|security\.toml"
    r"|report\.(json|html)|(announced|confirmed|uploaded)\.json|receiver\.py"
)
FILE = re.compile(r"[\w-]+\.(?:py|sql|yaml|json|sh|toml|md|proto|tsx?|html)")
MODULE = re.compile(rf"(?<![\w/.-])(?:{ANY})(?:\.[a-z]\w*)+(?![\w/(])")


def exists(name: str) -> bool:
    parent, _, last = name.rpartition(".")
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        return bool(parent) and hasattr(importlib.import_module(parent), last)
    return True


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_names_is_there(page: Path) -> None:
    text = page.read_text("utf-8")
    links = re.findall(r"\]\(([^)#\s]+)", text)
    assert [to for to in links if "://" not in to and not (page.parent / to).exists()] == []

    code = re.findall(r"`([^`\n]+)`", text) + re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    words = {word.strip(".,:;") for piece in code for word in piece.split()}
    words = {word for word in words if not NOT_IN_GIT.match(word)}
    paths = {word for word in words if re.match(rf"(?:{ANY}|src)/[\w./*-]+$", word)}
    assert [p for p in paths if not [*ROOT.glob(p), *page.parent.glob(p)]] == []

    walks = [next(os.walk(ROOT)), *(walk for top in ANY.split("|") for walk in os.walk(ROOT / top))]
    files = {name for top, _, names in walks for name in names if "node_modules" not in top}
    assert {word for word in words if FILE.fullmatch(word)} - files == set()

    modules = {name for name in MODULE.findall(text) if not FILE.fullmatch(name)}
    assert [name for name in modules - set(events.MESSAGES) if not exists(name)] == []

    known = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    targets = re.findall(r"(?:^|[\s;])make ([a-z]+(?:-[a-z]+)*)", "\n".join(code), re.MULTILINE)
    assert set(targets) - set(known) == set()


def test_log_lines_that_operations_quotes_are_in_the_code() -> None:
    code = "".join(page.read_text("utf-8") for page in ROOT.glob("[fl]*/**/*.py"))
    quoted = re.findall(r'"([^"]+)"', (ROOT / "docs/operations.md").read_text("utf-8"))
    assert [part for line in quoted for part in line.split("…") if part not in code] == []


def _told(page: str) -> dict[str, list[str]]:
    """What two languages of a page have in common: levels of headings, commands, and links."""
    text = (ROOT / page).read_text("utf-8")
    blocks = re.findall(r"^```.*?^```", text, re.DOTALL | re.MULTILINE)
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    return {
        "headings": re.findall(r"^#+", prose, re.MULTILINE),
        "commands": [re.sub(r"\s+# .*", "", block) for block in blocks],
        "links": [to for to in re.findall(r"\]\(([^)]+)\)", prose) if "README" not in to],
    }


def test_readme_says_the_same_in_english_and_in_spanish() -> None:
    assert _told("README.md") == _told("README.es.md")


def test_readme_is_read_in_a_few_minutes() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 120
