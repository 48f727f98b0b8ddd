"""lector backup and lector restore: while it runs, into a fresh folder, then all old events."""

import asyncio
import hashlib
import io
import json
import shutil
import stat
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import nats
import pytest

from lector.local.data_folder import DataFolder
from tests.acceptance.commandline import Up, clear, lector, up
from tests.support import pdfs
from tests.support.bridging import wait_until
from tests.support.model import ScriptedModel, completion, error

STREAMS = ("LECTOR", "LECTOR_DEAD")
WITHIN_S = 60
# What is under way at the backup is looked at soon after the restore; deleted files go soon.
SETTINGS = {"SWEEP_AFTER_S": "3", "REMOVAL_AFTER_S": "2", "S3_URL_LIFETIME_S": "3"}
Message = tuple[str, dict[str, str], bytes]
pytestmark = pytest.mark.slow  # the backup that all of them look at takes half a minute


@dataclass
class Kept:
    """What a Lector held at its backup, and what happened to it since."""

    folder: Path
    model: ScriptedModel
    settings: dict[str, str]
    ids: dict[str, str] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)
    objects: set[str] = field(default_factory=set)
    """Of files that were finished at the backup."""
    events: list[Message] = field(default_factory=list)
    """Everything that was in its streams at the end, long after the backup."""

    @property
    def backup(self) -> Path:
        return self.folder / "lector.tar"


def add(running: Up, name: str, pages: int) -> str:
    pdf = pdfs.drawn_pdf([f"{name} {number}" for number in range(1, pages + 1)])
    answer = httpx2.post(f"{running.url}/v1/files", files={"file": (name, pdf, "application/pdf")})
    return str(answer.raise_for_status().json()["id"])


def get(running: Up, path: str) -> Any:
    return httpx2.get(f"{running.url}/v1/{path}").raise_for_status().json()


def becomes(running: Up, file_id: str, status: str) -> None:
    wait_until(lambda: get(running, f"files/{file_id}")["status"] == status, WITHIN_S)


def texts(running: Up, file_id: str) -> list[str]:
    return [page["text"] for page in get(running, f"files/{file_id}/pages?text=true")["pages"]]


async def collect(url: str) -> list[Message]:
    """Every event of both streams, the dead letters as well."""
    found: list[Message] = []
    async with await nats.connect(url) as client:
        js = client.jetstream()
        for stream in STREAMS:
            state = (await js.stream_info(stream)).state
            for number in range(state.first_seq, state.last_seq + 1 if state.messages else 0):
                message = await js.get_msg(stream, number)
                found.append((str(message.subject), message.headers or {}, message.data or b""))
    return found


async def publish(url: str, messages: list[Message]) -> None:
    """Publish events again, as new ones."""
    async with await nats.connect(url) as client:
        js = client.jetstream()
        for subject, headers, body in messages:
            anew = {name: value for name, value in headers.items() if name != "Nats-Msg-Id"}
            await js.publish(subject, body, headers=anew)


async def left(url: str) -> int:
    """How many deliveries are not settled yet."""
    async with await nats.connect(url) as client:
        js = client.jetstream()
        infos = [info for stream in STREAMS for info in await js.consumers_info(stream)]
    return sum((info.num_pending or 0) + (info.num_ack_pending or 0) for info in infos)


def nats_url(running: Up) -> str:
    found = DataFolder(running.data).running()
    assert found is not None
    return found.nats_url


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """A Lector that was backed up in mid-work, went on, lost a file and got another."""
    folder = tmp_path_factory.mktemp("backup")
    model = ScriptedModel()
    settings = {"OPENAI_BASE_URL": model.base_url, "OPENAI_API_KEY": "test", **SETTINGS}
    kept = Kept(folder, model, settings)
    try:
        with up(folder / "data", settings=settings) as running:
            make_history(running, kept)
        yield kept
    finally:
        model.stop()
        clear(folder)
        shutil.rmtree(folder)


