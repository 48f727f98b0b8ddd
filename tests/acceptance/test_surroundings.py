"""Lector starts and reads wherever it is put: odd paths, taken ports, a proxy, root or nobody."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx2
import psutil
import pytest

from lector.local.process import claim, free_port
from tests.acceptance.commandline import (
    LECTOR,
    Done,
    Up,
    environment,
    lector,
    processes_using,
    start_lector,
    still_running,
    up,
    wait_until,
)
from tests.support import pdfs

NOBODY = 65534
# A proxy as companies set it, at which nobody answers.
PROXY = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9")
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    path = tmp_path / "a page.pdf"
    path.write_bytes(pdfs.text_pdf([f"Read me {pdfs.sentinel(41)}"], 24))
    return path


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sequence[Up]]:
    """Two stacks that started at the same moment: in a folder with a space, while the ports of
    PostgreSQL, NATS and the API are taken, and behind a proxy."""
    parent = tmp_path_factory.mktemp("two")
    with ExitStack() as stack:
        for port in (5432, 4222, 8080):
            # Somebody may have it already, which is as good; or, as another stack of these tests,
            # have chosen it and be about to listen.
            with suppress(OSError):
                if claim(port):
                    stack.enter_context(socket.create_server(("127.0.0.1", port)))
        with ThreadPoolExecutor(2) as pool:
            starts = [
                pool.submit(stack.enter_context, up(parent / "a b'c", settings=PROXY)),
                pool.submit(stack.enter_context, up(parent / "ümläut", settings=PROXY)),
            ]
            yield [start.result() for start in starts]


@pytest.mark.slow
def test_lector_reads_in_odd_folders_beside_taken_ports_and_behind_a_proxy(
    two: Sequence[Up], pdf: Path
) -> None:
    done = lector("ocr", pdf, env=environment(two[0].data, PROXY))
    assert (done.code, pdfs.sentinel(41) in done.out) == (0, True), done.err


@pytest.mark.slow
def test_two_lectors_that_start_at_once_get_addresses_of_their_own(two: Sequence[Up]) -> None:
    assert two[0].url != two[1].url


@pytest.mark.slow
def test_two_lectors_know_nothing_of_each_others_files(two: Sequence[Up], tmp_path: Path) -> None:
    for number, one in enumerate(two):
        path = tmp_path / f"of-{number}.pdf"
        path.write_bytes(pdfs.text_pdf([pdfs.sentinel(50 + number)], 24))
        assert pdfs.sentinel(50 + number) in one.ocr(path).out
    names = [
        {file["name"] for file in httpx2.get(f"{one.url}/v1/files").json()["files"]} for one in two
    ]
    assert "of-0.pdf" in names[0]
    assert "of-1.pdf" in names[1]
    assert not names[0] & names[1]


def test_a_port_that_one_process_chose_is_not_chosen_by_another() -> None:
    port = free_port()
    code = f"from lector.local.process import claim; print(claim({port}))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert other.stdout == "False\n"


def test_a_process_never_chooses_one_port_twice() -> None:
    assert not claim(free_port())


@pytest.mark.slow
def test_a_temporary_lector_leaves_nothing_behind(pdf: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    done = lector("ocr", pdf, "--temporary", env=environment(settings={"TMPDIR": str(work)}))
    assert (done.code, pdfs.sentinel(41) in done.out) == (0, True), done.err
    assert (list(work.iterdir()), processes_using(work)) == ([], [])


@pytest.mark.slow
def test_a_temporary_lector_leaves_nothing_behind_when_it_is_interrupted(
    tmp_path: Path,
) -> None:
    long = tmp_path / "long.pdf"
    long.write_bytes(pdfs.text_pdf([pdfs.prose(n, 12) for n in range(20)]))
    work = tmp_path / "work"
    work.mkdir()
    with start_lector(
        "ocr", str(long), "--temporary", env=environment(settings={"TMPDIR": str(work)})
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()  # the first page
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        _, messages = process.communicate(timeout=30)
    assert (process.returncode, messages.splitlines()[-1]) == (130, "lector: stopped")
    assert (list(work.iterdir()), still_running(children, 0)) == ([], [])


def test_an_interrupt_while_lector_starts_leaves_nothing_behind(tmp_path: Path, pdf: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    with start_lector(
        "ocr", str(pdf), "--temporary", env=environment(settings={"TMPDIR": str(work)})
    ) as process:
        wait_until(lambda: len(psutil.Process(process.pid).children(recursive=True)) > 5, 30)
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        _, messages = process.communicate(timeout=30)
    assert (process.returncode, messages.splitlines()[-1]) == (130, "lector: stopped")
    assert (list(work.iterdir()), still_running(children, 0)) == ([], [])


@pytest.mark.slow
def test_a_folder_whose_first_start_was_cut_short_works_at_the_next(
    tmp_path: Path, pdf: Path
) -> None:
    data = tmp_path / "data"
    with subprocess.Popen(
        [*LECTOR, "ocr", str(pdf)], env=environment(data), stderr=subprocess.DEVNULL
    ) as process:
        wait_until(lambda: any(data.glob("postgres*/PG_VERSION")), 30)
        process.kill()
    done = lector("ocr", pdf, data=data)
    assert (done.code, pdfs.sentinel(41) in done.out) == (0, True), done.err
    shutil.rmtree(data)


@pytest.mark.slow
@only_root
def test_an_ordinary_user_can_read_with_a_temporary_lector() -> None:
    home = Path(tempfile.mkdtemp(prefix="lector-nobody-"))
    try:
        (home / "page.pdf").write_bytes(pdfs.text_pdf([f"Read me {pdfs.sentinel(42)}"], 24))
        os.chown(home, NOBODY, NOBODY)
        done = _as_nobody("ocr", home / "page.pdf", "--temporary", home=home)
        assert (done.code, pdfs.sentinel(42) in done.out) == (0, True), done.err
        assert [path.name for path in home.iterdir()] == ["page.pdf"]
    finally:
        shutil.rmtree(home)


@pytest.mark.slow
@only_root
def test_root_can_keep_the_data_where_only_root_can_enter(pdf: Path, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    done = lector("ocr", pdf, "--data", closed / "data")
    assert (done.code, pdfs.sentinel(41) in done.out) == (0, True), done.err
    shutil.rmtree(closed)


def _as_nobody(*words: str | Path, home: Path) -> Done:
    """Run `lector` as nobody, who may read what only root can: this checkout or Python itself."""
    capability = "+dac_read_search"
    setpriv = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    setpriv += ["--securebits=+no_setuid_fixup"]
    setpriv += [f"--inh-caps={capability}", f"--ambient-caps={capability}"]
    env = environment(settings={"HOME": str(home), "TMPDIR": str(home)})
    return lector(*words, prefix=setpriv, env=env, cwd=home)
