"""The TypeScript client as a package: built, installed beside a program, and run by Node."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from lector.local.tools import checkout
from tests.acceptance.commandline import Up
from tests.support import pdfs
from tests.support.model import ScriptedModel, error

pytestmark = pytest.mark.slow
WEB = checkout() / "web"
MODULES = WEB / "node_modules"
RUNNER = """
import { openAsBlob } from 'node:fs'
import { show } from './quickstart.js'
const [url, path] = process.argv.slice(2)
await show(url, await openAsBlob(path), 'a report.pdf').catch((problem) => {
  console.error(`${problem.code}: ${problem.message}`)
  process.exitCode = 1
})
"""
NEEDS_NODE = pytest.mark.skipif(
    not (shutil.which("node") and (MODULES / ".bin" / "tsc").exists()),
    reason="Node and the page's dependencies are not there; `make web` installs these",
)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the example, compiled against the package as `npm pack` makes it."""
    folder = tmp_path_factory.mktemp("program")
    package = folder / "node_modules" / "lector-ocr"
    package.mkdir(parents=True)
    tsc = [str(MODULES / ".bin" / "tsc"), "-p", str(WEB / "client")]
    subprocess.run([*tsc, "--outDir", str(package / "dist")], check=True)
    shutil.copy(WEB / "client" / "schema.d.ts", package / "dist")
    shutil.copy(WEB / "client" / "package.json", package)
    for name in ("openapi-fetch", "openapi-typescript-helpers"):
        (folder / "node_modules" / name).symlink_to(MODULES / name)
    shutil.copy(checkout() / "examples" / "quickstart.ts", folder)
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "run.js").write_text(RUNNER)
    options = ["--strict", "--target", "es2023", "--module", "nodenext", "--skipLibCheck"]
    subprocess.run([tsc[0], *options, "quickstart.ts"], cwd=folder, check=True)
    return folder


@pytest.fixture
def model(lector_with_model: tuple[Up, ScriptedModel]) -> Iterator[ScriptedModel]:
    lector_with_model[1].reset()
    yield lector_with_model[1]
    lector_with_model[1].reset()


def run(program: Path, running: Up, pages: int) -> "subprocess.CompletedProcess[str]":
    path = program / f"{uuid4()}.pdf"
    path.write_bytes(pdfs.drawn_pdf([f"{n} {uuid4()}" for n in range(pages)]))
    return subprocess.run(
        [str(shutil.which("node")), "run.js", running.url, str(path)],
        cwd=program,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


@NEEDS_NODE
def test_a_typescript_program_shows_pages_as_they_come_and_the_text(
    program: Path, lector_with_model: tuple[Up, ScriptedModel], model: ScriptedModel
) -> None:
    done = run(program, lector_with_model[0], pages=2)
    assert done.stdout == "page 1: read\npage 2: read\nsome text\n\fsome text\n\n", done.stderr


@NEEDS_NODE
def test_a_typescript_program_is_told_which_page_failed_and_why(
    program: Path, lector_with_model: tuple[Up, ScriptedModel], model: ScriptedModel
) -> None:
    model.otherwise = error(400, "no such model")
    done = run(program, lector_with_model[0], pages=1)
    assert done.stdout == "page 1: failed\n"
    assert "a report.pdf was not read: page 1: " in done.stderr
    assert "no such model" in done.stderr
