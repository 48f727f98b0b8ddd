"""Run a process from a copy of the code that may be written to; start it anew when a file is saved.

    python3 restart.py [-m lector.bridge jetstream-source]

Only for the overlay dev, where tilt copies what you save from the checkout into /live: an image's
own files belong to root and lie on a read-only root. With DEBUG_PORT the process waits for nobody,
but a debugger may attach (debugpy must be in the image).
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

IMAGE = Path(os.environ.get("RESTART_FROM", "/app"))
LIVE = Path(os.environ.get("RESTART_IN", "/live"))
PACKAGES = ("lector", "functions")
SUFFIXES = {".py", ".sql", ".yaml"}
POLL_S = 0.25
# Work in flight is delivered again.
STOP_WITHIN_S = 3.0


def copy_once() -> None:
    """Copy the code, unless a container before this one in the pod has.

    Without bytecode: an image's is not checked against its source, and what is saved would not run.
    """
    for name in PACKAGES:
        if (IMAGE / name).is_dir() and not (LIVE / name).exists():
            part = LIVE / f"{name}.part"
            shutil.rmtree(part, ignore_errors=True)
            shutil.copytree(IMAGE / name, part, ignore=shutil.ignore_patterns("__pycache__"))
            part.rename(LIVE / name)


def environment() -> dict[str, str]:
    """What the process is given, so that it finds the copy before the image's own code."""
    # Bytecode is told from its source by whole seconds, so what is saved soon after might not run.
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    source = env.get("FUNCTION_SOURCE", "")
    if source.startswith(f"{IMAGE}/"):
        env["FUNCTION_SOURCE"] = f"{LIVE}{source.removeprefix(str(IMAGE))}"
    env["PYTHONPATH"] = f"{LIVE}:{env.get('PYTHONPATH', '')}".rstrip(":")
    return env


def saved() -> dict[str, int]:
    """When each file of the copy was saved."""
    times = {}
    for name in PACKAGES:
        for path in (LIVE / name).rglob("*"):
            if path.suffix in SUFFIXES:
                try:
                    times[str(path)] = path.stat().st_mtime_ns
                except FileNotFoundError:
                    continue  # replaced at this very moment
    return times


def start(arguments: list[str]) -> "subprocess.Popen[bytes]":
    """The process, in a group of its own; in LIVE, as `-m` looks into the current folder first."""
    words = arguments or ["-m", "lector.runtime.serve"]
    port = os.environ.get("DEBUG_PORT")
    debugger = ["-m", "debugpy", "--listen", f"0.0.0.0:{port}"] if port else []
    return subprocess.Popen(
        [sys.executable, *debugger, *words], cwd=LIVE, env=environment(), start_new_session=True
    )


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End it, and what it started."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def main(arguments: list[str]) -> None:
    """Run until SIGTERM; a process that ends by itself is started again by the next change."""
    copy_once()
    seen = saved()
    process = start(arguments)

    def end(_: int, __: FrameType | None) -> None:
        process.send_signal(signal.SIGTERM)
        sys.exit(process.wait())

    signal.signal(signal.SIGTERM, end)
    while True:
        time.sleep(POLL_S)
        now = saved()
        if now == seen:
            continue
        while now != (now := saved()):  # several files are still being copied
            time.sleep(POLL_S)
        seen = now
        sys.stderr.write("restart: a file was saved\n")
        stop(process)
        process = start(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
