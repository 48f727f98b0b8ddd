"""Makes the sample PDFs, byte for byte the same every time: python tests/samples/make.py.

letter.pdf  one page of correspondence
report.pdf  three pages: two columns, a table, and a chart on a page that lies on its side
notice.pdf  a notice as it comes from a scanner: an image, crooked and grainy, with no text in it

examples/invoices holds three invoices: an English and a Spanish one, and one from a scanner.
"""

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pymupdf
from PIL import Image

HERE = Path(__file__).parent
_A4 = (595, 842)
_A5 = (420, 595)
_INK = (0.13, 0.15, 0.18)
_ACCENT = (0.10, 0.30, 0.42)
_PALE = (0.91, 0.94, 0.95)
_RULE = (0.62, 0.68, 0.71)
_LEFT, _CENTRE, _RIGHT, _JUSTIFIED = range(4)


class Sheet:
    """A page to write on; coordinates are points from the upper left, as the reader sees it."""

    def __init__(self, page: pymupdf.Page) -> None:
        self.page = page

    def text(
        self,
        place: tuple[float, float, float],
        words: str,
        size: float = 10.5,
        font: str = "tiro",
        align: int = _LEFT,
        color: tuple[float, float, float] = _INK,
    ) -> float:
        """Write from a left and upper to a right edge; where the text ends."""
        bottom = self.page.rect.height
        room = self.page.insert_textbox(
            pymupdf.Rect(*place, bottom) * self.page.derotation_matrix,
            words,
            fontsize=size,
            fontname=font,
            align=align,
            color=color,
            lineheight=1.36,
            rotate=self.page.rotation,
        )
        if room < 0:
            raise ValueError(f"does not fit: {words[:40]!r}")
        return float(bottom - room)

    def line(self, x: float, y: float, to: float, width: float = 0.7) -> None:
        """A rule from left to right."""
        start, end = (pymupdf.Point(at, y) * self.page.derotation_matrix for at in (x, to))
        self.page.draw_line(start, end, color=_RULE, width=width)

    def block(self, box: tuple[float, float, float, float], color: tuple[float, ...]) -> None:
        """A filled rectangle."""
        self.page.draw_rect(pymupdf.Rect(box) * self.page.derotation_matrix, color=None, fill=color)

    def table(self, left: float, top: float, widths: Sequence[float], rows: Sequence[str]) -> float:
        """Rows of cells, split at bars, the first being the head; where the table ends."""
        right, height = left + sum(widths), 24
        self.block((left, top, right, top + height), _PALE)
        for number, row in enumerate(rows):
            y, x = top + number * height, left
            for cell, width in zip(row.split("|"), widths, strict=True):
                font = "hebo" if number in (0, len(rows) - 1) else "helv"
                self.page.draw_rect((x, y, x + width, y + height), color=_INK, width=0.6)
                self.text((x + 7, y + 3, x + width - 7), cell, size=12, font=font)
                x += width
        return top + len(rows) * height


def letter() -> bytes:
    """A bookbinder writes to a parish."""
    with pymupdf.open() as document:
        sheet = Sheet(document.new_page(width=_A4[0], height=_A4[1]))
        sheet.text((64, 54, 531), "Marlow & Finch", 24, "tibo", color=_ACCENT)
        trade = "Bookbinders and restorers of paper, 14 Tanner Row, Elmbridge"
        sheet.text((64, 86, 531), trade, 11, "tiit")
        sheet.line(64, 112, 531, 1.2)
        to = "The Reverend Agnes Holloway\nSt Bride's Vicarage\nUpper Elmbridge"
        sheet.text((64, 144, 331), to)
        sheet.text((331, 144, 531), "3 March 2025", align=_RIGHT)
        sheet.text((64, 226, 531), "The parish register, volume seven", 12, "tibo")
        end = 256.0
        for paragraph in _LETTER:
            end = sheet.text((64, end, 531), paragraph, 11, align=_JUSTIFIED) + 9
        sheet.text((64, end + 6, 331), "Yours sincerely,", 11)
        sheet.text((64, end + 34, 331), "Josephine Finch", 17, "tiit", color=_ACCENT)
        sheet.text((64, end + 64, 331), "Josephine Finch, master binder", 11)
        sheet.line(64, 776, 531)
        foot = "Marlow & Finch. Workshop hours: Tuesday to Saturday, nine to five."
        sheet.text((64, 782, 531), foot, 8.5, align=_CENTRE)
        return _saved(document, "Letter about the parish register")


