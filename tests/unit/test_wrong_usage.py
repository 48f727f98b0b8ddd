"""What the command line refuses before it looks for a Lector, and how it says so."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from lector.cli.__main__ import cli
from tests.support import pdfs


def refusal(*words: str | Path) -> str:
    """What is said of wrong usage; nothing else ends so."""
    done = CliRunner().invoke(cli, [str(word) for word in words])
    assert done.exit_code == 2, done.output
    return done.output.splitlines()[-1]


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdfs.text_pdf(["some words"]))
    return path


def test_a_prompt_that_is_empty_is_refused(pdf: Path, tmp_path: Path) -> None:
    (tmp_path / "prompt").write_text(" \n")
    assert "it is empty" in refusal("ocr", pdf, "--prompt", "")
    assert "it is empty" in refusal("ocr", pdf, "--prompt", f"@{tmp_path / 'prompt'}")


@pytest.mark.parametrize("option", ["--prompt", "--token-file"])
def test_a_file_without_text_is_named_in_plain_words(
    pdf: Path, tmp_path: Path, option: str
) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    value = f"@{binary}" if option == "--prompt" else binary
    assert refusal("ocr", pdf, option, value).endswith(f"{binary} holds no text in UTF-8")


def test_a_prompt_in_a_file_that_is_not_there_is_said_without_a_number(pdf: Path) -> None:
    said = refusal("ocr", pdf, "--prompt", "@nowhere")
    assert said.endswith("nowhere cannot be read: No such file or directory")


def test_a_folder_that_cannot_be_written_is_said_before_anything_is_read(pdf: Path) -> None:
    # Not even root may write there.
    assert "cannot write into the folder /sys/kernel" in refusal("ocr", pdf, "-o", "/sys/kernel")


@pytest.mark.parametrize(
    "option", [("--status", "failed"), ("--name", "letter"), ("--need-a-look",)]
)
def test_what_chooses_files_does_not_go_with_the_id_of_one(option: tuple[str, ...]) -> None:
    said = refusal("ls", "01a21e41-a813-7fbd-b387-a884d4c7bffe", *option)
    assert f"{option[0]} chooses among files" in said


@pytest.mark.parametrize(
    "option",
    [
        ("--status", "failed"),
        ("--doubted",),
        ("--watch",),
        ("--sort", "newest"),
        ("--limit", "5"),
        ("--all",),
    ],
)
def test_what_chooses_files_does_not_go_with_folders(option: tuple[str, ...]) -> None:
    said = refusal("ls", "--folders", "--folder", "letters", *option)
    assert f"{option[0]} does not go with --folders" in said


@pytest.mark.parametrize("words", [("ls", "--watch"), ("ls", "--watch", "--json")])
def test_a_list_is_watched_on_a_terminal_only(words: tuple[str, ...]) -> None:
    assert refusal(*words).endswith("programs have `lector events --follow`")


def test_the_help_of_backup_shows_its_examples_line_by_line() -> None:
    lines = CliRunner().invoke(cli, ["backup", "--help"]).output.splitlines()
    assert "    lector backup lector-$(date +%F).tar" in lines
    assert not any("\\b" in line for line in lines)


def test_what_is_not_on_this_machine_cannot_be_estimated_here() -> None:
    said = refusal("ocr", "https://example.org/a.pdf", "--estimate")
    assert said.endswith("--estimate looks at files on this machine, not at URLs")


def test_a_password_goes_with_files_that_are_here() -> None:
    said = refusal("ocr", "https://example.org/a.pdf", "--password", "secret")
    assert said.startswith("Error: --password goes with files on this machine; of one at a URL")


def test_a_password_that_does_not_come_is_missed(pdf: Path) -> None:
    assert refusal("ocr", pdf, "--password", "-").endswith("standard input, where nothing came")


def test_whoever_tries_standard_input_sends_something_there() -> None:
    assert refusal("try", "-").endswith("nothing came on standard input")
