"""A folder of invoices to text, and to a table of what is on them: number, date, sums.

python invoices.py examples/invoices found/    # writes found/NAME.txt and found/invoices.csv

Nothing has to run before. Run it again when invoices have come: no file is read twice. What a
person should look at stands in the last column; a row with nothing there adds up.
"""

import csv
import os
import re
import sys
from decimal import Decimal
from pathlib import Path

from lector import Document, Lector, LectorError

KINDS = {".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".heic"}
COLUMNS = ("file", "number", "date", "net", "tax", "total", "look")
SUMS = ("net", "tax", "total")
# Each pattern is bounded, so that no text takes long. A sign stands before a sum or behind it.
GAP = r"[^\d\n]{0,80}?(?:\n[^\d\n]{0,80}?)?"
DIGITS = r"\d{1,3}(?:[., ']?\d{3}){0,5}[.,]\d{2}(?![\d.,]\d)"
AMOUNT = rf"(?P<value>(?:[-−(][ \t]?[^\W\d]{{0,3}}[£$€]?[ \t]?)?{DIGITS}(?:-(?!\d)|[ \t]?CR\b)?)"
NOT_OF_ISSUE = "".join(
    rf"(?<!\b{word}[\s_-])"
    for word in ("due", "payable", "payment", "delivery", "order", "vencimiento")
)
ISSUED = (
    rf"{NOT_OF_ISSUE}\b(?:date(?: of (?:issue|invoice))?|fecha(?: de (?:emisi[oó]n|factura))?)\b"
)
FOUND = {
    "number": r"(?:invoice|factura)[ \t]{0,9}(?:no|number|n\.?[º°]|#)\W{0,20}"
    r"(?P<value>[\w/-]{0,40}\d[\w/-]{0,40})",
    "date": rf"{ISSUED}\W{{0,20}}"
    r"(?P<value>\d{1,2}\W(?:\w{1,12}\W){1,3}?\d{4}|\d{4}-\d\d-\d\d)",
    "net": rf"\b(?:net|subtotal|base)\b{GAP}{AMOUNT}",
    "tax": rf"\b(?:vat|tax|iva)\b(?:[^\n%]{{0,40}}%)?{GAP}{AMOUNT}",
    "total": rf"\btotal\b{GAP}{AMOUNT}",
}


def amount(text: str) -> Decimal:
    """1,284.50 and 1.284,50 as a number; -1.00, 1.00-, (1.00) and 1.00 CR are below zero."""
    number = Decimal(re.sub(r"\D", "", text)).scaleb(-2)
    return -number if re.search(r"[-−(]|CR$", text, re.IGNORECASE) else number


def find(text: str) -> dict[str, str]:
    """What stands in the text of an invoice: the first number and date, the last of each sum."""
    row = {}
    for column, pattern in FOUND.items():
        if found := [match["value"] for match in re.finditer(pattern, text, re.IGNORECASE)]:
            row[column] = str(amount(found[-1])) if column in SUMS else found[0].strip()
    return row


def to_look_at(row: dict[str, str], document: Document) -> str:
    """Why somebody should look at an invoice: what is missing or wrong, and what Lector doubts."""
    why = [f"no {column}" for column in FOUND if column not in row]
    if not why and Decimal(row["net"]) + Decimal(row["tax"]) != Decimal(row["total"]):
        why.append("net and tax are not the total")
    if any(row.get(column, "").startswith("-") for column in SUMS):
        why.append("below zero: a credit note?")
    why += [f"page {doubt.page}: {doubt.detail}" for doubt in document.doubts]
    return "; ".join(why)


def read(document: Document, path: Path, folder: Path) -> dict[str, str]:
    """The row of an invoice, whose text is written into a folder, too."""
    try:
        document.save(text := folder / f"{path.name}.txt", "plain")
        row = find(text.read_text("utf-8"))
        return {**row, "file": path.name, "look": to_look_at(row, document)}
    except (LectorError, OSError) as error:  # the others are read all the same
        return {"file": path.name, "look": str(error)}


def cell(column: str, text: str) -> str:
    """A cell of the table; one that a spreadsheet would take for a formula is made words by a '."""
    is_formula = column not in SUMS and text.startswith(("=", "+", "-", "@", "\t", "\r"))
    return f"'{text}" if is_formula else text


def main(invoices: Path, folder: Path) -> None:
    """Read what is in a folder, and write what was found into another."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = sorted(path for path in invoices.iterdir() if path.suffix.lower() in KINDS)
    with Lector() if os.environ.get("LECTOR_SERVER") else Lector.local() as lector:
        documents = lector.read_many(paths, again=False)
        rows = [
            read(document, path, folder) for path, document in zip(paths, documents, strict=True)
        ]
    with (folder / "invoices.csv").open("w", newline="", encoding="utf-8") as opened:
        table = csv.DictWriter(opened, COLUMNS)
        table.writeheader()
        table.writerows({column: cell(column, row[column]) for column in row} for row in rows)
    for row in rows:
        print(f"{row['file']}: {row.get('total', '?')}", row["look"] and f"LOOK: {row['look']}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