def report() -> bytes:
    """What a survey of harbour lamps found."""
    with pymupdf.open() as document:
        first = Sheet(document.new_page(width=_A4[0], height=_A4[1]))
        first.block((0, 0, _A4[0], 88), _ACCENT)
        first.text((56, 30, 539), "The Harbour Lamps", 27, "hebo", color=(1, 1, 1))
        subtitle = "Report of the survey of quay lighting, winter season"
        first.text((56, 104, 539), subtitle, 13, "hebo", color=_ACCENT)
        first.text((56, 134, 539), _SUMMARY, 11.5, "tiit", align=_JUSTIFIED)
        first.line(56, 206, 539)
        _columns(first, 222, _REPORT[:4], _REPORT[4:7])
        _foot(first, 1)

        second = Sheet(document.new_page(width=_A4[0], height=_A4[1]))
        second.text((56, 50, 539), "Findings, quay by quay", 16, "hebo", color=_ACCENT)
        end = second.table(56, 82, (183, 100, 100, 100), _QUAYS)
        caption = "Table 1. Lamps on each quay, and how many of them were dark or dim."
        second.text((56, end + 4, 539), caption, 9, "tiit")
        second.line(56, end + 34, 539)
        _columns(second, end + 50, _REPORT[7:10], _REPORT[10:])
        _foot(second, 2)

        page = document.new_page(width=_A4[0], height=_A4[1])
        page.set_rotation(90)
        third = Sheet(page)
        third.text((56, 44, 786), "Hours of light in each month", 16, "hebo", color=_ACCENT)
        _chart(third)
        third.text((96, 464, 746), _CHART_NOTE, 12, align=_JUSTIFIED)
        _foot(third, 3)
        return _saved(document, "The Harbour Lamps")


def notice() -> bytes:
    """A notice that was printed, pinned to a board, and scanned."""
    with pymupdf.open() as printed, pymupdf.open() as document:
        sheet = Sheet(printed.new_page(width=_A5[0], height=_A5[1]))
        sheet.page.draw_rect((26, 28, 394, 567), color=_INK, width=1.6)
        sheet.text((40, 50, 380), "NOTICE", 30, "tibo", align=_CENTRE)
        sheet.text((40, 96, 380), "to all passengers of the river ferry", 14, "tiro", _CENTRE)
        sheet.line(120, 126, 300, 1.2)
        end = 136.0
        for paragraph in _NOTICE:
            end = sheet.text((52, end, 368), paragraph, 14) + 10
        for fare in _FARES:
            end = sheet.text((52, end, 368), fare, 14)
        sheet.text((52, 502, 368), "Ferry Office, Elmbridge", 12, "tibo", _RIGHT)
        sheet.text((52, 522, 368), "Rowan Ashdown, ferry master", 12, "tiit", _RIGHT)
        page = document.new_page(width=_A5[0], height=_A5[1])
        page.insert_image(page.rect, stream=_as_scanned(sheet.page))
        return _saved(document, "")


def invoice(lines: Sequence[str], rows: Sequence[str], *, scanned: bool = False) -> bytes:
    """Who wrote it, its name and what else stands above its table."""
    with pymupdf.open() as document:
        sheet = Sheet(document.new_page(width=_A4[0], height=_A4[1]))
        sheet.text((64, 54, 531), lines[0], 20, "tibo", color=_ACCENT)
        sheet.text((64, 82, 531), lines[1], 11, "tiit")
        sheet.line(64, 108, 531, 1.2)
        end = 132.0
        for line in lines[2:]:
            end = sheet.text((64, end, 531), line, 13, "helv") + 6
        sheet.table(64, end + 24, (317, 150), rows)
        if not scanned:
            return _saved(document, lines[2])
        with pymupdf.open() as scan:
            page = scan.new_page(width=_A4[0], height=_A4[1])
            page.insert_image(page.rect, stream=_as_scanned(sheet.page))
            return _saved(scan, "")


