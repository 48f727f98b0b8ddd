"""The states of files and pages, and how one follows another.

The database's CHECKs, the API's schema and the page's words are held against these enums by tests,
and so is every statement that changes a state against the transitions.
"""

from enum import StrEnum


class FileStatus(StrEnum):
    """Where a file stands."""

    ANNOUNCED = "announced"
    """Its bytes are awaited, or are on their way."""
    UPLOADED = "uploaded"
    """Its bytes are there; it waits to be opened."""
    READING = "reading"
    """Its ledger stands: a row for every page."""
    COMPLETED = "completed"
    """Every page was read."""
    INCOMPLETE = "incomplete"
    """Finished, with pages that failed."""
    FAILED = "failed"
    """Finished, and nothing was read."""
    CANCELLED = "cancelled"
    """Somebody stopped it."""
    DELETED = "deleted"
    """A tombstone, until its objects are surely gone. Nobody outside sees it."""


class PageStatus(StrEnum):
    """pending: waits for its image. rendered: waits for its text. read, failed: finished."""

    PENDING = "pending"
    """It waits for its image."""
    RENDERED = "rendered"
    """It waits for its text."""
    READ = "read"
    """Its text is there."""
    FAILED = "failed"
    """It has no text, and says why."""


class Provenance(StrEnum):
    """Where a page's text is from."""

    MODEL = "model"
    """A reader read the image."""
    CACHE = "cache"
    """The same image was read before."""
    BLANK = "blank"
    """There is nothing on the page; no model was asked."""
    TEXT_LAYER = "text_layer"
    """The page carries its text itself; no model was asked, or no answer was acceptable."""
    MIXED = "mixed"
    """The text layer, with what a model read in the page's pictures."""
    PERSON = "person"
    """Somebody wrote it, or looked at the page and said that it is right."""


class TextLayerUse(StrEnum):
    """What is to be done with the text that pages carry themselves."""

    AUTO = "auto"
    """Take it where it can be trusted, and have other pages read."""
    NEVER = "never"
    """Have every page read; what a page carries is held against the answer, unless nobody wants
    that: then it is not looked for."""
    ALWAYS = "always"
    """Take it wherever there is any, trusted or not."""


class VerifyUse(StrEnum):
    """Whether what a reader says is held against a second reader."""

    AUTO = "auto"
    """Against the page's own text, else Tesseract where that is there in time."""
    NEVER = "never"
    """Not at all."""
    ALWAYS = "always"
    """As auto, but Tesseract is waited for; also answers to a prompt of somebody's own."""


class OnDoubt(StrEnum):
    """What follows when a second reader speaks against an answer."""

    KEEP = "keep"
    """The answer is the page's text, with that doubt."""
    RETRY = "retry"
    """The same reader is asked once more, at a higher temperature, then the one it escalates to."""
    ESCALATE = "escalate"
    """The one that it escalates to is asked at once; without one it is as retry."""


class LayerVerdict(StrEnum):
    """What became of a page's text layer under the trust rule."""

    TRUSTED = "trusted"
    MIXED = "mixed"
    """Trusted, and there are pictures that may hold text, too."""
    REFUSED = "refused"


VISIBLE_FILES = [status for status in FileStatus if status is not FileStatus.DELETED]

TROUBLED_FILES = (FileStatus.INCOMPLETE, FileStatus.FAILED)
"""Such files need a look whatever their pages say."""
WAITING_PAGES = (PageStatus.PENDING, PageStatus.RENDERED)

#: From a state to those that follow it. What is begun anew goes back, as a new generation; a
#: tombstone is left only by the removal of its row.
FILE_TRANSITIONS: dict[FileStatus, set[FileStatus]] = {
    FileStatus.ANNOUNCED: {FileStatus.UPLOADED, FileStatus.FAILED, FileStatus.DELETED},
    FileStatus.UPLOADED: {
        FileStatus.READING,
        FileStatus.FAILED,
        FileStatus.CANCELLED,
        FileStatus.DELETED,
    },
    FileStatus.READING: {
        FileStatus.COMPLETED,
        FileStatus.INCOMPLETE,
        FileStatus.FAILED,
        FileStatus.CANCELLED,
        FileStatus.DELETED,
    },
    FileStatus.COMPLETED: {FileStatus.READING, FileStatus.DELETED},
    FileStatus.INCOMPLETE: {FileStatus.READING, FileStatus.COMPLETED, FileStatus.DELETED},
    FileStatus.FAILED: {
        FileStatus.UPLOADED,
        FileStatus.READING,
        FileStatus.COMPLETED,
        FileStatus.INCOMPLETE,
        FileStatus.DELETED,
    },
    FileStatus.CANCELLED: {FileStatus.UPLOADED, FileStatus.READING, FileStatus.DELETED},
    FileStatus.DELETED: set(),
}

#: A page that is read once more keeps its text: cancelled then, or restored, it is read again. One
#: that failed is read when somebody writes its text.
PAGE_TRANSITIONS: dict[PageStatus, set[PageStatus]] = {
    PageStatus.PENDING: {PageStatus.RENDERED, PageStatus.READ, PageStatus.FAILED},
    PageStatus.RENDERED: {PageStatus.READ, PageStatus.FAILED},
    PageStatus.READ: {PageStatus.RENDERED},
    PageStatus.FAILED: {PageStatus.PENDING, PageStatus.READ},
}
