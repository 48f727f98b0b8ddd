"""A disk that is full under the object store is "not now", and is over when there is room again.

The kernel refuses the running server every write that makes a file longer, as a full disk would.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psutil
import pytest

from lector.domain import object_keys, originals
from lector.runtime import object_store
from lector.runtime.failures import TransientFailure
from tests.support.bridging import wait_until
from tests.support.called import Functions
from tests.support.model import ScriptedModel
from tests.support.parts import Parts
from tests.support.world import World

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="limits of another process can be set on Linux only"
)
CONTENT = b"x" * 300_000

LETTER = Path(__file__).parents[1] / "samples" / "letter.pdf"


@contextmanager
def full_disk(services: Parts) -> Iterator[None]:
    server = psutil.Process(services.children["seaweedfs"].pid)
    _, hard = server.rlimit(psutil.RLIMIT_FSIZE)
    server.rlimit(psutil.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        server.rlimit(psutil.RLIMIT_FSIZE, (hard, hard))


def stores(key: str) -> bool:
    try:
        object_store.store().put(key, CONTENT, originals.PDF.media_type)
    except TransientFailure:
        return False
    return True


@pytest.fixture
def key(functions: Functions) -> str:
    return object_keys.original_key(uuid4())


def test_a_full_disk_is_not_now_and_takes_objects_again_when_there_is_room(
    services: Parts, key: str
) -> None:
    with full_disk(services), pytest.raises(TransientFailure):
        object_store.store().put(key, CONTENT, originals.PDF.media_type)
    wait_until(lambda: stores(key), 30)
    assert object_store.store().get(key) == CONTENT


def test_what_was_stored_before_can_be_read_while_the_disk_is_full(
    services: Parts, key: str
) -> None:
    object_store.store().put(key, CONTENT, originals.PDF.media_type)
    with full_disk(services):
        assert object_store.store().get(key) == CONTENT
    wait_until(lambda: stores(key), 30)


def test_pages_wait_while_their_images_cannot_be_stored_and_are_read_afterwards(
    services: Parts, functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 3)
    _, request = world.requested()
    with full_disk(services):
        answer = functions.call("render", request)
        assert (answer.status_code, answer.get_json()["code"]) == (503, "not_now")
    wait_until(lambda: functions.call("render", request).status_code == 200, 30)
    world.read()
    assert world.file()["status"] == "completed"


def test_an_upload_to_a_full_disk_is_told_not_now(services: Parts, functions: Functions) -> None:
    with full_disk(services), LETTER.open("rb") as content:
        answer = functions.clients["upload"].post("/v1/files", data={"file": (content, "a.pdf")})
        assert answer.status_code == 503
    wait_until(lambda: stores(object_keys.original_key(uuid4())), 30)
