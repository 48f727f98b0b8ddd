"""What has come into a bucket is read, once for each version, as its S3 server tells of it."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus
from uuid import UUID, uuid4

import pytest
from werkzeug.test import Client

from lector.contracts import FileUploaded, LedgerStalled
from lector.runtime import s3_client, settings
from lector.runtime.object_store import ObjectStore
from tests.support.called import Functions, event
from tests.support.pdfs import text_pdf
from tests.support.world import announced, rows

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client


@contextmanager
def changed(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Iterator[None]:
    with monkeypatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        settings.current.cache_clear()
        yield
    settings.current.cache_clear()


@pytest.fixture
def s3(functions: Functions) -> "S3Client":
    config = settings.current(settings.Objects)
    return s3_client.client(config, config.s3_endpoint)


@pytest.fixture
def bucket(s3: "S3Client", monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket of its own, whose objects are read for the default tenant."""
    name = f"scans-{uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name)
    with changed(monkeypatch, SOURCE_BUCKETS=f"another=other, {name}"):
        yield name


@pytest.fixture
def api(functions: Functions) -> Client:
    return functions.clients["upload"]


def a_pdf() -> bytes:
    return text_pdf([f"a page of its own, {uuid4()}"])


def record(bucket: str, key: str, version: str | None = None, **other: Any) -> dict[str, Any]:
    """An event as S3 sends it (event message structure 2.1), without what says who and when."""
    about = {"key": quote_plus(key, safe="/"), "size": 1, "eTag": "not believed"}
    about |= {"versionId": version} if version else {}
    entity = {"s3SchemaVersion": "1.0", "bucket": {"name": bucket}, "object": about}
    return {"eventVersion": "2.1", "eventName": "ObjectCreated:Put", "s3": entity, **other}


def tell(api: Client, *records: dict[str, Any], how: str = "") -> Any:
    """Send what MinIO sends: it repeats the first event beside the records."""
    body = {"EventName": "s3:ObjectCreated:Put", "Key": "bucket/key", "Records": list(records)}
    return api.post(f"/v1/bucket-events{how}", json=body)


def results(answer: Any) -> list[Any]:
    assert answer.status_code == 202, answer.get_data(as_text=True)
    found: list[Any] = answer.get_json()["results"]
    return found


def files(name: str) -> int:
    [(count,)] = rows(b"SELECT count(*) FROM files WHERE name = %s", name)
    return int(count)


@contextmanager
def denied(s3: "S3Client", action: str, bucket: str, keys: str = "*") -> Iterator[None]:
    """The store refuses an action on objects of a bucket to everybody."""
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": f"arn:aws:s3:::{bucket}/{keys}",
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    try:
        yield
    finally:
        s3.delete_bucket_policy(Bucket=bucket)


def broken_off(api: Client, s3: "S3Client", bucket: str, key: str) -> str:
    """Tell of an object while Lector's own bucket takes none; the id of what is announced."""
    with denied(s3, "s3:PutObject", settings.current(settings.Objects).s3_bucket):
        assert tell(api, record(bucket, key)).status_code == 503
    [(file_id, status)] = rows(b"SELECT id::text, status FROM files WHERE name = %s", key)
    assert status == "announced"
    return str(file_id)


def test_an_object_that_has_come_is_read_under_its_name(
    api: Client, s3: "S3Client", bucket: str
) -> None:
    pdf, key = a_pdf(), f"inbox/möwe & co/{uuid4()}.pdf"
    s3.put_object(Bucket=bucket, Key=key, Body=pdf)
    [taken] = results(tell(api, record(bucket, key)))
    assert (taken["bucket"], taken["key"]) == (bucket, key)
    file = taken["file"]
    assert (file["folder"], file["name"]) == ("inbox/möwe & co", key.rpartition("/")[2])
    assert file["size_bytes"] == len(pdf)
    assert (file["status"], file["media_type"]) == ("uploaded", "application/pdf")
    assert api.get(f"/v1/files/{file['id']}/original").get_data() == pdf
    assert [type(event.data) for event in announced(UUID(file["id"]))] == [FileUploaded]


