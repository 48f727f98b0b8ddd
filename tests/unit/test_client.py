"""The command line where the client alone is installed, without what reads pages here."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

import lector
from lector.local.tools import checkout
from tests.support.installed import Environment, project_requirements

#: They are about a Lector on this machine. `backup`, `restore` and `migrate` are, too, but look for
#: its data folder first.
OF_THIS_MACHINE = {"try", "events", "call", "up", "stop", "down", "languages"}
LINE = f"pip install 'lector_ocr-{lector.__version__}-py3-none-any.whl[local]'"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return Environment(tmp_path_factory.mktemp("client") / "venv", project_requirements())


def run(
    client: Environment, folder: Path, words: Sequence[str], **env: str
) -> subprocess.CompletedProcess[str]:
    """`lector` with these words, on a data folder that is not there."""
    return _run(client, folder, ["-m", "lector.cli", *words], **env)


def run_python(client: Environment, folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    """What this code comes to there."""
    return _run(client, folder, ["-c", code])


def _run(
    client: Environment, folder: Path, arguments: Sequence[str], **env: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(client.python), *arguments],
        cwd=checkout(),
        env={"PATH": os.defpath, "HOME": str(folder), "LECTOR_DATA": str(folder / "none"), **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_client_installs_few_packages_and_none_that_reads(client: Environment) -> None:
    assert {"click", "rich", "httpx2", "opentelemetry-api"} <= client.names
    assert len(client.names) < 20
    assert not {"boto3", "opentelemetry-sdk", "psycopg", "msgspec", "pymupdf-lite"} & client.names


def test_commands_for_a_lector_elsewhere_need_the_client_alone(
    client: Environment, tmp_path: Path
) -> None:
    """In one process, as each start takes as long as all imports."""
    done = run_python(
        client,
        tmp_path,
        "from lector.cli.commands import Commands\n"
        "print(*(name for name, one in Commands().items() if one.help.startswith('Needs')))",
    )
    assert set(done.stdout.split()) == OF_THIS_MACHINE


def test_a_command_of_this_machine_says_which_line_installs_what_it_needs(
    client: Environment, tmp_path: Path
) -> None:
    done = run(client, tmp_path, ["up", "--port", "8080"])
    assert done.returncode == 2
    assert LINE in done.stderr
    assert "Traceback" not in done.stderr


def test_reading_here_says_which_line_installs_it_and_what_else_can_be_done(
    client: Environment, tmp_path: Path
) -> None:
    letter = str(checkout() / "tests" / "samples" / "letter.pdf")
    done = run(client, tmp_path, ["ocr", letter])
    assert done.returncode == 2
    assert f"{LINE}; or name a Lector elsewhere with --server" in done.stderr
    for words in (["ocr", letter, "--estimate"], ["readers"]):
        done = run(client, tmp_path, words)
        assert (done.returncode, LINE in done.stderr) == (2, True)
        assert "Traceback" not in done.stderr


def test_a_client_that_finds_no_lector_does_not_name_a_command_that_it_lacks(
    client: Environment, tmp_path: Path
) -> None:
    done = run(client, tmp_path, ["ls"])
    folder = tmp_path / "none"
    said = f"lector: error: no Lector runs on {folder}; --server names one elsewhere\n"
    assert (done.returncode, done.stderr) == (1, said)


def test_the_doctor_of_a_client_says_what_reads_and_where_else(
    client: Environment, tmp_path: Path
) -> None:
    done = run(client, tmp_path, ["doctor"])
    assert done.returncode == 1
    assert f"{LINE}, or name a Lector elsewhere with --server" in done.stdout
    assert done.stderr == ""


def test_the_help_of_a_client_says_which_commands_need_more(
    client: Environment, tmp_path: Path
) -> None:
    done = run(client, tmp_path, ["--help"])
    assert done.returncode == 0
    assert done.stdout.count(f"Needs {LINE}.") == len(OF_THIS_MACHINE)


def test_a_client_that_lacks_what_sends_traces_reads_without_them(
    client: Environment, tmp_path: Path
) -> None:
    letter = str(checkout() / "tests" / "samples" / "letter.pdf")
    nobody = "http://127.0.0.1:9"
    done = run(
        client, tmp_path, ["ocr", "--server", nobody, letter], OTEL_EXPORTER_OTLP_ENDPOINT=nobody
    )
    assert LINE.replace("local", "telemetry") in done.stderr
    assert f"{nobody} cannot be reached" in done.stderr
    assert done.returncode == 1
