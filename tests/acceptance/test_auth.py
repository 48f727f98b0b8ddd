"""`lector up --auth`: the API asks for a token, also on one machine."""

import asyncio
import re
from collections.abc import Iterator

import httpx2
import pytest

from lector.local.tools import checkout
from tests.acceptance.agent_client import agent, agent_at, listening
from tests.acceptance.commandline import Up, environment, lector, up

pytestmark = pytest.mark.slow

LETTER = checkout() / "tests" / "samples" / "letter.pdf"
CODE = re.compile(r"#code=(\S+)")


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with up(tmp_path_factory.mktemp("auth") / "data", more=["--auth"]) as running:
        yield running


def sign_in(running: Up, code: str, **headers: str) -> httpx2.Response:
    sent = {"Authorization": f"Bearer {code}", **headers}
    return httpx2.post(f"{running.url}/sign-in", headers=sent)


def new_code(running: Up) -> str:
    address = lector("token", "page", data=running.data).out.strip()
    assert address.startswith(f"{running.url}/#code=")
    return str(CODE.findall(address)[0])


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "files"), ("POST", "files"), ("GET", "events")]
)
def test_another_user_of_the_machine_gets_nothing_without_a_token(
    asking: Up, method: str, path: str
) -> None:
    answer = httpx2.request(method, f"{asking.url}/v1/{path}")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_needed")


def test_the_command_line_has_a_token_unasked(asking: Up) -> None:
    assert asking.ocr(LETTER).code == 0
    listed = lector("ls", data=asking.data)
    assert (listed.code, "letter.pdf" in listed.out) == (0, True), listed.err


def test_the_address_that_was_printed_signs_one_browser_in_and_no_second(asking: Up) -> None:
    [code] = CODE.findall(asking.log.read_text())
    first, second = sign_in(asking, code), sign_in(asking, code)
    assert (first.status_code, second.status_code) == (200, 401)
    headers = {"Authorization": f"Bearer {first.json()['token']}"}
    assert httpx2.get(f"{asking.url}/v1/files", headers=headers).status_code == 200
    assert not (asking.data / "sign-in").exists()


def test_a_code_that_was_tried_in_vain_is_still_good(asking: Up) -> None:
    code = new_code(asking)
    assert [sign_in(asking, wrong).status_code for wrong in ("x", code[:-1], f"{code}x")] == [
        401
    ] * 3
    assert sign_in(asking, code).status_code == 200


def test_a_new_address_makes_the_last_one_worthless(asking: Up) -> None:
    old, new = new_code(asking), new_code(asking)
    assert [sign_in(asking, code).status_code for code in (old, new)] == [401, 200]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_page_of_another_site_cannot_use_a_code(asking: Up, headers: dict[str, str]) -> None:
    code = new_code(asking)
    assert sign_in(asking, code, **headers).status_code == 403
    assert sign_in(asking, code).status_code == 200


def test_what_is_kept_of_tokens_and_codes_is_for_the_owner_alone(asking: Up) -> None:
    new_code(asking)
    modes = {
        name: (asking.data / name).stat().st_mode & 0o077
        for name in ("sign-in", "stack.json", "secrets.json")
    }
    assert set(modes.values()) == {0}


def test_a_lector_that_asks_for_no_token_has_no_such_address(lector_that_reads: Up) -> None:
    done = lector("token", "page", data=lector_that_reads.data)
    assert (done.code, done.out) == (1, "")
    assert lector_that_reads.url in done.err
    assert sign_in(lector_that_reads, "x").status_code == 401


def test_who_sends_no_token_is_told_who_makes_one_and_where_to_put_it(asking: Up) -> None:
    done = lector("ls", "--server", asking.url, data=asking.data)
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        "lector: error: send a token as Authorization: Bearer TOKEN; `lector token create` makes"
        " one; put it into LECTOR_TOKEN or a file that --token-file names\n"
    )


def test_who_sends_a_wrong_token_is_told_to_have_another_made(asking: Up) -> None:
    env = {**environment(asking.data), "LECTOR_TOKEN": "wrong"}
    done = lector("ls", "--server", asking.url, env=env)
    assert (done.code, done.out) == (1, "")
    assert (
        "not known, was revoked or is too old; `lector token create` makes another; put" in done.err
    )


def test_an_agent_on_standard_input_has_the_owners_token_and_over_http_only_its_own(
    asking: Up,
) -> None:
    token = lector("token", "create", "an agent", data=asking.data).out.strip()

    async def walk(url: str) -> None:
        async with agent(asking) as one:
            assert "files" in await one.use("list_files")
        async with agent_at(url, token) as one:
            assert "files" in await one.use("list_files")
        async with agent_at(url) as one:
            assert "send a token as Authorization: Bearer TOKEN" in await one.refused("list_files")
        async with agent_at(url, "wrong") as one:
            assert "not known, was revoked or is too old" in await one.refused("list_files")

    with listening(asking, LECTOR_TOKEN=token) as url:
        asyncio.run(walk(url))
