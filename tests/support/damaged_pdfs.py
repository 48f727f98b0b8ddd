"""PDFs of one page each that are hard to draw, by what is wrong with them.

Pure functions: the same arguments make the same bytes. Each page holds `WORDS`, as text or as a
scan of them, or held them before it was damaged.
"""

import base64
import io
import zlib
from collections.abc import Callable, Iterator, Mapping
from random import Random

import pymupdf
from PIL import Image, ImageDraw, ImageFont

from tests.support.pdfs import assembled, stream

Make = Callable[[], bytes]

WORDS = ("The ferry leaves at dawn", "and returns at night", "with the evening tide")
SIZE = (400, 300)
_PIXELS = (800, 600)
_HELVETICA = b"/Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
_IMAGE = b"/XObject << /I 5 0 R >>"
_FULL = b"q 400 0 0 300 0 0 cm /I Do Q "
_CCITT = b"/Filter /CCITTFaxDecode /DecodeParms << /K -1 /Columns 800 /Rows 600 >>"
_MEDIA_BOX = b"/MediaBox [0 0 400 300]"
_LOST = b"99 0 R"  # the number of no object


def content(size: int = 18) -> bytes:
    """What draws the words, a line each."""
    lines = b"".join(b"(%s) Tj T*\n" % line.encode() for line in WORDS)
    return b"BT /F1 %d Tf %d TL 40 250 Td\n%sET\n" % (size, size + 6, lines)


def page(
    contents: bytes,
    resources: bytes = _HELVETICA,
    extra: bytes = b"",
    objects: tuple[bytes, ...] = (),
    box: bytes = _MEDIA_BOX,
) -> bytes:
    """A PDF of one page whose content is object 4; further objects begin with 5."""
    head = b"<< /Type /Page /Parent 2 0 R %s /Resources << %s >> /Contents 4 0 R %s >>"
    return assembled(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            head % (box, resources, extra),
            contents,
            *objects,
        ]
    )


def text(extra: bytes = b"", box: bytes = _MEDIA_BOX, before: bytes = b"") -> bytes:
    """A page with the words, and with more in its dictionary or its content."""
    return page(stream(b"", before + content()), extra=extra, box=box)


def scan(mode: str = "L") -> Image.Image:
    """An image of the words, many times."""
    image = Image.new("L", _PIXELS, 255)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(30)
    for line in range(12):
        draw.text((40, 20 + line * 46), WORDS[line % 3], font=font, fill=0)
    return image.convert(mode)


def image_page(
    about: bytes,
    data: bytes,
    contents: bytes = _FULL,
    resources: bytes = _IMAGE,
    size: tuple[int, int] = _PIXELS,
    bits: int = 8,
    colours: bytes = b"/DeviceGray",
    objects: tuple[bytes, ...] = (),
) -> bytes:
    """A page that is an image."""
    kind = b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace %s"
    kind %= (*size, colours)
    image = stream(kind + b" /BitsPerComponent %d %s" % (bits, about), data)
    return page(stream(b"", contents), resources, objects=(image, *objects))


def jpeg(image: Image.Image, quality: int = 85) -> bytes:
    """An image as a JPEG."""
    return _encoded(image, "JPEG", quality=quality)


def _encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def _fax() -> bytes:
    """The scan in CCITT group 4, as a TIFF holds it."""
    tiff = _encoded(scan("1"), "TIFF", compression="group4")
    tags = Image.open(io.BytesIO(tiff)).tag_v2  # type: ignore[attr-defined]
    return tiff[tags[273][0] : tags[273][0] + tags[279][0]]


def _noise(count: int) -> bytes:
    return Random(count).randbytes(count)


