"""Answers of models that are stuck, and pages that repeat a good deal, made by functions."""

from collections.abc import Callable

HEAD = "Inventory of the lighthouse\n\nTaken on 9 June by the keeper.\n\n"
FOOT = "\n\nSigned: Ole Brandt, keeper.\n"

_VERSE = "The lamp goes round.\nThe sea goes by.\nThe keeper sleeps.\nThe gulls do not.\n"
_PARAGRAPH = (
    "The oil is kept in the lower room, in casks of forty litres, and is carried up by hand each"
    " evening before the light is lit. The wick is trimmed at midnight.\n\n"
)


def _lines(line: str, count: int, first: int = 1) -> str:
    return "".join(f"{line.format(number)}\n" for number in range(first, first + count))


LOOPS: dict[str, Callable[[], str]] = {
    "one line, at the end": lambda: HEAD + "A cask of oil, full.\n" * 60,
    "one line, in the middle": lambda: HEAD + "A cask of oil, full.\n" * 60 + FOOT + _PARAGRAPH,
    "one line, from the beginning": lambda: "A cask of oil, full.\n" * 200 + FOOT,
    "one line, a few times": lambda: HEAD + "A cask of oil, full of holes.\n" * 16,
    "one long line": lambda: HEAD + (_PARAGRAPH.strip() + "\n") * 12,
    "two lines": lambda: HEAD + "A cask of oil.\nA coil of rope.\n" * 40,
    "a verse": lambda: HEAD + _VERSE * 40,
    "a verse with numbers in it": lambda: HEAD + _lines("Shelf {} of the same room.", 7) * 40,
    "a verse with empty lines": lambda: HEAD + (_VERSE + "\n\n") * 40,
    "a paragraph": lambda: HEAD + _PARAGRAPH * 15,
    "two paragraphs": lambda: HEAD + (_PARAGRAPH + "The lamp is of brass.\n\n") * 15,
    "a whole page": lambda: (HEAD + _PARAGRAPH + _VERSE + _lines("Box {}: nails", 60)) * 6,
    "a word": lambda: HEAD + "oil " * 300,
    "a short sentence": lambda: HEAD + "The lamp is lit. " * 50,
    "a phrase, in the middle": lambda: HEAD + "and the lamp, " * 60 + FOOT,
    "a syllable": lambda: HEAD + "ha" * 300,
    "a letter": lambda: HEAD + "e" * 500,
    "a digit": lambda: HEAD + "0" * 4000,
    "a digit and a blank": lambda: HEAD + "0 " * 2000,
    "a dotted number": lambda: HEAD + "1." * 1500,
    "counted items": lambda: HEAD + _lines("Item {}", 400),
    "counted items in a line": lambda: HEAD + ", ".join(f"Item {n}" for n in range(1, 400)),
    "counted sentences": lambda: (
        HEAD + _lines("{}. The keeper shall see to it that the lamp is lit at dusk.", 60)
    ),
    "counted down": lambda: HEAD + "".join(f"Item {n}\n" for n in range(400, 0, -1)),
    "counted in tens": lambda: HEAD + "".join(f"Item {n}\n" for n in range(10, 4000, 10)),
    "numbers": lambda: " ".join(map(str, range(1, 1500))),
    "counted rows": lambda: (
        "| n | what | price |\n|---|---|---|\n" + _lines("| {0} | Thing {0} | {0}.00 |", 300)
    ),
    "the same row": lambda: HEAD + "| rope | 1 | good |\n" * 200,
    "empty rows": lambda: HEAD + "| | | | |\n" * 1200,
    "cells of one row": lambda: HEAD + "| " + "rope | " * 300,
    "list markers": lambda: HEAD + "- a lamp of brass\n" * 80,
    "a word in another script": lambda: HEAD + "灯台の光 " * 200,
    "few lines in any order": lambda: (
        HEAD
        + "".join(f"The {('lamp', 'rope', 'oil')[n * n % 7 % 3]} is here.\n" for n in range(400))
    ),
    "few lines in any order, numbered": lambda: (
        HEAD
        + "".join(
            f"{n}. The {('lamp', 'rope', 'oil')[n * n % 7 % 3]} is here.\n" for n in range(400)
        )
    ),
    "a list that names itself": lambda: HEAD + "Shelf, box, lid, key, " * 60,
    "a tag": lambda: HEAD + "<td>rope</td>" * 200,
    "leaders without end": lambda: HEAD + "Oil " + "." * 4000,
    "empty lines of HTML": lambda: HEAD + "<br>" * 1500,
    "blanks of HTML": lambda: HEAD + "&nbsp;" * 1000,
    "rows of HTML": lambda: (
        "<table>" + "<tr><td>rope</td><td>1</td><td>good</td></tr>" * 200 + "</table>"
    ),
    "counted rows of HTML": lambda: (
        "<table>"
        + "".join(f"<tr><td>{n}</td><td>rope</td><td>good</td></tr>" for n in range(300))
        + "</table>"
    ),
    "counted sections": lambda: "".join(
        f"{chapter}.{part} The keeper shall trim the wick of the lamp at midnight.\n"
        for chapter in range(1, 12)
        for part in range(1, 8)
    ),
    "a formula": lambda: HEAD + r"\frac{a}{b} + " * 80,
}


