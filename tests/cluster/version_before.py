"""The images of the version before: built from a commit, beside this checkout."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from lector.local.tools import checkout

# tesseract and upload's page are no part of what reads events and rows; upload itself is.
IMAGES = ("upload", "render", "register", "llm", "outbox", "notify", "bridge")
_PAGE = "functions/upload/static"
_WITHIN_S = 3600.0


class NotBuilt(Exception):
    """The version before could not be built; the last words of who tried."""


def push_images(commit: str) -> dict[str, str]:
    """Build and push a commit's images, as this checkout's are; each by its digest.

    Raises:
        NotBuilt: there is no such commit, or the engine failed.

    """
    folder = Path(tempfile.mkdtemp(prefix="lector-before-"))
    try:
        _run("git", "worktree", "add", "--detach", "--force", str(folder), commit)
        (folder / ".venv").symlink_to(checkout() / ".venv")
        if (checkout() / _PAGE).is_dir():  # built, and so not in the commit
            shutil.copytree(checkout() / _PAGE, folder / _PAGE, dirs_exist_ok=True)
        for step in ("build", "push"):
            _run(str(folder / "knative" / "images.sh"), step, *IMAGES)
        return {name: (folder / ".images" / name).read_text().strip() for name in IMAGES}
    finally:
        subprocess.run(
            ["git", "worktree", "remove", "--force", str(folder)],  # noqa: S607 - as installed
            cwd=checkout(),
            check=False,
            capture_output=True,
        )
        shutil.rmtree(folder, ignore_errors=True)


def migrations_of(commit: str) -> set[str]:
    """The names of a commit's migrations."""
    listed = _run("git", "ls-tree", "--name-only", commit, "migrations/")
    return {Path(line).name for line in listed.splitlines() if line.endswith(".sql")}


def _run(*words: str) -> str:
    done = subprocess.run(
        words,
        cwd=checkout(),
        env={**os.environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=_WITHIN_S,
    )
    sys.stderr.write(done.stderr)
    if done.returncode:
        raise NotBuilt(" / ".join((done.stderr or done.stdout).strip().splitlines()[-3:]))
    return done.stdout
