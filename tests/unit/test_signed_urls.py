"""URLs that let somebody else store or read one object, held against those that boto3 signs."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from lector.runtime import s3_client, settings
from lector.runtime.object_store import ObjectStore

KEY = "files/0190a7c1-1111-7222-8333-944445555666/original.pdf"
CONFIG = settings.Objects("http://s3.example:9000", "scans", "an/access+key", "a secret/+=")
CALLS: dict[str, tuple[Callable[[ObjectStore], str], str, dict[str, object]]] = {
    "an upload": (
        lambda store: store.presigned_put(KEY, 1234, "application/octet-stream"),
        "put_object",
        {"ContentLength": 1234, "ContentType": "application/octet-stream", "IfNoneMatch": "*"},
    ),
    "a part of one": (
        lambda store: store.presigned_part(KEY, "an id/+=", 12, 5_242_880),
        "upload_part",
        {"UploadId": "an id/+=", "PartNumber": 12, "ContentLength": 5_242_880},
    ),
    "a name that is quoted": (
        lambda store: store.presigned_get("files/a ~ä+%.jpg"),
        "get_object",
        {"Key": "files/a ~ä+%.jpg"},
    ),
}
CONFIGS = {
    "as it is": CONFIG,
    "in another region, for longer": replace(CONFIG, s3_region="eu-west-3", s3_url_lifetime_s=60),
    "at another address for people": replace(CONFIG, s3_public_endpoint="https://S3.example/"),
    "at a port that needs no name": replace(CONFIG, s3_endpoint="https://s3.example:443"),
    "below a path": replace(CONFIG, s3_endpoint="http://[::1]:9000/store"),
}


def parts(url: str) -> tuple[str, str, dict[str, list[str]]]:
    address = urlsplit(url)
    return f"{address.scheme}://{address.netloc}", address.path, parse_qs(address.query)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_a_url_is_the_one_that_boto3_signs(
    config: settings.Objects, call: tuple[Callable[[ObjectStore], str], str, dict[str, object]]
) -> None:
    ours, operation, params = call
    boto = s3_client.client(config, config.s3_public_endpoint or config.s3_endpoint)
    store = ObjectStore(config)
    for _ in range(10):  # until both are of the same second
        signed = parts(ours(store))
        expected = parts(
            boto.generate_presigned_url(
                operation,
                Params={"Bucket": config.s3_bucket, "Key": KEY, **params},
                ExpiresIn=config.s3_url_lifetime_s,
            )
        )
        if signed[2]["X-Amz-Date"] == expected[2]["X-Amz-Date"]:
            break
    assert signed == expected


def test_urls_are_signed_without_boto3() -> None:
    code = (
        "import sys\nfrom lector.runtime import object_store, settings\n"
        "config = settings.Objects('http://127.0.0.1:9', 'b', 'key', 'secret')\n"
        "store = object_store.ObjectStore(config)\n"
        "store.presigned_put('k', 1, 'text/plain'), store.presigned_get('k')\n"
        "store.presigned_part('k', 'id', 1, 1)\n"
        "print([name for name in sys.modules if name.startswith('boto')])"
    )
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True)
    assert done.stdout == b"[]\n"
