"""Reading a page: in its language, and upright.

A page whose language nobody named is read as English first. When its common words are those of
another language, it is read again in that one, so that an English page is read once. A doubtful
reading, or one that found nothing where there is ink, is held against others: without the grain of
the image, turned as Tesseract takes the page to stand, and in the languages of its script. So is
one that leaves out a part of what looks like print, or parts amounts: in other ways of telling ink
from paper, and as one block. Numbers that are unsure in the end are looked at again one by one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from PIL import Image, ImageChops, ImageOps, ImageStat
from PIL.Image import Resampling, Transpose
from PIL.ImageFilter import GaussianBlur, MaxFilter, MedianFilter

from lector.domain import language_data
from lector.tesseract import amounts, common_words, print_ink, recognition, second_look
from lector.tesseract.recognition import Clock, Orientation, ReadingTimedOut, Recognised, Word

DOUBTED = 60.0
"""A reading with less confidence may be one of a page that is turned, or in another script."""
_SURE = 80.0
"""With less, and without common words of a language, the script is looked at."""
_WORTH_TURNING = 50.0
"""What is upside down is read with about 30 to 40."""
_SURE_OF_ORIENTATION = 1.5
_PROOF = 15.0
"""Common words speak for a language, unless its reading has so much less confidence."""
_ORIENTATION_PX = 3000

_LITTLE = 5.0
"""An upright page may be read with so much less confidence than one that is not."""
_MOST_TOGETHER = 2
_ENOUGH_READ, _MORE_READ = 0.93, 0.03
"""Of the print: pages that were read well have .93 to 1. A page is read once more with less."""
_UNEVEN, _GROUND_EDGE = 40, 0.05
"""Shades of 255 between the darker and the lighter parts of a ground, but for the outermost."""
_GRAIN = 4.0
"""Shades of 255 by which the pixels of a grainy image differ from their neighbours."""
_SCRIPT, _SURE_OF_SCRIPT = 0.3, 2.0
"""How sure a script must be to count, and to count more than common words do."""
_TURNS = {90: Transpose.ROTATE_270, 180: Transpose.ROTATE_180, 270: Transpose.ROTATE_90}

# The languages of scripts, by Tesseract's names of both; the first that is there is tried first.
_SCRIPTS = {
    "Arabic": ("ara", "fas", "urd"),
    "Armenian": ("hye",),
    "Bengali": ("ben", "asm"),
    "Cyrillic": ("rus", "ukr", "bul", "srp", "bel", "mkd"),
    "Devanagari": ("hin", "mar", "nep", "san"),
    "Ethiopic": ("amh", "tir"),
    "Georgian": ("kat",),
    "Greek": ("ell", "grc"),
    "Gujarati": ("guj",),
    "Gurmukhi": ("pan",),
    "Han": ("chi_sim", "chi_tra", "jpn"),
    "Hangul": ("kor",),
    "Hebrew": ("heb", "yid"),
    "Hiragana": ("jpn",),
    "Japanese": ("jpn", "chi_sim", "chi_tra"),
    "Kannada": ("kan",),
    "Katakana": ("jpn",),
    "Khmer": ("khm",),
    "Korean": ("kor",),
    "Lao": ("lao",),
    "Malayalam": ("mal",),
    "Myanmar": ("mya",),
    "Oriya": ("ori",),
    "Sinhala": ("sin",),
    "Tamil": ("tam",),
    "Telugu": ("tel",),
    "Thai": ("tha",),
    "Tibetan": ("bod",),
}
_READ_AS_ENGLISH = {"ind", "msa", "nld"}
"""Nobody need fetch these: hardly an accent is lost where English data reads them."""
_VERTICAL = {"chi_sim", "chi_tra", "jpn", "kor", "mon"}
_NOT_LATIN = [code for codes in _SCRIPTS.values() for code in codes]


@dataclass(frozen=True)
class Reading:
    """A text, and its words in the same order, as `recognition.Recognised` has them.

    The places of words, and the text, are those of the image when it is turned clockwise by
    `turned_degrees` (0, 90, 180 or 270), which makes it upright. `languages` are Tesseract's codes
    of what it was read in, `languages_missing` of what it is in, or was said to be, without data.
    `print_read` is the share of what looks like print that lies within words; a page is `blank` if
    nothing looks so and nothing was read.
    """

    text: str
    words: list[Word]
    confidence: float | None = None
    languages: tuple[str, ...] = ()
    languages_missing: tuple[str, ...] = ()
    turned_degrees: int = 0
    print_read: float = 1.0
    blank: bool = False


def read(image: bytes, wished: Sequence[str], limit_s: float) -> Reading:
    """Read the text in an image file, in the languages that are wished for (Tesseract's codes).

    With none, in the one that it is in, as far as its data is there.

    Raises:
        BadImage: it is no image, or one that is too large.
        ReadingTimedOut: the limit passed before anything was read.

    """
    page = _Page(recognition.decode(image), Clock(limit_s))
    there = [code for code in wished if code in page.languages]
    best = page.stand_upright(page.read_clean(there or [language_data.ENGLISH]))
    missing = [code for code in wished if code not in page.languages]
    if not there:
        best, lacking = page.find_language(best)
        missing += [code for code in lacking if code not in missing]
    found, blank = best.recognised, page.is_blank(best)
    text, words = amounts.put_beside_names(*page.look_again(best))
    return Reading(
        text,
        words,
        found.confidence,
        tuple(best.languages),
        tuple(missing),
        best.turned_degrees,
        1.0 if blank else round(page.share_read(best), 3),
        blank,
    )


@dataclass(frozen=True)
class _Try:
    """One reading of a page, turned clockwise by so much, in these languages."""

    recognised: Recognised
    languages: Sequence[str]
    turned_degrees: int

    @property
    def confidence(self) -> float:
        """Of its words, 0 if there are none."""
        return self.recognised.confidence or 0.0

    @property
    def certain_letters(self) -> float:
        """How many letters it read, each by how sure it is: parts may not have been found."""
        return sum(len(word[0]) * word[5] for word in self.recognised.words)

    @property
    def is_vertical(self) -> bool:
        """Whether its lines may run from top to bottom."""
        return not _VERTICAL.isdisjoint(self.languages)


class _Page:
    """An image, and what is found out about it."""

    def __init__(self, image: Image.Image, clock: Clock) -> None:
        self._image = self._original = image
        self._clock = clock
        self._way = recognition.USUAL
        self._ink = {0: print_ink.find(image)}
        self.languages = language_data.languages()

    def recognise(self, languages: Sequence[str], turned_degrees: int = 0) -> _Try:
        """Read it in these languages, turned clockwise by so much."""
        turned_degrees %= 360
        image = _turn(self._image, turned_degrees)
        found = recognition.recognise(image, languages, self._clock, self._way)
        return _Try(found, languages, turned_degrees)

    def look_again(self, reading: _Try) -> tuple[str, list[Word]]:
        """A reading's text and words, when numbers that are unsure were looked at again."""
        image = _turn(self._original, reading.turned_degrees)
        found = reading.recognised
        return second_look.look_again(image, found.text, found.words, self._clock)

    def share_read(self, reading: _Try) -> float:
        """The share of what looks like print on the page that lies within its words."""
        degrees = reading.turned_degrees
        if degrees not in self._ink:
            self._ink[degrees] = print_ink.find(_turn(self._original, degrees))
        return self._ink[degrees].share_read(reading.recognised.words)

    def read_clean(self, languages: Sequence[str]) -> _Try:
        """A first reading, or a better one where it leaves out print or parts amounts."""
        best, image = self._read_first(languages), self._image
        parted = amounts.are_cut(best.recognised.words)
        if self.is_blank(best) or (self.share_read(best) >= _ENOUGH_READ and not parted):
            return best
        best_image, best_way = image, self._way
        for other_image, way in self._other_ways(image, parted=parted):
            self._image, self._way = other_image, way
            try:
                other = self.recognise(languages)
            except ReadingTimedOut:
                break
            if self._shows_more(other, best):
                best, best_image, best_way = other, other_image, way
            if self.share_read(best) >= _ENOUGH_READ and not amounts.are_cut(best.recognised.words):
                break
        self._image, self._way = best_image, best_way
        return best

    def _other_ways(
        self, image: Image.Image, *, parted: bool
    ) -> Iterator[tuple[Image.Image, recognition.Way]]:
        if not parted:
            yield image, recognition.FINER
            if image is self._original:
                yield _light_evenly(image), recognition.USUAL
        # Last, as the lines of columns are joined then.
        yield self._original, recognition.ONE_BLOCK
        if not parted:
            yield _light_evenly(self._original), recognition.ONE_BLOCK

    def _shows_more(self, other: _Try, best: _Try) -> bool:
        """Whether a reading has more of the print than another, and no less certain."""
        if other.confidence < max(best.confidence - _PROOF, DOUBTED):
            return False
        if amounts.are_cut(best.recognised.words) and not amounts.are_cut(other.recognised.words):
            return self.share_read(other) >= self.share_read(best) - _MORE_READ
        return self.share_read(other) > self.share_read(best) + _MORE_READ

    def _read_first(self, languages: Sequence[str]) -> _Try:
        """A reading; of a photograph, or where it is doubtful, also of a cleaner image."""
        first = self.recognise(languages)
        if _is_unevenly_lit(self._image):
            return self._read_evenly_lit(first)
        if first.confidence >= _SURE or self.is_blank(first):
            return first
        grainy = self._image
        self._image = _remove_noise(grainy)
        if self._image is grainy:
            return first
        return self._better(first, languages, 0, 0.0)

    def _read_evenly_lit(self, first: _Try) -> _Try:
        """The reading of the page as it would be in even light, if more of it is read so."""
        darker, self._image = self._image, _light_evenly(self._image)
        try:
            second = self.recognise(first.languages)
        except ReadingTimedOut:
            second = first
        if second.certain_letters > first.certain_letters:
            return second
        self._image = darker
        return first

    def is_blank(self, first: _Try) -> bool:
        """Whether there is nothing that looks like print, and nothing was read."""
        return not first.recognised.words and self._ink[0].is_blank

    def stand_upright(self, first: _Try) -> _Try:
        """A reading of the page as it should stand; the one that is given if it stands so."""
        turn = self._find_turn(first)
        best = self._hold_against(first, first.languages, first.turned_degrees + turn, _LITTLE)
        if best is first or best.is_vertical or not best.recognised.turned_degrees:
            return best
        upright = best.turned_degrees - best.recognised.turned_degrees
        return self._hold_against(best, best.languages, upright, _LITTLE)

    def _find_turn(self, first: _Try) -> int:
        """By how much to turn it clockwise before it is read again; 0 if it need not be."""
        if first.confidence >= DOUBTED:
            # Text that stands sideways is read, too, but its columns in any order.
            return 0 if first.is_vertical else -first.recognised.turned_degrees
        if self.is_blank(first):
            return 0
        if self._orientation.sureness >= _SURE_OF_ORIENTATION:
            return -self._orientation.turned_degrees
        return 180 if first.confidence < _WORTH_TURNING else 0

    def find_language(self, best: _Try) -> tuple[_Try, list[str]]:
        """A reading in the page's own language, and that language's code if its data is missing."""
        found = common_words.find_languages(best.recognised.text)
        if best.confidence < DOUBTED and self._script_sureness() >= _SURE_OF_SCRIPT:
            found = []
        if not found:
            # Of more languages nobody knows which ones to try.
            latin = [code for code in self.languages if code not in _NOT_LATIN]
            is_foreign = len(latin) <= 1 + _MOST_TOGETHER and _has_accents(best)
            is_sure = best.confidence >= _SURE and not is_foreign
            return (best, []) if is_sure else self._find_script(best)
        there = [code for code in found if code in self.languages]
        there.sort(key=lambda code: code == language_data.ENGLISH)  # or it takes the accents off
        if there and not set(there) <= set(best.languages):
            best = self._hold_against(best, there, best.turned_degrees, _PROOF)
        lacks = found[0] not in self.languages and found[0] not in _READ_AS_ENGLISH
        return best, found[:1] if lacks else []

    def _find_script(self, best: _Try) -> tuple[_Try, list[str]]:
        """As `find_language`, by the shapes of the letters."""
        if self.is_blank(best):
            return best, []
        seen = self._orientation
        codes = _SCRIPTS[seen.script] if self._script_sureness() >= _SCRIPT else ()
        there = [code for code in codes if code in self.languages]
        if there:
            sure = seen.sureness >= _SURE_OF_ORIENTATION
            turned = -seen.turned_degrees if sure else best.turned_degrees
            other = self._hold_against(best, there[:1], turned, 0.0)
            return (best, []) if other is best else self.find_language(other)
        if codes:
            return best, [codes[0]] if 0 < best.confidence < DOUBTED else []
        others = [code for code in self.languages if code not in (*best.languages, *_NOT_LATIN)]
        together = [*best.languages, *others[:_MOST_TOGETHER]]
        if not others or not best.recognised.words:
            return best, []
        return self._hold_against(best, together, best.turned_degrees, 0.0), []

    def _script_sureness(self) -> float:
        """How sure it is that the page's script is another than the Latin one; 0 if it is that."""
        seen = self._orientation
        return seen.script_sureness if seen.script in _SCRIPTS else 0.0

    def _hold_against(
        self, best: _Try, languages: Sequence[str], turned_degrees: int, credit: float
    ) -> _Try:
        """Read it again, and keep the better reading; the second one may lack so much confidence.

        Where time runs out, the first one is what there is.
        """
        if turned_degrees % 360 == best.turned_degrees and list(languages) == list(best.languages):
            return best
        return self._better(best, languages, turned_degrees, credit)

    def _better(
        self, best: _Try, languages: Sequence[str], turned_degrees: int, credit: float
    ) -> _Try:
        try:
            other = self.recognise(languages, turned_degrees)
        except ReadingTimedOut:
            return best
        if not other.recognised.words:
            return best
        return other if other.confidence + credit > best.confidence else best

    @cached_property
    def _orientation(self) -> Orientation:
        image = self._image
        reduced = image.reduce(max(1, round(max(image.size) / _ORIENTATION_PX)))
        return recognition.detect_orientation(reduced)


def _turn(image: Image.Image, degrees: int) -> Image.Image:
    """The image turned clockwise."""
    return image.transpose(_TURNS[degrees]) if degrees else image


def _has_accents(reading: _Try) -> bool:
    """Whether it has letters that English has not; English data takes most accents off."""
    return any(char.isalpha() and not char.isascii() for char in reading.recognised.text)


def _is_unevenly_lit(image: Image.Image) -> bool:
    """Whether its ground is much darker in some places than in others, as in photographs."""
    shades = _ground(image, 16).histogram()
    total, seen, levels = sum(shades), 0, []
    for shade, count in enumerate(shades):
        seen += count
        if _GROUND_EDGE * total < seen < (1 - _GROUND_EDGE) * total:
            levels.append(shade)
    return bool(levels) and levels[-1] - levels[0] > _UNEVEN


def _light_evenly(image: Image.Image) -> Image.Image:
    """The image with a white ground everywhere, without its grain."""
    smooth = image.filter(MedianFilter(3))
    ground = _ground(smooth, 8).filter(GaussianBlur(6)).resize(image.size, Resampling.BICUBIC)
    ink = ImageOps.autocontrast(ImageChops.subtract(ground, smooth), cutoff=(0, 0.2))
    return ImageOps.invert(ink)


def _ground(image: Image.Image, times_smaller: int) -> Image.Image:
    """What the text stands on, as a smaller image."""
    return image.reduce(times_smaller).filter(MaxFilter(5))


def _remove_noise(image: Image.Image) -> Image.Image:
    """The image without its grain; the same one if it has little."""
    smooth = image.filter(MedianFilter(3))
    grain = ImageStat.Stat(ImageChops.difference(image, smooth)).mean[0]
    return smooth if grain > _GRAIN else image
