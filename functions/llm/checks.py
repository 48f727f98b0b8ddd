"""What looks at answers, imported when there is the first one to look at.

It is a fifth of what `llm` would import at its start, and no page needs it before its model has
answered, which takes seconds. Where a process knows that work is coming it imports all of it
meanwhile (`prepare`). So whoever uses a part of it imports that where it is used.
"""

from importlib import import_module

_MODULES = (
    "functions.llm.answers",
    "functions.llm.comparison",
    "lector.domain.alignment",
    "lector.domain.differences",
)


def prepare() -> None:
    """Import all of it."""
    for name in _MODULES:
        import_module(name)
