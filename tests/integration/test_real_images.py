"""Images built and pushed by a real buildah, to a real registry on this machine.

The base comes from mmdebstrap; TEST_BASE names one that buildah has already.
"""

import json
import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from lector.local.process import free_port
from lector.local.tools import checkout

_NEEDED = ["buildah", "docker-registry", *([] if "TEST_BASE" in os.environ else ["mmdebstrap"])]
_MISSING = [tool for tool in _NEEDED if not shutil.which(tool)]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(bool(_MISSING), reason=f"not on the path: {', '.join(_MISSING)}"),
    pytest.mark.skipif(os.geteuid() != 0, reason="buildah builds in a chroot as root only"),
]


class Builder:
    """A copy of the checkout and a registry, and buildah with what it caches elsewhere."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.base = os.environ.get("TEST_BASE") or self._make_base()

    def _make_base(self) -> str:
        packages = "--include=python3,python3-pip,ca-certificates"
        tar = self.folder / "base.tar"
        self.say("mmdebstrap", "--quiet", "--variant=minbase", packages, "bookworm", str(tar))
        container = self.say("buildah", "from", "scratch")
        self.say("buildah", "add", "--quiet", container, str(tar), "/")
        # The registry of packages may have a certificate that only this machine knows.
        certificates = Path("/etc/ssl/certs/ca-certificates.crt")
        if certificates.is_file():
            self.say("buildah", "copy", "--quiet", container, str(certificates), str(certificates))
        self.say("buildah", "commit", "--quiet", "--rm", container, "localhost/lector-test-base")
        return "localhost/lector-test-base"

    def say(self, *words: str, folder: Path | None = None) -> str:
        done = subprocess.run(
            words,
            cwd=folder,
            env={
                **os.environ,
                "BUILDAH_ISOLATION": "chroot",
                "ENGINE": "buildah",
                "REGISTRY": f"localhost:{self.port}/lector",
                "BASE": getattr(self, "base", ""),
                "PUSH_ARGS": "--tls-verify=false",
                **({"BUILD_ARGS": self.build_args} if self.build_args else {}),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout.strip()

    build_args = ""

    def copy(self, name: str) -> Path:
        """A checkout of its own, with what git has of this one."""
        root = self.folder / name
        files = subprocess.run(
            ["/usr/bin/env", "git", "ls-files", "-z"],
            cwd=checkout(),
            capture_output=True,
            check=True,
        ).stdout.decode()
        for file in filter(None, files.split("\0")):
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(checkout() / file, root / file)
        return root

    def publish(self, root: Path, *names: str) -> tuple[dict[str, str], float]:
        """The digest of each image that is built and pushed, and the seconds that it took."""
        begun = time.monotonic()
        script = str(root / "knative" / "images.sh")
        self.say(script, "build", *names, folder=root)
        self.say(script, "push", *names, folder=root)
        seconds = time.monotonic() - begun
        return {
            name: (root / ".images" / name).read_text().split("@")[1].strip() for name in names
        }, seconds

    def layers(self, name: str, digest: str) -> list[str]:
        url = f"http://localhost:{self.port}/v2/lector/{name}/manifests/{digest}"
        kind = "application/vnd.oci.image.manifest.v1+json"
        request = urllib.request.Request(url, headers={"Accept": kind})
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return [layer["digest"] for layer in json.load(answer)["layers"]]


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Builder]:
    folder = tmp_path_factory.mktemp("images")
    builder = Builder(folder)
    settings = {
        "version": 0.1,
        "storage": {"filesystem": {"rootdirectory": str(folder / "registry")}},
        "http": {"addr": f"127.0.0.1:{builder.port}"},
    }
    (folder / "registry.json").write_text(json.dumps(settings))
    tool = shutil.which("docker-registry") or ""
    with (folder / "registry.log").open("w") as log:
        registry = subprocess.Popen(
            [tool, "serve", str(folder / "registry.json")], stdout=log, stderr=log
        )
    yield builder
    registry.terminate()
    registry.wait(10)


def test_a_change_of_code_sends_one_layer_and_nothing_changed_the_same_digest(
    builder: Builder,
) -> None:
    ours = builder.copy("ours")
    first, _ = builder.publish(ours, "outbox", "notify")
    again, seconds = builder.publish(ours, "outbox", "notify")
    assert again == first
    print(f"nothing changed: {seconds:.1f} s")  # noqa: T201 - shown by pytest -s
    with (ours / "functions" / "notify" / "main.py").open("a") as code:
        code.write("\n# changed\n")
    changed, seconds = builder.publish(ours, "outbox", "notify")
    print(f"one function changed: {seconds:.1f} s")  # noqa: T201
    assert changed["outbox"] == first["outbox"]
    assert changed["notify"] != first["notify"]
    before, after = (builder.layers("notify", each["notify"]) for each in (first, changed))
    assert before[:-1] == after[:-1]
    assert before[-1] != after[-1]
    assert len(after) == len(builder.layers("outbox", first["outbox"]))


def test_another_checkout_makes_the_same_digest_without_any_cache(builder: Builder) -> None:
    builder.build_args = "--no-cache"
    first, _ = builder.publish(builder.copy("one"), "notify")
    other, _ = builder.publish(builder.copy("other"), "notify")
    builder.build_args = ""
    assert other == first


def test_what_the_engine_finds_in_its_cache_gives_the_digest_that_a_clean_build_gives(
    builder: Builder,
) -> None:
    one, other = builder.copy("with a cache"), builder.copy("without")
    builder.publish(one, "notify")
    for root in (one, other):
        with (root / "functions" / "notify" / "main.py").open("a") as code:
            code.write("\n# the same change\n")
    some_found, _ = builder.publish(one, "notify")
    (one / ".images" / ".notify.built").unlink()
    all_found, _ = builder.publish(one, "notify")
    builder.build_args = "--no-cache"
    none_found, _ = builder.publish(other, "notify")
    builder.build_args = ""
    assert some_found == all_found == none_found
