"""The render function's cache of originals."""

from pathlib import Path

import pytest

from functions.render.original_cache import OriginalCache


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
