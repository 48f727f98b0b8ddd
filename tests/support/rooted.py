"""Images as a cluster runs them: base and app layer as the root, read-only, as user 65532.

Only /tmp is written, and lies in memory. There is no home, no entry in /etc/passwd, no capability,
nothing of this machine but its network and processors.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lector.local import data_folder
from lector.local.tools import checkout
from tests.support.bases import PATH, Base
from tests.support.images import USER, Image, dockerfile_environment

_BUILT_WITHIN_S = 600.0
# As the Dockerfile does in its first stage; wheels come from a folder, as a proxy may be needed.
_BUILD = """
set -e
root=$1 code=$2 wheels=$3 layer=$4 name=$5
mount --bind "$code" "$root/lector"
mount --bind "$wheels" "$root/wheels"
mount --bind "$layer" "$root/rootfs"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
exec chroot "$root" /lector/knative/rootfs.sh "$name" /rootfs python3
"""
_RUN = """
set -e
root=$1 app=$2 mounts=$3 user=$4
shift 4
mount --bind "$root" "$root"
mount --bind "$app" "$root/app"
mount --bind "$mounts" "$root/etc/lector"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
mkdir "$root/dev/shm"
for device in null zero full random urandom; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
for place in /dev /etc/lector /app ""; do mount -o remount,bind,ro "$root$place"; done
mount -t tmpfs -o mode=1777,size=64m tmpfs "$root/dev/shm"
exec setpriv --no-new-privs chroot --userspec="$user:$user" --groups= "$root" \
  /usr/bin/env --chdir=/app "$@"
"""


@dataclass(frozen=True)
class RootedImage(Image):
    """An app layer that was made on a base, and runs on it."""

    base: Base

    @classmethod
    def built_on(cls, base: Base, name: str) -> "RootedImage":
        """Made by the base's own Python, as an image is."""
        root = Path(tempfile.mkdtemp(prefix=f"lector-{name}-on-{base.kind}-"))
        root.chmod(0o755)
        layer, wheels = root / "layer", root / "wheels"
        layer.mkdir()
        _download(name, base.python, wheels)
        environment = {"PATH": PATH, "HOME": "/tmp", "LANGUAGES": ""}  # noqa: S108
        environment |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/wheels"}
        words = [str(base.root), str(checkout()), str(wheels), str(layer), name]
        command = ["unshare", "--mount", "sh", "-c", _BUILD, "sh", *words]
        subprocess.run(command, env=environment, check=True, timeout=_BUILT_WITHIN_S)
        shutil.rmtree(wheels)
        (layer / "app").rename(root / "app")
        (root / "mounts").mkdir()
        if name == "tesseract":
            _add_languages(root / "app" / "lib" / "share" / "tessdata")
        return cls(name, root, Path("python3"), Path("/tmp"), base)  # noqa: S108

    @property
    def environment(self) -> dict[str, str]:
        """What base and Dockerfile set."""
        return {"PATH": PATH, **dockerfile_environment(self.name)}

    def mount(self, files: Mapping[str, str]) -> None:
        """Lay files (texts by name) where a cluster mounts them: /etc/lector."""
        for name, text in files.items():
            path = self.root / "mounts" / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)

    def command(self, *arguments: str) -> list[str]:
        """The image's entry point with arguments, in a mount namespace of its own."""
        return self.run_command(str(self.python), *arguments)

    def run_command(self, *command: str) -> list[str]:
        """Any command in the image, as the same user."""
        places = [str(self.base.root), str(self.root / "app"), str(self.root / "mounts")]
        return ["unshare", "--mount", "sh", "-c", _RUN, "sh", *places, str(USER), *command]


def _download(name: str, python: str, folder: Path) -> None:
    """What an image's Python installs, fetched by one of this machine, which knows how."""
    parent = "functions" if (checkout() / "functions" / name).is_dir() else "lector"
    locked = checkout() / parent / name / "requirements.txt"
    options = ["--quiet", "--disable-pip-version-check", "--only-binary", ":all:", "--no-deps"]
    options += ["--require-hashes", "--dest", str(folder)]
    command = [python, "-m", "pip", "download", *options, "-r", str(locked)]
    subprocess.run(command, check=True, timeout=_BUILT_WITHIN_S)


def _add_languages(folder: Path) -> None:
    """Those that could be had for this machine; a build fetches them, which tests do not."""
    for file in data_folder.languages().glob("*.traineddata"):
        shutil.copy(file, folder)
        os.chmod(folder / file.name, 0o644)
