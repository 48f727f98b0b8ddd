"""Which processes are started anew when a file is saved."""

from pathlib import Path

import pytest

from lector.local import functions, reloading
from lector.local.reloading import BRIDGE, Saved


@pytest.mark.parametrize(
    ("file", "names"),
    [
        ("functions/llm/prompts.yaml", {"llm"}),
        ("functions/upload/queries.sql", {"upload"}),
        ("lector/bridge/subscriptions.yaml", set(BRIDGE)),
        ("lector/tesseract/recognition.py", {"tesseract"}),
        ("lector/runtime/endpoint.py", {*functions.names(), *BRIDGE}),
        ("lector/local/stack.py", set()),
        ("migrations/1.sql", set()),
    ],
)
def test_a_file_belongs_to_the_processes_that_read_it(file: str, names: set[str]) -> None:
    assert reloading.concerned([file]) == names


def test_what_only_a_new_start_takes_up_is_said() -> None:
    assert reloading.stays(["migrations/1.sql", "lector/domain/object_keys.py"]) == [
        "migrations/1.sql"
    ]


def test_a_look_tells_what_was_changed_added_and_removed_since_the_last(tmp_path: Path) -> None:
    folder = tmp_path / "functions" / "llm"
    folder.mkdir(parents=True)
    for name in ("old.py", "gone.py"):
        (folder / name).write_text("")
    saved = Saved(tmp_path)
    (folder / "old.py").write_text("changed")
    (folder / "new.py").write_text("")
    (folder / "gone.py").unlink()
    names = [f"functions/llm/{name}.py" for name in ("gone", "new", "old")]
    assert saved.since() == names
    assert saved.since() == []


def test_a_look_passes_over_what_no_process_reads(tmp_path: Path) -> None:
    folder = tmp_path / "functions" / "llm"
    folder.mkdir(parents=True)
    saved = Saved(tmp_path)
    (folder / "func.yaml").write_text("")
    (folder / "main.cpython-311.pyc").write_text("")
    assert saved.since() == []
