"""The drawing of where the time of a page goes, and the hook that says where it went."""

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

from benchmarks.profile import drawing, hook_folder
from benchmarks.profile.drawing import Bar

_SVG = "{http://www.w3.org/2000/svg}"


def test_each_process_is_a_bar_as_long_as_its_parts() -> None:
    bars = [
        Bar("llm", {"functions.llm.model": 30.0, "functions.llm.x": 10.0}),
        Bar("a<b", {"c": 4.0}),
    ]
    drawn = ElementTree.fromstring(drawing.draw(bars, "a page"))  # noqa: S314 - our own
    texts = [text.text for text in drawn.iter(f"{_SVG}text")]
    assert texts[0] == "a page"
    assert {"llm", "model 30.0", "40.0 ms", "a<b", "4.0 ms"} <= set(texts)
    widths = [
        float(r.get("width", "0"))
        for r in drawn.iter(f"{_SVG}rect")
        if r.find(f"{_SVG}title") is not None
    ]
    assert widths[0] == 3 * widths[1]
    assert sum(widths[:2]) == 10 * widths[2]


def test_small_parts_are_added_up() -> None:
    parts = {"large": 100.0, **{f"small{n}": 0.5 for n in range(10)}}
    drawn = drawing.draw([Bar("llm", parts)], "a page")
    assert "others: 5.00 ms" in drawn
    assert "small" not in drawn


def test_processor_time_is_charged_to_our_innermost_module(tmp_path: Path) -> None:
    ours = tmp_path / "lector"
    ours.mkdir()
    (ours / "__init__.py").write_text("")
    busy = "import time\ndef burn(seconds):\n until = time.process_time() + seconds\n"
    (ours / "busy.py").write_text(f"{busy} while time.process_time() < until: sum(range(100))\n")
    profiles = tmp_path / "profiles"
    profiles.mkdir()
    path = os.pathsep.join([str(hook_folder()), str(tmp_path)])
    subprocess.run(
        [sys.executable, "-c", "import time, lector.busy; lector.busy.burn(0.8); time.sleep(1.3)"],
        env={"PYTHONPATH": path, "PROFILE_FOLDER": str(profiles)},
        cwd=tmp_path,
        check=True,
    )
    [file] = profiles.glob("*.json")
    parts = json.loads(file.read_text())["parts"]
    assert 0.5 < parts["lector.busy"] <= 1.0
