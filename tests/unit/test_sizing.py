"""Scale, limits and times as func.yaml and the manifests say them, held against the code's own."""

import re
from typing import Any

import pytest
import yaml

from functions.llm import page_texts
from functions.render import render_pool
from functions.upload import pdf_process
from lector.bridge import subscriptions
from lector.bridge.jetstream_source import source
from lector.domain import functions
from lector.local.tools import checkout
from lector.runtime import settings
from tools import manifests

KNATIVE = checkout() / "knative"
FUNCTIONS = {name: manifests.func(name) for name in manifests.NAMES}
SERVICES = {name: manifests.service(function) for name, function in FUNCTIONS.items()}
PIECES = {"Mi": 2**20, "Gi": 2**30, "m": 1e-3, "": 1.0}


def amount(text: str) -> float:
    """A Kubernetes quantity as a number."""
    number, unit = re.fullmatch(r"([\d.]+)(\w*)", str(text)).groups()  # type: ignore[union-attr]
    return float(number) * PIECES[unit]


def env(name: str) -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in FUNCTIONS[name]["run"]["envs"]}


def revision(name: str) -> dict[str, Any]:
    spec: dict[str, Any] = SERVICES[name]["spec"]["template"]["spec"]
    return spec


def limits(name: str) -> dict[str, Any]:
    found: dict[str, Any] = FUNCTIONS[name]["deploy"]["options"]["resources"]["limits"]
    return found


def tmp_bytes(name: str) -> float:
    [volume] = [one for one in FUNCTIONS[name]["run"]["volumes"] if one["path"] == "/tmp"]  # noqa: S108
    return amount(volume["emptyDir"]["sizeLimit"])


@pytest.fixture(params=manifests.NAMES)
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


def test_its_pods_may_reach_what_the_function_may_and_no_more(name: str) -> None:
    labels = {label["key"]: label["value"] for label in FUNCTIONS[name]["deploy"]["labels"]}
    reach = {key.removeprefix("lector.dev/") for key in labels if key.startswith("lector.dev/")}
    assert reach == functions.FUNCTIONS[name]


def test_there_is_a_func_yaml_for_every_function() -> None:
    assert set(manifests.NAMES) == set(functions.FUNCTIONS)


def test_a_function_sleeps_at_zero(name: str) -> None:
    assert FUNCTIONS[name]["deploy"]["options"]["scale"]["min"] == 0


def test_probes_are_answered_while_every_request_that_is_let_in_is_busy(name: str) -> None:
    assert int(env(name)["THREADS"]) > revision(name)["containerConcurrency"]


def test_the_autoscaler_aims_below_the_limit_of_a_pod(name: str) -> None:
    scale = FUNCTIONS[name]["deploy"]["options"]["scale"]
    assert scale["target"] <= limits(name)["concurrency"]


def test_only_upload_has_a_public_route() -> None:
    visibility = "networking.knative.dev/visibility"
    inside = {n for n, s in SERVICES.items() if s["metadata"]["labels"].get(visibility)}
    assert inside == set(manifests.NAMES) - {"upload"}


def test_the_request_of_a_function_ends_before_the_post_and_the_post_before_the_deadline(
    name: str,
) -> None:
    for row in subscriptions.load():
        timeout_s = revision(name)["timeoutSeconds"]
        assert timeout_s < row.post_timeout_s < row.deadline_s


def test_knative_waits_for_the_first_byte_for_as_long_as_for_the_last(name: str) -> None:
    assert revision(name)["responseStartTimeoutSeconds"] == revision(name)["timeoutSeconds"]


def test_knative_takes_these_time_limits(name: str) -> None:
    assert revision(name)["timeoutSeconds"] <= 600  # its max-revision-timeout-seconds


def test_a_read_in_progress_outlasts_the_scale_down_of_its_pod() -> None:
    longest_s = settings.Model.model_budget_s + sum(page_texts.STORE_PAUSES_S)
    assert longest_s < float(env("llm")["GRACE_S"])


def test_a_range_in_progress_outlasts_the_scale_down_of_its_pod() -> None:
    assert float(env("render")["GRACE_S"]) > render_pool.BUDGET_S


def test_a_function_ends_by_itself_before_knative_kills_its_pod(name: str) -> None:
    # Knative sets a pod's terminationGracePeriodSeconds to the revision's timeoutSeconds.
    assert float(env(name)["GRACE_S"]) < revision(name)["timeoutSeconds"]


