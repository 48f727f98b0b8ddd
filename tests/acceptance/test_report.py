"""`lector report` on a Lector that runs: printed, kept, and verified without it."""

import json
from pathlib import Path

import httpx2
import pytest

from tests.acceptance.commandline import Done, Up, lector
from tests.support import pdfs
from tests.support.model import ScriptedModel, completion

# It has a Lector of its own where no other test of a process has started one.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def running(lector_with_model: tuple[Up, ScriptedModel]) -> Up:
    running, model = lector_with_model
    model.reset()
    model.otherwise = completion("what the page says")
    return running


def say(running: Up, *words: str | Path) -> Done:
    return lector(*words, data=running.data)


@pytest.fixture(scope="module")
def folder(running: Up, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an original that was read, and its report, text and page to print."""
    folder = tmp_path_factory.mktemp("report")
    original = folder / "Año – 報告.pdf"
    original.write_bytes(pdfs.drawn_pdf(["first", "second"]))
    assert running.ocr(original).code == 0
    files = json.loads(say(running, "ls", "--json").out)["files"]
    [file_id] = [file["id"] for file in files if file["name"] == original.name]
    for words in (
        ("report", file_id, "-o", folder / "report.json"),
        ("report", file_id, "--format", "html", "--language", "es", "-o", folder / "page.html"),
        ("report", "--keys", "-o", folder / "keys.json"),
        ("get", file_id, "-o", folder / "text.txt"),
    ):
        done = say(running, *words)
        assert done.code == 0, done.err
    return folder


def test_it_is_verified_with_the_original_and_the_text_and_the_keys_of_its_lector(
    folder: Path, tmp_path: Path
) -> None:
    beside = ("--original", folder / "Año – 報告.pdf", "--text", folder / "text.txt")
    keys = ("--key", folder / "keys.json")
    done = lector("report", "--verify", folder / "report.json", *beside, *keys, data=tmp_path)
    assert done.code == 0, done.err
    assert "valid" in done.err
    unknown = lector("report", "--verify", folder / "report.json", data=tmp_path)
    assert (unknown.code, "another Lector" in unknown.err) == (1, True)


def test_on_its_own_machine_it_needs_no_key(running: Up, folder: Path) -> None:
    assert say(running, "report", "--verify", folder / "report.json").code == 0


def test_a_single_altered_character_is_found(running: Up, folder: Path, tmp_path: Path) -> None:
    altered = tmp_path / "altered.json"
    text = (folder / "report.json").read_text()
    altered.write_text(text.replace('"verified": 0', '"verified": 2'))
    done = say(running, "report", "--verify", altered)
    assert (done.code, "ALTERED" in done.err) == (1, True)


def test_it_says_by_what_the_pages_were_read(folder: Path) -> None:
    report = json.loads((folder / "report.json").read_text())["report"]
    assert [page["provenance"] for page in report["pages"]] == ["model", "model"]
    assert report["file"]["finished"]
    assert report["file"]["sha256"]


def test_the_page_to_print_is_in_the_language_that_was_asked_for(folder: Path) -> None:
    page = (folder / "page.html").read_text()
    assert "Qué demuestra" in page
    assert "Año – 報告.pdf" in page


def test_nothing_is_written_over_unasked(running: Up, folder: Path) -> None:
    again = ("report", "--keys", "-o", folder / "keys.json")
    refused = say(running, *again)
    assert (refused.code, "--force" in refused.err) == (1, True)
    assert say(running, *again, "--force").code == 0


def test_no_log_and_no_answer_shows_the_key(running: Up, folder: Path) -> None:
    key = (running.data / "report.key").read_text()
    kept = [path.read_text() for path in folder.iterdir() if path.suffix in (".json", ".html")]
    logs = [path.read_text(errors="replace") for path in (running.data / "logs").rglob("*.log")]
    assert logs
    assert not [text for text in [*kept, *logs] if key in text]
    assert key not in httpx2.get(f"{running.url}/.well-known/jwks.json").text
