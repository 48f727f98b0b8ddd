"""The table of this checkout beside another commit, and what stands in it."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pymupdf
import pytest

from benchmarks import samples
from benchmarks.against.command import table
from benchmarks.against.work import Cost
from benchmarks.footprint import ProcessTree


def cost(cpu_ms: float) -> Cost:
    return Cost(cpu_ms, 2.0, 3.0, 4.0, 5.0, 6.0, 700.0, 800.0)


def test_a_ratio_is_the_median_of_those_of_each_round_with_their_spread() -> None:
    costs = {"before": [cost(50), cost(40), cost(80)], "now": [cost(25), cost(24), cost(60)]}
    [head, line, first, *others] = table(costs).splitlines()
    assert head == "|  | before | now | now / before |"
    assert line == "| --- | ---: | ---: | ---: |"
    assert first.endswith("| 50.0 (40.0 – 80.0) | 25.0 (24.0 – 60.0) | 0.60 (0.50 – 0.75) |")
    assert all(other.endswith("1.00 (1.00 – 1.00) |") for other in others)


def test_the_pages_that_are_read_say_and_carry_the_answer_and_no_two_look_alike(
    tmp_path: Path,
) -> None:
    assert len(samples.page_text().split()) == 500
    with pymupdf.open(samples.read_pdf(tmp_path / "r.pdf", 3)) as document:
        for page in document:
            assert page.get_text().split() == samples.page_text().split()
        assert len({page.get_pixmap().digest for page in document}) == 3


def test_a_tree_of_processes_costs_what_all_of_it_costs_also_what_has_ended() -> None:
    burn = "import time\nwhile time.process_time() < 0.3: pass"
    code = (
        "import subprocess, sys\n"
        f"subprocess.run([sys.executable, '-c', {burn!r}])\n"
        f"child = subprocess.Popen([sys.executable, '-c', {burn + chr(10) + 'input()'!r}],"
        " stdin=subprocess.PIPE)\n"
        "print(flush=True)\ninput()\nchild.communicate(b'.')"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as root:
        assert root.stdout is not None
        root.stdout.readline()
        tree = ProcessTree(root.pid)
        [child] = psutil.Process(root.pid).children()
        while sum(child.cpu_times()[:2]) < 0.25:
            pass
        assert 0.5 <= tree.cpu_s() < 3
        assert 5 < tree.pss_mib() < 100
        root.communicate(os.linesep.encode())


@pytest.mark.parametrize("field", Cost.__dataclass_fields__)
def test_everything_that_is_measured_has_a_line(field: str) -> None:
    changed = {**cost(1.0).__dict__, field: 12345.0}
    assert sum("12345" in line for line in table({"a": [Cost(**changed)]}).splitlines()) == 1
