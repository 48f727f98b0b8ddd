"""The part of a page that is seen: where a file's boxes make no sense, MuPDF takes a letter's size.

A CropBox that leaves nothing of the page does not count then, as in other readers of PDFs. The
changes are made to the document in memory only.
"""

import math
from typing import Any

import pymupdf

mupdf = pymupdf.mupdf
_Object = Any

_LEAST_PT = 1.0
_Box = tuple[float, float, float, float]
_LETTER = "[0 0 612 792]"


def mend(document: pymupdf.Document, index: int) -> None:
    """Have a page, counted from 0, seen through boxes that make sense."""
    xref = document.page_xref(index)
    page = mupdf.pdf_lookup_page_obj(_pdf(document), index)
    media = _box(page, "MediaBox")
    if media is None:
        document.xref_set_key(xref, "MediaBox", _LETTER)
        media = (0.0, 0.0, 612.0, 792.0)
    if _has(page, "CropBox") and not _overlap(_box(page, "CropBox"), media):
        document.xref_set_key(xref, "CropBox", "[{:f} {:f} {:f} {:f}]".format(*media))
    unit = mupdf.pdf_dict_get(page, mupdf.pdf_new_name("UserUnit"))
    if mupdf.pdf_is_number(unit) and not 0 < mupdf.pdf_to_real(unit) < math.inf:
        document.xref_set_key(xref, "UserUnit", "1")
    turn = mupdf.pdf_dict_get_inheritable(page, mupdf.pdf_new_name("Rotate"))
    if mupdf.pdf_is_number(turn) and mupdf.pdf_to_real(turn) % 90:
        document.xref_set_key(xref, "Rotate", "0")


def _pdf(document: pymupdf.Document) -> Any:
    return mupdf.pdf_document_from_fz_document(document.this)


def _has(page: _Object, name: str) -> bool:
    direct = mupdf.pdf_dict_get(page, mupdf.pdf_new_name(name))
    inherited = mupdf.pdf_dict_get_inheritable(page, mupdf.pdf_new_name(name))
    return bool(mupdf.pdf_is_indirect(direct) or inherited.m_internal)


def _box(page: _Object, name: str) -> _Box | None:
    """A box of a page as left, bottom, right, top; None if it is none, or has no size."""
    numbers = mupdf.pdf_dict_get_inheritable(page, mupdf.pdf_new_name(name))
    if mupdf.pdf_array_len(numbers) < 4:
        return None
    x0, y0, x1, y1 = (mupdf.pdf_to_real(mupdf.pdf_array_get(numbers, i)) for i in range(4))
    box = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
    return box if _is_large_enough(box) else None


def _overlap(box: _Box | None, media: _Box) -> bool:
    if box is None:
        return False
    left, bottom = max(box[0], media[0]), max(box[1], media[1])
    right, top = min(box[2], media[2]), min(box[3], media[3])
    return _is_large_enough((left, bottom, right, top))


def _is_large_enough(box: _Box) -> bool:
    sides = (box[2] - box[0], box[3] - box[1])
    return all(math.isfinite(edge) for edge in box) and min(sides) >= _LEAST_PT
