"""What the embedded reader holds after it has found out whether it can read."""

import subprocess
import sys

import pytest

_READ_A_WORD = """
from pathlib import Path
from lector.tesseract import readiness

def own_kib():
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Private_Dirty:"))

before = own_kib()
readiness.read_a_word()
print((own_kib() - before) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_a_reader_that_waits_for_pages_holds_no_data_of_languages() -> None:
    command = [sys.executable, "-c", _READ_A_WORD]
    held_mib = int(subprocess.run(command, capture_output=True, check=True).stdout)
    assert held_mib < 9  # 15 with the data of English
