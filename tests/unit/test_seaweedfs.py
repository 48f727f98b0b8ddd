"""What a start of SeaweedFS leaves in its folder: certificate and key, for its owner alone."""

import json
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from lector.local.data_folder import DataFolder
from lector.local.process import free_port
from lector.local.seaweedfs import PORTS_FILE, Seaweedfs

MADE = ("certificate.pem", "key.pem", "security.toml", "s3.json")


def prepare(path: Path) -> dict[str, bytes]:
    """Prepare a start on a data folder; what stands in the files."""
    folder = DataFolder(path)
    with folder.in_use():
        Seaweedfs(folder.path / "s3", folder.secret).prepare()
    return {name: (folder.path / "s3" / name).read_bytes() for name in MADE}


def test_they_are_for_the_owner_alone_and_stay_the_same(tmp_path: Path) -> None:
    first = prepare(tmp_path)
    assert {(tmp_path / "s3" / name).stat().st_mode & 0o777 for name in MADE} == {0o600}
    assert prepare(tmp_path) == first


def test_who_has_a_certificate_made_keeps_nothing_of_what_makes_it(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from lector.local import certificate;"
        "certificate.make(*map(Path, sys.argv[1:])); print('cryptography' in sys.modules)"
    )
    pair = tmp_path / "certificate.pem", tmp_path / "key.pem"
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, pair)], capture_output=True, check=True, text=True
    )
    assert done.stdout == "False\n"
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*pair)


@pytest.mark.parametrize("name", ["certificate.pem", "key.pem"])
@pytest.mark.parametrize("left", [None, b"", b"-----BEGIN"])
def test_what_a_crash_left_of_them_is_made_again(
    tmp_path: Path, name: str, left: bytes | None
) -> None:
    before = prepare(tmp_path)
    path = tmp_path / "s3" / name
    path.unlink() if left is None else path.write_bytes(left)
    assert prepare(tmp_path)[name] not in (left, before[name])
    pair = tmp_path / "s3" / "certificate.pem", tmp_path / "s3" / "key.pem"
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*pair)


def test_no_two_data_folders_have_the_same(tmp_path: Path) -> None:
    one, other = prepare(tmp_path / "one"), prepare(tmp_path / "other")
    assert not {name for name in MADE if one[name] == other[name]}


def test_a_port_whose_socket_somebody_left_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = [free_port() for _ in range(20)]
    left = Path(f"/tmp/seaweedfs-volume-grpc-{ports[3]}.sock")  # noqa: S108 - fixed in SeaweedFS
    left.touch()
    try:
        monkeypatch.setattr("lector.local.seaweedfs.free_port", iter(ports).__next__)
        prepare(tmp_path)
    finally:
        left.unlink(missing_ok=True)
    taken = json.loads((tmp_path / "s3" / PORTS_FILE).read_text())
    assert ports[3] not in taken
    assert ports[4] in taken
