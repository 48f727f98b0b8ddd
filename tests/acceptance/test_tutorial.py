"""docs/tutorial.md, followed step by step in a copy of the checkout."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from lector.local.tools import checkout
from tests.acceptance.followed_pages import Followed, copy_of_the_checkout

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Followed]:
    with copy_of_the_checkout(tmp_path_factory.mktemp("tutorial")) as copy:
        copy.follow("tutorial.md")
        yield copy


def written(followed: Followed) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (followed.folder / "audit.jsonl").read_text().splitlines()]


@pytest.mark.timeout(240)
def test_the_page_can_be_followed_to_its_end(followed: Followed) -> None:
    assert "lector.file.uploaded" in followed.after("--type file.uploaded --json")


def test_what_was_uploaded_before_there_was_a_listener_is_written_down(followed: Followed) -> None:
    [line] = followed.after("sleep 5\ncat audit.jsonl").splitlines()
    told = json.loads(line)
    size = os.path.getsize(checkout() / "tests" / "samples" / "letter.pdf")
    assert (told["who"], told["file"], told["bytes"]) == ("default", "letter.pdf", size)


def test_what_is_uploaded_later_is_added_and_nothing_twice(followed: Followed) -> None:
    assert [line["file"] for line in written(followed)] == ["letter.pdf", "notice.pdf"]


def test_on_a_cluster_it_is_a_service_like_the_others_and_known_to_the_source(
    followed: Followed,
) -> None:
    manifests = list(
        yaml.safe_load_all((followed.folder / "knative/functions/functions.yaml").read_text())
    )
    [audit] = [m for m in manifests if m and m["metadata"]["name"] == "audit"]
    [container] = audit["spec"]["template"]["spec"]["containers"]
    names = {variable["name"] for variable in container["env"]}
    assert not names & {"DATABASE_URL", "K_SINK"}
    addresses = yaml.safe_load((followed.folder / "knative/functions/addresses.yaml").read_text())
    assert "audit=http://audit." in addresses["data"]["FUNCTION_URLS"]
