"""`lector up`, `stop` and `down`: what starts, what stays, what ends, and what is deleted."""

import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

from lector.local.data_folder import DataFolder
from lector.local.process import free_port
from tests.acceptance.commandline import (
    Done,
    Up,
    clear,
    environment,
    finished,
    lector,
    processes_using,
    start_lector,
    still_running,
    up,
    wait_until,
)
from tests.support import pdfs

pytestmark = pytest.mark.slow

EARLY, LATE = f"Before it all {pdfs.sentinel(31)}", f"After a death {pdfs.sentinel(32)}"
LONG_PAGES = 12


@dataclass(frozen=True)
class FirstRun:
    """A `lector up` in which a part was killed, and that was ended by Ctrl-C."""

    data: Path
    file_id: str
    second_up: Done
    second_up_in_background: Done
    port: int
    port_taken: Done
    after_a_death: Done
    during_a_death: Done
    without_fork_server: Done
    exit_code: int
    seconds_to_stop: float
    left: list[str]


@dataclass(frozen=True)
class SecondRun:
    """A `lector up` on the same folder, that was itself killed while a command used it."""

    early_text: str
    unfinished_id: str
    command: Done


@dataclass(frozen=True)
class ThirdRun:
    """A `lector up` at once after the kill, that went on where the second ended; killed idle."""

    unfinished: Mapping[str, Any]
    text: str
    left: list[str]


@dataclass(frozen=True)
class Detached:
    """`up -d`, `stop`, `up -d` again and `down`, with another folder beside."""

    started: Done
    runs_after_start: bool
    status: Done
    one_part: Done
    no_part: Done
    pid: Done
    status_after_stop: Done
    stopped: Done
    runs_after_stop: bool
    data_stays: bool
    not_asked: Done
    answered_no: Done
    stays_after_no: bool
    down: Done
    left: list[int]
    data: Path
    neighbour: Path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("life")
    (path / "early.pdf").write_bytes(pdfs.text_pdf([EARLY], 24))
    (path / "late.pdf").write_bytes(pdfs.text_pdf([LATE], 24))
    long = [f"{pdfs.sentinel(n)} {pdfs.prose(n, 12)}" for n in range(LONG_PAGES)]
    (path / "long.pdf").write_bytes(pdfs.text_pdf(long))
    watched = [f"{pdfs.sentinel(90 + n)} {pdfs.prose(n, 12)}" for n in range(6)]
    (path / "watched.pdf").write_bytes(pdfs.text_pdf(watched))
    yield path
    clear(path)
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def first(folder: Path) -> FirstRun:
    with up(folder / "data", keep=True) as running:
        [file] = running.ocr(folder / "early.pdf", "--format", "json").files.values()
        port = httpx2.URL(running.url).port or 0
        second_up = lector("up", "--data", running.data)
        in_background = lector("up", "-d", "--data", running.data)
        port_taken = lector("up", "--data", folder / "other", "--port", str(port))
        running.part("--target", "register").kill()
        after_a_death = running.ocr(folder / "late.pdf")
        api = running.part("--target", "upload")
        during_a_death, _ = _reading_while(running, folder / "watched.pdf", api.kill)
        processes = running.processes()
        notify = running.part("--target", "notify")
        forks = running.part("lector.local.fork_server")
        forks.kill()
        notify.kill()
        without_fork_server = running.ocr(folder / "late.pdf", "--text-layer", "always")
        # It may have begun by itself meanwhile.
        wait_until(lambda: _begun_anew(running, forks, "lector.local.fork_server"), 60)
        wait_until(lambda: _begun_anew(running, notify, "--target", "notify"), 60)
        running.part("--target", "notify").kill()
        wait_until(lambda: _is_forked(running, "notify"), 60)
        processes += map(psutil.Process, processes_using(running.data))
        seconds = running.interrupt()
        return FirstRun(
            data=running.data,
            file_id=file["id"],
            second_up=second_up,
            second_up_in_background=in_background,
            port=port,
            port_taken=port_taken,
            after_a_death=after_a_death,
            during_a_death=during_a_death,
            without_fork_server=without_fork_server,
            exit_code=running.process.returncode,
            seconds_to_stop=seconds,
            left=still_running(processes, 0),
        )