def make_history(running: Up, kept: Kept) -> None:
    kept.model.otherwise = completion("words worth keeping")
    for name in ("read.pdf", "doomed.pdf"):
        kept.ids[name] = add(running, name, 2)
        becomes(running, kept.ids[name], "completed")
        kept.texts[name] = texts(running, kept.ids[name])
    kept.objects = set(running.objects())
    kept.model.otherwise = error(429)
    kept.ids["under way.pdf"] = add(running, "under way.pdf", 3)
    becomes(running, kept.ids["under way.pdf"], "reading")
    done = lector("backup", kept.backup, data=running.data)
    assert done.code == 0, done.err
    kept.model.otherwise = completion("read after the backup")
    becomes(running, kept.ids["under way.pdf"], "completed")
    kept.ids["later.pdf"] = add(running, "later.pdf", 1)
    becomes(running, kept.ids["later.pdf"], "completed")
    httpx2.delete(f"{running.url}/v1/files/{kept.ids['doomed.pdf']}").raise_for_status()
    doomed = kept.ids["doomed.pdf"]
    wait_until(lambda: not [key for key in running.objects() if doomed in key], WITHIN_S)
    gone = "SELECT FROM files WHERE status = 'deleted'"
    with running.database() as connection:
        wait_until(lambda: not connection.execute(gone).fetchall(), WITHIN_S)
    kept.events = asyncio.run(collect(nats_url(running)))
    subjects = {subject.rpartition(".")[0] for subject, _, _ in kept.events}
    assert {"lector.files.deleted", "lector.objects.removed", "lector.page.read"} <= subjects


def test_a_backup_is_for_its_owners_eyes_and_describes_itself(kept: Kept) -> None:
    assert stat.S_IMODE(kept.backup.stat().st_mode) == 0o600
    with tarfile.open(kept.backup) as archive:
        *names, last = archive.getnames()
        assert (names[0], last) == ("database.dump", "manifest.json")
        content = archive.extractfile(last)
        assert content is not None
        manifest = json.loads(content.read())
        for name in names:
            member = archive.extractfile(name)
            assert member is not None
            assert hashlib.sha256(member.read()).hexdigest() == manifest["sha256"][name]
    assert (manifest["files"], manifest["pages"]) == (3, 7)
    assert (manifest["gone"], manifest["missing"]) == ([], [])
    assert manifest["migration"].partition("_")[0].isdigit()
    assert kept.objects < set(names)


def test_what_was_restored_survives_all_events_of_before_and_goes_on(kept: Kept) -> None:
    data = kept.folder / "restored"
    kept.model.otherwise = completion("read after the restore")
    done = lector("restore", kept.backup, data=data)
    assert (done.code, "3 files, 7 pages" in done.err) == (0, True), done.err
    with up(data, settings=kept.settings) as running:
        asyncio.run(publish(nats_url(running), kept.events))
        becomes(running, kept.ids["under way.pdf"], "completed")
        wait_until(lambda: asyncio.run(left(nats_url(running))) == 0, WITHIN_S)
        assert_restored(running, kept)
        before = rows_of(running)
        asyncio.run(publish(nats_url(running), kept.events))
        wait_until(lambda: asyncio.run(left(nats_url(running))) == 0, WITHIN_S)
        assert rows_of(running) == before
        assert_restored(running, kept)
        garbage = json.loads(lector("gc", "--dry-run", "--json", data=data).out)
        assert garbage == {"unconfirmed": [], "orphans": []}
        kept.ids["new.pdf"] = add(running, "new.pdf", 1)
        becomes(running, kept.ids["new.pdf"], "completed")


def assert_restored(running: Up, kept: Kept) -> None:
    listed = {file["name"]: file["id"] for file in get(running, "files")["files"]}
    assert listed == {name: kept.ids[name] for name in ("read.pdf", "doomed.pdf", "under way.pdf")}
    for name, expected in kept.texts.items():
        assert texts(running, kept.ids[name]) == expected
        page = f"files/{kept.ids[name]}/pages/1"
        wait_until(partial(shows_jpeg, running, page), WITHIN_S)
    assert texts(running, kept.ids["under way.pdf"]) == ["read after the restore"] * 3
    assert kept.objects < set(running.objects())


def shows_jpeg(running: Up, page: str) -> bool:
    """Asked again when the short-lived URL was too old on a busy machine."""
    answer = httpx2.get(get(running, page)["image"]["url"])
    return answer.headers["content-type"] == "image/jpeg"


