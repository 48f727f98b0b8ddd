"""What the command line says when something is in the way: streams, disks, readers."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lector.cli import written_texts
from lector.cli.outcome import Document
from lector.cli.output import describe_os_error
from lector.runtime.failures import LectorError
from tests.support import pdfs


def run(
    *words: str | Path, redirect: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """`lector` as a shell starts it, with its streams as `redirect` has them."""
    command = [sys.executable, "-m", "lector.cli", *map(str, words)]
    unset = ("OPENAI_", "READER", "MODEL_", "LECTOR_")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(unset)}
    return subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {redirect}', "sh", *command],
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("redirect", "reason"),
    [(">&-", "Bad file descriptor"), (">/dev/full", "No space left on device")],
)
@pytest.mark.parametrize("command", [("readers",), ("readers", "--json"), ("completion", "bash")])
def test_what_cannot_be_written_to_standard_output_is_said_in_one_line(
    redirect: str, reason: str, command: tuple[str, ...], tmp_path: Path
) -> None:
    done = run(*command, redirect=redirect, LECTOR_DATA=str(tmp_path / "none"))
    said = f"lector: error: the text cannot be written to standard output: {reason}\n"
    assert (done.returncode, done.stderr) == (1, said)


def test_a_command_that_prints_nothing_does_not_miss_standard_output(tmp_path: Path) -> None:
    done = run("stop", "--data", tmp_path / "none", redirect=">&-")
    assert (done.returncode, done.stderr) == (0, f"lector: nothing runs on {tmp_path / 'none'}\n")


def test_streams_that_are_closed_are_not_taken_by_a_file(tmp_path: Path) -> None:
    done = run("ls", "--data", tmp_path / "none", redirect="<&- 2>&-")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


def test_an_error_of_the_system_names_the_file_and_has_no_number() -> None:
    with pytest.raises(OSError, match="nowhere") as missing:
        Path("/nowhere/a").read_text()
    assert describe_os_error(missing.value) == "/nowhere/a: No such file or directory"
    assert describe_os_error(ConnectionResetError(errno.ECONNRESET, "it went")) == "it went"
    assert describe_os_error(OSError("in words")) == "in words"


def test_a_text_that_cannot_be_written_is_an_error_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()
    file = {"id": "1", "status": "failed", "error": "too dark"}
    document = Document(Path("a.pdf"), "a.pdf", file)
    with pytest.raises(LectorError, match=r"/a\.txt cannot be written: Is a directory"):
        written_texts.write_file(document, "text", tmp_path / "a.txt")


def test_readers_are_listed_where_no_lector_runs(tmp_path: Path) -> None:
    data = str(tmp_path / "none")
    rows = run("readers", LECTOR_DATA=data).stdout.splitlines()
    assert rows[1].startswith("tesseract (default)\ttesseract\t")
    assert any(row.startswith("vllm\t") for row in rows)
    chosen = run("readers", LECTOR_DATA=data, READER="ollama").stdout.splitlines()
    assert chosen[1].startswith("ollama (default)\t")


def test_readers_are_listed_with_what_each_does_with_doubt(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("""
readers:
  large: {like: vllm, model: large, verify: always, on_doubt: keep}
  straight: {like: vllm, escalate: large, on_doubt: escalate}
  careful: {like: vllm, escalate: large}
  trusting: {like: vllm, verify: never}
""")
    lines = [line.split("\t") for line in run("readers", "--readers", own).stdout.splitlines()]
    found = {name: tuple(rest[-2:]) for name, *rest in lines}
    assert found["name"] == ("verify", "on doubt")
    assert found["large"] == ("always", "keep")
    assert found["straight"] == ("as VERIFY", "ask large")
    assert found["careful"] == ("as VERIFY", "retry, then large")
    assert found["trusting"] == ("never", "-")
    assert found["ollama"] == ("as VERIFY", "retry")


def test_a_file_of_readers_can_be_looked_through_before_anything_is_started(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("default: mine\nreaders: {mine: {like: vllm, model: my-model}}")
    done = run("readers", "--readers", own)
    assert done.stdout.splitlines()[1].startswith("mine (default)\tmy-model\t")
    own.write_text("readers: {mine: {like: vllm, modle: my-model}}")
    done = run("readers", "--readers", own)
    assert (done.returncode, done.stderr) == (
        1,
        f"lector: error: {own}: unknown field `modle`; is `model` meant? - at `readers.mine`\n",
    )


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdfs.text_pdf(["some words"]))
    return path


def test_trying_a_reader_that_there_is_not_names_those_that_there_are(pdf: Path) -> None:
    done = run("try", pdf, "--reader", "nope", READER="vllm")
    assert done.returncode == 1
    assert "there is no reader 'nope', but azure, groq" in done.stderr


def test_reading_with_a_reader_that_there_is_not_is_found_out_before_a_lector_is_started(
    pdf: Path, tmp_path: Path
) -> None:
    done = run("ocr", pdf, "--reader", "nope", "--data", tmp_path / "data")
    assert done.returncode == 2
    assert "there is no reader 'nope', but azure, groq" in done.stderr
    assert not (tmp_path / "data").exists()


def test_trying_a_reader_with_what_it_does_not_look_at_is_refused(pdf: Path) -> None:
    done = run("try", pdf, "--reader", "tesseract", "--prompt", "Sing.")
    assert done.returncode == 1
    assert done.stderr == (
        "lector: error: the reader tesseract looks at no prompt: leave that out, or choose"
        " another\n"
    )


def test_trying_a_reader_whose_key_is_not_set_names_the_variable(pdf: Path) -> None:
    done = run("try", pdf, "--reader", "openai")
    assert done.stderr == (
        "lector: error: the reader openai is not set up: set the environment variable"
        " OPENAI_API_KEY\n"
    )


@pytest.mark.slow
def test_an_estimate_names_pages_that_cannot_be_drawn(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdfs.drawn_for_ever())
    done = run("ocr", "--estimate", "--temporary", path, RENDER_PAGE_TIMEOUT_S="1")
    assert done.returncode == 0, done.stderr
    assert "at no cost (1 page cannot be drawn, and will fail at no cost: page 1, " in done.stdout
    assert "takes longer than 1 s" in done.stdout


@pytest.mark.parametrize(
    "command", [("readers",), ("readers", "--json"), ("completion", "bash"), ("--help",)]
)
def test_whoever_has_read_enough_of_an_output_is_no_error(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    """Such as `| head`, which ends before all is written."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "lector.cli", *command],
        env={**os.environ, "LECTOR_DATA": str(tmp_path / "none")},
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")
