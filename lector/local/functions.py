"""The functions and the bridge as processes, started exactly as in their containers."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lector.local import data_folder
from lector.local.process import Part, http_status
from lector.local.tools import checkout
from lector.runtime import source_tree


@dataclass(frozen=True)
class Shape:
    """How many processes and threads a function gets on one machine."""

    workers: int = 1
    threads: int = 4


_SHAPES = {
    "upload": Shape(threads=40),
    "render": Shape(threads=64),  # more than its subscriptions have slots: no refusal has to wait
    "register": Shape(threads=8),
    "llm": Shape(threads=64),  # as many as its subscription has slots: they wait for the model
    "outbox": Shape(threads=2),
    "notify": Shape(threads=32),  # they wait for webhooks and Telegram
}


def names() -> list[str]:
    """Every function: each folder of functions/ with a main.py, also one that a user has added."""
    return sorted(main.parent.name for main in (checkout() / "functions").glob("*/main.py"))


def function(name: str, port: int, env: Mapping[str, str], host: str = "127.0.0.1") -> Part:
    """A function on functions-framework."""
    source = checkout() / "functions" / name / "main.py"
    shape = _SHAPES.get(name, Shape())
    threads = {"WORKERS": str(shape.workers), "THREADS": str(shape.threads)}
    # As arguments, so that functions can be told apart in a list of processes.
    command = [
        sys.executable,
        "-m",
        "lector.runtime.serve",
        "--target",
        name,
        "--source",
        str(source),
    ]
    return Part(
        name,
        command,
        {**env, **_address(port), "HOST": host, **threads, **source_tree.environment()},
    )


def bridge(command: str, env: Mapping[str, str], port: int) -> Part:
    """One of the bridge's three commands."""
    arguments = [sys.executable, "-m", "lector.bridge", command]
    return Part(command, arguments, {**env, **_address(port)}, grace_s=30.0)


def migration(urls: Path) -> Part:
    """The bridge's `migrate`, which ends by itself; it connects by the URLs in this folder."""
    arguments = [sys.executable, "-m", "lector.bridge", "migrate"]
    env = {"DATABASE_URLS": str(urls), "MIGRATIONS": str(checkout() / "migrations")}
    return Part("migrate", arguments, {"PYTHONUNBUFFERED": "1", **env})


def reader_check(reader: str | None, env: Mapping[str, str]) -> Part:
    """What asks a reader, by default the default one, prints what is wrong with it, and ends."""
    named = [] if reader is None else [reader]
    arguments = [sys.executable, "-m", "functions.llm.start_check", *named]
    return Part(
        "reader-check", arguments, {"PYTHONUNBUFFERED": "1", **env, **source_tree.environment()}
    )


def tesseract(port: int, env: Mapping[str, str]) -> Part:
    """The embedded model, with one thread for each page, as several pages are read at once."""
    arguments = [sys.executable, "-m", "lector.tesseract.endpoint"]
    own = {"OMP_THREAD_LIMIT": "1", "LECTOR_LANGUAGES": str(data_folder.languages())}
    return Part("tesseract", arguments, {**env, **_address(port), **own})


def healthy(port: int, path: str = "/health/readiness") -> partial[bool]:
    """A probe of a process's health."""
    return partial(_is_healthy, port, path)


def _is_healthy(port: int, path: str) -> bool:
    status = http_status(port, path, timeout_s=2)
    return status is not None and status < 300


def _address(port: int) -> dict[str, str]:
    return {"HOST": "127.0.0.1", "PORT": str(port)}
