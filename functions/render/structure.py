"""How a PDF is put together: which of its pages are there, and what it holds beside its pages."""

import re
from collections.abc import Iterator
from typing import Any

import pymupdf

from functions.render.engine_errors import ENGINE_ERRORS, raise_if_about_memory
from lector.runtime.failures import clean

mupdf = pymupdf.mupdf
_Object = Any

_REFERENCE = re.compile(r"(\d+) \d+ R")
# So much of a file is looked at when it is opened; what lies behind makes no warning.
_MOST_PAGES, _MOST_ATTACHMENT_PAGES, _MOST_ATTACHMENTS, _MOST_LAYERS = 20_000, 500, 1000, 1000
_NAMES, _LONGEST_NAME = 3, 60


def mend_count(document: pymupdf.Document) -> str | None:
    """Have all pages counted, whatever the page tree says; say so if it is wrong.

    A page too many cannot be loaded, and one that was not counted would pass in silence. Where the
    tree has lost some, or a repaired one all, the count is kept: those that are not there fail.
    """
    reference = mupdf.pdf_dict_gets(_catalog(document), "Pages")
    there = _count_pages(reference)
    if there == 0 and document.is_repaired:
        return None
    count = mupdf.pdf_dict_gets(reference, "Count")
    claimed = mupdf.pdf_to_int(count) if mupdf.pdf_is_int(count) else None
    if there is None or claimed == there or not mupdf.pdf_is_indirect(reference):
        return None
    document.xref_set_key(mupdf.pdf_to_num(reference), "Count", str(there))
    says = "does not say how many pages it has" if claimed is None else f"claims {claimed} pages"
    return f"the PDF {says}, but {_number(there, 'page')} there"


def describe_damage(document: pymupdf.Document) -> str:
    """What a repaired file lacks: it may claim pages that are not there."""
    count = document.page_count
    missing = sum(not page_exists(document, index) for index in range(min(count, _MOST_PAGES)))
    if missing:
        verb = "is" if missing == 1 else "are"
        pages = "1 page" if count == 1 else f"{count} pages"
        return f"the PDF is damaged: {missing} of its {pages} {verb} missing"
    return "the PDF is damaged and was repaired on opening; some content may be missing"


def describe_extras(document: pymupdf.Document) -> list[str]:
    """What a file holds that is not on its pages, and is not read."""
    catalog, said = _catalog(document), []
    if _has(mupdf.pdf_dict_gets(catalog, "AcroForm"), "XFA"):
        said.append(
            "the PDF holds an XFA form, which is not read; its pages may be only a request to wait"
        )
    if _has(catalog, "Collection"):
        said.append("the PDF is a portfolio; its pages may be only a cover")
    said += _describe_unread(
        _attachment_names(document), "1 other file, which is", "other files, which are"
    )
    said += _describe_unread(
        _hidden_layers(catalog),
        "1 layer that is switched off, which is",
        "layers that are switched off, which are",
    )
    return said


def page_exists(document: pymupdf.Document, index: int) -> bool:
    """Whether a page's object exists, and some of its content if it names any.

    MuPDF draws a blank page where they do not.
    """
    try:
        xref = document.page_xref(index)
        kind, value = document.xref_get_key(xref, "Contents")
        contents = [int(n) for n in _REFERENCE.findall(value)] if kind in ("xref", "array") else []
        is_page = (
            document.xref_get_key(xref, "Type") == ("name", "/Page")
            or bool(contents)  # others than pages have none that are objects
            or document.xref_get_key(xref, "MediaBox")[0] == "array"
        )
        found: bool = not contents or any(_object_exists(document, number) for number in contents)
        return bool(is_page and found)
    except ENGINE_ERRORS as error:
        raise_if_about_memory(error)
        return False


def _object_exists(document: pymupdf.Document, number: int) -> bool:
    return 0 < number < document.xref_length() and bool(document.xref_object(number) != "null")


def _catalog(document: pymupdf.Document) -> _Object:
    trailer = mupdf.pdf_trailer(mupdf.pdf_document_from_fz_document(document.this))
    return mupdf.pdf_dict_gets(trailer, "Root")


def _has(dictionary: _Object, key: str) -> bool:
    return bool(mupdf.pdf_resolve_indirect(mupdf.pdf_dict_gets(dictionary, key)).m_internal)


