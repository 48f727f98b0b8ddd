"""Parts of one machine that are forked from a process that has imported their libraries."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from lector.local import forks
from lector.local.forks import ForkServer
from lector.local.process import Child, Part, Process

pytestmark = pytest.mark.skipif(not forks.are_possible(), reason="processes are forked on Linux")

_WITHIN_S = 30.0
_SLEEP = "print('up\\n', end=''); import time; time.sleep(60); print('slept')"
_STOPS = "import signal; signal.signal(15, lambda *_: exit('stopped')); " + _SLEEP
_STUBBORN = "import signal; signal.signal(15, signal.SIG_IGN); " + _SLEEP
_SHOW = """
import json, os, sys, tempfile
print(json.dumps({
    "environment": dict(os.environ),
    "outside": open("/proc/self/environ").read().rstrip(chr(0)).split(chr(0)),
    "leads": os.getsid(0) == os.getpid() == os.getpgid(0),
    "parent": os.getppid(),
    "temporary": tempfile.gettempdir(),
    "open": sorted(map(int, os.listdir("/proc/self/fd"))),
    "preloaded": "flask" in sys.modules,
}))
"""
#: A supervisor with one part: prints the part's pid when that is up, and waits.
_SUPERVISOR = """
import sys, time
from pathlib import Path
from tests.integration.test_fork_server import part
from lector.local.forks import ForkServer
from lector.local.process import Child
logs = Path(sys.argv[1])
server = ForkServer(logs)
child = Child(part("sleeper", sys.argv[2]), logs, (), server.fork)
while child.tail() != "up":
    time.sleep(0.02)