def test_the_source_has_its_grace_before_its_pod_is_killed() -> None:
    [deployment] = yaml.safe_load_all((KNATIVE / "base" / "jetstream-source.yaml").read_text())
    assert deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > source.GRACE_S


def test_the_capacity_of_a_function_is_the_most_pods_times_their_concurrency() -> None:
    assert manifests.capacity(FUNCTIONS["llm"]) == 10 * 64


def test_the_source_has_as_many_slots_as_the_functions_have_capacity() -> None:
    data = manifests.addresses(list(FUNCTIONS.values()))["data"]
    told = settings.Source(data["FUNCTION_URLS"], data["FUNCTION_CAPACITY"])
    slots = {
        (row.function, row.type): row.slots_at_most for row in subscriptions.from_settings(told)
    }
    assert slots["llm", "lector.page.registered"] == manifests.capacity(FUNCTIONS["llm"])
    assert slots["render", "lector.pages.requested"] == manifests.capacity(FUNCTIONS["render"])
    assert slots["register", "lector.delivery.failed"] == 4  # in no hurry, whatever the capacity


@pytest.mark.parametrize("name", ["upload", "register", "llm"])
def test_twice_as_many_pages_are_in_flight_as_are_read_at_once(name: str) -> None:
    assert int(env(name)["PAGES_IN_FLIGHT"]) == 2 * manifests.capacity(FUNCTIONS["llm"])


def test_on_one_machine_too_twice_as_many_pages_are_in_flight_as_are_read_at_once() -> None:
    slots = [row.slots_at_most for row in subscriptions.load() if row.function == "llm"]
    assert settings.Ledger().pages_in_flight == 2 * max(slots)


def test_every_function_of_a_subscription_has_an_address_and_a_capacity() -> None:
    data = manifests.addresses(list(FUNCTIONS.values()))["data"]
    for row in subscriptions.load():
        assert row.function in settings.parse_pairs(data["FUNCTION_URLS"])
        assert row.function in settings.parse_pairs(data["FUNCTION_CAPACITY"])


def test_a_render_process_has_a_processor_and_its_memory() -> None:
    processes = int(env("render")["RENDER_PROCESSES"])
    assert amount(limits("render")["cpu"]) >= processes
    memory = processes * settings.Rendering.render_memory_bytes
    assert amount(limits("render")["memory"]) > memory + 128 * 2**20


def test_the_ranges_that_a_pod_of_render_takes_on_are_those_that_knative_sends_it() -> None:
    # functions/render/main.py: two for each process.
    assert limits("render")["concurrency"] == 2 * int(env("render")["RENDER_PROCESSES"])


def test_the_disk_of_render_holds_the_pdfs_that_it_keeps_and_those_under_way() -> None:
    files = settings.Rendering.render_cached_files + limits("render")["concurrency"]
    assert tmp_bytes("render") >= files * settings.Limits.max_file_bytes


def test_the_disk_of_upload_holds_the_forms_it_takes_at_once_and_a_searchable_pdf() -> None:
    files = settings.Uploads.forms_at_once + 2  # the original and the one that is made
    assert tmp_bytes("upload") >= files * settings.Limits.max_file_bytes


def test_those_who_watch_leave_room_for_those_who_ask() -> None:
    assert settings.EventStream.events_watchers < 0.8 * limits("upload")["concurrency"]


def test_a_stream_of_events_ends_before_knative_ends_it() -> None:
    assert settings.EventStream.events_stream_s < revision("upload")["timeoutSeconds"] - 30


def test_a_pdf_is_made_searchable_within_the_memory_and_the_time_of_a_request() -> None:
    making = pdf_process.Limits()
    assert making.memory_bytes + 256 * 2**20 < amount(limits("upload")["memory"])
    assert making.seconds < revision("upload")["timeoutSeconds"] / 2


def test_all_pods_together_leave_connections_of_the_quickstarts_postgresql_free() -> None:
    used = sum(
        FUNCTIONS[name]["deploy"]["options"]["scale"]["max"] * int(env(name)["DATABASE_POOL_SIZE"])
        for name in manifests.NAMES
    )
    server = (KNATIVE / "overlays/quickstart/services/postgres.yaml").read_text()
    offered = int(re.findall(r"max_connections=(\d+)", server)[0])
    # A rollout has the pods of both revisions for a while; postgres-source; psql, backups.
    assert 2 * used + 1 < offered - 20
