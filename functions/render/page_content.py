"""A page as MuPDF has interpreted it, once: drawn, and looked through for text and pictures."""

from functools import cached_property
from typing import Any

import pymupdf

from functions.render import drawing_log
from functions.render.drawing_log import Log

MOST_DRAWN = 30_000
"""Things of a page that are listed; there is one more in the list if it draws more."""
_FAR = 1e6


class PageContent:
    """What a page shows.

    What is asked of `page` itself is interpreted anew, which takes as long as drawing half of it.
    """

    def __init__(self, page: pymupdf.Page) -> None:
        self.page = page
        self.rect: pymupdf.Rect = page.rect
        self._list: pymupdf.DisplayList = page.get_displaylist()

    def draw(self, zoom: float, colours: pymupdf.Colorspace) -> pymupdf.Pixmap:
        """The page with so many pixels for a point."""
        matrix = pymupdf.Matrix(zoom, zoom)
        drawn: pymupdf.Pixmap = self._list.get_pixmap(
            matrix=matrix, colorspace=colours, alpha=False
        )
        return drawn

    def textpage(self, flags: int = 0) -> pymupdf.TextPage:
        """Its text as MuPDF finds it, also what lies outside the page."""
        options = pymupdf.mupdf.FzStextOptions()
        options.flags = pymupdf.TEXT_PRESERVE_WHITESPACE | flags
        page = pymupdf.TextPage(pymupdf.mupdf.FzStextPage(self._list.this, options))
        bounds = page.this.m_internal.mediabox
        bounds.x0, bounds.y0, bounds.x1, bounds.y1 = -_FAR, -_FAR, _FAR, _FAR
        return page

    @cached_property
    def log(self) -> Log:
        """What is drawn, one thing after the other, up to one more than `MOST_DRAWN`."""
        return drawing_log.find(self._list, MOST_DRAWN)

    @cached_property
    def images(self) -> list[dict[str, Any]]:
        """Its images, with their places on the page, as PyMuPDF tells of them."""
        if not drawing_log.has_images(self._list):
            return []
        found: list[dict[str, Any]] = self.textpage(pymupdf.TEXT_PRESERVE_IMAGES).extractIMGINFO()
        return found
