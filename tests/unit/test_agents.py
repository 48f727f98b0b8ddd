"""What agents may add, and what is said where the protocol's package is missing."""

import subprocess
import sys
from pathlib import Path

import pytest
from mcp.server.mcpserver.exceptions import ToolError

from lector.agents.access import Permissions

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


def test_a_url_may_be_added_only_where_that_was_said(tmp_path: Path) -> None:
    url = "HTTPS://example.org/a.pdf"
    assert Permissions(urls=True).find(url) == url
    for may in (Permissions(), Permissions((tmp_path,))):
        with pytest.raises(ToolError, match="URLs may not be added"):
            may.find(url)
    with pytest.raises(ToolError, match="may not be added; what may be added: URLs"):
        Permissions(urls=True).find(str(tmp_path))
    assert not Permissions(read_again=True).add
