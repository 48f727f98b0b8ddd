"""What a page draws, one thing after the other: of what kind each is, and where."""

from typing import Any

import pymupdf

from functions.render.text_lines import Box

mupdf = pymupdf.mupdf

Log = list[tuple[str, Box]]
"""What a page draws, one thing after the other."""


def find(content: pymupdf.DisplayList, most: int) -> Log:
    """What is drawn, by its place on the displayed page; it ends after one too many.

    What is clipped away is left out. A kind begins with `fill-`, `stroke-` or `ignore-`, and ends
    with `text`, `path`, `image`, `imgmask` or `shade`, as in PyMuPDF's `get_bboxlog`.
    """
    cookie = mupdf.FzCookie()
    device = _Log(cookie, most)
    _run(content, device, cookie)
    return device.drawn


def has_images(content: pymupdf.DisplayList) -> bool:
    """Whether anything is drawn that is no text and no path."""
    cookie = mupdf.FzCookie()
    device = _ImageSeeker(cookie)
    _run(content, device, cookie)
    return device.has_found


def _run(content: pymupdf.DisplayList, device: Any, cookie: Any) -> None:
    everywhere = mupdf.FzRect(mupdf.FzRect.Fixed_INFINITE)
    mupdf.fz_run_display_list(content.this, device, mupdf.FzMatrix(), everywhere, cookie)
    mupdf.fz_close_device(device)


class _ImageSeeker(mupdf.FzDevice2):  # type: ignore[name-defined, misc]
    """A device of MuPDF's that ends with the first image, mask or shade. As `_Log`."""

    def __init__(self, cookie: Any) -> None:
        super().__init__()
        self.has_found = False
        self._cookie = cookie
        self.use_virtual_fill_shade()
        self.use_virtual_fill_image()
        self.use_virtual_fill_image_mask()

    def _end(self, *_: Any) -> None:
        self.has_found = True
        self._cookie.m_internal.abort = 1

    fill_shade = fill_image = fill_image_mask = _end


class _Log(mupdf.FzDevice2):  # type: ignore[name-defined, misc]
    """A device of MuPDF's that draws nothing. What it calls are the names of its methods."""

    def __init__(self, cookie: Any, most: int) -> None:
        super().__init__()
        self.drawn: Log = []
        self._cookie, self._most = cookie, most
        self.use_virtual_fill_path()
        self.use_virtual_stroke_path()
        self.use_virtual_fill_text()
        self.use_virtual_stroke_text()
        self.use_virtual_ignore_text()
        self.use_virtual_fill_shade()
        self.use_virtual_fill_image()
        self.use_virtual_fill_image_mask()

    def _add(self, kind: str, rect: Any) -> None:
        self.drawn.append((kind, (rect.x0, rect.y0, rect.x1, rect.y1)))
        if len(self.drawn) > self._most:
            self._cookie.m_internal.abort = 1

    def fill_path(self, _: Any, path: Any, __: Any, matrix: Any, *___: Any) -> None:
        self._add("fill-path", mupdf.ll_fz_bound_path(path, None, matrix))

    def stroke_path(self, _: Any, path: Any, stroke: Any, matrix: Any, *__: Any) -> None:
        self._add("stroke-path", mupdf.ll_fz_bound_path(path, stroke, matrix))

    def fill_text(self, _: Any, text: Any, matrix: Any, *__: Any) -> None:
        self._add("fill-text", mupdf.ll_fz_bound_text(text, None, matrix))

    def stroke_text(self, _: Any, text: Any, stroke: Any, matrix: Any, *__: Any) -> None:
        self._add("stroke-text", mupdf.ll_fz_bound_text(text, stroke, matrix))

    def ignore_text(self, _: Any, text: Any, matrix: Any) -> None:
        self._add("ignore-text", mupdf.ll_fz_bound_text(text, None, matrix))

    def fill_shade(self, _: Any, shade: Any, matrix: Any, *__: Any) -> None:
        self._add("fill-shade", mupdf.ll_fz_bound_shade(shade, matrix))

    def fill_image(self, _: Any, __: Any, matrix: Any, *___: Any) -> None:
        self._add("fill-image", mupdf.ll_fz_transform_rect(mupdf.fz_unit_rect, matrix))

    def fill_image_mask(self, _: Any, __: Any, matrix: Any, *___: Any) -> None:
        self._add("fill-imgmask", mupdf.ll_fz_transform_rect(mupdf.fz_unit_rect, matrix))
