"""`lector ocr`: what it prints, where it prints it, and with which exit code it ends."""

import json
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from lector.cli import written_notes
from tests.acceptance.commandline import (
    LECTOR,
    Done,
    Up,
    environment,
    lector,
    start_lector,
    unused_port,
)
from tests.acceptance.conftest import MAX_BYTES, MAX_PAGES
from tests.support import pdfs

# Bad files by name, and what the message says about each.
REFUSED: Mapping[str, tuple[bytes, str]] = {
    "noise.pdf": (pdfs.not_a_pdf(), "neither a PDF nor an image"),
    "empty.pdf": (pdfs.empty_file(), "the file is empty"),
    "page-of-the-web.pdf": (pdfs.html_named_pdf(), "a web page (HTML), which Lector does not read"),
    "beginning.pdf": (pdfs.truncated_beyond_repair(), "damaged beyond repair"),
    "half-a-page.pdf": (pdfs.truncated_within_first_page(), "damaged beyond repair"),
    "locked.pdf": (pdfs.password_protected(), "password"),
    "no-pages.pdf": (pdfs.no_pages(), "no pages"),
    "too-many.pdf": (pdfs.many_pages(MAX_PAGES + 1), f"the limit is {MAX_PAGES}"),
    "too-large.pdf": (b"%PDF-1.7\n" * (MAX_BYTES // 8), f"the limit is {MAX_BYTES}"),
}
# Odd files that can be read all the same, and the text of each.
ODD: Mapping[str, tuple[bytes, str]] = {
    "owner-locked.pdf": (pdfs.owner_password_only(), f"Protected: {pdfs.sentinel(800)}"),
    "no-size.pdf": (pdfs.zero_size_page(), "Page with no size"),
    "huge.pdf": (pdfs.huge_page(), pdfs.sentinel(900)),
    "blank.pdf": (pdfs.blank_page_pdf(), ""),
    "good.pdf": (pdfs.text_pdf([f"All is well with {pdfs.sentinel(5)}"], 24), "All is well with"),
}
DAMAGED = "two-of-four.pdf"


@pytest.fixture(scope="module")
def running(lector_that_reads: Up) -> Up:
    return lector_that_reads


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    """A small PDF with three pages."""
    path = tmp_path / "three.pdf"
    path.write_bytes(pdfs.many_pages(3))
    return path


@pytest.fixture(scope="module")
def mixed(running: Up, tmp_path_factory: pytest.TempPathFactory) -> Done:
    """Good, odd and bad files, all in one call."""
    folder = tmp_path_factory.mktemp("mixed")
    for name, (content, _) in {**REFUSED, **ODD}.items():
        (folder / name).write_bytes(content)
    (folder / DAMAGED).write_bytes(pdfs.truncated_with_missing_pages(4, 2))
    return running.ocr(folder, "--format", "json")


def test_one_bad_file_among_good_ones_makes_the_exit_code_1(mixed: Done) -> None:
    assert mixed.code == 1


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_read_is_named_on_stderr_with_the_reason(
    mixed: Done, name: str
) -> None:
    assert REFUSED[name][1] in mixed.messages_about(name)


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_read_is_failed_in_json_with_the_reason(
    mixed: Done, name: str
) -> None:
    file = mixed.files[name]
    assert (file["status"], file["pages"]) == ("failed", [])
    assert REFUSED[name][1] in file["error"]


@pytest.mark.parametrize("name", ODD)
def test_files_beside_a_bad_one_are_read_to_the_end(mixed: Done, name: str) -> None:
    [page] = mixed.files[name]["pages"]
    assert (mixed.files[name]["status"], page["status"]) == ("completed", "read")
    assert page["text"].startswith(ODD[name][1])


def test_the_pages_that_a_damaged_file_still_has_are_read(mixed: Done) -> None:
    texts = [page["text"] for page in mixed.files[DAMAGED]["pages"] if page["status"] == "read"]
    assert texts == [f"Page {pdfs.sentinel(700)}", f"Page {pdfs.sentinel(701)}"]


def test_the_pages_that_a_damaged_file_lacks_have_failed_with_a_reason(mixed: Done) -> None:
    file = mixed.files[DAMAGED]
    failed = [(page["number"], page["error"]) for page in file["pages"] if page["status"] != "read"]
    assert file["status"] == "incomplete"
    assert [number for number, _ in failed] == [3, 4]
    assert all("damaged" in error for _, error in failed)


def test_the_warning_about_a_damaged_file_is_on_stderr_in_json_and_in_the_list_of_files(
    running: Up, mixed: Done
) -> None:
    warning = mixed.files[DAMAGED]["warning"]
    assert warning
    assert f"lector: {DAMAGED}: {warning}" in mixed.err.splitlines()
    [row] = lector("ls", "--name", DAMAGED, data=running.data).out.splitlines()[1:]
    assert row.split("\t")[6].startswith(f"2 of 4 pages could not be read; {warning}")


def test_each_missing_page_is_named_on_stderr(mixed: Done) -> None:
    messages = mixed.messages_about(DAMAGED)
    assert "page 3 failed: " in messages
    assert "page 4 failed: " in messages


def test_a_locked_pdf_is_read_with_its_password(running: Up, tmp_path: Path) -> None:
    locked = tmp_path / "locked.pdf"
    locked.write_bytes(pdfs.password_protected())
    done = running.ocr(locked, "--again")
    assert (done.code, done.out) == (1, "")
    assert "add --password at the end of the line" in done.err
    done = running.ocr(locked, "--again", "--password", "user-secret")
    assert (done.code, "Protected: " in done.out) == (0, True)


def test_json_has_these_keys_and_no_others(running: Up, pdf: Path) -> None:
    document = json.loads(running.ocr(pdf, "--format", "json").out)
    [file] = document["files"]
    page_keys = "number status text error error_code attempts finished_at"
    page_keys += " model provenance doubts usage turned_degrees confidence verification"
    assert set(document) == {"files"}
    assert set(file) == {"id", "name", "status", "error", "warning", "page_count", "pages"}
    assert {frozenset(page) for page in file["pages"]} == {frozenset(page_keys.split())}


def test_stdout_carries_the_text_under_a_header_for_each_page_and_nothing_else(
    running: Up, pdf: Path
) -> None:
    done = running.ocr(pdf)
    pages = [
        f"===== three.pdf, page {n} of 3 =====\nPage {pdfs.sentinel(n)}\n\n" for n in (1, 2, 3)
    ]
    assert (done.code, done.out) == (0, "".join(pages))


def test_markdown_has_a_heading_for_each_page(running: Up, pdf: Path) -> None:
    done = running.ocr(pdf, "--format", "markdown", "--pages", "2")
    assert done.out == f"## three.pdf, page 2 of 3\n\nPage {pdfs.sentinel(2)}\n\n"


def test_only_the_selected_pages_are_read(running: Up, tmp_path: Path) -> None:
    path = tmp_path / "seven.pdf"
    path.write_bytes(pdfs.many_pages(8))
    file = running.ocr(path, "--pages", "1-3,7", "--format", "json").files["seven.pdf"]
    assert [page["number"] for page in file["pages"]] == [1, 2, 3, 7]


def test_a_selection_of_pages_that_are_not_there_fails_the_file(running: Up, pdf: Path) -> None:
    done = running.ocr(pdf, "--pages", "9")
    assert (done.code, done.out) == (1, "")
    assert "9" in done.messages_about("three.pdf")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["{pdf}", "--pages", "0"], "--pages"),
        (["{pdf}", "--pages", "3-1"], "--pages"),
        (["{pdf}", "--pages", ""], "--pages"),
        (["{pdf}", "--format", "docx"], "--format"),
        (["{pdf}", "--quietly"], "--quietly"),
        (["{pdf}", "--temporary", "--server", "http://127.0.0.1:1"], "--server"),
        (["{pdf}", "--text-layer", "sometimes"], "--text-layer"),
        (["{pdf}", "--text-layer", "always", "--prompt", "Read."], "not go with --prompt"),
        (["{pdf}", "--text-layer", "always", "--model", "a"], "not go with --model"),
        (["{pdf}", "--text-layer", "always", "--describe"], "not go with --describe"),
        (["{folder}"], "no PDF"),
        (["{folder}/missing.pdf"], "missing.pdf"),
        ([], "FILE"),
    ],
)
def test_wrong_usage_exits_with_2_and_says_what_is_wrong(
    pdf: Path, tmp_path: Path, words: list[str], reason: str
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    done = lector("ocr", *(word.format(pdf=pdf, folder=empty) for word in words))
    assert (done.code, done.out) == (2, "")
    assert reason in done.err


def test_output_goes_into_a_file_for_each_pdf_and_not_to_stdout(
    running: Up, pdf: Path, tmp_path: Path
) -> None:
    done = running.ocr(pdf, "-o", tmp_path / "new" / "texts")
    assert (done.code, done.out) == (0, "")
    folder = tmp_path / "new" / "texts"
    assert {path.name for path in folder.iterdir()} == {"three.txt", written_notes.NOTES}
    written = folder / "three.txt"
    assert [line for line in written.read_text().splitlines() if line.startswith("Page")] == [
        f"Page {pdfs.sentinel(n)}" for n in (1, 2, 3)
    ]


@pytest.fixture
def namesakes(tmp_path: Path) -> Path:
    """Two PDFs of one name in two folders."""
    for folder, number in (("a", 11), ("b", 12)):
        (tmp_path / "in" / folder).mkdir(parents=True)
        content = pdfs.text_pdf([pdfs.sentinel(number)], 24)
        (tmp_path / "in" / folder / "same.pdf").write_bytes(content)
    return tmp_path / "in"


def test_files_of_one_name_in_a_folder_keep_their_folders(
    running: Up, namesakes: Path, tmp_path: Path
) -> None:
    running.ocr(namesakes, "-o", tmp_path / "out", "--format", "markdown")
    texts = {folder: (tmp_path / "out" / folder / "same.md").read_text() for folder in "ab"}
    assert pdfs.sentinel(11) in texts["a"]
    assert pdfs.sentinel(12) in texts["b"]


def test_files_of_one_name_do_not_overwrite_each_other(
    running: Up, namesakes: Path, tmp_path: Path
) -> None:
    paths = [namesakes / "a" / "same.pdf", namesakes / "b" / "same.pdf"]
    running.ocr(*paths, "-o", tmp_path / "out")
    texts = sorted(path.read_text() for path in (tmp_path / "out").glob("*.txt"))
    assert len(texts) == 2
    assert sum(pdfs.sentinel(11) in text for text in texts) == 1
    assert sum(pdfs.sentinel(12) in text for text in texts) == 1


def test_the_output_of_a_file_that_was_not_read_says_so(running: Up, tmp_path: Path) -> None:
    (tmp_path / "noise.pdf").write_bytes(pdfs.not_a_pdf())
    done = running.ocr(tmp_path / "noise.pdf", "-o", tmp_path)
    assert done.code == 1
    assert "neither a PDF nor an image" in (tmp_path / "noise.txt").read_text()


def test_a_folder_that_cannot_be_made_is_said_before_anything_is_read(
    pdf: Path, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("a file, not a folder")
    done = lector("ocr", pdf, "-o", tmp_path / "taken" / "below")
    assert done.code == 2
    assert "Traceback" not in done.err
    assert "taken" in done.err


@pytest.mark.parametrize(
    "name", ["Größe & Maß (1).PDF", "two\nlines.pdf", "-v.pdf", "caf\udce9.pdf"]
)
def test_a_file_of_any_name_is_read(running: Up, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(pdfs.text_pdf([pdfs.sentinel(21)], 24))
    done = running.ocr(tmp_path)
    assert done.code == 0, done.err
    assert pdfs.sentinel(21) in done.out


def test_a_reader_that_stops_reading_is_no_error(running: Up, pdf: Path) -> None:
    with start_lector("ocr", str(pdf), env=environment(running.data)) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        messages = process.stderr.read()
    assert "Traceback" not in messages
    assert process.returncode == 0


def test_a_lector_elsewhere_is_used_when_its_url_is_given(running: Up, pdf: Path) -> None:
    done = lector("ocr", pdf, "--server", f"{running.url}/", "--pages", "1")
    assert (done.code, pdfs.sentinel(1) in done.out) == (0, True), done.err


@pytest.mark.slow
def test_a_chosen_reader_that_does_not_listen_is_named_before_anything_is_uploaded(
    pdf: Path,
) -> None:
    address = f"http://me:my-password@127.0.0.1:{unused_port()}/v1"
    own = {"READER_CHECK": "1", "READER": "vllm", "VLLM_URL": address}
    env = environment(settings=own)
    done = lector("ocr", "--temporary", "--reader", "vllm", pdf, env=env)
    assert done.code == 1
    assert "nothing listens" in done.err
    assert "no page can be read by a model" in done.err
    assert "uploaded" not in done.err
    assert "my-password" not in done.err


def test_a_lector_that_cannot_be_reached_is_an_error_in_one_line(pdf: Path) -> None:
    url = f"http://127.0.0.1:{unused_port()}"
    done = lector("ocr", pdf, "--server", url)
    assert (done.code, done.out) == (1, "")
    [line] = done.err.splitlines()
    assert f"{url} cannot be reached" in line


@pytest.mark.parametrize("url", ["127.0.0.1:80", "http://[::1", "ftp://127.0.0.1"])
def test_a_server_that_is_no_url_is_an_error_in_one_line(pdf: Path, url: str) -> None:
    done = lector("ocr", pdf, "--server", url)
    assert done.code in (1, 2)
    assert "Traceback" not in done.err
    assert url in done.err.splitlines()[-1]


def test_a_server_that_is_no_lector_is_an_error_in_one_line(pdf: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        url = f"http://127.0.0.1:{other.getsockname()[1]}"
        with subprocess.Popen(
            [*LECTOR, "ocr", str(pdf), "--server", url],
            env=environment(),
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            connection, _ = other.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
                assert process.stderr is not None
                messages = process.stderr.read()
    assert process.returncode == 1
    assert messages.count("\n") == 1
    assert "not as Lector does" in messages