def test_an_object_that_is_told_of_again_makes_no_other_file(
    api: Client, s3: "S3Client", bucket: str
) -> None:
    key = f"{uuid4()}.pdf"
    s3.put_object(Bucket=bucket, Key=key, Body=a_pdf())
    [first, twice] = results(tell(api, record(bucket, key), record(bucket, key)))
    [again] = results(tell(api, record(bucket, key)))
    assert {first["file"]["id"]} == {twice["file"]["id"], again["file"]["id"]}
    assert (first.get("found"), twice["found"], again["found"]) == (None, True, True)
    assert files(key) == 1


def test_an_object_that_was_read_long_ago_makes_no_other_file(
    api: Client, s3: "S3Client", bucket: str
) -> None:
    """An Idempotency-Key is forgotten after a day; a queue tells of an object for a fortnight."""
    key = f"{uuid4()}.pdf"
    s3.put_object(Bucket=bucket, Key=key, Body=a_pdf())
    results(tell(api, record(bucket, key)))
    rows(b"DELETE FROM creations WHERE tenant = 'default' RETURNING 1")
    results(tell(api, record(bucket, key)))
    assert files(key) == 1


@pytest.mark.parametrize("version", [None, "null"])
def test_other_bytes_under_the_same_key_are_another_file(
    api: Client, s3: "S3Client", bucket: str, version: str | None
) -> None:
    key = f"{uuid4()}.pdf"
    for _ in range(2):
        s3.put_object(Bucket=bucket, Key=key, Body=a_pdf())
        results(tell(api, record(bucket, key, version)))
    assert files(key) == 2


def test_each_version_is_a_file_with_its_own_bytes(
    api: Client, s3: "S3Client", bucket: str
) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    key, pdfs = f"{uuid4()}.pdf", [a_pdf(), a_pdf()]
    versions = [s3.put_object(Bucket=bucket, Key=key, Body=pdf)["VersionId"] for pdf in pdfs]
    for version, pdf in zip(versions, pdfs, strict=True):
        [taken] = results(tell(api, record(bucket, key, version)))
        assert api.get(f"/v1/files/{taken['file']['id']}/original").get_data() == pdf
    results(tell(api, record(bucket, key, versions[0])))
    assert files(key) == 2


def test_a_file_that_was_deleted_is_not_made_again(
    api: Client, s3: "S3Client", bucket: str
) -> None:
    key = f"{uuid4()}.pdf"
    s3.put_object(Bucket=bucket, Key=key, Body=a_pdf())
    [first] = results(tell(api, record(bucket, key)))
    assert api.delete(f"/v1/files/{first['file']['id']}").status_code == 204
    [again] = results(tell(api, record(bucket, key)))
    assert again == {"bucket": bucket, "key": key, "found": True}
    assert files(key) == 0


def test_a_copy_that_broke_off_is_made_when_the_notification_comes_again(
    api: Client, s3: "S3Client", bucket: str
) -> None:
    key = f"{uuid4()}.pdf"
    s3.put_object(Bucket=bucket, Key=key, Body=a_pdf())
    file_id = broken_off(api, s3, bucket, key)
    [again] = results(tell(api, record(bucket, key)))
    assert (again["file"]["id"], again["file"]["status"]) == (file_id, "uploaded")
    assert files(key) == 1


