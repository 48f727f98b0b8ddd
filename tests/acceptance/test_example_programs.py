"""examples/README.md, followed to its end, and what its programs do when something goes wrong."""

import asyncio
import csv
import io
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nats
import pytest

from lector import Lector
from lector.local.data_folder import DataFolder
from lector.local.tools import checkout
from tests.acceptance.commandline import Up, environment, up, wait_until
from tests.acceptance.followed_pages import Followed, copy_of_the_checkout
from tests.support import pdfs

pytestmark = pytest.mark.slow
SAMPLES = checkout() / "tests" / "samples"
READ = ["lector.file.uploaded", "lector.file.completed"]


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Followed]:
    with copy_of_the_checkout(tmp_path_factory.mktemp("examples")) as copy:
        copy.follow("../examples/README.md")
        yield copy


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A Lector that takes the text which pages carry, as everybody's does."""
    folder = tmp_path_factory.mktemp("running")
    with up(folder / "data", settings={"TEXT_LAYER": "auto"}) as started:
        yield started


@contextmanager
def begun(running: Up, name: str, *words: str | Path) -> "Iterator[subprocess.Popen[str]]":
    """An example, under way beside the Lector that runs, until the block ends."""
    with subprocess.Popen(
        [sys.executable, "-W", "error", str(checkout() / "examples" / name), *map(str, words)],
        env={**environment(running.data), "PYTHONPATH": str(checkout())},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        try:
            yield program
        finally:
            program.kill()


def run(running: Up, name: str, *words: str | Path, typed: str = "") -> tuple[str, str]:
    """What an example writes to stdout and stderr, when all goes well."""
    with begun(running, name, *words) as program:
        out, err = program.communicate(typed, timeout=240)
    assert program.returncode == 0, err
    return out, err


def table(text: str) -> dict[str, dict[str, str]]:
    """The rows of a CSV, which may stand behind other words, by file."""
    _, head, rest = text.partition("file,number,")
    return {row.pop("file"): row for row in csv.DictReader(io.StringIO(head + rest))}


def types_of(path: Path, file_id: str) -> list[str]:
    """What an audit log has of a file."""
    lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return [line["type"] for line in lines if line["subject"] == file_id]


@pytest.mark.timeout(240)
def test_numbers_dates_and_sums_of_invoices_are_found_in_two_languages_and_on_a_scan(
    followed: Followed,
) -> None:
    found = table(followed.after("cat found/invoices.csv"))
    assert {name: list(row.values()) for name, row in found.items()} == {
        "binder.pdf": ["2025-0147", "2 June 2025", "1084.50", "216.90", "1301.40", ""],
        "imprenta.pdf": ["F/2025/88", "30 de mayo de 2025", "2014.00", "422.94", "2436.94", ""],
        "lamps-scanned.pdf": ["5531", "4 January 2025", "797.50", "159.50", "957.00", ""],
    }


def test_the_text_of_each_invoice_is_written_too(followed: Followed) -> None:
    texts = {path.name: path.read_text() for path in (followed.folder / "found").glob("*.txt")}
    assert set(texts) == {"binder.pdf.txt", "imprenta.pdf.txt", "lamps-scanned.pdf.txt"}
    assert "Glass wiped, 130 lamps" in texts["lamps-scanned.pdf.txt"]


def test_a_question_to_the_archive_is_answered_with_file_page_and_words(
    followed: Followed,
) -> None:
    [place, words] = followed.after("archive.py tests/samples").splitlines()
    assert place == f"{followed.folder}/tests/samples/report.pdf, page 1"
    assert "*Harbour Lamps*" in words


def test_the_audit_log_has_what_was_read_before_it_was_begun(followed: Followed) -> None:
    lines = [json.loads(line) for line in followed.after("cat audit.jsonl").splitlines()]
    uploaded = [line["data"]["name"] for line in lines if line["type"] == "lector.file.uploaded"]
    samples = {"letter.pdf", "notice.pdf", "report.pdf"}
    assert set(uploaded) == samples | {"binder.pdf", "imprenta.pdf", "lamps-scanned.pdf"}
    assert len(uploaded) == 6


def test_what_a_person_should_look_at_stands_in_the_last_column(
    running: Up, tmp_path: Path
) -> None:
    head = "Invoice no. 17\nDate: 3 May 2025\nDue date: 2 June 2025\n"
    wrong = pdfs.text_pdf([f"{head}Net 100.00\nVAT 20 % 20.00\nTotal 210.00"])
    (tmp_path / "wrong.pdf").write_bytes(wrong)
    (tmp_path / "letter.pdf").write_bytes((SAMPLES / "letter.pdf").read_bytes())
    (tmp_path / "broken.pdf").write_bytes(b"no document")
    (tmp_path / "notes.txt").write_text("no invoice")
    run(running, "invoices.py", tmp_path, tmp_path / "found")
    found = table((tmp_path / "found" / "invoices.csv").read_text())
    assert list(found) == ["broken.pdf", "letter.pdf", "wrong.pdf"]
    assert found["wrong.pdf"]["date"] == "3 May 2025"
    assert found["wrong.pdf"]["look"] == "net and tax are not the total"
    assert found["letter.pdf"]["look"] == "no number; no date; no net; no tax; no total"
    assert "plain text file" in found["broken.pdf"]["look"]
    assert found["broken.pdf"]["total"] == ""


def test_an_archive_that_is_opened_again_reads_nothing_twice(running: Up, tmp_path: Path) -> None:
    top = tmp_path / "archive"
    (top / "deep").mkdir(parents=True)
    (top / "deep" / "one.pdf").write_bytes(pdfs.text_pdf([pdfs.prose(1, len(pdfs.SENTENCES))]))
    (top / "bad.pdf").write_bytes(b"no document")
    question = 'lantern\n\n"northern pier"\n'
    for _ in range(2):
        out, err = run(running, "archive.py", top, typed=question)
        nothing, *found = out.splitlines()
        assert nothing == "Nothing was found."
        assert f"{top}/deep/one.pdf, page 1" in found
        assert "bad.pdf: " in err
    with Lector(running.url) as client:
        read = client.files(folder="archive", status="completed")
        assert [file.name for file in read] == ["one.pdf"]


def test_an_archive_finds_what_was_read_elsewhere_before_and_nothing_of_its_namesake(
    running: Up, tmp_path: Path
) -> None:
    here, other = tmp_path / "here" / "letters", tmp_path / "other" / "letters"
    for folder, text in ((here, "A quernstone of the mill"), (other, "A quernstone of the port")):
        folder.mkdir(parents=True)
        (folder / f"{folder.parent.name}.pdf").write_bytes(pdfs.text_pdf([text]))
    with Lector(running.url) as client:
        client.read(here / "here.pdf", folder="somewhere/else").wait()
    run(running, "archive.py", other)
    out, _ = run(running, "archive.py", here, typed="quernstone\n")
    assert [line for line in out.splitlines() if ", page " in line] == [f"{here}/here.pdf, page 1"]


async def forget_consumer(nats_url: str) -> None:
    """As if nothing had ever been acknowledged."""
    async with await nats.connect(nats_url) as client:
        await client.jetstream().delete_consumer("LECTOR", "audit-log")


def test_events_that_come_again_are_in_the_audit_log_once_also_after_a_torn_line(
    running: Up, tmp_path: Path
) -> None:
    with Lector(running.url) as client:
        document = client.read(SAMPLES / "letter.pdf").wait()
        document.delete()
    path = tmp_path / "audit.jsonl"
    run(running, "audit_log.py", path, "--once")
    whole = path.read_text()
    assert types_of(path, document.id) == [*READ, "lector.files.deleted"]

    here = DataFolder(running.data).running()
    assert here is not None
    asyncio.run(forget_consumer(here.nats_url))
    run(running, "audit_log.py", path, "--once")
    assert path.read_text() == whole

    asyncio.run(forget_consumer(here.nats_url))
    path.write_text(whole[:-20])  # it died while it wrote the last line
    run(running, "audit_log.py", path, "--once")
    assert path.read_text() == whole


def test_an_audit_log_goes_on_until_ctrl_c_and_has_one_writer(running: Up, tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    with begun(running, "audit_log.py", path) as writer, Lector(running.url) as client:
        first = client.read(SAMPLES / "letter.pdf").wait()
        wait_until(lambda: types_of(path, first.id) == READ, 60)
        with begun(running, "audit_log.py", path, "--once") as second:
            _, err = second.communicate(timeout=60)
        [stream] = [part for part in running.processes() if part.name() == "nats-server"]
        stream.kill()
        again = client.read(SAMPLES / "letter.pdf").wait()
        wait_until(lambda: types_of(path, again.id) == READ, 60)
        writer.send_signal(signal.SIGINT)
        assert writer.wait(60) == 0
    assert second.returncode == 1
    assert err.startswith("another program writes ")


# What a program of one's own makes of either framework's documents.
LANGCHAIN = """
from lector_langchain import LectorLoader, LectorRetriever
def pages(lector, paths, **how):
    for made in LectorLoader(lector, paths, **how).lazy_load():
        yield {"id": made.id, "text": made.page_content, **made.metadata}
def found(lector, question, folder):
    for made in LectorRetriever(lector=lector, folder=folder).invoke(question):
        yield made.id
"""
LLAMAINDEX = """
from lector_llamaindex import LectorReader, LectorRetriever
def pages(lector, paths, **how):
    for made in LectorReader(lector).lazy_load_data(paths, **how):
        assert "boxes" not in made.get_metadata_str("embed")
        yield {"id": made.id_, "text": made.text, **made.metadata}
def found(lector, question, folder):
    for scored in LectorRetriever(lector, folder=folder).retrieve(question):
        assert scored.score > 0
        yield scored.node.id_
"""
BOTH = """
import json, sys
from lector import Lector
with Lector() as lector:
    how = {"text_layer": "always", "folder": sys.argv[1], "size": 300}
    made = list(pages(lector, sys.argv[3:], **how))
    ask = lambda question: list(found(lector, question, sys.argv[1]))
    long = f"{sys.argv[2]} {'of it ' * 100} {' '.join(map(str, range(100)))}"
    print(json.dumps([made, *map(ask, [sys.argv[2], long, "?! -", ""])]))
"""


@dataclass(frozen=True)
class Framework:
    """An environment with a framework, into which the command of examples/README.md put it."""

    name: str
    venv: Path
    said: str

    def run(self, running: Up, code: str, *words: str | Path) -> "subprocess.CompletedProcess[str]":
        """A Python program in it, which finds Lector and the example."""
        path = f"{checkout()}:{checkout() / 'examples' / self.name}"
        return subprocess.run(
            [str(self.venv / "bin" / "python"), "-c", code, *map(str, words)],
            env={**environment(), "PYTHONPATH": path, "LECTOR_SERVER": running.url},
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )


@pytest.fixture(scope="module", params=["langchain", "llamaindex"])
def framework(
    request: pytest.FixtureRequest, running: Up, tmp_path_factory: pytest.TempPathFactory
) -> Framework:
    readme = (checkout() / "examples" / "README.md").read_text()
    [command] = re.findall(rf"`(sh examples/run\.sh {request.param} [^`]+)`", readme)
    venv = tmp_path_factory.mktemp(request.param) / "venv"
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=checkout(),
        env={**environment(running.data), "VENV": str(venv)},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    return Framework(request.param, venv, done.stdout)


def test_a_framework_loads_text_of_every_page_and_finds_the_one_that_a_question_is_about(
    framework: Framework,
) -> None:
    *loaded, found = framework.said.splitlines()
    pages = [line.partition(":")[0].removeprefix("tests/samples/") for line in loaded]
    assert list(dict.fromkeys(pages)) == [
        "letter.pdf, page 1",
        "notice.pdf, page 1",
        "report.pdf, page 1",
        "report.pdf, page 2",
        "report.pdf, page 3",
    ]
    assert found == "lamps of Mason Pier: report.pdf, page 2"


def test_a_piece_in_a_framework_says_where_it_is_from_what_is_in_doubt_and_where_it_stands(
    framework: Framework, running: Up, tmp_path: Path
) -> None:
    path = tmp_path / "three.pdf"
    long = "A weathercock turns above the old corn exchange.\n\n" + pdfs.prose(3, 4)
    path.write_bytes(pdfs.text_pdf([long, "", "Hm"]))
    code = (LANGCHAIN if framework.name == "langchain" else LLAMAINDEX) + BOTH
    question = "Which weathercock is in the village?"
    done = framework.run(running, code, f"of-{framework.name}", question, path)
    assert done.returncode == 0, done.stderr
    [first, *rest, third], found, *others = json.loads(done.stdout)
    assert (first["source"], first["page"], first["doubts"]) == (str(path), 1, [])
    assert first["id"] == f"{first['file_id']}/1/1"
    assert first["text"].startswith("A weathercock turns")
    [[left, top, right, bottom]] = first["boxes"]
    assert 0 < left < right < 1
    assert 0 < top < bottom < rest[-1]["boxes"][0][3] < 1
    assert {piece["page"] for piece in rest} == {1}
    assert max(len(piece["text"]) for piece in [first, *rest]) <= 300
    assert (third["page"], third["text"]) == (3, "Hm")
    assert any("does not look right" in doubt for doubt in third["doubts"])
    assert found == [f"{first['file_id']}/1"]
    assert others == [found, [], []]  # a long question, and none that has a word


def test_a_file_that_cannot_be_read_is_an_error_in_a_framework(
    framework: Framework, running: Up, tmp_path: Path
) -> None:
    path = tmp_path / "broken.pdf"
    path.write_bytes(b"no document")
    code = (LANGCHAIN if framework.name == "langchain" else LLAMAINDEX) + BOTH
    done = framework.run(running, code, "broken", "nothing", path)
    assert done.returncode == 1
    assert "plain text file" in done.stderr
