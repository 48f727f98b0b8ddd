"""What `lector` holds, for type checkers."""

from lector.client.asynchronous import AsyncDocument, AsyncLector
from lector.client.blocking import Document, Lector
from lector.client.errors import (
    Conflict,
    FileFailed,
    Invalid,
    NotAllowed,
    NotFound,
    NotNow,
    OutOfMoney,
    PagesFailed,
    ReadingError,
    Refused,
    ServerError,
    StillReading,
    Unreachable,
)
from lector.client.models import Chunk, Doubt, Hit, Page, Word
from lector.runtime.failures import LectorError

__all__ = [
    "AsyncDocument",
    "AsyncLector",
    "Chunk",
    "Conflict",
    "Document",
    "Doubt",
    "FileFailed",
    "Hit",
    "Invalid",
    "Lector",
    "LectorError",
    "NotAllowed",
    "NotFound",
    "NotNow",
    "OutOfMoney",
    "Page",
    "PagesFailed",
    "ReadingError",
    "Refused",
    "ServerError",
    "StillReading",
    "Unreachable",
    "Word",
]

__version__: str
