"""What a file is, by its first bytes."""

import gzip
import io
import struct
import tarfile
import zipfile
from collections.abc import Callable
from email.message import EmailMessage

import pytest
from PIL import Image

from lector.domain import originals, unsupported
from lector.domain.originals import Original
from lector.domain.unsupported import Unsupported
from tests.support import pdfs


def image(kind: str, mode: str = "RGB", **options: object) -> bytes:
    target = io.BytesIO()
    Image.new(mode, (64, 48), "white").save(target, kind, **options)
    return target.getvalue()


def archive(*names: str, first: bytes = b"", compressed: bool = True) -> bytes:
    target = io.BytesIO()
    packing = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    with zipfile.ZipFile(target, "w", packing) as packed:
        if first:
            packed.writestr("mimetype", first, zipfile.ZIP_STORED)
        for name in names:
            packed.writestr(name, f"<x>{name}</x>")
    return target.getvalue()


def old_office(stream: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1500) + stream.encode("utf-16-le")


def tar() -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as packed:
        packed.addfile(tarfile.TarInfo("a.txt"))
    return target.getvalue()


def mail() -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@b.example", "c@d.example", "Hello"
    message.set_content("words")
    return message.as_bytes()


def box(*brands: bytes) -> bytes:
    body = brands[0] + bytes(4) + b"".join(brands[1:])
    return struct.pack(">I", 8 + len(body)) + b"ftyp" + body + bytes(64)


PDF = pdfs.text_pdf(["some words"])

READ: dict[str, tuple[Callable[[], bytes], Original]] = {
    "a PDF": (lambda: PDF, originals.PDF),
    "a PDF behind a byte order mark": (lambda: b"\xef\xbb\xbf" + PDF, originals.PDF),
    "a PDF behind line feeds": (lambda: b"\r\n\n" + PDF, originals.PDF),
    "a PDF behind the headers of a server": (
        lambda: b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n" + PDF,
        originals.PDF,
    ),
    "a PDF behind 1,000 bytes of noise": (lambda: b"\x01" + b"\xaa" * 999 + PDF, originals.PDF),
    "a PDF within a print job": (
        lambda: b"\x1b%-12345X@PJL ENTER LANGUAGE=PDF\r\n" + PDF,
        originals.PDF,
    ),
    "a PDF in the manner of PostScript": (
        lambda: b"%!PS-Adobe-3.0 PDF-1.4\n1 0 obj",
        originals.PDF,
    ),
    "a PDF of which little arrived": (pdfs.truncated_beyond_repair, originals.PDF),
    "a JPEG": (lambda: image("JPEG"), originals.JPEG),
    "a JPEG for print": (lambda: image("JPEG", "CMYK"), originals.JPEG),
    "a PNG": (lambda: image("PNG"), originals.PNG),
    "a TIFF": (lambda: image("TIFF"), originals.TIFF),
    "a TIFF of the other byte order": (lambda: b"MM\0*\0\0\0\x08", originals.TIFF),
    "a large TIFF": (lambda: b"II+\0\x08\0\0\0", originals.TIFF),
    "a WebP": (lambda: image("WEBP"), originals.WEBP),
    "a GIF": (lambda: image("GIF"), originals.GIF),
    "a BMP": (lambda: image("BMP"), originals.BMP),
    "a HEIC": (lambda: box(b"heic", b"mif1", b"heic"), originals.HEIC),
    "a HEIF that says no more": (lambda: box(b"mif1", b"miaf"), originals.HEIC),
    "a HEIC that says so second": (lambda: box(b"mif1", b"miaf", b"heic"), originals.HEIC),
}