def _begun_anew(running: Up, before: psutil.Process, *words: str) -> bool:
    """Whether a part runs again, as another process than before."""
    try:
        return running.part(*words) != before
    except ValueError:  # it does not run yet
        return False


def _is_forked(running: Up, function: str) -> bool:
    """Whether a function runs as a child of the fork server, and not by itself."""
    try:
        parent = running.part("--target", function).parent()
        return parent is not None and "lector.local.fork_server" in parent.cmdline()
    except (ValueError, psutil.Error):  # it does not run yet
        return False


@pytest.fixture(scope="module")
def second(first: FirstRun, folder: Path) -> SecondRun:
    with up(first.data, keep=True, port=free_port()) as running:
        early_text = httpx2.get(f"{running.url}/v1/files/{first.file_id}/text").text
        done, unfinished_id = _reading_while(running, folder / "long.pdf", running.process.kill)
        return SecondRun(early_text, unfinished_id, done)


@pytest.fixture(scope="module")
def third(first: FirstRun, second: SecondRun) -> ThirdRun:
    with up(first.data, keep=True) as running:
        unfinished = finished(running.url, second.unfinished_id)
        text = httpx2.get(f"{running.url}/v1/files/{second.unfinished_id}/text").text
        processes = running.processes()
        running.process.kill()
        running.process.wait()
        # Whoever handles an event just then has the grace period of gunicorn, 30 s, to end.
        return ThirdRun(unfinished, text, still_running(processes, 35))


@pytest.fixture(scope="module")
def detached(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Detached]:
    parent = tmp_path_factory.mktemp("detached")
    data, neighbour = parent / "data", parent / "neighbour"
    neighbour.mkdir()
    (neighbour / "precious").write_text("mine")
    try:
        started = lector("up", "-d", "--data", data)
        runs_after_start = _runs(data)
        status = lector("status", "--data", data)
        one_part = lector("status", "outbox", "--json", "--data", data)
        no_part = lector("status", "inbox", "--data", data)
        pid = lector("status", "outbox", "--pid", "--data", data)
        stopped = lector("stop", "--data", data)
        status_after_stop = lector("status", "--data", data)
        runs_after_stop, data_stays = _runs(data), (data / "postgres" / "PG_VERSION").exists()
        lector("up", "-d", "--data", data)
        (parent / "two.pdf").write_bytes(pdfs.text_pdf([EARLY, LATE]))
        lector("ocr", parent / "two.pdf", "--text-layer", "always", data=data)
        not_asked = lector("down", "--data", data)
        answered_no = lector("down", "--data", data, typed="n\n")
        stays_after_no = _runs(data)
        down = lector("down", "--yes", "--data", data)
        yield Detached(
            started=started,
            runs_after_start=runs_after_start,
            status=status,
            one_part=one_part,
            no_part=no_part,
            pid=pid,
            status_after_stop=status_after_stop,
            stopped=stopped,
            runs_after_stop=runs_after_stop,
            data_stays=data_stays,
            not_asked=not_asked,
            answered_no=answered_no,
            stays_after_no=stays_after_no,
            down=down,
            left=processes_using(data),
            data=data,
            neighbour=neighbour,
        )
    finally:
        clear(data)
        shutil.rmtree(parent)


@pytest.mark.slow
def test_a_function_that_was_killed_is_started_again_and_reading_goes_on(first: FirstRun) -> None:
    assert first.after_a_death.code == 0, first.after_a_death.err
    assert LATE in first.after_a_death.out


def test_the_death_of_the_fork_server_ends_no_reading_and_it_forks_again(first: FirstRun) -> None:
    assert first.without_fork_server.code == 0, first.without_fork_server.err
    assert LATE in first.without_fork_server.out


def test_a_command_outlasts_the_death_of_the_api_it_watches(first: FirstRun) -> None:
    assert first.during_a_death.code == 0, first.during_a_death.err
    assert all(pdfs.sentinel(90 + n) in first.during_a_death.out for n in range(6))


