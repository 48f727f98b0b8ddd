"""Files that the server makes of documents, as `lector ocr` writes them."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import click
import pytest

from lector.cli import formats, made_files, ocr
from lector.cli.answers import Json, ServerError, Target
from lector.cli.client import Client
from lector.cli.outcome import Document
from lector.cli.output_folder import OutputFolder

READ = {"number": 1, "status": "read", "text": "lamp"}


class Server:
    """Answers with the format that it was asked for."""

    def __init__(self, answers: Mapping[str, Json] | None = None, refused: str = "") -> None:
        self.answers = answers or {}
        self.refused = refused

    def fetch(self, file_id: str, style: str, target: Target) -> None:
        target.write(f"{style} of ".encode())
        if file_id == self.refused:
            raise ServerError("the PDF is protected by a password")
        target.write(file_id.encode())

    def send(self, method: str, path: str, params: Json) -> Json:
        assert (method, params) == ("GET", {"format": "json", "words": "true"})
        return self.answers[path]


def document(name: str, *pages: Json, file_id: str = "1") -> Document:
    return Document(Path("in", name), name, {"id": file_id, "status": "completed"}, list(pages))


def write(server: Server, style: str, folder: Path, *documents: Document) -> bool:
    target = OutputFolder(folder, style, words=False, reading_options={})
    target.name(documents)
    made = [target.write(cast(Client, server), one) for one in documents]
    return all(made)


@pytest.mark.parametrize(
    ("style", "name"),
    [("pdf", "a.searchable.pdf"), ("hocr", "a.hocr"), ("alto", "a.alto.xml")],
)
def test_each_document_gets_a_file_of_its_own(tmp_path: Path, style: str, name: str) -> None:
    assert write(Server(), style, tmp_path, document("a.pdf", READ))
    assert (tmp_path / name).read_text() == f"{style} of 1"


def test_two_documents_of_one_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    documents = [document("a.pdf", READ), document("a.png", READ, file_id="2")]
    assert write(Server(), "alto", tmp_path, *documents)
    assert (tmp_path / "a.alto.xml").read_text() == "alto of 1"
    assert (tmp_path / "a-2.alto.xml").read_text() == "alto of 2"


def test_of_a_document_of_which_nothing_was_read_no_file_is_made(tmp_path: Path) -> None:
    assert write(Server(), "pdf", tmp_path, document("a.pdf", {**READ, "status": "failed"}))
    assert list(tmp_path.iterdir()) == []


def test_one_that_the_server_cannot_make_does_not_keep_the_others_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    documents = [document("a.pdf", READ), document("b.pdf", READ, file_id="2")]
    assert not write(Server(refused="1"), "pdf", tmp_path, *documents)
    assert [path.name for path in tmp_path.iterdir()] == ["b.searchable.pdf"]
    assert "a.pdf: the PDF is protected by a password" in capsys.readouterr().err


def test_what_cannot_be_made_for_stdout_does_not_keep_back_what_follows(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    documents = [document("a.pdf", READ), document("b.pdf", READ, file_id="2")]
    assert not made_files.print_each(cast(Client, Server(refused="1")), documents, "chunks")
    sys.stdout.flush()
    assert capfdbinary.readouterr().out == b"chunks of chunks of 2"


@pytest.mark.parametrize("style", formats.MADE_BY_SERVER)
def test_where_a_program_reads_the_file_no_words_say_that_there_is_no_text(
    tmp_path: Path, style: str
) -> None:
    failed = Document(Path("in/a.pdf"), "a.pdf", {"id": "1", "status": "failed", "error": "empty"})
    target = OutputFolder(tmp_path, style, words=False, reading_options={})
    target.name([failed])
    target.write_failed(failed)
    assert list(tmp_path.iterdir()) == []


def test_words_have_offsets_in_the_text_of_their_page() -> None:
    word = {"text": "lamp", "start": 10, "end": 14, "boxes": [[0, 0, 1, 1]]}
    span = {"number": 2, "start": 10, "words": [word], "missing": [{"text": "x", "offset": 14}]}
    server = Server({"/v1/files/1/text": {"pages": [span]}})
    read = document("a.pdf", {**READ}, {**READ, "number": 2})
    made_files.add_words(cast(Client, server), [read])
    assert "words" not in read.pages[0]
    [told] = read.pages[1]["words"]
    assert (told["start"], told["end"]) == (0, 4)
    assert read.pages[1]["missing"] == [{"text": "x", "offset": 4}]


@pytest.mark.parametrize("style", formats.ONE_FILE_EACH)
def test_several_documents_cannot_follow_each_other_on_standard_output(style: str) -> None:
    documents: Any = [document("a.pdf"), document("b.pdf")]
    with pytest.raises(click.UsageError, match="need a folder"):
        ocr.check_format(documents, style, None, words=False)


def test_words_go_with_json() -> None:
    ocr.check_format([], "json", None, words=True)
    with pytest.raises(click.UsageError, match="--format json"):
        ocr.check_format([], "text", None, words=True)
