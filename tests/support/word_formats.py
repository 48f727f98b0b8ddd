"""hOCR and ALTO as a program reads them, which holds a document against the rules of its format.

The rules of ALTO are those of the schema, version 4.4, for the elements that Lector writes: which
attributes and children each may have, in which order, and of which type. Those of hOCR are what its
specification, version 1.2, asks of a document's head, classes and properties.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class ReadWord:
    text: str
    box: Box
    confidence: float | None
    is_guessed: bool
    whole: str | None = None


@dataclass(frozen=True)
class ReadPage:
    number: int
    width: float
    height: float
    language: str | None
    lines: list[list[ReadWord]]

    @property
    def words(self) -> list[ReadWord]:
        return [word for line in self.lines for word in line]


def read(style: str, document: bytes) -> list[ReadPage]:
    """The pages of a document; AssertionError where it does not keep the rules."""
    return list({"hocr": _read_hocr, "alto": _read_alto}[style](document))


# --- ALTO 4.4 -------------------------------------------------------------------------------------

_ALTO = "{http://www.loc.gov/standards/alto/ns-v4#}"
_SCHEMA_LOCATION = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
_FLOAT = re.compile(r"-?\d+(\.\d+)?")
_SHARE = re.compile(r"0(\.\d+)?|1(\.0+)?")
_ID = re.compile(r"[A-Za-z_][\w.-]*")
_LANGUAGE = re.compile(r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*")
_ANY = re.compile(r"(?s).*")
_PLACE = dict.fromkeys(("HPOS", "VPOS", "WIDTH", "HEIGHT"), _FLOAT)
# Of each element: its attributes with a star where they must be there, and its children as a
# pattern over their names.
_RULES: dict[str, tuple[dict[str, re.Pattern[str]], str]] = {
    "alto": ({_SCHEMA_LOCATION: _ANY, "SCHEMAVERSION": _ANY}, r"(Description )?(Tags )?Layout "),
    "Description": ({}, r"MeasurementUnit (sourceImageInformation )?(Processing )*"),
    "MeasurementUnit": ({}, ""),
    "sourceImageInformation": ({}, r"(fileName )?"),
    "fileName": ({}, ""),
    "Processing": ({"ID*": _ID}, r"(processingCategory )?(processingSoftware )?"),
    "processingCategory": ({}, ""),
    "processingSoftware": ({}, r"(softwareCreator )?(softwareName )?(softwareVersion )?"),
    "softwareName": ({}, ""),
    "Tags": ({}, r"(OtherTag )*"),
    "OtherTag": ({"ID*": _ID, "LABEL*": _ANY, "TYPE": _ANY, "DESCRIPTION": _ANY}, ""),
    "Layout": ({}, r"(Page )+"),
    "Page": (
        {
            "ID*": _ID,
            "PHYSICAL_IMG_NR*": _FLOAT,
            "HEIGHT": _FLOAT,
            "WIDTH": _FLOAT,
            "PC": _SHARE,
            "LANG": _LANGUAGE,
        },
        r"(PrintSpace )?",
    ),
    "PrintSpace": (_PLACE, r"(TextBlock )*"),
    "TextBlock": ({"ID*": _ID, **_PLACE}, r"(TextLine )*"),
    "TextLine": (
        {"ID": _ID, **_PLACE, "BASEDIRECTION": re.compile("ltr|rtl|ttb|btt")},
        r"(String (SP )?)+(HYP )?",
    ),
    "String": (
        {
            "ID": _ID,
            "CONTENT*": _ANY,
            **_PLACE,
            "WC": _SHARE,
            "TAGREFS": _ANY,
            "SUBS_TYPE": re.compile("HypPart1|HypPart2|Abbreviation"),
            "SUBS_CONTENT": _ANY,
        },
        "",
    ),
    "SP": (_PLACE, ""),
    "HYP": ({"CONTENT*": _ANY, **_PLACE}, ""),
}


def _read_alto(document: bytes) -> Iterator[ReadPage]:
    root = ET.fromstring(document)  # noqa: S314 - our own
    assert root.tag == f"{_ALTO}alto"
    ids: set[str] = set()
    for element in root.iter():
        _check_alto(element, ids)
    tags = {tag.get("ID"): tag.get("LABEL") for tag in root.iter(f"{_ALTO}OtherTag")}
    assert root.findtext(f"{_ALTO}Description/{_ALTO}MeasurementUnit") == "pixel"
    for page in root.iter(f"{_ALTO}Page"):
        assert all(
            set((string.get("TAGREFS") or "").split()) <= tags.keys() for string in page.iter()
        )
        yield ReadPage(
            int(page.attrib["PHYSICAL_IMG_NR"]),
            float(page.attrib["WIDTH"]),
            float(page.attrib["HEIGHT"]),
            page.get("LANG"),
            [
                [*map(_alto_word, line.iter(f"{_ALTO}String"))]
                for line in page.iter(f"{_ALTO}TextLine")
            ],
        )


def _check_alto(element: ET.Element, ids: set[str]) -> None:
    name = element.tag.removeprefix(_ALTO)
    attributes, children = _RULES[name]
    patterns = {attribute.rstrip("*"): pattern for attribute, pattern in attributes.items()}
    needed = {attribute.rstrip("*") for attribute in attributes if attribute.endswith("*")}
    assert needed <= element.attrib.keys() <= patterns.keys(), (name, element.attrib)
    for attribute, value in element.attrib.items():
        assert patterns[attribute].fullmatch(value), (name, attribute, value)
    found = "".join(f"{child.tag.removeprefix(_ALTO)} " for child in element)
    assert re.fullmatch(children, found), (name, found)
    if identity := element.get("ID"):
        assert identity not in ids, identity
        ids.add(identity)


def _alto_word(string: ET.Element) -> ReadWord:
    left, top, width, height = (
        float(string.attrib[name]) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT")
    )
    sure = string.get("WC")
    return ReadWord(
        string.attrib["CONTENT"],
        (left, top, left + width, top + height),
        None if sure is None else 100 * float(sure),
        string.get("TAGREFS") == "guessed",
        string.get("SUBS_CONTENT"),
    )


# --- hOCR 1.2 -------------------------------------------------------------------------------------

_HTML = "{http://www.w3.org/1999/xhtml}"
_WITHIN = {
    "ocr_page": None,
    "ocr_carea": "ocr_page",
    "ocr_par": "ocr_carea",
    "ocr_line": "ocr_par",
    "ocrx_word": "ocr_line",
}
_PROPERTIES = {
    "bbox": re.compile(r"\d+ \d+ \d+ \d+"),
    "ppageno": re.compile(r"\d+"),
    "x_wconf": re.compile(r"\d+(\.\d+)?"),
}


def _read_hocr(document: bytes) -> Iterator[ReadPage]:
    assert "\u200e" not in (text := document.decode())
    assert "\u200f" not in text
    root = ET.fromstring(document)  # noqa: S314 - our own
    metas = {meta.get("name"): meta.get("content") for meta in root.iter(f"{_HTML}meta")}
    assert metas["ocr-system"]
    capable = (metas["ocr-capabilities"] or "").split()
    pages = [*root.iterfind(f"{_HTML}body/{_HTML}div")]
    assert metas["ocr-number-of-pages"] == str(len(pages))
    assert pages, "an hOCR document has an ocr_page"
    identities = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(set(identities)) == len(identities)
    for page in pages:
        _check_hocr(page, None, capable)
        left, top, right, bottom = _hocr_box(page)
        assert (left, top) == (0, 0)
        yield ReadPage(
            int(_properties(page)["ppageno"]) + 1,
            right,
            bottom,
            page.get("lang"),
            [
                [*map(_hocr_word, line.iterfind("*[@class='ocrx_word']"))]
                for line in page.iterfind(".//*[@class='ocr_line']")
            ],
        )


def _check_hocr(element: ET.Element, parent: ET.Element | None, capable: list[str]) -> None:
    kind = element.get("class", "")
    assert kind in capable, kind
    assert _WITHIN[kind] == (None if parent is None else parent.get("class"))
    for name, value in _properties(element).items():
        assert _PROPERTIES[name].fullmatch(value), (name, value)
    if parent is not None:
        outer, inner = _hocr_box(parent), _hocr_box(element)
        assert outer[0] <= inner[0] < inner[2] <= outer[2], (outer, inner)
        assert outer[1] <= inner[1] < inner[3] <= outer[3], (outer, inner)
    for child in element:
        _check_hocr(child, element, capable)


def _properties(element: ET.Element) -> dict[str, str]:
    properties = (one.strip().partition(" ") for one in element.attrib["title"].split(";"))
    return {name: value for name, _, value in properties}


def _hocr_box(element: ET.Element) -> Box:
    left, top, right, bottom = map(float, _properties(element)["bbox"].split())
    return left, top, right, bottom


def _hocr_word(element: ET.Element) -> ReadWord:
    properties = _properties(element)
    sure = properties.get("x_wconf")
    return ReadWord(
        "".join(element.itertext()),
        _hocr_box(element),
        None if sure is None else float(sure),
        element.get("data-place") == "guessed",
    )