def test_a_second_up_on_a_folder_in_use_is_an_error_that_names_the_way_out(
    first: FirstRun,
) -> None:
    assert (first.second_up.code, first.second_up.out) == (1, "")
    [line] = first.second_up.err.splitlines()
    assert f"Lector runs already at http://127.0.0.1:{first.port}, on {first.data}" in line
    assert "`lector stop` ends it" in line


def test_a_port_that_is_taken_is_an_error_that_names_the_way_out(first: FirstRun) -> None:
    assert (first.port_taken.code, first.port_taken.out) == (1, "")
    [line] = first.port_taken.err.splitlines()
    assert f"port {first.port} is taken" in line
    assert "--port" in line


def test_ctrl_c_ends_up_with_exit_code_0(first: FirstRun) -> None:
    assert first.exit_code == 0


def test_ctrl_c_stops_everything_within_ten_seconds(first: FirstRun) -> None:
    assert first.seconds_to_stop < 10


def test_no_process_is_left_when_up_has_ended(first: FirstRun) -> None:
    assert first.left == []


@pytest.mark.slow
def test_text_is_still_there_after_a_stop_and_a_start(second: SecondRun) -> None:
    assert second.early_text == f"{EARLY}\n"


@pytest.mark.slow
def test_a_command_whose_lector_is_killed_ends_with_an_error_in_a_sentence(
    second: SecondRun,
) -> None:
    assert second.command.code == 1
    assert "Traceback" not in second.command.err
    assert any(line.startswith("lector: error: ") for line in second.command.err.splitlines())


@pytest.mark.slow
def test_a_file_that_was_being_read_when_all_was_killed_is_read_to_the_end_after_a_start(
    third: ThirdRun,
) -> None:
    assert third.unfinished["status"] == "completed"


@pytest.mark.slow
def test_no_page_is_lost_or_doubled_when_all_is_killed(third: ThirdRun) -> None:
    first_words = [page.split()[0] for page in third.text.split("\f")]
    assert first_words == [pdfs.sentinel(n) for n in range(LONG_PAGES)]


@pytest.mark.slow
def test_when_up_itself_is_killed_its_processes_end_too(third: ThirdRun) -> None:
    assert third.left == []


@pytest.mark.slow
def test_up_in_the_background_returns_when_all_is_ready(detached: Detached) -> None:
    assert (detached.started.code, detached.runs_after_start) == (0, True)


@pytest.mark.slow
def test_up_in_the_background_says_where_the_api_is(detached: Detached) -> None:
    assert "http://127.0.0.1:" in detached.started.err


@pytest.mark.slow
def test_stop_ends_it_and_says_that_the_data_stays(detached: Detached) -> None:
    assert (detached.stopped.code, detached.runs_after_stop) == (0, False)
    assert "the data stays" in detached.stopped.err


@pytest.mark.slow
def test_the_data_does_stay(detached: Detached) -> None:
    assert detached.data_stays


@pytest.mark.slow
def test_down_ends_a_running_lector_and_deletes_its_folder(detached: Detached) -> None:
    assert (detached.down.code, detached.left) == (0, [])
    assert not detached.data.exists()


@pytest.mark.slow
def test_down_says_what_would_be_gone_and_deletes_only_after_a_yes(detached: Detached) -> None:
    asked = detached.answered_no
    assert (asked.code, detached.stays_after_no) == (1, True)
    said = f"lector: {detached.data} holds 1 file with 2 pages read, and all settings and tokens: "
    assert asked.err.startswith(said)
    assert asked.err.endswith("Delete all that for good? [y/N]: lector: nothing was deleted\n")


@pytest.mark.slow
def test_down_needs_a_yes_where_nobody_can_be_asked(detached: Detached) -> None:
    assert detached.not_asked.code == 2
    assert "add --yes" in detached.not_asked.err


def test_down_needs_no_database_that_works(
    tmp_path: Path,
) -> None:
    folder = DataFolder(tmp_path / "data")
    with folder.in_use():
        folder.secret("s3")
    (folder.path / "postgres").write_text("no folder")
    answered_no = lector("down", data=folder.path, typed="n\n")
    assert "how many files that is cannot be said" in answered_no.err
    assert folder.path.exists()
    answered_yes = lector("down", data=folder.path, typed="y\n")
    assert (answered_yes.code, folder.path.exists()) == (0, False)


