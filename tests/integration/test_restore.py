"""What a restored database makes of events from before, and a backup during which files go."""

import os
import re
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from lector.contracts import (
    DeliveryFailed,
    Failure,
    FilesDeleted,
    LedgerStalled,
    PageRegistered,
    PagesExtracted,
    PagesRequested,
)
from lector.domain import object_keys
from lector.local import backup, postgres
from lector.local import restore as restoring
from lector.local.data_folder import DataFolder, Running
from lector.local.tools import checkout
from lector.runtime import events, object_store
from lector.runtime.events import Event
from tests.support import old_data, parts
from tests.support.called import Functions, event
from tests.support.model import ScriptedModel
from tests.support.parts import Parts
from tests.support.world import World, announced, carried, rows

STAGES = ["uploaded", "requested", "rendered", "registered", "read"]


@pytest.fixture
def world(functions: Functions, model: ScriptedModel) -> World:
    return World.with_pages(functions)


def restore() -> None:
    """As if the database that is there had just been restored from a backup."""
    rows(b"SELECT resume_after_restore()")


def letter(about: Event[Any], function: str) -> Event[DeliveryFailed]:
    headers, body = events.to_http(about)
    failure = Failure(code="gave_up", detail="it failed after the backup")
    failed = DeliveryFailed(
        function=function, failure=failure, attempts=8, headers=headers, body=body
    )
    return event(about.id, about.subject, failed)


def replay(world: World) -> None:
    """Every event that was ever seen of a file, to every function, and that each was given up."""
    seen = [*announced(world.file_id), *world.replies.values()]
    seen += [event(f"deleted {n}", world.file_id, FilesDeleted(round=n)) for n in (1, 2)]
    for one in seen:
        for function in ("render", "register", "llm", "notify"):
            assert world.functions.call(function, one).status_code in (204, 422)
            world.functions.accepts("register", letter(one, function))


def announce_again(world: World) -> None:
    """What stands still is announced again, an hour later."""
    rows(
        b"WITH p AS (UPDATE pages SET created_at = created_at - interval '1 h',"
        b" rendered_at = rendered_at - interval '1 h' WHERE file_id = %s)"
        b" UPDATE files SET created_at = created_at - interval '1 h',"
        b" uploaded_at = uploaded_at - interval '1 h', opened_at = opened_at - interval '1 h'"
        b" WHERE id = %s RETURNING 1",
        world.file_id,
        world.file_id,
    )
    world.functions.accepts("register", event(str(uuid4()), "ledger", LedgerStalled()))


@pytest.mark.parametrize("stage", STAGES)
def test_events_of_before_a_restore_change_nothing_of_a_file_at_any_stage(
    world: World, model: ScriptedModel, stage: str
) -> None:
    getattr(world, stage)()
    restore()
    before, calls = world.snapshot(), len(model.requests)
    replay(world)
    assert world.snapshot() == before
    assert len(model.requests) == calls
    assert object_store.store().size(object_keys.original_key(world.file_id))


def test_a_retry_after_a_restore_is_not_one_of_before_it(world: World) -> None:
    """A failure of the second attempt before the restore is not one of the second after it."""
    first, second = world.registered()
    world.functions.accepts("register", letter(first, "llm"))
    world.functions.accepts("llm", second)
    api = world.functions.clients["upload"]
    restore()
    assert api.post(f"/v1/files/{world.file_id}/retry").status_code == 202
    of_before = PagesRequested(generation=2, object_key="k", page_numbers=[1])
    world.functions.accepts("register", letter(event("x", world.file_id, of_before), "render"))
    assert [page["status"] for page in world.pages()] == ["pending", "read"]


@pytest.mark.parametrize("stage", STAGES[:-1])
def test_what_was_under_way_is_announced_again_and_finishes(world: World, stage: str) -> None:
    getattr(world, stage)()
    restore()
    done: set[str] = {one.id for one in announced(world.file_id)}
    announce_again(world)
    while fresh := [one for one in announced(world.file_id) if one.id not in done]:
        done |= {one.id for one in fresh}
        for one in fresh:
            for function in ("render", "llm"):
                answer = world.functions.call(function, one)
                if answer.status_code == 200:
                    reply = events.from_request(dict(answer.headers), answer.get_data())
                    world.functions.accepts("register", reply)
    assert world.file()["status"] == "completed"
    assert len(world.events(PageRegistered)) <= 4