SAMPLES: dict[str, Callable[[], bytes]] = {
    "letter.pdf": letter,
    "report.pdf": report,
    "notice.pdf": notice,
}
INVOICES: dict[str, Callable[[], bytes]] = {
    "binder.pdf": lambda: invoice(_BINDER, _BINDER_ROWS),
    "imprenta.pdf": lambda: invoice(_IMPRENTA, _IMPRENTA_ROWS),
    "lamps-scanned.pdf": lambda: invoice(_LAMPS, _LAMPS_ROWS, scanned=True),
}


def _columns(sheet: Sheet, top: float, left: Sequence[str], right: Sequence[str]) -> None:
    for start, paragraphs in ((56, left), (309, right)):
        end = top
        for paragraph in paragraphs:
            heading = not paragraph.endswith(".")
            font, align = ("hebo", _LEFT) if heading else ("tiro", _JUSTIFIED)
            size = 14 if heading else 13
            end = sheet.text((start, end, start + 230), paragraph, size, font, align) + 9


def _chart(sheet: Sheet) -> None:
    base, scale, width = 410, 0.74, 730 / len(_HOURS)
    for number, (month, hours) in enumerate(_HOURS):
        left = 56 + number * width
        sheet.block((left + 12, base - hours * scale, left + width - 12, base), _ACCENT)
        label = f"{month}\n{hours} hours"
        sheet.text((left, base + 4, left + width), label, 12, "helv", _CENTRE)
    sheet.line(56, base, 786, 1.2)


def _foot(sheet: Sheet, number: int) -> None:
    width, height = sheet.page.rect.width, sheet.page.rect.height
    sheet.line(56, height - 46, width - 56)
    words = f"Elmbridge Harbour Board, page {number} of 3"
    sheet.text((56, height - 42, width - 56), words, 8.5, "helv", _CENTRE)


def _as_scanned(page: pymupdf.Page) -> bytes:
    """The page as a JPEG: grey paper, grain, and not quite straight."""
    pixmap = page.get_pixmap(dpi=150, colorspace=pymupdf.csGRAY)
    image = Image.frombytes("L", (pixmap.width, pixmap.height), pixmap.samples)
    image = image.rotate(-0.7, Image.Resampling.BICUBIC, fillcolor=255)
    grain = Random(7).randbytes(image.width * image.height)
    image = Image.blend(image, Image.frombytes("L", image.size, grain), 0.10)
    jpeg = io.BytesIO()
    image.save(jpeg, "JPEG", quality=62)
    return jpeg.getvalue()


def _saved(document: pymupdf.Document, title: str) -> bytes:
    document.set_metadata({"title": title, "producer": "Lector's tests/samples/make.py"})
    content: bytes = document.tobytes(garbage=3, deflate=True, no_new_id=True)
    return content


def _paragraphs(text: str) -> list[str]:
    return [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]


_LETTER = _paragraphs("""
Dear Mrs Holloway,

Thank you for bringing us the register of St Bride's last week. We have looked at every leaf of
it, and the news is better than either of us feared. Of its 212 leaves only nine are torn, and
the ink has eaten through the paper on no more than three.

The old sewing has given way along the whole spine, however, and the boards hang by a thread. We
propose to take the book apart, wash the leaves that are stained, mend the tears with Japanese
tissue and sew the whole afresh on linen tapes. The original boards can be kept. For the spine
we would use calf of a matching brown, so that the repair does not hide itself but does not
shout either.

The work would take eleven weeks and cost 860 pounds, of which we ask a third in advance. If you
would like us to make photographs of the leaves while they lie loose, that can be done for a
further 95 pounds; many parishes find that the book is asked for far less often once the
pictures are at hand.

Please let us know before the end of the month whether we may begin. Until then the register
rests in our fireproof cupboard, wrapped and insured, and you are welcome to visit it.
""")

[_SUMMARY] = _paragraphs("""
Between October and March the Harbour Board had every lamp on its four quays inspected on three
nights of each month. This report tells what was found, what it costs, and what the Board is
asked to decide before the summer.
""")