@pytest.mark.slow
def test_down_deletes_nothing_beside_its_folder(detached: Detached) -> None:
    assert (detached.neighbour / "precious").read_text() == "mine"


def test_down_refuses_a_folder_that_is_not_lectors(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    done = lector("down", "--data", tmp_path)
    assert done.code == 1
    assert "nothing was deleted" in done.err
    assert (tmp_path / "precious").read_text() == "mine"


def test_down_leaves_a_folder_that_never_was_alone(tmp_path: Path) -> None:
    done = lector("down", "--data", tmp_path / "never")
    assert (done.code, list(tmp_path.iterdir())) == (0, [])


def test_status_lists_every_process_that_runs_with_its_memory(detached: Detached) -> None:
    assert detached.status.code == 0
    header, *rows = [line.split("\t") for line in detached.status.out.splitlines()]
    assert header == ["part", "state", "pid", "for", "processor", "memory"]
    listed = {row[0] for row in rows}
    assert listed >= {"supervisor", "postgres", "nats", "seaweedfs", "upload", "render", "register"}
    assert listed >= {"llm", "outbox", "notify", "jetstream-source", "jetstream-sink"}
    assert all(row[1] == "runs" and float(row[5].removesuffix(" MiB")) > 1 for row in rows)
    assert "Lector runs at http://127.0.0.1:" in detached.status.err


def test_status_of_one_part_tells_programs_its_process(detached: Detached) -> None:
    [part] = json.loads(detached.one_part.out)["parts"]
    assert part["name"] == "outbox"
    assert detached.pid.out == f"{part['pid']}\n"


def test_status_of_a_part_that_there_is_not_is_wrong_usage(detached: Detached) -> None:
    assert detached.no_part.code == 2
    assert "'inbox'" in detached.no_part.err


def test_status_says_when_nothing_runs_and_what_starts_it(detached: Detached) -> None:
    assert detached.status_after_stop.code == 1
    assert "nothing runs" in detached.status_after_stop.err
    assert "lector up" in detached.status_after_stop.err


def test_stop_says_when_there_is_nothing_to_stop(tmp_path: Path) -> None:
    done = lector("stop", "--data", tmp_path / "never")
    assert (done.code, list(tmp_path.iterdir())) == (0, [])
    assert "nothing runs" in done.err


def test_up_in_the_background_passes_on_why_it_cannot_start(first: FirstRun) -> None:
    assert first.second_up_in_background.code == 1
    assert "Lector runs already at http" in first.second_up_in_background.err


@pytest.mark.parametrize("command", ["stop", "down"])
def test_a_lector_that_is_just_starting_is_left_alone(tmp_path: Path, command: str) -> None:
    with DataFolder(tmp_path).in_use():
        DataFolder(tmp_path).secret("s3")
        done = lector(command, "--data", tmp_path)
        assert done.code == 1
        assert "try again" in done.err
        assert (tmp_path / "secrets.json").exists()


def test_what_a_killed_lector_left_written_is_not_taken_for_a_running_one(tmp_path: Path) -> None:
    (tmp_path / "stack.json").write_text('{"pid": 1, "url": "http://127.0.0.1:1"}')
    with DataFolder(tmp_path).in_use():
        assert DataFolder(tmp_path).running() is None


def _reading_while(running: Up, pdf: Path, act: Callable[[], None]) -> tuple[Done, str]:
    """`lector ocr`, with something done to the running Lector in the middle; and the file's id."""
    start = time.monotonic()
    with start_lector("ocr", str(pdf), env=environment(running.data)) as command:
        file_id = _with_a_page_read(running, pdf.name)
        act()
        out, err = command.communicate(timeout=60)
    return Done(command.returncode, out, err, time.monotonic() - start), file_id


def _with_a_page_read(running: Up, name: str) -> str:
    """Wait until some but not all pages of a file were read; the file's id."""
    found: list[str] = []

    def some_read() -> bool:
        files = httpx2.get(f"{running.url}/v1/files").json()["files"]
        found[:] = [f["id"] for f in files if f["name"] == name and f["progress"]["read"] > 0]
        return bool(found)

    wait_until(some_read, 30)
    return found[0]


def _runs(data: Path) -> bool:
    return DataFolder(data).running() is not None
