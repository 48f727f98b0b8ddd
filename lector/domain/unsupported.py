"""Files that Lector does not read: what each is by its first bytes, and what a person can do."""

import codecs
import re
from dataclasses import dataclass

_AS_PDF = "save it as PDF"
_AS_PICTURE = "save it as PNG or JPEG"
_UNPACK = "unpack it, and upload what is in it"
_NO_PAGES = "Lector reads pages, and there are none in it"


@dataclass(frozen=True)
class Unsupported:
    """A kind of file that is refused: its words with an article, in the plural, and advice."""

    words: str
    plural: str
    advice: str

    @property
    def singular(self) -> str:
        """The words without their article."""
        return self.words.partition(" ")[2]

    def sentence(self, subject: str = "this") -> str:
        """Why a file is refused, and what to do."""
        return f"{subject} is {self.words}, which Lector does not read: {self.advice}"


def _kind(words: str, advice: str, plural: str | None = None) -> Unsupported:
    return Unsupported(words, plural or f"{words.partition(' ')[2]}s", advice)


WORD = _kind("a Word document", _AS_PDF)
EXCEL = _kind("an Excel workbook", _AS_PDF)
POWERPOINT = _kind("a PowerPoint presentation", _AS_PDF)
OFFICE = _kind("an Office document", _AS_PDF)
ODT = _kind("an OpenDocument text", _AS_PDF)
ODS = _kind("an OpenDocument spreadsheet", _AS_PDF)
ODP = _kind("an OpenDocument presentation", _AS_PDF)
ODF = _kind("an OpenDocument file", _AS_PDF)
IWORK = _kind("an iWork document (Pages, Numbers or Keynote)", _AS_PDF, "iWork documents")
EPUB = _kind("an e-book (EPUB)", _AS_PDF, "e-books (EPUB)")
KINDLE = _kind("an e-book (Kindle)", _AS_PDF, "e-books (Kindle)")
XPS = _kind("an XPS document", _AS_PDF)
ZIP = _kind("a ZIP archive", _UNPACK)
ARCHIVE = _kind("an archive or compressed file", _UNPACK, "archives or compressed files")
PROGRAM = _kind("a program", _NO_PAGES)
TEXT = _kind("a plain text file", "it is text already")
PDF_IN_BASE64 = _kind("a PDF in Base64", "decode it first", "PDFs in Base64")
HTML = _kind("a web page (HTML)", "print it to a PDF", "web pages (HTML)")
MAIL = _kind("an e-mail", "print it to a PDF, and upload what is attached by itself")
XML = _kind("an XML document", _AS_PDF)
RTF = _kind("an RTF document", _AS_PDF)
POSTSCRIPT = _kind("a PostScript document", "convert it to PDF")
PRINT_JOB = _kind("a print job (PCL or PJL)", "print it to a PDF", "print jobs (PCL or PJL)")
DJVU = _kind("a DjVu document", "convert it to PDF")
SVG = _kind("an SVG drawing", "save it as PDF or PNG")
VECTORS = _kind("a vector drawing (WMF or EMF)", "save it as PDF or PNG", "vector drawings")
PHOTOSHOP = _kind("a Photoshop image", _AS_PICTURE)
GIMP = _kind("a GIMP image", _AS_PICTURE)
JPEG_2000 = _kind("a JPEG 2000 image", _AS_PICTURE)
JPEG_XL = _kind("a JPEG XL image", _AS_PICTURE)
AVIF = _kind("an AVIF image", _AS_PICTURE)
ICON = _kind("an icon", _AS_PICTURE)
CAMERA_RAW = _kind("a camera's raw image", _AS_PICTURE)
DICOM = _kind("a DICOM image", _AS_PICTURE)
NETPBM = _kind("a Netpbm image", _AS_PICTURE)
OTHER_IMAGE = _kind("an image of a rare kind", _AS_PICTURE, "images of rare kinds")
VIDEO = _kind("a video", _NO_PAGES)
AUDIO = _kind("an audio recording", _NO_PAGES)
DATABASE = _kind("a database", _NO_PAGES)
FONT = _kind("a font", _NO_PAGES)

