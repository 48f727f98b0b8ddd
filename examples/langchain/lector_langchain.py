"""LangChain: what Lector reads as documents, and a retriever on Lector's search.

sh examples/run.sh langchain tests/samples "lamps of Mason Pier"

Copy the two classes. They need `langchain-core` and Lector's client.
"""
# Whoever checks this file without LangChain knows nothing of its classes.
# mypy: disable-error-code="import-not-found, misc"

import os
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Unpack

from langchain_core.document_loaders import BaseLoader
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from lector import Hit, Lector
from lector.client.options import ReadingOptions

MOST_CHARACTERS = 200  # that a search takes


class LectorLoader(BaseLoader):
    """Documents of pieces of text, in the order of paths and pages: no splitter is needed.

    Each is of one page, with whole paragraphs and tables where they fit. Its metadata have `source`
    (the path), `file_id`, `page` (from 1), `heading` (what it stands under), `boxes` (left, top,
    right, bottom, in shares of the page) and `doubts`: sentences that speak against its text.

    Args:
        lector: by whom they are read.
        paths: PDFs and images.
        size: how many characters a piece has at most, 200 to 20,000.
        partial: whether a file with failed pages gives the others. By default it raises
            `lector.PagesFailed`, as a page that is missing is easily missed.
        how: what `Lector.read` takes: language, reader, max_cost_usd, …

    """

    def __init__(
        self,
        lector: Lector,
        paths: Sequence[str | Path],
        *,
        size: int = 1500,
        partial: bool = False,
        **how: Unpack[ReadingOptions],
    ) -> None:
        self._lector, self._paths, self._size = lector, paths, size
        self._partial, self._how = partial, how

    def lazy_load(self) -> Iterator[Document]:
        """The pieces of each file once it is read; the next files are read meanwhile."""
        read = self._lector.read_many(self._paths, partial=self._partial, **self._how)
        for path, document in zip(self._paths, read, strict=True):
            for chunk in document.chunks(self._size):
                yield Document(
                    id=f"{chunk.file_id}/{chunk.page}/{chunk.number}",  # the same every time
                    page_content=chunk.text,
                    metadata={
                        "source": str(path),
                        "file_id": chunk.file_id,
                        "page": chunk.page,
                        "heading": chunk.heading,
                        "boxes": chunk.boxes,
                        "doubts": [doubt.detail for doubt in chunk.doubts],
                    },
                )


class LectorRetriever(BaseRetriever):
    """Pages in which Lector's search finds any word of a question, the best `k` of them."""

    lector: Any
    k: int = 4
    folder: str | None = None

    def _get_relevant_documents(self, query: str) -> list[Document]:
        if not (asked := any_word(query)):
            return []
        within = {"folder": self.folder} if self.folder else {}
        hits = islice(self.lector.search(asked, **within), self.k)
        return [self._page(hit) for hit in hits]

    def _page(self, hit: Hit) -> Document:
        page = self.lector.request("GET", f"/v1/files/{hit.file_id}/pages/{hit.page}")
        return Document(
            id=f"{hit.file_id}/{hit.page}",
            page_content=page["text"],
            metadata={
                "source": hit.file_name,
                "file_id": hit.file_id,
                "page": hit.page,
                "doubts": [doubt.detail for doubt in hit.doubts],
            },
        )


def any_word(question: str) -> str:
    """What Lector's search takes to find any word of a question: the longest, if not all fit."""
    said = {word.casefold() for word in re.findall(r"[^\W_]+", question)} - {"or"}
    asked = ""
    for word in sorted(said, key=lambda word: (-len(word), word)):
        longer = f"{asked} or {word}" if asked else word
        if len(longer) <= MOST_CHARACTERS:
            asked = longer
    return asked


def main(folder: Path, question: str) -> None:
    """Load the PDFs of a folder, and find the pages that a question is about."""
    with Lector() if os.environ.get("LECTOR_SERVER") else Lector.local() as lector:
        loader = LectorLoader(lector, sorted(folder.glob("*.pdf")), again=False)
        for document in loader.lazy_load():
            about = document.metadata
            print(
                f"{about['source']}, page {about['page']}: {len(document.page_content)} characters"
            )
        for found in LectorRetriever(lector=lector, k=1).invoke(question):
            about = found.metadata
            print(f"{question}: {about['source']}, page {about['page']}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), sys.argv[2])