def test_an_object_whose_copy_is_not_there_does_not_count_as_taken(
    api: Client, s3: "S3Client", bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = f"{uuid4()}.pdf"
    s3.put_object(Bucket=bucket, Key=key, Body=a_pdf())
    with monkeypatch.context() as patch:
        patch.setattr(ObjectStore, "copy_from", lambda *_: None)
        [lost] = results(tell(api, record(bucket, key)))
    assert lost["error"]["code"] == "not_uploaded"
    [again] = results(tell(api, record(bucket, key)))
    assert again["file"]["status"] == "uploaded"
    assert files(key) == 1


@pytest.mark.parametrize("within_a_day", [True, False])
def test_an_object_whose_copy_failed_until_its_file_was_let_go_of_is_read_later(
    functions: Functions, api: Client, s3: "S3Client", bucket: str, *, within_a_day: bool
) -> None:
    """Also after a day, when its idempotency key is forgotten."""
    key = f"{uuid4()}.pdf"
    s3.put_object(Bucket=bucket, Key=key, Body=a_pdf())
    file_id = broken_off(api, s3, bucket, key)
    rows(b"UPDATE files SET look_at = now() - interval '1 day' WHERE id = %s RETURNING 1", file_id)
    functions.accepts("register", event(str(uuid4()), "ledger", LedgerStalled()))
    assert files(key) == 0
    if not within_a_day:
        rows(b"DELETE FROM creations WHERE file_ids = %s::uuid[] RETURNING 1", [file_id])
    [again] = results(tell(api, record(bucket, key)))
    assert again["file"]["status"] == "uploaded"
    assert files(key) == 1


def test_two_deliveries_at_the_same_time_make_one_file(
    api: Client, s3: "S3Client", bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both announce it before either has copied it."""
    key, both, copy = f"{uuid4()}.pdf", threading.Barrier(2), ObjectStore.copy_from

    def copy_together(*given: Any) -> None:
        both.wait(30)
        copy(*given)

    monkeypatch.setattr(ObjectStore, "copy_from", copy_together)
    s3.put_object(Bucket=bucket, Key=key, Body=a_pdf())
    with ThreadPoolExecutor(2) as threads:
        told = [threads.submit(tell, api, record(bucket, key)) for _ in range(2)]
        [first], [second] = (results(answer.result()) for answer in told)
    assert first["file"]["id"] == second["file"]["id"]
    assert {first["file"]["status"], second["file"]["status"]} == {"uploaded"}
    assert files(key) == 1
    file_id = UUID(first["file"]["id"])
    assert [type(one.data) for one in announced(file_id)] == [FileUploaded]


def test_the_url_says_how_objects_are_read(api: Client, s3: "S3Client", bucket: str) -> None:
    key = f"{uuid4()}.pdf"
    s3.put_object(Bucket=bucket, Key=key, Body=a_pdf())
    [taken] = results(tell(api, record(bucket, key), how="?language=es&keep_days=30"))
    assert taken["file"]["language"] == "es"
    assert taken["file"]["delete_at"] is not None
    unknown = tell(api, record(bucket, key), how="?tongue=es")
    assert (unknown.status_code, unknown.get_json()["code"]) == (400, "unknown_option")


def test_eventbridge_tells_of_objects_too(api: Client, s3: "S3Client", bucket: str) -> None:
    key = f"a+b {uuid4()}.pdf"  # which it does not encode
    s3.put_object(Bucket=bucket, Key=key, Body=a_pdf())
    event = {
        "version": "0",
        "source": "aws.s3",
        "detail-type": "Object Created",
        "detail": {"version": "0", "bucket": {"name": bucket}, "object": {"key": key, "size": 1}},
    }
    [taken] = results(api.post("/v1/bucket-events", json=event))
    assert taken["file"]["name"] == key
    deleted = {**event, "detail-type": "Object Deleted"}
    assert results(api.post("/v1/bucket-events", json=deleted)) == []


def test_what_is_no_new_object_is_passed_over(api: Client, bucket: str) -> None:
    removed = record(bucket, "a.pdf", eventName="s3:ObjectRemoved:Delete")
    assert results(tell(api, removed, record(bucket, "a-folder/"))) == []
    test = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": bucket}
    assert results(api.post("/v1/bucket-events", json=test)) == []


def test_only_buckets_that_are_named_are_read_and_only_for_their_tenant(
    api: Client, s3: "S3Client", bucket: str
) -> None:
    own = settings.current(settings.Objects).s3_bucket
    key = f"{uuid4()}.pdf"
    s3.put_object(Bucket=bucket, Key=key, Body=a_pdf())
    told = [record("unknown", "a.pdf"), record("another", "a.pdf"), record(bucket, key)]
    [unknown, another, taken] = results(tell(api, *told))
    assert unknown["error"]["code"] == another["error"]["code"] == "bucket_not_allowed"
    assert taken["file"]["name"] == key
    [lectors] = results(tell(api, record(own, f"files/{taken['file']['id']}/original.pdf")))
    assert lectors["error"]["code"] == "bucket_not_allowed"


def test_lectors_own_bucket_is_never_read_even_if_it_is_named(
    api: Client, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = settings.current(settings.Objects).s3_bucket
    with changed(monkeypatch, SOURCE_BUCKETS=own):
        [refused] = results(tell(api, record(own, "files/a.pdf")))
    assert refused["error"]["code"] == "bucket_not_allowed"


def test_an_object_that_is_gone_empty_or_too_large_is_told_and_holds_up_no_other(
    api: Client, s3: "S3Client", bucket: str
) -> None:
    bodies = {"empty.pdf": b"", "large.pdf": bytes(6 * 1024 * 1024), "good.pdf": a_pdf()}
    for key, body in bodies.items():
        s3.put_object(Bucket=bucket, Key=key, Body=body)
    told = [record(bucket, key) for key in ("gone.pdf", *bodies)]
    *refused, good = results(tell(api, *told))
    codes = [one["error"]["code"] for one in refused]
    assert codes == ["file_missing", "empty_file", "file_too_large"]
    assert good["file"]["status"] == "uploaded"


def test_objects_that_the_store_refuses_are_told_and_hold_up_no_other(
    api: Client, s3: "S3Client", bucket: str
) -> None:
    """One encrypted with its owner's key, a version that cannot be, one that a policy denies."""
    good, forbidden, encrypted = (f"{uuid4()}.pdf" for _ in range(3))
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    own_key: dict[str, Any] = {"SSECustomerKey": "k" * 32, "SSECustomerAlgorithm": "AES256"}
    s3.put_object(Bucket=bucket, Key=encrypted, Body=a_pdf(), **own_key)
    for key in (good, forbidden):
        s3.put_object(Bucket=bucket, Key=key, Body=a_pdf())
    told = [record(bucket, encrypted), record(bucket, good, "../x"), record(bucket, forbidden)]
    with denied(s3, "s3:GetObject", bucket, forbidden):
        *refused, taken = results(tell(api, *told, record(bucket, good)))
    assert [one["error"]["code"] for one in refused] == ["object_refused"] * 3
    assert [one["error"]["detail"].rpartition(" ")[2] for one in refused] == ["400", "400", "403"]
    assert taken["file"]["status"] == "uploaded"


def test_a_name_that_no_store_can_hold_is_told_without_what_it_cannot(
    api: Client, bucket: str
) -> None:
    def told(bucket: str) -> dict[str, Any]:
        about = {"bucket": {"name": bucket}, "object": {"key": "\ud800a\udfff.pdf"}}
        return {"detail-type": "Object Created", "detail": about}

    [gone] = results(api.post("/v1/bucket-events", json=told(f"{bucket}\ud800")))
    assert (gone["bucket"], gone["key"], gone["error"]["code"]) == (bucket, "a.pdf", "file_missing")
    [unknown] = results(api.post("/v1/bucket-events", json=told("\ud800")))
    assert unknown["error"]["code"] == "bucket_not_allowed"


def test_an_object_that_is_no_document_is_a_failure_that_can_be_seen(
    api: Client, s3: "S3Client", bucket: str
) -> None:
    key = f"{uuid4()}.zip"
    s3.put_object(Bucket=bucket, Key=key, Body=b"PK\x03\x04 and so on")
    [refused] = results(tell(api, record(bucket, key)))
    assert refused["error"]["code"] == "unsupported_type"
    listed = api.get("/v1/files", query_string={"name": key}).get_json()["files"]
    assert [(file["status"], file["error_code"]) for file in listed] == [
        ("failed", "unsupported_type")
    ]
    rows(b"DELETE FROM creations WHERE tenant = 'default' RETURNING 1")
    [again] = results(tell(api, record(bucket, key)))
    assert (again["found"], again["file"]["status"]) == (True, "failed")


@pytest.mark.parametrize("records", ["none", [{}], [{"eventName": "x", "s3": {}}], [None] * 101])
def test_what_is_no_notification_is_refused(api: Client, records: object) -> None:
    answer = api.post(
        "/v1/bucket-events", data=json.dumps({"Records": records}), content_type="application/json"
    )
    assert (answer.status_code, answer.get_json()["code"]) == (400, "malformed_records")
