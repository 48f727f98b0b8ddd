"""Whether the text that a page carries can be trusted: the rule, and its reasons in plain words.

A layer that looks perfect may be a cipher, be hidden behind a scan, or be a part of what people
see. What is refused is read from the page's image, which costs a little; what is trusted wrongly
is a wrong text that looks like success. So the rule refuses what it is not sure of.
"""

import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from functions.render import letter_pairs
from functions.render.text_lines import SOFT_HYPHEN, Line, Word, overlap

_FEWEST_CHARACTERS = 10
_MOST_HIDDEN = 0.15
_LARGEST_PICTURE = 0.60
_MOST_UNMAPPABLE = 0.003
_MOST_RARE_LATIN = 0.10
_LEAST_IN_SCRIPTS = 0.95
_MOST_WITHOUT_VOWEL = 0.40
_MOST_ONE_LETTER = 0.12
_MOST_STRANGE = 0.08
_MOST_OUTSIDE = 0.20
_MOST_RUN_TOGETHER = 0.20
_MOST_DRAWN = 0.50

_MOST_SYMBOLS = 0.40
_MOST_UPON = 0.20
_MOST_COMPARED = 50
_CELL_PT = 24.0
_FEWEST_SYMBOLS = 40
_LEADERS = "._-·…–—=*|•"

