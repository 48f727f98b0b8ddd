"""PDFs whose text is known, and PDFs that are broken in a way that is known.

Pure functions: the same arguments make the same bytes (but for encrypted ones). Every page of the
acceptance set carries a sentinel, a word that stands on no other page of it.
"""

import io
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import pymupdf
from PIL import Image

A4 = (595, 842)
_MARGIN = 56
_LINE = 1.35
# Letters and syllables that OCR does not take for one another.
_CONSONANTS = "bdkmpstv"
_VOWELS = "aeou"
_METRE_PT = 72 / 0.0254
_FIRST_PAGE = 4  # the number of the first page's object in a PDF made by hand

SENTENCES = (
    "The ferry leaves the northern pier at dawn and returns with the evening tide.",
    "Nobody in the village remembered who had planted the row of chestnut trees.",
    "A careful reader checks the margins first, because that is where doubts are kept.",
    "Rain had washed the chalk from the wall, but the tally was still in the ledger.",
    "She folded the map twice, put it under the lamp and listened to the wind.",
    "Bread was cheap that autumn, while paper and ink cost more than ever before.",
    "Every bridge over the canal bears the name of somebody who paid for a stone.",
    "The committee agreed on the colour of the doors and on nothing else.",
    "When the clock stopped, the baker kept time by the trains on the far bank.",
    "They measured the field with a rope, and the rope grew longer in the damp.",
    "An honest answer may be short; an honest question seldom is.",
    "Behind the mill the path divides, and both branches lead to the same meadow.",
)


@dataclass(frozen=True)
class KnownPdf:
    """A PDF with the text and the sentinel of each page ("" for a page that has none)."""

    content: bytes
    texts: tuple[str, ...]
    sentinels: tuple[str, ...]


