"""What images stand on, without a container engine: root file systems made by mmdebstrap.

Two of them: Debian with its own Python in /usr, and one as python:3.13-slim is: Debian without, and
a Python that was built for a prefix of its own in /usr/local. That one is copied from this machine.
Both have what a slim image has beside Python, and no more: so a wheel that needs another library,
or a tool, fails here. LECTOR_TEST_BASES names a folder that keeps them between runs.
"""

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

KINDS = ("usr", "usr-local")
_TOOLS = ("mmdebstrap", "unshare", "setpriv", "chroot")
#: As the Python images on a slim Debian have them.
_COMMON = ("ca-certificates", "netbase", "tzdata")
_OF_DEBIAN = ("python3", "python3-pip")
PATH = "/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin"
_WITHIN_S = 900.0
_PLACES = (
    "~/.pyenv/versions/3.13*/bin/python3.13",
    "~/.local/share/uv/python/*3.13*/bin/python3.13",
)
_ASK = """
import json, sys, sysconfig
says = sysconfig.get_config_var
print(json.dumps([sys.base_prefix, "%d.%d" % sys.version_info[:2], says("INSTSONAME") or ""]))
"""


def lacking() -> str:
    """Why no base can be made here; empty if one can."""
    if os.geteuid() != 0:
        return "only root makes a root file system and starts a process in it as another user"
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if missing:
        return f"{', '.join(missing)} is missing here (apt-get install mmdebstrap)"
    return ""


@dataclass(frozen=True)
class Base:
    """A root file system with python3 and pip."""

    kind: str
    root: Path
    python: str
    """A Python of this machine, of the same version: it fetches what the base's own installs."""


@dataclass(frozen=True)
class _Interpreter:
    """A Python of this machine that lies in a prefix of its own."""

    program: str
    prefix: Path
    version: str
    library: str

    def copy_to(self, local: Path) -> None:
        """Copy it to /usr/local of a base, without its packages and tests."""
        unwanted = shutil.ignore_patterns("test", "idlelib", "site-packages", "__pycache__", "*.a")
        folder = f"python{self.version}"
        shutil.copytree(
            self.prefix / "lib" / folder, local / "lib" / folder, symlinks=True, ignore=unwanted
        )
        (local / "lib" / folder / "site-packages").mkdir()
        if self.library.endswith(".a"):
            libraries = []
        else:
            libraries = sorted((self.prefix / "lib").glob("libpython*.so*"))
        for library in libraries:
            shutil.copy2(library, local / "lib", follow_symlinks=False)
        shutil.copy2(self.prefix / "bin" / folder, local / "bin")
        for name in ("python3", "python"):
            (local / "bin" / name).symlink_to(folder)

    def packages(self) -> list[str]:
        """The packages of Debian whose libraries its own modules need."""
        modules = self.prefix / "lib" / f"python{self.version}" / "lib-dynload"
        needed: set[str] = set()
        for module in modules.glob("*.so"):
            if not module.name.startswith(("_tkinter", "_gdbm", "_dbm")):
                said = _output("ldd", str(module))
                needed |= set(re.findall(r"=> (/\S+)", said))
        packages = set()
        for path in needed:
            if str(self.prefix) not in path:
                packages.add(_package_of(Path(path)))
        return sorted(packages)


def make(kind: str, folder: Path) -> Base:
    """A base in a folder that does not exist, or as it was made there before."""
    keep = os.environ.get("LECTOR_TEST_BASES")
    root = Path(keep) / kind if keep else folder
    if kind == "usr":
        if not root.exists():
            _bootstrap(root, [*_COMMON, *_OF_DEBIAN])
    else:
        interpreter = next(_interpreters())
        if not root.exists():
            _bootstrap(root, [*_COMMON, *interpreter.packages()])
            interpreter.copy_to(root / "usr" / "local")
            _within(root, "ldconfig")
            _within(root, "python3", "-m", "ensurepip")
    version = json.loads(_within(root, "python3", "-c", _ASK))[1]
    return Base(kind, root, _python_of(version))


def _bootstrap(root: Path, packages: list[str]) -> None:
    suite = platform.freedesktop_os_release()["VERSION_CODENAME"]
    # apt, as slim images have it, brings the library of C++, which wheels take for granted.
    command = ["mmdebstrap", "--variant=apt", "--format=directory", "--quiet"]
    command += [f"--include={','.join(packages)}", suite, str(root)]
    subprocess.run(command, check=True, timeout=_WITHIN_S)
    root.chmod(0o755)
    for mount_point in ("app", "etc/lector", "lector", "rootfs", "wheels"):
        (root / mount_point).mkdir()


def _python_of(version: str) -> str:
    for interpreter in _interpreters():
        if interpreter.version == version:
            return interpreter.program
    pytest.skip(f"no Python {version} is here to fetch packages for the base's")


def _interpreters() -> Iterator[_Interpreter]:
    """Python 3.13 first, as the default base has it; then the one that runs the tests."""
    found = [shutil.which("python3.13")]
    for place in _PLACES:
        home = Path.home()
        found += map(str, sorted(home.glob(place.removeprefix("~/")), reverse=True))
    for program in [*filter(None, found), sys.executable]:
        done = subprocess.run(
            [program, "-c", _ASK], capture_output=True, text=True, check=False, cwd="/"
        )
        if done.returncode == 0:
            prefix, version, library = json.loads(done.stdout)
            if prefix != "/usr":  # Debian's, which is scattered over /usr
                yield _Interpreter(program, Path(prefix), version, library)


def _package_of(library: Path) -> str:
    """The package that has a library; on some machines one of /lib and /usr/lib is a link."""
    names = {str(library), str(library.resolve()), str(library).removeprefix("/usr")}
    names |= {f"/usr{name}" for name in names if not name.startswith("/usr")}
    for name in names:
        command = ["dpkg", "-S", name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.partition(":")[0]
    raise LookupError(f"no package of this machine has {library}")


def _within(root: Path, *command: str) -> str:
    """Run a command in a base as root."""
    return _output("chroot", str(root), "/usr/bin/env", "-i", f"PATH={PATH}", *command)


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
