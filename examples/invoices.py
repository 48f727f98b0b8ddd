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
AMOUNT = r"(?P<value>\d{1,3}(?:[., ']?\d{3})*[.,]\d{2})(?![\d.,])"
SUMS = ("net", "tax", "total")
FOUND = {
    "number": r"(?:invoice|factura)[ \t]*(?:no|number|n\.?[º°]|#)\W*(?P<value>[\w/-]*\d[\w/-]*)",
    "date": r"(?:date|fecha)\W*(?P<value>\d{1,2}\W(?:\w+\W){1,3}?\d{4}|\d{4}-\d\d-\d\d)",
    "net": rf"\b(?:net|subtotal|base)\b[^\d\n]*\n?[^\d\n]*{AMOUNT}",
    "tax": rf"\b(?:vat|tax|iva)\b(?:[^\n%]*%)?[^\d\n]*\n?[^\d\n]*{AMOUNT}",
    "total": rf"\btotal\b[^\d\n]*\n?[^\d\n]*{AMOUNT}",
}


def amount(text: str) -> Decimal:
    """1,284.50 and 1.284,50 as a number."""
    return Decimal(re.sub(r"\D", "", text)).scaleb(-2)


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
        table.writerows(rows)
    for row in rows:
        print(f"{row['file']}: {row.get('total', '?')}", row["look"] and f"LOOK: {row['look']}")


if len(sys.argv) != 3:
    sys.exit(__doc__)
main(Path(sys.argv[1]), Path(sys.argv[2]))
