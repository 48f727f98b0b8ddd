"""object_*: the CPU of one transfer of a page's image by Lector's store, against boto3's client."""

import os
from collections.abc import Callable, Collection, Iterator
from statistics import median
from typing import TypedDict

from benchmarks.reporting import Figure, say
from lector.domain import object_keys
from lector.runtime import object_store, s3_client, settings
from tests.support.cpu_time import timed
from tests.support.parts import Parts

NAMES = ("object_put", "object_get")


class Place(TypedDict):
    """Where boto3 finds an object."""

    Bucket: str
    Key: str


_BYTES = 350_000
_CALLS = 50
_ROUNDS = 5
_NOTE = (
    f"CPU of this process for one {{call}} of {_BYTES:,} bytes, mean of {_CALLS}, median of"
    f" {_ROUNDS} rounds in turn; limit: the same call by boto3, as Lector made it before obstore"
)


def measure(_: Parts, wanted: Collection[str]) -> Iterator[Figure]:
    """Put and get the same image by both, in turn."""
    config = settings.current(settings.Objects)
    store, image = object_store.store(), os.urandom(_BYTES)
    key = f"{object_keys.FILES}benchmark/hot-call"
    client = s3_client.client(config, config.s3_endpoint)
    place: Place = {"Bucket": config.s3_bucket, "Key": key}

    def get_by_boto() -> bytes:
        return client.get_object(**place)["Body"].read()

    calls: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "object_put": (
            lambda: store.put(key, image, object_store.JPEG),
            lambda: client.put_object(**place, Body=image, ContentType=object_store.JPEG),
        ),
        "object_get": (lambda: store.get(key), get_by_boto),
    }
    calls["object_put"][0]()
    for name in NAMES:
        if name in wanted:
            say(f"{name}: {_CALLS} calls, {_ROUNDS} rounds")
            ours, theirs = calls[name]
            rounds = [(_cpu_ms(ours), _cpu_ms(theirs)) for _ in range(_ROUNDS)]
            value, limit = (median(side) for side in zip(*rounds, strict=True))
            note = _NOTE.format(call=name.removeprefix("object_"))
            yield Figure(name, value, "ms of CPU", limit, note)
    store.remove([key])


def _cpu_ms(call: Callable[[], object]) -> float:
    def calls() -> None:
        for _ in range(_CALLS):
            call()

    return timed(calls)[1] * 1000 / _CALLS
