"""What came of the stages: a line each, and a JUnit file."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from xml.etree import ElementTree as ET


class Outcome(StrEnum):
    """How a stage ended."""

    PASSED = "passed"
    FAILED = "FAILED"
    LEFT_OUT = "left out"


@dataclass(frozen=True)
class Result:
    """A stage that ended: its figure, or why it failed or was left out."""

    stage: str
    outcome: Outcome
    seconds: float
    words: str


def line(result: Result) -> str:
    """A result as a line for a person."""
    return f"{result.outcome:<8}  {result.stage:<10} {result.seconds:7.1f} s  {result.words}"


def summary(results: Sequence[Result]) -> str:
    """How many stages ended how."""
    counts = {kind: sum(r.outcome == kind for r in results) for kind in Outcome}
    return ", ".join(f"{count} {kind}" for kind, count in counts.items())


def write_junit(path: Path, results: Sequence[Result], suite: str = "cluster") -> None:
    """Write the results as JUnit XML, with figures as each case's output."""
    top = ET.Element(
        "testsuite",
        name=suite,
        tests=str(len(results)),
        failures=str(sum(r.outcome == Outcome.FAILED for r in results)),
        skipped=str(sum(r.outcome == Outcome.LEFT_OUT for r in results)),
        time=f"{sum(r.seconds for r in results):.3f}",
    )
    for result in results:
        case = ET.SubElement(
            top, "testcase", classname=suite, name=result.stage, time=f"{result.seconds:.3f}"
        )
        if result.outcome == Outcome.FAILED:
            ET.SubElement(case, "failure", message=result.words)
        elif result.outcome == Outcome.LEFT_OUT:
            ET.SubElement(case, "skipped", message=result.words)
        else:
            ET.SubElement(case, "system-out").text = result.words
    path.parent.mkdir(parents=True, exist_ok=True)
    ET.ElementTree(top).write(path, encoding="utf-8", xml_declaration=True)
