"""What MuPDF complains of while it draws a page, and whether that is a reason to doubt the image.

MuPDF draws what it can: where an image, a font or a part of the content cannot be decoded, it
leaves it out, fills it up, or takes something else, and says so. Whatever it says is believed to
matter, unless it is listed here as harmless.
"""

import re
from collections.abc import Sequence

import pymupdf

from lector.runtime.failures import clean

_MOST_WORDS, _LONGEST = 4, 120
NOTHING_COMPRESSED = "premature end of data in flate filter"
"""Said of a stream that is cut, and of one that is empty as it should be."""

# They say that something was wrong, and stand behind what says what.
_GENERAL = (
    "encountered syntax errors; page may not be correct",
    "read error; treating as end of file",
    "Ignoring error during interpretation",
    "syntax error in content stream",
)
_KIND = re.compile(r"(library|syntax|format|argument|unsupported|limit|generic|system) error: ")
_REPEATED = re.compile(r"\.\.\. repeated \d+ times?\.\.\.")
# What MuPDF makes up for without any loss in what is seen.
_HARMLESS = re.compile(
    "|".join(
        (
            # One that closes more than it opened: what was drawn until then stays.
            r"gstate underflow in content stream",
            # Colours are then those of the device: nobody reads a page by its exact tint.
            r"lcms: .*",
            r"format error: cmsOpenProfileFromMem failed",
            r"ignoring broken ICC profile",
            r"ignoring embedded ICC profile in \w+",
            r"ICC profile has unexpected number of channels",
            r"cannot create ICC link, falling back to fast color conversion",
            # Metrics, names and hints of fonts, whose glyphs are drawn all the same.
            r"bogus font \(.*\) ascent/descent values.*",
            r"unknown font format, guessing type1 or truetype\.",
            r"glyph too big for hinting",
            r"cannot encache glyph; continuing",
            r"CIDFont is missing CIDSystemInfo dictionary; assuming Adobe-Identity",
            # The way from glyphs to letters, which matters to a text layer, not to an image.
            r"cannot load ToUnicode CMap",
            r"cannot create ToUnicode mapping for .*",
            r"ignoring one to many mapping in cmap .*",
            # Film, sound and fields that nobody filled in: no reader of PDFs draws them.
            r"unsupported error: cannot create appearance stream for .* (annotations|widgets)",
            r"cannot create appearance stream",
            # PostScript for printers, which a page looks the same without.
            r"ignoring XObject with subtype PS",
            # How pages and their parts hang together.
            r"page tree load failed; falling back to slow lookup",
            r"format error: too many kids in page tree",
            r"Document claims to have \d+ pages, but only has \d+\.",
            r"non-page object in page tree",
            r"Bad parent link in structure tree\. Ignoring structure\.",
            # JPEG 2000 with more around its image than a PDF needs.
            r"openjpeg warning: JP2 box which are after the codestream.*",
            r"openjpeg warning: A conforming JP2 reader shall ignore all Colour Specification.*",
            r"openjpeg warning: COLR BOX meth value is not a regular value.*",
        )
    )
)


class Complaints:
    """What is complained of from one page to the next."""

    def __init__(self) -> None:
        self._cached = False

    def begin(self) -> None:
        """Forget what was said before, of the file as it was opened or of another page.

        MuPDF says it once of what pages share and keeps what it could make of it: without that,
        what was wrong on one page would pass in silence on the next, or on the same drawn again.
        """
        if self._cached or pymupdf.TOOLS.mupdf_warnings():
            pymupdf.TOOLS.store_shrink(100)
        self._cached = False
        pymupdf.TOOLS.reset_mupdf_warnings()

    def collect(self) -> list[str]:
        """Each thing that was said since then and matters, once."""
        said = pymupdf.TOOLS.mupdf_warnings().splitlines()
        self._cached = bool(said)
        lines = [line.strip() for line in said if not _REPEATED.fullmatch(line.strip())]
        return list(dict.fromkeys(line for line in lines if line and not _HARMLESS.fullmatch(line)))


def describe(complaints: Sequence[str]) -> str:
    """Some words of MuPDF's: the first, without those that say no more than others do."""
    plain = list(dict.fromkeys(_KIND.sub("", clean(line, _LONGEST)) for line in complaints))
    telling = [line for line in plain if line not in _GENERAL] or plain
    return "; ".join(telling[:_MOST_WORDS])
