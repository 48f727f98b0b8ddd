"""Read many documents; one that fails holds up no other."""

import sys
from pathlib import Path

from lector import Lector, LectorError

with Lector() as lector:
    for document in lector.read_many(Path(sys.argv[1]).glob("*.pdf"), text_layer="auto"):
        try:
            print(f"{document.name}: {len(document.pages)} pages, {len(document.text)} characters")
        except (LectorError, OSError) as error:
            print(f"{document.name}: {error}", file=sys.stderr)
