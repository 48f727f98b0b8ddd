"""Settings: read from the environment, with advice when something is missing."""

import pytest

from lector.bridge import subscriptions
from lector.runtime import settings

OBJECTS = {
    "S3_ENDPOINT": "http://127.0.0.1:1",
    "S3_BUCKET": "b",
    "S3_ACCESS_KEY": "key",
    "S3_SECRET_KEY": "hidden",
}


def test_a_field_is_read_from_its_name_in_upper_case() -> None:
    assert settings.load(settings.Objects, OBJECTS).s3_endpoint == "http://127.0.0.1:1"


def test_numbers_are_read_as_numbers() -> None:
    assert settings.load(settings.Limits, {"MAX_PAGES": "7"}).max_pages == 7


def test_the_limits_are_what_the_documents_say() -> None:
    limits = settings.load(settings.Limits, {})
    assert (limits.max_pages, limits.max_file_bytes) == (2000, 512 * 1024 * 1024)


def test_a_missing_setting_is_named() -> None:
    with pytest.raises(settings.SettingsError, match="set the environment variable DATABASE_URL"):
        settings.load(settings.Database, {})


def test_a_number_that_is_none_is_named() -> None:
    with pytest.raises(settings.SettingsError, match="MAX_PAGES is not a number"):
        settings.load(settings.Limits, {"MAX_PAGES": "many"})


def test_secrets_stay_out_of_repr() -> None:
    assert "hidden" not in repr(settings.load(settings.Objects, OBJECTS))


@pytest.mark.parametrize("row", subscriptions.load(), ids=lambda row: row.durable)
def test_nothing_that_is_under_way_is_swept(row: subscriptions.Subscription) -> None:
    assert settings.Ledger.sweep_after_s > row.deadline_s


@pytest.mark.parametrize("row", subscriptions.load(), ids=lambda row: row.durable)
def test_the_last_removal_comes_after_the_last_delivery_and_the_last_upload(
    row: subscriptions.Subscription,
) -> None:
    in_flight_s = max(row.deadline_s, float(settings.Objects.s3_url_lifetime_s))
    assert settings.Ledger.removal_after_s > in_flight_s + row.deadline_s
