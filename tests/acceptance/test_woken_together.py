"""After a long idle time the cold starts of a file's functions overlap instead of adding up.

Every function but `upload`, the embedded reader that verifies what the model says, and the sink are
real, but stand behind something that sleeps: its first request takes 3 s. Everything between them
is real, too.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pymupdf
import pytest

from lector.cli.client import Client
from lector.local.data_folder import DataFolder
from lector.local.process import free_port
from lector.local.stack import Stack
from lector.runtime import settings
from tests.support.model import ScriptedModel
from tests.support.pdfs import drawn_pdf, text_pdf
from tests.support.sleepers import Sleeper, most_at_once

_IDLE_S = 1.0
_WITHIN_S = 60.0
WORDS = (
    "A letter that carries its own text, of words enough to be believed, is read without anybody."
)


class Cluster:
    """A whole Lector whose functions can be put to sleep."""

    def __init__(self, folder: DataFolder) -> None:
        self._by_url: dict[str, Sleeper] = {}
        self._ports: set[int] = set()
        # Not the usual port: another test may have just freed it, whose command still asks there.
        self.stack = Stack(folder, free_port(), lambda _: None, self._through)
        wiring = self.stack.wiring
        inside = [port for name, port in wiring.function_ports.items() if name != "upload"]
        assert wiring.model_port is not None
        self.by_name = {
            name: self._sleeper(f"http://127.0.0.1:{port}")
            for name, port in {
                **{name: port for name, port in wiring.function_ports.items() if name != "upload"},
                "jetstream-sink": wiring.sink_port,
                "tesseract": wiring.model_port,
            }.items()
        }
        self._ports = {*inside, wiring.sink_port, wiring.model_port}
        # upload finds out by itself whether the embedded reader is needed.
        named = [one.url for name, one in self.by_name.items() if name != "tesseract"]
        self.wake_urls = ",".join(named)

    def _sleeper(self, url: str) -> Sleeper:
        if url not in self._by_url:
            self._by_url[url] = Sleeper(url)
        return self._by_url[url]

    def _through(self, url: str) -> str:
        # With a slash at its end, or a path, an address leads to the same sleeper.
        split = urlsplit(url)
        if split.port not in self._ports:
            return url
        return self._sleeper(f"{split.scheme}://{split.netloc}").url + split.path

    @property
    def sleepers(self) -> list[Sleeper]:
        return list(self._by_url.values())

    def fall_asleep(self) -> None:
        """As after a long time in which nothing happened."""
        time.sleep(_IDLE_S + 0.2)
        for sleeper in self.sleepers:
            sleeper.sleep()

    def read(self, pdf: Path) -> float:
        """Upload a PDF; the seconds from its confirmation to its first page."""
        with Client(self.stack.url) as client:
            file = client.upload(pdf, None)
            confirmed = time.monotonic()
            while not any(page["status"] == "read" for page in client.pages(file["id"])):
                assert time.monotonic() < confirmed + _WITHIN_S
                time.sleep(0.02)
        return time.monotonic() - confirmed

    def close(self) -> None:
        self.stack.stop()
        for sleeper in self.sleepers:
            sleeper.stop()


@contextmanager
def started(path: Path, *, wakes: bool, idle_s: float = _IDLE_S) -> Iterator[Cluster]:
    """A cluster in which what a file will need is woken, or is not."""
    model = ScriptedModel()
    folder = DataFolder(path)
    with pytest.MonkeyPatch.context() as patch, folder.in_use():
        patch.setenv("OPENAI_BASE_URL", model.base_url)
        patch.setenv("WAKE_AFTER_IDLE_S", str(idle_s))
        patch.setenv("VERIFY", "auto")
        settings.current.cache_clear()  # another test of this process may have read them before
        cluster = Cluster(folder)
        if wakes:
            patch.setenv("WAKE_URLS", cluster.wake_urls)
        try:
            cluster.stack.start()
            yield cluster
        finally:
            cluster.close()
            model.stop()
    settings.current.cache_clear()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with started(tmp_path_factory.mktemp("woken") / "data", wakes=True) as cluster:
        yield cluster


def pdf(folder: Path, name: str) -> Path:
    path = folder / f"{name}.pdf"
    path.write_bytes(drawn_pdf([f"a page of {name}, {uuid4()}"]))
    return path


@pytest.mark.slow
def test_after_a_long_idle_time_all_functions_of_a_file_start_at_once(
    cluster: Cluster, tmp_path: Path
) -> None:
    cluster.read(pdf(tmp_path, "first"))  # the real processes are warm: only the sleep is measured
    cluster.fall_asleep()
    took_s = cluster.read(pdf(tmp_path, "second"))
    print(f"from confirm to the first page: {took_s:.2f} s")  # noqa: T201 - shown by pytest -rP
    starts = {name: len(sleeper.cold_starts) for name, sleeper in cluster.by_name.items()}
    assert starts == dict.fromkeys(cluster.by_name, 1)
    assert {"notify", "tesseract"} <= cluster.by_name.keys()
    assert most_at_once(cluster.sleepers) == len(cluster.sleepers)


@pytest.mark.slow
def test_functions_that_are_awake_are_not_touched(cluster: Cluster, tmp_path: Path) -> None:
    cluster.read(pdf(tmp_path, "first"))
    before = [sleeper.touched_awake for sleeper in cluster.sleepers]
    cluster.read(pdf(tmp_path, "second"))
    assert [sleeper.touched_awake for sleeper in cluster.sleepers] == before


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["pdf", "png"])
def test_the_first_scan_after_files_with_text_of_their_own_wakes_the_embedded_reader_ahead_of_llm(
    tmp_path: Path, kind: str
) -> None:
    scan = pdf(tmp_path, "scan")
    if kind == "png":
        with pymupdf.open(scan) as document:
            scan = tmp_path / "scan.png"
            document[0].get_pixmap(dpi=100).save(scan)
    with started(tmp_path / "data", wakes=True, idle_s=600) as cluster:
        written = tmp_path / "written.pdf"
        written.write_bytes(text_pdf([f"{WORDS} {uuid4()}"]))
        cluster.read(written)
        tesseract = cluster.by_name["tesseract"]
        tesseract.sleep()  # nobody needed it
        cluster.read(scan)
    assert tesseract.woken_by == ["/health/readiness"]


@pytest.mark.slow
def test_without_waking_the_cold_starts_follow_one_another(tmp_path: Path) -> None:
    with started(tmp_path / "data", wakes=False) as cluster:
        cluster.read(pdf(tmp_path, "first"))
        cluster.fall_asleep()
        took_s = cluster.read(pdf(tmp_path, "second"))
    print(f"from confirm to the first page, not woken: {took_s:.2f} s")  # noqa: T201
    assert most_at_once(cluster.sleepers) <= 2  # notify is beside the way of a page
