"""Pages that carry text, of which is known what a person sees: right, hidden, enciphered, mixed."""

import io
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import Any

import pymupdf
from PIL import Image, ImageDraw

A4 = pymupdf.Rect(0, 0, 595, 842)
LEFT, TOP, RIGHT = 56, 72, 539

PROSE = {
    "en": (
        "The ferry leaves the northern pier at dawn and comes back with the evening "
        "tide. Nobody in the village could remember who had planted the row of "
        "chestnut trees along the canal. Rain had washed the chalk from the wall, but "
        "the tally was still in the ledger of the harbour office."
    ),
    "de": (
        "Die Fähre verlässt den nördlichen Anleger bei Tagesanbruch und kehrt mit der "
        "Flut am Abend zurück. Im ganzen Dorf wusste niemand mehr, wer die Kastanien "
        "am Kanal gepflanzt hatte. Der Regen hatte die Kreide von der Mauer "
        "gewaschen, doch stand die Rechnung noch im Buch."
    ),
    "fr": (
        "Le bac quitte la jetée du nord à l'aube et revient avec la marée du soir. "
        "Personne au village ne se rappelait qui avait planté la rangée de "
        "marronniers le long du canal. La pluie avait lavé la craie du mur, mais le "
        "compte se trouvait encore dans le registre du port."
    ),
    "es": (
        "El transbordador sale del muelle norte al amanecer y regresa con la marea de "
        "la tarde. Nadie en el pueblo recordaba quién había plantado la hilera de "
        "castaños junto al canal. La lluvia había borrado la tiza de la pared, pero "
        "la cuenta seguía en el libro de la oficina."
    ),
    "it": (
        "Il traghetto lascia il molo settentrionale all'alba e torna con la marea "
        "della sera. Nessuno nel paese ricordava chi avesse piantato il filare di "
        "castagni lungo il canale. La pioggia aveva lavato il gesso dal muro, ma il "
        "conto era ancora nel registro del porto."
    ),
    "pt": (
        "A barca deixa o cais do norte ao amanhecer e volta com a maré da tarde. "
        "Ninguém na aldeia se lembrava de quem tinha plantado a fileira de "
        "castanheiros ao longo do canal. A chuva lavara o giz da parede, mas a conta "
        "ainda estava no livro da capitania."
    ),
    "nl": (
        "De veerpont verlaat de noordelijke pier bij zonsopgang en keert terug met "
        "het avondtij. In het dorp wist niemand meer wie de rij kastanjebomen langs "
        "het kanaal had geplant. De regen had het krijt van de muur gespoeld, maar de "
        "rekening stond nog in het boek van het havenkantoor."
    ),
    "sv": (
        "Färjan lämnar den norra piren i gryningen och återvänder med kvällens "
        "tidvatten. Ingen i byn mindes vem som hade planterat raden av kastanjer "
        "längs kanalen. Regnet hade tvättat bort kritan från väggen, men räkningen "
        "stod kvar i hamnkontorets bok."
    ),
    "da": (
        "Færgen forlader den nordlige mole ved daggry og vender tilbage med aftenens "
        "tidevand. Ingen i landsbyen kunne huske, hvem der havde plantet rækken af "
        "kastanjer langs kanalen. Regnen havde vasket kridtet af muren, men "
        "regnskabet stod endnu i havnekontorets bog."
    ),
    "fi": (
        "Lautta lähtee pohjoiselta laiturilta aamunkoitteessa ja palaa illan "
        "nousuveden mukana. Kukaan kylässä ei muistanut, kuka oli istuttanut "
        "kastanjarivin kanavan varrelle. Sade oli huuhtonut liidun seinästä, mutta "
        "lasku oli yhä satamakonttorin kirjassa."
    ),
}
CYRILLIC = (
    "Паром покидает северный причал на рассвете и возвращается с вечерним приливом. "
    "Никто в деревне не помнил, кто посадил ряд каштанов вдоль канала. Дождь смыл мел "
    "со стены, но счёт остался в книге портовой конторы, где его прочёл внимательный "
    "чиновник."
)
GREEK = (
    "Το πλοίο φεύγει από την βόρεια προβλήτα την αυγή και επιστρέφει το βράδυ. Κανείς "
    "στο χωριό δεν θυμόταν ποιος είχε φυτέψει τις καστανιές κατά μήκος του καναλιού. "
    "Η βροχή είχε ξεπλύνει τον τοίχο αλλά ο λογαριασμός ήταν ακόμη στο βιβλίο του "
    "λιμανιού."
)
HEBREW = (
    "המעבורת יוצאת מן הרציף הצפוני עם שחר וחוזרת עם הגאות בערב. איש בכפר לא זכר מי "
    "נטע את שורת העצים לאורך התעלה. הגשם שטף את הגיר מן הקיר אבל החשבון נשאר בספר של "
    "משרד הנמל"
)

