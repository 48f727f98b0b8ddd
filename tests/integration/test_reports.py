"""The report about a file: what it says, that it is signed, and the page to print."""

import base64
import json
import re
import time
import tracemalloc
from collections.abc import Iterator
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from werkzeug.test import TestResponse

import lector
from functions.upload.reports import content, words
from lector.domain import object_keys, reader_catalogue, signed_reports
from lector.domain.doubts import DoubtCode
from lector.domain.report_keys import SigningKey
from lector.domain.signed_reports import Verdict
from lector.domain.states import FileStatus, Provenance
from lector.domain.verification import Reason, Status
from lector.runtime import database, object_store, settings
from tests.support.called import Functions
from tests.support.model import ScriptedModel, completion
from tests.support.parts import Parts
from tests.support.world import World, rows

KEY, FORMER = "5c" * 32, "6d" * 32
FINGERPRINT = SigningKey(KEY).public.fingerprint


@pytest.fixture(autouse=True)
def own_key(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    yield from use_key(monkeypatch, KEY)


def use_key(monkeypatch: pytest.MonkeyPatch, key: str) -> Iterator[None]:
    monkeypatch.setenv("REPORT_KEY", key)
    settings.current.cache_clear()
    yield
    settings.current.cache_clear()


def get(world: World, query: str = "", **headers: str) -> TestResponse:
    path = f"/v1/files/{world.file_id}/report{query}"
    return world.functions.clients["upload"].get(path, headers=headers, buffered=True)


def report_of(world: World) -> dict[str, Any]:
    answer = get(world)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found = signed_reports.verify(answer.get_data(), {FINGERPRINT})
    assert found.verdict is Verdict.VALID
    return found.report


def page_of(world: World, query: str = "", **headers: str) -> str:
    answer = get(world, f"?format=html{query}", **headers)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def read(world: World, model: ScriptedModel, *texts: str, **changes: Any) -> None:
    for event in world.registered():
        model.script.append(completion(texts[event.data.page_number - 1], **changes))
        world.functions.accepts("llm", event)


def change(world: World, sql: str, *parameters: object) -> None:
    with database.transaction() as connection:
        connection.execute(sql.encode(), [*parameters, world.file_id])


@pytest.fixture
def world(functions: Functions, model: ScriptedModel) -> World:
    """A file of two pages that were read."""
    world = World.with_pages(functions, 2, name="Añö – 報告 🙂.pdf")
    read(world, model, "one 🙂", "two")
    return world


def test_it_says_what_the_original_is_and_what_became_of_it(world: World) -> None:
    file = report_of(world)["file"]
    original = object_store.store().get(object_keys.original_key(world.file_id))
    assert (file["name"], file["sha256"]) == ("Añö – 報告 🙂.pdf", sha256(original).hexdigest())
    assert (file["size_bytes"], file["page_count"]) == (len(original), 2)
    assert (file["status"], file["finished"]) == ("completed", True)
    assert file["media_type"] == "application/pdf"
    assert all(file[name] for name in ("created_at", "uploaded_at", "opened_at", "finished_at"))


def test_each_page_has_the_hash_of_its_text_and_where_it_is_from(world: World) -> None:
    whole = world.functions.clients["upload"].get(f"/v1/files/{world.file_id}/text?format=json")
    text = whole.get_json()["text"]
    pages = report_of(world)["pages"]
    for page, span in zip(pages, whole.get_json()["pages"], strict=True):
        expected = text[span["start"] : span["end"]]
        assert page["text_sha256"] == sha256(expected.encode()).hexdigest()
        assert (page["characters"], page["provenance"]) == (len(expected), "model")
        assert page["read_with"]["model"]
        assert (page["attempts"], page["version"]) == (1, 1)
    assert [page["number"] for page in pages] == [1, 2]


def test_it_holds_no_text(world: World) -> None:
    assert "one" not in json.dumps(report_of(world)["pages"])


def test_it_says_what_it_proves_by_whom_it_is_signed_and_when_it_was_made(world: World) -> None:
    report = report_of(world)
    assert report["format"] == "lector.report.v1"
    assert report["lector"]["key"] == FINGERPRINT
    assert re.fullmatch(r"\d+\.\d+\.\d+", report["lector"]["version"])
    assert "unaltered since the Lector" in report["statement"]["proves"]
    assert "the count of its pages" in report["statement"]["does_not_prove"]
    assert report["made_at"] > report["file"]["finished_at"]


def test_doubts_failures_and_costs_are_in_it_and_are_summed_up(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 3)
    read(world, model, "one", "two", "three")
    change(
        world,
        "UPDATE pages SET doubts = %s::jsonb, cost_usd = number * 0.0001, confidence = 87.5"
        " WHERE file_id = %s",
        json.dumps({"low_confidence": "the reader is not sure"}),
    )
    change(
        world,
        "UPDATE pages SET status = 'failed', text = NULL, error_code = 'model_failed',"
        " error = 'no answer', cost_usd = NULL WHERE number = 3 AND file_id = %s",
    )
    report = report_of(world)
    first, _, last = report["pages"]
    assert first["doubts"] == [{"code": "low_confidence", "detail": "the reader is not sure"}]
    assert (first["cost_usd"], first["confidence"]) == ("0.0001", "87.5")
    assert (last["text_sha256"], last["doubts"], last["read_with"]) == (None, [], None)
    assert (last["error_code"], last["error"]) == ("model_failed", "no answer")
    totals = report["totals"]
    assert (totals["read"], totals["failed"], totals["doubted"]) == (2, 1, 2)
    assert totals["cost_usd"] == "0.0003"
    assert totals["provenances"] == [{"provenance": "model", "pages": 2}]


def test_a_cost_that_nobody_knows_is_not_counted_as_none(world: World) -> None:
    change(world, "UPDATE pages SET cost_usd = NULL WHERE number = 1 AND file_id = %s")
    assert report_of(world)["totals"]["cost_usd"] is None


VERIFICATION = {
    "status": "verified",
    "reason": None,
    "anchor": "tesseract",
    "agreement": 0.9875,
    "words": 80,
    "only_in_answer": 1,
    "only_in_anchor": 0,
    "anchor_confidence": 91.2,
    "numbers": [{"text": "1,200", "other": "1,280", "box": [0.1, 0.1, 0.2, 0.2], "start": 7}],
}


def verify(world: World, verification: object) -> dict[str, Any]:
    change(
        world,
        "UPDATE pages SET verification = %s::jsonb WHERE number = 1 AND file_id = %s",
        json.dumps(verification),
    )
    found: dict[str, Any] = report_of(world)["pages"][0]["verification"]
    return found


def test_what_a_second_reader_says_is_in_it(world: World) -> None:
    found = verify(world, VERIFICATION)
    assert (found["status"], found["anchor"], found["agreement"]) == (
        "verified",
        "tesseract",
        "0.9875",
    )
    assert (found["words"], found["only_in_answer"], found["anchor_confidence"]) == (80, 1, "91.2")
    assert found["numbers"] == [{"text": "1,200", "other": "1,280"}]
    assert report_of(world)["totals"]["verified"] == 1


@pytest.mark.parametrize(
    "odd",
    [
        {"status": "not_verified", "reason": "no anchor in time"},
        {"status": "something new", "agreement": "high", "numbers": {"text": 1}, "more": 1.5},
        {"status": "verified", "agreement": 1, "words": [1, 2], "numbers": [1, None, {}]},
    ],
)
def test_what_is_noted_otherwise_than_expected_does_no_harm(world: World, odd: Any) -> None:
    assert verify(world, odd)["status"] == odd["status"]


@pytest.mark.parametrize("odd", [{}, [], "verified", {"status": 1}])
def test_what_is_no_verification_is_none(world: World, odd: Any) -> None:
    assert verify(world, odd) is None


def test_what_a_page_said_before_is_in_it_by_its_hash(world: World, model: ScriptedModel) -> None:
    client = world.functions.clients["upload"]
    assert client.post(f"/v1/files/{world.file_id}/retry", json={"pages": "1"}).status_code == 202
    unfinished = report_of(world)
    assert (unfinished["file"]["status"], unfinished["file"]["finished"]) == ("reading", False)
    model.script.append(completion("another"))
    world.functions.accepts("llm", world.registered()[-1])
    page = report_of(world)["pages"][0]
    assert page["text_sha256"] == sha256(b"another").hexdigest()
    [earlier] = page["earlier"]
    assert earlier["text_sha256"] == sha256("one 🙂".encode()).hexdigest()
    assert (earlier["version"], earlier["provenance"]) == (1, "model")


def test_it_says_by_which_reader_a_text_was_read_and_what_that_was_asked(world: World) -> None:
    found = [page["read_with"] for page in report_of(world)["pages"]]
    assert [one["version"] for one in found] == [lector.__version__] * 2
    assert {one["reader"] for one in found} == {reader_catalogue.current().default}
    assert re.fullmatch("[0-9a-f]{64}", found[0]["request_sha256"])
    assert found[0]["request_sha256"] == found[1]["request_sha256"]


def test_who_asks_in_other_words_asks_something_else(
    functions: Functions, model: ScriptedModel, world: World
) -> None:
    other = World.with_pages(functions, 1, prompt="Read it backwards.")
    read(other, model, "sdrawkcab")
    report = report_of(other)
    found, usual = report["pages"][0]["read_with"], report_of(world)["pages"][0]["read_with"]
    digest = sha256(b"Read it backwards.").hexdigest()
    assert (found["prompt_sha256"], usual["prompt_sha256"]) == (digest, None)
    assert report["file"]["wishes"]["prompt_sha256"] == digest
    assert found["request_sha256"] != usual["request_sha256"]


def test_a_text_of_the_document_itself_was_read_by_nobody(
    functions: Functions, text_layers_taken: None
) -> None:
    world = World.with_text(functions)
    for event in world.extracted():
        functions.accepts("llm", event)
    for page in report_of(world)["pages"]:
        assert page["provenance"] == "text_layer"
        assert page["read_with"] == {
            "reader": None,
            "model": None,
            "request_sha256": None,
            "prompt_sha256": None,
            "version": lector.__version__,
        }


def test_what_a_person_corrected_is_told_and_what_the_reader_had_said(world: World) -> None:
    client = world.functions.clients["upload"]
    path = f"/v1/files/{world.file_id}/pages/1"
    corrected = client.put(f"{path}/text", json={"text": "won"}, headers={"If-Match": "*"})
    assert corrected.status_code == 200, corrected.get_data(as_text=True)
    report = report_of(world)
    page = report["pages"][0]
    assert (page["provenance"], page["read_with"]) == ("person", None)
    assert page["text_sha256"] == sha256(b"won").hexdigest()
    assert report["totals"]["corrected"] == 1
    [earlier] = page["earlier"]
    assert (earlier["provenance"], earlier["text_sha256"]) == (
        "model",
        sha256("one 🙂".encode()).hexdigest(),
    )
    assert earlier["reader"] == reader_catalogue.current().default
    assert "a person's correction" in page_of(world)
    assert client.post(f"{path}/versions/1/restore").status_code == 200
    page = report_of(world)["pages"][0]
    assert page["read_with"]["reader"] == reader_catalogue.current().default
    assert [one["provenance"] for one in page["earlier"]] == ["person"]


def test_the_page_to_print_says_when_a_person_wrote_a_text(world: World) -> None:
    written = rows(
        b"UPDATE pages SET provenance = 'person', reading_at = '2031-05-06 07:08:09+00'"
        b" WHERE file_id = %s AND number = 1 RETURNING number",
        world.file_id,
    )
    assert written == [(1,)]
    assert "2031-05-06 07:08:09 UTC" in page_of(world)


@pytest.mark.parametrize("kind", [Provenance, Status, Reason, DoubtCode, FileStatus])
def test_the_page_to_print_has_words_for_all_that_there_is(kind: type[StrEnum]) -> None:
    known = {
        Provenance: "provenances",
        Status: "verifications",
        Reason: "reasons",
        DoubtCode: "doubts",
        FileStatus: "statuses",
    }
    never = {"announced", "deleted"}  # there is no report about these
    for spoken in words.LANGUAGES.values():
        if kind is DoubtCode and spoken is words.ENGLISH:
            continue  # doubts come in English
        assert {*kind} - never <= getattr(spoken, known[kind]).keys()


def test_a_file_that_never_opened_is_reported_with_its_own_hash_and_its_failure(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_file(functions, b"%PDF-1.7 nothing behind it", sha256="ab" * 32)
    change(
        world,
        "UPDATE files SET status = 'failed', error_code = 'sha256_mismatch', error = 'other bytes',"
        " finished_at = now() WHERE id = %s",
    )
    file = report_of(world)["file"]
    assert file["sha256"] == sha256(b"%PDF-1.7 nothing behind it").hexdigest()
    assert (file["error_code"], file["page_count"], file["opened_at"]) == (
        "sha256_mismatch",
        None,
        None,
    )
    assert world.file()["sha256"] == "ab" * 32  # as it was announced


def test_the_original_is_hashed_when_it_is_opened(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 1)
    original = object_store.store().get(object_keys.original_key(world.file_id))
    assert world.file()["sha256"] is None
    world.registered()
    assert world.file()["sha256"] == sha256(original).hexdigest()
    object_store.store().remove([object_keys.original_key(world.file_id)])
    assert report_of(world)["file"]["sha256"] == sha256(original).hexdigest()


def test_a_file_of_before_is_hashed_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    change(world, "UPDATE files SET sha256 = NULL WHERE id = %s")
    first = report_of(world)["file"]["sha256"]
    object_store.store().remove([object_keys.original_key(world.file_id)])
    assert report_of(world)["file"]["sha256"] == first == world.file()["sha256"]


def test_of_a_file_whose_bytes_have_not_come_there_is_none(functions: Functions) -> None:
    created = functions.clients["upload"].post("/v1/files", json={"name": "a.pdf", "size_bytes": 5})
    answer = functions.clients["upload"].get(f"/v1/files/{created.get_json()['id']}/report")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "not_uploaded")


def test_of_a_file_whose_bytes_are_gone_unhashed_there_is_none(world: World) -> None:
    change(world, "UPDATE files SET sha256 = NULL WHERE id = %s")
    object_store.store().remove([object_keys.original_key(world.file_id)])
    answer = get(world)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "file_missing")