def test_text_that_pages_carry_is_taken_once_whatever_is_replayed_after_a_restore(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_text(functions)
    world.extracted()
    restore()
    before = world.snapshot()
    replay(world)
    assert world.snapshot() == before
    announce_again(world)
    for again in world.events(PagesExtracted):
        functions.accepts("llm", again)
    assert [page["text"] for page in world.pages()] == [carried(1), carried(2)]
    taken = world.snapshot()
    replay(world)
    assert world.snapshot() == taken
    assert model.requests == []


def test_an_upload_in_parts_begins_anew(functions: Functions) -> None:
    api = functions.clients["upload"]
    announced_file = {"name": "a.pdf", "size_bytes": 5_000_000}
    file_id = api.post("/v1/files", json=announced_file).get_json()["id"]
    api.post(f"/v1/files/{file_id}/parts")
    restore()
    assert rows(b"SELECT upload_id FROM files WHERE id = %s", file_id) == [(None,)]
    assert api.post(f"/v1/files/{file_id}/parts").status_code == 200


def test_the_commands_for_a_cluster_back_up_and_restore_a_database(
    functions: Functions, model: ScriptedModel, services: Parts, tmp_path: Path
) -> None:
    """As docs/operations.md has them, without the bucket's copy and the cluster's Job."""
    page = (checkout() / "docs" / "operations.md").read_text("utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    saving, loading = (block for block in blocks if "rows.dump" in block)
    kept, goes = (World.with_pages(functions) for _ in range(2))
    kept.read()
    url = services.embedded.postgres.url
    dump, rest = saving.split("\n", 1)
    shell(dump, url, tmp_path)
    assert functions.clients["upload"].delete(f"/v1/files/{goes.file_id}").status_code == 204
    shell(rest, url, tmp_path)
    with psycopg.connect(url, autocommit=True) as server:
        server.execute("CREATE DATABASE restored")
        try:
            other = url.replace("/lector?", "/restored?")
            shell(loading, other, tmp_path)
            with psycopg.connect(other) as restored:
                found = restored.execute(b"SELECT id, generation FROM files WHERE generation > 1")
                assert (kept.file_id, 1001) in found.fetchall()
                gone = b"SELECT FROM files WHERE id = %s"
                assert restored.execute(gone, [goes.file_id]).fetchall() == []
        finally:
            server.execute("DROP DATABASE restored WITH (FORCE)")


def shell(script: str, url: str, folder: Path) -> None:
    commands = re.sub(r"^(aws|kubectl) .*\n", "", script, flags=re.MULTILINE)
    programs = f"{Path(postgres.binary('psql')).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["/bin/bash", "-c", commands],
        cwd=folder,
        env={**os.environ, "PATH": programs, "OWNER_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    told = [line for line in done.stderr.splitlines() if "already exists" not in line]
    assert (done.returncode, told) == (0, [])


@pytest.fixture
def running(services: Parts) -> Iterator[DataFolder]:
    """The folder of the services, as one on which Lector runs."""
    services.folder.announce(Running(os.getpid(), "", "", services.embedded.settings))
    yield services.folder
    (services.folder.path / "stack.json").unlink()


@pytest.mark.slow
def test_a_file_that_is_deleted_during_a_backup_is_gone_after_the_restore(
    functions: Functions, model: ScriptedModel, running: DataFolder, tmp_path: Path
) -> None:
    kept, goes, comes = (World.with_pages(functions) for _ in range(3))
    for world in (kept, goes):
        world.read()
    copied: list[World] = []

    def meddle(what: str, done: int, _: int) -> None:
        """Between the database and the objects one file goes, and another is read."""
        if (what, done) == ("objects", 0):
            path = f"/v1/files/{goes.file_id}"
            assert functions.clients["upload"].delete(path).status_code == 204
            functions.reply("render", goes.events(FilesDeleted)[0])
            comes.read()
            copied.append(World.with_pages(functions))

    made = backup.make(running, tmp_path / "a.tar", meddle)
    assert made.gone == [str(goes.file_id)]
    own = [key for key in made.missing if str(goes.file_id) in key or str(kept.file_id) in key]
    assert own == []
    folder = DataFolder(tmp_path / "restored")
    assert restoring.restore(tmp_path / "a.tar", folder, lambda *_: None, replace=False) == made
    with (
        parts.alone(folder.path, "postgres") as embedded,
        psycopg.connect(embedded.postgres.url) as restored,
    ):
        ids = [kept.file_id, goes.file_id, comes.file_id, copied[0].file_id]
        wanted = b"SELECT id, status, generation FROM files WHERE id = ANY (%s) ORDER BY id"
        found = restored.execute(wanted, [ids]).fetchall()
        assert found == [(kept.file_id, "completed", 1001), (comes.file_id, "uploaded", 1001)]
        texts = b"SELECT text FROM pages WHERE file_id = %s ORDER BY number"
        assert restored.execute(texts, [kept.file_id]).fetchall() == rows(texts, kept.file_id)
        about = b"SELECT FROM outbox WHERE subject = %s"
        assert restored.execute(about, [str(goes.file_id)]).fetchall() == []
    assert not (tmp_path / ".restored.restoring").exists()


@pytest.mark.slow
def test_a_backup_of_an_earlier_version_is_brought_up_to_date(tmp_path: Path) -> None:
    """Its folder is as it was left there: it is backed up before anything of it is migrated."""
    [sample] = [path.stem for path in old_data.SAMPLES.glob("*.json")]
    old_data.unpack(sample, tmp_path)
    data, restored = DataFolder(tmp_path / "data"), DataFolder(tmp_path / "restored")
    made = backup.make(data, tmp_path / "a.tar", lambda *_: None)
    assert made.migration < max(path.stem for path in (checkout() / "migrations").glob("*.sql"))
    restoring.restore(tmp_path / "a.tar", restored, lambda *_: None, replace=False)
    with (
        parts.alone(restored.path, "postgres") as embedded,
        psycopg.connect(embedded.postgres.url) as connection,
    ):
        living = b"SELECT id::text FROM files WHERE status <> 'deleted'"
        found = {file_id for (file_id,) in connection.execute(living)}
    files = old_data.description(sample)["files"]
    assert (made.files, made.missing, made.gone) == (len(found), [], [])
    assert found == {file["id"] for file in files if file["state"] != "deleted"}


@pytest.mark.slow
def test_a_restored_lector_signs_reports_with_the_same_key(
    functions: Functions, running: DataFolder, tmp_path: Path
) -> None:
    key, restored = running.report_key(), DataFolder(tmp_path / "restored")
    backup.make(running, tmp_path / "a.tar", lambda *_: None)
    restoring.restore(tmp_path / "a.tar", restored, lambda *_: None, replace=False)
    assert restored.report_key() == key
    assert restored.report_key_file.stat().st_mode & 0o777 == 0o600


def test_a_backup_holds_what_pages_carry(
    functions: Functions, running: DataFolder, tmp_path: Path
) -> None:
    world = World.with_text(functions)
    world.extracted()
    made = backup.make(running, tmp_path / "a.tar", lambda *_: None)
    layer = object_keys.layer_key(world.file_id, 2)
    assert [key for key in made.missing if str(world.file_id) in key] == []
    with tarfile.open(tmp_path / "a.tar") as archive:
        assert layer in archive.getnames()
    assert object_keys.media_type(layer) == object_store.JSON
    world.functions.clients["upload"].delete(f"/v1/files/{world.file_id}")


def test_a_backup_says_which_objects_were_missing_before_it(
    functions: Functions, model: ScriptedModel, running: DataFolder, tmp_path: Path
) -> None:
    world = World.with_pages(functions)
    world.registered()
    lost = object_keys.image_key(world.file_id, 2)
    object_store.store().remove([lost])
    made = backup.make(running, tmp_path / "a.tar", lambda *_: None)
    assert [key for key in made.missing if str(world.file_id) in key] == [lost]
    world.functions.clients["upload"].delete(f"/v1/files/{world.file_id}")


def test_a_backup_or_restore_that_fails_leaves_nothing_behind(
    functions: Functions, running: DataFolder, tmp_path: Path
) -> None:
    def fail(what: str, *_: int) -> None:
        if what == "objects":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backup.make(running, tmp_path / "a.tar", fail)
    assert list(tmp_path.iterdir()) == []
    backup.make(running, tmp_path / "a.tar", lambda *_: None)
    with pytest.raises(KeyboardInterrupt):
        restoring.restore(tmp_path / "a.tar", DataFolder(tmp_path / "new"), fail, replace=False)
    assert [one.name for one in tmp_path.iterdir()] == ["a.tar"]
