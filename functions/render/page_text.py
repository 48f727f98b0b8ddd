"""The text that a PDF page carries: its words in reading order, and whether to trust them."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pymupdf

from functions.render import (
    markdown_text,
    page_pictures,
    page_tables,
    pixels,
    reading_order,
    text_lines,
    text_trust,
)
from functions.render.engine_errors import ENGINE_ERRORS
from functions.render.engine_messages import FoundLayer
from functions.render.page_content import MOST_DRAWN, PageContent
from functions.render.page_pictures import Look
from functions.render.reading_order import Segment
from functions.render.text_lines import Box, Line, Word
from lector.domain import text_layers
from lector.domain.states import LayerVerdict
from lector.domain.text_layers import Picture, TextLayer

_MOST_CHARACTERS = 100_000
_MOST_KEPT = 20_000
_LONGEST_S = 2.0
_LOOK_PX = 840
_CLOSEST_LOOK = 1.5
_SMALL_PRINT = 0.05
_MIXED = 0.10
_DRAWN = 0.10


@dataclass(frozen=True)
class PageText:
    """A page's text layer, judged; and the size of its smallest print in points.

    That is the smallest print that at least 5 % of the visible characters have; None if none are
    visible.
    """

    layer: FoundLayer
    print_pt: float | None


def find(content: PageContent) -> PageText | None:
    """The text that a page carries; None if it carries none, or none that MuPDF can take out."""
    try:
        return _find(content)
    except (*ENGINE_ERRORS, MemoryError):
        # The page is drawn all the same, and its image read.
        return None


def find_print_pt(content: PageContent) -> float | None:
    """The size of a page's smallest print, as a `PageText` has it, without its words.

    What cannot be seen for other reasons than how it is drawn counts, too.
    """
    try:
        blocks: text_lines.Blocks = content.textpage().extractDICT()["blocks"]
    except (*ENGINE_ERRORS, MemoryError):
        return None
    bounds: Box = (0.0, 0.0, content.rect.width, content.rect.height)
    prints = text_lines.prints(blocks)
    return _smallest((size, count) for size, count, box in prints if _is_on(box, bounds))


def _find(content: PageContent) -> PageText | None:
    began = time.perf_counter()
    text = content.textpage()
    blocks: text_lines.Blocks = text.extractDICT()["blocks"]
    characters = text_lines.count_characters(blocks)
    if not characters:
        return None
    if characters > _MOST_CHARACTERS:
        return _too_much(text, f"it has {characters} characters, more than a page can hold")
    if time.perf_counter() - began > _LONGEST_S:
        return _too_much(text, "the page takes too long to be checked")
    return _judge(content, text_lines.read(text, blocks))


def _judge(content: PageContent, lines: Sequence[Line]) -> PageText | None:
    page, log = content.page, content.log
    bounds: Box = (0.0, 0.0, content.rect.width, content.rect.height)
    inside, outside = _on_page(lines, bounds)
    words = [word for line in inside for word in line.words]
    if not words:
        return None  # what lies beside the page is not carried by it
    if len(log) > MOST_DRAWN:
        many = f"the page draws over {MOST_DRAWN} things, too many to look for what hides text"
        layer = _layer(_write(page, inside, []), [], bounds)
        return PageText(_found(layer, LayerVerdict.REFUSED, many), _print_pt(words))
    look, images = _look(content, pymupdf.csGRAY), content.images
    page_pictures.hide_unseen(words, look, lambda: _look(content, pymupdf.csRGB))
    page_pictures.hide_covered(words, images, log, lambda: _trace(page))
    drawn = page_pictures.drawn_writing(log, words, look)
    pictures = page_pictures.pictures(images, words, look)
    largest = page_pictures.large_picture(pictures, bounds)
    letters = sum(found.letters for found in drawn)
    reason = text_trust.refuse(text_trust.Findings(inside, outside, largest, letters))
    visible = [line for line in map(_seen, inside) if line.words]
    writing = _write(page, visible or inside, log)
    regions = page_pictures.regions(pictures, bounds)
    is_mixed = page_pictures.covered_share(regions, bounds) > _MIXED
    if letters > _DRAWN * sum(len(word.text) for word in words):
        regions = page_pictures.merge([*regions, *(found.around() for found in drawn)], bounds)
        is_mixed = True
    verdict = LayerVerdict.MIXED if is_mixed else LayerVerdict.TRUSTED
    layer = _layer(writing, regions if is_mixed else [], bounds)
    return PageText(
        _found(layer, verdict if reason is None else LayerVerdict.REFUSED, reason),
        _print_pt(words),
    )


def _layer(writing: markdown_text.Writing, regions: Sequence[Box], page: Box) -> TextLayer:
    pictures = [Picture(*_shares(box, page), offset=writing.offset(box)) for box in regions]
    pictures = [p for p in pictures if p.left < p.right and p.top < p.bottom]
    pictures.sort(key=lambda picture: picture.offset)
    return TextLayer(writing.text(), [_place(word, page) for word in writing.words], pictures)


def _found(layer: TextLayer, verdict: LayerVerdict, reason: str | None) -> FoundLayer:
    return FoundLayer(text_layers.encode(layer), verdict, reason)


def _too_much(text: pymupdf.TextPage, reason: str) -> PageText:
    """A page that nobody made for people to read: the beginning of its text, and not trusted."""
    words = [word[4] for word in text.extractWORDS()[:_MOST_KEPT]]
    layer = TextLayer(" ".join(words), [[word, 0, 0, 1, 1] for word in words], [])
    return PageText(_found(layer, LayerVerdict.REFUSED, reason), None)


def _on_page(lines: Sequence[Line], page: Box) -> tuple[list[Line], int]:
    """The lines with those words that stand on the page; how many words do not."""
    inside: list[Line] = []
    outside = 0
    for line in lines:
        words = [word for word in line.words if _is_on(word.box, page)]
        outside += len(line.words) - len(words)
        if words:
            inside.append(line.having(words))
    return inside, outside


def _is_on(box: Box, page: Box) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return page[0] <= x <= page[2] and page[1] <= y <= page[3]


def _seen(line: Line) -> Line:
    return line.having([word for word in line.words if not word.hidden])


def _look(content: PageContent, colours: pymupdf.Colorspace) -> Look:
    zoom = min(_LOOK_PX / max(content.rect.width, content.rect.height), _CLOSEST_LOOK)
    return Look(pixels.to_image(content.draw(zoom, colours)).split(), zoom)


def _trace(page: pymupdf.Page) -> tuple[page_pictures.Log, page_pictures.Trace]:
    """What is drawn, also where it is clipped away; and when each character is drawn, and where."""
    turned = page.rotation_matrix if page.rotation else pymupdf.Identity
    log = [(kind, tuple(pymupdf.Rect(box) * turned)) for kind, box in page.get_bboxlog()]
    characters = [
        (span["seqno"], char[0], *(pymupdf.Point(char[2]) * turned))
        for span in page.get_texttrace()
        for char in span["chars"]
    ]
    return log, characters


def _write(page: pymupdf.Page, lines: list[Line], log: page_pictures.Log) -> markdown_text.Writing:
    paths = [(kind, box) for kind, box in log if kind.endswith("-path")]
    tables, rest = page_tables.find(page, lines, paths)
    reading_order.turn_upright_columns(rest)
    frame = reading_order.frame_of(lines, right_to_left=_is_right_to_left(lines))
    segments, others = reading_order.segments(rest, frame)
    for table in tables:
        left, top, right, base = frame.edges(table.box)
        size = segments[0].size if segments else 10.0
        segments.append(Segment([], left, right, top, base, size, len(segments), thing=table))
    return markdown_text.write(reading_order.arrange(segments), others)


def _is_right_to_left(lines: Sequence[Line]) -> bool:
    texts = [word.text[:3] for line in lines for word in line.words]
    letters = [] if all(map(str.isascii, texts)) else [*filter(str.isalpha, "".join(texts))]
    count = sum("\u0590" <= c <= "\u08ff" or "\ufb1d" <= c <= "\ufefc" for c in letters)
    return count * 2 > len(letters)


def _place(word: Word, page: Box) -> list[Any]:
    left, top, right, bottom = word.box
    _, _, width, height = page
    if left < 0 or top < 0 or right > width or bottom > height:
        left, right = (min(max(edge, 0.0), width) for edge in (left, right))
        top, bottom = (min(max(edge, 0.0), height) for edge in (top, bottom))
    return [word.text, left / width, top / height, right / width, bottom / height]


def _shares(box: Box, page: Box) -> tuple[float, float, float, float]:
    _, _, width, height = page
    left, right = (round(min(max(edge, 0.0), width) / width, 4) for edge in (box[0], box[2]))
    top, bottom = (round(min(max(edge, 0.0), height) / height, 4) for edge in (box[1], box[3]))
    return left, top, right, bottom


def _print_pt(words: Sequence[Word]) -> float | None:
    return _smallest((word.size, len(word.text)) for word in words if not word.hidden)


def _smallest(prints: Iterable[tuple[float, int]]) -> float | None:
    """The smallest of these sizes that enough characters have, or smaller ones with them."""
    counts: dict[float, int] = {}
    for size, count in prints:
        counts[size] = counts.get(size, 0) + count
    total, so_far = sum(counts.values()), 0
    for size in sorted(counts):
        so_far += counts[size]
        if so_far >= _SMALL_PRINT * total:
            return round(size, 2)
    return None
