"""Images that bloat, hang or lie: their pages fail within the limits of a process, nothing else."""

import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from functions.render import rendering
from lector.runtime.failures import PermanentFailure
from lector.runtime.settings import Rendering
from tests.support import pictures

CONFIG = Rendering()
Outcome = Callable[..., object]


@pytest.fixture
def outcome(tmp_path: Path) -> Outcome:
    """The code with which the first page of a file fails; its image if it does not."""

    def outcome(content: bytes, config: Rendering = CONFIG) -> object:
        path = tmp_path / "hostile"
        path.write_bytes(content)
        try:
            rendering.inspect(path, 100, config)
            [(_, page)] = rendering.render(path, [1], config)
        except PermanentFailure as failure:
            return failure.code
        return page.code if isinstance(page, PermanentFailure) else page

    return outcome


def well(outcome: Outcome) -> bool:
    """Whether the next file is drawn."""
    return isinstance(outcome(pictures.READABLE["PNG in grey"]()), rendering.RenderedImage)


def bomb(side: int) -> bytes:
    """A PNG of one bit that is small as a file, and as large in memory as it says."""
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    packer, row = zlib.compressobj(9), bytes(1 + (side + 7) // 8)
    data = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    chunk = pictures.chunk
    parts = chunk(b"IHDR", header), chunk(b"IDAT", data), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def test_a_bomb_is_a_page_too_large_and_the_next_file_is_drawn(outcome: Outcome) -> None:
    content = bomb(40_000)
    assert len(content) < 1_000_000
    assert outcome(content) == "page_too_large"
    assert well(outcome)


def test_an_image_that_is_too_large_on_the_way_is_a_page_too_large(outcome: Outcome) -> None:
    config = replace(CONFIG, render_memory_bytes=CONFIG.render_memory_bytes * 2 // 3)
    content = pictures.saved(Image.new("RGB", (12_000, 12_000), "red"), "TIFF", compression="jpeg")
    assert outcome(content, config) == "page_too_large"
    assert well(outcome)


def test_an_image_that_takes_too_long_is_a_page_too_slow(outcome: Outcome) -> None:
    content = pictures.saved(Image.effect_noise((6000, 6000), 90), "PNG", compress_level=1)
    assert outcome(content, replace(CONFIG, render_page_timeout_s=0.05)) in (
        "file_too_slow",
        "page_too_slow",
    )
    assert well(outcome)


def test_a_tiff_that_promises_more_pages_than_allowed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "many.tif"
    path.write_bytes(pictures.tiff([pictures.page().convert("1")] * 12, compression="group4"))
    with pytest.raises(PermanentFailure, match="12 pages; the limit is 11"):
        rendering.inspect(path, 11, CONFIG)


def test_what_lector_does_not_read_is_refused_by_the_process_itself(outcome: Outcome) -> None:
    assert outcome(b"PK\3\4" + bytes(26) + b"word/document.xml") == "unsupported_type"
    assert well(outcome)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ["heic", "TIFF with LZW", "WebP", "JPEG in colour"])
def test_an_image_that_was_spoilt_takes_no_process_with_it(
    outcome: Outcome, kind: str, seed: int
) -> None:
    content = pictures.heic() if kind == "heic" else pictures.READABLE[kind]()
    start = 0.2 + 0.25 * seed
    found = outcome(pictures.spoilt(content, start, start + 0.1))
    assert isinstance(found, rendering.RenderedImage) or found in (
        "page_undecodable",
        "not_a_pdf",
        "page_too_large",
    )