NOT_READ: dict[str, tuple[Callable[[], bytes], Unsupported]] = {
    "Word": (
        lambda: archive("[Content_Types].xml", "_rels/.rels", "word/document.xml"),
        unsupported.WORD,
    ),
    "Word without compression": (
        lambda: archive("[Content_Types].xml", "word/document.xml", compressed=False),
        unsupported.WORD,
    ),
    "Word as LibreOffice writes it": (
        lambda: archive("_rels/.rels", "docProps/core.xml", "word/document.xml"),
        unsupported.WORD,
    ),
    "Excel": (lambda: archive("[Content_Types].xml", "xl/workbook.xml"), unsupported.EXCEL),
    "PowerPoint": (
        lambda: archive("[Content_Types].xml", "ppt/presentation.xml"),
        unsupported.POWERPOINT,
    ),
    "some Office document": (lambda: archive("[Content_Types].xml"), unsupported.OFFICE),
    "OpenDocument text": (
        lambda: archive("content.xml", first=b"application/vnd.oasis.opendocument.text"),
        unsupported.ODT,
    ),
    "OpenDocument sheet": (
        lambda: archive("content.xml", first=b"application/vnd.oasis.opendocument.spreadsheet"),
        unsupported.ODS,
    ),
    "an e-book": (
        lambda: archive("OEBPS/a.xhtml", first=b"application/epub+zip"),
        unsupported.EPUB,
    ),
    "a ZIP": (lambda: archive("a.txt", "b.txt"), unsupported.ZIP),
    "a ZIP that holds a PDF": (
        lambda: archive("a.pdf", first=PDF[:500], compressed=False),
        unsupported.ZIP,
    ),
    "an empty ZIP": (archive, unsupported.ZIP),
    "old Word": (lambda: old_office("WordDocument"), unsupported.WORD),
    "old Excel": (lambda: old_office("Workbook"), unsupported.EXCEL),
    "old Office": (lambda: old_office(""), unsupported.OFFICE),
    "text": (lambda: b"Dear Sir or Madam,\n\nthank you.\n", unsupported.TEXT),
    "one letter": (lambda: b"x", unsupported.TEXT),
    "text with umlauts": ("Größe, ñandú, 中文".encode, unsupported.TEXT),
    "text that is cut within a letter": (
        lambda: ("ä" * 5000).encode()[: originals.HEAD_BYTES - 1],
        unsupported.TEXT,
    ),
    "text in Latin-1": (lambda: "Größe der Tür\n".encode("latin-1"), unsupported.TEXT),
    "text in UTF-16": (lambda: "Größe der Tür\n".encode("utf-16"), unsupported.TEXT),
    "text about PDFs": (lambda: b"A PDF begins with %PDF- and a number.", unsupported.TEXT),
    "JSON": (lambda: b'{"a": [1, 2]}', unsupported.TEXT),
    "CSV": (lambda: b"a;b;c\n1;2;3\n", unsupported.TEXT),
    "a web page": (pdfs.html_named_pdf, unsupported.HTML),
    "a web page without a head": (lambda: b"\n<p>Gone</p>", unsupported.HTML),
    "XHTML": (
        lambda: b'<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml">',
        unsupported.HTML,
    ),
    "XML": (lambda: b'<?xml version="1.0"?>\n<invoice/>', unsupported.XML),
    "SVG": (lambda: b'<?xml version="1.0"?>\n<svg xmlns="x">', unsupported.SVG),
    "a web page with a drawing": (lambda: b"<html><body><svg></svg>", unsupported.HTML),
    "an e-mail": (mail, unsupported.MAIL),
    "an e-mail that was signed on its way": (
        lambda: (
            b"Delivered-To: a@example.org\r\nX-Google-Smtp-Source: x\r\nARC-Seal: i=1;\r\n b=x\r\n"
            b"X-Received: by y;\r\n  Fri\r\nDKIM-Signature: v=1;\r\n\td=z\r\nFrom: b\r\n\r\n"
        ),
        unsupported.MAIL,
    ),
    "a letter with two lines like those of an e-mail": (
        lambda: b"Date: 3 May\nSubject: your letter\n\nDear Ann,\n",
        unsupported.TEXT,
    ),
    "settings": (lambda: b"host: a\nport: 1\nfrom: b\nname: c\n", unsupported.TEXT),
    "a web page that a browser saved": (
        lambda: (
            b"From: <Saved by Blink>\nSnapshot-Content-Location: http://x\nSubject: y\n"
            b"MIME-Version: 1.0\nContent-Type: multipart/related\n\n"
        ),
        unsupported.HTML,
    ),
    "OpenDocument drawing": (
        lambda: archive("content.xml", first=b"application/vnd.oasis.opendocument.graphics"),
        unsupported.ODF,
    ),
    "an e-book without its type": (
        lambda: archive("META-INF/container.xml", "OEBPS/content.opf"),
        unsupported.EPUB,
    ),
    "an Office document whose properties come first": (
        lambda: archive("docProps/app.xml"),
        unsupported.OFFICE,
    ),
    "text with the mark of an old end": (lambda: b"Hello\r\n\x1a", unsupported.TEXT),
    "PostScript as a printer gets it": (lambda: b"\x04%!PS-Adobe-3.0\n", unsupported.POSTSCRIPT),
    "a print job": (
        lambda: b"\x1b%-12345X@PJL\r\n@PJL ENTER LANGUAGE=PCL\r\n\x1bE",
        unsupported.PRINT_JOB,
    ),
    "RTF": (lambda: rb"{\rtf1\ansi hello}", unsupported.RTF),
    "PostScript": (lambda: b"%!PS-Adobe-3.0\n%%Pages: 1\n", unsupported.POSTSCRIPT),
    "DjVu": (lambda: b"AT&TFORM\0\0\1\0DJVMDIRM", unsupported.DJVU),
    "a PDF in Base64": (lambda: b"JVBERi0xLjcKJeLjz9MK", unsupported.PDF_IN_BASE64),
    "a script": (lambda: b"#!/bin/sh\necho hello\n", unsupported.PROGRAM),
    "a program for Linux": (lambda: b"\x7fELF\x02\x01\x01" + bytes(64), unsupported.PROGRAM),
    "a program for Windows": (lambda: b"MZ\x90\0" + bytes(64), unsupported.PROGRAM),
    "gzip": (lambda: gzip.compress(PDF), unsupported.ARCHIVE),
    "tar": (tar, unsupported.ARCHIVE),
    "a film": (lambda: box(b"isom", b"iso2", b"mp41"), unsupported.VIDEO),
    "a film of QuickTime": (lambda: b"\0\0\0\x08wide\0\0\0\0mdat", unsupported.VIDEO),
    "a film of Windows": (lambda: b"RIFF\0\0\0\0AVI LIST", unsupported.VIDEO),
    "sound": (lambda: b"RIFF\0\0\0\0WAVEfmt ", unsupported.AUDIO),
    "music": (lambda: b"ID3\x04\0\0\0\0\0\0", unsupported.AUDIO),
    "a recording of a phone": (lambda: box(b"M4A ", b"isom"), unsupported.AUDIO),
    "AVIF": (lambda: box(b"avif", b"mif1", b"miaf"), unsupported.AVIF),
    "JPEG 2000": (lambda: image("JPEG2000"), unsupported.JPEG_2000),
    "Photoshop": (lambda: b"8BPS\0\1" + bytes(32), unsupported.PHOTOSHOP),
    "an icon": (lambda: image("ICO"), unsupported.ICON),
    "Netpbm": (lambda: image("PPM"), unsupported.NETPBM),
    "PCX": (lambda: image("PCX"), unsupported.OTHER_IMAGE),
    "a raw photograph": (lambda: b"II*\0\x10\0\0\0CR\x02\0" + bytes(64), unsupported.CAMERA_RAW),
    "DICOM": (lambda: bytes(128) + b"DICM", unsupported.DICOM),
    "a database": (lambda: b"SQLite format 3\0" + bytes(64), unsupported.DATABASE),
}