def sentinel(number: int) -> str:
    """The word of this number (0 to 32,767): pronounceable, seven letters, like no other."""
    letters, rest = [], number * 7919 % 32768
    for _ in range(3):
        rest, digit = divmod(rest, 32)
        letters.append(_CONSONANTS[digit // 4] + _VOWELS[digit % 4])
    return "".join(letters) + "n"


def prose(seed: int, count: int) -> str:
    """A paragraph of so many sentences."""
    return " ".join(Random(seed).sample(SENTENCES, count))


# --- PDFs that are well -----------------------------------------------------------------------


def text_pdf(pages: Sequence[str], fontsize: float = 11) -> bytes:
    """A PDF with one page for each text, which is wrapped but must fit on the page."""
    with pymupdf.open() as document:
        for text in pages:
            _write(_new_page(document), text, fontsize)
        return _saved(document)


def drawn_pdf(pages: Sequence[str], fontsize: float = 20) -> bytes:
    """Pages that look the same and carry no text: each letter is a shape.

    Only who looks at them knows what they say, so what a scripted model says of them is not held
    against anything. Their print is so large that no page needs a larger image, or several calls.
    """
    return drawn(text_pdf(pages, fontsize))


def drawn(content: bytes) -> bytes:
    """A PDF as it is, with its letters as shapes."""
    printed = pymupdf.open(stream=content, filetype="pdf")
    with printed, pymupdf.open() as document:
        for number in range(len(printed)):
            svg = printed[number].get_svg_image(text_as_path=True).encode()
            with pymupdf.open(stream=svg, filetype="svg") as sheet:
                shapes = sheet.convert_to_pdf()
            with pymupdf.open(stream=shapes, filetype="pdf") as sheet:
                document.insert_pdf(sheet)
        return _saved(document)


def blank_page_pdf() -> bytes:
    """One page with nothing on it."""
    return text_pdf([""])


def many_pages(count: int) -> bytes:
    """So many small pages, each with a sentinel of its own (`sentinel(1)` on page 1)."""
    with pymupdf.open() as document:
        for number in range(1, count + 1):
            page = document.new_page(width=300, height=100)
            page.insert_text((20, 55), f"Page {sentinel(number)}", fontsize=24)
        return _saved(document)


def rotated_pdf(text: str, degrees: int, fontsize: float = 11) -> bytes:
    """A page that is stored lying down and stands upright by its /Rotate entry."""
    with pymupdf.open() as document:
        turned = degrees in (90, 270)
        page = document.new_page(width=A4[1] if turned else A4[0], height=A4[0 if turned else 1])
        page.set_rotation(degrees)
        words = page.derotation_matrix
        upright = _inside(page)
        page.insert_textbox(
            upright * words, text, fontsize=fontsize, lineheight=_LINE, rotate=degrees
        )
        return _saved(document)


def two_columns(left: str, right: str, fontsize: float = 10) -> bytes:
    """A page whose text runs down a left and then a right column."""
    with pymupdf.open() as document:
        page = _new_page(document)
        middle = A4[0] / 2
        for text, start, end in ((left, _MARGIN, middle - 18), (right, middle + 18, None)):
            box = pymupdf.Rect(start, _MARGIN, end or A4[0] - _MARGIN, A4[1] - _MARGIN)
            _fill(page, box, text, fontsize)
        return _saved(document)


def table(rows: Sequence[Sequence[str]], fontsize: float = 11) -> bytes:
    """A page with a ruled table; its text is row after row."""
    with pymupdf.open() as document:
        page = _new_page(document)
        width, height = (A4[0] - 2 * _MARGIN) / len(rows[0]), 28
        for line, row in enumerate(rows):
            for column, cell in enumerate(row):
                left, top = _MARGIN + column * width, _MARGIN + line * height
                page.draw_rect((left, top, left + width, top + height), width=0.6)
                page.insert_text((left + 8, top + 18), cell, fontsize=fontsize)
        return _saved(document)


def scanned(
    pages: Sequence[str],
    fontsize: float = 12,
    dpi: int = 150,
    degrees: float = 0.6,
    noise: float = 0.12,
) -> bytes:
    """Pages that are nothing but an image: a little crooked, grey and grainy, as from a scanner."""
    printed = pymupdf.open(stream=text_pdf(pages, fontsize), filetype="pdf")
    with printed, pymupdf.open() as document:
        for number in range(len(pages)):
            pixmap = printed[number].get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY)
            image = Image.frombytes("L", (pixmap.width, pixmap.height), pixmap.samples)
            image = image.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=255)
            grain = Image.frombytes(
                "L", image.size, Random(number).randbytes(image.width * image.height)
            )
            jpeg = io.BytesIO()
            Image.blend(image, grain, noise).save(jpeg, "JPEG", quality=70)
            target = _new_page(document)
            target.insert_image(target.rect, stream=jpeg.getvalue())
        return _saved(document)


def owner_password_only() -> bytes:
    """Printing is forbidden, reading is not: it opens without a password."""
    return _encrypted(owner_pw="owner-secret", user_pw="")


def zero_size_page() -> bytes:
    """A page with a MediaBox of no width and no height; readers take a default size instead."""
    return assembled(_page_objects(["Page with no size"], media_box="[0 0 0 0]"))


