"""README and the pages of docs/ whose commands can be run, followed on one Lector."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from lector.local.tools import checkout
from tests.acceptance.followed_pages import Followed, copy_of_the_checkout
from tests.support import pdfs

# It starts a Lector, and a second one for `make demo`.
pytestmark = pytest.mark.slow

# README last: it uploads report.pdf a second time, by curl.
PAGES = ("reading.md", "costs.md", "reports.md", "models.md", "index.md")
README = "../README.md"
_REPLACED = {
    # Each page begins with it. Building the page and fetching Spanish need package indexes.
    "make up ": "lector stop && lector up --detach ",
    "--language es": "--language en",
    "/ID/": "/$(cat id)/",
    "01a2…": "'\"$(cat id)\"'",
}
_ID = "curl -s {}/v1/files | .venv/bin/python -c '{}' > id"
_OLDEST = 'import json, sys; print(json.load(sys.stdin)["files"][-1]["id"])'


def documents(folder: Path) -> None:
    """What whoever follows the pages is supposed to have."""
    samples = checkout() / "tests/samples"
    (folder / "scans/2026").mkdir(parents=True)
    (folder / "papers").mkdir()
    shutil.copy(samples / "report.pdf", folder)
    shutil.copy(samples / "letter.pdf", folder / "scans")
    shutil.copy(samples / "notice.pdf", folder / "scans/2026")
    for name in ("minutes.pdf", "book.pdf", "scan.pdf", "papers/lease.pdf"):
        pages = [f"{name}: {pdfs.prose(seed, 12)}" for seed in range(7)]
        (folder / name).write_bytes(pdfs.text_pdf(pages))
    (folder / "list.txt").write_text("scans/letter.pdf\nminutes.pdf\n")


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Followed]:
    settings = {
        "PATH": f"{checkout() / '.venv/bin'}:{os.environ['PATH']}",
        "EDITOR": "sed -i 1s/^/Seen./",
    }
    with copy_of_the_checkout(tmp_path_factory.mktemp("docs"), _REPLACED, settings) as copy:
        documents(copy.folder)
        for made_before in ("requirements.lock", "pyproject.toml"):
            os.utime(copy.folder / made_before, (0, 0))  # `make` has nothing to install
        copy.run("lector up --detach\nlector ocr book.pdf scan.pdf\n")
        copy.run(_ID.format("http://127.0.0.1:8080", _OLDEST))
        copy.follow("reading.md")
        copy.run("rm report.json")  # reports.md writes one, too, and nothing is written over
        for page in (*PAGES[1:], README):
            copy.follow(page)
        yield copy


@pytest.mark.timeout(600)
def test_every_command_that_is_not_marked_ends_well(followed: Followed) -> None:
    assert {path.name for path in (followed.folder / "searchable").rglob("*.pdf")} == {
        "letter.searchable.pdf",
        "notice.searchable.pdf",
    }


def test_what_was_corrected_is_what_an_export_has(followed: Followed) -> None:
    texts = [path.read_text() for path in (followed.folder / "truth").rglob("*.txt")]
    assert any(text.startswith("Seen.") for text in texts)


def test_the_report_that_was_verified_is_about_the_file_that_was_named(followed: Followed) -> None:
    signed = json.loads((followed.folder / "report.json").read_text())
    assert signed["report"]["file"]["name"] == "scan.pdf"
