"""Fonts whose glyphs have no ink (ISO 32000-1, Type 3, 9.6.5), for text that is only to be found.

They tell which character each of their codes stands for (ToUnicode, 9.10.3), so that any script can
be searched and copied, and nothing needs to be embedded. Glyphs have a box (`d1`): PDFium, and so
Chromium, leaves out what has none.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from functions.upload.word_formats import directions

WIDTH = 500
"""How wide a glyph is, in thousandths of its height; a word is stretched to where it stands."""
# Words from right to left take the nearest to their letters: where these are stretched far, MuPDF
# does not see that each stands beside the one before it.
_WIDTHS = (200, 300, 500, 750, 1000, 1400, 2000)
THIN_SPACE = "\u2009"
"""A space that takes hardly any room."""
_CODES = 255  # for each font: codes are one byte, from 1


def width_of(letter_width: float, height: float) -> int:
    """The width of the glyphs for letters of this size."""
    wanted = 1000 * letter_width / height if height > 0 else 0.0
    return min(_WIDTHS, key=lambda width: abs(width - wanted))


@dataclass(frozen=True)
class _Place:
    font: int
    code: int


class InvisibleFonts:
    """As many fonts as the document's characters need: each has room for 255 of one width."""

    def __init__(self, pdf: Pdf, characters: Iterable[tuple[int, str]]) -> None:
        """`characters` are pairs of the width of a glyph and what it stands for."""
        self._places: dict[tuple[int, str], _Place] = {}
        fonts: dict[str, Object] = {}
        for width, group in groupby(sorted(set(characters)), lambda pair: pair[0]):
            chars = [char for _, char in group]
            for start in range(0, len(chars), _CODES):
                some, number = chars[start : start + _CODES], len(fonts)
                fonts[f"/F{number}"] = _font(pdf, width, some)
                places = {(width, char): _Place(number, n) for n, char in enumerate(some, 1)}
                self._places.update(places)
        self.resources = pdf.make_indirect(Dictionary(Font=Dictionary(fonts)))

    def encode(self, width: int, text: str) -> Iterator[tuple[int, bytes]]:
        """The numbers of the fonts that a text of this width needs, and its codes in them."""
        places = (self._places[width, char] for char in text)
        for font, group in groupby(places, lambda place: place.font):
            yield font, bytes(place.code for place in group)


def _font(pdf: Pdf, width: int, characters: Sequence[str]) -> Object:
    thin = width * directions.MARK_SHARE
    glyphs = {
        name: pdf.make_indirect(Stream(pdf, b"%g 0 0 0 %g 1000 d1" % (wide, wide)))
        for name, wide in (("/n", width), ("/t", thin))
    }
    names = ["/t" if _is_thin(char) else "/n" for char in characters]
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type3,
            FontBBox=Array([0, 0, width, 1000]),
            FontMatrix=Array([0.001, 0, 0, 0.001, 0, 0]),
            CharProcs=Dictionary(glyphs),
            Encoding=Dictionary(
                Type=Name.Encoding, Differences=Array([1, *(Name(name) for name in names)])
            ),
            FirstChar=1,
            LastChar=len(characters),
            Widths=Array([thin if name == "/t" else width for name in names]),
            Resources=Dictionary(),
            ToUnicode=pdf.make_indirect(Stream(pdf, _to_unicode(characters))),
        )
    )


def _to_unicode(characters: Sequence[str]) -> bytes:
    pairs = [
        f"<{code:02x}> <{char.replace(THIN_SPACE, ' ').encode('utf-16-be').hex()}>"
        for code, char in enumerate(characters, 1)
    ]
    some = (pairs[start : start + 100] for start in range(0, len(pairs), 100))
    maps = "\n".join(
        f"{len(part)} beginbfchar\n" + "\n".join(part) + "\nendbfchar" for part in some
    )
    return f"""/CIDInit /ProcSet findresource begin 12 dict begin begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /LectorWords def /CMapType 2 def
1 begincodespacerange <00> <ff> endcodespacerange
{maps}
endcmap CMapName currentdict /CMap defineresource pop end end
""".encode()


def _is_thin(char: str) -> bool:
    return char == THIN_SPACE or directions.is_mark(char)
