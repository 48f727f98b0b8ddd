"""The searchable PDF of a file: its own pages, with their text laid invisibly over them.

Of an image, it is a PDF that holds it as it is, or its pages as they were drawn. What a page
carries itself, and can be trusted, is not laid over it once more.
"""

import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from functions.upload import pdf_process
from functions.upload.errors import ApiError
from functions.upload.files.file_model import StoredFile
from functions.upload.pdf_process import Limits, Unmakeable
from functions.upload.searchable_pdf import creation, embedded_images, image_pdf, words_beside
from functions.upload.searchable_pdf.embedded_images import EmbeddedImage
from functions.upload.searchable_pdf.laid_lines import LaidWord
from functions.upload.word_formats import languages, pages
from functions.upload.word_formats.layout import Block
from functions.upload.word_formats.pages import ReadPage
from lector.domain import layer_objects, object_keys, originals, text_layers
from lector.domain.failure_codes import FailureCode
from lector.domain.originals import Original
from lector.domain.states import Provenance
from lector.runtime import database, object_store, queries


@dataclass(frozen=True)
class DrawnPage:
    """A page's number, and the key of its image."""

    number: int
    image_key: str


DRAWN_PAGES = queries.load(__file__).rows("drawn_pages", DrawnPage)
_MOST_ORIGINAL_BYTES = 64 * 1024 * 1024


def fetch_pages(file: StoredFile) -> Sequence[ReadPage]:
    """The pages whose text can be laid over the file's PDF; `ApiError` (409) if there is none."""
    return pages.fetch(file, "searchable PDF")


def make(file: StoredFile, read: Sequence[ReadPage]) -> IO[bytes]:
    """The file's PDF with its text laid over it, open for reading; it is gone when it is closed.

    Pages that a reader had to turn are turned, so that they are shown upright and their text is
    searched and copied in its order.

    Raises:
        ApiError: the file is no longer stored (409), or the PDF does not let itself be written
            anew (422).
        TransientFailure: others are being made.

    """
    with pdf_process.turn():
        given = file.language
        found = [languages.of_text(page.text, given, page.search_language) for page in read]
        return _make(file, read, languages.of_document(given, found))


def _lacking(file: StoredFile, page: ReadPage) -> list[LaidWord]:
    """Those of a page's words that its PDF does not carry itself."""
    if page.provenance == Provenance.TEXT_LAYER:
        return []
    blocks, layer = pages.blocks_of(page), None
    if page.layer_sha256 is not None:
        layer = layer_objects.fetch(file.id, page.number, page.layer_sha256)
    if layer is None:
        return to_laid_words(blocks)
    carried = text_layers.turn_words(layer.words, page.turned_degrees)
    return to_laid_words(words_beside.without(blocks, carried))


def to_laid_words(blocks: Sequence[Block]) -> list[LaidWord]:
    """The words of a page in their order, each with what parts it from the next one.

    A word that is broken at the end of a line is laid over its first piece, all of it: not every
    program that searches PDFs looks beyond a hyphen.
    """
    laid: list[LaidWord] = []
    for line in (line for block in blocks for line in block.lines):
        words = [word for word in line.words if word.piece < 2]
        afters = [" " * bool(following.gap) for following in words[1:]]
        for word, after in zip(words, [*afters, "\n"], strict=False):
            laid.append(LaidWord(word.whole or word.text, *word.box, after))
    return laid


def _make(file: StoredFile, read: Sequence[ReadPage], language: str | None) -> IO[bytes]:
    with tempfile.TemporaryDirectory(prefix="lector-upload-") as folder:
        original, target = Path(folder, "original"), Path(folder, "searchable")
        try:
            numbers = _fetch(file, original)
            places = numbers and {number: place for place, number in enumerate(numbers, 1)}
            pages_at = [
                (places[page.number] if places else page.number, page)
                for page in read
                if not places or page.number in places
            ]
            turns = {place: page.turned_degrees for place, page in pages_at}
            words = ((place, _lacking(file, page)) for place, page in pages_at)
            creation.make(original, words, target, Limits(), turns, language)
        except object_store.ObjectMissing:
            raise ApiError(409, FailureCode.FILE_MISSING, "the file is no longer stored") from None
        except Unmakeable as error:
            raise ApiError(422, error.code, error.detail) from None
        return target.open("rb")


def _fetch(file: StoredFile, path: Path) -> list[int] | None:
    """Write the PDF that the text is laid over; of an image, the numbers of the pages in it."""
    store, kind = object_store.store(), originals.by_media_type(file.media_type)
    if kind is None or not kind.is_image:
        store.download(object_keys.original_key(file.id), path)
        if originals.may_be_locked(path):
            with suppress(object_store.ObjectMissing):
                store.download(object_keys.unlocked_key(file.id), path)
        return None
    with database.transaction() as connection:
        drawn = DRAWN_PAGES.all(connection, file_id=file.id)
    own = _embed_original(file, kind) if len(drawn) == 1 else None
    images = (own or embedded_images.embed_drawn(store.get(page.image_key)) for page in drawn)
    with path.open("wb") as target:
        image_pdf.write(len(drawn), images, target)
    return [page.number for page in drawn]


def _embed_original(file: StoredFile, kind: Original) -> EmbeddedImage | None:
    """A file that is one image, as it is; None if it must be drawn."""
    if kind not in (originals.JPEG, originals.PNG) or file.size_bytes > _MOST_ORIGINAL_BYTES:
        return None
    return embedded_images.embed(object_store.store().get(object_keys.original_key(file.id)))
