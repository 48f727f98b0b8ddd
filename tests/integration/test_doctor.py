"""`lector doctor` on this machine, whose parts are real."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lector.cli.__main__ import cli
from tests.support import providers
from tests.support.own_readers import nothing_set
from tests.support.providers import error

PARTS = {"postgres", "nats-server", "weed", "dbmate", "tesserocr", "pymupdf", "psycopg"}


def doctor(data: Path, **variables: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """Its exit code, and what it found."""
    with nothing_set() as set_variables:
        set_variables(LECTOR_LANGUAGES=str(data.parent / "languages"), **variables)
        done = CliRunner().invoke(cli, ["doctor", "--data", str(data), "--json"])
    said = json.loads(done.stdout)
    assert said["ok"] == (done.exit_code == 0)
    return done.exit_code, {one["what"]: one for one in said["findings"]}


def test_every_part_runs_here_and_says_which_it_is(tmp_path: Path) -> None:
    _, found = doctor(tmp_path / "data")
    assert found.keys() >= {"python", "system", "port", "disk", "languages", *PARTS}
    assert {name: found[name]["state"] for name in PARTS} == dict.fromkeys(PARTS, "ok")
    assert "PostgreSQL" in found["postgres"]["found"]
    assert "English" in found["languages"]["found"]
    assert found["lector"]["found"] == f"none runs on {tmp_path / 'data'}"
    assert "Tesseract" in found["model"]["found"]
    assert not (tmp_path / "data").exists()


def test_a_data_folder_that_cannot_be_made_is_a_fault_beside_the_others(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, found = doctor(tmp_path / "file" / "data")
    assert code == 1
    assert found["disk"]["found"] == f"{tmp_path / 'file'} cannot be written"
    assert found["weed"]["state"] == "ok"


def test_a_model_that_answers_is_named_and_its_clock_compared(tmp_path: Path) -> None:
    with providers.serving(lambda _: None) as server:
        _, found = doctor(
            tmp_path,
            OPENAI_BASE_URL=f"{server.origin}/v1",
            OPENAI_API_KEY="key",
            OPENAI_MODEL="m-1",
        )
    assert found["model"]["state"] == "ok"
    assert found["model"]["found"].startswith("m-1 at the model endpoint 127.0.0.1")
    assert found["clock"]["state"] == "ok"


@pytest.mark.parametrize(
    ("status", "reason", "words"),
    [
        (401, "Incorrect API key provided", "refuses the key"),
        (404, "The model `m-1` does not exist", "has no model m-1"),
    ],
)
def test_a_wrong_key_and_a_wrong_model_are_faults_that_are_told_apart(
    tmp_path: Path, status: int, reason: str, words: str
) -> None:
    with providers.serving(lambda _: error(status, reason)) as server:
        code, found = doctor(
            tmp_path,
            OPENAI_BASE_URL=f"{server.origin}/v1",
            OPENAI_API_KEY="key",
            OPENAI_MODEL="m-1",
        )
    assert code == 1
    assert found["model"]["state"] == "fault"
    assert words in found["model"]["found"]
    assert "OPENAI_MODEL" in found["model"]["remedy"]