Draw = Callable[[pymupdf.Page], object]


def page(draw: Draw, size: pymupdf.Rect = A4) -> pymupdf.Page:
    """A page on which something was drawn, as it comes out of a file; it keeps its document."""
    with pymupdf.open() as document:
        draw(document.new_page(width=size.width, height=size.height))
        content = document.tobytes()
    return pymupdf.open("pdf", content)[0]


def wrap(text: str, width: float, size: float = 11, font: str = "helv") -> list[str]:
    """A text in lines that are no wider than so many points."""
    lines: list[str] = []
    measure = pymupdf.Font(font)
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and measure.text_length(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def write(
    page: pymupdf.Page,
    lines: Sequence[str],
    x: float = LEFT,
    y: float = TOP,
    size: float = 11,
    leading: float = 1.35,
    **how: Any,
) -> float:
    """Write lines below each other; the baseline of the one that would follow."""
    for line in lines:
        page.insert_text((x, y), line, fontsize=size, **how)
        y += size * leading
    return y


def prose_page(language: str, size: float = 11, font: str = "helv") -> pymupdf.Page:
    """A page with two paragraphs."""
    lines = wrap(PROSE[language], RIGHT - LEFT, size, font)

    def draw(page: pymupdf.Page) -> None:
        y = write(page, lines, size=size, fontname=font)
        write(page, lines, y=y + size, size=size, fontname=font)

    return page(draw)


def named_wrongly(
    text: str, shown: Mapping[str, str] | None = None, beside: Sequence[str] = ()
) -> pymupdf.Page:
    """A page whose font has letters, and says that they are others: those of `text`.

    `shown` are the letters that are drawn for them. `beside` are lines in a font that says true.
    """
    codes = {char: code for code, char in enumerate(dict.fromkeys(text.replace(" ", "")), 33)}
    shown = shown or {}

    def draw(page: pymupdf.Page) -> None:
        write(page, [" "], fontname="cour")
        y = write(page, beside, y=TOP + 200, fontname="helv")
        coded = ["".join(chr(codes[c]) if c != " " else " " for c in line) for line in _lines(text)]
        write(page, coded, y=y + 40, fontname="cour")
        document = page.parent
        font = next(found[0] for found in page.get_fonts() if found[3] == "Courier")
        cmap = document.get_new_xref()
        document.update_object(cmap, "<<>>")
        document.update_stream(cmap, _to_unicode({code: char for char, code in codes.items()}))
        document.xref_set_key(font, "ToUnicode", f"{cmap} 0 R")

    return page(draw)


def _lines(text: str) -> list[str]:
    """Lines as they are drawn: what is read from right to left has its last letter first."""
    lines = textwrap.wrap(text, 70, break_long_words=False, break_on_hyphens=False)
    is_hebrew = any("\u05d0" <= char <= "\u05ea" for char in text)
    return [line[::-1] for line in lines] if is_hebrew else lines


def _to_unicode(names: Mapping[int, str]) -> bytes:
    rows = [f"<{code:02x}> <{char.encode('utf-16-be').hex()}>" for code, char in names.items()]
    parts = [rows[at : at + 90] for at in range(0, len(rows), 90)]
    sections = [f"{len(part)} beginbfchar\n" + "\n".join(part) + "\nendbfchar" for part in parts]
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def\n"
        "1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfchar <20> <0020> endbfchar\n"
        + "\n".join(sections)
        + "\nendcmap end end"
    ).encode()


def substituted(text: str, alphabet: str, other: str) -> str:
    """A text with each letter of an alphabet replaced by that of another, in both cases."""
    table = str.maketrans(alphabet + alphabet.upper(), other + other.upper())
    return text.translate(table)


def shifted(text: str, by: int, alphabet: str = "abcdefghijklmnopqrstuvwxyz") -> str:
    """A text with each letter replaced by one that comes so much later in the alphabet."""
    return substituted(text, alphabet, alphabet[by:] + alphabet[:by])


def shuffled(text: str, seed: int, alphabet: str = "abcdefghijklmnopqrstuvwxyz") -> str:
    """A text with its letters exchanged for one another."""
    letters = list(alphabet)
    Random(seed).shuffle(letters)
    return substituted(text, alphabet, "".join(letters))


def backwards(text: str) -> str:
    """A text with each of its words from its end to its beginning."""
    return " ".join(word[::-1] for word in text.split())


