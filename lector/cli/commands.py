"""The commands by what they are for, each imported when it is asked for.

So a command waits for its own imports only, and those that need what only Lector on this machine
needs are listed, and say what is missing, where the client alone is installed.
"""

from collections.abc import Iterator, MutableMapping
from importlib import import_module

import click

from lector.runtime import source_tree

#: What each section of the help lists: names of commands, and the modules that hold them.
HELP_SECTIONS = {
    "Read": {"ocr": "ocr", "watch": "watch_folder", "try": "try_page"},
    "Files": {
        "ls": "files",
        "get": "get",
        "search": "files",
        "report": "report",
        "budget": "file_actions",
        "keep": "keep",
        "retry": "file_actions",
        "cancel": "file_actions",
        "rm": "file_actions",
    },
    "Correct": {"verify": "file_actions", "edit": "edit", "export": "export"},
    "See": {
        "trace": "trace",
        "events": "events",
        "call": "call",
        "notify": "notify",
        "mcp": "mcp",
        "readers": "readers",
    },
    "Run": {"up": "machine", "status": "status", "stop": "machine", "down": "machine"},
    "Look after": {
        "doctor": "doctor",
        "languages": "languages",
        "backup": "backup",
        "restore": "backup",
        "migrate": "migrate",
        "token": "tokens",
        "dead": "file_actions",
        "gc": "file_actions",
        "completion": "completion",
    },
}
_MODULES = {name: module for section in HELP_SECTIONS.values() for name, module in section.items()}
# Functions that cannot be called as their commands are, which are words of Python.
_FUNCTIONS = {"try": "try_page"}


class NotInstalled(click.ClickException):
    """What a command needs is in an extra that was not installed: `local` is all of Lector."""

    exit_code = 2

    def __init__(
        self, error: ModuleNotFoundError, way_out: str = "", *, extra: str = "local"
    ) -> None:
        missing = str(error.name).partition(".")[0]
        needs = f"only Lector's client is installed here, and this needs all of it ({missing})"
        if extra != "local":
            needs = f"this needs {missing}, which is not installed"
        super().__init__(f"{needs}: {source_tree.install(extra)}{way_out}")


class Commands(MutableMapping[str, click.Command]):
    """Every command by its name; it is imported when it is looked up."""

    def __init__(self) -> None:
        self._loaded: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        """The command, or one that says what it needs."""
        if name not in self._loaded:
            self._loaded[name] = _load(name, _MODULES[name])
        return self._loaded[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_MODULES)

    def __len__(self) -> int:
        return len(_MODULES)


def _load(name: str, module: str) -> click.Command:
    try:
        loaded = import_module(f"lector.cli.{module}")
    except ModuleNotFoundError as error:
        if not source_tree.is_foreign(error):
            raise
        return _needs(name, NotInstalled(error))
    command: click.Command = getattr(loaded, _FUNCTIONS.get(name, name))
    return command


def _needs(name: str, missing: NotInstalled) -> click.Command:
    """A command that takes anything, and says what it needs."""

    def say() -> None:
        raise missing

    takes_all = {"ignore_unknown_options": True, "allow_extra_args": True}
    needs = f"Needs {source_tree.install()}."
    return click.Command(
        name, callback=say, help=needs, context_settings=takes_all, params=[], add_help_option=True
    )
