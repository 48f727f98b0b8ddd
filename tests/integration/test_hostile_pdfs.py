"""PDFs that hang, bloat or crash the engine: their pages fail, and nothing else does.

Some of them take the renderer over: whatever it says then, it harms no other request.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import httpx2
import psutil
import pytest

from functions.render import rendering
from functions.render.engine_messages import (
    READY,
    Channel,
    Inspection,
    Request,
    encode_request,
)
from functions.render.render_pool import Crashed, RenderProcess, TimedOut
from functions.render.rendering import RenderedImage, render_and_store
from lector.domain import object_keys
from lector.local import functions as shapes
from lector.local.process import Child, free_port, wait_ready
from lector.runtime import events
from lector.runtime.failures import PermanentFailure, TransientFailure
from lector.runtime.settings import Rendering
from tests.support import pdfs
from tests.support.bridging import wait_until
from tests.support.called import Functions
from tests.support.parts import Parts
from tests.support.world import World

DEFAULT = Rendering()
PATIENT = replace(DEFAULT, render_page_timeout_s=100)
SHORT = replace(DEFAULT, render_page_timeout_s=1)
HANGS = "import sys; from pathlib import Path; from functions.render import rendering;"
HANGS += "from lector.runtime.settings import Rendering;"
HANGS += "list(rendering.render(Path(sys.argv[1]), [1], Rendering()))"
# Starts a renderer with ever more room for open files, and counts how often that was refused.
CRAMPED = """
import os, resource
from contextlib import suppress
from functions.render.render_pool import RenderProcess
from lector.runtime.failures import TransientFailure

def open_files():
    for number in range(64):
        with suppress(OSError):
            os.fstat(number)
            yield number

before, (_, most) = list(open_files()), resource.getrlimit(resource.RLIMIT_NOFILE)
refused = 0
for room in range(1, 12):
    renderer = RenderProcess()
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before) + room, most))
    try:
        renderer.start()
    except TransientFailure:
        refused += 1
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    renderer.end()
    assert list(open_files()) == before
print(refused)
"""
# A renderer that was taken over; what it does with its answer comes behind this.
TAKEN_OVER = """
import socket, sys, time
from functions.render.engine_messages import (
    READY, Channel, Inspection, decode_request, encode_reply
)

end = socket.socket(fileno=int(sys.argv[1]))
function = Channel(end)
function.send(READY)
while True:
    request, ticket = decode_request(function.receive())
    answer = encode_reply(Inspection(request.number, None), ticket)
    message = len(answer).to_bytes(4) + answer
"""
STOPS_HALF_WAY = "    end.sendall(message[:20]); time.sleep(60)"
TRICKLES = "    [(end.send(bytes([byte])), time.sleep(0.2)) for byte in message]"
ANSWERS_TWICE = "    end.sendall(message + message)"


Write = Callable[[bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(pdf: bytes) -> Path:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.pdf"
        path.write_bytes(pdf)
        return path

    return write


Start = Callable[[str], RenderProcess]


@pytest.fixture
def start_rogue(tmp_path: Path) -> Iterator[Start]:
    """Starts renderers that do what the test says instead of what they are asked."""
    started: list[RenderProcess] = []

    def start(does: str) -> RenderProcess:
        script = tmp_path / "taken_over.py"
        script.write_text(TAKEN_OVER + does)
        started.append(RenderProcess([str(script)]))
        return started[-1]

    yield start
    for renderer in started:
        renderer.end()


def inspect_with(renderer: RenderProcess, number: int) -> object:
    """The answer to a request that such a renderer would answer with this number of pages."""
    request = Request("inspect", Path("none.pdf"), SHORT, number)
    return renderer.request(request, time.monotonic() + 30)


def renderers(pid: int | None = None) -> list[psutil.Process]:
    """The render processes below a process (this one), first the one that computes the most."""
    before = {child: computed_s(child) for child in psutil.Process(pid).children(recursive=True)}
    time.sleep(0.3)
    found = [child for child in before if computed_s(child) >= 0]
    return sorted(found, key=lambda child: before[child] - computed_s(child))


def computed_s(process: psutil.Process) -> float:
    """For how long a render process has computed; less than 0 if it is none, or has just ended."""
    try:
        ours = any("engine_process" in word for word in process.cmdline())
        return float(process.cpu_times().user) if ours else -1.0
    except psutil.NoSuchProcess:
        return -1.0


def busy_renderer(but: int = 0) -> psutil.Process:
    """One that has computed for a second since it was first looked at, and is not the given one.

    By its own clock: on a busy machine that second takes many.
    """
    until, first = time.monotonic() + 60, dict[int, float]()
    while time.monotonic() < until:
        for child in renderers():
            so_far = computed_s(child)
            if child.pid != but and so_far - first.setdefault(child.pid, so_far) > 1:
                return child
    raise AssertionError("no render process is busy")


def start_all_renderers(write: Write) -> None:
    """Have each answer something, the one that was idle for the longest first: none is starting."""
    for _ in range(2 * (os.cpu_count() or 1)):
        rendering.inspect(write(pdfs.text_pdf(["well"])), 50, DEFAULT)


def codes(path: Path, numbers: list[int], config: Rendering = DEFAULT) -> list[str]:
    """A failure's code, or "drawn", for each page."""
    return [
        page.code if isinstance(page, PermanentFailure) else "drawn"
        for _, page in rendering.render(path, numbers, config)
    ]