def photograph(seed: int = 1, size: tuple[int, int] = (120, 90)) -> bytes:
    """A picture with something in it, as a JPEG."""
    random = Random(seed)
    image = Image.new("RGB", size, (180, 190, 200))
    pen = ImageDraw.Draw(image)
    for _ in range(40):
        x, y = random.randrange(size[0]), random.randrange(size[1])
        colour = tuple(random.randrange(256) for _ in range(3))
        pen.ellipse((x, y, x + 20, y + 14), fill=colour)
    jpeg = io.BytesIO()
    image.save(jpeg, "JPEG")
    return jpeg.getvalue()


def surface(colour: tuple[int, int, int] = (240, 244, 250)) -> bytes:
    """A picture of one colour, as a PNG."""
    png = io.BytesIO()
    Image.new("RGB", (40, 40), colour).save(png, "PNG")
    return png.getvalue()


def grid(
    page: pymupdf.Page,
    rows: Sequence[Sequence[str]],
    x: float = LEFT,
    y: float = 200,
    width: float = 110,
    height: float = 24,
) -> None:
    """A table with ruling lines."""
    columns = len(rows[0])
    for r in range(len(rows) + 1):
        page.draw_line((x, y + r * height), (x + columns * width, y + r * height), width=0.7)
    for c in range(columns + 1):
        page.draw_line((x + c * width, y), (x + c * width, y + len(rows) * height), width=0.7)
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            for n, line in enumerate(cell.split("\n")):
                page.insert_text(
                    (x + c * width + 5, y + r * height + 15 + 11 * n), line, fontsize=9
                )


def figures(seed: int, rows: int, columns: int) -> list[list[str]]:
    """The cells of a table: a head, names, numbers."""
    random = Random(seed)
    names = ["Harbour", "Mason Pier", "Alder Quay", "Old Basin", "Tower", "Canal", "Mill", "Gate"]
    head = ["Place", *(f"Year {2000 + n}" for n in range(columns - 1))]
    body = [
        [names[(r + seed) % 8], *(str(random.randrange(10, 9999)) for _ in range(columns - 1))]
        for r in range(rows - 1)
    ]
    return [head, *body]


def outlines(count: int, x: float = LEFT, y: float = 300) -> Iterator[pymupdf.Rect]:
    """The places of shapes of many sizes side by side, as outlines of letters have."""
    random = Random(count)
    at = x
    for _ in range(count):
        width, height = random.uniform(3, 8), random.choice((5.2, 7.4, 7.4, 5.2, 9.1))
        if at + width > RIGHT:
            at, y = x, y + 15
        yield pymupdf.Rect(at, y - height, at + width, y)
        at += width + random.choice((0.8, 0.8, 0.9, 3.5))


def lines_of_outlines(page: pymupdf.Page, count: int, y: float = 300) -> None:
    """Lines of shapes that look like letters, each line drawn in one go."""
    for line in range(count):
        shape = page.new_shape()
        top = y + 18 * line
        for box in outlines(60 + line, y=top):
            if box.y1 == top:
                shape.draw_rect(box)
        shape.finish(fill=(0, 0, 0), color=None)
        shape.commit()


def type_3(page: pymupdf.Page, lines: Sequence[str], unit: float) -> None:
    """Lines of small letters in a font whose letters are drawings, in units of so many points."""
    document, letters = page.parent, "abcdefghijklmnopqrstuvwxyz"
    page.insert_text((50, 50), " ")

    def added(content: str, stream: bytes | None = None) -> str:
        xref = document.get_new_xref()
        document.update_object(xref, content)
        if stream is not None:
            document.update_stream(xref, stream)
        return f"{xref} 0 R"

    em = 1 / unit
    drawing = f"{0.6 * em} 0 d0 {0.05 * em} 0 {0.4 * em} {0.7 * em} re f".encode()
    procedures = " ".join(f"/{char} {added('<<>>', drawing)}" for char in letters)
    space = added("<<>>", f"{0.6 * em} 0 d0".encode())
    names = added("<<>>", _to_unicode({ord(char): char for char in letters}))
    font = added(
        f"<</Type/Font/Subtype/Type3/FontBBox[0 0 {em} {em}]/FontMatrix[{unit} 0 0 {unit} 0 0]"
        f"/CharProcs<<{procedures}/space {space}>>/FirstChar 0/LastChar 122/ToUnicode {names}"
        f"/Encoding<</Differences[32/space 97{''.join('/' + char for char in letters)}]>>"
        f"/Widths[{' '.join([str(0.6 * em)] * 123)}]>>"
    )
    document.xref_set_key(page.xref, "Resources", f"<</Font<</T3 {font}>>>>")
    content = "BT /T3 11 Tf 50 780 Td " + " ".join(f"({line}) Tj 0 -16 Td" for line in lines)
    xref = page.get_contents()[0]
    document.update_stream(xref, f"{content} ET".encode())
    page.set_contents(xref)
