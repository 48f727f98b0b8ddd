"""An archive of documents, and questions to it.

python archive.py ~/letters    # reads what is new there, then answers what is typed, until Ctrl-D

Nothing has to run before. A question is words, "a phrase", one or another, and -without. What is
found is a page: the file that it is in, and the sentence with the words.
"""

import os
import sys
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

from lector import Document, Hit, Lector, LectorError

KINDS = {".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".heic", ".gif", ".bmp"}
MOST_HITS = 10
MOST_LOOKED_AT = 1000  # of all that Lector finds, also in documents of other folders


def take_in(lector: Lector, top: Path) -> dict[str, Path]:
    """Read every document below a folder that was not read before; where each is, by its id.

    Lector has documents of other folders, too, and one that was read before is where it was then.
    """
    documents: list[Document] = []
    paths: dict[str, Path] = {}
    for path in sorted(top.rglob("*")):
        if path.suffix.lower() not in KINDS:
            continue
        folder = path.parent.relative_to(top.parent).as_posix()
        try:
            document = lector.read(path, folder=folder, again=False)
        except (LectorError, OSError) as error:
            print(f"{path}: {error}", file=sys.stderr)
            continue
        documents.append(document)
        paths.setdefault(document.id, path)  # of two with the same bytes, the first
    read = sum(is_read(document) for document in documents)
    print(f"{read} documents are in the archive. What do you look for?", file=sys.stderr)
    return paths


def is_read(document: Document) -> bool:
    """Whether all of it can be found, when it is finished; of others pages that were read can."""
    try:
        document.wait()
    except LectorError as error:
        print(error, file=sys.stderr)
        return False
    return True


def show(hit: Hit, path: Path) -> None:
    """A page that was found, with the words that were asked for between stars."""
    pieces = hit.raw["snippet"]
    text = "".join(f"*{piece['text']}*" if piece["hit"] else piece["text"] for piece in pieces)
    print(f"{path}, page {hit.page}\n    {' '.join(text.split())}")
    for doubt in hit.doubts:
        print(f"    (in doubt: {doubt.detail})")


def answer(lector: Lector, question: str, paths: Mapping[str, Path]) -> None:
    """Show the pages that a question finds, the best first."""
    try:
        found = islice(lector.search(question), MOST_LOOKED_AT)
        hits = list(islice((hit for hit in found if hit.file_id in paths), MOST_HITS))
    except LectorError as error:  # such as a quotation mark that nothing closes
        print(error)
        return
    for hit in hits:
        show(hit, paths[hit.file_id])
    if not hits:
        print("Nothing was found.")


def main(top: Path) -> None:
    """Take a folder in, and answer questions to it."""
    with Lector() if os.environ.get("LECTOR_SERVER") else Lector.local() as lector:
        paths = take_in(lector, top)
        for question in sys.stdin:
            if question.strip():
                answer(lector, question, paths)


if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
    sys.exit(__doc__)
main(Path(sys.argv[1]).resolve())
