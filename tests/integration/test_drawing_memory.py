"""How much memory a process takes that draws many pages, each with an image of its own."""

import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pymupdf
import pytest
from PIL import Image, ImageDraw

_PAGES, _SIZE = 30, (1654, 2339)  # 200 dpi; 11 MiB each in RGB, 330 MiB in all
_DRAW = """
import sys
from pathlib import Path
from functions.render import engine
from lector.runtime import settings

def resident_kib():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))

config, most = settings.current(settings.Rendering), 0
document = engine.open_document(Path(sys.argv[1]))
engine.draw(document, 1, config)
first = resident_kib()
for number in range(2, int(sys.argv[2]) + 1):
    engine.draw(document, number, config)
    most = max(most, resident_kib() - first)
print(most // 1024)
"""


def pictures(path: Path) -> Path:
    with pymupdf.open() as document:
        for number in range(_PAGES):
            image = Image.new("RGB", _SIZE, (255, 255 - number, 200))
            ImageDraw.Draw(image).line((0, 0, number, _SIZE[1]), (0, 0, 90), width=20)
            encoded = BytesIO()
            image.save(encoded, "JPEG")
            page = document.new_page()
            page.insert_image(page.rect, stream=encoded.getvalue())
        document.save(path)
    return path


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_images_of_pages_that_were_drawn_do_not_fill_memory(tmp_path: Path) -> None:
    path = pictures(tmp_path / "pictures.pdf")
    command = [sys.executable, "-c", _DRAW, str(path), str(_PAGES)]
    grown_mib = int(subprocess.run(command, capture_output=True, check=True).stdout)
    # The cache may grow by 64 MiB before it is emptied, and a page takes some 40 while it is drawn.
    assert grown_mib < 140