def test_of_a_file_that_is_not_there_there_is_none(world: World) -> None:
    answer = world.functions.clients["upload"].get(f"/v1/files/{uuid4()}/report")
    assert (answer.status_code, answer.get_json()["code"]) == (404, "no_such_file")


def test_without_a_key_it_is_not_signed_and_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in use_key(monkeypatch, ""):
        found = signed_reports.verify(get(world).get_data(), {FINGERPRINT})
        assert found.verdict is Verdict.UNSIGNED
        assert found.report["lector"]["key"] is None
        assert "not signed" in found.report["statement"]["proves"]
        assert "not signed" in page_of(world)


def jwks(functions: Functions) -> list[dict[str, str]]:
    answer = functions.clients["upload"].get("/.well-known/jwks.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    keys: list[dict[str, str]] = answer.get_json()["keys"]
    return keys


def test_the_public_keys_are_listed_for_anybody_also_those_of_before(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in use_key(monkeypatch, FORMER):
        former = signed_reports.verify(get(world).get_data(), {FINGERPRINT})
        assert former.verdict is Verdict.OTHER_KEY
    for _ in use_key(monkeypatch, KEY):
        report_of(world)
        keys = jwks(world.functions)
    assert keys[0]["kid"] == FINGERPRINT
    assert former.fingerprint in {key["kid"] for key in keys}
    assert all("d" not in key for key in keys)
    assert (keys[0]["kty"], keys[0]["crv"], keys[0]["alg"]) == ("OKP", "Ed25519", "EdDSA")


def test_the_private_key_is_nowhere(world: World) -> None:
    answer = get(world)
    assert KEY not in answer.get_data(as_text=True) + str(answer.headers) + page_of(world)
    assert KEY not in repr(settings.current(settings.Reports))
    assert (KEY,) not in rows(b"SELECT encode(public_key, 'hex') FROM report_keys")


@pytest.mark.parametrize("key", ["1f", "x" * 64, "1f" * 33])
def test_a_key_that_is_none_is_refused_and_not_quoted(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(settings.SettingsError, match="REPORT_KEY is not 64") as refused:
        settings.load(settings.Reports, {"REPORT_KEY": key})
    assert key not in str(refused.value)


def test_the_page_to_print_shows_hashes_key_and_each_page(world: World) -> None:
    page, report = page_of(world), report_of(world)
    for said in (
        FINGERPRINT,
        report["file"]["sha256"],
        "Añö – 報告 🙂.pdf",
        "What the signed report",
    ):
        assert said in page
    assert all(one["text_sha256"] in page for one in report["pages"])
    assert "<script" not in page


HOSTILE = "<script>alert(1)</script>\"'&\u202efdp.exe"


def test_nothing_that_it_quotes_is_more_than_words(
    functions: Functions, model: ScriptedModel
) -> None:
    world = World.with_pages(functions, 1)
    read(world, model, "one")
    change(world, "UPDATE files SET name = %s WHERE id = %s", HOSTILE)
    change(world, "UPDATE pages SET model = '<img src=x>' WHERE file_id = %s")
    change(
        world,
        "UPDATE pages SET doubts = %s::jsonb, verification = %s::jsonb WHERE file_id = %s",
        json.dumps({"<b>": HOSTILE}),
        json.dumps({"status": HOSTILE, "numbers": [{"text": HOSTILE, "other": "<i>"}]}),
    )
    page = page_of(world)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert not re.search(r"<(script|img|i|b)\b", page)
    assert "\u202e" not in page
    assert report_of(world)["file"]["name"] == HOSTILE


def test_its_policy_allows_its_own_style_and_nothing_else(world: World) -> None:
    answer = get(world, "?format=html")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script-src" not in policy
    assert "sandbox" in policy
    style = re.search(r"<style>(.*?)</style>", answer.get_data(as_text=True), re.DOTALL)
    assert style is not None

    digest = base64.b64encode(sha256(style[1].encode()).digest()).decode()
    assert f"'sha256-{digest}'" in policy


@pytest.mark.parametrize(
    ("query", "accepted", "language"),
    [
        ("", "", "en"),
        ("", "de, fr;q=0.9", "en"),
        ("", "es-MX,es;q=0.9,en;q=0.8", "es"),
        ("", "en;q=0.3, es;q=0.7", "es"),
        ("", "es;q=0, en", "en"),
        ("", "es;q=x;;, *", "en"),
        ("&language=es", "en", "es"),
        ("&language=en", "es", "en"),
    ],
)
def test_it_speaks_english_and_spanish(
    world: World, query: str, accepted: str, language: str
) -> None:
    page = page_of(world, query, **{"Accept-Language": accepted})
    assert f'<html lang="{language}">' in page
    assert ("Qué demuestra" in page) == (language == "es")


def test_another_language_is_refused(world: World) -> None:
    assert get(world, "?format=html&language=de").status_code == 400


def test_a_file_that_is_not_finished_says_so_on_the_page(functions: Functions) -> None:
    world = World.with_pages(functions, 1)
    world.registered()
    assert "not finished" in page_of(world)
    assert report_of(world)["totals"]["waiting"] == 1


def test_it_is_named_after_the_file(world: World) -> None:
    for form in ("json", "html"):
        name = get(world, f"?format={form}").headers["Content-Disposition"]
        assert name.startswith("inline; filename*=UTF-8''A%C3%B1")
        assert name.endswith(f".report.{form}")


def test_a_thousand_pages_take_little_time_and_memory(
    functions: Functions, services: Parts
) -> None:

    world = World.with_pages(functions, 1)
    world.registered()
    fill(services, world, 1000)
    tracemalloc.start()
    began = time.monotonic()
    answer = get(world)
    took_s, (_, peak) = time.monotonic() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    found = signed_reports.verify(answer.get_data(), {FINGERPRINT})
    assert found.verdict is Verdict.VALID
    assert [page["number"] for page in found.report["pages"]] == list(range(1, 1001))
    assert found.report["totals"]["doubted"] == 1000
    assert (took_s, peak) < (20.0, 64 * 1024 * 1024)
    assert len(answer.get_data()) < 4 * 1024 * 1024
    assert page_of(world).count("<tbody>") == 1000


def fill(services: Parts, world: World, pages: int) -> None:
    """Have a file have so many pages, each with a text of 3 KB and a doubt."""
    with psycopg.connect(services.embedded.postgres.url) as connection:
        connection.execute("DELETE FROM pages WHERE file_id = %s", [world.file_id])
        connection.execute(
            "INSERT INTO pages (id, file_id, number, generation, status, text, provenance, model,"
            " doubts, version, versions, finished_at, cost_usd)"
            " SELECT gen_random_uuid(), %s, n, 1, 'read', repeat('word ' || n || ' ', 300),"
            " 'model', 'a-model', %s::jsonb, 1, 1, now(), 0.0001"
            " FROM generate_series(1, %s) AS n",
            [world.file_id, '{"low_confidence": "the reader is not sure"}', pages],
        )
        connection.execute(
            "INSERT INTO page_versions (page_id, version, text, provenance)"
            " SELECT id, 2, text, provenance FROM pages WHERE file_id = %s",
            [world.file_id],
        )


def test_its_queries_read_no_more_than_the_file(services: Parts, functions: Functions) -> None:
    world = World.with_pages(functions, 1)
    world.registered()
    fill(services, world, 3000)
    with psycopg.connect(services.embedded.postgres.url) as connection:
        connection.execute("ANALYZE pages, page_versions")
        for query, parameters in (
            (content.PAGES_TO_REPORT, {"file_id": world.file_id, "after": 2000, "limit": 200}),
            (content.VERSIONS_TO_REPORT, {"page_ids": [uuid4() for _ in range(200)]}),
        ):
            found = connection.execute(f"EXPLAIN {query.sql}".encode(), parameters).fetchall()
            plan = "\n".join(line for (line,) in found)
            assert "Seq Scan on pages" not in plan, plan
            assert "Seq Scan on page_versions" not in plan, plan
