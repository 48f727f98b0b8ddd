"""The pages of the site: all that docs/ has, and what these link to, with links that lead there."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from lector.local.tools import checkout
from tools import docs_pages

ROOT = checkout()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    docs_pages.write(folder)
    return folder


def test_every_link_of_every_page_leads_to_something_on_the_site(site: Path) -> None:
    pages = list(site.rglob("*.md"))
    assert len(pages) > 80  # 16 of docs/, 9 to learn by, the decisions, and what they link to

    def leads(page: Path) -> list[str]:
        prose = re.sub(
            r"^(```+).*?^\1", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE
        )
        links = [to for to in re.findall(r"\]\(([^)#\s]+)", prose) if "://" not in to]
        return [to for to in links if not Path(os.path.normpath(page.parent / to)).is_file()]

    assert {str(page): lost for page in pages if (lost := leads(page))} == {}


def test_code_that_a_page_links_to_is_shown_as_it_is_in_this_checkout(site: Path) -> None:
    shown = (site / "source/contracts/events.proto.md").read_text("utf-8")
    assert (ROOT / "contracts/events.proto").read_text("utf-8").strip() in shown


def test_commands_with_brackets_are_left_as_they_are(site: Path) -> None:
    blocks = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
    for page in ("operations.md", "programs.md", "learn/1-a-file-comes-in.md"):
        written = blocks.findall((ROOT / "docs" / page).read_text("utf-8"))
        assert written == blocks.findall((site / page).read_text("utf-8"))


def _named(navigation: Any) -> list[str]:
    if isinstance(navigation, str):
        return [navigation]
    inner = navigation.values() if isinstance(navigation, dict) else navigation
    return [page for one in inner for page in _named(one)]


def test_a_path_of_the_site_leads_to_every_page_of_docs() -> None:
    # MkDocs' own file names functions of its extensions, which are of no concern here.
    text = (ROOT / "docs/building/mkdocs.yml").read_text("utf-8")
    led_to = _named(yaml.safe_load(text[text.index("\nnav:") :])["nav"])
    docs = ROOT / "docs"
    pages = [*docs.glob("*.md"), *docs.glob("learn/*.md"), docs / "decisions/README.md"]
    assert {str(page.relative_to(docs)) for page in pages} - set(led_to) == set()
    assert len(led_to) == len(set(led_to))


def test_the_list_of_decisions_leads_to_every_decision() -> None:
    folder = ROOT / "docs/decisions"
    listed = re.findall(r"^\| \[\d+\]\(([^)]+)\)", (folder / "README.md").read_text(), re.MULTILINE)
    assert {page.name for page in folder.glob("0*.md")} - set(listed) == set()


def test_the_page_of_the_api_has_every_operation_of_the_contract_once() -> None:
    paths = json.loads((ROOT / "functions/upload/openapi.json").read_text("utf-8"))["paths"]
    methods = {"get", "post", "put", "patch", "delete"}
    operations = [f"{m.upper()} {path}" for path in paths for m in methods & set(paths[path])]
    listed = re.findall(r"^\| `([A-Z]+ /[^`]*)` \|", docs_pages.api(), re.MULTILINE)
    assert sorted(listed) == sorted(operations)
