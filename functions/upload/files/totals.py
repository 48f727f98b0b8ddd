"""What the files of a list come to, by state: counted, not as far as they are shown."""

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from functions.upload.answers import Output
from functions.upload.files.file_model import FileStatus
from functions.upload.files.listing import Chosen
from lector.domain.states import TROUBLED_FILES
from lector.runtime import database, queries

MOST_COUNTED = 100_000


@dataclass(frozen=True)
class Counted:
    """Files of one state, with or without pages to look at; `is_whole` if none was left out."""

    status: str
    doubted: bool
    files: int
    pages: int
    size_bytes: int
    is_whole: bool


COUNT_FILES = queries.load(__file__).rows("count_files", Counted)


class Statuses(Output, frozen=True):
    """How many files are in each state."""

    announced: int
    uploaded: int
    reading: int
    completed: int
    incomplete: int
    failed: int
    cancelled: int


class Totals(Output, frozen=True):
    """What the files of a list come to."""

    files: int
    pages: Annotated[int, Meta(description="Of the documents that were opened.")]
    size_bytes: int
    statuses: Statuses
    doubted: Annotated[int, Meta(description="How many files have a page whose text has a doubt.")]
    need_a_look: Annotated[
        int, Meta(description="How many have such a page, or pages that failed, or failed whole.")
    ]
    is_whole: Annotated[
        bool,
        Meta(
            description="false: of a state there are 100,000 or more, and only the newest were"
            " counted."
        ),
    ]


def count(chosen: Chosen) -> Totals:
    """Count a tenant's files; of one state the newest `MOST_COUNTED`."""
    with database.transaction() as connection:
        found = COUNT_FILES.all(connection, **chosen.parameters(), most=MOST_COUNTED)
    by_status = {
        str(one): sum(row.files for row in found if row.status == one) for one in FileStatus
    }
    return Totals(
        sum(row.files for row in found),
        sum(row.pages for row in found),
        sum(row.size_bytes for row in found),
        Statuses(**by_status),
        sum(row.files for row in found if row.doubted),
        sum(row.files for row in found if row.doubted or row.status in TROUBLED_FILES),
        all(row.is_whole for row in found),
    )
