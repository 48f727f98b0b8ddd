"""Makes a data folder that was stopped in mid-work, and what must become of it.

    2026-11-27.tar.xz  the folder, and beside it what people had not uploaded yet
    2026-11-27.json    each file (contents.py): its state there, and what it must become

Both were made once, with the version of 27 November 2026 (commit a5f0960), and stay as they are: a
later version takes the folder up in tests/acceptance/test_upgrade.py. Never make them anew with a
later version; make others beside them. From a checkout of the version that is to stop, with this
folder and tests/support as they are here, after `make setup`:

    PYTHONPATH=tests .venv/bin/python -m samples.upgrade.make 2026-11-27

Lector runs twice, as people run it: once until all is finished, and once until everything is in
mid-work, which then is killed. In between, parts are halted (SIGSTOP) at the moment in which they
are to stand still, and rows of the outbox are kept from the relay by a lock. Nothing of Lector is
imported, and no row is written by hand.
"""

import io
import json
import sys
import tarfile
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import psycopg
from support import streams
from support.listener import Listener
from support.marked_pages import Mark
from support.model import Answer, completion, error
from support.page_model import PageModel

from .contents import Files
from .halting import Lector, wait_for

HERE = Path(__file__).parent
MODEL = "scripted"
_REFUSAL = "I'm sorry, but I cannot read this page."
_NOBODY = 65534  # as whom PostgreSQL runs where root has started it
# Logs, sockets, and what is written anew at every start.
_LEFT_OUT = (
    "logs",
    "run",
    "stack.json",
    "nats/nats.conf",
    "s3/grpc_ports.json",
    "postgres/postmaster.pid",
    "postgres/postmaster.opts",
)


