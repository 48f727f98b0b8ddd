"""A file's words with their places as hOCR or ALTO, page by page."""

from collections.abc import Iterator
from dataclasses import dataclass

from functions.upload.files.file_model import StoredFile


@dataclass(frozen=True)
class Kind:
    """A format, with what it is called on the web and in file names."""

    name: str
    media_type: str
    extension: str


HOCR = Kind("hOCR", "text/vnd.hocr+html", "hocr")
ALTO = Kind("ALTO", "application/xml", "alto.xml")
KINDS = {"hocr": HOCR, "alto": ALTO}


def write(file: StoredFile, kind: Kind) -> Iterator[str]:
    """A file's pages that were read, in a format, piece by piece.

    Raises:
        ApiError: no page was read (409), before the first piece.

    """
    # Needed by few, and none of them waits for a start.
    from functions.upload.word_formats import alto, hocr, languages, pages  # noqa: PLC0415

    read = pages.fetch(file, f"{kind.name} document")
    laid = (pages.lay_out(file, page) for page in read)
    if kind is ALTO:
        return alto.write(file.name, laid)
    given = file.language
    found = (languages.of_text(page.text, given, page.search_language) for page in read)
    return hocr.write(file.name, len(read), languages.of_document(given, found), laid)
