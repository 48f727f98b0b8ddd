"""What a process imports is what its start waits for: nothing that its work does not need."""

import json
import subprocess
import sys
from functools import cache

import pytest

from lector.domain.functions import FUNCTIONS
from lector.local.tools import checkout

#: Packages that cost, or that only some may know, and who is to import them at the start.
#: pymupdf is imported by nobody: only the processes that draw for `render` do.
#: `render` asks the ledger whether work is still wanted, so it has a (tiny) database role.
COSTLY = {
    "nats": {"jetstream-source", "jetstream-sink"},
    "psycopg": {"upload", "render", "register", "llm", "outbox", "notify", "postgres-source"},
    "obstore": {"upload", "render", "llm"},
    # Only who signs URLs, or has an error of the store to explain, imports it.
    "boto3": set(),
    "openai": {"llm"},
    "pymupdf": set(),
    "PIL": set(),
    "yaml": {"llm", "jetstream-source"},
    "flask": {"upload", "render", "register", "llm", "outbox", "notify"},
    "msgspec": {"upload", "llm"},
    "httpx2": {"llm", "notify"},
    # nats-py imports it, too, where it is there.
    "aiohttp": {"jetstream-source", "postgres-source", "jetstream-sink"},
    # Else httpx2 imports it with its first client: two threads at once leave it half imported.
    "httpcore2": {"llm", "notify"},
    "starlette": {"upload", "jetstream-source", "postgres-source"},
    "uvicorn": {"jetstream-source", "postgres-source"},
    "tesserocr": set(),
    "rich": set(),
    "psutil": set(),
    "pikepdf": set(),
    "lxml": set(),
    "limits": set(),
    "rapidfuzz": set(),
    "numpy": set(),
    "aws_xray_sdk": set(),
}
#: Of packages that are imported, what costs more than the rest and is needed by nobody at once.
COSTLY_PARTS = {
    "openai.types.chat",
    "openai.types.responses",
    "openai.resources",
    "opentelemetry.sdk",
    "lector.runtime.s3_client",
    # What few requests need of `upload`, and none waits for a start with.
    "functions.upload.contract",
    "functions.upload.searchable_pdf.of_file",
    "functions.upload.word_formats.layout",
    "functions.llm.answers",
    "functions.llm.comparison",
    "functions.llm.pictures",
}
COMMANDS = {
    "jetstream-source": "jetstream_source.source",
    "jetstream-sink": "jetstream_sink.sink",
    "postgres-source": "postgres_source.doorbell",
}
PARTS = (*FUNCTIONS, *COMMANDS)
#: A fork loads them as `__main__`, or by the function's own name.
_LOADED_AS_MAIN = {"lector.bridge.__main__", "lector.runtime.serve", "main"}
#: What the embedded reader imports at once; its engine it imports by itself.
_OF_TESSERACT = {"PIL"}
_SETTINGS = ("DATABASE_URL", "S3_ENDPOINT", "S3_BUCKET", "S3_ACCESS_KEY", "S3_SECRET_KEY")
_MORE = ("OPENAI_BASE_URL", "OPENAI_API_KEY", "K_SINK")
_FUNCTION = (
    "import lector.runtime.serve, functions_framework;"
    " functions_framework.create_app({name!r}, {path!r})"
)
_COMMAND = "import lector.bridge.__main__, lector.bridge.{module}"
_SHOW = "; import sys; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
_SHOW_ALL = "; import sys; print(*sorted(sys.modules))"
_PRELOAD = """
import json, logging, os, sys, threading
from lector.local import fork_server
fork_server.preload()
from lector.runtime import settings
descriptors = [os.readlink(f"/dev/fd/{n}") for n in os.listdir("/dev/fd") if int(n) > 2 and
               os.path.lexists(f"/dev/fd/{n}")]
print(*sys.modules)
print(json.dumps({
    "threads": len(os.listdir("/proc/self/task")),
    "settings read": settings.current.cache_info().currsize,
    "sockets": len([name for name in descriptors if name.startswith("socket")]),
    "handlers": len(logging.getLogger().handlers),
}))"""
#: The files of functions that are loaded as two modules.
_TWICE = """
files = [getattr(module, "__file__", None) or "" for module in list(sys.modules.values())]
print(*sorted({file for file in files if files.count(file) > 1 and "functions" in file}))"""


