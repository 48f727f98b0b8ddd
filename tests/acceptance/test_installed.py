"""A wheel that is installed outside of any checkout: all of Lector, and the client beside it."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import httpx2
import psutil
import pytest
from packaging.requirements import Requirement

from lector.domain.functions import FUNCTIONS
from lector.local.data_folder import DataFolder
from lector.local.process import free_port
from lector.local.tools import checkout
from tests.acceptance.browsing import STATIC
from tests.support.installed import Environment

pytestmark = pytest.mark.slow
LETTER = checkout() / "tests" / "samples" / "letter.pdf"
SENTENCE = "Bookbinders and restorers of paper"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, with its page."""
    if not STATIC.exists():
        pytest.skip("the page is not built; `make web` builds it")
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
    build = [*pip, "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), "."]
    subprocess.run(build, cwd=checkout(), check=True, capture_output=True)
    [built] = folder.iterdir()
    return built


def required(wheel: Path, extra: str = "") -> list[str]:
    """What the wheel itself says is installed with it."""
    with ZipFile(wheel) as files:
        [name] = [one for one in files.namelist() if one.endswith(".dist-info/METADATA")]
        lines = files.read(name).decode().splitlines()
    named = [line.partition(": ")[2] for line in lines if line.startswith("Requires-Dist: ")]
    wanted = [Requirement(one) for one in named]
    there = [one for one in wanted if not one.marker or one.marker.evaluate({"extra": extra})]
    return [str(one).partition(";")[0] for one in there]


@dataclass
class Installed:
    """A Lector that was installed, and the folder that people are in when they call it."""

    environment: Environment
    folder: Path

    def start(self, words: Sequence[str | Path], **env: str) -> subprocess.CompletedProcess[str]:
        """`lector` with these words; on the path are its own programs alone, so no Node."""
        programs = self.environment.folder / "bin"
        return subprocess.run(
            [str(programs / "lector"), *map(str, words)],
            cwd=self.folder,
            env={
                "PATH": str(programs),
                "HOME": str(self.folder),
                "LECTOR_DATA": str(self.data),
                **env,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )

    def lector(self, *words: str | Path) -> str:
        """What `lector` with these words writes, when all goes well."""
        done = self.start(words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def program(self, code: str, *words: str | Path, **env: str) -> str:
        """What a Python program writes, when all goes well."""
        done = subprocess.run(
            [str(self.environment.python), "-W", "error", "-c", code, *map(str, words)],
            cwd=self.folder,
            env={"PATH": str(self.environment.folder / "bin"), "HOME": str(self.folder), **env},
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def data(self) -> Path:
        """Its data folder."""
        return self.folder / "data"


def install(wheel: Path, folder: Path, extra: str = "") -> Installed:
    environment = Environment(folder / "venv", required(wheel, extra))
    environment.add(wheel)
    if setpriv := shutil.which("setpriv"):  # with which PostgreSQL runs for root
        (environment.folder / "bin" / "setpriv").symlink_to(setpriv)
    outside = folder / "outside"
    outside.mkdir()
    return Installed(environment, outside)


@pytest.fixture(scope="module")
def local(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """All of Lector, which runs."""
    installed = install(wheel, tmp_path_factory.mktemp("local"), "local")
    installed.lector("up", "--detach", "--port", str(free_port()))
    yield installed
    installed.lector("stop")


@pytest.fixture(scope="module")
def url(local: Installed) -> str:
    running = DataFolder(local.data).running()
    assert running is not None
    return running.url


@pytest.fixture(scope="module")
def client(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return install(wheel, tmp_path_factory.mktemp("client"))


def test_a_wheel_holds_one_package_and_what_it_needs_of_a_checkout(wheel: Path) -> None:
    with ZipFile(wheel) as files:
        names = set(files.namelist())
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"lector", "lector_ocr"}
    tree = {name.removeprefix("lector/_tree/") for name in names if "/_tree/" in name}
    migrations = checkout().glob("migrations/*.sql")
    assert {f"migrations/{path.name}" for path in migrations} <= tree
    assert {f"functions/{name}/main.py" for name in FUNCTIONS} <= tree
    assert "functions/upload/static/index.html" in tree
    assert {"lector/bridge/subscriptions.yaml", "lector/domain/readers.yaml"} <= names
    assert not [name for name in names if name.endswith(("func.yaml", "requirements.txt", ".pyc"))]


def test_a_page_is_read_where_nothing_but_the_wheel_and_what_it_names_is_installed(
    local: Installed,
) -> None:
    text = local.lector("ocr", LETTER, "--text-layer", "never", "--format", "json")
    assert SENTENCE in text
    assert '"provenance": "model"' in text


def test_commands_that_draw_pages_themselves_find_what_draws(local: Installed) -> None:
    assert SENTENCE in local.lector("try", LETTER)
    assert "1 page" in local.lector("ocr", LETTER, "--estimate")


def test_a_reader_elsewhere_is_asked_at_the_start_whether_it_can_be(local: Installed) -> None:
    nobody = f"http://127.0.0.1:{free_port()}/v1"
    words: list[str | Path] = ["ocr", "--temporary", LETTER, "--text-layer", "never"]
    done = local.start(words, OPENAI_BASE_URL=nobody, OPENAI_API_KEY="key")
    assert done.returncode == 1
    assert "nothing listens at 127.0.0.1" in done.stderr


def test_the_page_opens_with_its_script(url: str) -> None:
    page = httpx2.get(f"{url}/").text
    title = "<title>Lector</title>"
    assert title in page
    assert title in STATIC.read_text()
    scripts = re.findall(r'<script [^>]*src="([^"]+)"', page)
    assert scripts == re.findall(r'<script [^>]*src="([^"]+)"', STATIC.read_text()) != []
    for script in scripts:
        sent = httpx2.get(f"{url}{script}")
        assert sent.headers["content-type"].startswith("text/javascript")
        assert sent.content == (STATIC.parent / script.lstrip("/")).read_bytes()


def test_functions_are_on_the_path_of_the_processes_that_run_them_alone(local: Installed) -> None:
    running = DataFolder(local.data).running()
    assert running is not None
    tree = str(local.environment.packages / "lector" / "_tree")
    told = {}
    for child in psutil.Process(running.pid).children(recursive=True):
        words = child.cmdline()
        if str(local.environment.python) in words and "-m" in words:
            module = words[words.index("-m") + 1]
            told[module] = child.environ().get("PYTHONPATH") == tree
    told.pop("lector.local.fork_server", None)
    assert told == {
        "functions.render.engine_process": True,
        "lector.runtime.serve": True,
        "lector.bridge": False,
        "lector.tesseract.endpoint": False,
    }


def test_a_client_has_a_lector_elsewhere_read_and_gets_the_text_again(
    client: Installed, url: str
) -> None:
    where = ("--server", url)
    assert SENTENCE in client.lector("ocr", LETTER, *where)
    listed = client.lector("ls", *where, "--json")
    [file_id, *_] = re.findall(r'"id": "([0-9a-f-]{36})"', listed)
    assert SENTENCE in client.lector("get", file_id, *where)
    client.lector("get", file_id, *where, "--format", "pdf", "-o", "made.pdf")
    assert (client.folder / "made.pdf").read_bytes().startswith(b"%PDF")
    assert not client.data.exists()


def test_a_program_has_a_lector_elsewhere_read_where_the_client_alone_is_installed(
    client: Installed, url: str
) -> None:
    example = checkout() / "examples" / "quickstart.py"
    assert SENTENCE in client.program(example.read_text(), LETTER, LECTOR_SERVER=url)
    alone = "import lector\ntry: lector.Lector.local()\nexcept lector.LectorError as e: print(e)"
    assert "only Lector's client is installed here: pip install" in client.program(alone)


def test_a_program_reads_on_this_machine_where_all_is_installed(local: Installed) -> None:
    example = checkout() / "examples" / "on_this_machine.py"
    assert SENTENCE in local.program(example.read_text(), LETTER)


def test_a_client_alone_starts_no_lector_and_says_what_it_lacks(
    client: Installed, wheel: Path
) -> None:
    done = client.start(["up"])
    assert done.returncode == 2
    assert f"pip install '{wheel.name}[local]'" in done.stderr
