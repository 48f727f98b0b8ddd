"""knative/images.sh with a stand-in for the engine: what is built again, and written on it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from lector.local.tools import checkout

NAMES = ("upload", "render", "register", "llm", "outbox", "notify", "bridge", "tesseract")
#: An engine that has an image under its name once it is built, known by its arguments' count.
STAND_IN = """#!/bin/sh
echo "$(basename "$0") ${SOURCE_DATE_EPOCH:+at $SOURCE_DATE_EPOCH }$*" >> "$CALLS"
for word in "$@"; do
  case ${last:-} in
    --iidfile) id=$word ;;
    --tag) tag=$word ;;
    --digestfile) printf sha256:abc > "$word" ;;
    --file) cat "$word" >> "$STORE/last"; echo -- >> "$STORE/last" ;;
    --metadata-file) echo '"containerimage.digest": "sha256:def"' > "$word" ;;
  esac
  last=$word
done
[ "${last:-}" != . ] || tag=${tag:-layers}
place=$STORE/$(printf %s "${tag:-$last}" | tr /: __)
case "$*" in
  *"push="*) ;;
  build*) [ -z "${NO_BUILD:-}" ] || exit 1
    wc -l < "$CALLS" > "$place"
    [ -z "${id:-}" ] || printf 'sha256:%s\\n' "$(cat "$place")" > "$id" ;;
  inspect*|"image inspect"*) cat "$place" ;;
  info) ;;
