"""Lector's own functions, and what each may reach; roles, wiring and manifests are held to it."""

from collections.abc import Mapping
from enum import StrEnum


class Reach(StrEnum):
    """Something outside a function; on a cluster its pods carry the label `lector.dev/<value>`."""

    DATABASE = "database"
    """PostgreSQL, under a role of the function's own."""
    OBJECTS = "objects"
    """The object store."""
    MODEL = "model"
    """The model's endpoint."""
    OUTSIDE = "outside"
    """The internet: webhooks, Telegram, files at URLs."""


FUNCTIONS: Mapping[str, frozenset[Reach]] = {
    "upload": frozenset({Reach.DATABASE, Reach.OBJECTS, Reach.OUTSIDE}),
    "render": frozenset({Reach.DATABASE, Reach.OBJECTS}),
    "register": frozenset({Reach.DATABASE}),
    "llm": frozenset({Reach.DATABASE, Reach.OBJECTS, Reach.MODEL}),
    "outbox": frozenset({Reach.DATABASE}),
    "notify": frozenset({Reach.DATABASE, Reach.OUTSIDE}),
}


def database_role(name: str) -> str:
    """The role under which a function, or the bridge, uses the database."""
    return f"lector_{name}"


DATABASE_ROLES = tuple(
    database_role(name)
    for name in (*(name for name, reach in FUNCTIONS.items() if Reach.DATABASE in reach), "bridge")
)
