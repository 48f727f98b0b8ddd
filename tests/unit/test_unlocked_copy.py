"""The copy of a locked PDF that needs no password is whole, or there is none."""

import random
from pathlib import Path

import pikepdf
import pytest

from functions.upload import pdf_process
from functions.upload.pdf_process import Limits, Unmakeable
from functions.upload.problem_codes import ProblemCode

MIB = 1024 * 1024
CONTENT = random.Random(7).randbytes(20 * MIB)


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PDF of one page with a large stream, encrypted by AES-256."""
    pdf, path = pikepdf.new(), tmp_path_factory.mktemp("locked") / "locked.pdf"
    pdf.add_blank_page()
    pdf.pages[0].obj.Contents = pdf.make_indirect(pikepdf.Stream(pdf, CONTENT))
    encryption = pikepdf.Encryption(owner="owner", user="secret")
    pdf.save(path, encryption=encryption, compress_streams=False)
    return path


def outcome(locked: Path, target: Path, memory_bytes: int) -> str:
    """How a copy goes: whole, cut, or the code of its refusal."""
    limits = Limits(memory_bytes=memory_bytes)
    try:
        pdf_process.run("functions.upload.unlocked_copy", [locked, target], limits, said=b"secret")
    except Unmakeable as refused:
        return refused.code
    with pikepdf.open(target) as pdf:
        return "whole" if pdf.pages[0].obj.Contents.read_bytes() == CONTENT else "cut"


@pytest.mark.parametrize("mebibytes", range(60, 121, 10))
def test_a_copy_that_memory_runs_out_for_is_refused_and_never_cut(
    locked: Path, tmp_path: Path, mebibytes: int
) -> None:
    """From too little to open it, by too little to decrypt a stream, to enough."""
    found = outcome(locked, tmp_path / "copy.pdf", mebibytes * MIB)
    assert found in ("whole", ProblemCode.PDF_TOO_LARGE)


def test_a_copy_that_there_is_memory_for_is_whole(locked: Path, tmp_path: Path) -> None:
    assert outcome(locked, tmp_path / "copy.pdf", Limits().memory_bytes) == "whole"