def _table(rows: int, columns: int, cell: str) -> str:
    head = "| " + " | ".join(f"c{number}" for number in range(columns)) + " |\n"
    row = "| " + " | ".join([cell] * columns) + " |\n"
    return head + "|---" * columns + "|\n" + row * rows


def _contents(leader: str) -> str:
    names = ["Oil", "Rope", "Lamp", "Gulls", "Storm", "Wreck", "Tide", "Fog", "Bell", "Stairs"]
    return "Contents\n\n" + "".join(
        f"{chapter} {names[chapter % 10]} {leader} {chapter * 7 + chapter % 3}\n"
        for chapter in range(1, 60)
    )


REPETITIVE_PAGES: dict[str, Callable[[], str]] = {
    "a sheet of labels": lambda: "Ole Brandt\nLighthouse Road 1\n8000 Hirtshals\n\n" * 24,
    "a sheet of many labels": lambda: "Ole Brandt\nLighthouse Road 1\n8000 Hirtshals\n\n" * 65,
    "labels with a heading": lambda: "Labels 38 x 21 mm\n" + "Property of Ole Brandt\n" * 60,
    "business cards": lambda: "OLE BRANDT\nKeeper\nLighthouse Road 1\nTel. 98 94 00 00\n\n" * 10,
    "tickets": lambda: "".join(f"Admit one\nNo. {n:04}\n\n" for n in range(1, 41)),
    "a table of zeros": lambda: _table(60, 12, "0"),
    "a wide table of zeros": lambda: _table(70, 20, "0"),
    "an empty table": lambda: _table(50, 8, " "),
    "a table of dashes": lambda: _table(60, 10, "–"),
    "a table of yes": lambda: _table(40, 6, "yes"),
    "a month of presence": lambda: "| Ole | " + "present | " * 31 + "\n| Ida | " + "away | " * 31,
    "contents with dots": lambda: _contents("." * 60),
    "contents with spaced dots": lambda: _contents(". " * 40),
    "contents of untitled chapters": lambda: "".join(
        f"Chapter {n} ........ {n * n % 41 + n * 6}\n" for n in range(1, 60)
    ),
    "an attendance list": lambda: HEAD + "Name: ____________ Signature: ____________\n" * 45,
    "a form of boxes": lambda: HEAD + "☐ yes ☐ no ☐ not known\n" * 50,
    "a form of blanks": lambda: HEAD + "Date:\nPlace:\nName:\n" * 20,
    "numbered blanks": lambda: HEAD + _lines("{}. ______________________", 80),
    "placeholder text": lambda: HEAD + "Lorem ipsum dolor sit amet, consectetur elit.\n" * 35,
    "a price list": lambda: "".join(
        f"{name} {size} 12,50\n"
        for name in ["rope", "oil", "wick", "lamp", "cask", "bell", "nail"]
        for size in ["small", "medium", "large"]
    ),
    "a list of seats": lambda: _lines("Seat {}", 80),
    "a numbered list": lambda: _lines("{}. A different thing each time", 25),
    "the numbers to a hundred": lambda: "\n".join(
        " ".join(str(row * 10 + column) for column in range(1, 11)) for row in range(10)
    ),
    "a multiplication table": lambda: "\n".join(
        "| " + " | ".join(str(row * column) for column in range(1, 13)) + " |"
        for row in range(1, 13)
    ),
    "inches in centimetres": lambda: "\n".join(f"| {n} | {n * 2.54:.2f} |" for n in range(1, 81)),
    "measurements": lambda: "\n".join(
        f"| {n} | {n * 7919 % 97}.{n * 31 % 10} | {n * 104729 % 89}.{n * 17 % 10} |"
        for n in range(1, 200)
    ),
    "a song": lambda: (
        "Row, row, row the boat\n" * 4 + "La la la la la la la la\n" * 6 + _VERSE + "La la la\n" * 8
    ),
    "a litany": lambda: "".join(
        f"Saint {name}, pray for us.\n"
        for name in ["Olaf", "Knud", "Ansgar", "Birgitta", "Clemens", "Erik"] * 6
    ),
    "lines to write out": lambda: "I must trim the wick at midnight.\n" * 40,
    "writing practice": lambda: "\n".join(f"{letter} " * 18 for letter in "aabbccddee"),
    "columns, one after the other": lambda: (
        HEAD + _lines("Cask {}", 40) + "paid\n" * 40 + "0.00\n" * 40 + "litres\n" * 40
    ),
    "a rule": lambda: "One\n" + "-" * 300 + "\nTwo\n" + "=" * 300 + "\nThree\n" + "* " * 60,
    "a security border": lambda: "ORIGINAL " * 20 + "\nShare No. 12\n" + "ORIGINAL " * 20,
    "a hex dump": lambda: "\n".join(f"{n * 16:08x}  00 00 00 00 00 00 00 00" for n in range(60)),
    "a calendar": lambda: "\n".join(
        f"{n} {['Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa', 'Su'][n % 7]}" for n in range(1, 32)
    ),
    "a gap in HTML": lambda: "Name<br><br><br>Place" + "<br>" * 60 + "Date" + "<br/>\n" * 60,
    "a gap of blanks": lambda: "Name" + "&nbsp;" * 80 + "Place" + "&nbsp; " * 60,
    "escaped blanks": lambda: "".join(
        f"{name}: " + "\\_" * 40 + "\n" for name in ["Name", "Place", "Date"] * 8
    ),
    "leaders of formulas": lambda: "Oil" + r"\ldots" * 40 + "12\nRope" + r"\dots " * 50 + "13",
    "an empty table of HTML": lambda: (
        "<table>" + "<tr><td></td><td></td><td></td></tr>" * 60 + "</table>"
    ),
    "equal rows of HTML": lambda: (
        "<table>" + "<tr><td>rope</td><td>0.00</td></tr>" * 60 + "</table>"
    ),
    "numbered rows of HTML": lambda: (
        "<table>"
        + "".join(f"<tr><td>{n}</td><td></td><td></td></tr>" for n in range(1, 61))
        + "</table>"
    ),
    "a year": lambda: "\n\n".join(
        f"{month}\nMo Tu We Th Fr Sa Su\n"
        + "\n".join(
            " ".join(str(day) for day in range(week, min(week + 7, 31))) for week in range(1, 31, 7)
        )
        for month in ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct"]
    ),
    "chapters and parts": lambda: "".join(
        f"{chapter}.{part} Of the {thing}\n"
        for chapter in range(1, 9)
        for part, thing in enumerate(["lamp", "oil", "rope", "bell"], 1)
    ),
    "serial numbers": lambda: "".join(f"SN {n * n * 7919 % 100_003}\n" for n in range(1, 300)),
    "small and large numbers": lambda: "".join(
        f"{n * 7919 % 997}E-{n * 31 % 300}\n" for n in range(1, 300)
    ),
    "lottery numbers": lambda: "".join(
        " ".join(str(n * week * 7919 % 49 + 1) for n in range(1, 7)) + "\n" for week in range(3, 90)
    ),
    "telephone numbers": lambda: "".join(
        f"Brandt, {letter}. 98 94 {n * 7919 % 90 + 10} {n * 31 % 90 + 10}\n"
        for n, letter in enumerate("ABCDEFGHIJKLMNOPRSTUV" * 2)
    ),
    "a nursery rhyme": lambda: (
        "Ten green bottles hanging on the wall.\nAnd if one should fall,\n" * 10
    ),
}
