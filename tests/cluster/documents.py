"""PDFs that nobody has seen: random words, some as text, some that only a reader can tell."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Protocol

from lector.cli.answers import Json
from lector.domain.states import FileStatus
from tests.cluster.cluster import Cluster, Lector
from tests.cluster.stage import StageFailed, check
from tests.support import pdfs

# Tesseract's bound on clean print of this size; the text of a layer has no error.
RECALL_OF_DRAWN, RECALL_OF_LAYER = 0.9, 1.0
_WORDS_PER_PAGE, _WORDS_PER_LINE = 24, 6
_ENDED = {
    FileStatus.COMPLETED,
    FileStatus.INCOMPLETE,
    FileStatus.FAILED,
    FileStatus.CANCELLED,
    FileStatus.DELETED,
}


class Expected(Protocol):
    """A PDF, and what must be read of it."""

    @property
    def path(self) -> Path:
        """Where it is."""

    @property
    def pages(self) -> tuple[str, ...]:
        """The texts that are expected."""

    def wrong(self, texts: Sequence[str]) -> list[int]:
        """The numbers of the pages that were not read right."""


@dataclass(frozen=True)
class Document:
    """A PDF on disk, with the words of each of its pages."""

    path: Path
    pages: tuple[str, ...]
    drawn: bool

    def wrong(self, texts: Sequence[str]) -> list[int]:
        """The numbers of the pages whose text lacks too many of their words."""
        least = RECALL_OF_DRAWN if self.drawn else RECALL_OF_LAYER
        got = [*texts, *[""] * (len(self.pages) - len(texts))]
        return [
            number
            for number, (said, read) in enumerate(zip(self.pages, got, strict=False), start=1)
            if recall(said, read) < least
        ]


def recall(said: str, read: str) -> float:
    """The share of a page's words that a text has, whatever their order."""
    found = read.split()
    return sum(word in found for word in said.split()) / len(said.split())


def make(folder: Path, count: int, pages: int, seed: int | None = None) -> list[Document]:
    """So many documents, every second one drawn: no page of it carries its text."""
    random = Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    return [_document(folder, pages, random, drawn=number % 2 == 1) for number in range(count)]


def _document(folder: Path, pages: int, random: Random, *, drawn: bool) -> Document:
    texts = tuple(_page(random) for _ in range(pages))
    name = "".join(random.choices("bcdfghjkmnpqrstvwxz", k=8))
    path = folder / f"{name}.pdf"
    path.write_bytes(pdfs.drawn_pdf(texts) if drawn else pdfs.text_pdf(texts, 14))
    return Document(path, texts, drawn)


def _page(random: Random) -> str:
    words = [pdfs.sentinel(random.randrange(32768)) for _ in range(_WORDS_PER_PAGE)]
    lines = [words[at : at + _WORDS_PER_LINE] for at in range(0, len(words), _WORDS_PER_LINE)]
    return "\n".join(" ".join(line) for line in lines)


def upload(lector: Lector, documents: Sequence[Document]) -> dict[str, Document]:
    """Upload documents; by their files' ids."""
    return {lector.upload(document.path, None)["id"]: document for document in documents}


def await_all(cluster: Cluster, lector: Lector, ids: Sequence[str], within_s: float) -> list[Json]:
    """The files once all of them have ended; StageFailed if that takes longer."""
    files: list[Json] = []

    def ended() -> bool:
        files[:] = lector.files(ids)
        return len(files) == len(ids) and all(file["status"] in _ENDED for file in files)

    try:
        cluster.clock.wait_until(ended, within_s, "not every file was read")
    except TimeoutError as error:
        left = [
            f"{file['name']}: {file['status']}" for file in files if file["status"] not in _ENDED
        ]
        raise StageFailed(f"{error}; {'; '.join(left[:3])}") from error
    return files


def hold_texts(lector: Lector, sent: Mapping[str, Expected]) -> int:
    """The number of pages, all of which were read right; StageFailed names those that were not."""
    wrong = []
    for file_id, document in sent.items():
        texts = [page["text"] or "" for page in lector.pages(file_id)]
        wrong += [f"{document.path.name} page {number}" for number in document.wrong(texts)]
    total = sum(len(document.pages) for document in sent.values())
    check(not wrong, f"{len(wrong)} of {total} pages are wrong: {', '.join(wrong[:5])}")
    return total


def read_right(
    cluster: Cluster, lector: Lector, documents: Sequence[Document], within_s: float
) -> int:
    """Upload documents and wait; the number of their pages, all of them right."""
    sent = upload(lector, documents)
    await_all(cluster, lector, list(sent), within_s)
    return hold_texts(lector, sent)


def fresh_folder(cluster: Cluster, name: str) -> Path:
    """A folder for a stage's documents."""
    return cluster.folder / f"{name}-{time.time_ns()}"