_REPORT = _paragraphs("""
Why we looked

In September a crew of five missed the steps of Alder Quay in the dark. Nobody was hurt, but the
harbour master noted that three lamps in a row had been out, and that no one could say for how
long.

The Board keeps a list of its lamps. It had last been compared with the lamps themselves eleven
years ago. On our first night we found seven lamps that were on no list, and four names on the
list where no lamp had ever stood.

A list that nobody walks along is not a list but a memory. We therefore began by making a new
one, with a number on every post.

How we looked

Two people walked each quay, one with a meter and one with a pencil. A lamp was called dark when
it gave no light, and dim when it gave less than half of what it gave when new.

Every lamp was seen eighteen times in all. Where the two walkers did not agree, a third went out
the next night, and was not told what the others had written.

What we found

Of 130 lamps, 15 were dark on at least one night and a further 22 were dim. Mason Pier was the
worst by far, for its cable runs under the slipway, where the tide reaches it.

Dim lamps were seldom broken. In nineteen cases out of twenty-two the glass was simply dirty,
and a cloth was enough.

What we ask

That the cable of Mason Pier be laid anew above the line of the spring tide, at a cost of 4,200
pounds.

That every glass be wiped in the first week of October and of January, and that whoever wipes it
signs the list. It would cost two mornings of one person's work.
""")

_QUAYS = (
    "Quay|Lamps|Dark|Dim",
    "Alder Quay|34|3|5",
    "Mason Pier|28|9|8",
    "Old Basin|45|2|6",
    "Customs Steps|23|1|3",
    "All quays|130|15|22",
)

_HOURS = (
    ("October", 312),
    ("November", 348),
    ("December", 401),
    ("January", 388),
    ("February", 327),
    ("March", 290),
)

[_CHART_NOTE] = _paragraphs("""
Figure 1. Hours in which the lamps were lit. December asks for the most light and gets it, but
it is also the month in which most lamps fail: the longer a lamp burns, the sooner its glass
darkens. Wiping the glass in the first week of January would meet the need where it is greatest.
""")

_NOTICE = _paragraphs("""
From Monday 12 May until further notice the ferry will not call at Willow Landing, because the
stage there is being rebuilt.

Boats leave Elmbridge every twenty minutes between six in the morning and ten at night. Bicycles
travel free of charge. Dogs are welcome and pay nothing, but must not steer.
""")

_FARES = (
    "Single crossing, 1.80",
    "Return on the same day, 3.00",
    "Ten crossings, 14.50",
    "Children under twelve travel free",
)

_BINDER: Sequence[str] = (
    "Marlow & Finch",
    "Bookbinders and restorers of paper, 14 Tanner Row, Elmbridge",
    "Invoice no. 2025-0147",
    "Date: 2 June 2025",
    "To: St Bride's Vicarage, Upper Elmbridge",
)
_BINDER_ROWS: Sequence[str] = (
    "Work|GBP",
    "Register, volume seven, sewn and bound anew|860.00",
    "Photographs of the loose leaves|95.00",
    "Calf, linen tape and Japanese tissue|129.50",
    "Net|1,084.50",
    "VAT 20 %|216.90",
    "Total to pay|1,301.40",
)
_IMPRENTA: Sequence[str] = (
    "Imprenta Los Olmos, S. L.",
    "Calle del Puerto 9, Villaclara",
    "Factura n.º F/2025/88",
    "Fecha: 30 de mayo de 2025",
    "Cliente: Junta del Puerto de Elmbridge",
)
_IMPRENTA_ROWS: Sequence[str] = (
    "Concepto|EUR",
    "Informe de las farolas, 400 ejemplares|1.960,00",
    "Carteles para los muelles, 12|54,00",
    "Base imponible|2.014,00",
    "IVA 21 %|422,94",
    "Total a pagar|2.436,94",
)
_LAMPS: Sequence[str] = (
    "Rowan Ashdown",
    "Lamps and ship's glass, Customs Steps, Elmbridge",
    "Invoice number 5531",
    "Date: 4 January 2025",
    "To: Elmbridge Harbour Board",
)
_LAMPS_ROWS: Sequence[str] = (
    "Work|GBP",
    "Glass wiped, 130 lamps|310.00",
    "Lamps replaced, 15|487.50",
    "Net|797.50",
    "VAT 20 %|159.50",
    "Total|957.00",
)


if __name__ == "__main__":
    invoices = HERE.parents[1] / "examples" / "invoices"
    for name, make in INVOICES.items():
        (invoices / name).write_bytes(make())
    for name, make in SAMPLES.items():
        (HERE / name).write_bytes(make())
