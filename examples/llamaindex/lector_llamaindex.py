"""LlamaIndex: pages that Lector reads as documents, and a retriever on Lector's search.

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
from typing import Unpack

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.readers.base import BaseReader
from llama_index.core.schema import Document, NodeWithScore, QueryBundle

from lector import Hit, Lector, Page
from lector.client.options import ReadingOptions

NOT_FOR_MODELS = ["file_id", "provenance", "words"]


class LectorReader(BaseReader):
    """A document for each page that has a text, in the order of paths and pages.

    Its metadata have `source` (the path), `file_id`, `page` (from 1), `provenance` (text_layer,
    model, …) and `doubts`: sentences that speak against its text. With `places`, `words` are there,
    too: each with its boxes (left, top, right, bottom, in shares of the page). A model and an
    embedding are given source, page and doubts alone.
    """

    def __init__(self, lector: Lector) -> None:
        self._lector = lector

    def lazy_load_data(
        self,
        paths: Sequence[str | Path],
        *,
        places: bool = False,
        partial: bool = False,
        **how: Unpack[ReadingOptions],
    ) -> Iterator[Document]:
        """Each page once its file is read; the next files are read meanwhile.

        Args:
            paths: PDFs and images.
            places: whether metadata have the words and where they stand.
            partial: whether a file with failed pages gives the others. By default it raises
                `lector.PagesFailed`, as a page that is missing is easily missed.
            how: what `Lector.read` takes: language, reader, max_cost_usd, …

        """
        read = self._lector.read_many(paths, partial=partial, **how)
        for path, document in zip(paths, read, strict=True):
            document.wait()
            words = document.words if places else ()
            for page in document:
                if page.text:
                    made = as_document(page, document.id, str(path))
                    if places:
                        mine = [word for word in words if word.page == page.number]
                        made.metadata["words"] = [(word.text, word.boxes) for word in mine]
                    yield made


class LectorRetriever(BaseRetriever):
    """Pages in which Lector's search finds any word of a question, the best `most` of them."""

    def __init__(self, lector: Lector, most: int = 4, folder: str | None = None) -> None:
        super().__init__()
        self._lector, self._most = lector, most
        self._within = {"folder": folder} if folder else {}

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        asked = " or ".join(re.findall(r"\w+", query_bundle.query_str))
        hits = islice(self._lector.search(asked, **self._within), self._most)
        return [NodeWithScore(node=self._page(hit), score=hit.rank) for hit in hits]

    def _page(self, hit: Hit) -> Document:
        told = self._lector.request("GET", f"/v1/files/{hit.file_id}/pages/{hit.page}")
        return as_document(Page.from_json(told), hit.file_id, hit.file_name)


def as_document(page: Page, file_id: str, source: str) -> Document:
    """A page as LlamaIndex has it; its id is the same whenever it is loaded."""
    return Document(
        id_=f"{file_id}/{page.number}",
        text=page.text or "",
        metadata={
            "source": source,
            "file_id": file_id,
            "page": page.number,
            "provenance": page.provenance,
            "doubts": [doubt.detail for doubt in page.doubts],
        },
        excluded_llm_metadata_keys=NOT_FOR_MODELS,
        excluded_embed_metadata_keys=NOT_FOR_MODELS,
    )


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
    main(Path(sys.argv[1]), sys.argv[2])