_MARKS = (
    # Where it stands, what it is.
    (0, b"{\\rtf", RTF),
    (0, b"\xc5\xd0\xd3\xc6", POSTSCRIPT),
    (0, b"\x04%!", POSTSCRIPT),
    (0, b"AT&TFORM", DJVU),
    (0, b"8BPS", PHOTOSHOP),
    (0, b"gimp xcf", GIMP),
    (0, b"\0\0\0\x0cjP  \r\n", JPEG_2000),
    (0, b"\xff\x4f\xff\x51", JPEG_2000),
    (0, b"\0\0\0\x0cJXL \r\n", JPEG_XL),
    (0, b"\xff\x0a", JPEG_XL),
    (0, b"\0\0\1\0", ICON),
    (0, b"\xd7\xcd\xc6\x9a", VECTORS),
    (0, b"\x97JB2\r\n\x1a\n", OTHER_IMAGE),
    (0, b"\x0a\x05\x01", OTHER_IMAGE),  # PCX
    (0, b"\x1f\x8b", ARCHIVE),
    (0, b"BZh", ARCHIVE),
    (0, b"\xfd7zXZ\0", ARCHIVE),
    (0, b"\x28\xb5\x2f\xfd", ARCHIVE),
    (0, b"7z\xbc\xaf\x27\x1c", ARCHIVE),
    (0, b"Rar!\x1a\x07", ARCHIVE),
    (0, b"MZ\x90\0", PROGRAM),
    (0, b"\x7fELF", PROGRAM),
    (0, b"\xca\xfe\xba\xbe", PROGRAM),
    (0, b"\xcf\xfa\xed\xfe", PROGRAM),
    (0, b"\xce\xfa\xed\xfe", PROGRAM),
    (0, b"\0asm", PROGRAM),
    (0, b"\x1a\x45\xdf\xa3", VIDEO),
    (0, b"\0\0\1\xba", VIDEO),
    (0, b"\0\0\1\xb3", VIDEO),
    (0, b"FLV\1", VIDEO),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", VIDEO),
    (0, b"ID3\2", AUDIO),
    (0, b"ID3\3", AUDIO),
    (0, b"ID3\4", AUDIO),
    (0, b"\xff\xfb", AUDIO),
    (0, b"\xff\xf3", AUDIO),
    (0, b"\xff\xf2", AUDIO),
    (0, b"fLaC", AUDIO),
    (0, b"OggS\0", AUDIO),
    (0, b"MThd\0", AUDIO),
    (0, b"#!AMR", AUDIO),
    (0, b"SQLite format 3\0", DATABASE),
    (0, b"\0\1\0\0Standard ", DATABASE),
    (0, b"OTTO\0", FONT),
    (0, b"\0\1\0\0\0", FONT),
    (0, b"wOFF", FONT),
    (0, b"wOF2", FONT),
    (4, b"moov", VIDEO),
    (4, b"mdat", VIDEO),
    (4, b"wide", VIDEO),
    (8, b"AIFF", AUDIO),
    (8, b"AIFC", AUDIO),
    (40, b" EMF", VECTORS),
    (60, b"BOOKMOBI", KINDLE),
    (128, b"DICM", DICOM),
    (257, b"ustar", ARCHIVE),
)
_RAW = re.compile(
    rb"(?:II\*\0.{4}CR\x02|IIRO|IIU\0|II\x1a\0.{4}HEAPCCDR|FUJIFILMCCD-RAW)", re.DOTALL
)
_PACKED = (
    (b"application/epub+zip", EPUB),
    (b"application/vnd.oasis.opendocument.text", ODT),
    (b"application/vnd.oasis.opendocument.spreadsheet", ODS),
    (b"application/vnd.oasis.opendocument.presentation", ODP),
    (b"application/vnd.oasis.opendocument", ODF),
    (b"META-INF/container.xml", EPUB),
    (b"word/", WORD),
    (b"xl/", EXCEL),
    (b"ppt/", POWERPOINT),
    (b"FixedDocSeq", XPS),
    (b"FixedDocumentSequence", XPS),
    (b"Index/Document.iwa", IWORK),
    (b"Index.zip", IWORK),
    (b"[Content_Types].xml", OFFICE),
    (b"docProps/", OFFICE),
    (b"META-INF/MANIFEST.MF", PROGRAM),
    (b"AndroidManifest.xml", PROGRAM),
)
_OLD_OFFICE = (
    ("WordDocument", WORD),
    ("Workbook", EXCEL),
    ("PowerPoint Document", POWERPOINT),
    ("__substg1.0_", MAIL),
)
_NETPBM = re.compile(rb"P[1-6]\s+(?:#[^\n]*\n\s*)*\d+\s+\d+\s|P7\nWIDTH")
_RIFF = {b"AVI ": VIDEO, b"WAVE": AUDIO}
_SOUND_BRANDS = {b"M4A ", b"M4B ", b"M4P "}
_ENTRY_OF_ZIP = b"PK\3\4"
_TEXT_MARKS = (
    ("%!", POSTSCRIPT),
    ("#!", PROGRAM),
    ("\x1b%-12345X", PRINT_JOB),
    ("\x1bE", PRINT_JOB),
)
_HTML = re.compile(
    r"<!doctype\s+html|<(?:html|head|body|title|meta|table|div|p)[\s>]", re.IGNORECASE
)
_SVG = re.compile(r"<(?:\w+:)?svg[\s>]", re.IGNORECASE)
_FIELDS = re.compile(r"(?:[\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*)+")
_FIELD_OF_MAIL = re.compile(
    r"^(Return-Path|(?:X-)?Received|Delivered-To|From|To|Cc|Subject|Date|MIME-Version|Message-ID"
    r"|Reply-To|Content-Type|DKIM-Signature|ARC-Seal|Authentication-Results):",
    re.IGNORECASE | re.MULTILINE,
)
_FEWEST_FIELDS = 3
_MAILBOX = re.compile(r"From [^\n]+\n>?[\w-]+:")
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x19\x1c-\x1f\x7f]")
_ASCII_SHARE = 0.15  # spaces alone make as much


