"""Keys in the object store, made of ids alone: a person's file name is never part of one.

Who fetches, stores or removes makes the key here, from the file and page that the work is about. A
key that an event carries is for people who look at events; nobody follows it.
"""

import re
from uuid import UUID

from lector.domain import originals

FILES = "files/"

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_NAME = r"[0-9A-Za-z_-][0-9A-Za-z._-]*"
_KEY = re.compile(rf"{FILES}(?P<file>{_UUID})(?:/{_NAME})+")


def folder(file_id: UUID) -> str:
    """What all keys of a file begin with."""
    return f"{FILES}{file_id}/"


def original_key(file_id: UUID) -> str:
    """Where a file's original lies, whatever it is: its key is needed before its content is known.

    The key says .pdf for every kind, as it did when there was but one.
    """
    return f"{folder(file_id)}original.pdf"


def unlocked_key(file_id: UUID) -> str:
    """Where the copy of a locked PDF lies that needs no password, if somebody gave that."""
    return f"{folder(file_id)}unlocked.pdf"


def image_key(file_id: UUID, page_number: int) -> str:
    """Where a page's image lies."""
    return f"{folder(file_id)}pages/{page_number:05d}.jpg"


def layer_key(file_id: UUID, page_number: int) -> str:
    """Where the text that a page carries lies, beside its image."""
    return f"{folder(file_id)}pages/{page_number:05d}.json"


def file_id_of(key: str) -> UUID | None:
    """The file whose object lies under a key; None if no file can have made that key.

    Neither can one with steps upwards (`..`), or with another spelling of the file's id.
    """
    known = _KEY.fullmatch(key)
    return UUID(known["file"]) if known else None


def media_type(key: str) -> str:
    """What kind of object lies under a key of ours."""
    if key.endswith(".json"):
        return "application/json"
    return "image/jpeg" if "/pages/" in key else originals.STORED_TYPE
