"""Keys in the object store, made of ids alone: a person's file name is never part of one."""

from uuid import UUID

from lector.domain import originals

FILES = "files/"


def folder(file_id: UUID) -> str:
    """What all keys of a file begin with."""
    return f"{FILES}{file_id}/"


def original_key(file_id: UUID) -> str:
    """Where a file's original lies."""
    return f"{folder(file_id)}original.{originals.PDF.extension}"


def image_key(file_id: UUID, page_number: int) -> str:
    """Where a page's image lies."""
    return f"{folder(file_id)}pages/{page_number:05d}.jpg"


def file_id_of(key: str) -> UUID | None:
    """The file whose object lies under a key; None if it is no key of ours."""
    try:
        return UUID(key.removeprefix(FILES).partition("/")[0])
    except ValueError:
        return None
