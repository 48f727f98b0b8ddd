"""The event messages, generated from contracts/events.proto by `make generate`."""

from lector.contracts.events_pb2 import (
    DeliveryFailed,
    Failure,
    FileCompleted,
    FileFailed,
    FileOpened,
    FileUploaded,
    OutboxWritten,
    PageFailed,
    PageImage,
    PageRead,
    PageRegistered,
    PagesRendered,
    PagesRequested,
    RenderedPage,
)

__all__ = [
    "DeliveryFailed",
    "Failure",
    "FileCompleted",
    "FileFailed",
    "FileOpened",
    "FileUploaded",
    "OutboxWritten",
    "PageFailed",
    "PageImage",
    "PageRead",
    "PageRegistered",
    "PagesRendered",
    "PagesRequested",
    "RenderedPage",
]
