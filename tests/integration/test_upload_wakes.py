"""upload touches whoever may sleep, once, and is never held up or stopped by it."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from lector.domain import object_keys, originals
from lector.local.process import Child, Part, free_port
from lector.runtime import object_store, settings
from tests.support.bridging import ScriptedFunction, wait_until
from tests.support.called import Functions
from tests.support.world import World, rows

IDLE_S = 0.5
SLOW_START_S = 10.0


@pytest.fixture
def sleeper(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedFunction]:
    """A function that upload is told to wake, after a moment in which nothing happened."""
    function = ScriptedFunction()
    monkeypatch.setenv("WAKE_URLS", f"{function.url},http://127.0.0.1:9")
    monkeypatch.setenv("WAKE_AFTER_IDLE_S", str(IDLE_S))
    settings.current.cache_clear()
    pause()
    yield function
    function.stop()
    settings.current.cache_clear()


@pytest.fixture
def tesseract(
    sleeper: ScriptedFunction, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ScriptedFunction]:
    """The embedded reader, which sleeps like a function; the default reader is a model."""
    reader = ScriptedFunction()
    monkeypatch.setenv("TESSERACT_URL", f"{reader.url}/v1")
    monkeypatch.setenv("READERS_SET_UP", "tesseract,openrouter")
    settings.current.cache_clear()
    yield reader
    reader.stop()


def pause() -> None:
    """Longer than nothing must happen for the functions to count as asleep."""
    time.sleep(IDLE_S + 0.2)


def announce(functions: Functions, **options: str) -> None:
    body = {"name": f"{uuid4()}.pdf", "size_bytes": 1, **options}
    assert functions.clients["upload"].post("/v1/files", json=body).status_code == 201


def touches(function: ScriptedFunction) -> int:
    return function.health_requests.count("/health/readiness")


def test_an_announcement_after_a_pause_touches_the_functions(
    functions: Functions, sleeper: ScriptedFunction
) -> None:
    announce(functions)
    wait_until(lambda: touches(sleeper) == 1)


def test_functions_are_touched_once_however_many_files_are_announced(
    functions: Functions, sleeper: ScriptedFunction, monkeypatch: pytest.MonkeyPatch
) -> None:
    announce(functions)
    monkeypatch.setenv("WAKE_AFTER_IDLE_S", "600")  # however long the others take
    settings.current.cache_clear()
    for _ in range(4):
        announce(functions)
    wait_until(lambda: touches(sleeper) >= 1)
    time.sleep(0.1)
    assert touches(sleeper) == 1


def test_many_files_that_are_announced_at_once_touch_the_functions_once(
    functions: Functions, sleeper: ScriptedFunction
) -> None:
    body = {"files": [{"name": "one.pdf", "size_bytes": 1}] * 5}
    assert functions.clients["upload"].post("/v1/files/batch", json=body).status_code == 200
    wait_until(lambda: touches(sleeper) >= 1)
    time.sleep(0.1)
    assert touches(sleeper) == 1


def test_functions_that_read_a_page_lately_are_not_touched(
    functions: Functions,
    sleeper: ScriptedFunction,
    model: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World.with_pages(functions, 1)
    wait_until(lambda: touches(sleeper) == 1)
    monkeypatch.setenv("WAKE_AFTER_IDLE_S", "3")  # what follows on the reading comes within that
    settings.current.cache_clear()
    time.sleep(3.2)
    world.read()
    announce(functions)
    time.sleep(0.2)
    assert touches(sleeper) == 1


def test_they_are_touched_again_when_the_bytes_took_their_time(
    functions: Functions, sleeper: ScriptedFunction
) -> None:
    body = {"name": "slow.pdf", "size_bytes": 1}
    created = functions.clients["upload"].post("/v1/files", json=body).get_json()
    wait_until(lambda: touches(sleeper) == 1)
    pause()
    object_store.store().put(
        object_keys.original_key(created["id"]), b"\0", originals.PDF.media_type
    )
    confirmed = functions.clients["upload"].post(f"/v1/files/{created['id']}/confirm")
    assert confirmed.status_code == 202
    wait_until(lambda: touches(sleeper) == 2)


def test_an_announcement_is_not_held_up_by_functions_that_take_their_time(
    functions: Functions, sleeper: ScriptedFunction
) -> None:
    sleeper.health_delay_s = 3.0
    started = time.monotonic()
    announce(functions)
    assert time.monotonic() - started < 2.0
    assert rows(b"SELECT count(*) FROM files")[0][0] > 0


def test_where_nothing_sleeps_nobody_is_touched(
    functions: Functions, sleeper: ScriptedFunction, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WAKE_URLS")
    settings.current.cache_clear()
    announce(functions)
    time.sleep(0.2)
    assert touches(sleeper) == 0


@pytest.mark.parametrize(
    "options",
    [{}, {"verify": "always"}, {"reader": "tesseract"}, {"reader": "tesseract", "verify": "never"}],
)
def test_the_embedded_reader_is_touched_with_the_functions_where_it_reads_or_verifies(
    functions: Functions,
    sleeper: ScriptedFunction,
    tesseract: ScriptedFunction,
    options: dict[str, str],
) -> None:
    announce(functions, **options)
    wait_until(lambda: (touches(sleeper), touches(tesseract)) == (1, 1))


@pytest.mark.parametrize(
    ("options", "bytes_", "times"),
    [
        ({"text_layer": "never"}, b"%PDF-1.7\n", 2),
        ({}, b"\x89PNG\r\n\x1a\n", 2),
        ({"text_layer": "never", "verify": "never"}, b"%PDF-1.7\n", 1),
        ({}, b"%PDF-1.7\n", 1),
    ],
    ids=["own text refused", "image", "nobody asks it", "may carry its text"],
)
def test_among_functions_that_are_awake_it_is_touched_alone_where_it_is_needed_for_certain(
    functions: Functions,
    sleeper: ScriptedFunction,
    tesseract: ScriptedFunction,
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, str],
    bytes_: bytes,
    times: int,
) -> None:
    announce(functions)
    wait_until(lambda: (touches(sleeper), touches(tesseract)) == (1, 1))
    monkeypatch.setenv("WAKE_AFTER_IDLE_S", "600")
    settings.current.cache_clear()
    body = {"name": "scan", "size_bytes": len(bytes_), **options}
    created = functions.clients["upload"].post("/v1/files", json=body).get_json()
    key = object_keys.original_key(created["id"])
    object_store.store().put(key, bytes_, originals.STORED_TYPE)
    confirmed = functions.clients["upload"].post(f"/v1/files/{created['id']}/confirm")
    assert confirmed.status_code == 202
    wait_until(lambda: touches(tesseract) == times)
    time.sleep(0.2)
    assert (touches(sleeper), touches(tesseract)) == (1, times)


def test_the_embedded_reader_sleeps_on_where_nobody_asks_it(
    functions: Functions, sleeper: ScriptedFunction, tesseract: ScriptedFunction
) -> None:
    announce(functions, verify="never")
    wait_until(lambda: touches(sleeper) == 1)
    time.sleep(0.2)
    assert touches(tesseract) == 0


def test_what_is_read_once_more_or_verified_after_a_pause_touches_them_again(
    functions: Functions, sleeper: ScriptedFunction, tesseract: ScriptedFunction, model: object
) -> None:
    world = World.with_pages(functions, 1)
    world.read()
    for what in ("verify", "retry"):
        pause()
        functions_before, reader_before = touches(sleeper), touches(tesseract)
        file = f"/v1/files/{world.file_id}"
        answer = functions.clients["upload"].post(f"{file}/{what}", json={"pages": "1"})
        assert answer.status_code == 202
        wait_until(lambda: touches(sleeper) == functions_before + 1)  # noqa: B023
        wait_until(lambda: touches(tesseract) == reader_before + 1)  # noqa: B023


def test_a_function_that_starts_has_woken_others_before_it_is_ready(
    sleeper: ScriptedFunction, tmp_path: Path
) -> None:
    slow = tmp_path / "main.py"
    slow.write_text(
        f"import time\ntime.sleep({SLOW_START_S})\ndef hello(request):\n    return ''\n"
    )
    part = Part(
        "slow",
        [sys.executable, "-m", "lector.runtime.serve", "--target", "hello", "--source", str(slow)],
        {"PORT": str(free_port()), "WAKE_URLS": sleeper.url},
    )
    began, child = time.monotonic(), Child(part, tmp_path)
    try:
        wait_until(lambda: touches(sleeper) == 1)
        assert child.alive()
        assert time.monotonic() < began + SLOW_START_S
    finally:
        child.kill()
