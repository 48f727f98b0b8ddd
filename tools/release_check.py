"""What a release needs beside `make check`: one version everywhere, and wheels for both processors.

`python -m tools.release_check version [VERSION]` holds the version against the package, the
changelog and the production overlay; `wheels` installs every image's lock, hashes checked, for both
processors into folders that are deleted again. Each fault is a line on stderr.
"""

import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

PROCESSORS = ("x86_64", "aarch64")
# As the Dockerfile's default base; its C library is newer than this.
_PYTHON, _LIBC = "3.13", "manylinux_2_28"


def version_faults(root: Path, wanted: str = "") -> Iterator[str]:
    """Where the version is said differently; `wanted` is the release's, if it is known already."""
    version = tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"]
    if wanted and wanted != version:
        yield f"pyproject.toml says version {version}, and {wanted} is to be released"
    if f'__version__ = "{version}"' not in (root / "lector" / "__init__.py").read_text():
        yield f"lector/__init__.py has another version than {version}"
    overlay = (root / "knative/overlays/production/kustomization.yaml").read_text()
    for tag in sorted(set(re.findall(r'newTag: "([^"]*)"', overlay)) - {version}):
        yield f"knative/overlays/production takes images tagged {tag}, not {version}"
    changes = (root / "CHANGELOG.md").read_text()
    if not re.search(rf"^## {re.escape(version)} - \d{{4}}-\d\d-\d\d$", changes, re.MULTILINE):
        yield f"CHANGELOG.md has no section '## {version} - YYYY-MM-DD'"
    unreleased = re.search(r"^## Unreleased\n(.*?)(?=^## |\Z)", changes, re.MULTILINE | re.DOTALL)
    if unreleased and unreleased[1].strip():
        yield "CHANGELOG.md has changes that are not released"


def locks(root: Path) -> list[Path]:
    """What each image holds."""
    return sorted(
        [*root.glob("functions/*/requirements.txt"), *root.glob("lector/*/requirements.txt")]
    )


def wheel_faults(root: Path) -> Iterator[str]:
    """The locks of which a processor has no wheel, or one whose hash is not locked."""
    for lock in locks(root):
        for processor in PROCESSORS:
            done = _install(lock, processor)
            if done.returncode:
                yield f"{lock.relative_to(root)} for {processor}: {done.stderr.strip()}"


def _install(lock: Path, processor: str) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps"]
        words += ["--require-hashes", "--only-binary", ":all:", "--requirement", str(lock)]
        words += ["--python-platform", f"{processor}-{_LIBC}", "--python-version", _PYTHON]
        words += ["--target", folder]
        return subprocess.run(words, capture_output=True, text=True, check=False)


def main(what: str = "version", wanted: str = "") -> int:
    """The exit status: 1 with a fault."""
    root = Path(__file__).parents[1]
    faults = list(wheel_faults(root) if what == "wheels" else version_faults(root, wanted))
    for fault in faults:
        print(f"release-check: {fault}", file=sys.stderr)  # noqa: T201
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