esac
"""


class Bench:
    """A copy of what images are made of, and an engine that only notes what it is asked for."""

    def __init__(self, folder: Path, engine: str = "buildah") -> None:
        self.root = folder / "lector"
        ignored = shutil.ignore_patterns("__pycache__", "local", "cli", "static", "secrets")
        for part in ("lector", "functions", "knative"):
            shutil.copytree(checkout() / part, self.root / part, ignore=ignored)
        (self.root / "web").mkdir()
        for part in ("Dockerfile", ".dockerignore", "web/node.lock"):
            shutil.copy(checkout() / part, self.root / part)
        self.engine = engine
        self._tools, self._calls, self.store = folder / "bin", folder / "calls", folder / "store"
        self._tools.mkdir()
        self.store.mkdir()
        tool = self._tools / engine
        tool.write_text(STAND_IN)
        tool.chmod(0o755)

    def run(
        self, what: str, *names: str, **env: str
    ) -> tuple[subprocess.CompletedProcess[str], list[str]]:
        """What came of it, and the calls of the engine, without those that only look."""
        self._calls.write_text("")
        surroundings: Mapping[str, str] = {
            "PATH": f"{self._tools}:/usr/bin:/bin",
            "CALLS": str(self._calls),
            "STORE": str(self.store),
            "ENGINE": self.engine,
            **env,
        }
        done = subprocess.run(
            [self.root / "knative" / "images.sh", what, *names],
            env=surroundings,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        lines = self._calls.read_text().splitlines()
        calls = [line.removeprefix(f"{self.engine} ") for line in lines]
        return done, [
            call for call in calls if " inspect" not in f" {call}" and not self._is_last_step(call)
        ]

    def last_steps(self) -> list[tuple[str, str]]:
        """The calls that make images of layers that are there, and the Dockerfile of each."""
        calls = self._calls.read_text().splitlines()
        texts = (self.store / "last").read_text().split("--\n")[:-1]
        return list(zip(filter(self._is_last_step, calls), texts, strict=True))

    @staticmethod
    def _is_last_step(call: str) -> bool:
        return "--omit-history" in call

    def built(self, *names: str, **env: str) -> set[str]:
        """The images that are built when these are asked for."""
        done, calls = self.run("build", *names, **env)
        assert done.returncode == 0, done.stderr
        return {name for call in calls for name in re.findall(r"FUNCTION=(\w+)", call)}

    def change(self, path: str) -> None:
        with (self.root / path).open("a") as file:
            file.write("\n# changed\n")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_what_has_not_changed_is_not_built_again_and_that_is_said(bench: Bench) -> None:
    assert bench.built(*NAMES) == set(NAMES)
    done, calls = bench.run("build", *NAMES)
    assert calls == []
    assert done.stderr.splitlines() == [f"{name}: nothing has changed" for name in NAMES]


@pytest.mark.parametrize(
    ("path", "rebuilt"),
    [
        ("functions/render/main.py", {"render"}),
        ("functions/render/requirements.txt", {"render"}),
        ("lector/bridge/health.py", {"bridge"}),
        ("lector/tesseract/endpoint.py", {"tesseract"}),
        ("lector/runtime/settings.py", set(NAMES)),
        ("functions/__init__.py", set(NAMES)),
        ("Dockerfile", set(NAMES)),
        ("web/node.lock", set(NAMES)),
        ("knative/rootfs.sh", set(NAMES)),
    ],
)
def test_a_change_builds_the_images_that_hold_what_changed_and_no_other(
    bench: Bench, path: str, rebuilt: set[str]
) -> None:
    bench.built(*NAMES)
    assert (bench.root / path).is_file()
    bench.change(path)
    assert bench.built(*NAMES) == rebuilt


def test_a_file_that_comes_or_goes_is_a_change(bench: Bench) -> None:
    bench.built("render", "llm")
    new = bench.root / "functions" / "render" / "new.py"
    new.write_text("")
    assert bench.built("render", "llm") == {"render"}
    new.unlink()
    assert bench.built("render", "llm") == {"render"}


@pytest.mark.parametrize(
    "env",
    [
        {"BASE": "python:3.12-slim"},
        {"BUILD_ARGS": "--isolation=chroot"},
        {"REGISTRY": "registry.example.com/x"},
        {"TAG": "1"},
        {"VERSION": "1.2.3"},
    ],
)
def test_whoever_builds_it_differently_gets_it_built(bench: Bench, env: dict[str, str]) -> None:
    bench.built("render")
    assert bench.built("render", **env) == {"render"}


@pytest.mark.parametrize("wish", ["--pull", "--pull=always", "--no-cache"])
def test_the_engine_looks_each_time_when_a_newer_base_or_a_clean_build_is_wished(
    bench: Bench, wish: str
) -> None:
    for _ in range(2):
        assert bench.built("render", BUILD_ARGS=wish) == {"render"}


def test_an_image_that_the_engine_no_longer_has_is_built_again(bench: Bench) -> None:
    bench.built("render")
    for image in bench.store.iterdir():
        image.unlink()
    assert bench.built("render") == {"render"}


def test_an_image_that_another_checkout_built_under_the_same_name_is_not_taken_for_ours(
    bench: Bench,
) -> None:
    bench.built("render")
    for image in bench.store.iterdir():
        image.write_text("of another checkout")
    assert bench.built("render") == {"render"}


def test_what_could_not_be_built_is_built_the_next_time(bench: Bench) -> None:
    bench.built("render")
    bench.change("functions/render/main.py")
    done, _ = bench.run("build", "render", NO_BUILD="1")
    assert done.returncode != 0
    assert bench.built("render") == {"render"}


@pytest.mark.parametrize("engine", ["docker", "podman", "buildah"])
def test_every_engine_is_told_one_time_for_all_builds_and_where_the_code_is(
    tmp_path: Path, engine: str
) -> None:
    bench = Bench(tmp_path, engine)
    _, [function, process] = bench.run("build", "render", "bridge")
    for call, code in ((function, "functions/render"), (process, "lector/bridge")):
        assert f"--build-arg CODE={code} " in call
        assert ("at 315532800 build" if engine == "docker" else "--timestamp 315532800") in call
    assert bench.built("render", "bridge") == set()


def test_notes_of_builds_are_no_images_to_whoever_deploys_them(bench: Bench) -> None:
    bench.built("render")
    bench.run("push", "render")
    noted = [path for path in (bench.root / ".images").glob("*") if path.name[0] != "."]
    assert [path.name for path in noted] == ["render"]
    assert noted[0].read_text() == "localhost:5001/lector/render@sha256:abc\n"


RELEASE = {"VERSION": "1.2.3", "REVISION": "abcdef", "SOURCE": "https://example.com/lector"}


def labels(bench: Bench, name: str, **env: str) -> dict[str, str]:
    """The labels with which an image is built, without their common prefix."""
    (bench.store / "last").unlink(missing_ok=True)
    _, [call] = bench.run("build", name, **env)
    if bench.engine == "docker":
        found = re.findall(r"--label ([\w.]+)=(.*?)(?= --| \.$)", call)
    else:
        assert "--label" not in call
        [(_, dockerfile)] = bench.last_steps()
        found = re.findall(r'"([\w.]+)"="([^"]*)"', dockerfile)
    return {key.removeprefix("org.opencontainers.image."): value for key, value in found}


@pytest.mark.parametrize("engine", ["docker", "podman", "buildah"])
def test_what_an_image_is_and_its_licences_are_on_it_and_nothing_that_changes_with_each_commit(
    tmp_path: Path, engine: str
) -> None:
    bench = Bench(tmp_path, engine)
    assert labels(bench, "render") == {
        "title": "lector-render",
        "licenses": "Apache-2.0 AND AGPL-3.0-or-later",
    }
    assert labels(bench, "notify") == {"title": "lector-notify", "licenses": "Apache-2.0"}


@pytest.mark.parametrize("engine", ["docker", "podman", "buildah"])
def test_a_release_has_its_version_revision_and_source_on_it(tmp_path: Path, engine: str) -> None:
    said = labels(Bench(tmp_path, engine), "render", **RELEASE)
    assert {name: said[name.lower()] for name in RELEASE} == RELEASE


@pytest.mark.parametrize("engine", ["podman", "buildah"])
def test_the_name_of_an_image_is_given_to_layers_without_the_history_that_a_cache_writes(
    tmp_path: Path, engine: str
) -> None:
    bench = Bench(tmp_path, engine)
    _, [layers] = bench.run("build", "render", BASE="base:1")
    assert "--tag" not in layers
    [(call, dockerfile)] = bench.last_steps()
    assert " --tag localhost:5001/lector/render:latest " in call
    assert " --annotation org.opencontainers.image.base.name=base:1 " in call
    assert re.match(r"FROM \d+\nLABEL .*\n$", dockerfile)


@pytest.mark.parametrize("engine", ["podman", "buildah"])
def test_an_image_for_several_processors_is_a_new_list_each_time(
    tmp_path: Path, engine: str
) -> None:
    both = {"PLATFORMS": "linux/amd64,linux/arm64"}
    bench = Bench(tmp_path, engine)
    _, [emptied, *built] = bench.run("build", "render", **both)
    assert emptied == "manifest rm localhost:5001/lector/render:latest"
    last = bench.last_steps()
    for call, (named, _), processor in zip(built, last, ("amd64", "arm64"), strict=True):
        assert "--manifest localhost:5001/lector/render:latest" in named
        assert f"--platform linux/{processor} " in named
        assert f"--platform linux/{processor} " in call
        assert f"--build-arg TARGETPLATFORM=linux/{processor} " in call
        assert "--build-arg BUILDPLATFORM=linux/" in call
    done, [pushed] = bench.run("push", "render", **both)
    assert pushed.startswith("manifest push --all ")
    assert done.stdout == "localhost:5001/lector/render@sha256:abc\n"


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"PLATFORMS": "linux/amd64,linux/arm64"}, "--platform linux/amd64,linux/arm64"),
        ({"ATTEST": "1"}, "--sbom=true --provenance=mode=max"),
    ],
)
def test_what_docker_cannot_keep_itself_is_made_by_buildx_and_its_digest_noted(
    tmp_path: Path, wish: dict[str, str], said: str
) -> None:
    bench = Bench(tmp_path, "docker")
    _, [built] = bench.run("build", "render", **wish)
    done, [pushed] = bench.run("push", "render", **wish)
    for call, at_once in ((built, "false"), (pushed, "true")):
        assert said in call
        assert f"push={at_once},rewrite-timestamp=true" in call
    assert done.stdout == "localhost:5001/lector/render@sha256:def\n"


def test_images_that_were_published_are_taken_as_they_are_noted(bench: Bench) -> None:
    (bench.root / ".images").mkdir()
    noted = bench.root / ".images" / "render"
    noted.write_text("registry.example.com/render@sha256:1\n")
    for what in ("build", "push"):
        done, calls = bench.run(what, "render", PUBLISHED="1")
        assert (done.returncode, calls) == (0, [])
    done, _ = bench.run("build", "llm", PUBLISHED="1")
    assert done.returncode == 1
    assert "no published image of llm" in done.stderr
    assert noted.read_text() == "registry.example.com/render@sha256:1\n"


def test_docker_alone_writes_no_attestation_as_it_would_be_another_one_each_time() -> None:
    script = (checkout() / "knative" / "images.sh").read_text()
    assert "BUILDX_NO_DEFAULT_ATTESTATIONS=1" in script


def test_only_the_reader_is_built_anew_for_other_languages(bench: Bench) -> None:
    _, calls = bench.run("build", "render", "tesseract", LANGUAGES="spa fra")
    assert ["LANGUAGES=spa fra" in call for call in calls] == [False, True]


def whole_dockerfile() -> str:
    """The Dockerfile, each instruction on one line."""
    return (checkout() / "Dockerfile").read_text().replace("\\\n", " ")


def stage(name: str) -> str:
    """The instructions of the stage of this name, or of the last, which has none."""
    stages = re.split(r"^FROM ", whole_dockerfile(), flags=re.MULTILINE)
    named = {one.partition("\n")[0].partition(" AS ")[2]: one for one in stages}
    return named[name] if name else stages[-1]


def test_the_languages_stage_has_every_module_that_fetching_languages_imports(
    tmp_path: Path,
) -> None:
    for line in re.findall(r"^COPY (.*)$", stage("libraries"), re.MULTILINE):
        *sources, target = line.split()
        if "$" in line:  # the image's own lock
            continue
        (tmp_path / target).mkdir(parents=True, exist_ok=True)
        for source in sources:
            shutil.copy(checkout() / source, tmp_path / target)
    command = [sys.executable, "-S", "-m", "lector.domain.language_packages", str(tmp_path / "to")]
    done = subprocess.run(
        command, cwd=tmp_path, env={"PATH": os.environ["PATH"]}, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


def test_nothing_runs_in_the_last_stage_so_that_another_processor_needs_no_emulator() -> None:
    assert not re.findall(r"^RUN ", stage(""), re.MULTILINE)


def test_the_locked_libraries_come_before_the_code_so_that_a_change_of_code_keeps_them() -> None:
    copied = re.findall(r"^COPY --from=(\w+) ", stage(""), re.MULTILINE)
    assert copied == ["libraries", "code"]


def test_no_copy_has_a_variable_in_its_target_which_buildahs_cache_does_not_compare() -> None:
    copies = [line.split() for line in re.findall(r"^COPY .*$", whole_dockerfile(), re.MULTILINE)]
    assert not [words for words in copies if "$" in words[-1]]


def test_the_dockerfile_is_in_words_that_every_engine_has() -> None:
    text = (checkout() / "Dockerfile").read_text()
    assert not re.findall(r"<<|--mount|--link|--parents|^# *syntax", text, re.MULTILINE)


def layer(folder: Path, root: Path, name: str) -> dict[str, tuple[int, float, bytes]]:
    """Everything about the files of a code layer that an engine writes down."""
    script = root / "knative" / "rootfs.sh"
    subprocess.run([script, name, folder, sys.executable, "code"], check=True, timeout=60)
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mode,
            path.stat().st_mtime,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in sorted((folder / "app").rglob("*"))
    }


def test_the_same_code_is_the_same_layer_in_another_checkout_at_another_time(
    bench: Bench, tmp_path: Path
) -> None:
    for path in bench.root.rglob("*.py"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    ours = layer(tmp_path / "one", checkout(), "notify")
    theirs = layer(tmp_path / "other", bench.root, "notify")
    assert ours == theirs
    assert {moment for _, moment, _ in ours.values()} == {315532800.0}
    assert any(name.endswith(".pyc") for name in ours)


def test_the_code_layer_holds_no_library_and_a_part_that_is_none_is_refused(
    bench: Bench, tmp_path: Path
) -> None:
    files = layer(tmp_path / "one", bench.root, "bridge")
    assert "app/lector/bridge/health.py" in files
    assert not [name for name in files if name.startswith("app/lib")]
    script = bench.root / "knative" / "rootfs.sh"
    command = [str(script), "bridge", str(tmp_path / "two"), sys.executable, "coed"]
    refused = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert refused.returncode == 2
    assert "there is no part 'coed'" in refused.stderr