def by_magic(head: bytes) -> Unsupported | None:
    """What is known by a mark in its first bytes."""
    if head.startswith((b"PK\3\4", b"PK\5\6", b"PK\7\b")):
        return _packed(head)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _old_office(head)
    if is_camera_raw(head):
        return CAMERA_RAW
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    brands = media_brands(head)
    if brands:
        return _by_boxes(brands)
    marks = (kind for at, mark, kind in _MARKS if head.startswith(mark, at))
    return next(marks, NETPBM if _NETPBM.match(head) else None)


def _by_boxes(brands: list[bytes]) -> Unsupported:
    """What an ISO media file is."""
    if b"avif" in brands or b"avis" in brands:
        return AVIF
    if brands[0] == b"crx ":
        return CAMERA_RAW
    return AUDIO if brands[0] in _SOUND_BRANDS else VIDEO


def is_camera_raw(head: bytes) -> bool:
    """Whether it is a raw image, which may look like a TIFF."""
    return _RAW.match(head) is not None


def media_brands(head: bytes) -> list[bytes]:
    """The brands in the first box of an ISO media file (ISO/IEC 14496-12), the major one first."""
    size = int.from_bytes(head[:4])
    if head[4:8] != b"ftyp" or size < 16:
        return []
    rest = head[16 : min(size, 256)]
    return [head[8:12], *(rest[at : at + 4] for at in range(0, len(rest) - 3, 4))]


def _packed(head: bytes) -> Unsupported:
    """What a ZIP holds shows in the names of its first entries; `mimetype` is not compressed."""
    starts = [mark.start() for mark in re.finditer(_ENTRY_OF_ZIP, head)]
    lengths = [int.from_bytes(head[at + 26 : at + 28], "little") for at in starts]
    found = [head[at + 30 : at + 30 + size] for at, size in zip(starts, lengths, strict=True)]
    names = b"\n".join([head[30:100], *found])
    return next((kind for mark, kind in _PACKED if mark in names), ZIP)


def _old_office(head: bytes) -> Unsupported:
    return next((kind for name, kind in _OLD_OFFICE if name.encode("utf-16-le") in head), OFFICE)


def by_text(head: bytes) -> Unsupported | None:
    """What is text, and which kind of it; None if it is none."""
    text = _decode(head)
    if text is None or not text.strip():
        return None
    start = text.lstrip("\ufeff \t\r\n\f")
    for mark, kind in _TEXT_MARKS:
        if start.startswith(mark):
            return kind
    if re.match(r"(?:data:application/pdf;base64,\s*)?JVBERi0", start):
        return PDF_IN_BASE64
    if start.startswith("<"):
        return SVG if _SVG.search(start) and not _HTML.match(start) else _markup(start)
    return _mail(start) or TEXT


def _mail(start: str) -> Unsupported | None:
    """An e-mail, or a web page that a browser saved as one: both begin with such fields."""
    if _MAILBOX.match(start):
        return MAIL
    fields = _FIELDS.match(start)
    if not fields:
        return None
    known = {name.lower() for name in _FIELD_OF_MAIL.findall(fields[0])}
    if len(known) < _FEWEST_FIELDS:
        return None
    return HTML if "\nSnapshot-Content-Location:" in fields[0] else MAIL


def _markup(start: str) -> Unsupported:
    if _HTML.search(start):
        return HTML
    return XML if start.startswith("<?xml") else TEXT


def _decode(head: bytes) -> str | None:
    """A text in UTF-8, UTF-16 or an encoding of one byte for each character; its end may be cut."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head[: len(head) // 2 * 2].decode("utf-16", errors="replace")
    if _CONTROLS.search(head):
        return None
    try:
        return codecs.getincrementaldecoder("utf-8-sig")().decode(head)
    except UnicodeDecodeError:
        ascii_share = sum(byte < 128 for byte in head) / len(head)
        return head.decode("latin-1") if ascii_share >= _ASCII_SHARE else None
