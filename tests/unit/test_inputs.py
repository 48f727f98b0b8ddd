"""What people name to be read: paths and URLs, also in a list."""

import io
import os
import sys
from pathlib import Path

import click
import pytest

from lector.cli import documents
from lector.cli.inputs import STDIN, InputType, Url, read_list


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://example.org/papers/a%20report.pdf?of=2026", "a report.pdf"),
        ("https://example.org/", "example.org"),
        ("HTTP://example.org", "example.org"),
        ("https://example.org/%0a.pdf", "\ufffd.pdf"),
        ("https://", "document"),
        ("https://example.org/a/..", "unnamed"),
        (f"https://example.org/{'n' * 300}.pdf", f"{'n' * 180}.pdf"),
    ],
)
def test_a_text_from_a_url_is_called_as_the_file_there(url: str, name: str) -> None:
    assert Url(url).name == name


def test_urls_are_told_from_paths() -> None:
    kind = InputType()
    assert kind.convert("https://example.org/a.pdf", None, None) == Url("https://example.org/a.pdf")
    assert kind.convert("https/a.pdf", None, None) == Path("https/a.pdf")
    assert kind.convert("-", None, None) == STDIN


def test_a_url_is_a_document_without_a_file_here(tmp_path: Path) -> None:
    [found] = documents.find([Url("https://example.org/a.pdf")], "stdin", tmp_path).files
    assert (found.name, found.url, found.problem) == ("a.pdf", "https://example.org/a.pdf", None)


LIST = "a.pdf\r\n\n  \nhttps://example.org/b.pdf\nwith spaces .pdf\n"
LISTED = [Path("a.pdf"), Url("https://example.org/b.pdf"), Path("with spaces .pdf")]


def test_a_list_has_a_path_or_a_url_in_each_line(tmp_path: Path) -> None:
    (tmp_path / "list").write_text(LIST, newline="")
    assert read_list(tmp_path / "list", ()) == LISTED
    assert read_list(tmp_path / "list", [Path("first.pdf")]) == [Path("first.pdf"), *LISTED]
    assert read_list(None, [STDIN]) == [STDIN]


def test_names_in_a_list_are_those_of_the_system_whatever_their_bytes(tmp_path: Path) -> None:
    (tmp_path / "list").write_bytes(b"\xef\xbb\xbfa.pdf\ncaf\xe9.pdf\nb\xe2\x80\xa8c.pdf\n")
    names = [b"a.pdf", b"caf\xe9.pdf", b"b\xe2\x80\xa8c.pdf"]
    assert [os.fsencode(str(one)) for one in read_list(tmp_path / "list", ())] == names


def test_what_cannot_be_a_url_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(click.BadParameter, match="is no URL"):
        InputType().convert("http://[abc/x.pdf", None, None)
    (tmp_path / "list").write_text("http://[abc/x.pdf\n")
    with pytest.raises(click.UsageError, match="is no URL"):
        read_list(tmp_path / "list", ())


def test_a_list_may_come_on_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LIST.encode())))
    assert read_list(STDIN, ()) == LISTED


def test_a_list_that_is_none_is_wrong_usage(tmp_path: Path) -> None:
    for name, content in {"empty": b"\n\n", "binary": b"%PDF\0", "itself": b"-\n"}.items():
        (tmp_path / name).write_bytes(content)
    for name, reason in {
        "empty": "names nothing",
        "binary": "cannot be read: it is no text",
        "itself": "names no standard input",
        "nowhere": "cannot be read: No such file",
    }.items():
        with pytest.raises(click.UsageError, match=reason):
            read_list(tmp_path / name, ())


def test_standard_input_is_a_list_or_a_document() -> None:
    with pytest.raises(click.UsageError, match="only once"):
        read_list(STDIN, [STDIN])


def test_whoever_names_nothing_is_told_what_can_be_named() -> None:
    with pytest.raises(click.UsageError, match="name files, folders or URLs to read"):
        read_list(None, ())
