"""The render function's cache of originals."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from functions.render.original_cache import OriginalCache
from lector.runtime.object_store import ObjectMissing


class Store:
    """Downloads by writing the key, and counts."""

    def __init__(self) -> None:
        self.downloads: list[str] = []

    def download(self, key: str, path: Path) -> None:
        self.downloads.append(key)
        path.write_text(key)


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def cache(tmp_path: Path, store: Store) -> OriginalCache:
    return OriginalCache(tmp_path, store.download, capacity=2)


def test_a_file_is_fetched_once(cache: OriginalCache, store: Store) -> None:
    for _ in range(3):
        with cache.fetch("a") as path:
            assert path.read_text() == "a"
    assert store.downloads == ["a"]


def test_the_least_recently_used_file_goes_first(
    cache: OriginalCache, store: Store, tmp_path: Path
) -> None:
    for key in "abac":
        with cache.fetch(key):
            pass
    assert {path.read_text() for path in tmp_path.iterdir()} == {"a", "c"}


def test_a_file_in_use_stays_however_many_others_come(cache: OriginalCache) -> None:
    with cache.fetch("a") as path:
        for key in "bcd":
            with cache.fetch(key):
                pass
        assert path.read_text() == "a"


def test_a_failed_download_is_tried_again(tmp_path: Path, store: Store) -> None:
    def failing(key: str, path: Path) -> None:
        store.download(key, path)
        if len(store.downloads) == 1:
            raise OSError("no space")

    cache = OriginalCache(tmp_path, failing, capacity=2)
    with pytest.raises(OSError, match="no space"), cache.fetch("a"):
        pass
    with cache.fetch("a") as path:
        assert path.read_text() == "a"


def test_a_failed_download_takes_no_place(tmp_path: Path, store: Store) -> None:
    """A place that holds nothing would have originals fetched again for each range of pages."""

    def some(key: str, path: Path) -> None:
        if key == "missing":
            raise ObjectMissing(key)
        store.download(key, path)

    cache = OriginalCache(tmp_path, some, capacity=2)
    for key in ("a", "b", "missing", "missing", "a", "b"):
        with suppress(ObjectMissing), cache.fetch(key):
            pass
    assert store.downloads == ["a", "b"]


def test_a_file_that_was_waited_for_while_its_download_failed_goes_after_use(
    tmp_path: Path, store: Store
) -> None:
    begun, to_fail = threading.Event(), threading.Event()

    def failing_once(key: str, path: Path) -> None:
        store.download(key, path)
        if len(store.downloads) == 1:
            begun.set()
            assert to_fail.wait(10)
            raise OSError("no space")

    cache = OriginalCache(tmp_path, failing_once, capacity=2)

    def read(key: str) -> str:
        with cache.fetch(key) as path:
            return path.read_text()

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(read, "a")
        assert begun.wait(10)
        second = threads.submit(read, "a")
        to_fail.set()
        assert isinstance(first.exception(10), OSError)
        assert second.result(10) == "a"
    assert len(list(tmp_path.iterdir())) <= 1
    for key in "bc":
        read(key)
    assert {path.read_text() for path in tmp_path.iterdir()} == {"b", "c"}