def _count_pages(root: _Object) -> int | None:
    """How many pages hang in a page tree; None if there are too many to count, or some are lost."""
    waiting, seen, count = [root], set[int](), 0
    while waiting:
        node = waiting.pop()
        kids = mupdf.pdf_dict_gets(node, "Kids")
        if mupdf.pdf_is_array(kids):
            number = mupdf.pdf_to_num(node)
            if number in seen or len(waiting) + mupdf.pdf_array_len(kids) > _MOST_PAGES:
                return None
            seen.add(number)
            waiting += (mupdf.pdf_array_get(kids, n) for n in range(mupdf.pdf_array_len(kids)))
        elif mupdf.pdf_is_dict(node):
            count += 1
        else:
            return None
    return count


def _attachment_names(document: pymupdf.Document) -> list[str]:
    """The names of files that are attached to a PDF or to its first pages."""
    pdf = mupdf.pdf_document_from_fz_document(document.this)
    tree = mupdf.pdf_load_name_tree(pdf, mupdf.pdf_new_name("EmbeddedFiles"))
    attached = [
        mupdf.pdf_dict_get_val(tree, n)
        for n in range(min(mupdf.pdf_dict_len(tree), _MOST_ATTACHMENTS))
    ]
    attached += _annotated_files(document)
    return list(
        dict.fromkeys(_name(file, "UF", "F") for file in attached if mupdf.pdf_is_dict(file))
    )


def _describe_unread(names: list[str], one: str, several: str) -> list[str]:
    if not names:
        return []
    things = one if len(names) == 1 else f"{len(names)} {several}"
    listed = ", ".join(names[:_NAMES]) + (", …" if len(names) > _NAMES else "")
    return [f"the PDF holds {things} not read: {listed}"]


def _hidden_layers(catalog: _Object) -> list[str]:
    """The names of the optional content that is not shown when a PDF is opened."""
    properties = mupdf.pdf_dict_gets(catalog, "OCProperties")
    default = mupdf.pdf_dict_gets(properties, "D")
    state = mupdf.pdf_dict_gets(default, "BaseState")
    if mupdf.pdf_is_name(state) and mupdf.pdf_to_name(state) == "OFF":
        shown = {mupdf.pdf_to_num(group) for group in _items(mupdf.pdf_dict_gets(default, "ON"))}
        groups = _items(mupdf.pdf_dict_gets(properties, "OCGs"))
        hidden = [group for group in groups if mupdf.pdf_to_num(group) not in shown]
    else:
        hidden = _items(mupdf.pdf_dict_gets(default, "OFF"))
    return list(dict.fromkeys(_name(group, "Name") for group in hidden if mupdf.pdf_is_dict(group)))


def _items(array: _Object) -> list[_Object]:
    return [
        mupdf.pdf_array_get(array, n) for n in range(min(mupdf.pdf_array_len(array), _MOST_LAYERS))
    ]


def _annotated_files(document: pymupdf.Document) -> Iterator[_Object]:
    pdf = mupdf.pdf_document_from_fz_document(document.this)
    for index in range(min(document.page_count, _MOST_ATTACHMENT_PAGES)):
        notes = mupdf.pdf_dict_gets(mupdf.pdf_lookup_page_obj(pdf, index), "Annots")
        for n in range(min(mupdf.pdf_array_len(notes), _MOST_ATTACHMENTS)):
            note = mupdf.pdf_array_get(notes, n)
            kind = mupdf.pdf_dict_gets(note, "Subtype")
            if mupdf.pdf_is_name(kind) and mupdf.pdf_to_name(kind) == "FileAttachment":
                yield mupdf.pdf_dict_gets(note, "FS")


def _name(thing: _Object, *keys: str) -> str:
    """What a file or a layer is called, by the first of some keys that says so."""
    for key in keys:
        name = mupdf.pdf_dict_gets(thing, key)
        if mupdf.pdf_is_string(name):
            words = " ".join(mupdf.pdf_to_text_string(name).split())
            return clean(words, _LONGEST_NAME) or "without a name"
    return "without a name"


def _number(count: int, what: str) -> str:
    return f"1 {what} is" if count == 1 else f"{count} {what}s are"
