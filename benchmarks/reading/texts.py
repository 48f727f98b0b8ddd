"""Known texts in ten languages, from which pages are composed: each page has other sentences.

The first twelve sentences of a language are articles of the Universal Declaration of Human Rights
(United Nations, 1948; in some places shortened), the others were written for this set. They have
places for names, dates and figures.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "es", "fr", "de", "pt", "it", "nl", "pl", "ru", "el")
_FOLDER = Path(__file__).with_name("texts")
_SLOT = re.compile(r"\{(name|place|date|amount|year|number|percent)\}")
_DOTTED_DATES = ("de", "pl", "ru")


@dataclass(frozen=True)
class Source:
    """What pages in one language are made of."""

    language: str
    sentences: tuple[str, ...]
    lists: dict[str, tuple[str, ...]]
    total: str
    heading: str


@cache
def source(language: str) -> Source:
    """The sentences and lists of a language."""
    head, _, body = (_FOLDER / f"{language}.txt").read_text("utf-8").partition("\n\n")
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    lists = {
        name: tuple(fields[name].split(", "))
        for name in ("names", "places", "items", "labels", "headings")
    }
    return Source(language, tuple(body.split("\n")[:-1]), lists, fields["total"], fields["heading"])


class Writer:
    """Composes texts in one language; what it writes depends on `chance` alone."""

    def __init__(self, language: str, chance: random.Random) -> None:
        self.source = source(language)
        self._chance = chance
        self._sentences = self._shuffle()

    def heading(self) -> str:
        """A heading with a figure that makes it the page's own."""
        return f"{self.source.heading} {self._chance.randint(2, 9_999)}/{self._year()}"

    def sentence(self) -> str:
        """A sentence; none comes twice before all have come."""
        return _SLOT.sub(lambda slot: self.fill(slot[1]), next(self._sentences))

    def paragraphs(self, word_count: int) -> list[str]:
        """Paragraphs of three to five sentences, about `word_count` words in all."""
        paragraphs: list[str] = []
        count = 0
        while count < word_count:
            text = " ".join(self.sentence() for _ in range(self._chance.randint(3, 5)))
            paragraphs.append(text)
            count += len(text.split())
        return paragraphs

    def choose(self, name: str) -> str:
        """One of a list: names, places, items, labels or headings."""
        return self._chance.choice(self.source.lists[name])

    def fill(self, slot: str) -> str:
        """What stands in a sentence's place for a name, a date or a figure."""
        match slot:
            case "name" | "place":
                return self.choose(f"{slot}s")
            case "date":
                return self.date()
            case "amount":
                return self.amount(self._chance.randint(10_000, 9_999_999))
            case "year":
                return self._year()
            case "percent":
                return f"{self._chance.randint(2, 98)} %"
            case _:
                return str(self._chance.randint(13, 9_999))

    def date(self) -> str:
        """A date in figures, as it is usual in the language."""
        stroke = "." if self.source.language in _DOTTED_DATES else "/"
        day, month = self._chance.randint(1, 28), self._chance.randint(1, 12)
        return stroke.join([f"{day:02}", f"{month:02}", self._year()])

    def amount(self, cents: int) -> str:
        """A sum of money in euros."""
        figures = f"{cents / 100:,.2f}"
        if self.source.language == "en":
            return f"€{figures}"
        return figures.translate(str.maketrans(",.", ".,")) + " €"

    def _year(self) -> str:
        return str(self._chance.randint(1_850, 2_026))

    def _shuffle(self) -> Iterator[str]:
        while True:
            yield from self._chance.sample(self.source.sentences, len(self.source.sentences))
