"""Whatever listens on this machine refuses who has no secret; only the API's port is open."""

import json
from pathlib import Path

import httpx2
import psutil
import pytest

from lector.local.tools import checkout
from tests.acceptance.commandline import Up, up
from tests.support import stranger

LETTER = checkout() / "tests" / "samples" / "letter.pdf"


def listening_ports(running: Up) -> dict[int, str]:
    """Each port on which a process of this Lector takes connections, with its command."""
    return {
        connection.laddr.port: " ".join(process.cmdline())[:80]
        for process in running.processes()
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }


def listening_sockets(running: Up) -> set[str]:
    """The paths of sockets in the file system; those of SeaweedFS may be relative to its folder."""
    return {
        str(running.data / "s3" / str(connection.laddr))
        for process in running.processes()
        for connection in process.net_connections("unix")
        if connection.laddr
    }


def test_no_port_but_that_of_the_api_lets_a_stranger_in(lector_that_reads: Up) -> None:
    api = int(lector_that_reads.url.rpartition(":")[2])
    ports = listening_ports(lector_that_reads)
    # PostgreSQL, NATS and its monitor, nine of SeaweedFS, the model, five functions, the bridge.
    assert len(ports) >= 20
    assert api in ports
    let_in = stranger.tries(sorted(set(ports) - {api}), [])
    assert {f"{port} {ports[int(port)]}": what for port, what in let_in.items()} == {}


def test_no_socket_in_the_file_system_lets_another_user_in(lector_that_reads: Up) -> None:
    sockets = listening_sockets(lector_that_reads)
    assert len(sockets) > 5
    assert stranger.tries([], sorted(sockets)) == {}


@pytest.mark.parametrize(
    ("origin", "status"),
    [("{url}", 200), ("https://evil.example", 403), ("null", 403), ("http://127.0.0.1:1", 403)],
)
def test_the_object_store_takes_uploads_of_the_page_and_of_no_other_site(
    lector_that_reads: Up, origin: str, status: int
) -> None:
    body = {"name": "a.pdf", "size_bytes": 1}
    made = httpx2.post(f"{lector_that_reads.url}/v1/files", json=body).json()
    asking = {
        "Origin": origin.format(url=lector_that_reads.url),
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "content-type,if-none-match",
    }
    answer = httpx2.options(made["upload"]["url"], headers=asking)
    assert answer.status_code == status
    allowed = answer.headers.get("Access-Control-Allow-Origin")
    assert allowed == (asking["Origin"] if status == 200 else None)
    httpx2.delete(f"{lector_that_reads.url}/v1/files/{made['id']}").raise_for_status()


@pytest.mark.slow  # two starts
def test_a_data_folder_of_the_former_version_gets_its_keys_at_the_next_start(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "data"
    with up(folder, keep=True) as running:
        running.ocr(LETTER)
    for made_since in ("security.toml", "certificate.pem", "key.pem"):
        (folder / "s3" / made_since).unlink()
    secrets = json.loads((folder / "secrets.json").read_text())
    old = {n: s for n, s in secrets.items() if n in ("s3", "nats") or n.startswith("postgres")}
    (folder / "secrets.json").write_text(json.dumps(old))
    with up(folder) as running:
        [file] = httpx2.get(f"{running.url}/v1/files").json()["files"]
        stored = f"files/{file['id']}/original.pdf"
        assert stored in running.objects()
        assert running.ocr(LETTER).code == 0
        assert (folder / "s3" / "key.pem").stat().st_mode & 0o077 == 0
        assert (folder / "s3" / "security.toml").stat().st_mode & 0o077 == 0