print(child.pid, flush=True)
time.sleep(60)
"""


def part(name: str, code: str, env: Mapping[str, str] | None = None) -> Part:
    """A part that runs this code."""
    command = [sys.executable, "-m", "tests.support.forked_program", code]
    return Part(name, command, {"PYTHONUNBUFFERED": "1", **(env or {})})


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkServer]:
    logs = tmp_path_factory.mktemp("server") / "logs"
    logs.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EARLIER", "of the fork server")
        server = ForkServer(logs)
    yield server
    server.kill()


@pytest.fixture
def start(server: ForkServer, logs: Path) -> Iterator[Callable[..., Child]]:
    started: list[Child] = []

    def begin(name: str, code: str, env: Mapping[str, str] | None = None) -> Child:
        started.append(Child(part(name, code, env), logs, ["WITHHELD"], server.fork))
        return started[-1]

    yield begin
    for child in started:
        child.kill()


def wait_until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + _WITHIN_S
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


def said(child: Child) -> str:
    """What a part has printed until its end."""
    wait_until(lambda: not child.alive())
    return child.tail()


def shown(child: Child) -> dict[str, object]:
    told: dict[str, object] = json.loads(said(child))
    return told


def test_each_part_has_its_own_environment_and_log(
    start: Callable[..., Child], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OURS", "of the supervisor")
    monkeypatch.setenv("WITHHELD", "secret")
    first, second = (start(name, _SHOW, {"SECRET": f"of {name}"}) for name in ("one", "two"))
    for child, name in ((first, "one"), (second, "two")):
        environment = shown(child)["environment"]
        assert isinstance(environment, dict)
        assert environment["SECRET"] == f"of {name}"
        assert environment["OURS"] == "of the supervisor"
        assert environment["TMPDIR"].endswith(f"run/{name}")
        assert not {"WITHHELD", "EARLIER"} & environment.keys()


def test_lists_of_processes_show_a_parts_command_and_environment(
    start: Callable[..., Child],
) -> None:
    child = start("one", _SHOW, {"SECRET": "of one"})
    told = shown(child)
    assert told["outside"] == [f"{k}={v}" for k, v in dict(told["environment"]).items()]  # type: ignore[call-overload]
    sleeper = start("two", _SLEEP)
    command = [sys.executable, "-m", "tests.support.forked_program", _SLEEP]
    wait_until(lambda: psutil.Process(sleeper.pid).cmdline()[: len(command)] == command)


def test_a_part_leads_a_session_of_its_own_and_shares_no_descriptor(
    start: Callable[..., Child], server: ForkServer
) -> None:
    start("another", _SLEEP)
    told = shown(start("one", _SHOW))
    assert told["preloaded"]
    assert told["parent"] == server.pid
    assert told["leads"]
    assert str(told["temporary"]).endswith("run/one")
    # Standard input and both outputs, the connection to the supervisor, and the folder it lists.
    assert len(told["open"]) == 5  # type: ignore[arg-type]


def test_two_forks_draw_different_numbers(start: Callable[..., Child]) -> None:
    code = "import random, ssl, uuid; print(random.random(), ssl.RAND_bytes(8), uuid.uuid4())"
    first, second = (said(start(name, code)).split() for name in ("one", "two"))
    assert not set(first) & set(second)


def test_a_part_that_was_killed_is_forked_again_and_leaves_no_zombie(
    start: Callable[..., Child], server: ForkServer
) -> None:
    child = start("one", _SLEEP)
    killed = child.pid
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: not child.alive())
    assert psutil.Process(server.pid).children() == []
    child.start()
    assert child.alive()
    assert child.pid != killed
    assert psutil.Process(child.pid).ppid() == server.pid


def test_the_exit_code_of_a_part_is_known_until_the_fork_server_is_killed(
    server: ForkServer,
) -> None:
    def forked(code: str) -> Process:
        return server.fork(part("coded", code), dict(os.environ), output)

    output = os.open(os.devnull, os.O_WRONLY)
    assert forked("exit(0)").wait(_WITHIN_S) == 0
    assert forked("exit(7)").wait(_WITHIN_S) == 7
    assert forked("import os; os.kill(os.getpid(), 9)").wait(_WITHIN_S) == -signal.SIGKILL
    orphan = forked(_SLEEP)
    assert orphan.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        orphan.wait(0.1)
    server.kill()
    orphan.send_signal(signal.SIGKILL)
    assert orphan.wait(_WITHIN_S) == forks.UNKNOWN_CODE
    os.close(output)
    server.start()


def test_a_stop_signal_reaches_a_part_and_what_ignores_it_is_killed(
    start: Callable[..., Child],
) -> None:
    polite, stubborn = start("polite", _STOPS), start("stubborn", _STUBBORN)
    for child in (polite, stubborn):
        wait_until(lambda child=child: child.tail() == "up")  # type: ignore[misc]
        child.ask_to_stop()
    assert said(polite).split() == ["up", "stopped"]
    assert stubborn.alive()
    stubborn.kill()
    assert not stubborn.alive()
    assert stubborn.tail() == "up"


def test_a_crash_of_a_part_leaves_the_fork_server_and_other_parts_alone(
    start: Callable[..., Child], server: ForkServer
) -> None:
    other = start("other", _SLEEP)
    crashed = start("crashed", "import os; os.abort()")
    wait_until(lambda: not crashed.alive())
    assert server.alive()
    assert other.alive()
    assert shown(start("next", _SHOW))["parent"] == server.pid


def test_a_fork_server_that_was_killed_takes_no_part_with_it_and_is_done_without(
    start: Callable[..., Child], server: ForkServer
) -> None:
    before = start("before", _SLEEP)
    killed = server.pid
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: not server.alive())
    assert not shown(start("meanwhile", _SHOW))["preloaded"]
    server.start()
    after = shown(start("after", _SHOW))
    assert after["preloaded"]
    assert after["parent"] == server.pid != killed
    assert before.alive()
    before.ask_to_stop()
    before.wait_stopped()
    assert not before.alive()


def test_a_part_is_asked_to_stop_when_its_supervisor_was_killed(logs: Path) -> None:
    asked = logs / "asked to stop"
    touch = f"import pathlib; pathlib.Path({str(asked)!r}).touch()"
    code = f"import signal; signal.signal(15, lambda *_: exit(exec({touch!r}))); {_SLEEP}"
    command = [sys.executable, "-c", _SUPERVISOR, str(logs), code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout
        sleeper = psutil.Process(int(supervisor.stdout.readline()))
        server = sleeper.parent()
        assert server
        supervisor.kill()
    gone, _ = psutil.wait_procs([sleeper, server], _WITHIN_S)
    assert {process.pid for process in gone} == {sleeper.pid, server.pid}
    assert asked.exists()


def test_a_part_whose_supervisor_died_before_it_began_ends_too(server: ForkServer) -> None:
    output = os.open(os.devnull, os.O_WRONLY)
    forked = server.fork(part("late", _SLEEP), dict(os.environ), output)
    late = psutil.Process(forked.pid)
    late.suspend()
    del forked  # closes our end of the connection, as death does
    late.resume()
    os.close(output)
    assert psutil.wait_procs([late], _WITHIN_S)[0] == [late]


def test_a_process_that_leads_no_group_yet_is_killed_by_itself(logs: Path) -> None:
    def begin(part: Part, environment: Mapping[str, str], output: int) -> Process:
        return subprocess.Popen(part.command, env=environment, stdout=output)

    child = Child(part("early", _SLEEP), logs, begin=begin)
    wait_until(lambda: child.tail() == "up")
    child.kill()
    assert child.tail() == "up"


def test_a_part_leads_its_own_group_as_soon_as_anybody_knows_of_it(server: ForkServer) -> None:
    output = os.open(os.devnull, os.O_WRONLY)
    for _ in range(50):
        forked = server.fork(part("new", _SLEEP), dict(os.environ), output)
        assert os.getpgid(forked.pid) == os.getsid(forked.pid) == forked.pid
        forked.send_signal(signal.SIGKILL)
        forked.wait(_WITHIN_S)
    os.close(output)


def test_a_part_works_in_its_folder(server: ForkServer, logs: Path) -> None:
    shows = replace(part("one", "import os; print(os.getcwd())"), folder=logs)
    assert said(Child(shows, logs, begin=server.fork)) == str(logs)