def huge_page() -> bytes:
    """A page of twenty by twenty metres, with a word on it that fills a good part of it."""
    side = round(20 * _METRE_PT)
    return assembled(
        _page_objects([sentinel(900)], media_box=f"[0 0 {side} {side}]", fontsize=side // 6)
    )


# --- PDFs that are not ------------------------------------------------------------------------


def not_a_pdf() -> bytes:
    """Noise."""
    return Random(4).randbytes(4096)


def empty_file() -> bytes:
    """Nothing."""
    return b""


def html_named_pdf() -> bytes:
    """What a server sends when the PDF is no longer there."""
    return b"<!DOCTYPE html><html><head><title>404</title></head><body><p>Gone</p></body></html>\n"


def truncated_with_missing_pages(total: int = 4, kept: int = 2) -> bytes:
    """The page tree promises `total` pages; the file ends behind the first `kept` of them.

    It opens as repaired. PyMuPDF 2 loads the missing pages without an error, as blank ones of
    612 x 792 points, whose page object is not there (`xref_get_key(page_xref(n), "Type")`).
    """
    whole = assembled(_page_objects([f"Page {sentinel(700 + n)}" for n in range(total)]))
    return _cut_before(whole, _FIRST_PAGE + 2 * kept)


def truncated_with_missing_branch(total: int = 4, kept: int = 2) -> bytes:
    """As above, but a whole branch of the page tree is missing: the pages do not even load."""
    objects = _page_objects([f"Page {sentinel(750 + n)}" for n in range(total)])
    lost = _FIRST_PAGE + 2 * total
    kids = " ".join(f"{_FIRST_PAGE + 2 * n} 0 R" for n in range(kept))
    objects[1] = f"<< /Type /Pages /Count {total} /Kids [{kids} {lost} 0 R] >>".encode()
    return _cut_before(assembled(objects), _FIRST_PAGE + 2 * kept)


def truncated_within_first_page(promised: int = 40) -> bytes:
    """It opens, but promises more pages than there are objects: even to count them fails."""
    whole = assembled(_page_objects([f"Page {sentinel(n)}" for n in range(promised)]))
    return _cut_before(whole, _FIRST_PAGE + 1)


def truncated_beyond_repair() -> bytes:
    """Only the first bytes arrived: a PDF by its header, with no page tree."""
    return text_pdf([prose(1, 6)])[:80]


def password_protected() -> bytes:
    """It cannot be opened without a password."""
    return _encrypted(owner_pw="owner-secret", user_pw="user-secret")


def no_pages() -> bytes:
    """A sound PDF without a single page."""
    return assembled(_page_objects([]))


# --- what all of it is made of ----------------------------------------------------------------


def acceptance_set() -> dict[str, KnownPdf]:
    """PDFs by name, among them hard ones; together every way in which a page can look."""
    names = iter(range(100, 200))

    def marked(seed: int, sentences: int = 6) -> tuple[str, str]:
        word = sentinel(next(names))
        return f"The word here is {word}.\n{prose(seed, sentences)}", word

    def known(content: bytes, *texts: tuple[str, str]) -> KnownPdf:
        return KnownPdf(content, tuple(t for t, _ in texts), tuple(s for _, s in texts))

    made: dict[str, KnownPdf] = {}
    sizes = (8, 9, 10, 11, 12)
    by_size = [marked(10 + size) for size in sizes]
    with pymupdf.open() as document:
        for size, (text, _) in zip(sizes, by_size, strict=True):
            _write(_new_page(document), text, size)
        made["sizes"] = known(_saved(document), *by_size)
    (left, word), right = marked(20), prose(20, 12).removeprefix(prose(20, 6)).strip()
    made["columns"] = known(two_columns(left, right), (f"{left}\n{right}", word))
    for degrees in (90, 180, 270):
        upright = marked(30 + degrees)
        made[f"rotated-{degrees}"] = known(rotated_pdf(upright[0], degrees), upright)
    word = sentinel(next(names))
    rows = (
        ("Harbour", "Boats", "Keeper"),
        ("Alder Quay", "forty", "Tamsin"),
        ("Mason Pier", "seven", word),
        ("Old Basin", "ninety", "Edmund"),
    )
    made["table"] = known(table(rows), ("\n".join(" ".join(row) for row in rows), word))
    first, last = marked(40), marked(41)
    made["blank-between"] = known(text_pdf([first[0], "", last[0]]), first, ("", ""), last)
    scans = marked(50), marked(51)
    made["scanned"] = known(scanned([text for text, _ in scans]), *scans)
    poor = marked(60)
    made["scanned-badly"] = known(scanned([poor[0]], 9, dpi=100, degrees=-1.2, noise=0.15), poor)
    return made


def _new_page(document: pymupdf.Document) -> pymupdf.Page:
    return document.new_page(width=A4[0], height=A4[1])


def _inside(page: pymupdf.Page) -> pymupdf.Rect:
    """The page without its margins."""
    width, height = page.rect.width, page.rect.height
    return pymupdf.Rect(_MARGIN, _MARGIN, width - _MARGIN, height - _MARGIN)


def _write(page: pymupdf.Page, text: str, fontsize: float) -> None:
    _fill(page, _inside(page), text, fontsize)


def _fill(page: pymupdf.Page, box: pymupdf.Rect, text: str, fontsize: float) -> None:
    room = page.insert_textbox(box, text, fontsize=fontsize, lineheight=_LINE)
    if room < 0:
        raise ValueError(f"the text does not fit: {text[:40]!r}")


def _saved(document: pymupdf.Document, **options: object) -> bytes:
    content: bytes = document.tobytes(garbage=3, deflate=True, no_new_id=True, **options)
    return content


def _encrypted(owner_pw: str, user_pw: str) -> bytes:
    plain = pymupdf.open(stream=text_pdf([f"Protected: {sentinel(800)}"], 18), filetype="pdf")
    with plain:
        return _saved(
            plain,
            encryption=pymupdf.mupdf.PDF_ENCRYPT_AES_256,
            owner_pw=owner_pw,
            user_pw=user_pw,
            permissions=pymupdf.mupdf.PDF_PERM_ACCESSIBILITY,
        )


def _page_objects(
    lines: Sequence[str], media_box: str = "[0 0 300 100]", fontsize: int = 24
) -> list[bytes]:
    """Catalog, page tree and font, then page and content by turns, in this order in the file."""
    kids = " ".join(f"{_FIRST_PAGE + 2 * n} 0 R" for n in range(len(lines)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(lines)} /Kids [{kids}] >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    about = f"/MediaBox {media_box} /Resources << /Font << /F1 3 0 R >> >>"
    for n, line in enumerate(lines):
        content = f"BT /F1 {fontsize} Tf {fontsize} {2 * fontsize} Td ({line}) Tj ET"
        objects += [
            f"<< /Type /Page /Parent 2 0 R {about} /Contents {_FIRST_PAGE + 1 + 2 * n} 0 R >>",
            f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        ]
    return [body.encode() for body in objects]


def _cut_before(content: bytes, number: int) -> bytes:
    """A PDF made by hand, up to the object of this number."""
    return content[: content.index(b"\n%d 0 obj" % number) + 1]


def assembled(objects: Sequence[bytes]) -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalog."""
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


def drawn_for_ever(levels: int = 12, before: Sequence[str] = ()) -> bytes:
    """A page of forms that hold ten times the next form each: a small file, years of drawing.

    It is the last page, behind one page for each text of `before`.
    """
    document = pymupdf.open()
    for text in before:
        _write(_new_page(document), text, 11)
    page = document.new_page()
    inner = _form(document, b"0 0 9 9 re f", None)
    for _ in range(levels):
        inner = _form(document, b"/X Do " * 10, inner)
    document.xref_set_key(page.xref, "Resources", f"<</XObject<</X {inner} 0 R>>>>")
    contents = document.get_new_xref()
    document.update_object(contents, "<<>>")
    document.update_stream(contents, b"/X Do")
    document.xref_set_key(page.xref, "Contents", f"{contents} 0 R")
    return bytes(document.tobytes())


def content_bomb(megabytes: int = 256) -> bytes:
    """A page whose content is one list of numbers, so long that it fits into no memory."""
    objects = _page_objects(["bomb"])
    objects[-1] = _packed(b"", b"[", b"1 ", megabytes, b"] TJ")
    return assembled(objects)


def file_bomb(megabytes: int = 256) -> bytes:
    """As above, but in the page tree, so that the file does not even open."""
    tree = b"2 0 << /Type /Pages /Count 1 /Kids [3 0 R] /Bomb ["
    places = {1: b"<< /Type /Catalog /Pages 2 0 R >>", 3: b"<< /Type /Page /Parent 2 0 R >>"}
    places[4] = _packed(b"/Type /ObjStm /N 1 /First 4", tree, b"1 ", megabytes, b"] >>")
    out, rows = bytearray(b"%PDF-1.7\n"), {0: (0, 0, 65535), 2: (2, 4, 0)}
    for number, body in places.items():
        rows[number] = (1, len(out), 0)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    rows[5] = (1, start, 0)
    table = b"".join(struct.pack(">BIH", *rows[number]) for number in sorted(rows))
    about = b"/Type /XRef /Size 6 /W [1 4 2] /Root 1 0 R"
    out += b"5 0 obj\n%s\nendobj\n" % stream(about, table)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


def image_bomb(side_px: int = 16_000) -> bytes:
    """A page with a JPEG 2000 image of one colour, which can only be decoded as a whole."""
    jpx = io.BytesIO()
    Image.new("L", (side_px, side_px)).save(jpx, "JPEG2000", tile_size=(1024, 1024))
    return _image_page(side_px, b"/BitsPerComponent 8 /Filter /JPXDecode", jpx.getvalue())


def huge_black_image(side_px: int = 30_000) -> bytes:
    """A page with an image of so many zeros that are a few KB in the file."""
    packed = zlib.compress(zlib.compress(bytes(side_px * side_px // 8), 9), 9)
    return _image_page(side_px, b"/BitsPerComponent 1 /Filter [/FlateDecode /FlateDecode]", packed)


def colour_scan(dpi: int = 600) -> bytes:
    """An A4 page in colour as a good scanner makes it, as JPEG 2000, which takes most memory."""
    width, height = (round(side * dpi / 72) for side in A4)
    coarse = Image.frombytes(
        "RGB", (width // 8, height // 8), Random(6).randbytes(width // 8 * (height // 8) * 3)
    )
    jpx = io.BytesIO()
    coarse.resize((width, height)).save(jpx, "JPEG2000", quality_mode="rates", quality_layers=[20])
    with pymupdf.open() as document:
        page = _new_page(document)
        page.insert_image(page.rect, stream=jpx.getvalue())
        return _saved(document)


def _image_page(side_px: int, about: bytes, data: bytes) -> bytes:
    objects = _page_objects(["image"])
    objects[1] = b"<< /Type /Pages /Count 1 /Kids [4 0 R] >>"
    objects[3] = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 500 500] /Contents 5 0 R"
        b" /Resources << /XObject << /I 6 0 R >> >> >>"
    )
    objects[4] = stream(b"", b"500 0 0 500 0 0 cm /I Do")
    kind = b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray "
    return assembled([*objects, stream(kind % (side_px, side_px) + about, data)])


def _packed(about: bytes, start: bytes, again: bytes, megabytes: int, end: bytes) -> bytes:
    """A stream that is compressed twice: a GB of the same becomes a few KB."""
    packer, block = zlib.compressobj(9), again * (2**20 // len(again))
    parts = [packer.compress(start), *(packer.compress(block) for _ in range(megabytes))]
    parts += [packer.compress(end), packer.flush()]
    data = zlib.compress(b"".join(parts), 9)
    return stream(about + b" /Filter [/FlateDecode /FlateDecode]", data)


def stream(about: bytes, data: bytes) -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (about, len(data), data)


def _form(document: pymupdf.Document, content: bytes, inner: int | None) -> int:
    xref = int(document.get_new_xref())
    resources = f"/Resources<</XObject<</X {inner} 0 R>>>>" if inner else ""
    document.update_object(xref, f"<</Type/XObject/Subtype/Form/BBox[0 0 600 800]{resources}>>")
    document.update_stream(xref, content)
    return xref