@pytest.mark.parametrize("name", READ)
def test_what_lector_reads_is_known_by_its_first_bytes(name: str) -> None:
    content, kind = READ[name]
    assert originals.identify(content()[: originals.HEAD_BYTES]) is kind


@pytest.mark.parametrize("name", NOT_READ)
def test_what_lector_does_not_read_is_named(name: str) -> None:
    content, kind = NOT_READ[name]
    assert originals.identify(content()[: originals.HEAD_BYTES]) is kind


@pytest.mark.parametrize(
    "content",
    [
        b"",
        bytes(4096),
        pdfs.not_a_pdf(),
        b"   \n",
        b"3 0 obj\n<< /Type /Page >>\nendobj\n",
        b"\xff",
    ],
    ids=["nothing", "zeros", "noise", "white space", "a PDF without its head", "one byte"],
)
def test_what_nobody_knows_is_left_to_whoever_opens_it(content: bytes) -> None:
    assert originals.identify(content) is None


def test_a_pdf_of_which_only_the_head_is_lost_is_not_called_a_text() -> None:
    headless = pdfs.text_pdf(["some words"]).partition(b"\n")[2].partition(b"\n")[2]
    assert not isinstance(originals.identify(headless), Unsupported)


def test_a_refusal_says_what_a_file_is_and_what_to_do() -> None:
    sentence = unsupported.WORD.sentence("letter.docx")
    assert sentence == "letter.docx is a Word document, which Lector does not read: save it as PDF"


@pytest.mark.parametrize("name", [*READ, *NOT_READ])
def test_a_beginning_of_any_length_can_be_looked_at(name: str) -> None:
    content = {**READ, **NOT_READ}[name][0]()
    for length in range(300):
        originals.identify(content[:length])


@pytest.mark.parametrize("text", ["MZ and others", "ID3 tags", "OTTO", "P1 is first", "BMW"])
def test_a_text_is_not_taken_for_what_its_first_letters_mark(text: str) -> None:
    assert originals.identify(text.encode()) is unsupported.TEXT


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.pdf", "a.txt"),
        ("a.PDF", "a.txt"),
        ("scan.jpeg", "scan.txt"),
        ("fax.TIF", "fax.txt"),
        ("v1.2", "v1.2.txt"),
        ("unnamed", "unnamed.txt"),
        ("a.b.heic", "a.b.txt"),
        (".pdf", ".txt"),
    ],
)
def test_a_text_is_named_after_its_original(name: str, text: str) -> None:
    assert originals.renamed(name, "txt") == text
