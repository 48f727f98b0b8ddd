"""`python -m benchmarks profile`: where the processor time of a page goes, as a drawing (SVG).

A Lector of this checkout reads pages whose model answers at once. Python processes say by
themselves in which of our modules they are (`hook`); of the others there is the sum.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks import samples
from benchmarks.against import checkouts, work
from benchmarks.against.checkouts import Checkout, Lector
from benchmarks.against.command import NEVER, model
from benchmarks.profile import drawing, hook_folder
from benchmarks.profile.drawing import Bar
from benchmarks.reporting import say
from lector.local.process import keep_loopback_direct

_FILES, _PAGES = 12, 16
_WRITTEN_S = 1.5  # the hook writes once a second
_OWN = "the profile itself"
_ENGINE = "functions.render.engine_process"
_ENGINE_BAR = "render: drawing"
_DRAW = """
import sys
from pathlib import Path
from functions.render import engine
from lector.runtime import settings
document = engine.open_document(Path(sys.argv[1]))
for number in range(1, int(sys.argv[2]) + 1):
    engine.draw(document, number, settings.current(settings.Rendering))
import time; time.sleep(1.2)
"""

Parts = Mapping[str, float]


@dataclass(frozen=True)
class _Profiled(Checkout):
    """A checkout whose processes charge their time to modules, and write it into a folder."""

    profiles: Path

    def environment(self) -> dict[str, str]:
        """That of the checkout, with the hook before its modules."""
        env = super().environment()
        path = os.pathsep.join([str(hook_folder()), env["PYTHONPATH"]])
        return {**env, "PYTHONPATH": path, "PROFILE_FOLDER": str(self.profiles)}


def main(arguments: list[str]) -> int:
    """Measure, draw, and print the sums as JSON lines."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks profile", description=__doc__)
    parser.add_argument("--svg", type=Path, default=Path("profile.svg"), metavar="FILE")
    parser.add_argument("--pictures", action="store_true", help="pages that carry no text")
    options = parser.parse_args(arguments)
    keep_loopback_direct()
    make = samples.drawn_pdf if options.pictures else samples.read_pdf
    with tempfile.TemporaryDirectory(prefix="lector-bench-") as scratch:
        folder = Path(scratch)
        files = [make(folder / f"{n}.pdf", _PAGES, f"profile {n}") for n in range(_FILES)]
        bars = measure(folder, files)
    bars.sort(key=lambda bar: -bar.ms)
    for bar in bars:
        print(
            json.dumps(
                {"name": "profile", "process": bar.name, "ms": round(bar.ms, 2), **_rounded(bar)}
            )
        )
    what = "a picture of 500 words" if options.pictures else "500 words of text"
    options.svg.write_text(
        drawing.draw(bars, f"a page, {what}; {sum(b.ms for b in bars):.1f} ms of a processor")
    )
    say(f"{options.svg} shows it")
    return 0


def measure(folder: Path, files: list[Path]) -> list[Bar]:
    """What each process takes for a page, and for what."""
    profiles = folder / "profiles"
    profiles.mkdir()
    this = checkouts.this_one()
    source = _Profiled(this.folder, this.python, profiles)
    with (
        model(folder) as address,
        checkouts.running(source, {**address, **NEVER}) as lector,
        work.client_of(lector) as client,
    ):
        client.read(files[:2])
        time.sleep(_WRITTEN_S)
        before, servers = _profiles(profiles), _servers(lector)
        client.read(files[2:])
        time.sleep(_WRITTEN_S)
        after, servers_after = _profiles(profiles), _servers(lector)
    pages = (len(files) - 2) * _PAGES
    bars = [Bar(name, _each(parts, before.get(name, {}), pages)) for name, parts in after.items()]
    sums = {
        name: 1000 * (used_s - servers.get(name, 0.0)) / pages
        for name, used_s in servers_after.items()
    }
    drawing_ms = sums.pop(_ENGINE_BAR, 0.0)
    bars += [Bar(name, {name: ms}) for name, ms in sums.items()]
    return [*bars, Bar(_ENGINE_BAR, _scaled(_of_engine(source, files[0]), drawing_ms))]


def _each(after: Parts, before: Parts, pages: int) -> dict[str, float]:
    took = {part: 1000 * (s - before.get(part, 0.0)) / pages for part, s in after.items()}
    return {part: ms for part, ms in took.items() if part != _OWN and ms > 0}


def _scaled(parts: Parts, total: float) -> dict[str, float]:
    of_all = sum(parts.values()) or 1.0
    return {part: total * value / of_all for part, value in parts.items()}


def _of_engine(source: _Profiled, path: Path) -> dict[str, float]:
    """Drawing processes get no hook: the shares of their parts are those of drawing here alone."""
    folder = source.profiles / "engine"
    folder.mkdir()
    subprocess.run(
        [str(source.python), "-c", _DRAW, str(path), str(_PAGES)],
        env={**source.environment(), "PROFILE_FOLDER": str(folder)},
        cwd=source.folder,
        check=True,
    )
    [found] = [json.loads(file.read_text()) for file in folder.glob("*.json")]
    return {part: s for part, s in found["parts"].items() if part not in (_OWN, "import")}


def _profiles(folder: Path) -> dict[str, dict[str, float]]:
    """Seconds by process and part so far."""
    found: dict[str, dict[str, float]] = {}
    for file in folder.glob("*.json"):
        written = json.loads(file.read_text())
        parts = found.setdefault(_name(written["command"]), defaultdict(float))
        for part, used_s in written["parts"].items():
            parts[part] += used_s
    return found


def _name(command: list[str]) -> str:
    """What a Python process is called: a function, a part of the bridge, or the supervisor."""
    if "--target" in command:
        return command[command.index("--target") + 1]
    if "lector.bridge" in command:
        return command[command.index("lector.bridge") + 1]
    return "supervisor"


def _servers(lector: Lector) -> dict[str, float]:
    """Seconds of a processor so far of what runs no hook: servers and drawing processes."""
    used: dict[str, float] = defaultdict(float)
    for process in lector.tree.processes():
        try:
            command, spent_s = process.cmdline(), sum(process.cpu_times()[:2])
        except psutil.NoSuchProcess:
            continue
        if _ENGINE in command:
            used[_ENGINE_BAR] += spent_s
        elif Path(process.name()).name.startswith(("postgres", "nats", "weed")):
            used[_SERVERS[process.name().split("-")[0]]] += spent_s
    return used


_SERVERS = {"postgres": "PostgreSQL", "nats": "NATS", "weed": "SeaweedFS"}


def _rounded(bar: Bar) -> dict[str, dict[str, float]]:
    return {"parts": {part: round(ms, 2) for part, ms in bar.largest_first() if ms >= 0.05}}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
