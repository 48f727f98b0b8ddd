"""Text from outside does nothing to a terminal, wherever it is stored or printed."""

import io
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from lector.cli import output
from lector.runtime.failures import (
    FailedAttempt,
    MalformedEvent,
    PermanentFailure,
    TransientFailure,
)

HOSTILE = "a\x1b[31m\x1b]0;title\x07b\rc\x9b2J\x7f\x00 \u202egpj.exe\u2066\u2069\u200e\u200f\x85d"
DANGEROUS = set(HOSTILE) - set("abcd[31m]0;title2J gpj.exe")
PLAIN = "a[31m]0;titlebc2J gpj.exed"


class Stdout(io.TextIOWrapper):
    """A stdout whose bytes can be looked at."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8")
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal

    def written(self) -> str:
        self.flush()
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue().decode()


def replace_stdout(monkeypatch: pytest.MonkeyPatch, *, terminal: bool) -> Stdout:
    """Put another stdout into the place of pytest's."""
    stdout = Stdout(terminal=terminal)
    monkeypatch.setattr(sys, "stdout", stdout)
    return stdout


@pytest.mark.parametrize("failure", [PermanentFailure, FailedAttempt])
def test_a_failure_keeps_no_control_character_of_the_words_it_is_given(
    failure: type[PermanentFailure],
) -> None:
    made = failure("code\x1b", HOSTILE)
    assert (made.code, made.detail, str(made)) == ("code", PLAIN, f"code: {PLAIN}")


def test_neither_does_one_that_is_not_now_or_about_a_malformed_event() -> None:
    not_now = TransientFailure(HOSTILE)
    assert (not_now.detail, str(not_now)) == (PLAIN, PLAIN)
    assert str(MalformedEvent(HOSTILE)) == PLAIN


def test_a_failure_keeps_lines_and_tabs() -> None:
    assert PermanentFailure("code", "two\r\nlines\tand ü €").detail == "two\nlines\tand ü €"


def test_a_failure_keeps_no_more_than_2000_characters_of_its_words() -> None:
    kept = PermanentFailure("code", "x" * 100_000).detail
    assert len(kept) == 2000
    assert kept.endswith("x…")
    assert len(TransientFailure("x" * 100_000).detail) == 2000


def test_the_text_of_a_page_does_nothing_to_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = replace_stdout(monkeypatch, terminal=True)
    output.write_text(HOSTILE)
    target = output.binary_stdout()
    encoded = f"{HOSTILE} ü".encode()
    for at in range(len(encoded)):  # whatever pieces it comes in
        target.write(encoded[at : at + 1])
    target.flush()
    assert terminal.written() == f"{PLAIN}\n{PLAIN} ü"


def test_a_program_gets_the_text_of_a_page_byte_for_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = replace_stdout(monkeypatch, terminal=False)
    output.write_text(HOSTILE)
    target = output.binary_stdout()
    target.write(HOSTILE.encode())
    target.flush()
    assert pipe.written() == f"{HOSTILE}\n{HOSTILE}"


def test_a_json_document_says_the_same_without_raw_control_characters() -> None:
    written = output.format_json({"name": HOSTILE})
    assert not set(written) & DANGEROUS
    assert json.loads(written) == {"name": HOSTILE}


def test_tables_and_lines_for_people_hold_nothing_raw(
    capsys: pytest.CaptureFixture[str],
) -> None:
    output.write_table(("name",), [(HOSTILE,)])
    output.echo(HOSTILE)
    written = capsys.readouterr()
    assert not set(written.out + written.err) & DANGEROUS


ROW = ("0123456789-0123456789-0123456789-012", "scan three.pdf", "completed", "1 page to look at")
HEADER = ("id", "name", "status", "reason")


def show_table(
    monkeypatch: pytest.MonkeyPatch,
    columns: int,
    rows: Sequence[Sequence[str]] = (ROW, (*ROW[:2], "", "")),
) -> list[str]:
    terminal = replace_stdout(monkeypatch, terminal=True)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    output.write_table(HEADER, rows)
    styles = re.compile(r"\x1b\[[\d;]*m")
    return [styles.sub("", line).rstrip() for line in terminal.written().splitlines()]


def test_a_table_that_fits_has_a_line_for_each_row(monkeypatch: pytest.MonkeyPatch) -> None:
    header, first, second = show_table(monkeypatch, 100)
    assert header.split() == list(HEADER)
    assert all(cell in first for cell in ROW)
    assert second.split("  ")[:2] == [ROW[0], ROW[1]]


def test_a_column_without_a_word_takes_no_place_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert show_table(monkeypatch, 78, [(*ROW[:2], "", ROW[3])])[0].split() == [
        "id",
        "name",
        "reason",
    ]


@pytest.mark.parametrize("columns", [40, 78])
def test_a_terminal_too_narrow_for_a_table_gets_every_word_of_each_row_whole(
    monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    lines = show_table(monkeypatch, columns)
    assert lines == [
        f"id {ROW[0]}",
        f"  name {ROW[1]}",
        f"  status {ROW[2]}",
        f"  reason {ROW[3]}",
        f"id {ROW[0]}",
        f"  name {ROW[1]}",
    ]


def test_wrong_usage_is_told_without_the_raw_name_of_a_file(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "lector.cli",
        "ocr",
        str(tmp_path / "no\x1b]0;x\x07\u202e.pdf"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "does not exist" in done.stderr
    assert not set(done.stderr) & DANGEROUS
