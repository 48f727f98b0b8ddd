"""`lector report --verify`: what is said of a report, and with which exit code; no Lector runs."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lector.cli.__main__ import cli
from lector.domain import signed_reports
from lector.domain.report_keys import SigningKey
from lector.local.data_folder import DataFolder
from lector.runtime.failures import LectorError

KEY, OTHER = SigningKey("1f" * 32), SigningKey("2e" * 32)
TEXTS = ["one 🙂", "two\nlines", ""]
ORIGINAL = b"%PDF-1.7 the original"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


REPORT: dict[str, Any] = {
    "format": "lector.report.v1",
    "made_at": "2026-11-27T22:00:00Z",
    "file": {
        "name": "Añö\x1b[31m.pdf",
        "sha256": sha256(ORIGINAL),
        "page_count": 4,
        "finished": True,
    },
    "totals": {"pages": 4},
    "pages": [
        *(
            {"number": number, "text_sha256": sha256(text.encode())}
            for number, text in zip((1, 2, 4), TEXTS, strict=True)
        ),
        {"number": 3, "text_sha256": None},
    ],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a report, the original, and its text in two forms."""
    write(tmp_path / "report.json", signed_reports.sign(REPORT, KEY))
    (tmp_path / "original.pdf").write_bytes(ORIGINAL)
    (tmp_path / "text.txt").write_text("\f".join(f"{text}\n" for text in TEXTS))
    spans, at = [], 0
    for number, text in zip((1, 2, 4), TEXTS, strict=True):
        spans.append({"number": number, "start": at, "end": at + len(text)})
        at += len(text) + 1
    write(tmp_path / "text.json", {"text": "\f".join(TEXTS), "pages": spans})
    return tmp_path


def write(path: Path, document: object) -> None:
    path.write_text(json.dumps(document, indent=3))


def verify(folder: Path, *words: str, key: str | None = KEY.public.fingerprint) -> Result:
    chosen = ["--key", key] if key else []
    own = ["--data", str(folder / "data"), "--verify", str(folder / "report.json")]
    return CliRunner().invoke(cli, ["report", *own, *chosen, *words])


def verdict(folder: Path, *words: str, key: str | None = KEY.public.fingerprint) -> tuple[str, int]:
    done = verify(folder, *words, "--json", key=key)
    return json.loads(done.stdout)["verdict"], done.exit_code


def test_a_valid_report_is_said_to_be_valid_and_what_it_is_about(folder: Path) -> None:
    done = verify(folder)
    assert (done.exit_code, done.stdout) == (0, "")
    assert "valid, unaltered since it was signed with the key" in done.stderr
    assert "4 of 4 pages" in done.stderr
    assert "\x1b" not in done.stderr
    assert verdict(folder) == ("valid", 0)


def test_a_report_of_one_page_speaks_of_one_page(folder: Path) -> None:
    report = {**REPORT, "totals": {"pages": 1}, "file": {**REPORT["file"], "page_count": 1}}
    write(folder / "report.json", signed_reports.sign(report, KEY))
    assert "1 of 1 page, made" in verify(folder).stderr


def test_an_altered_one_is_said_to_be_altered(folder: Path) -> None:
    document = signed_reports.sign(REPORT, KEY)
    document["report"]["totals"] = {"pages": 3}
    write(folder / "report.json", document)
    assert verdict(folder) == ("altered", 1)
    assert "ALTERED" in verify(folder).stderr


def test_one_of_another_lector_is_said_to_be_of_another(folder: Path) -> None:
    write(folder / "report.json", signed_reports.sign(REPORT, OTHER))
    assert verdict(folder) == ("other_key", 1)
    assert OTHER.public.fingerprint in verify(folder).stderr


def test_one_without_a_signature_is_not_valid(folder: Path) -> None:
    write(folder / "report.json", {"report": REPORT, "signature": None})
    assert verdict(folder) == ("unsigned", 1)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"report": {"a": 1.5}, "signature": null}'])
def test_what_is_no_report_is_an_error(folder: Path, content: str) -> None:
    (folder / "report.json").write_text(content)
    done = verify(folder)
    assert done.exit_code == 1
    assert isinstance(done.exception, LectorError)
    assert "no report of Lector's" in str(done.exception)


