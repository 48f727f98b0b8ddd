"""What docs/operations.md tells people to do on one machine, and no other test does."""

import shutil
import subprocess
from uuid import uuid4

import pytest

from tests.acceptance.commandline import clear, lector, up
from tests.support import pdfs
from tests.support.model import ScriptedModel, completion


@pytest.mark.slow
def test_a_copy_of_the_data_folder_is_a_backup_that_can_be_started(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("operations")
    data, copy = folder / "data", folder / "copy"
    model = ScriptedModel()
    model.otherwise = completion("words worth keeping")
    settings = {"OPENAI_BASE_URL": model.base_url, "OPENAI_API_KEY": "test"}
    path = folder / "letter.pdf"
    path.write_bytes(pdfs.drawn_pdf([str(uuid4())]))
    try:
        with up(data, keep=True, settings=settings) as running:
            assert running.ocr(path).code == 0
        subprocess.run(["/bin/cp", "-a", str(data), str(copy)], check=True)
        clear(data)
        shutil.rmtree(data)
        with up(copy, settings=settings) as restored:
            [file] = lector("ls", data=copy).out.splitlines()[1:]
            got = lector("get", file.split("\t")[0], data=copy)
            assert (got.code, "words worth keeping" in got.out) == (0, True)
            path.write_bytes(pdfs.drawn_pdf([str(uuid4())]))
            assert restored.ocr(path).code == 0
    finally:
        model.stop()
        clear(folder)
        shutil.rmtree(folder)
