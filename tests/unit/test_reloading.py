"""Which processes are restarted when a file is saved."""

from pathlib import Path

import pytest

from lector.local import functions, reloading
from lector.local.reloading import BRIDGE, SourceWatcher


@pytest.mark.parametrize(
    ("file", "names"),
    [
        ("functions/llm/vocabulary.yaml", {"llm"}),
        ("functions/upload/files/queries.sql", {"upload"}),
        ("lector/bridge/subscriptions.yaml", set(BRIDGE)),
        ("lector/tesseract/recognition.py", {"tesseract"}),
        ("lector/runtime/endpoint.py", {*functions.names(), *BRIDGE}),
        ("lector/local/stack.py", set()),
        ("migrations/1.sql", set()),
    ],
)
def test_a_file_belongs_to_the_processes_that_read_it(file: str, names: set[str]) -> None:
    assert reloading.affected_processes([file]) == names


def test_files_that_only_a_new_start_loads_are_named() -> None:
    assert reloading.not_reloaded(["migrations/1.sql", "lector/domain/object_keys.py"]) == [
        "migrations/1.sql"
    ]


def test_files_changed_added_and_removed_since_the_last_call_are_listed(tmp_path: Path) -> None:
    folder = tmp_path / "functions" / "llm"
    folder.mkdir(parents=True)
    for name in ("old.py", "gone.py"):
        (folder / name).write_text("")
    watcher = SourceWatcher(tmp_path)
    (folder / "old.py").write_text("changed")
    (folder / "new.py").write_text("")
    (folder / "gone.py").unlink()
    names = [f"functions/llm/{name}.py" for name in ("gone", "new", "old")]
    assert watcher.changes() == names
    assert watcher.changes() == []


def test_files_that_no_process_reads_are_not_listed(tmp_path: Path) -> None:
    folder = tmp_path / "functions" / "llm"
    folder.mkdir(parents=True)
    watcher = SourceWatcher(tmp_path)
    (folder / "func.yaml").write_text("")
    (folder / "main.cpython-311.pyc").write_text("")
    assert watcher.changes() == []
