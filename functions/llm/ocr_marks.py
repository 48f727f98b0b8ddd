"""What models made for OCR write beside the words: places, kinds of blocks, and pages they gave up.

Places come as tokens (DeepSeek-OCR, PaddleOCR-VL, Qwen), in DocTags (Docling), or as JSON with one
object for each block (dots.ocr, Qwen). One coordinate alone is no place, as a page may speak of it.
"""

import re
from typing import Any

from functions.llm.words import ILLEGIBLE, vocabulary

_PLACES = re.compile(
    r"(?:<\|ref\|>[a-z_ ]{1,20}<\|/ref\|>)?<\|det\|>\[[\d\[\], .]*\]<\|/det\|>\n?|<\|/?ref\|>"
    r"|(?:<\|LOC_\d{1,4}\|>){2,}|(?:<loc_\d{1,4}>){2,}"
    r"| ?(?:<\|box_start\|>|<box>)[\d\[\]() ,.]{3,60}(?:<\|box_end\|>|</box>)"
    r"|<\|/?object_ref_(?:start|end)\|>"
)
# Nougat gives up: a page that it cannot read, or the rest of one that it repeats.
_GIVEN_UP = re.compile(r"\[MISSING_PAGE(?:_[A-Z]+)?(?::\d+)?\]")

_CELL = re.compile(r"<(?:[felux]cel|[cr]hed|srow)>")
_ROW_END = re.compile(r"<nl>")
_DOCTAG_END = re.compile(r"</\w{1,40}>\s*")
_DOCTAG = re.compile(r"<\w{1,40}>")

_PLACE_KEYS = vocabulary("place_members")
_KIND_KEYS = vocabulary("kind_members")
_BLOCK_TEXT_KEYS = ("text", "text_content", "content", "transcription", "html", "latex")


def remove_places(text: str) -> str:
    """The text without places; what was given up is marked as illegible, if there is more."""
    if "<" in text:
        text = _PLACES.sub("", text)
    if "[MISSING_PAGE" in text:
        text = _GIVEN_UP.sub(ILLEGIBLE if _GIVEN_UP.sub("", text).strip() else "", text)
    return _read_doctags(text) if text.lstrip().startswith("<doctag>") else text


def _read_doctags(text: str) -> str:
    """The words in DocTags, with a line for each block and for each row of a table."""
    text = _ROW_END.sub(" |\n", _CELL.sub("| ", text))
    text = _DOCTAG.sub("", _DOCTAG_END.sub("\n\n", text))
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def text_of_blocks(value: object) -> str | None:
    """The text in a list of blocks with their places; None if it is another value.

    Pictures have a place and no text. The list may be the one member of an object.
    """
    if isinstance(value, dict) and len(value) == 1:
        [value] = value.values()
        if not value:
            return None
    if not isinstance(value, list) or not all(map(_is_block, value)):
        return None
    texts = [text for block in value if (text := _text_of_block(block))]
    # With kinds they are paragraphs, else lines.
    is_layout = any(not _KIND_KEYS.isdisjoint(block) for block in value)
    return ("\n\n" if is_layout else "\n").join(texts)


def _is_block(value: Any) -> bool:
    return isinstance(value, dict) and not _PLACE_KEYS.isdisjoint(value)


def _text_of_block(block: dict[str, Any]) -> str:
    texts = (block.get(key) for key in _BLOCK_TEXT_KEYS)
    return next((text.strip() for text in texts if isinstance(text, str) and text.strip()), "")
