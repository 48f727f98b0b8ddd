"""Take the pictures that README and docs show, of a Lector that reads the samples.

With a folder, all views in three widths and both colour schemes go there, to be looked at.
"""

import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Literal, get_args

import click
import pymupdf
from playwright.sync_api import Browser, ViewportSize

from lector import Document, FileFailed, Lector
from lector.local import stack
from lector.local.data_folder import DataFolder
from lector.local.tools import checkout
from tests.acceptance.browsing import browser_path, chromium

DOCS = checkout() / "docs" / "pictures"
SAMPLES = checkout() / "tests" / "samples"
Scheme = Literal["light", "dark"]
WIDTHS = {390: 844, 1280: 800, 2560: 1440}
_SETTLED_MS = 1_500
_READS_AFTER_S = 60
_READ_THEN = 5
"""Pages of the long document that are read when pictures are taken."""


def views(files: dict[str, Document]) -> dict[str, str]:
    """The addresses of the page that are looked at, by what they show."""
    report, broken = files["report.pdf"].id, files["broken.pdf"].id
    return {
        "files": "/",
        "page": f"/files/{report}/pages/2?q=lamps",
        "events": "/events",
        "file": f"/files/{report}",
        "text": f"/files/{report}?tab=text",
        "timeline": f"/files/{report}?tab=timeline",
        "failed": f"/files/{broken}",
        "search": "/search?q=lamps",
        "check": "/check",
        "missing": "/files/none",
    }


def take(
    browser: Browser, address: str, path: Path, width: int = 1280, scheme: Scheme = "light"
) -> None:
    """One picture, when what is shown stands still."""
    size = ViewportSize(width=width, height=WIDTHS[width])
    with browser.new_context(viewport=size, color_scheme=scheme, locale="en-US") as context:
        page = context.new_page()
        page.goto(address)
        page.wait_for_timeout(_SETTLED_MS)
        page.screenshot(path=path)


def upload(lector: Lector, folder: Path) -> dict[str, Document]:
    """Samples that are read, one that cannot be, and then one of many pages, by their names."""
    broken, minutes = folder / "broken.pdf", folder / "minutes.pdf"
    broken.write_bytes(b"%PDF-1.7\nthis is no document")
    with pymupdf.open() as many, pymupdf.open(SAMPLES / "notice.pdf") as notice:
        for number in range(24):
            many.insert_pdf(notice)
            many[number].insert_text((40, 40), f"{number + 1}")  # else they are read once
        many.save(minutes)
    files = {path.name: lector.read(path) for path in [*sorted(SAMPLES.glob("*.pdf")), broken]}
    for document in files.values():
        with suppress(FileFailed):  # one of them does
            document.wait(timeout_s=_READS_AFTER_S)
    files[minutes.name] = lector.read(minutes, text_layer="never")
    deadline = time.monotonic() + _READS_AFTER_S
    while files[minutes.name].raw["progress"]["read"] < _READ_THEN and time.monotonic() < deadline:
        time.sleep(0.2)
        files[minutes.name] = lector.document(files[minutes.name].id)
    return files


def main(folder: Path | None) -> None:
    """Take those of the docs, or all into a folder."""
    program = browser_path()
    if program is None:
        sys.exit("there is no Chromium; `make browser` installs one")
    with (
        tempfile.TemporaryDirectory() as made,
        stack.running(DataFolder(Path(made) / "data"), None, click.echo) as running,
        Lector(running.url) as lector,
        chromium(program) as browser,
    ):
        shown = views(upload(lector, Path(made)))
        if folder is None:
            for name in ("files", "page", "events"):
                take(browser, f"{running.url}{shown[name]}", DOCS / f"{name}.png")
            return
        folder.mkdir(parents=True, exist_ok=True)
        for name, address in shown.items():
            for width in WIDTHS:
                for scheme in get_args(Scheme):
                    path = folder / f"{name}-{width}-{scheme}.png"
                    take(browser, f"{running.url}{address}", path, width, scheme)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
