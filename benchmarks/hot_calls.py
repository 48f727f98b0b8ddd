"""object_* and model_call: the CPU of one call that carries a page's image, against the usual way.

That is boto3's client, and OpenAI's client when it encodes the body itself.

server_put, server_get: what the same calls take the embedded object store.
"""

import base64
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from statistics import median
from typing import TypedDict

from benchmarks.footprint import ProcessTree
from benchmarks.reporting import Figure, say
from benchmarks.starting import await_listening
from lector.domain import object_keys
from lector.local import functions
from lector.local.process import Child, free_port
from lector.runtime import object_store, s3_client, settings
from tests.support.cpu_time import timed
from tests.support.parts import Parts

_CALLED, _SERVED = ("object_put", "object_get"), ("server_put", "server_get")
NAMES = (*_CALLED, *_SERVED, "model_call")


Call = Callable[[], object]


class Place(TypedDict):
    """Where boto3 finds an object."""

    Bucket: str
    Key: str


_KEY = f"{object_keys.FILES}benchmark/hot-call"
_BYTES = 350_000
_CALLS = 50
_ROUNDS = 5
_NOTE = (
    f"CPU of this process for one call with {_BYTES:,} bytes, mean of {_CALLS}, median of {_ROUNDS}"
    " rounds in turn"
)
_SERVER_NOTE = (
    f"CPU of the embedded object store for one call with {_BYTES:,} bytes, mean of {_CALLS}, median"
    f" of {_ROUNDS} rounds; limit: {{least}}"
)
_LEAST = {
    "server_put": "their MD5 and SHA-256, as S3 has it, and writing a file, in this process",
    "server_get": "reading a file, in this process",
}


def measure(parts: Parts, wanted: Collection[str]) -> Iterator[Figure]:
    """Carry the same image both ways, in turn."""
    image = os.urandom(_BYTES)
    if set(_CALLED) & set(wanted):
        yield from _of_objects(image, wanted)
    if set(_SERVED) & set(wanted):
        yield from _of_the_server(parts, image, wanted)
    if "model_call" in wanted:
        with _model(parts) as address:
            yield _of_a_model(address, image)


def _of_objects(image: bytes, wanted: Collection[str]) -> Iterator[Figure]:
    config = settings.current(settings.Objects)
    store, key = object_store.store(), _KEY
    client = s3_client.client(config, config.s3_endpoint)
    place: Place = {"Bucket": config.s3_bucket, "Key": key}

    def get_by_boto() -> bytes:
        return client.get_object(**place)["Body"].read()

    calls: dict[str, tuple[Call, Call]] = {
        "object_put": (
            lambda: store.put(key, image, object_store.JPEG),
            lambda: client.put_object(**place, Body=image, ContentType=object_store.JPEG),
        ),
        "object_get": (lambda: store.get(key), get_by_boto),
    }
    calls["object_put"][0]()
    for name, (ours, by_boto) in calls.items():
        if name in wanted:
            yield _figure(name, ours, by_boto, "by boto3, as Lector made it before obstore")
    store.remove([key])


def _of_the_server(parts: Parts, image: bytes, wanted: Collection[str]) -> Iterator[Figure]:
    store = object_store.store()
    server = ProcessTree(parts.children["seaweedfs"].pid)
    file = parts.folder.path / "hot-call"

    def store_by_itself() -> None:
        hashlib.md5(image, usedforsecurity=False).digest()
        hashlib.sha256(image).digest()
        file.write_bytes(image)

    calls: dict[str, tuple[Call, Call]] = {
        "server_put": (lambda: store.put(_KEY, image, object_store.JPEG), store_by_itself),
        "server_get": (lambda: store.get(_KEY), file.read_bytes),
    }
    for call in calls.values():
        call[0](), call[1]()
    for name in wanted:
        if name in calls:
            served, by_itself = calls[name]
            took = [_served_ms(server, served) for _ in range(_ROUNDS)]
            least = median(_cpu_ms(by_itself) for _ in range(_ROUNDS))
            note = _SERVER_NOTE.format(least=_LEAST[name])
            yield Figure(name, median(took), "ms of CPU", least, note)
    store.remove([_KEY])


def _of_a_model(address: str, image: bytes) -> Figure:
    from functions.llm import model, readers  # noqa: PLC0415 - it has settings of its own

    request = readers.Request(readers.Endpoint(address, "key"), "bench-1", "Read it.", "You read.")
    url = f"data:image/jpeg;base64,{base64.b64encode(image).decode()}"

    def call() -> None:
        model.request_completion(request, 0.0, image, time.monotonic() + 30)

    def by_the_client() -> None:
        client = readers.client(request.endpoint).chat.completions.with_streaming_response
        with client.create(
            model=request.model,
            messages=[
                {"role": "system", "content": request.system},
                {
                    "role": "user",
                    "content": [
                        {"type": "image_url", "image_url": {"url": url}},
                        {"type": "text", "text": request.user},
                    ],
                },
            ],
            max_tokens=request.max_tokens,
            temperature=0.0,
        ) as response:
            json.loads(response.read())

    return _figure("model_call", call, by_the_client, "by OpenAI's client, which encodes the body")


@contextmanager
def _model(parts: Parts) -> Iterator[str]:
    port = free_port()
    part = functions.function("register", port, {})
    env = {**part.env, "PORT": str(port), "DELAY_S": "0"}
    command = [sys.executable, "-m", "benchmarks.model_server"]
    child = Child(replace(part, name="model", command=command, env=env), parts.folder.logs)
    try:
        await_listening(child, port)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        child.ask_to_stop()
        child.wait_stopped()


def _figure(name: str, ours: Call, theirs: Call, limit_is: str) -> Figure:
    say(f"{name}: {_CALLS} calls, {_ROUNDS} rounds")
    ours(), theirs()
    rounds = [(_cpu_ms(ours), _cpu_ms(theirs)) for _ in range(_ROUNDS)]
    value, limit = (median(side) for side in zip(*rounds, strict=True))
    return Figure(name, value, "ms of CPU", limit, f"{_NOTE}; limit: the same {limit_is}")


def _served_ms(server: ProcessTree, call: Call) -> float:
    before = server.cpu_s()
    for _ in range(_CALLS):
        call()
    return (server.cpu_s() - before) * 1000 / _CALLS


def _cpu_ms(call: Call) -> float:
    def calls() -> None:
        for _ in range(_CALLS):
            call()

    return timed(calls)[1] * 1000 / _CALLS