@cache
def started(name: str) -> tuple[set[str], list[str]]:
    """The modules that are there once the process could serve, and files loaded twice.

    The process is started as this function or command.
    """
    if name in FUNCTIONS:
        path = str(checkout() / "functions" / name / "main.py")
        start = _FUNCTION.format(name=name, path=path)
    else:
        start = _COMMAND.format(module=COMMANDS[name])
    shown = subprocess.run(
        [sys.executable, "-c", start + _SHOW_ALL + _TWICE],
        env=dict.fromkeys((*_SETTINGS, *_MORE), "http://127.0.0.1:9"),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    modules, twice = shown.stdout.split("\n")[:2]
    return set(modules.split()), twice.split()


@pytest.mark.parametrize("name", [*FUNCTIONS, *COMMANDS])
def test_a_process_imports_what_it_needs_and_no_more(name: str) -> None:
    wanted = {package for package, users in COSTLY.items() if name in users}
    packages = {module.partition(".")[0] for module in started(name)[0]}
    assert packages & COSTLY.keys() == wanted


@pytest.mark.parametrize("name", [*FUNCTIONS, *COMMANDS])
def test_a_process_imports_of_a_package_only_the_parts_that_it_needs(name: str) -> None:
    assert started(name)[0] & COSTLY_PARTS == set()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_file_of_a_function_is_loaded_under_two_names(name: str) -> None:
    assert started(name)[1] == []


def imported(start: str) -> set[str]:
    """The packages that are there after these words."""
    command = [sys.executable, "-c", start + _SHOW]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def test_a_command_imports_nothing_that_only_a_start_of_servers_needs() -> None:
    shown = imported("import lector.cli.__main__, lector.cli.files")
    assert {"click", "httpx2"} <= shown
    assert not {"boto3", "psycopg", "flask", "openai", "pymupdf", "aiohttp", "nats"} & shown


def test_up_stays_and_so_imports_no_client_of_anything() -> None:
    shown = imported("import lector.cli.__main__; from lector.local import services, stack")
    assert {"click", "psutil"} <= shown
    assert not {"boto3", "psycopg", "httpx2", "aiohttp", "nats", "asyncio"} & shown


@cache
def preloaded() -> tuple[set[str], dict[str, object]]:
    """What the fork server has imported, and what else it has then."""
    shown = subprocess.run(
        [sys.executable, "-c", _PRELOAD],
        env={"FAIL_POINTS": "of this process"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    modules, state = shown.stdout.splitlines()
    return set(modules.split()), json.loads(state)


def own_or_package(module: str) -> str:
    """A module of Lector's own as it is, of another's its package."""
    return module if module.startswith(("lector.", "functions.")) else module.partition(".")[0]


@pytest.mark.parametrize("name", PARTS)
def test_the_fork_server_has_imported_all_that_a_part_imports_but_its_first_module(
    name: str,
) -> None:
    assert started(name)[0] - preloaded()[0] - _LOADED_AS_MAIN == set()


def test_the_fork_server_imports_nothing_that_no_part_imports() -> None:
    users = {one for name in PARTS for one in map(own_or_package, started(name)[0])}
    own = {"lector.local", "lector.local.fork_server", "lector.local.process_words"}
    own |= {"lector.runtime.source_tree", "runpy"}
    assert set(map(own_or_package, preloaded()[0])) - users - own == _OF_TESSERACT
    packages = {name.partition(".")[0] for name in preloaded()[0]}
    unwanted = {name for name, wanted in COSTLY.items() if not wanted} - _OF_TESSERACT
    assert packages & unwanted == set()
    assert preloaded()[0] & COSTLY_PARTS == set()


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux")
def test_nothing_that_a_fork_must_not_share_is_there_before_it() -> None:
    assert preloaded()[1] == {"threads": 1, "settings read": 0, "sockets": 0, "handlers": 0}
