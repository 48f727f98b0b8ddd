"""The docs as a site, built as `make docs` builds it and read from the disk in a browser."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.acceptance.browsing import browser_path, chromium
from tests.acceptance.followed_pages import Followed, copy_of_the_checkout

# It installs MkDocs and its theme, and opens a browser.
pytestmark = pytest.mark.slow

_MAKE = [str(shutil.which("make")), "-o", ".venv/.ready", "docs"]
_PATHS = {
    "Read my documents",
    "Use it in a program",
    "Run it on Knative",
    "Learn how it works",
}


def made(copy: Followed) -> subprocess.CompletedProcess[str]:
    return subprocess.run(_MAKE, cwd=copy.folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Followed]:
    with copy_of_the_checkout(tmp_path_factory.mktemp("docs")) as followed:
        done = made(followed)
        assert done.returncode == 0, done.stderr
        yield followed


@pytest.fixture(scope="module")
def site(copy: Followed) -> Path:
    return copy.folder / "docs/site"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = browser_path()
    if path is None:
        pytest.skip("there is no Chromium; `make browser` installs one")
    with chromium(path) as launched:
        yield launched


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page as wide as a phone, which may ask for files of the disk and for nothing else."""
    page = browser.new_page(viewport={"width": 390, "height": 844})
    elsewhere: list[str] = []
    page.on("request", lambda asked: elsewhere.append(asked.url))
    page.on("pageerror", lambda error: elsewhere.append(str(error)))
    yield page
    page.close()
    assert [url for url in elsewhere if not url.startswith(("file:", "data:", "blob:"))] == []


def test_the_start_page_leads_each_kind_of_reader_on(site: Path, page: Page) -> None:
    page.goto((site / "index.html").as_uri())
    assert set(page.locator("#where-to-begin + ul strong").all_text_contents()) == _PATHS
    for name in _PATHS:
        page.goto((site / "index.html").as_uri())
        page.locator("#where-to-begin + ul").get_by_role("link", name=name).click()
        page.wait_for_url(lambda url: not url.endswith("/index.html") or "learn" in url)
        assert page.locator("h1").count() == 1


def test_no_page_is_wider_than_a_phone(site: Path, page: Page) -> None:
    width = "document.documentElement.scrollWidth"
    wide = []
    for path in [*site.glob("*.html"), *site.glob("learn/*.html")]:
        page.goto(path.as_uri(), wait_until="domcontentloaded")
        if page.evaluate(width) > 390:
            wide.append(path.name)
    assert wide == []


def test_words_are_found_without_a_server(site: Path, page: Page) -> None:
    page.goto((site / "index.html").as_uri())
    page.locator("label[for=__search]").first.click()
    page.get_by_role("textbox", name="Search").press_sequentially("tombstone")
    page.locator(".md-search-result__link").first.wait_for()


def test_drawings_and_the_catalogue_of_events_are_there(site: Path, page: Page) -> None:
    page.goto((site / "events.html").as_uri())
    page.locator("div.mermaid").wait_for()  # by Mermaid; before that, it is a <pre>
    page.get_by_role("link", name="asyncapi.yaml").click()
    page.get_by_text("lector.file.uploaded.{fileId}").first.wait_for()


_BADGES_OUT_OF_PLACE = """() => [...document.querySelectorAll('#catalogue strong, #catalogue span')]
    .filter((one) => {
      if (!/ rounded/.test(one.className)) return false
      const [first, ...others] = one.getClientRects()
      const box = one.parentElement.getBoundingClientRect()
      return first && (others.length || first.right > box.right)
    })
    .map((one) => one.textContent)"""


def test_badges_of_the_catalogue_stay_whole_and_within_their_boxes_on_a_phone(
    site: Path, page: Page
) -> None:
    page.goto((site / "catalogue/index.html").as_uri())
    page.locator("strong").get_by_text("jetstream").wait_for()
    assert page.evaluate(_BADGES_OUT_OF_PLACE) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_link_that_leads_nowhere_fails_it(copy: Followed) -> None:
    start = copy.folder / "docs/index.md"
    start.write_text(start.read_text() + "\n[lost](reading.md#no-such-heading)\n")
    done = made(copy)
    assert done.returncode != 0
    assert "no-such-heading" in done.stderr