def _half(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _packed(data: bytes) -> bytes:
    return stream(b"/Filter /FlateDecode", data)


def _font(about: bytes) -> bytes:
    font = b"/Font << /F1 << /Type /Font %s >> >>" % about
    return page(stream(b"", content()), font)


def _embedded_font(kind: bytes, file: bytes) -> bytes:
    """The words in a font whose file is noise."""
    widths = b"/FirstChar 32 /LastChar 126 /Widths [%s]" % (b"500 " * 95)
    about = b"/Subtype %s /BaseFont /ABCDEF+Odd %s /FontDescriptor 5 0 R" % (kind, widths)
    descriptor = b"<< /Type /FontDescriptor /FontName /ABCDEF+Odd /Flags 32"
    descriptor += b" /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 900 /Descent -200"
    descriptor += b" /CapHeight 700 /StemV 80 %s >>" % file
    objects = (descriptor, stream(b"/Length1 2000", _noise(2000)))
    font = b"/Font << /F1 << /Type /Font %s >> >>" % about
    return page(stream(b"", content()), font, objects=objects)


def _form(about: bytes, inner: bytes, contents: bytes = b"/X Do") -> bytes:
    form = stream(b"/Type /XObject /BBox [0 0 400 300] " + about, inner)
    return page(stream(b"", contents), _HELVETICA + b" /XObject << /X 5 0 R >>", objects=(form,))


# --- nothing of it can be decoded -------------------------------------------------------------


def undecodable() -> dict[str, Make]:
    """Pages of which nothing is left, although there was something."""
    return {**_undecodable_contents(), **_undecodable_images()}


def _undecodable_contents() -> dict[str, Make]:
    lines = zlib.compress(content(9))
    middle = lines[:20] + _noise(20) + lines[40:]
    inline = b"q 200 0 0 100 50 50 cm BI /W 20 /H 20 /BPC 8 /CS /G ID "
    return {
        "content of noise": lambda: page(stream(b"", _noise(600))),
        "flate of noise": lambda: page(_packed(_noise(300))),
        "flate cut at the beginning": lambda: page(_packed(lines[:8])),
        "flate damaged near the beginning": lambda: page(_packed(middle)),
        "lzw of noise": lambda: page(stream(b"/Filter /LZWDecode", _noise(300))),
        "ascii85 of noise": lambda: page(stream(b"/Filter /ASCII85Decode", _noise(300))),
        "hexadecimal of noise": lambda: page(stream(b"/Filter /ASCIIHexDecode", _noise(300))),
        "runs of noise": lambda: page(stream(b"/Filter /RunLengthDecode", _noise(300))),
        "a content that is no stream": lambda: page(b"<< /Other 1 >>"),
        "a content that is missing": lambda: text().replace(b"/Contents 4 0", b"/Contents 9 0"),
        "an inline image cut": lambda: page(stream(b"", inline + bytes(150))),
        "an encrypted content of noise": _encrypted_noise,
        "a form of noise": lambda: _form(b"/Subtype /Form /Filter /FlateDecode", _noise(200)),
    }


def _encrypted_noise() -> bytes:
    """As a file whose key does not fit one of its streams."""
    with pymupdf.open(stream=text(), filetype="pdf") as document:
        sealed = document.tobytes(
            encryption=pymupdf.mupdf.PDF_ENCRYPT_AES_128, owner_pw="owner", deflate=True
        )
    start = sealed.rindex(b"stream", 0, sealed.rindex(b"endstream")) + 7
    return bytes(sealed[:start] + _noise(64) + sealed[start + 64 :])


def misplaced(number: int) -> bytes:
    """A scan whose table of objects has a wrong place for one of them."""
    whole = image_page(b"/Filter /DCTDecode", jpeg(scan()))
    start = whole.rindex(b"\nxref\n")
    rows = whole[start:].split(b"\n")
    rows[3 + number] = b"%010d 00000 n " % 7
    return whole[:start] + b"\n".join(rows)


def _undecodable_images() -> dict[str, Make]:
    flate, jpx = zlib.compress(scan().tobytes()), _encoded(scan(), "JPEG2000")
    dct, packed = b"/Filter /DCTDecode", b"/Filter /FlateDecode"
    whole = jpeg(scan())
    return {
        "jpeg of noise": lambda: image_page(dct, _noise(3000)),
        "jpeg of noise within margins": lambda: image_page(
            dct, _noise(3000), b"q 300 0 0 200 50 50 cm /I Do Q"
        ),
        "jpeg of nothing": lambda: image_page(dct, b""),
        "jpeg 2000 of noise": lambda: image_page(b"/Filter /JPXDecode", _noise(3000)),
        "jpeg 2000 cut": lambda: image_page(b"/Filter /JPXDecode", _half(jpx)),
        "jbig2 of noise": lambda: image_page(b"/Filter /JBIG2Decode", _noise(900), bits=1),
        "jbig2 of nothing": lambda: image_page(b"/Filter /JBIG2Decode", b"", bits=1),
        "flate image of noise": lambda: image_page(packed, _noise(3000)),
        "lzw image of noise": lambda: image_page(b"/Filter /LZWDecode", _noise(3000)),
        "an image without data": lambda: image_page(b"", b""),
        "a huge image without data": lambda: image_page(
            packed, zlib.compress(bytes(1000)), size=(30_000, 30_000), bits=1
        ),
        "an image that is missing": lambda: image_page(
            dct, whole, resources=b"/XObject << /I %s >>" % _LOST
        ),
        "an image of another name": lambda: image_page(
            dct, whole, resources=b"/XObject << /J 5 0 R >>"
        ),
        "a colour space that nobody knows": lambda: image_page(dct, whole, colours=b"/Nonsense"),
        "a colour space that is missing": lambda: image_page(dct, whole, colours=_LOST),
        "colours from a table that is missing": lambda: image_page(
            packed, flate, colours=b"[/Indexed /DeviceRGB 255 %s]" % _LOST
        ),
        "seven bits for each pixel": lambda: image_page(packed, flate, bits=7),
        "an image without a width": lambda: image_page(packed, flate, size=(0, 600)),
        "a mask of noise": lambda: image_page(
            dct + b" /SMask 6 0 R",
            whole,
            objects=(
                stream(
                    b"/Type /XObject /Subtype /Image /Width 800 /Height 600 /BitsPerComponent 8"
                    b" /ColorSpace /DeviceGray /Filter /FlateDecode",
                    _noise(300),
                ),
            ),
        ),
    }


# --- parts of it are missing, or may be -------------------------------------------------------


def damaged() -> dict[str, Make]:
    """Pages of which something is seen, and something else may be missing."""
    return {**_damaged_contents(), **_damaged_images(), **_damaged_fonts()}


def _damaged_contents() -> dict[str, Make]:
    lines = zlib.compress(content(9))
    inline = b"q 20 0 0 10 5 5 cm BI /W 20 /H 20 /BPC 8 /CS /G /F /Odd ID "
    stamp = b"/Annots [<< /Type /Annot /Subtype /Stamp /Rect [9 9 50 50] /AP << /N 5 0 R >> >>]"
    broken = stream(b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Filter /FlateDecode", b"no")
    return {
        "flate cut near the end": lambda: page(_packed(lines[:-12])),
        "flate with a wrong checksum": lambda: page(_packed(lines[:-4] + b"odd.")),
        "a content cut within a word": lambda: page(stream(b"", content()[:70])),
        "words between brackets": lambda: page(
            stream(b"", content().replace(b"T*\n(and", b"T* >> ] (and"))
        ),
        "words that are no operators": lambda: text(before=b"1 2 odd even\n"),
        "a length that is not true": lambda: text().replace(
            b"/Length %d" % len(content()), b"/Length 999"
        ),
        "a second content that is missing": lambda: text().replace(
            b"/Contents 4 0 R ", b"/Contents [4 0 R 9 0 R]"
        ),
        "an inline image of an unknown kind": lambda: text(before=inline + bytes(400) + b" EI Q "),
        "a missing state": lambda: text(before=b"/G9 gs "),
        "a missing colour space": lambda: text(before=b"/C9 cs 0.2 scn "),
        "a missing shade": lambda: text(before=b"/S9 sh "),
        "a missing image beside words": lambda: text(before=_FULL),
        "a stamp of noise": lambda: page(stream(b"", content()), extra=stamp, objects=(broken,)),
    }


def _damaged_images() -> dict[str, Make]:
    whole, raw = jpeg(scan()), scan().tobytes()
    flate, dct, packed = zlib.compress(raw), b"/Filter /DCTDecode", b"/Filter /FlateDecode"
    small, both = b"q 300 0 0 100 50 50 cm /I Do Q ", _IMAGE + b" " + _HELVETICA
    runs = b"".join(b"\x63" + raw[n : n + 100] for n in range(0, len(raw), 100))
    armour = base64.a85encode(flate)
    return {
        "jpeg without its last lines": lambda: image_page(dct, whole[:-900]),
        "jpeg cut in half": lambda: image_page(dct, _half(whole)),
        "jpeg cut after a tenth": lambda: image_page(dct, whole[: len(whole) // 10]),
        "jpeg of noise beside words": lambda: image_page(
            dct, _noise(3000), small + content(), both
        ),
        "jpeg smaller than announced": lambda: image_page(dct, whole, size=(1600, 1200)),
        "jpeg in grey announced as colour": lambda: image_page(dct, whole, colours=b"/DeviceRGB"),
        "fax cut in half": lambda: image_page(_CCITT, _half(_fax()), bits=1),
        "flate image cut in half": lambda: image_page(packed, _half(flate)),
        "flate image with half of its data": lambda: image_page(packed, zlib.compress(_half(raw))),
        "an image with half of its data": lambda: image_page(b"", _half(raw)),
        "runs cut in half": lambda: image_page(b"/Filter /RunLengthDecode", _half(runs)),
        "ascii85 cut in half": lambda: image_page(
            b"/Filter [/ASCII85Decode /FlateDecode]", _half(armour)
        ),
        "an image of an unknown kind": lambda: image_page(b"/Filter /OddDecode", whole),
    }


def _damaged_fonts() -> dict[str, Make]:
    composed = b"/Subtype /Type0 /BaseFont /Odd /Encoding "
    below = b"/DescendantFonts [<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Odd"
    below += b" /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>"
    below += b" /FontDescriptor << /Type /FontDescriptor /Flags 4 >> >>]"
    return {
        "a TrueType font of noise": lambda: _embedded_font(b"/TrueType", b"/FontFile2 6 0 R"),
        "a Type 1 font of noise": lambda: _embedded_font(b"/Type1", b"/FontFile 6 0 R"),
        "a compact font of noise": lambda: _embedded_font(b"/Type1", b"/FontFile3 6 0 R"),
        "a font whose file is missing": lambda: _embedded_font(
            b"/TrueType", b"/FontFile2 " + _LOST
        ),
        "a composed font of nothing": lambda: _font(composed + b"/Identity-H"),
        "a composed font with an unknown map": lambda: _font(composed + b"/Odd-H " + below),
        "a drawn font without an encoding": lambda: _font(
            b"/Subtype /Type3 /FontBBox [0 0 1 1] /FontMatrix [1 0 0 1 0 0]"
        ),
    }


# --- all of it is there -----------------------------------------------------------------------


def harmless() -> dict[str, Make]:
    """Pages with something wrong that takes nothing from what is seen."""
    return {**_harmless_contents(), **_harmless_objects()}


def _harmless_contents() -> dict[str, Make]:
    lines = content()
    return {
        "a page that is well": text,
        "more states closed than opened": lambda: page(stream(b"", b"q " + lines + b"Q Q Q")),
        "more states opened than closed": lambda: text(before=b"q q q "),
        "words without an end": lambda: page(stream(b"", lines.replace(b"ET\n", b""))),
        "operators without operands": lambda: text(before=b"/F1 Tf (x) Td "),
        "marks of a layer that is not there": lambda: text(before=b"/OC /MC9 BDC EMC EMC "),
        "operators that may be unknown": lambda: text(before=b"BX 1 2 odd EX "),
        "a form within itself": lambda: _form(
            b"/Subtype /Form /Resources << /XObject << /X 5 0 R >> >>",
            b"/X Do",
            content() + b"/X Do",
        ),
        "a form without a box": lambda: _form(
            b"/Subtype /Form /Resources << %s >>" % _HELVETICA, content()
        ).replace(b"/BBox [0 0 400 300]", b""),
        "PostScript for a printer": lambda: _form(b"/Subtype /PS", b"x", content() + b"/X Do"),
    }


def _harmless_objects() -> dict[str, Make]:
    helvetica = b"/Subtype /Type1 /BaseFont /Helvetica "
    flate = zlib.compress(scan().tobytes())
    link = b"<< /Type /Annot /Subtype /Link /Rect [9 9] /Dest [%s /Fit] >>" % _LOST
    film = b"<< /Type /Annot /Subtype /Movie /Rect [9 9 20 20] >>"
    return {
        "a font without a kind": lambda: _font(b"/BaseFont /Helvetica"),
        "a font of an unknown kind": lambda: _font(b"/Subtype /Odd /BaseFont /Helvetica"),
        "a font of an unknown name": lambda: _font(b"/Subtype /Type1 /BaseFont /Odd"),
        "an unknown encoding": lambda: _font(helvetica + b"/Encoding /Odd"),
        "a missing way to letters": lambda: _font(helvetica + b"/ToUnicode " + _LOST),
        "colours by a profile of noise": lambda: image_page(
            b"/Filter /FlateDecode",
            flate,
            colours=b"[/ICCBased 6 0 R]",
            objects=(stream(b"/N 1", _noise(300)),),
        ),
        "a mask that is missing": lambda: image_page(
            b"/Filter /DCTDecode /SMask " + _LOST, jpeg(scan())
        ),
        "jpeg with more behind its end": lambda: image_page(
            b"/Filter /DCTDecode", jpeg(scan()) + _noise(99)
        ),
        "a link to nowhere": lambda: text(b"/Annots [%s]" % link),
        "a film": lambda: text(b"/Annots [%s]" % film),
        "notes that are none": lambda: text(b"/Annots [%s 5 (a)]" % _LOST),
    }


# --- seen through boxes that make no sense ----------------------------------------------------


def boxed() -> Mapping[str, bytes]:
    """Entries of a page's dictionary that change nothing of what should be seen."""
    return {
        "a crop beside the page": b"/CropBox [2000 2000 2600 2800]",
        "a crop below the page": b"/CropBox [0 -300 400 -10]",
        "a crop that touches the page": b"/CropBox [400 300 800 600]",
        "a crop without a size": b"/CropBox [10 10 10 10]",
        "a crop without a height": b"/CropBox [0 10 400 10]",
        "a crop as thin as a hair": b"/CropBox [0 0 400 0.3]",
        "a crop that is missing": b"/CropBox " + _LOST,
        "a crop of two numbers": b"/CropBox [5 5]",
        "a crop of nothing": b"/CropBox []",
        "a crop of words": b"/CropBox [(a) (b) (c) (d)]",
        "a crop that is a name": b"/CropBox /All",
        "a crop from the upper right": b"/CropBox [400 300 0 0]",
        "a crop around the page": b"/CropBox [-90 -90 900 900]",
        "a crop of endless size": b"/CropBox [-1e30 -1e30 1e30 1e30]",
        "a unit of nothing": b"/UserUnit 0",
        "a negative unit": b"/UserUnit -3",
        "a unit that is a word": b"/UserUnit (point)",
        "a unit of kilometres": b"/UserUnit 75000",
        "half a turn of a corner": b"/Rotate 45",
        "a turn that is a word": b"/Rotate (left)",
        "a whole turn": b"/Rotate 360",
        "a turn of endless length": b"/Rotate 1e30",
    }


def sizeless() -> dict[str, bytes]:
    """Pages whose MediaBox is none: readers take a letter's size instead."""
    boxes = {
        "no size": b"[0 0 0 0]",
        "no height": b"[0 100 400 100]",
        "the height of a hair": b"[0 0 400 0.5]",
        "three numbers": b"[0 0 400]",
        "endless size": b"[0 0 1e40 300]",
        "a missing object": _LOST,
        "a word": b"(all)",
    }
    made = {name: text(box=b"/MediaBox " + box) for name, box in boxes.items()}
    return {"nothing at all": text(box=b""), **made}


# --- blank, or only nearly --------------------------------------------------------------------


def blank() -> dict[str, bytes]:
    """Pages with nothing on them."""
    note = b"/Annots [<< /Type /Annot /Subtype %s /Rect [9 9 350 90] %s >>]"
    field = b"/FT /Tx /T (name) /DA (/Helv 20 Tf 0 g) %s"
    return {
        "no content": page(stream(b"", b"")).replace(b"/Contents 4 0 R", b""),
        "an empty content": page(stream(b"", b"")),
        "an empty content, compressed": page(_packed(zlib.compress(b""))),
        "an empty content that should be compressed": page(_packed(b"")),
        "spaces": page(stream(b"", b"BT /F1 18 Tf 40 250 Td (    ) Tj ET")),
        "a white box": page(stream(b"", b"1 g 50 50 200 100 re f")),
        "a grey sheet": page(stream(b"", b"0.8 g 0 0 400 300 re f")),
        "a coloured sheet": page(stream(b"", b"0 0.4 1 rg 0 0 400 300 re f")),
        "a black sheet": page(stream(b"", b"0 g 0 0 400 300 re f")),
        "a white scan": image_page(b"/Filter /DCTDecode", jpeg(Image.new("L", _PIXELS, 255))),
        "an empty form": _form(b"/Subtype /Form", b""),
        "a link": page(stream(b"", b""), extra=note % (b"/Link", b"/Border [0 0 0]")),
        "a hidden note": page(stream(b"", b""), extra=note % (b"/Square", b"/F 2 /C [1 0 0]")),
        "an empty field": page(stream(b"", b""), extra=note % (b"/Widget", field % b"")),
        "drawn beside the page": page(stream(b"", b"0 g 900 900 50 50 re f")),
        "states alone": page(stream(b"", b"q 2 w 1 0 0 rg Q")),
    }


def faint() -> dict[str, bytes]:
    """Pages that are nearly blank: there is something on each."""
    noise = Image.effect_noise(_PIXELS, 2)
    pencil = Image.new("L", _PIXELS, 253)
    ImageDraw.Draw(pencil).text((40, 40), WORDS[0], font=ImageFont.load_default(30), fill=250)
    note = b"/Annots [<< /Type /Annot /Subtype %s /Rect [10 10 350 250] %s >>]"
    words = b"/Contents (%s)" % WORDS[0].encode()
    field = b"/FT /Tx /T (name) /V (%s) /DA (/Helv 20 Tf 0 g)" % WORDS[0].encode()
    return {
        "pencil": image_page(b"/Filter /FlateDecode", zlib.compress(pencil.tobytes())),
        "pencil in a JPEG": image_page(b"/Filter /DCTDecode", jpeg(pencil, 95)),
        "grain": image_page(b"/Filter /DCTDecode", jpeg(noise, 95)),
        "light grey words": page(stream(b"", b"0.99 g " + content())),
        "a dot": page(stream(b"", b"0 g 200 150 2 2 re f")),
        "a hair": page(stream(b"", b"0.1 w 0 150 m 400 150 l S")),
        "words that are not seen": page(stream(b"", b"3 Tr " + content())),
        "white words": page(stream(b"", b"1 g " + content())),
        "words of no size": page(stream(b"", content().replace(b"18 Tf", b"0.001 Tf"))),
        "a typed note": page(
            stream(b"", b""), extra=note % (b"/FreeText", words + b" /DA (/Helv 20 Tf 0 g)")
        ),
        "a filled field": page(stream(b"", b""), extra=note % (b"/Widget", field)),
        "a stuck note": page(stream(b"", b""), extra=note % (b"/Text", words)),
    }


def equally_light() -> Iterator[tuple[str, bytes]]:
    """Words in a colour on a sheet of another one that is as light."""
    pairs = {
        "red on green": ("1 0 0", "0 0.59 0"),
        "green on red": ("0 0.59 0", "1 0 0"),
        "red on blue": ("0.672 0 0", "0.2 0.2 1"),
        "orange on turquoise": ("1 0.4 0", "0 0.669 0.669"),
        "pink on green": ("1 0 1", "0 0.657 0"),
        "violet on turquoise": ("0.6 0 0.6", "0 0.372 0.372"),
    }
    for name, (ink, sheet) in pairs.items():
        drawn = b"%s rg 0 0 400 300 re f %s rg " % (sheet.encode(), ink.encode())
        yield name, page(stream(b"", drawn + content(36)))
