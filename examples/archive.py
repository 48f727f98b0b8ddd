"""An archive of documents, and questions to it.

python archive.py ~/letters    # reads what is new there, then answers what is typed, until Ctrl-D

Nothing has to run before. A question is words, "a phrase", one or another, and -without. What is
found is a page: the file that it is in, and the sentence with the words.
"""

import os
import sys
from itertools import islice
from pathlib import Path

from lector import Document, Hit, Lector, LectorError

KINDS = {".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".heic", ".gif", ".bmp"}
MOST_HITS = 10


def take_in(lector: Lector, top: Path) -> None:
    """Read every document below a folder that was not read before; Lector keeps the folders."""
    documents = []
    for path in sorted(top.rglob("*")):
        if path.suffix.lower() not in KINDS:
            continue
        folder = path.parent.relative_to(top.parent).as_posix()
        try:
            documents.append(lector.read(path, folder=folder, again=False))
        except (LectorError, OSError) as error:
            print(f"{path}: {error}", file=sys.stderr)
    read = sum(is_read(document) for document in documents)
    print(f"{read} documents are in the archive. What do you look for?", file=sys.stderr)


def is_read(document: Document) -> bool:
    """Whether all of it can be found, when it is finished; of others pages that were read can."""
    try:
        document.wait()
    except LectorError as error:
        print(error, file=sys.stderr)
        return False
    return True


def show(hit: Hit, top: Path) -> None:
    """A page that was found, with the words that were asked for between stars."""
    pieces = hit.raw["snippet"]
    text = "".join(f"*{piece['text']}*" if piece["hit"] else piece["text"] for piece in pieces)
    path = top.parent / str(hit.raw["file_folder"]) / hit.file_name
    print(f"{path}, page {hit.page}\n    {' '.join(text.split())}")
    for doubt in hit.doubts:
        print(f"    (in doubt: {doubt.detail})")


def answer(lector: Lector, question: str, top: Path) -> None:
    """Show the pages that a question finds, the best first."""
    try:
        hits = list(islice(lector.search(question, folder=top.name), MOST_HITS))
    except LectorError as error:  # such as a quotation mark that nothing closes
        print(error)
        return
    for hit in hits:
        show(hit, top)
    if not hits:
        print("Nothing was found.")


def main(top: Path) -> None:
    """Take a folder in, and answer questions to it."""
    with Lector() if os.environ.get("LECTOR_SERVER") else Lector.local() as lector:
        take_in(lector, top)
        for question in sys.stdin:
            if question.strip():
                answer(lector, question, top)


if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
    sys.exit(__doc__)
main(Path(sys.argv[1]).resolve())
