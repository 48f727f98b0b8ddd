"""Read a document, and say where its text is in doubt."""

import sys

from lector import Lector

with Lector() as lector:  # or Lector("https://lector.example.org", "its token")
    document = lector.read(sys.argv[1])
    print(document.text)
    for doubt in document.doubts:
        print(f"page {doubt.page}: {doubt.detail}", file=sys.stderr)
