"""LangChain: pages that Lector reads as documents, and a retriever on Lector's search.

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

from lector import Lector, Page
from lector.client.options import ReadingOptions


class LectorLoader(BaseLoader):
    """A document for each page that has a text, in the order of paths and pages.

    Its metadata have `source` (the path), `file_id`, `page` (from 1), `provenance` (text_layer,
    model, …) and `doubts`: sentences that speak against its text. With `places`, `words` are there,
    too: each with its boxes (left, top, right, bottom, in shares of the page).

    Args:
        lector: by whom they are read.
        paths: PDFs and images.
        places: whether metadata have the words and where they stand.
        partial: whether a file with failed pages gives the others. By default it raises
            `lector.PagesFailed`, as a page that is missing is easily missed.
        how: what `Lector.read` takes: language, reader, max_cost_usd, …

    """

    def __init__(
        self,
        lector: Lector,
        paths: Sequence[str | Path],
        *,
        places: bool = False,
        partial: bool = False,
        **how: Unpack[ReadingOptions],
    ) -> None:
        self._lector, self._paths, self._places = lector, paths, places
        self._partial, self._how = partial, how

    def lazy_load(self) -> Iterator[Document]:
        """Each page once its file is read; the next files are read meanwhile."""
        read = self._lector.read_many(self._paths, partial=self._partial, **self._how)
        for path, document in zip(self._paths, read, strict=True):
            document.wait()
            words = document.words if self._places else ()
            for page in document:
                if page.text:
                    made = as_document(page, document.id, str(path))
                    if self._places:
                        mine = [word for word in words if word.page == page.number]
                        made.metadata["words"] = [(word.text, word.boxes) for word in mine]
                    yield made


class LectorRetriever(BaseRetriever):
    """Pages in which Lector's search finds any word of a question, the best `k` of them."""

    lector: Any
    k: int = 4
    folder: str | None = None

    def _get_relevant_documents(self, query: str) -> list[Document]:
        asked = " or ".join(re.findall(r"\w+", query))
        within = {"folder": self.folder} if self.folder else {}
        hits = islice(self.lector.search(asked, **within), self.k)
        return [self._page(hit.file_id, hit.file_name, hit.page) for hit in hits]

    def _page(self, file_id: str, name: str, number: int) -> Document:
        told = self.lector.request("GET", f"/v1/files/{file_id}/pages/{number}")
        return as_document(Page.from_json(told), file_id, name)


def as_document(page: Page, file_id: str, source: str) -> Document:
    """A page as LangChain has it; its id is the same whenever it is loaded."""
    metadata = {
        "source": source,
        "file_id": file_id,
        "page": page.number,
        "provenance": page.provenance,
        "doubts": [doubt.detail for doubt in page.doubts],
    }
    return Document(page_content=page.text or "", metadata=metadata, id=f"{file_id}/{page.number}")


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
    main(Path(sys.argv[1]), sys.argv[2])