def rows_of(running: Up) -> list[Any]:
    with running.database() as connection:
        return [
            connection.execute(query).fetchall()
            for query in (
                "SELECT * FROM files ORDER BY id",
                "SELECT * FROM pages ORDER BY id",
                "SELECT id, type FROM outbox ORDER BY id",
            )
        ]


@pytest.fixture
def fresh(kept: Kept) -> Iterator[Path]:
    path = kept.folder / "fresh"
    yield path
    clear(kept.folder)
    shutil.rmtree(path, ignore_errors=True)
    assert not [one.name for one in kept.folder.iterdir() if one.name.startswith(".")]


def test_a_stopped_lector_is_backed_up_and_restored_in_place(kept: Kept, fresh: Path) -> None:
    """The folder that is replaced goes, with what was added to it."""
    assert lector("restore", kept.backup, data=fresh).code == 0
    again = kept.folder / "again.tar"
    done = lector("backup", again, data=fresh)
    assert (done.code, "3 files, 7 pages" in done.err) == (0, True), done.err
    (fresh / "logs" / "mark").touch()
    refused = lector("restore", again, data=fresh)
    assert (refused.code, "--replace" in refused.err) == (1, True)
    assert (fresh / "logs" / "mark").exists()
    assert lector("restore", "--replace", again, data=fresh).code == 0
    assert not (fresh / "logs" / "mark").exists()


def test_a_backup_overwrites_nothing(kept: Kept) -> None:
    before = kept.backup.read_bytes()
    done = lector("backup", kept.backup, data=kept.folder / "data")
    assert (done.code, "exists already" in done.err) == (1, True)
    assert kept.backup.read_bytes() == before


def test_a_folder_that_is_none_of_lectors_is_neither_backed_up_nor_replaced(
    kept: Kept, fresh: Path
) -> None:
    fresh.mkdir()
    (fresh / "thesis.txt").write_text("years of work")
    assert lector("backup", kept.folder / "no.tar", data=fresh).code == 1
    assert lector("restore", "--replace", kept.backup, data=fresh).code == 1
    assert [one.name for one in fresh.iterdir()] == ["thesis.txt"]


def damaged(backup: Path, how: str) -> bytes:
    content = backup.read_bytes()
    if how == "a bit":
        middle = content.index(b"\xff\xd8\xff") + 100  # in an image
        return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    if how == "cut off":
        return content[: len(content) // 2]
    return {"empty": b"", "no tar": b"%PDF-1.7 nothing of the kind" * 100}[how]


@pytest.mark.parametrize("how", ["a bit", "cut off", "empty", "no tar"])
def test_a_damaged_backup_is_refused_and_nothing_is_made_of_it(
    kept: Kept, fresh: Path, how: str
) -> None:
    bad = kept.folder / "damaged.tar"
    bad.write_bytes(damaged(kept.backup, how))
    done = lector("restore", bad, data=fresh)
    assert done.code == 1
    assert "damaged" in done.err or "incomplete" in done.err
    assert "Traceback" not in done.err
    assert not fresh.exists()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"migration": "20991231000001_flying_cars"}, "newer Lector"),
        ({"format": 2}, "newer Lector"),
        ({"sha256": {"files/../../etc/passwd": "0" * 64}}, "no object of Lector's"),
        ({"pages": None, "sha256": 7}, "damaged"),
    ],
)
def test_a_backup_that_this_version_cannot_know_is_refused_by_name(
    kept: Kept, fresh: Path, changes: dict[str, Any], told: str
) -> None:
    strange = kept.folder / "strange.tar"
    with tarfile.open(kept.backup) as archive, tarfile.open(strange, "w") as changed:
        for member in archive.getmembers():
            opened = archive.extractfile(member)
            assert opened is not None
            content = opened.read()
            if member.name == "manifest.json":
                content = json.dumps({**json.loads(content), **changes}).encode()
                member.size = len(content)
            changed.addfile(member, io.BytesIO(content))
    done = lector("restore", strange, data=fresh)
    assert (done.code, told in done.err) == (1, True), done.err
    assert not fresh.exists()
