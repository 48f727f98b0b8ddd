"""Each block of commands on a page is followed by a test, or marked with why it is not."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lector.local.tools import checkout
from tests.acceptance import test_docs_followed, test_learning
from tests.acceptance.followed_pages import MARK

ROOT = checkout()
DOCS = ROOT / "docs"
# README.es.md has the commands of README.md, which tests/unit/test_docs.py holds.
FOLLOWED = {
    "README.md",
    "README.es.md",
    "docs/tutorial.md",
    "examples/README.md",
    *(f"docs/{page}" for page in test_docs_followed.PAGES),
    *(f"docs/learn/{page}" for page in test_learning.PAGES),
}
PAGES = [
    *(ROOT / name for name in ("README.md", "README.es.md", "CONTRIBUTING.md")),
    ROOT / "benchmarks/README.md",
    *sorted(DOCS.glob("*.md")),
    *sorted(DOCS.glob("learn/*.md")),
    *sorted(ROOT.glob("examples/**/*.md")),
]
_BLOCK = re.compile(
    r"^(?P<indent> *)```(?P<shell>sh|bash|console)\n(?P<commands>.*?)^ *```$", re.M | re.S
)
# As docs/deploy.md and docs/operations.md explain.
_LINE_MARK = re.compile(r"\[[tc–]\]")


def blocks(page: Path) -> Iterator[tuple[re.Match[str], re.Match[str] | None]]:
    """The blocks of commands of a page, each with the mark before it."""
    text = page.read_text("utf-8")
    for block in _BLOCK.finditer(text):
        yield block, MARK.search(text, 0, block.start())


def is_followed(page: Path, block: re.Match[str]) -> bool:
    is_typed = block["shell"] == "sh" and not block["indent"]  # as followed_pages.py has it
    return str(page.relative_to(ROOT)) in FOLLOWED and is_typed


def test_only_blocks_that_are_typed_into_a_shell_count_as_run() -> None:
    blocks = [_BLOCK.search(f"```{shell}\nls\n```\n") for shell in ("sh", "bash", "console")]
    runs = [block and is_followed(DOCS / "tutorial.md", block) for block in blocks]
    assert runs == [True, False, False]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_are_run_by_a_test_or_say_why_not(page: Path) -> None:
    unsaid = [
        block["commands"]
        for block, mark in blocks(page)
        if not mark
        and not is_followed(page, block)
        and not all(_LINE_MARK.search(line) for line in block["commands"].splitlines())
    ]
    assert unsaid == []


def test_marks_give_a_reason_or_a_test_that_there_is() -> None:
    marks = [mark for page in PAGES for _, mark in blocks(page) if mark]
    assert {kind for kind, _ in (mark.groups() for mark in marks)} == {"not run", "run by"}
    for kind, words in (mark.groups() for mark in marks):
        tests = re.findall(r"tests/[\w/]+\.py", words)
        assert all((ROOT / test).exists() for test in tests), words
        assert tests if kind == "run by" else len(words.split()) >= 2, words


def test_most_blocks_of_pages_that_are_followed_carry_no_mark() -> None:
    marked = [mark for name in FOLLOWED for _, mark in blocks(ROOT / name)]
    assert sum(mark is None for mark in marked) > 45