def test_without_a_key_that_of_the_data_folder_counts(folder: Path) -> None:
    assert verdict(folder, key=None) == ("other_key", 1)  # there is no such folder
    (folder / "data").mkdir()
    (folder / "data" / "report.key").write_text("1f" * 32)
    assert verdict(folder, key=None) == ("valid", 0)
    (folder / "data" / "report.key").write_text("damaged")
    assert verdict(folder, key=None) == ("other_key", 1)


def test_a_key_may_be_in_a_file_as_a_lector_lists_them(folder: Path) -> None:
    write(folder / "keys.json", {"keys": [OTHER.public.to_jwk(), KEY.public.to_jwk()]})
    assert verdict(folder, key=str(folder / "keys.json")) == ("valid", 0)
    write(folder / "keys.json", {"keys": [OTHER.public.to_jwk()]})
    assert verdict(folder, key=str(folder / "keys.json")) == ("other_key", 1)


@pytest.mark.parametrize("key", ["nowhere.json", "1f" * 32, "{}"])
def test_what_is_no_key_is_wrong_usage(folder: Path, key: str) -> None:
    assert verify(folder, key=key).exit_code == 2


def test_the_original_and_its_text_may_be_held_against_it(folder: Path) -> None:
    for text in ("text.txt", "text.json"):
        given = ("--original", str(folder / "original.pdf"), "--text", str(folder / text))
        assert verdict(folder, *given) == ("valid", 0)
        assert f"{folder / text} fits" in verify(folder, *given).stderr


def test_another_original_is_told(folder: Path) -> None:
    (folder / "original.pdf").write_bytes(ORIGINAL + b" ")
    assert verdict(folder, "--original", str(folder / "original.pdf")) == ("differs", 1)
    said = verify(folder, "--original", str(folder / "original.pdf")).stderr
    assert "is not the original" in said
    assert "valid, " not in said


def test_so_is_a_text_in_which_a_page_differs_and_which_it_is(folder: Path) -> None:
    for name in ("text.txt", "text.json"):
        path = folder / name
        path.write_text(path.read_text().replace("two", "twO"))
        done = verify(folder, "--text", str(path))
        assert (done.exit_code, "page 2 differs" in done.stderr) == (1, True), done.stderr


def test_so_is_a_text_that_lacks_a_page_or_has_another(folder: Path) -> None:
    text = folder / "text.txt"
    text.write_text("one 🙂\n\ftwo\nlines\n")
    assert "holds 2 pages, but 3 have a text" in verify(folder, "--text", str(text)).stderr
    write(folder / "text.json", {"text": "x", "pages": [{"number": 7, "start": 0, "end": 1}]})
    said = verify(folder, "--text", str(folder / "text.json")).stderr
    assert "pages 1, 2, 4, 7 differ" in said


def test_a_report_of_another_form_that_is_signed_says_so(folder: Path) -> None:
    later = {**REPORT, "format": "lector.report.v9"}
    write(folder / "report.json", signed_reports.sign(later, KEY))
    done = verify(folder)
    assert done.exit_code == 1
    assert "newer Lector" in str(done.exception)


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("id", "--keys"),
        ("id", "--verify", "report.json"),
        ("--keys", "--verify", "report.json"),
        ("id", "--key", "x"),
        ("--keys", "--original", "report.json"),
        ("--verify", "nowhere"),
    ],
)
def test_what_makes_no_sense_is_wrong_usage(folder: Path, words: tuple[str, ...]) -> None:
    given = [str(folder / word) if word == "report.json" else word for word in words]
    assert CliRunner().invoke(cli, ["report", *given]).exit_code == 2


def test_a_data_folder_has_a_key_that_is_made_once_and_private(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    with folder.in_use():
        key = folder.report_key()
        assert folder.report_key() == key
    assert folder.report_key_file.stat().st_mode & 0o777 == 0o600
    with DataFolder(tmp_path / "other").in_use():
        assert DataFolder(tmp_path / "other").report_key() != key


def test_a_key_file_that_holds_none_is_refused_and_not_quoted(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.report_key_file.write_text("a secret, but no key")
    with pytest.raises(LectorError, match=r"report\.key does not hold 64 hex") as refused:
        folder.report_key()
    assert "secret" not in str(refused.value)
