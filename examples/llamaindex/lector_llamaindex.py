"""LlamaIndex: what Lector reads as documents, and a retriever on Lector's search.

sh examples/run.sh llamaindex tests/samples "lamps of Mason Pier"

Copy the two classes. They need `llama-index-core` and Lector's client.
"""
# Whoever checks this file without LlamaIndex knows nothing of its classes.
# mypy: disable-error-code="import-not-found, misc"

import os
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Unpack

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.readers.base import BaseReader
from llama_index.core.schema import Document, NodeWithScore, QueryBundle

from lector import Hit, Lector
from lector.client.options import ReadingOptions

NOT_FOR_MODELS = ["file_id", "boxes"]
MOST_CHARACTERS = 200  # that a search takes


class LectorReader(BaseReader):
    """Documents of pieces of text, in the order of paths and pages: no splitter is needed.

    Each is of one page, with whole paragraphs and tables where they fit. Its metadata have `source`
    (the path), `file_id`, `page` (from 1), `heading` (what it stands under), `boxes` (left, top,
    right, bottom, in shares of the page) and `doubts`: sentences that speak against its text.
    Models and embeddings are shown neither `file_id` nor `boxes`.
    """

    def __init__(self, lector: Lector) -> None:
        self._lector = lector

    def lazy_load_data(
        self,
        paths: Sequence[str | Path],
        *,
        size: int = 1500,
        partial: bool = False,
        **how: Unpack[ReadingOptions],
    ) -> Iterator[Document]:
        """The pieces of each file once it is read; the next files are read meanwhile.

        Args:
            paths: PDFs and images.
            size: how many characters a piece has at most, 200 to 20,000.
            partial: whether a file with failed pages gives the others. By default it raises
                `lector.PagesFailed`, as a page that is missing is easily missed.
            how: what `Lector.read` takes: language, reader, max_cost_usd, …

        """
        read = self._lector.read_many(paths, partial=partial, **how)
        for path, document in zip(paths, read, strict=True):
            for chunk in document.chunks(size):
                metadata = {
                    "source": str(path),
                    "file_id": chunk.file_id,
                    "page": chunk.page,
                    "heading": chunk.heading,
                    "boxes": chunk.boxes,
                    "doubts": [doubt.detail for doubt in chunk.doubts],
                }
                name = f"{chunk.file_id}/{chunk.page}/{chunk.number}"
                yield as_document(name, chunk.text, metadata)


class LectorRetriever(BaseRetriever):
    """Pages in which Lector's search finds any word of a question, the best `most` of them."""

    def __init__(self, lector: Lector, most: int = 4, folder: str | None = None) -> None:
        super().__init__()
        self._lector, self._most = lector, most
        self._within = {"folder": folder} if folder else {}

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        if not (asked := any_word(query_bundle.query_str)):
            return []
        hits = islice(self._lector.search(asked, **self._within), self._most)
        return [NodeWithScore(node=self._page(hit), score=hit.rank) for hit in hits]

    def _page(self, hit: Hit) -> Document:
        page = self._lector.request("GET", f"/v1/files/{hit.file_id}/pages/{hit.page}")
        metadata = {
            "source": hit.file_name,
            "file_id": hit.file_id,
            "page": hit.page,
            "doubts": [doubt.detail for doubt in hit.doubts],
        }
        return as_document(f"{hit.file_id}/{hit.page}", page["text"], metadata)


def as_document(name: str, text: str, metadata: dict[str, Any]) -> Document:
    """A text with an id that is the same every time, so that it is in an index once."""
    return Document(
        id_=name,
        text=text,
        metadata=metadata,
        excluded_llm_metadata_keys=NOT_FOR_MODELS,
        excluded_embed_metadata_keys=NOT_FOR_MODELS,
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
        reader = LectorReader(lector)
        for document in reader.lazy_load_data(sorted(folder.glob("*.pdf")), again=False):
            about = document.metadata
            print(f"{about['source']}, page {about['page']}: {len(document.text)} characters")
        for found in LectorRetriever(lector, most=1).retrieve(question):
            about = found.node.metadata
            print(f"{question}: {about['source']}, page {about['page']}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), sys.argv[2])
