"""What a start of SeaweedFS leaves in its folder: certificate and key, for its owner alone."""

import ssl
from pathlib import Path

import pytest

from lector.local.data_folder import DataFolder
from lector.local.seaweedfs import Seaweedfs

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