_RARE_LATIN = range(0x0180, 0x02B0)
_LONGEST_WORD = 30
_FEWEST_WORDS = 5
_FEWEST_OF_A_FONT = 22  # names and codes may stand in a font of their own
_VOWELS = frozenset("aeiouyæøœıəɛɔ")
_SHORT_WORDS = frozenset("aeiouyаеиоуяюіївскоηαω")
_EAST_ASIAN = frozenset(("CJK", "HIRAGANA", "KATAKANA", "IDEOGRAPHIC", "HANGUL", "BOPOMOFO"))
_WITHOUT_SPACES = frozenset(("EAST ASIAN", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN"))


@dataclass(frozen=True)
class Findings:
    """What is known of a page's text layer.

    `lines` are those that stand on the page, with hidden words, too; `outside` counts the words
    beside it.
    `largest_picture` is a share of the page, `drawn_letters` how many shapes look like letters.
    """

    lines: Sequence[Line]
    outside: int
    largest_picture: float
    drawn_letters: int

    @cached_property
    def words(self) -> list[Word]:
        """All words, line by line."""
        return [word for line in self.lines for word in line.words]

    @cached_property
    def length(self) -> int:
        """How many characters the words have."""
        return sum(len(word.text) for word in self.words)

    @cached_property
    def visible(self) -> list[Word]:
        """The words that are not hidden."""
        return [word for word in self.words if not word.hidden]

    @cached_property
    def texts(self) -> list[str]:
        """The visible words as people read them."""
        return [word.text.replace(SOFT_HYPHEN, "") for word in self.visible]

    @cached_property
    def characters(self) -> Counter[str]:
        """How often each character is visible."""
        return Counter("".join(self.texts))

    @cached_property
    def plain_words(self) -> list[str]:
        """The visible words of nothing but letters, without the marks at their ends."""
        return [word for word in map(_letters, self.texts) if word]

    @cached_property
    def spaced_words(self) -> list[str]:
        """Those of them that are of scripts with spaces between words."""
        unspaced = {c for c in {word[0] for word in self.plain_words} if _is_unspaced(c)}
        if not unspaced:
            return self.plain_words
        return [word for word in self.plain_words if word[0] not in unspaced]


def refuse(found: Findings) -> str | None:
    """Why a layer is not to be trusted, for people; None if it is."""
    return next((reason for rule in _RULES if (reason := rule(found))), None)


def _too_short(found: Findings) -> str | None:
    count = found.length
    if count < _FEWEST_CHARACTERS:
        return f"it has only {count} characters"
    return None


def _hidden(found: Findings) -> str | None:
    count = found.length
    hidden = sum(len(word.text) for word in found.words if word.hidden)
    if hidden > _MOST_HIDDEN * count:
        return f"{_percent(hidden, count)} of its characters cannot be seen on the page"
    return None


def _behind_a_picture(found: Findings) -> str | None:
    if found.largest_picture >= _LARGEST_PICTURE:
        return f"a picture covers {round(100 * found.largest_picture)} % of the page"
    return None


def _drawn(found: Findings) -> str | None:
    total = found.drawn_letters + found.length
    if found.drawn_letters > _MOST_DRAWN * total:
        return f"{_percent(found.drawn_letters, total)} of the page's letters are drawn as shapes"
    return None


def _upon_each_other(found: Findings) -> str | None:
    grid: dict[tuple[int, int], list[Word]] = {}
    for word in (word for line in found.lines if not line.apart for word in line.words):
        if not word.hidden:
            left, top, _, _ = word.box
            grid.setdefault((int(left // _CELL_PT), int(top // _CELL_PT)), []).append(word)
    count = sum(
        any(_lies_upon(word, other) for other in cell[:_MOST_COMPARED])
        for cell in grid.values()
        if len(cell) > 1
        for word in cell
    )
    if count > _MOST_UPON * len(found.texts):
        return f"{_percent(count, len(found.texts))} of its words lie upon others"
    return None


def _lies_upon(word: Word, other: Word) -> bool:
    if other is word or other.text == word.text:
        return False
    return overlap(word.box, other.box) > 0.6


def _unmappable(found: Findings) -> str | None:
    characters = found.characters
    count = sum(n for char, n in characters.items() if _is_unmappable(char))
    if count > _MOST_UNMAPPABLE * characters.total():
        return f"{_percent(count, characters.total())} of its characters are not known"
    return None


def _is_unmappable(char: str) -> bool:
    if char.isascii():
        return not char.isprintable()
    return char == "\ufffd" or unicodedata.category(char) in ("Cc", "Cn", "Co", "Cs")


def _rare_letters(found: Findings) -> str | None:
    letters = {char: n for char, n in found.characters.items() if char.isalpha()}
    count = sum(n for char, n in letters.items() if ord(char) in _RARE_LATIN)
    total = sum(letters.values())
    if count > _MOST_RARE_LATIN * total:
        return f"{_percent(count, total)} of its letters are ones that hardly any language has"
    return None


def _many_scripts(found: Findings) -> str | None:
    counts = Counter[str]()
    for char, count in found.characters.items():
        if char.isalpha():
            counts[_script(char)] += count
    total, top = counts.total(), sum(count for _, count in counts.most_common(3))
    if top < _LEAST_IN_SCRIPTS * total:
        return f"{_percent(total - top, total)} of its letters are of a fourth script or more"
    return None


def _without_vowels(found: Findings) -> str | None:
    words = [w for w in found.plain_words if len(w) >= 3 and _is_latin(w)]
    count = sum(_VOWELS.isdisjoint(_base(word)) for word in words)
    if len(words) >= _FEWEST_WORDS and count > _MOST_WITHOUT_VOWEL * len(words):
        return f"{_percent(count, len(words))} of its words have no vowel"
    return None


def _single_letters(found: Findings) -> str | None:
    words = found.spaced_words
    single = [_base(word)[0] for word in words if len(word) == 1]
    # Some languages have many words that are one vowel; those are not what is looked for.
    strange = sum(letter not in _SHORT_WORDS for letter in single)
    if (
        len(words) >= _FEWEST_WORDS
        and len(single) > _MOST_ONE_LETTER * len(words)
        and strange > _MOST_STRANGE * len(words)
    ):
        return f"{_percent(len(single), len(words))} of its words are single letters"
    return None


def _run_together(found: Findings) -> str | None:
    words = found.spaced_words
    total = sum(map(len, words))
    count = sum(len(word) for word in words if len(word) > _LONGEST_WORD)
    if count > _MOST_RUN_TOGETHER * total:
        return f"{_percent(count, total)} of its letters stand in words without spaces between them"
    return None


def _outside(found: Findings) -> str | None:
    total = len(found.words) + found.outside
    if found.outside > _MOST_OUTSIDE * total:
        return f"{_percent(found.outside, total)} of its words lie outside the page"
    return None


def _cipher(found: Findings) -> str | None:
    """Each font may name its letters wrongly, also beside others that do not."""
    by_font: dict[str, list[str]] = {}
    # Of a single font, fewer words would say no more than all of them.
    if len({word.font for word in found.visible}) > 1:
        for word, text in zip(found.visible, found.texts, strict=True):
            by_font.setdefault(word.font, []).append(text)
    reasons = (letter_pairs.doubt(words, _FEWEST_OF_A_FONT) for words in by_font.values())
    return letter_pairs.doubt(found.texts) or next(filter(None, reasons), None)


def _symbols(found: Findings) -> str | None:
    characters = {char: n for char, n in found.characters.items() if char not in _LEADERS}
    total = sum(characters.values())
    count = sum(
        n
        for char, n in characters.items()
        if not char.isalnum() and unicodedata.category(char)[0] != "M"
    )
    if total >= _FEWEST_SYMBOLS and count > _MOST_SYMBOLS * total:
        return f"{_percent(count, total)} of its characters are neither letters nor digits"
    return None


_RULES: tuple[Callable[[Findings], str | None], ...] = (
    _too_short,
    _outside,
    _behind_a_picture,
    _hidden,
    _drawn,
    _upon_each_other,
    _unmappable,
    _rare_letters,
    _many_scripts,
    _without_vowels,
    _single_letters,
    _run_together,
    _symbols,
    _cipher,
)


def _letters(word: str) -> str:
    """A word without the marks at its ends; empty if there is anything but letters in it."""
    trimmed = word.strip("\"'“”„‘’«»()[]{}<>.,;:!?…·•-–—*/&+=|_#%$€£@¿¡。、，")
    if trimmed.isalpha() or all(char.isalpha() or char in "'’-" for char in trimmed):
        return trimmed
    return ""


def _base(word: str) -> str:
    if word.isascii():
        return word.lower()
    return unicodedata.normalize("NFD", word.lower())


def _is_latin(word: str) -> bool:
    return word.isascii() or all(char.isascii() or _script(char) == "LATIN" for char in word)


_SCRIPTS: dict[str, str] = {}


def _script(char: str) -> str:
    known = _SCRIPTS.get(char)
    if known is None:
        first = unicodedata.name(char, "UNKNOWN").split(" ")[0].split("-")[0]
        known = "EAST ASIAN" if first in _EAST_ASIAN else first
        _SCRIPTS[char] = known
    return known


def _is_unspaced(char: str) -> bool:
    return _script(char) in _WITHOUT_SPACES


def _percent(count: float, total: float) -> str:
    share = 100 * count / total
    return f"{share:.1f} %" if share < 1 else f"{round(share)} %"
