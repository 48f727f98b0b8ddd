"""PDFs with something beside their pages, and page trees that do not tell the truth."""

import re

import pymupdf

from tests.support.damaged_pdfs import content
from tests.support.pdfs import assembled, sentinel, stream

_HELVETICA = b"<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"


def counted(pages: int, count: bytes | None, catalog: bytes = b"", page: bytes = b"") -> bytes:
    """A PDF of so many pages, whose page tree says something else; each page has its sentinel."""
    kids = b" ".join(b"%d 0 R" % (3 + 2 * n) for n in range(pages))
    claimed = b"" if count is None else b"/Count " + count
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalog,
        b"<< /Type /Pages /Kids [%s] %s >>" % (kids, claimed),
    ]
    for n in range(pages):
        words = b"BT /F1 24 Tf 40 200 Td (Page %s) Tj ET" % sentinel(n + 1).encode()
        objects += [_page(2, 4 + 2 * n, page), stream(b"", words)]
    return assembled(objects)


def misplaced(pdf: bytes) -> bytes:
    """A PDF whose table of objects is not where it says: it is repaired when it is opened."""
    return pdf.replace(b"startxref\n", b"startxref\n9")


def layered(defaults: bytes) -> bytes:
    """A PDF with layers in French and in German, and what is said of them by default."""
    groups = [b"<< /Type /OCG /Name (%s) >>" % name for name in (b"French", b"German")]
    catalog = b"/OCProperties << /OCGs [%s] /D << %s >> >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R %s >>" % (catalog % (b"5 0 R 6 0 R", defaults)),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        _page(2, 4),
        stream(b"", content()),
        *groups,
    ]
    return assembled(objects)


def sealed(handler: bytes) -> bytes:
    """A PDF that is encrypted by somebody else's means."""
    with pymupdf.open(stream=counted(1, b"1"), filetype="pdf") as document:
        known = document.tobytes(encryption=pymupdf.mupdf.PDF_ENCRYPT_AES_128, owner_pw="owner")
    return re.sub(rb"/Filter\s*/Standard", handler, bytes(known))


def nested(count: bytes) -> bytes:
    """A page tree of two branches with two pages each."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R 4 0 R] /Count %s >>" % count,
        b"<< /Type /Pages /Parent 2 0 R /Kids [5 0 R 6 0 R] /Count 2 >>",
        b"<< /Type /Pages /Parent 2 0 R /Kids [7 0 R 8 0 R] /Count 2 >>",
    ]
    objects += [_page(parent, 9) for parent in (3, 3, 4, 4)]
    return assembled([*objects, stream(b"", content())])


def _page(parent: int, contents: int, extra: bytes = b"") -> bytes:
    about = b"/MediaBox [0 0 400 300] /Resources " + _HELVETICA
    head = b"<< /Type /Page /Parent %d 0 R /Contents %d 0 R %s %s >>"
    return head % (parent, contents, about, extra)


def endless_tree() -> bytes:
    """A page tree that hangs in itself."""
    return assembled(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 9 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 300] /Contents 4 0 R >>",
            stream(b"", b""),
        ]
    )


def attached(names: list[str]) -> bytes:
    """A PDF that other files of these names are attached to."""
    with pymupdf.open(stream=counted(1, b"1"), filetype="pdf") as document:
        for number, name in enumerate(names):
            document.embfile_add(str(number), b"data", filename=name, ufilename=name)
        return bytes(document.tobytes())


def pinned(name: str) -> bytes:
    """A PDF with a file pinned to its page."""
    with pymupdf.open(stream=counted(1, b"1"), filetype="pdf") as document:
        document[0].add_file_annot((50, 50), b"data", name, ufilename=name)
        return bytes(document.tobytes())