def test_the_function_itself_never_loads_the_engine() -> None:
    script = "from functions.render import rendering; import sys; rendering.start_processes();"
    script += "print('pymupdf' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"False\n", b"")


def test_one_process_is_started_early_and_the_others_with_the_first_request(write: Write) -> None:
    script = (
        "import sys, psutil; from pathlib import Path; from functions.render import rendering;"
        "from lector.runtime.settings import Rendering;"
        "count = lambda: len(psutil.Process().children());"
        "rendering.start_processes(); early = count();"
        "rendering.inspect(Path(sys.argv[1]), 50, Rendering()); print(early, count())"
    )
    command = [sys.executable, "-c", script, str(write(pdfs.text_pdf(["well"])))]
    env = {**os.environ, "RENDER_PROCESSES": "3"}
    assert subprocess.run(command, env=env, capture_output=True, check=True).stdout == b"1 3\n"


def test_a_page_that_is_drawn_for_ever_fails_and_its_neighbours_are_drawn(write: Write) -> None:
    path = write(pdfs.drawn_for_ever(before=["one", "two"]))
    pages = dict(rendering.render(path, [1, 3, 2], SHORT))
    slow = pages[3]
    assert isinstance(slow, PermanentFailure)
    assert (slow.code, slow.detail) == ("page_too_slow", "page 3 takes longer than 1 s to draw")
    assert isinstance(pages[1], RenderedImage)
    assert isinstance(pages[2], RenderedImage)


@pytest.mark.parametrize(
    "bomb", [pytest.param(pdfs.content_bomb, marks=pytest.mark.slow), pdfs.image_bomb]
)
def test_a_page_that_needs_too_much_memory_fails(write: Write, bomb: Callable[[], bytes]) -> None:
    assert codes(write(bomb()), [1]) == ["page_too_large"]
    assert codes(write(pdfs.text_pdf(["well"])), [1]) == ["drawn"]


@pytest.mark.slow
def test_a_file_that_needs_too_much_memory_fails(write: Write) -> None:
    path = write(pdfs.file_bomb())
    with pytest.raises(PermanentFailure, match=r"file_too_large: .* 1024 MiB .* opened"):
        rendering.inspect(path, 50, DEFAULT)
    assert codes(path, [1]) == ["page_too_large"]  # the engine reads the page tree when drawing


def test_a_file_that_is_opened_for_ever_fails(write: Write) -> None:
    config = replace(DEFAULT, render_page_timeout_s=0.05)
    with pytest.raises(PermanentFailure, match="file_too_slow"):
        rendering.inspect(write(pdfs.file_bomb()), 50, config)


def test_a_huge_image_that_is_shrunk_while_it_is_read_is_drawn(write: Write) -> None:
    assert codes(write(pdfs.huge_black_image()), [1]) == ["drawn"]


