"""A real browser on a real Lector, for tests of the page."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FloatRect, Locator, Page, sync_playwright

from lector.local.tools import checkout

STATIC = checkout() / "functions" / "upload" / "static" / "index.html"
AXE = checkout() / "web" / "node_modules" / "axe-core" / "axe.min.js"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
# Rules that a page must keep to be usable by keyboard, screen reader and weak eyes. Left out are
# the invisible elements by which Fluent's focus manager leads the focus on: nobody meets them.
# Colours are judged when what opens stands still: a dialog that fades in is pale for a moment.
_SERIOUS = """
async () => {
  const ends = one => one.effect?.getTiming().iterations !== Infinity
  await Promise.allSettled(document.getAnimations().filter(ends).map(one => one.finished))
  const found = await axe.run({exclude: ['[data-tabster-dummy]']}, {resultTypes: ['violations']})
  return found.violations
    .filter(one => ['serious', 'critical'].includes(one.impact))
    .map(one => `${one.id}: ${one.nodes.map(node => node.html).slice(0, 3).join(' | ')}`)
}
"""
# A page that is being laid out moves what is on it: it stands still when several frames have it at
# the same place.
_STILL = """
element => new Promise((found, failed) => {
  let [before, same, frames] = ['', 0, 0]
  const look = () => {
    const { x, y, width, height } = element.getBoundingClientRect()
    const now = [x, y, width, height].join()
    same = now === before && (element.complete ?? true) ? same + 1 : 0
    before = now
    if (same === 5) found({ x, y, width, height })
    else if (++frames === 1000) failed(new Error('it never stands still'))
    else requestAnimationFrame(look)
  }
  look()
})
"""


def browser_path() -> str | None:
    """Where a Chromium is: $CHROMIUM, on the PATH, or as Playwright installed it."""
    named = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if named:
        return named
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
        return own if Path(own).exists() else None


@contextmanager
def chromium(path: str) -> Iterator[Browser]:
    """A headless Chromium, by the path of its program."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_SWITCHES)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def launched() -> Iterator[Browser]:
    """A headless Chromium; skipped where there is none, or the page is not built."""
    path = browser_path()
    if path is None:
        pytest.skip("there is no Chromium; `make browser` installs one")
    if not STATIC.exists():
        pytest.skip("the page is not built; `make web` builds it")
    with chromium(path) as browser:
        yield browser


def serious_faults(page: Page) -> list[str]:
    """What axe finds that keeps people from using the page as it is shown now."""
    page.evaluate(AXE.read_text())
    found: list[str] = page.evaluate(_SERIOUS)
    return found


def still(locator: Locator) -> FloatRect:
    """Where an element is once it, and the image that it may be, has come to rest, in pixels."""
    found: FloatRect = locator.evaluate(_STILL)
    return found


def click_at(locator: Locator, across: float, along: float) -> None:
    """Click on a place of an element that has come to rest, in shares of its size."""
    box = still(locator)
    locator.click(position={"x": across * box["width"], "y": along * box["height"]})
