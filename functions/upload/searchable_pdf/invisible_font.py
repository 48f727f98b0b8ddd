"""A font whose glyphs have no ink (ISO 32000-1, Type 3, 9.6.5), for text that is only to be found.

It tells which character each of its codes stands for (ToUnicode, 9.10.3), so that any script can be
searched and copied, and nothing needs to be embedded.
"""

from collections.abc import Iterator, Sequence

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

# A glyph is half as wide as it is high, in thousandths.
WIDTH = 500
_CODES = 255  # for each font: codes are one byte, from 1


class InvisibleFonts:
    """As many fonts as the document's characters need: each has room for 255."""

    def __init__(self, pdf: Pdf, characters: Sequence[str]) -> None:
        self._place = {char: divmod(n, _CODES) for n, char in enumerate(characters)}
        some = (characters[start : start + _CODES] for start in range(0, len(characters), _CODES))
        fonts = {f"/F{n}": _font(pdf, chars) for n, chars in enumerate(some)}
        self.resources = Dictionary(Font=Dictionary(fonts))

    def encode(self, text: str) -> Iterator[bytes]:
        """The operators that show a text, changing fonts as it needs."""
        last = None
        for char in text:
            font, code = self._place[char]
            if font != last:
                yield b"/F%d 1 Tf" % font
                last = font
            yield b"<%02x> Tj" % (code + 1)


def _font(pdf: Pdf, characters: Sequence[str]) -> Object:
    names = [f"/g{code}" for code in range(1, len(characters) + 1)]
    nothing = pdf.make_indirect(Stream(pdf, b"%d 0 d0" % WIDTH))
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type3,
            FontBBox=Array([0, 0, WIDTH, 1000]),
            FontMatrix=Array([0.001, 0, 0, 0.001, 0, 0]),
            CharProcs=Dictionary(dict.fromkeys(names, nothing)),
            Encoding=Dictionary(
                Type=Name.Encoding, Differences=Array([1, *(Name(name) for name in names)])
            ),
            FirstChar=1,
            LastChar=len(characters),
            Widths=Array([WIDTH] * len(characters)),
            Resources=Dictionary(),
            ToUnicode=pdf.make_indirect(Stream(pdf, _to_unicode(characters))),
        )
    )


def _to_unicode(characters: Sequence[str]) -> bytes:
    pairs = [
        f"<{code:02x}> <{char.encode('utf-16-be').hex()}>"
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
