"""What agents may add, and what is said where the protocol's package is missing."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from mcp.server.mcpserver.exceptions import ToolError

from lector.agents.access import Permissions
from lector.cli.__main__ import cli

WITHOUT_PACKAGE = """
import sys
sys.modules["mcp"] = None
from lector.cli.__main__ import main
sys.argv[1:] = ["mcp", *sys.argv[1:]]
main()
"""


def without_package(*words: str) -> subprocess.CompletedProcess[str]:
    """`lector mcp` where the extra is not installed."""
    command = [sys.executable, "-c", WITHOUT_PACKAGE, *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_who_lacks_the_package_is_told_how_to_install_it() -> None:
    done = without_package()
    assert (done.returncode, done.stdout) == (2, "")
    assert "this needs mcp, which is not installed: pip install" in done.stderr
    assert "[mcp]'" in done.stderr
    assert without_package("--help").returncode == 0


def test_a_file_may_be_added_from_a_folder_that_was_named_and_below_it(tmp_path: Path) -> None:
    (tmp_path / "scans" / "2026").mkdir(parents=True)
    for path in ("scans/a.pdf", "scans/2026/b.pdf", "scans-of-others.pdf"):
        (tmp_path / path).write_bytes(b"%PDF")
    (tmp_path / "scans" / "link.pdf").symlink_to(tmp_path / "scans-of-others.pdf")
    may = Permissions((tmp_path / "scans",))
    assert may.find(f"{tmp_path}/scans/a.pdf") == tmp_path / "scans/a.pdf"
    assert may.find(f"{tmp_path}/scans/2026/../2026/b.pdf") == tmp_path / "scans/2026/b.pdf"
    for refused in (
        f"{tmp_path}/scans-of-others.pdf",
        f"{tmp_path}/scans/../scans-of-others.pdf",
        f"{tmp_path}/scans/link.pdf",
        "/etc/passwd",
        "",
    ):
        with pytest.raises(ToolError, match="may not be added"):
            may.find(refused)
    with pytest.raises(ToolError, match="there is no file"):
        may.find(f"{tmp_path}/scans/c.pdf")


def test_a_name_alone_is_looked_for_in_the_folders_that_were_named(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "scans" / "2026").mkdir(parents=True)
    for path in ("scans/2026/b.pdf", "c.pdf"):
        (tmp_path / path).write_bytes(b"%PDF")
    may = Permissions((tmp_path / "letters", tmp_path / "scans"))
    assert may.find("2026/b.pdf") == tmp_path / "scans/2026/b.pdf"
    with pytest.raises(ToolError, match="there is no file"):
        may.find("b.pdf")
    with pytest.raises(ToolError, match="may not be added"):
        may.find("../c.pdf")


@pytest.mark.parametrize("source", ["~nouser-of-this-name/x.pdf", "a\0.pdf"])
def test_a_path_that_cannot_be_is_refused_in_words(tmp_path: Path, source: str) -> None:
    with pytest.raises(ToolError, match="may not be added"):
        Permissions((tmp_path,)).find(source)


def test_there_is_no_file_of_a_name_that_is_too_long(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="there is no file"):
        Permissions((tmp_path,)).find("a" * 5000)


def test_over_http_no_files_of_whoever_starts_it_are_lent(tmp_path: Path) -> None:
    words = ["mcp", "--http", "8808", "--add-from", str(tmp_path)]
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 2
    assert "--http goes without --add-from: every user of this machine" in done.stderr


def test_a_url_may_be_added_only_where_that_was_said(tmp_path: Path) -> None:
    url = "HTTPS://example.org/a.pdf"
    assert Permissions(urls=True).find(url) == url
    for may in (Permissions(), Permissions((tmp_path,))):
        with pytest.raises(ToolError, match="URLs may not be added"):
            may.find(url)
    with pytest.raises(ToolError, match="may not be added; what may be added: URLs"):
        Permissions(urls=True).find(str(tmp_path))
    assert not Permissions(read_again=True).add
