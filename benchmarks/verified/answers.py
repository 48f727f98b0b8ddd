"""Answers as models give them: right ones, and ones that a scrambler has gone over."""

import random
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from benchmarks.reading.texts import Writer
from benchmarks.verified.pages import Page, Word

PLAIN, MARKDOWN, HTML = "plain", "markdown", "html"
FORMATS = (PLAIN, MARKDOWN, HTML)
_BEGINNING = 30
"""By so many letters sentences are told from each other."""


@dataclass(frozen=True)
class Said:
    """A word of an answer: which of the page's it is, None if none, and whether it was altered."""

    text: str
    truth: Word | None = None
    altered: bool = False


@dataclass
class Part:
    """A paragraph of an answer, or a row with its cells."""

    cells: list[list[Said]]
    is_row: bool = False

    @property
    def words(self) -> list[Said]:
        """All words of all cells."""
        return [word for cell in self.cells for word in cell]

    def keep(self, words: Sequence[Said]) -> "Part":
        """The part with some of its words, where they were."""
        left = {id(word) for word in words}
        cells = [[word for word in cell if id(word) in left] for cell in self.cells]
        return Part(cells, is_row=self.is_row)


@dataclass(frozen=True)
class Answer:
    """A text, and where in it each word stands."""

    text: str
    spans: list[tuple[int, int, Said]] = field(default_factory=list)


def right(page: Page) -> list[Part]:
    """What stands on the page."""
    return [
        Part(
            [[Said(word.text, word) for word in cell] for cell in block.cells]
            if block.is_row
            else [[Said(word.text, word) for word in block.words]],
            block.is_row,
        )
        for block in page.blocks
    ]


def write(parts: Sequence[Part], form: str) -> Answer:
    """Parts as a text: plain, or with headings, emphasis, and tables of Markdown or HTML."""
    pieces: list[str | Said] = []
    in_table = False
    for number, part in enumerate(part for part in parts if part.words):
        starts = part.is_row and not in_table
        if in_table and not part.is_row:
            pieces.append("</table>\n\n" if form == HTML else "\n")
        in_table = part.is_row
        pieces += _row(part, form, starts=starts) if part.is_row else _paragraph(part, form, number)
    if in_table and form == HTML:
        pieces.append("</table>\n")
    text, spans = "", []
    for piece in pieces:
        written = piece if isinstance(piece, str) else piece.text
        if isinstance(piece, Said):
            spans.append((len(text), len(text) + len(written), piece))
        text += written
    return Answer(text, spans)


def _paragraph(part: Part, form: str, number: int) -> Iterator[str | Said]:
    if form != PLAIN and not number:
        yield "# "
    for at, word in enumerate(part.words):
        emphasis = "**" if form == MARKDOWN and at == 0 and number else ""
        yield from (" " if at else "", emphasis, word, emphasis)
    yield "\n\n"


def _row(part: Part, form: str, *, starts: bool) -> Iterator[str | Said]:
    before, between, behind = {
        PLAIN: ("", " ", "\n"),
        MARKDOWN: ("| ", " | ", " |\n"),
        HTML: ("<tr><td>", "</td><td>", "</td></tr>\n"),
    }[form]
    if starts and form == HTML:
        yield "<table>\n"
    yield before
    for number, cell in enumerate(part.cells):
        if number:
            yield between
        for at, word in enumerate(cell):
            yield from (" " if at else "", word)
    yield behind
    if starts and form == MARKDOWN:
        yield "|" + "---|" * len(part.cells) + "\n"


class Scrambler:
    """Does to an answer what bad readers do, a little of everything."""

    def __init__(self, writer: Writer, chance: random.Random) -> None:
        self._writer, self._chance = writer, chance

    def scramble(self, parts: Sequence[Part]) -> list[Part]:
        """Other orders, words that are dropped, altered, invented, joined and split."""
        done = [self._scramble_part(part) for part in self._reorder(parts)]
        if self._chance.random() < 0.5:
            known = " ".join(word.text for part in parts for word in part.words)
            done.insert(self._chance.randint(0, len(done)), invented(self._writer, known))
        return done

    def _reorder(self, parts: Sequence[Part]) -> list[Part]:
        parts = list(parts)
        rows = [part for part in parts if part.is_row]
        if rows and self._chance.random() < 0.3:  # a table column by column
            columns = [
                Part([part.cells[number] for part in rows if number < len(part.cells)], is_row=True)
                for number in range(max(len(part.cells) for part in rows))
            ]
            at = parts.index(rows[0])
            rest = [part for part in parts if not part.is_row]
            parts = [*rest[:at], *columns, *rest[at:]]
        elif self._chance.random() < 0.4:
            self._chance.shuffle(parts)
        elif self._chance.random() < 0.3:
            at = self._chance.randrange(len(parts))
            parts = [*parts[at:], *parts[:at]]
        return parts

    def _scramble_part(self, part: Part) -> Part:
        cells = [
            [said for word in cell for said in self._scramble_word(word)] for cell in part.cells
        ]
        if not part.is_row and len(part.words) > 20 and self._chance.random() < 0.2:
            words, at = cells[0], self._chance.randrange(len(part.words) - 12)
            cells = [[*words[:at], *words[at + 12 :]]]
        return Part(cells, is_row=part.is_row)

    def _scramble_word(self, word: Said) -> Iterator[Said]:
        chance = self._chance.random()
        if chance < 0.02:
            return
        if chance < 0.04:
            yield replace(word, text=alter(word.text, self._chance), altered=True)
        elif chance < 0.05 and len(word.text) > 5:
            at = self._chance.randint(2, len(word.text) - 2)
            yield Said(word.text[:at] + " " + word.text[at:], word.truth)
        elif chance < 0.06:
            yield word
            yield Said(self._chance.choice(self._writer.sentence().split()))
        else:
            yield word


def invented(writer: Writer, known: str) -> Part:
    """A sentence that does not stand on the page."""
    for _ in writer.source.sentences:
        sentence = writer.sentence()
        if sentence[:_BEGINNING] not in known:
            break
    return Part([[Said(word) for word in sentence.split()]])


def alter(text: str, chance: random.Random) -> str:
    """A word with another letter, or another digit if it has any."""
    places = [at for at, char in enumerate(text) if char.isdigit()]
    places = places or [at for at, char in enumerate(text) if char.isalpha()]
    if not places:
        return text
    at = chance.choice(places)
    letters = string.digits if text[at].isdigit() else string.ascii_lowercase
    return text[:at] + chance.choice(letters.replace(text[at].lower(), "")) + text[at + 1 :]
