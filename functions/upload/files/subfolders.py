"""The folders that files are in: those right below one, with how many files each holds."""

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from functions.upload.answers import Output
from functions.upload.fields import Input, Rule
from functions.upload.files.totals import MOST_COUNTED
from functions.upload.folders import A_PATH, MOST_CHARACTERS, to_look_in
from lector.runtime import database, queries

MOST_FOLDERS = 1000


@dataclass(frozen=True)
class Counted:
    """A folder, by its whole path, and how many files are in it and below it."""

    folder: str
    files: int


FOLDERS_BELOW = queries.load(__file__).rows("folders_below", Counted)


class BelowFolder(Input, frozen=True):
    """Whose folders are wanted."""

    folder: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=MOST_CHARACTERS,
                description="The folders right below this one, spelt as it is; without it, those"
                " at the top.",
                examples=["letters"],
            ),
            Rule(A_PATH, then=to_look_in),
        ]
        | None
    ) = None


class Folder(Output, frozen=True):
    """A folder that files are in, or in folders below it."""

    folder: Annotated[str, Meta(description="Its whole path, as `folder` of lists takes it.")]
    files: Annotated[
        int,
        Meta(
            description=f"How many files are in it and below it; {MOST_COUNTED:,} if that or more."
        ),
    ]


class FolderList(Output, frozen=True):
    """Folders, in the byte order of their names."""

    folders: list[Folder]
    is_whole: Annotated[
        bool, Meta(description=f"false: there are more than {MOST_FOLDERS:,}, some left out.")
    ]


def find(tenant: str, folder: str | None) -> FolderList:
    """The folders right below one of a tenant, or at the top."""
    below = "" if folder is None else f"{folder}/"
    with database.transaction() as connection:
        found = FOLDERS_BELOW.all(
            connection,
            tenant=tenant,
            below=below,
            most_folders=MOST_FOLDERS + 1,
            most=MOST_COUNTED,
        )
    folders = [Folder(one.folder, one.files) for one in found[:MOST_FOLDERS]]
    return FolderList(folders, len(found) <= MOST_FOLDERS)
