"""The stage about PDFs that somebody gives, with the words that each must have.

Beside `NAME.pdf` a file `NAME.txt` has them: page by page with a form feed between, as `pdftotext`
writes it, or those of the whole document. Upper and lower case, marks between words and their order
do not count. A PDF without one has to be read whole, whatever it says.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lector.domain.states import FileStatus
from tests.cluster import documents
from tests.cluster.cluster import Cluster
from tests.cluster.stage import LeftOut, Stage, check

LEAST_RECALL = 0.9
_READ_WITHIN_S = 3600.0


@dataclass(frozen=True)
class OwnPdf:
    """A PDF, and the words of each of its pages, or of all together; none: nobody said."""

    path: Path
    pages: tuple[str, ...]

    def wrong(self, texts: Sequence[str]) -> list[int]:
        """The numbers of the pages whose text lacks too many words; 1 for a whole document."""
        got = [" ".join(texts)] if len(self.pages) == 1 else [*texts]
        got += [""] * (len(self.pages) - len(got))
        return [
            number
            for number, (said, read) in enumerate(zip(self.pages, got, strict=False), start=1)
            if _recall(said, read) < LEAST_RECALL
        ]


def _recall(said: str, read: str) -> float:
    wanted, found = _words(said), set(_words(read))
    return sum(word in found for word in wanted) / len(wanted) if wanted else 1.0


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())


def of_folder(folder: Path) -> list[OwnPdf]:
    """The PDFs of a folder and those below it, with their words."""
    return [OwnPdf(path, _pages(path.with_suffix(".txt"))) for path in sorted(_pdfs(folder))]


def _pdfs(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.suffix.lower() == ".pdf"]


def _pages(words: Path) -> tuple[str, ...]:
    # pdftotext ends each page with a form feed, the last one, too.
    return tuple(words.read_text().removesuffix("\f").split("\f")) if words.exists() else ()


def own(cluster: Cluster) -> str:
    """Read a folder's PDFs; hold what was read against the words that were given."""
    if cluster.pdfs is None:
        raise LeftOut("no folder was given: PDFS=DIR")
    given = of_folder(cluster.pdfs)
    check(given, f"there is no PDF in {cluster.pdfs}")
    began = cluster.clock.now()
    with cluster.client() as lector:
        sent = {lector.upload(pdf.path, None)["id"]: pdf for pdf in given}
        files = documents.await_all(cluster, lector, list(sent), _READ_WITHIN_S)
        took = cluster.clock.now() - began
        left = [f"{f['name']}: {f['status']}" for f in files if f["status"] != FileStatus.COMPLETED]
        check(not left, f"{len(left)} of {len(given)} were not read whole: {'; '.join(left[:5])}")
        held = documents.hold_texts(lector, sent)
    silent = sum(not pdf.pages for pdf in given)
    unheld = f"; {silent} without words to hold them against" if silent else ""
    return f"{len(given)} PDFs read after {took:.0f} s, {held} of {held} texts right{unheld}"


STAGES = (Stage("pdfs", "PDFs of your own, PDFS=DIR, with the words that each must have", own),)
