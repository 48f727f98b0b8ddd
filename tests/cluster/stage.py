"""A stage, and how it says that it failed or was left out."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.cluster.cluster import Cluster


class StageFailed(Exception):
    """What is not as it should be, in one sentence."""


class LeftOut(Exception):
    """Why a stage cannot be run on this cluster."""


@dataclass(frozen=True)
class Stage:
    """One thing that is held against the cluster: it returns its figure, in words."""

    name: str
    about: str
    run: Callable[[Cluster], str]
    needs_lector: bool = True


def check(holds: object, otherwise: str) -> None:
    """StageFailed unless something holds."""
    if not holds:
        raise StageFailed(otherwise)