class Maker:
    """What is done to one data folder. `facts` are about what is no file."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.files = Files()
        self.facts: dict[str, Any] = {"model": MODEL}
        self._model = PageModel(self.files.texts())
        self._hook = Listener()
        self._released = threading.Event()
        self._locks: list[psycopg.Connection[Any]] = []

    def stop(self) -> None:
        """Stop the model and the listener."""
        self._released.set()
        self._model.stop()
        self._hook.stop()

    # --- the first run: until all is finished ---

    def finish_some(self) -> None:
        """Files that were read, refused, failed, cancelled, deleted; and all that is no file."""
        with Lector(self.data, self._settings(MAX_PAGES="12")) as lector:
            self._make_webhook_and_token(lector)
            self._send_all(lector)
            self._read_again(lector)
            self._cancel(lector)
            self._leave_dead_letter(lector)
            files = self.files
            for file in (files.copy, files.refused, files.garbage, files.locked, files.long):
                lector.wait_until_state(file, file.state)
            lector.wait_until_quiet()
            lector.end()

    def _send_all(self, lector: Lector) -> None:
        files, acts = self.files, self._model.acts
        acts[4, 2] = lambda: completion(_REFUSAL)
        # Too late for the page; one answer is kept all the same.
        acts[8, 3] = lambda: self._when_released(completion(files.stopped.pages[2].text))
        acts[8, 4] = lambda: self._when_released(error(500))
        for file in (files.minutes, files.refused, files.garbage, files.locked, files.long):
            lector.send(file)
        lector.send(files.carta, language="es")
        lector.send(files.forgotten)
        lector.send(files.stopped)
        for file in (files.minutes, files.carta, files.forgotten):
            lector.wait_until_state(file, "completed")
        lector.delete(files.forgotten)
        lector.send(files.copy)

    def _make_webhook_and_token(self, lector: Lector) -> None:
        types = ["lector.file.completed", "lector.file.failed", "lector.page.failed"]
        hook = lector.post("/webhooks", json={"url": self._hook.url, "types": types})
        self.facts["webhook"] = {name: hook[name] for name in ("id", "types", "secret")}
        wanted = {"name": "of the version before", "scopes": ["read", "write", "admin"]}
        token = lector.post("/tokens", json=wanted)
        self.facts["token"] = {name: token[name] for name in ("id", "name", "token")}

    def _read_again(self, lector: Lector) -> None:
        minutes = self.files.minutes
        self._model.acts[1, 1] = lambda: completion(minutes.pages[0].text)
        lector.post(f"/files/{minutes.id}/retry", json={"pages": "1"})
        lector.wait_until_state(minutes, "completed")

    def _cancel(self, lector: Lector) -> None:
        lector.wait_until(self.files.stopped, read=2)
        self._wait_until_asked((8, 3), (8, 4))
        lector.post(f"/files/{self.files.stopped.id}/cancel")
        self._released.set()

    def _leave_dead_letter(self, lector: Lector) -> None:
        """From an event that nobody understands, and that is about no file."""
        event = {
            "specversion": "1.0",
            "id": str(uuid4()),
            "source": "/lector/register",
            "type": "lector.page.registered",
            "subject": str(uuid4()),
            "data": {"page_number": "one"},
        }
        sink = f"http://127.0.0.1:{lector.port('jetstream-sink')}/"
        headers = {"Content-Type": "application/cloudevents+json"}
        httpx2.post(sink, content=json.dumps(event), headers=headers).raise_for_status()
        letters: list[Any] = []

        def kept() -> list[Any]:
            letters[:] = lector.http.get("/dead-letters").json()["dead_letters"]
            return letters

        wait_for(kept, "the dead letter is kept")
        about = ("id", "type", "subject", "error_code")
        self.facts["dead_letter"] = {name: letters[0][name] for name in about}

    # --- the second run: until everything is in mid-work ---

    def leave_the_rest_in_mid_work(self) -> None:
        """The order matters: the later it is, the more parts stand still."""
        # What is deleted in this run is due for its second removal soon after.
        brief = {"REMOVAL_AFTER_S": "15", "S3_URL_LIFETIME_S": "5", "DOORBELL_CHECK_S": "0.5"}
        self._released.clear()
        with Lector(self.data, self._settings(**brief)) as lector:
            self._announce_some(lector)
            self._leave_webhook_waiting(lector)
            self._leave_model_waiting(lector)
            self._leave_pages_at_each_step(lector)
            self._leave_register_with_images_and_a_dead_letter(lector)
            self._leave_render_with_a_range_and_a_file(lector)
            self._leave_messages_with_nobody(lector)
            self._leave_rows_in_the_outbox(lector)
            self._check_and_note(lector)
            time.sleep(1)  # NATS stores what was acked a moment later
            self.facts["stopped_at"] = datetime.now(UTC).isoformat()
            lector.kill()
        for connection in self._locks:
            connection.close()

    def _announce_some(self, lector: Lector) -> None:
        files, key = self.files, "once-and-no-more"
        lector.announce(files.announced, **{"Idempotency-Key": key})
        self.facts["idempotency_key"] = key
        target = lector.announce(files.stored)["upload"]
        _put(target["url"], files.stored.body, target["headers"])
        lector.announce(files.parts)
        first, _ = lector.post(f"/files/{files.parts.id}/parts")["parts"]
        _put(first["url"], files.parts.body[: first["size_bytes"]])

    def _leave_webhook_waiting(self, lector: Lector) -> None:
        lector.send(self.files.dropped)
        lector.wait_until_state(self.files.dropped, "completed")
        lector.wait_until_quiet()
        before = len(self._hook.told)
        self._hook.otherwise = lambda _, halt: _says_nothing(halt)
        lector.send(self.files.quick)
        wait_for(lambda: len(self._hook.told) > before, "the webhook is being told")

    def _leave_model_waiting(self, lector: Lector) -> None:
        self._model.acts[15, 2] = lambda: self._when_released(completion(_REFUSAL))
        lector.send(self.files.late)
        lector.wait_until(self.files.late, read=1)
        self._wait_until_asked((15, 2))

    def _leave_pages_at_each_step(self, lector: Lector) -> None:
        """Of two files that are opened, the one by ranges, the other in the place of one range."""
        reading, twin = self.files.reading, self.files.twin
        self._model.acts |= {(13, page): _never for page in (4, 5, 6)}
        self._model.acts |= {(13, page): _not_now for page in (7, 8)}
        lector.halt("register")
        lector.send(reading)
        lector.send(twin)
        lector.wait_until_in_hand("register-lector-file-opened", 2)
        lector.wait_until_drained()
        lector.halt("outbox")
        lector.resume("register")
        for file in (reading, twin):
            lector.wait_until_state(file, "reading")
        second, third = (lector.lock(reading, "lector.pages.requested", n) for n in (1, 2))
        self._locks += [second, third]
        with closing(lector.lock(twin, "lector.pages.requested")):
            lector.resume("outbox")
            lector.wait_until(reading, read=3, rendered=8)
            self._wait_until_asked(*((13, page) for page in range(1, 9)))
            sent_back = "SELECT FROM pages WHERE file_id = %s AND waiting_for IS NOT NULL"
            wait_for(lambda: len(lector.rows(sent_back, reading.id)) == 2, "two were sent back")
            lector.halt("render")
        lector.wait_until_published(twin, "lector.pages.requested")
        lector.halt("outbox")
        lector.resume("render")
        lector.wait_until(twin, rendered=1)
        self._locks.append(lector.lock(twin, "lector.page.registered"))
        lector.resume("outbox")

    def _leave_register_with_images_and_a_dead_letter(self, lector: Lector) -> None:
        drawn = self.files.drawn
        lector.halt("register")
        lector.send(drawn)
        lector.wait_until_in_hand("register-lector-file-opened", 1)
        lector.halt("render")
        lector.resume("register")
        lector.wait_until_in_hand("render-lector-pages-requested", 1)
        lector.halt("register")
        lector.resume("render")
        lector.wait_until_in_hand("register-lector-pages-rendered", 1)
        self._released.set()
        lector.wait_until_in_hand("register-lector-delivery-failed", 1)

    def _leave_render_with_a_range_and_a_file(self, lector: Lector) -> None:
        lector.halt("render")
        self._locks.pop(1).close()  # the last range of reading.pdf
        lector.wait_until_in_hand("render-lector-pages-requested", 1)
        lector.send(self.files.opening)
        lector.wait_until_in_hand("render-lector-file-uploaded", 1)

    def _leave_messages_with_nobody(self, lector: Lector) -> None:
        lector.end_for_good("jetstream-source")
        lector.send(self.files.waiting)
        lector.wait_until_published(self.files.waiting, "lector.file.uploaded")

    def _leave_rows_in_the_outbox(self, lector: Lector) -> None:
        lector.halt("outbox")
        lector.send(self.files.uploaded)
        lector.delete(self.files.dropped)

    def _check_and_note(self, lector: Lector) -> None:
        """Hold what there is against what there is to be, and note what belongs to no file."""
        found = dict(lector.rows("SELECT id::text, status FROM files"))
        pages = lector.rows("SELECT file_id::text, status FROM pages ORDER BY file_id, number")
        for file in self.files.all():
            states = [state for file_id, state in pages if file_id == file.id]
            wanted = [page.state for page in file.pages if page.state]
            if (found[file.id], states) != (file.state, wanted):
                raise RuntimeError(f"{file.name} is {found[file.id]}, its pages are {states}")
        unpublished = "SELECT type, count(*) FROM outbox WHERE published_at IS NULL GROUP BY type"
        self.facts["unpublished"] = dict(sorted(lector.rows(unpublished)))
        consumers = sorted(streams.consumers(self.data).items())
        self.facts["consumers"] = {name: asdict(one) for name, one in consumers}
        self.facts["last_event_id"] = lector.last_event_id()

    # --- who answers ---

    def _settings(self, **more: str) -> dict[str, str]:
        return {
            "OPENAI_BASE_URL": self._model.base_url,
            "OPENAI_API_KEY": "test",
            "OPENAI_MODEL": MODEL,
            "NOTIFY_ALLOW_PRIVATE": "127.0.0.1",
            # Whoever gives no answer is waited for until the end.
            "MODEL_TIMEOUT_S": "300",
            "MODEL_BUDGET_S": "300",
            "WEBHOOK_TIMEOUT_S": "300",
            **more,
        }

    def _when_released(self, answer: Answer) -> Answer:
        self._released.wait(300)
        return answer

    def _wait_until_asked(self, *marks: Mark) -> None:
        wait_for(lambda: all(self._model.asked[mark] for mark in marks), f"asked for {marks}")


def _never() -> Answer:
    return completion("too late", delay_s=300)


def _not_now() -> Answer:
    return error(429, "too many at once")


def _says_nothing(halt: threading.Event) -> None:
    halt.wait(300)


def _put(url: str, body: bytes, headers: Mapping[str, str] | None = None) -> None:
    httpx2.put(url, content=body, headers=headers, timeout=60).raise_for_status()


def pack(data: Path, files: Files, archive: Path) -> None:
    """The folder as `data`, and as `uploads` what people still have to upload."""

    def member(info: tarfile.TarInfo) -> tarfile.TarInfo | None:
        inside = info.name.removeprefix("data/")
        if inside in _LEFT_OUT or not (info.isfile() or info.isdir()):
            return None
        info.uid = info.gid = _NOBODY if inside.split("/")[0] == "postgres" else 0
        info.uname = info.gname = ""
        return info

    with tarfile.open(archive, "w:xz", preset=9, format=tarfile.PAX_FORMAT) as tar:
        tar.add(data, "data", filter=member)
        for file in (files.announced, files.parts):
            info = tarfile.TarInfo(f"uploads/{file.name}")
            info.size, info.mode = len(file.body), 0o644
            tar.addfile(info, io.BytesIO(file.body))


def describe(files: Files, facts: Mapping[str, Any]) -> str:
    """What is in the folder, as JSON."""
    described = [asdict(file) for file in files.all()]
    for file in described:
        del file["body"]
    return json.dumps({**facts, "files": described}, ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="lector-upgrade-") as folder:
        maker = Maker(Path(folder) / "data")
        try:
            maker.finish_some()
            maker.leave_the_rest_in_mid_work()
        finally:
            maker.stop()
        pack(maker.data, maker.files, HERE / f"{sys.argv[1]}.tar.xz")
        (HERE / f"{sys.argv[1]}.json").write_text(describe(maker.files, maker.facts))


if __name__ == "__main__":
    main()