@pytest.mark.slow
def test_a_good_colour_scan_needs_two_thirds_of_the_memory_at_most(write: Write) -> None:
    config = replace(DEFAULT, render_memory_bytes=DEFAULT.render_memory_bytes * 2 // 3)
    assert codes(write(pdfs.colour_scan()), [1], config) == ["drawn"]


@pytest.mark.parametrize(
    "death", [pytest.param(signal.SIGSEGV, marks=pytest.mark.slow), signal.SIGKILL]
)
def test_a_page_that_crashes_the_renderer_twice_fails_and_its_neighbours_are_drawn(
    write: Write, death: signal.Signals
) -> None:
    path = write(pdfs.drawn_for_ever(before=["one", "two"]))
    with ThreadPoolExecutor(1) as thread:
        pages = thread.submit(codes, path, [1, 2, 3], PATIENT)
        first = busy_renderer()
        first.send_signal(death)
        busy_renderer(but=first.pid).send_signal(death)
        assert pages.result() == ["drawn", "drawn", "page_crashes_renderer"]


@pytest.mark.slow
def test_a_page_whose_renderer_is_killed_once_is_drawn(write: Write) -> None:
    path = write(pdfs.drawn_for_ever(levels=6))  # seconds, not years
    with ThreadPoolExecutor(1) as thread:
        pages = thread.submit(codes, path, [1], PATIENT)
        busy_renderer().kill()
        assert pages.result() == ["drawn"]


def test_renderers_that_died_while_idle_are_replaced_unnoticed(write: Write) -> None:
    path = write(pdfs.many_pages(8))
    start_all_renderers(write)
    for renderer in renderers():
        renderer.kill()
    assert codes(path, list(range(1, 9))) == ["drawn"] * 8


def test_other_files_are_drawn_while_one_hangs(write: Write) -> None:
    hanging, well = write(pdfs.drawn_for_ever()), write(pdfs.many_pages(20))
    config = replace(DEFAULT, render_page_timeout_s=2)
    with ThreadPoolExecutor(5) as threads:
        slow = threads.submit(codes, hanging, [1, 1, 1], config)
        others = [threads.submit(codes, well, list(range(1, 21)), config) for _ in range(4)]
        assert [other.result() for other in others] == [["drawn"] * 20] * 4
        assert slow.result() == ["page_too_slow"] * 3


@pytest.mark.parametrize("does", [STOPS_HALF_WAY, TRICKLES])
def test_an_answer_that_begins_in_time_and_does_not_end_is_too_slow(
    start_rogue: Start, does: str
) -> None:
    renderer = start_rogue(does)
    renderer.start()
    time.sleep(1)
    began = time.monotonic()
    with pytest.raises(TimedOut):
        inspect_with(renderer, 1)
    assert time.monotonic() - began < 4


def test_a_second_answer_is_never_taken_for_that_to_the_next_request(start_rogue: Start) -> None:
    renderer = start_rogue(ANSWERS_TWICE)
    assert inspect_with(renderer, 1) == Inspection(1, None)
    with pytest.raises(Crashed):
        inspect_with(renderer, 2)
    assert inspect_with(renderer, 3) == Inspection(3, None)  # by a fresh process


@pytest.mark.parametrize("said", ["b'5'", "b'[]'", "b'[' * 99_999", "b'{}'", "answer[:-9]"])
def test_a_renderer_that_says_what_is_no_answer_is_ended(start_rogue: Start, said: str) -> None:
    renderer = start_rogue(f"    function.send({said})")
    with pytest.raises(Crashed):
        inspect_with(renderer, 1)


@pytest.mark.slow
def test_a_renderer_whose_answer_nobody_takes_ends_by_its_own_clock(write: Write) -> None:
    path = write(pdfs.scanned(["noise"], noise=1))  # its image fits into no socket's buffer
    ours, theirs = socket.socketpair()
    process = subprocess.Popen(
        [sys.executable, "-m", "functions.render.engine_process", str(theirs.fileno())],
        stdin=subprocess.PIPE,
        pass_fds=[theirs.fileno()],
    )
    with process, theirs, Channel(ours) as channel:
        assert channel.receive() == READY
        channel.send(encode_request(Request("draw", path, SHORT, 1), "ticket"))
        try:
            assert process.wait(15) == -signal.SIGALRM
        finally:
            process.kill()


def test_a_renderer_that_cannot_be_started_now_is_not_now_and_leaves_nothing_open() -> None:
    done = subprocess.run([sys.executable, "-c", CRAMPED], stdout=subprocess.PIPE, check=True)
    assert int(done.stdout) > 3


def test_pages_that_are_not_drawn_in_time_are_not_now_and_those_drawn_are_stored(
    write: Write,
) -> None:
    start_all_renderers(write)
    began = time.monotonic()
    assert codes(write(pdfs.many_pages(3)), [1, 2, 3]) == ["drawn"] * 3
    enough_s = max(2.0, 10 * (time.monotonic() - began))
    path = write(pdfs.drawn_for_ever(before=["one", "two"]))
    file_id, stored = uuid4(), set[str]()

    def put(key: str, body: bytes, kind: str) -> None:
        stored.add(key)

    until = time.monotonic() + enough_s
    with pytest.raises(TransientFailure, match="the renderer is busy"):
        render_and_store(path, file_id, [1, 2, *[3] * 6], PATIENT, put, until)
    keys = (object_keys.image_key, object_keys.layer_key)
    assert stored == {key(file_id, number) for key in keys for number in (1, 2)}
    assert codes(write(pdfs.many_pages(3)), [1, 2, 3]) == ["drawn"] * 3
    # Nothing of the file is left to be drawn.
    assert time.monotonic() - until < PATIENT.render_page_timeout_s / 4


def test_a_file_that_is_not_opened_in_time_is_not_now(write: Write) -> None:
    start_all_renderers(write)
    with pytest.raises(TransientFailure, match="the renderer is busy"):
        rendering.inspect(write(pdfs.file_bomb()), 50, DEFAULT, time.monotonic() + 0.05)


def test_no_secret_of_the_function_reaches_a_renderer(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("S3_SECRET_KEY", "hush")
    codes(write(pdfs.many_pages(1)), [1])
    killed = renderers()
    for renderer in killed:
        renderer.kill()
    # One that is about to die looks like one that runs.
    assert psutil.wait_procs(killed, timeout=10)[1] == []
    codes(write(pdfs.many_pages(2)), [1, 2])
    started = renderers()
    assert started
    assert not any("S3_SECRET_KEY" in renderer.environ() for renderer in started)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere they end when their time is over")
@pytest.mark.slow
def test_renderers_end_with_a_function_that_is_killed(write: Write) -> None:
    path = write(pdfs.drawn_for_ever())
    with subprocess.Popen([sys.executable, "-c", HANGS, str(path)]) as function:
        while not (below := renderers(function.pid)) or computed_s(below[0]) < 1.5:
            time.sleep(0.05)
        function.kill()
    _, alive = psutil.wait_procs(below, timeout=10)
    assert alive == []


@pytest.mark.parametrize("hangs", [False, True])
def test_a_function_that_is_asked_to_stop_does_and_its_renderers_too(
    functions: Functions, services: Parts, tmp_path: Path, *, hangs: bool
) -> None:
    port = free_port()
    limits = {"RENDER_PAGE_TIMEOUT_S": "5"}
    child = Child(shapes.function("render", port, {**services.settings, **limits}), tmp_path)
    try:
        wait_ready(child, shapes.healthy(port))
        pdf = pdfs.drawn_for_ever() if hangs else pdfs.text_pdf(["hello"])
        [wanted] = World.with_file(functions, pdf).requested()
        headers, body = events.to_http(wanted)
        with ThreadPoolExecutor(1) as thread:
            url = f"http://127.0.0.1:{port}"
            answer = thread.submit(httpx2.post, url, headers=headers, content=body, timeout=30)
            if hangs:
                wait_until(lambda: any(computed_s(one) > 0.5 for one in renderers(child.pid)))
            else:
                assert answer.result().status_code == 200
            below = renderers(child.pid)
            assert below
            os.kill(child.pid, signal.SIGTERM)
            _, alive = psutil.wait_procs([psutil.Process(child.pid), *below], timeout=15)
            assert alive == []
            assert answer.result().status_code == 200
    finally:
        child.kill()
